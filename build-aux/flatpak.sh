# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The Flatpak, built the way Flathub builds it but without its runtime and its network. Sourced by build-aux/dev, which sets top.
# shellcheck disable=SC2154

flatpak=$top/_build-flatpak
# Where an ordinary user can work and read, whoever runs this and wherever the tree is
flatpak_work=/var/tmp/message-portal-flatpak
app=io.github.messageportal.MessagePortal

# Sandboxes are not for root: root becomes nobody.
as_ordinary_user () {
  # Without a system bus flatpak asks in vain for parental controls, and the accessibility bus wants an address.
  set -- env "HOME=$flatpak_work/home" "XDG_RUNTIME_DIR=$flatpak_work/run" "FLATPAK_USER_DIR=$flatpak_work/installation" \
    "XDG_DATA_HOME=$flatpak_work/home/.local/share" LANG=C.UTF-8 GIT_CONFIG_GLOBAL="$flatpak_work/gitconfig" "$@"
  ! is_root || set -- setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
  "$@"
}
on_a_bus () {
  # shellcheck disable=SC2016
  as_ordinary_user dbus-run-session -- sh -c 'DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec "$@"' sh "$@"
}
for_ordinary_user () { ! is_root || chown -R 65534:65534 "$@"; }

timed () { # WHAT COMMAND…
  started=$(date +%s)
  title=$1 && shift
  say "$title…"
  "$@"
  say "  $(($(date +%s) - started)) s"
}

# --- the runtime ------------------------------------------------------------------------------------------------------

make_runtimes () {
  # shellcheck disable=SC2046 # a list of words
  set -- $(packages_of sdk)
  branch=$(python3 "$top/build-aux/flatpak/manifest.py" branch "$top/flatpak/$app.Devel.json")
  digest=$(echo "$branch $mirror $*" | cat - "$top/build-aux/flatpak/runtime.sh" | sha256sum | cut -c1-16)
  [ "$(cat "$flatpak_work/runtimes.of" 2>/dev/null)" != "$digest" ] || return 0
  rm -rf "$flatpak_work/installation" "$flatpak_work/runtimes.of"
  timed 'Making a stand-in for the GNOME runtime, once: about 0.4 GB to download and 4 GB on disk' \
    logged "$flatpak/runtimes.log" in_namespaces "$top/build-aux/flatpak/runtime.sh" "$flatpak_work" "$branch" "$mirror" "$@"
  install_runtimes
  echo "$digest" >"$flatpak_work/runtimes.of"
}

install_runtimes () {
  as_ordinary_user flatpak --user remote-add --if-not-exists --no-gpg-verify runtimes "file://$flatpak_work/runtimes"
  for name in Platform Sdk; do
    timed "Installing org.gnome.$name//$branch" logged "$flatpak/install-$name.log" \
      on_a_bus flatpak --user install --noninteractive --reinstall --no-related runtimes "runtime/org.gnome.$name//$branch"
  done
  rm -rf "$flatpak_work/runtimes" # what is installed is enough
}

# --- building ---------------------------------------------------------------------------------------------------------

# Sources are what their hash says, wherever they come from.
get_sources () {
  python3 "$top/build-aux/flatpak/manifest.py" seed "$top/flatpak/$app.Devel.json" "$top/build-aux/flatpak/sources" "$mirror" "$flatpak_work/state" || exit 1
  for_ordinary_user "$flatpak_work/state"
}

# A copy of what git knows of or would add; build folders stay behind.
copy_tree () {
  rm -rf "$flatpak_work/tree" && mkdir "$flatpak_work/tree"
  # shellcheck disable=SC2016
  as_any_owner git -C "$top" ls-files -z --cached --others --exclude-standard --deduplicate |
    (cd "$top" && xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' sh) | tar -C "$top" --null -T - -cf - | tar -C "$flatpak_work/tree" -xf -
  for_ordinary_user "$flatpak_work/tree"
}

# build_flatpak MANIFEST BRANCH LOG [OPTION…]
build_flatpak () {
  built=$1 built_branch=$2 built_log=$3
  shift 3
  logged "$built_log" as_ordinary_user flatpak-builder --user --force-clean --disable-rofiles-fuse --disable-download --disable-updates \
    --state-dir="$flatpak_work/state" --repo="$flatpak_work/repository" --default-branch="$built_branch" --override-source-date-epoch="$epoch" \
    "$@" "$flatpak_work/build" "$built"
  as_ordinary_user rm -rf "$flatpak_work/build"
}

install_app () { # ID BRANCH
  as_ordinary_user flatpak --user remote-add --if-not-exists --no-gpg-verify here "file://$flatpak_work/repository"
  logged "$flatpak/install-$1.log" on_a_bus flatpak --user install --noninteractive --reinstall --no-related here "app/$1//$2"
}

# Everything is checked in what runs in there, with and without what a desktop offers.
try_app () { # ID
  rm -rf "$flatpak_work/shots" && mkdir "$flatpak_work/shots" && for_ordinary_user "$flatpak_work/shots"
  rm -rf "$flatpak_work/try" && cp -r "$top/build-aux/flatpak" "$flatpak_work/try" && cp "$top/tests/app/people.py" "$flatpak_work/try/"
  on_a_bus python3 "$flatpak_work/try/try.py" "$1" "$flatpak_work/shots" || die "the Flatpak $1 does not work"
  cp "$flatpak_work"/shots/*.png "$flatpak/"
}

# --- the release ------------------------------------------------------------------------------------------------------

# What would be published, of the last commit under the tag of this version: its address leads to the clone here.
make_release_manifest () {
  rm -rf "$flatpak_work/clone" "$flatpak_work/send"
  as_any_owner git clone --quiet --bare "$top" "$flatpak_work/clone"
  commit=$(as_any_owner git -C "$flatpak_work/clone" rev-parse HEAD)
  as_any_owner git -C "$flatpak_work/clone" tag --force "v$version" "$commit" >/dev/null
  mkdir "$flatpak_work/send"
  python3 "$top/build-aux/flatpak/manifest.py" release "$top/flatpak/$app.json.in" "v$version" "$commit" >"$flatpak_work/send/$app.json"
  cp "$top"/flatpak/*.patch "$flatpak_work/send/"
  printf '[url "file://%s"]\n\tinsteadOf = https://github.com/messageportal/MessagePortal.git\n[protocol "file"]\n\tallow = always\n[safe]\n\tdirectory = *\n' \
    "$flatpak_work/clone" >"$flatpak_work/gitconfig"
  for_ordinary_user "$flatpak_work/clone" "$flatpak_work/send" "$flatpak_work/gitconfig"
}

build_release () {
  make_release_manifest
  logged "$flatpak/git.log" as_ordinary_user flatpak-builder --user --force-clean --download-only --state-dir="$flatpak_work/state" "$flatpak_work/build" "$flatpak_work/send/$app.json"
  build_flatpak "$flatpak_work/send/$app.json" stable "$flatpak/release.log" --sandbox
}

# A file for one installation, and a folder to be put on a web server as it is for all later versions
publish () {
  as_ordinary_user flatpak build-bundle --runtime-repo=https://flathub.org/repo/flathub.flatpakrepo "$flatpak_work/repository" "$flatpak_work/$app.flatpak" "$app" stable
  cp "$flatpak_work/$app.flatpak" "$flatpak/$app-$version.$(uname -m).flatpak"
  rm -rf "$flatpak_work/site" "$flatpak/site"
  # shellcheck disable=SC2016
  as_ordinary_user sh -euc 'umask 022; mkdir "$2"; ostree init --repo="$2/repo" --mode=archive-z2; ostree pull-local --repo="$2/repo" "$1" "app/$3/$4/stable"
    flatpak build-update-repo --title="Message Portal" --default-branch=stable --generate-static-deltas "$2/repo" >/dev/null' sh \
    "$flatpak_work/repository" "$flatpak_work/site" "$app" "$(uname -m)"
  cp -r "$flatpak_work/site" "$flatpak/site"
  cp "$top/flatpak/message-portal.flatpakrepo" "$flatpak/site/"
  cp -r "$flatpak_work/send" "$flatpak/"
}

do_flatpak () {
  mkdir -p "$flatpak" "$flatpak_work/home" "$flatpak_work/run" "$flatpak_work/state"
  take_lock 5 "$flatpak.lock" 'builds the Flatpak'
  chmod 755 "$flatpak_work" && chmod 700 "$flatpak_work/run"
  : >"$flatpak_work/gitconfig"
  ! is_root || chown 65534:65534 "$flatpak_work" "$flatpak_work/home" "$flatpak_work/run"
  make_runtimes
  get_sources
  copy_tree
  rm -rf "$flatpak_work/repository"
  timed "Building $app.Devel with its tests, without a network" build_flatpak "$flatpak_work/tree/flatpak/$app.Devel.json" master "$flatpak/devel.log"
  install_app "$app.Devel" master
  timed 'Trying it in its sandbox, as an ordinary user' try_app "$app.Devel"
  timed 'Building what would be published' build_release
  install_app "$app" stable
  timed 'Trying that' try_app "$app"
  publish
  say "Screenshots, the bundle, the repository and what would be sent to Flathub are in $flatpak:"
  ls -l "$flatpak"
}
