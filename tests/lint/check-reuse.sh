#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Each file names its licence. Looks at a copy, since without git `reuse` would look at build folders too.
. "$(dirname "$0")/lint.sh"
need reuse
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
sources '*' | tar -cf - --verbatim-files-from -T - | tar -xf - -C "$copy"
reuse --root "$copy" lint --lines
