# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is given to others: the source archive, the Debian package and the container image. Sourced by build-aux/dev.
# shellcheck disable=SC2154

version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" "$top/meson.build")
released=$(sed -n "s/^## $version (\(.*\))/\1/p" "$top/NEWS.md") # the day; times in what is built are that, so that they are the same each time
[ -n "$released" ] || die "NEWS.md has no heading \"## $version (YEAR-MONTH-DAY)\""

# git in here belongs to another user than the tree.
as_any_owner () { GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' "$@"; }

# pack_archive FOLDER ARCHIVE: what `meson dist` made in a build folder, without when and with which umask it did
pack_archive () {
  rm -rf "$1/meson-dist/tree" && mkdir "$1/meson-dist/tree"
  tar -xJf "$1/meson-dist/message-portal-$version.tar.xz" -C "$1/meson-dist/tree"
  tar -C "$1/meson-dist/tree" --format=gnu --sort=name --mtime="$released 00:00:00Z" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    -cf - "message-portal-$version" | xz -9 --threads=1 >"$2"
  rm -rf "$1/meson-dist/tree"
}

# make_archive FOLDER: the source archive of the last commit
make_archive () {
  as_any_owner git -C "$top" rev-parse --verify --quiet HEAD >/dev/null || die 'an archive is made from a git clone (not from a worktree or an archive)'
  [ -z "$(as_any_owner git -C "$top" status --porcelain)" ] || say 'Note: what is not committed is left out.'
  as_any_owner meson dist -C "$build" --allow-dirty --no-tests --formats xztar >"$build/dist.log" 2>&1 || { tail -n 20 "$build/dist.log" >&2 && die 'no source archive'; }
  mkdir -p "$1"
  pack_archive "$build" "$1/message-portal-$version.tar.xz"
}

# --- machines of another kind -----------------------------------------------------------------------------------------

# for_architecture [ARCHITECTURE]: what is built is for those, by Debian's name; this machine's if none is given
for_architecture () {
  native=$(dpkg --print-architecture)
  architecture=${1:-$native} machine=
  case $architecture in
    "$native") return ;;
    arm64) machine=aarch64 ;;
    amd64) machine=x86_64 ;;
    *) die "nothing is built for \"$architecture\" here; amd64 and arm64 can be had" ;;
  esac
  need emulator
  in_machine true 2>/dev/null || die "programs for $architecture cannot be run here: it takes Linux 6.7 or newer, and user namespaces"
  say "What is built for $architecture runs in an emulator here, about ten times slower…"
  deb=$deb-$architecture oci=$oci-$architecture
}

# in_machine COMMAND…: in namespaces where programs of that architecture run. The emulator is known in a user namespace of its own and nowhere else.
in_machine () {
  if [ -z "$machine" ]; then
    in_namespaces "$@"
    return
  fi
  # shellcheck disable=SC2016
  unshare --user --map-users=all --map-groups=all --mount --pid --fork --kill-child --cgroup --propagation private sh -euc '
    mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc; cat "$1" >/proc/sys/fs/binfmt_misc/register; shift; exec "$@"' \
    sh "/usr/share/qemu/binfmt.d/qemu-$machine.conf" "$@"
}

# --- bare Debian 13 roots ---------------------------------------------------------------------------------------------

# make_bare ROOT ARCHITECTURE: Debian's smallest with apt, nothing else
make_bare () {
  remove_tree "$1"
  mkdir -p "${1%/*}"
  bare=$cache/bare-$2.tar
  if [ ! -e "$bare" ]; then
    say 'Making a bare Debian 13…'
    in_machine mmdebstrap --mode=root --skip=output/mknod,setup/mknod,check/qemu --architectures="$2" --variant=minbase \
      --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io trixie "$bare.part.tar" "deb $mirror trixie main" </dev/null >"$bare.log" 2>&1 ||
      { tail -n 15 "$bare.log" >&2 && die "a bare Debian could not be made (log: $bare.log)"; }
    mv "$bare.part.tar" "$bare"
  fi
  mkdir "$1"
  in_namespaces tar -xpf "$bare" --numeric-owner -C "$1"
  cp /etc/resolv.conf "$1/etc/resolv.conf" 2>/dev/null || :
}

# in_bare ROOT net|offline COMMAND…: as root in there, the network as it is or nothing but a loopback interface
in_bare () {
  # shellcheck disable=SC2016
  in_machine sh -c '
    set -eu; r=$1 network=$2; shift 2
    mount -t proc proc "$r/proc"
    mount -t tmpfs -o mode=755 tmpfs "$r/dev"; mkdir "$r/dev/shm"; mount -t tmpfs -o mode=1777 tmpfs "$r/dev/shm"
    for n in null full random tty urandom zero; do : >"$r/dev/$n"; mount --bind /dev/$n "$r/dev/$n"; done
    ln -s /proc/self/fd "$r/dev/fd"
    set -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$r" "$@"
    [ "$network" = net ] || set -- unshare --net sh -c "ip link set lo up; exec \"\$@\"" sh "$@"
    exec "$@"' sh "$@"
}

# boot_bare ROOT SCRIPT: runs SCRIPT as root in there when systemd has booted it, and prints what it says. 77: this machine cannot
boot_bare () {
  [ -z "$machine" ] || return 77
  printf '%s\n' '[Unit]' 'Requires=basic.target dbus.socket' 'After=basic.target' 'Wants=try.service mosquitto.service' 'AllowIsolate=yes' >"$1/etc/systemd/system/try.target"
  # shellcheck disable=SC2016
  printf '%s\n' '[Unit]' 'After=basic.target mosquitto.service dbus.socket' '[Service]' 'Type=oneshot' 'StandardOutput=file:/try.log' 'StandardError=inherit' 'ExecStart=/try.sh' \
    'ExecStopPost=/bin/sh -c "echo $EXIT_STATUS >/try.status; kill -s RTMIN+3 1"' >"$1/etc/systemd/system/try.service"
  cp "$2" "$1/try.sh"
  echo '127.0.0.1 localhost' >"$1/etc/hosts"
  # shellcheck disable=SC2016
  in_namespaces timeout 180 unshare --mount --pid --fork --kill-child --net --uts --ipc --cgroup sh -c '
    set -eu; r=$1
    mount --bind "$r" "$r"; mount -t proc proc "$r/proc"; mount -t sysfs -o ro sysfs "$r/sys"; mount -t cgroup2 cgroup2 "$r/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$r/dev"; mkdir "$r/dev/pts" "$r/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$r/dev/pts"; ln -s pts/ptmx "$r/dev/ptmx"
    for n in null full random tty urandom zero; do : >"$r/dev/$n"; mount --bind /dev/$n "$r/dev/$n"; done
    ln -s /proc/self/fd "$r/dev/fd"
    mount -t tmpfs -o mode=755 tmpfs "$r/run"; mount -t tmpfs tmpfs "$r/tmp"
    ip link set lo up
    cd "$r"; mkdir -p .old; pivot_root . .old; umount -l /.old; mount --make-rshared /
    exec env -i container=bare PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=null systemd.unit=try.target' \
    sh "$1" </dev/null >"$1/boot.log" 2>&1 || :
  [ -e "$1/try.log" ] || { cat "$1/boot.log" >&2 && return 77; }
  cat "$1/try.log"
  [ "$(cat "$1/try.status" 2>/dev/null)" = 0 ]
}

# logged LOG COMMAND…: shows its last lines if it fails
logged () {
  log=$1 && shift
  "$@" </dev/null >"$log" 2>&1 || { tail -n 30 "$log" >&2 && die "failed: $* (log: $log)"; }
}

# Same file, same digest: what differs is told by name.
compare () {
  if cmp -s "$1" "$2"; then echo "identical: ${1##*/} ($(sha256sum <"$1" | cut -c1-16)…, $(stat -c %s "$1") bytes)"; else echo "DIFFERENT: ${1##*/}" && return 1; fi
}

# --- the Debian package -----------------------------------------------------------------------------------------------

deb=$top/_build-deb

# make_debian_source FOLDER: the source package, whose version is meson.build's
make_debian_source () {
  make_archive "$1"
  mv "$1/message-portal-$version.tar.xz" "$1/message-portal_$version.orig.tar.xz"
  tar -xJf "$1/message-portal_$version.orig.tar.xz" -C "$1"
  cp -r "$top/build-aux/debian" "$1/message-portal-$version/debian"
  printf 'message-portal (%s-1) unstable; urgency=medium\n\n  * See NEWS.md.\n\n -- %s  %s\n' "$version" \
    "$(sed -n 's/^Maintainer: //p' "$top/build-aux/debian/control")" "$(LC_ALL=C date -u -d "$released" -R)" >"$1/message-portal-$version/debian/changelog"
  logged "$1/source.log" env -C "$1/message-portal-$version" dpkg-source --build .
}

# The root with what a build depends on stays until that changes: of this machine's kind, with the libraries of the other
# kind beside its own. OpenCV is left out as in the environment.
make_build_root () {
  digest=$(sha256sum <"$top/build-aux/debian/control" | cut -c1-16)
  build_root=$cache/deb-root-$architecture
  [ "$(cat "$build_root/.of" 2>/dev/null)" != "$digest" ] || return 0
  make_bare "$build_root" "$native"
  say 'Installing what the package is built with…'
  opencv=$build_root/libopencv-dev
  mkdir -p "$opencv/DEBIAN"
  printf '%s\n' 'Package: libopencv-dev' 'Version: 99' "Architecture: $architecture" 'Maintainer: build-aux/dev' 'Description: empty stand-in' >"$opencv/DEBIAN/control"
  mkdir -p "$build_root/src"
  cp "$1"/*.dsc "$build_root/src/"
  compilers='build-essential fakeroot'
  [ -z "$machine" ] || compilers="$compilers crossbuild-essential-$architecture"
  # shellcheck disable=SC2016,SC2086 # a list of words
  logged "$build_root.log" in_bare "$build_root" net sh -euc 'architecture=$1; shift; dpkg --add-architecture "$architecture"; dpkg-deb --build /libopencv-dev
    apt-get update; apt-get --yes --no-install-recommends install /libopencv-dev.deb "$@"
    apt-get --yes --no-install-recommends --host-architecture "$architecture" build-dep /src/*.dsc; apt-get clean' sh "$architecture" $compilers
  echo "$digest" >"$build_root/.of"
}

# build_package SOURCE FOLDER PLACE [VARIABLE=VALUE…]: builds in PLACE of the build root, without a network, as nobody.
# Unit tests of another kind of machine run in the emulator.
build_package () {
  source=$1 results=$2 place=$build_root/$3
  rm -rf "$place" && mkdir -p "$place" "$results"
  cp "$source"/*.dsc "$source"/*.tar.xz "$place/"
  chown -R 65534:65534 "$place"
  inside=/$3 && shift 3
  # shellcheck disable=SC2016
  logged "$results/build.log" in_bare "$build_root" offline setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent "$@" sh -euc '
    umask "${UMASK:-022}"; cd "$1"; dpkg-source --extract *.dsc tree; cd tree; dpkg-buildpackage --no-sign --host-arch "$2"' sh "$inside" "$architecture"
  find "$place" -maxdepth 1 -type f -exec cp -t "$results" {} +
  rm -rf "$place"
}

# try_app_package APP: the app on top of that, with a window on a display without a screen
try_app_package () {
  cp "$1" "$root/message-portal.deb"
  logged "$deb/app.log" in_bare "$root" net sh -euc 'apt-get --yes --no-install-recommends install ./message-portal.deb weston dbus-daemon dbus-bin libglib2.0-bin desktop-file-utils'
  echo "installed: message-portal, $(du -sxm "$root" | cut -f1) MB in all with a display"
  # shellcheck disable=SC2016
  in_bare "$root" offline sh -euc '
    desktop-file-validate /usr/share/applications/*MessagePortal.desktop
    test -s /usr/share/man/man1/message-portal.1.gz
    mkdir -m 700 /tmp/run; chown 65534 /tmp/run
    exec setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp/run XDG_RUNTIME_DIR=/tmp/run dbus-run-session -- sh -euc "
      weston --backend=headless --renderer=pixman --socket=try --idle-time=0 >/tmp/run/weston.log 2>&1 & display=\$!
      WAYLAND_DISPLAY=try GSK_RENDERER=cairo timeout 60 message-portal >/tmp/run/app.log 2>&1 & app=\$!
      gdbus wait --session --timeout 30 io.github.messageportal.MessagePortal
      timeout 30 sh -c \"until gdbus call --session --dest io.github.messageportal.MessagePortal --object-path /io/github/messageportal/MessagePortal/window/1 \
        --method org.gtk.Actions.List >/tmp/run/actions 2>&1; do sleep 0.2; done\"
      cut -c1-72 /tmp/run/actions
      kill \$app; wait \$app || :; kill \$display; ! grep CRITICAL /tmp/run/app.log"' || die 'the installed app does not open its window'
}

# try_package DEB APP: installs it where nothing is, checks its services, and lets it show a tunnel as an ordinary user
try_package () {
  root=$deb/root
  make_bare "$root" "$architecture"
  cp "$1" "$root/mmp.deb"
  say 'dpkg -i in a bare Debian 13, then what it depends on…'
  logged "$deb/install.log" in_bare "$root" net sh -euc 'dpkg -i mmp.deb || :; apt-get update; apt-get --yes --fix-broken install; dpkg -s mmp | grep "^Status: install ok installed"'
  echo "installed: mmp and what it depends on, $(du -sxm "$root" | cut -f1) MB in all"
  logged "$deb/demo-needs.log" in_bare "$root" net apt-get --yes install man-db mosquitto mosquitto-clients systemd-sysv libpam-systemd dbus dbus-user-session
  # shellcheck disable=SC2016
  in_bare "$root" offline sh -euc '
    mmp --version
    for f in /usr/share/man/man1/mmp.1.gz /usr/share/bash-completion/completions/mmp; do test -s $f || { echo "missing: $f"; exit 1; }; done
    id message-portal
    export XDG_RUNTIME_DIR=/tmp
    for unit in --system/mmp-listener@test --user/mmp-listener@test --user/mmp; do
      minds=$(systemd-analyze "${unit%/*}" verify "${unit#*/}.service" 2>&1) && [ -z "$minds" ] || { echo "$minds"; exit 1; }
    done
    echo "units verified"
    systemd-analyze security --offline=true --no-pager mmp-listener@test.service | tail -n 1
    systemd-analyze security --user --offline=true --no-pager mmp.service | tail -n 1
    setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp mmp demo' || die 'the installed package does not work'
  say 'Booting it with systemd…'
  boot_bare "$root" "$top/build-aux/try-services.sh" && status=0 || status=$?
  case $status in
    0) ;;
    77) say 'Skipped: systemd does not boot in a namespace of this machine, or in an emulator; its services were only looked at.' ;;
    *) die 'the services do not work' ;;
  esac
  try_app_package "$2"
  remove_tree "$root"
}

do_deb () { # [ARCHITECTURE]
  for_architecture "$@"
  build_once
  rm -rf "$deb" && mkdir "$deb"
  make_debian_source "$deb/source"
  make_build_root "$deb/source"
  say 'Building the package, without a network, with its unit tests…'
  build_package "$deb/source" "$deb/results" build
  say 'lintian…'
  lintian --allow-root --fail-on error,warning --display-info "$deb"/results/*.changes || die 'lintian minds'
  try_package "$deb/results/mmp_$version-1_$architecture.deb" "$deb/results/message-portal_$version-1_$architecture.deb"
  ls -l "$deb"/results/*.deb "$deb"/results/*.dsc
}
# --- the container image ----------------------------------------------------------------------------------------------

oci=$top/_build-oci
epoch=$(date -u -d "$released" +%s) || die "\"$released\" in NEWS.md is not a day"

# make_image DEB FOLDER: a bare Debian with the package, of which the image takes what mmp opens
make_image () {
  root=$2/debian
  make_bare "$root" "$architecture"
  cp "$1" "$root/mmp.deb"
  cp "$top/build-aux/oci/closure.sh" "$root/"
  logged "$2/debian.log" in_bare "$root" net sh -euc 'apt-get update; apt-get --yes install ./mmp.deb; mkdir image; ./closure.sh /image'
  in_bare "$root" offline chroot /image /usr/bin/mmp --version >/dev/null || die "mmp does not start with what the image holds"
  image=$2/mmp-$version-$architecture.oci.tar
  python3 "$top/build-aux/oci/image.py" "$root/image" "$top/build-aux/oci/Containerfile" "$version" "$epoch" "$architecture" "$image"
  remove_tree "$root"
}

# run_image: as a listener that is reached from outside
run_image () {
  if [ -n "$machine" ]; then
    say 'Skipped: running the image; engines do not start containers of another kind of machine here. What it holds was started once.'
    return
  fi
  say 'Running it…'
  # crun looks at what is mounted there, and refuses what has both versions of it
  # shellcheck disable=SC2016
  unshare --mount --propagation private sh -euc 'umount -R -l /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec python3 "$@"' sh \
    "$top/build-aux/oci/try.py" "$image" "$build/src/cli/mmp" "$oci/bundle" || die 'the image does not work'
}

do_oci () { # [ARCHITECTURE]
  for_architecture "$@"
  build_once
  rm -rf "$oci" && mkdir "$oci"
  make_debian_source "$oci/source"
  make_build_root "$oci/source"
  say 'Building the package…'
  build_package "$oci/source" "$oci/package" build DEB_BUILD_OPTIONS=nocheck
  say 'Making the image…'
  make_image "$oci/package/mmp_$version-1_$architecture.deb" "$oci"
  run_image
  ls -l "$image"
}

# --- a release --------------------------------------------------------------------------------------------------------

release=$top/_build-release

# The archive builds, passes its unit tests and installs where there is no network.
try_archive () {
  tar -xJf "$release/message-portal-$version.tar.xz" -C "$release"
  # shellcheck disable=SC2016
  logged "$release/offline.log" in_namespaces unshare --net sh -euc '
    cd "$1"; ip link set lo up; meson setup _build --prefix=/usr --wrap-mode=nodownload -Dapp=enabled; meson compile -C _build
    meson test -C _build --suite unit --timeout-multiplier 4; DESTDIR=$2 meson install -C _build --no-rebuild' \
    sh "$release/message-portal-$version" "$release/installed"
  echo "the archive builds and passes without a network: $(sed -n 's/^Ok: *//p' "$release/offline.log") programs of unit tests; it installs:"
  (cd "$release/installed" && find . -type f | sort | cut -c2-)
  rm -rf "$release/message-portal-$version"
}

# What differs from one list to the next of the same tree, its time and its random name, is made the release's own.
make_supply_list () {
  tar -xJf "$release/message-portal-$version.tar.xz" -C "$release"
  reuse --root "$release/message-portal-$version" spdx --creator-organization 'The Message Portal developers' >"$release/spdx.part"
  rm -rf "$release/message-portal-$version"
  sed "s|^Created: .*|Created: ${released}T00:00:00Z|; s|^DocumentNamespace: .*|DocumentNamespace: https://spdx.org/spdxdocs/message-portal-$version|" \
    "$release/spdx.part" >"$release/message-portal-$version.spdx"
  rm "$release/spdx.part"
  echo "supply list: $(grep -c '^FileName:' "$release/message-portal-$version.spdx") files, licences: $(sed -n 's/^LicenseInfoInFile: //p' "$release/message-portal-$version.spdx" | sort | uniq -c | tr -s ' \n' ' ')"
}

# Everything again elsewhere: another folder, time zone, language, umask and number of processors.
build_again () {
  mkdir "$release/again"
  as_any_owner git clone --quiet "$top" "$release/clone"
  (
    umask 077
    export TZ=Pacific/Kiritimati LC_ALL=C
    meson setup "$release/clone/elsewhere" "$release/clone" >"$release/clone.log" 2>&1
    as_any_owner meson dist -C "$release/clone/elsewhere" --no-tests --formats xztar >>"$release/clone.log" 2>&1
    pack_archive "$release/clone/elsewhere" "$release/again/message-portal-$version.tar.xz"
  ) || die "no second archive (log: $release/clone.log)"
  build_package "$release/source" "$release/again" a/folder/that/has/a/longer/name TZ=Pacific/Kiritimati LC_ALL=C UMASK=077 'DEB_BUILD_OPTIONS=nocheck parallel=1'
  make_image "$release/again/mmp_$version-1_$architecture.deb" "$release/again" >/dev/null
}

compare_builds () {
  same=0
  compare "$release/message-portal-$version.tar.xz" "$release/again/message-portal-$version.tar.xz" || same=1
  for file in "$release"/package/*.deb "$release"/package/*.oci.tar; do compare "$file" "$release/again/${file##*/}" || same=1; done
  echo 'not compared: *.buildinfo and *.changes, which tell of the build itself'
  return $same
}

do_release () {
  for_architecture
  build_once
  rm -rf "$release" && mkdir "$release"
  make_archive "$release"
  say 'Building the archive without a network…'
  try_archive
  make_supply_list
  make_debian_source "$release/source"
  make_build_root "$release/source"
  say 'Building package and image…'
  build_package "$release/source" "$release/package" build DEB_BUILD_OPTIONS=nocheck
  make_image "$release/package/mmp_$version-1_$architecture.deb" "$release/package"
  say 'And again, elsewhere…'
  build_again
  compare_builds || die 'two builds differ'
  cp "$release"/package/*.deb "$release"/package/*.oci.tar "$release/"
  rm -rf "$release/clone" "$release/again"
  (cd "$release" && sha256sum -- *.tar* *.deb *.spdx) | tee "$release/SHA256SUMS"
}
