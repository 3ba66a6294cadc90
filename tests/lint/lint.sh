# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the linters: goes to the root of the project, their only argument.
set -eu
cd "$1"

# A linter whose tool is missing is skipped, with the reason.
need () {
  command -v "$1" >/dev/null || {
    echo "$1 is not installed"
    exit 77
  }
}

# sources PATTERN…: the project's own files with such names
sources () {
  for pattern in "$@"; do
    find . \( -name '_build*' -o -name .git -o -name .cache -o -name __pycache__ \) -prune -o -type f -name "$pattern" -print
  done | sort
}
