#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# fuzz.sh FUZZER CORPUS RESULTS: 10 seconds of one fuzzer from its seeds; leaves RESULTS/NAME.passed or .failed
set -eu
name=${1##*/fuzz-}
log=$3/$name.log
mkdir -p "$3/$name"
seeds=$2/$name
[ -d "$seeds" ] || seeds=
# What it finds goes to the first folder; the seeds in the tree are only read.
if timeout 120 "$1" -max_total_time=10 -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$3/$name." "$3/$name" ${seeds:+"$seeds"} >"$log" 2>&1; then
  mv "$log" "$3/$name.passed"
  echo "fuzz-$name: $(sed -n 's/^Done \([0-9]*\) runs.*/\1 runs/p' "$3/$name.passed"), $(sed -n 's/.* cov: \([0-9]*\).*/\1 edges/p' "$3/$name.passed" | tail -n 1)"
else
  mv "$log" "$3/$name.failed"
  tail -n 40 "$3/$name.failed"
  echo "fuzz-$name: FAILED (inputs: $3/$name.*)"
fi
