#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# with-display.sh CMD…: runs CMD with a session bus and a display of its own (a headless mutter), and nothing of the person's
# who runs it. What is missing is a skip.
set -eu
if [ "${1-}" != --inside ]; then
  for program in mutter dbus-run-session; do
    command -v "$program" >/dev/null || { echo "1..0 # SKIP $program is not installed" && exit 77; }
  done
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  mkdir -m 700 "$folder/run" "$folder/home"
  env HOME="$folder/home" XDG_RUNTIME_DIR="$folder/run" XDG_DATA_HOME="$folder/home/data" XDG_CONFIG_HOME="$folder/home/config" \
    XDG_CACHE_HOME="$folder/home/cache" TMPDIR="$folder" GSETTINGS_BACKEND=memory GIO_USE_VFS=local \
    ADW_DISABLE_PORTAL=1 GDK_DEBUG=no-portals GSK_RENDERER=cairo GTK_A11Y=atspi SECRET_BACKEND=file \
    SECRET_FILE_TEST_PATH="$folder/home/keyring" SECRET_FILE_TEST_PASSWORD=test \
    dbus-run-session -- sh "$0" --inside "$@" 3>&1 >/dev/null 2>"$folder/errors" || status=$?
  # Of what the display and the bus say only the program's own words are of interest.
  grep -vE '^(\(mutter|libmutter|Failed to|\*\* Message|dbus-daemon|AT-SPI|Unable to|process |\(EE\)|MESA|libEGL)' "$folder/errors" >&2 || :
  exit "${status-0}"
fi
shift
# Under memory checkers only the program is to be checked, not the display.
env -u MALLOC_CHECK_ -u MALLOC_PERTURB_ -u G_DEBUG mutter --headless --wayland --no-x11 --virtual-monitor "${MMP_MONITOR-1400x1000}" --wayland-display wayland-test >/dev/null 2>"$XDG_RUNTIME_DIR/mutter.log" &
display=$!
trap 'kill "$display" 2>/dev/null; wait "$display" 2>/dev/null || :' EXIT
tries=0
while [ ! -S "$XDG_RUNTIME_DIR/wayland-test" ]; do
  if ! kill -0 "$display" 2>/dev/null || [ "$tries" -ge 300 ]; then
    cat "$XDG_RUNTIME_DIR/mutter.log" >&2
    exit 1
  fi
  tries=$((tries + 1))
  sleep 0.1
done
status=0
env -u DISPLAY WAYLAND_DISPLAY=wayland-test GDK_BACKEND=wayland "$@" >&3 || status=$?
exit "$status"
