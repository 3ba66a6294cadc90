#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The layout of C files is clang-format's; `build-aux/dev exec clang-format -i FILE…` mends it.
. "$(dirname "$0")/lint.sh"
need clang-format
sources '*.c' '*.h' | xargs clang-format --dry-run -Werror
