# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Building and testing, inside the environment. Sourced by build-aux/dev, which sets top.
# shellcheck disable=SC2154

build=$top/_build
counts='' # a line "passed failed skipped" for each suite that ran

# --- building ---------------------------------------------------------------------------------------------------------

# configure_and_build FOLDER [OPTION…]: a folder that was configured completely is only brought up to date.
# gently is what comes before a command that is to give way to others.
configure_and_build () {
  folder=$1 && shift
  take_lock 7 "$folder.lock" "builds ${folder##*/}"
  if [ ! -e "$folder/build.ninja" ]; then
    say "Configuring ${folder##*/}…"
    rm -rf "$folder"
    mkdir "$folder"
    ${gently-} meson setup "$folder" "$top" "$@" >"$folder/set-up.log" 2>&1 || {
      tail -n 20 "$folder/set-up.log" >&2
      say "dev: ${folder##*/} could not be configured (log: $folder/set-up.log)"
      rm -f "$folder/build.ninja"
      return 1
    }
  fi
  ninja -C "$folder" build.ninja >"$folder/set-up.log" 2>&1 || : # after a change of a meson.build
  case $(ninja -C "$folder" -n 2>&1) in *'no work to do'*) ;; *) say "Building ${folder##*/}…" ;; esac
  ${gently-} ninja -C "$folder" --quiet >&2 || { say "dev: ${folder##*/} does not build" && return 1; }
  exec 7>&-
}

build_once () { configure_and_build "$build" || exit 1; }

# --- testing ----------------------------------------------------------------------------------------------------------

count () {
  counts="$counts
$1 $2 $3"
}

# run_suite NAME FOLDER [ARG…]: meson's tests of a build folder, counted one by one; as most of them wait, more run than there are processors
run_suite () {
  name=${1##*/} folder=$2 && shift 2
  take_lock 7 "$folder.test-lock" "tests ${folder##*/}"
  rm -f "$folder"/meson-logs/testlog*.json
  MESON_TESTTHREADS=${at_a_time:-$(($(nproc) + 1))} meson test -C "$folder" --no-rebuild --print-errorlogs "$@" 7>&- >&2 || :
  exec 7>&-
  # shellcheck disable=SC2046 # three words
  count $(python3 "$top/build-aux/count-tests.py" "$name" "$folder"/meson-logs/testlog*.json) # its name has that of the set-up
}

# ahead COMPILER FOLDER [OPTION…]: builds a later stage in the background while tests wait. Of a failure that stage tells.
ahead () {
  (gently="nice -n 19 env CC=$1" && shift && configure_and_build "$@") >"$2-ahead.log" 2>&1 &
}

# stage TITLE COMPILER FOLDER [OPTION…]: a build that does not succeed is one failure, and the other stages go on
stage () {
  wait # for what is built ahead
  say "== $1"
  export CC="$2"
  shift 2
  configure_and_build "$@" || { count 0 1 0 && return 1; }
}

# Writes the last line of `test`, and fails if anything did.
report () {
  say ''
  echo "$counts" | {
    passed=0 failed=0 skipped=0
    while read -r p f s; do
      [ -n "$p" ] || continue
      passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  }
}

# What drives the app's window from outside says little about its memory that the tests inside it do not.
# Fibers switch stacks, so no fake stacks. Leaks below fibers are found with the slow unwinder only (5 to 7 times slower), so
# they have a run of their own over what needs no long transfers.
# What saves time: little debugging information with gcc; with clang the quicker linker, precompiled headers (with gcc each file
# shows that it includes what it needs), and the fuzzers in the same build. Unit tests run under sanitizers once, with leaks.
test_everything () {
  sanitized='-Dwerror=true -Db_sanitize=address,undefined -Db_lundef=false -Dc_link_args=-fuse-ld=lld -Db_pch=true -Dfuzz=true'
  common=abort_on_error=1:detect_stack_use_after_return=0

  if stage 'gcc, warnings are errors: all tests' gcc "$build-gcc" -Dwerror=true -Dc_args=-g1; then
    # shellcheck disable=SC2086
    ahead clang "$build-asan" $sanitized
    run_suite gcc "$build-gcc" --setup everything
  fi

  # shellcheck disable=SC2086
  stage 'clang, warnings are errors, address and undefined behaviour sanitizers: all tests' clang "$build-asan" $sanitized || return 0
  export ASAN_OPTIONS=$common:detect_leaks=0 MMP_TEST_SANITIZED=1
  at_a_time=$(nproc) # these compute more
  run_suite asan "$build-asan" --no-suite lint --no-suite outside --no-suite unit --timeout-multiplier 4
  say '== unit tests and a tunnel, with leaks'
  ASAN_OPTIONS=$common:detect_leaks=1:fast_unwind_on_malloc=0
  run_suite leaks "$build-asan" --suite unit --timeout-multiplier 10
  run_suite leaks "$build-asan" --suite component --timeout-multiplier 10 traffic

  say '== fuzzers: 10 seconds each'
  ASAN_OPTIONS=$common
  run_fuzzers
}

# As many at a time as there are processors; each leaves a file that tells how it ended.
run_fuzzers () {
  results=$build-asan/fuzz-results
  rm -rf "$results"
  mkdir "$results"
  find "$build-asan/tests/fuzz" -maxdepth 1 -type f -name 'fuzz-*' -perm -u+x | sort |
    xargs -P "$(nproc)" -I '{}' sh "$top/build-aux/fuzz.sh" '{}' "$top/tests/fuzz/corpus" "$results" >&2
  count "$(find "$results" -name '*.passed' | wc -l)" "$(find "$results" -name '*.failed' | wc -l)" 0
}
