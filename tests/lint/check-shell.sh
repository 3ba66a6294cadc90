#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/lint.sh"
need shellcheck
sources '*.sh' | xargs shellcheck --external-sources --source-path=SCRIPTDIR build-aux/dev .ci/run
