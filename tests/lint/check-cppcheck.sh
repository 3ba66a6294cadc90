#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cppcheck-suppressions.txt has the reason of each exception.
. "$(dirname "$0")/lint.sh"
need cppcheck
sources '*.c' | xargs cppcheck --quiet -j "$(nproc)" --std=c11 --library=gtk --library=posix --enable=warning,performance,portability \
  --check-level=exhaustive --error-exitcode=1 --suppressions-list=tests/lint/cppcheck-suppressions.txt --inline-suppr \
  -I src/engine -I tests/support -DG_GUINT64_FORMAT='"lu"' -DG_GINT64_FORMAT='"ld"' -DG_GSIZE_FORMAT='"lu"' '-DG_GNUC_PRINTF(a,b)='
