# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Where things are built and run: this machine if it is new enough, else a Debian 13 environment in the user's cache.
# Sourced by build-aux/dev, which sets top and cache.
# shellcheck disable=SC2154

environment=$cache/debian-13
mirror=${MMP_DEBIAN_MIRROR:-http://deb.debian.org/debian}
# What the environment takes over from its caller; everything else (compiler flags, XDG folders) belongs to the host.
kept_variables='TERM COLORTERM NO_COLOR CI http_proxy https_proxy no_proxy G_MESSAGES_DEBUG GST_DEBUG MESON_TESTTHREADS'
# … and what the app needs to draw on the caller's display
display_variables='DISPLAY XAUTHORITY WAYLAND_DISPLAY XDG_RUNTIME_DIR'

is_inside () { [ "${MMP_DEV_INSIDE-}" = 1 ]; }
is_root () { [ "$(id -u)" = 0 ]; }
has () { command -v "$1" >/dev/null 2>&1; }

# GLib 2.84 and GStreamer 1.26 came with Debian 13 and Ubuntu 25.04. Debian's testing and unstable have no VERSION_ID.
is_native () {
  is_inside && return
  [ -z "${MMP_DEV_ENVIRONMENT-}" ] && [ -r /etc/os-release ] || return
  (
    # shellcheck source=/dev/null
    . /etc/os-release
    case $ID in
      debian) [ "${VERSION_ID:-99}" -ge 13 ] ;;
      ubuntu) [ "${VERSION_ID%.*}" -ge 26 ] || [ "$VERSION_ID" = 25.04 ] || [ "$VERSION_ID" = 25.10 ] ;;
      *) false ;;
    esac
  )
}

# take_lock FD FILE WHAT: waits for whoever does the same, and says so
take_lock () {
  eval "exec $1>\"\$2\"" || die "$2 cannot be written; was it made by another user?"
  flock -n "$1" || { say "Waiting for another build-aux/dev that $3…"; flock "$1"; }
}

# --- packages ---------------------------------------------------------------------------------------------------------

as_administrator () { if is_root; then "$@"; else sudo "$@"; fi; }

# Reads apt's status lines: progress as a moving line, or as a line now and then where there is no terminal.
show_progress () {
  shown=
  while IFS=: read -r kind _ percent _; do
    case $kind in
      dlstatus) what=Downloading ;;
      pmstatus) what=Installing ;;
      *) continue ;;
    esac
    percent=${percent%%.*}
    step=$what$((percent / 25))
    if [ -t 2 ]; then
      printf '\r  %-12s %3s %%' "$what" "$percent" >&2
    elif [ "$step" != "$shown" ]; then
      say "  $what: $percent %"
    fi
    shown=$step
  done
  [ ! -t 2 ] || printf '\r%24s\r' '' >&2
}

# apt_install LOG PACKAGE…: apt makes the pipe of its status lines non-blocking, and a maintainer script that writes to such a
# pipe fails when it is full: what they print goes to the log by a descriptor of its own.
apt_install () {
  log=$1 && shift
  # shellcheck disable=SC2016
  {
    as_administrator sh -c '
      log=$1; shift
      DEBIAN_FRONTEND=noninteractive apt-get --yes --no-install-recommends -o APT::Status-Fd=3 -o Dpkg::Use-Pty=0 \
        -o DPkg::Lock::Timeout=600 install "$@" 3>&1 </dev/null >>"$log" 2>&1 || echo "E: failed" >>"$log"' sh "$log" "$@"
  } | show_progress
  [ "$(tail -n 1 "$log")" != 'E: failed' ]
}

# GStreamer's headers depend on OpenCV's (190 MB to download, 0.9 GB on disk), of which nothing is used here.
# In the environment, which is ours alone, an empty package takes that place.
stand_in_for_opencv () {
  dpkg -s libopencv-dev >/dev/null 2>&1 && return
  dir=$(mktemp -d)
  mkdir "$dir/DEBIAN"
  printf '%s\n' 'Package: libopencv-dev' 'Version: 99' 'Architecture: all' 'Maintainer: build-aux/dev' \
    'Description: empty stand-in, see build-aux/environment.sh' >"$dir/DEBIAN/control"
  dpkg-deb --build "$dir" "$dir.deb" >/dev/null && dpkg -i "$dir.deb" >/dev/null
  rm -rf "$dir" "$dir.deb"
}

# Tests use the programs of servers, not their services: on a real machine those that come with packages stay off.
services_of () {
  [ -d /run/systemd/system ] || return 0
  for package in "$@"; do
    case $package in
      mosquitto) echo mosquitto.service ;;
      coturn) echo coturn.service ;;
      openssh-server) printf '%s\n' ssh.service ssh.socket ;;
    esac
  done
}

install_packages () {
  has apt-get || die "this needs Debian or Ubuntu. Elsewhere, install with your package manager: $*"
  is_root || has sudo || die "packages are missing and there is no sudo. As an administrator: apt install $*"
  log=$cache/apt.log
  ! is_inside || log=/var/log/message-portal-apt.log
  say 'Reading package lists…'
  { as_administrator dpkg --configure -a && as_administrator apt-get update; } </dev/null >"$log" 2>&1 ||
    { tail -n 5 "$log" >&2 && die "the package lists could not be fetched; is there a network? (log: $log)"; }
  ! is_inside || stand_in_for_opencv
  size=$(apt-get --assume-no --no-install-recommends install "$@" 2>/dev/null |
    sed -n 's/^Need to get \(.*\/\)*\(.*\) of archives.*/: \2 to download/p; s/^After this operation, \(.*\) of addi.*/, \1 on disk/p' | tr -d '\n')
  say "Installing $# packages and what they need$size…"
  services=$(services_of "$@")
  # shellcheck disable=SC2086
  [ -z "$services" ] || as_administrator systemctl mask --quiet --runtime $services 2>/dev/null || :
  apt_install "$log" "$@" || { tail -n 15 "$log" >&2 && die "packages could not be installed (log: $log)"; }
  # shellcheck disable=SC2086
  [ -z "$services" ] || as_administrator sh -c 'systemctl unmask --quiet --runtime "$@"; systemctl disable --quiet "$@"' sh $services 2>/dev/null || :
  ! is_inside || apt-get clean
}

packages_of () {
  for set in "$@"; do sed -n "/^\[$set\]/,/^\[/{/^[[#]/d;/./p}" "$top/build-aux/packages"; done | tr ' ' '\n' | sort -u
}

# need SET…: installs what is missing of these sets
need () {
  lock=$cache/apt.lock
  ! is_inside || lock=/var/tmp/message-portal-apt.lock
  take_lock 8 "$lock" 'installs packages'
  wanted=$(packages_of "$@")
  # shellcheck disable=SC2086 # a list of words
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p')
  missing=$(for name in $wanted; do case "
$installed
" in *"
$name
"*) ;; *) echo "$name" ;; esac done)
  # shellcheck disable=SC2086
  [ -z "$missing" ] || install_packages $missing
  exec 8>&-
}

# --- the environment --------------------------------------------------------------------------------------------------

# An ordinary user is root of a user namespace with a range of ids; what it makes must be entered and removed in one like it.
# Mounts and processes of an interrupted command end with it.
in_namespaces () {
  user=
  is_root || user='--user --map-root-user --map-auto'
  # shellcheck disable=SC2086
  unshare $user --mount --pid --fork --kill-child --propagation private -- "$@"
}

remove_tree () { [ ! -e "$1" ] || in_namespaces rm -rf --one-file-system "$1"; }

check_namespaces () {
  is_root || grep -q "^$(id -un):" /etc/subuid 2>/dev/null ||
    die "your account has no range of user ids. As an administrator: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)"
  in_namespaces mount -t tmpfs tmpfs /mnt 2>/dev/null ||
    die "this machine does not let you make namespaces, which its Debian 13 environment needs. In a container: allow them (--privileged), or use one of Debian 13. On Ubuntu 24.04, as an administrator: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
}

make_environment () {
  if [ -e "$environment/.complete" ]; then
    [ -O "$environment" ] || die "$environment was made by another user (with sudo?). Remove it the same way: sudo build-aux/dev clean"
    return
  fi
  take_lock 9 "$cache/environment.lock" 'makes the environment'
  [ ! -e "$environment/.complete" ] || return 0
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  tools=
  has mmdebstrap || tools=mmdebstrap
  [ -e "$keyring" ] || tools="$tools debian-archive-keyring"
  has mount || tools="$tools mount"
  is_root || has newuidmap || tools="$tools uidmap"
  # shellcheck disable=SC2086
  [ -z "$tools" ] || install_packages $tools
  check_namespaces
  say "Making a Debian 13 environment in $environment, once: about 0.4 GB to download and 2 GB on disk, 2 minutes…"
  part=$environment.part
  remove_tree "$part"
  in_namespaces mmdebstrap --mode=root --skip=output/mknod,setup/mknod --variant=minbase --include=ca-certificates \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --format=directory trixie "$part" "deb [signed-by=$keyring] $mirror trixie main" </dev/null >"$cache/environment.log" 2>&1 ||
    { tail -n 15 "$cache/environment.log" >&2 && remove_tree "$part" && die "the environment could not be made; is there a network? (log: $cache/environment.log)"; }
  # shellcheck disable=SC2016
  in_namespaces sh -c 'touch "$1/.complete" && mv "$1" "$2"' sh "$part" "$environment"
  exec 9>&-
}

# enter COMMAND…: runs COMMAND in there; nothing outlives it.
# - /dev is made anew: a root process in a bound /dev would write to the host's.
# - /sys is bound twice: `ip netns exec` unmounts one, and in a user namespace it may mount a new one only while another is visible.
# - pivot_root instead of chroot: a process in a chroot may not make user namespaces.
# - /tmp is the host's: paths that a person hands over work, and so do sockets there.
# - /.old stays: removing it would take it from whoever enters at the same moment.
# - Process 1 is a shell that stays: otherwise signals to the command are lost.
enter () {
  set -- "$environment" "$top" "$(pwd -P)" "$@"
  # shellcheck disable=SC2016
  in_namespaces sh -c '
    set -eu; r=$1 top=$2 here=$3; shift 3
    mount --bind "$r" "$r"
    mount -t proc proc "$r/proc"; mount --rbind /sys "$r/sys"; mount --bind /tmp "$r/tmp"
    mount -t tmpfs -o mode=755 tmpfs "$r/dev"; mkdir "$r/dev/pts" "$r/dev/shm" "$r/dev/net"
    mount -t tmpfs -o mode=1777 tmpfs "$r/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$r/dev/pts"; ln -s pts/ptmx "$r/dev/ptmx"
    for n in null full random tty urandom zero net/tun; do
      [ ! -c /dev/$n ] || { : >"$r/dev/$n"; mount --bind /dev/$n "$r/dev/$n"; }
    done
    ln -s /proc/self/fd "$r/dev/fd"; ln -s fd/0 "$r/dev/stdin"; ln -s fd/1 "$r/dev/stdout"; ln -s fd/2 "$r/dev/stderr"
    mount -t tmpfs -o mode=755 tmpfs "$r/run"; mkdir -p "$r/run/netns" "$r/run/lock" "$r/run/sshd" "$r/run/.sys"
    mount --rbind /sys "$r/run/.sys"
    for f in /etc/resolv.conf /etc/hosts; do
      [ ! -e $f ] || { [ -e "$r$f" ] || : >"$r$f"; mount --bind "$(readlink -f $f)" "$r$f"; }
    done
    mkdir -p "$r$top"; mount --bind "$top" "$r$top"
    [ -z "${display_folder-}" ] || { mkdir -p "$r$display_folder"; mount --bind "$display_folder" "$r$display_folder"; }
    cd "$r"; mkdir -p .old; pivot_root . .old; umount -l /.old
    cd "$here" 2>/dev/null || { cd "$top"; echo "dev: $here is not visible in the environment; this runs in $top" >&2; }
    set +e; "$@"; exit $?' sh "$@"
}

# with SET… -- VERB ARG…: this script's VERB where the packages of the sets are
with () {
  sets=
  while [ "$1" != -- ]; do sets="$sets $1" && shift; done
  shift
  if is_native; then
    # shellcheck disable=SC2086
    need $sets
    verb=$1 && shift
    "do_$verb" "$@"
    return
  fi
  make_environment
  wanted_variables=$kept_variables
  if [ "$1" = app ]; then
    wanted_variables="$kept_variables $display_variables"
    [ ! -d "${XDG_RUNTIME_DIR-}" ] || export display_folder="$XDG_RUNTIME_DIR"
  fi
  set -- "$top/build-aux/dev" "$@"
  for name in $wanted_variables; do
    eval "value=\${$name-}"
    # shellcheck disable=SC2154 # set by eval
    [ -z "$value" ] || set -- "$name=$value" "$@"
  done
  enter env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 MMP_DEV_INSIDE=1 "$@"
}
