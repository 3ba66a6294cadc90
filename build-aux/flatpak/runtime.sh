#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# runtime.sh FOLDER BRANCH MIRROR PACKAGE…: a stand-in for org.gnome.Sdk and org.gnome.Platform, made of Debian 13's packages, as the ostree
# repository FOLDER/runtimes. It is made where no build of the real ones can be had; what builds with its older libraries builds
# with theirs. Runs as root (of a user namespace will do).
set -eu
folder=$1 branch=$2 mirror=$3
shift 3
arch=$(uname -m)
libraries=lib/$arch-linux-gnu
root=$folder/root
cd "$folder"
umask 022

# GStreamer's headers depend on OpenCV's, 0.9 GB of which nothing is used.
stand_in_for_opencv () {
  rm -rf opencv && mkdir -p opencv/DEBIAN
  printf '%s\n' 'Package: libopencv-dev' 'Version: 99' 'Architecture: all' 'Maintainer: build-aux/dev' 'Description: empty stand-in' >opencv/DEBIAN/control
  dpkg-deb --root-owner-group --build opencv opencv.deb >/dev/null
}

install_packages () {
  rm -rf "$root"
  # shellcheck disable=SC2016 # the hooks' own variable
  mmdebstrap --mode=root --skip=output/mknod,setup/mknod --variant=minbase --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/help/*' --dpkgopt='path-exclude=/usr/share/gtk-doc/*' \
    --essential-hook='cp opencv.deb "$1/" && chroot "$1" dpkg -i /opencv.deb && rm "$1/opencv.deb"' \
    --customize-hook='chroot "$1" localedef -i en_US -f UTF-8 en_US.UTF-8' --customize-hook='chroot "$1" localedef -i de_DE -f UTF-8 de_DE.UTF-8' \
    --include="$(echo "$@" | tr ' ' ,)" trixie "$root" "deb $mirror trixie main"
}

# A runtime is a /usr, which has its /etc inside.
make_sdk () {
  rm -rf sdk && mkdir sdk
  cp -al "$root/usr" sdk/files
  # Programs are looked for in /app/bin and /usr/bin alone; flatpak itself calls ldconfig.
  for file in sdk/files/sbin/*; do [ -e "sdk/files/bin/${file##*/}" ] || mv "$file" sdk/files/bin/; done
  rm -rf sdk/files/sbin sdk/files/games sdk/files/local sdk/files/src
  ln -s bin sdk/files/sbin
  cp -a "$root/etc" sdk/files/etc
  # of one machine, or of a system that boots
  for name in passwd group shadow gshadow hostname hosts resolv.conf machine-id fstab mtab subuid subgid ld.so.cache localtime timezone host.conf \
    .pwd.lock apt dpkg init.d systemd pam.d security default logrotate.d kernel skel; do
    rm -rf "sdk/files/etc/$name" "sdk/files/etc/$name-"
  done
  rm -rf sdk/files/etc/cron.* sdk/files/etc/rc?.d
  # Libraries of the app come first.
  printf '%s\n' 'include /run/flatpak/ld.so.conf.d/app-*.conf' 'include /app/etc/ld.so.conf' /app/lib64 /app/lib \
    'include /run/flatpak/ld.so.conf.d/runtime-*.conf' 'include /etc/ld.so.conf.d/*.conf' >sdk/files/etc/ld.so.conf
  mkdir -p sdk/files/lib/sdk sdk/files/lib/debug sdk/files/lib/extensions/gstreamer-1.0 "sdk/files/$libraries/GL" \
    sdk/files/share/runtime/locale sdk/files/share/runtime/share/icons sdk/files/share/runtime/share/themes sdk/files/etc/flatpak-builder
  flags='-O2 -g -pipe -Wp,-D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection'
  printf '{ "cflags": "%s", "cxxflags": "%s", "ldflags": "-L/app/lib -Wl,-z,relro,-z,now -Wl,--as-needed" }\n' "$flags" "$flags" >sdk/files/etc/flatpak-builder/defaults.json
  write_metadata org.gnome.Sdk >sdk/metadata
}

# What only a build needs is left out; so a file that the app forgot to install for itself is missed.
make_platform () {
  rm -rf platform && mkdir platform
  cp -al sdk/files platform/files
  (
    cd platform/files
    rm -rf include share/gir-1.0 share/pkgconfig "$libraries/pkgconfig" lib/pkgconfig lib/gcc libexec/gcc share/cmake* lib/cmake "$libraries/cmake" \
      share/autoconf* share/automake* share/aclocal* lib/git-core share/gdb lib/debug/* etc/flatpak-builder lib/dpkg lib/apt share/dpkg
    find . -name '*.a' -delete
    find "$libraries" -maxdepth 1 -name '*.so' -type l -delete
    rm -f bin/gcc* bin/g++* bin/cpp* bin/c++* bin/cmake bin/meson bin/ninja bin/as bin/ld bin/ld.* bin/git* bin/auto* bin/aclocal* bin/libtool* bin/dpkg* bin/apt* \
      bin/"$arch"-linux-gnu-* bin/lto-dump* bin/blueprint-compiler bin/valac*
  )
  write_metadata org.gnome.Platform >platform/metadata
}

# NAME
write_metadata () {
  cat <<END
[Runtime]
name=$1
runtime=org.gnome.Platform/$arch/$branch
sdk=org.gnome.Sdk/$arch/$branch

[Environment]
GI_TYPELIB_PATH=/app/lib/girepository-1.0
GST_PLUGIN_SYSTEM_PATH=/app/lib/gstreamer-1.0:/usr/lib/extensions/gstreamer-1.0:/usr/$libraries/gstreamer-1.0
XDG_DATA_DIRS=/app/share:/usr/share:/usr/share/runtime/share:/run/host/user-share:/run/host/share

[Extension org.freedesktop.Platform.GL]
versions=25.08;1.4
version=1.4
directory=$libraries/GL
subdirectories=true
no-autodownload=true
add-ld-path=lib
END
}

# KIND FOLDER
commit () {
  ostree commit --repo=runtimes.part --branch="runtime/$1/$arch/$branch" --owner-uid=0 --owner-gid=0 --no-xattrs --canonical-permissions \
    --add-metadata-string=xa.metadata="$(cat "$2/metadata")
" --subject='a stand-in of Debian packages' "$2" >/dev/null
}

stand_in_for_opencv
install_packages "$@"
make_sdk
make_platform
rm -rf runtimes runtimes.part
# Its files are links to those that were installed, not copies.
ostree init --mode=bare-user-only --repo=runtimes.part
commit org.gnome.Sdk sdk
commit org.gnome.Platform platform
flatpak build-update-repo runtimes.part >/dev/null
rm -rf "$root" sdk platform opencv opencv.deb
mv runtimes.part runtimes
