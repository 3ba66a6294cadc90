#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# closure.sh FOLDER: copies the installed mmp with every library, plugin and file that it opens, and no more, into FOLDER: an
# image's root. Runs in a Debian where mmp and what it depends on are installed.
set -eu
out=$1
libraries=/usr/lib/$(find /usr/lib -maxdepth 1 -name '*-linux-gnu*' -printf '%f\n' | head -n 1)

# webrtcbin makes elements of all these; `test` is the health check's
programs='/usr/bin/mmp /usr/bin/test'
plugins=
for name in app coreelements dtls nice rtp rtpmanager sctp srtp webrtc; do plugins="$plugins $libraries/gstreamer-1.0/libgst$name.so"; done
modules=$libraries/gio/modules/libgiognutls.so

# shellcheck disable=SC2086 # lists of words
{
  printf '%s\n' $programs $plugins $modules
  ldd $programs $plugins $modules | sed -n 's/^[[:space:]]*\(.* => \)\{0,1\}\(\/[^ ]*\) (.*/\2/p'
} | sort -u | while read -r file; do
  real=$(realpath "$file")
  echo "$real"
  mkdir -p "$out${real%/*}"
  cp -p "$real" "$out$real"
  # the name that programs know a library by, in the folder where it really is
  folder=$(realpath "${file%/*}")
  link=$folder/${file##*/}
  mkdir -p "$out$folder"
  [ "$link" = "$real" ] || ln -sfn "$real" "$out$link"
done >"$out.files"

for folder in bin sbin lib lib64; do [ ! -L /$folder ] || cp -P /$folder "$out/"; done
mkdir -p "$out/usr/sbin" "$out/etc/ssl/certs" "$out/proc" "$out/sys" "$out/dev" "$out/run" "$out/usr/share/doc" "$out/var/lib/message-portal"
mkdir -m 1777 "$out/tmp"
mkdir -p "$out/usr/lib/locale"
cp -r /usr/lib/locale/C.utf8 "$out/usr/lib/locale/" # without it text is ASCII
cp /etc/ssl/certs/ca-certificates.crt "$out/etc/ssl/certs/"
printf '%s\n' 'root:x:0:0:root:/:/usr/sbin/nologin' 'message-portal:x:900:900::/var/lib/message-portal:/usr/sbin/nologin' >"$out/etc/passwd"
printf '%s\n' 'root:x:0:' 'message-portal:x:900:' >"$out/etc/group"
echo 'hosts: files dns' >"$out/etc/nsswitch.conf"
chmod 755 "$out"

# Where each file comes from, at which version and under which licence
echo /etc/ssl/certs/ca-certificates.crt >>"$out.files"
{
  xargs dpkg-query --search <"$out.files" 2>/dev/null | cut -d: -f1
  echo ca-certificates
} | sort -u | while read -r package; do
  dpkg-query --show --showformat='${Package} ${Version} (source ${source:Package} ${source:Version})\n' "$package"
  mkdir -p "$out/usr/share/doc/$package"
  cp -L "/usr/share/doc/$package/copyright" "$out/usr/share/doc/$package/"
done >"$out/usr/share/doc/packages.txt"
for name in coreelements webrtc; do [ -s "$out$libraries/gstreamer-1.0/libgst$name.so" ] || exit 1; done
rm "$out.files"
