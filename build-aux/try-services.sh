#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs in a bare Debian that systemd has booted, with mmp and mosquitto installed (`build-aux/dev deb`): starts a listener as a service of the
# system and one as a service of an account, the way the README says, and reaches the broker on port 1883 through each, directly.
set -eu
work=$(mktemp -d)

# until COMMAND…: tries for 30 seconds
until_true () {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ $tries -lt 150 ] || { echo "in vain for 30 s: $*" && exit 1; }
    sleep 0.2 # between two looks
  done
}

# set_up FOLDER: the configuration and keys of a listener called "office" there
set_up () {
  install -D -m 644 /usr/share/doc/mmp/examples/listener.conf "$1/office.conf"
  sed -i 's/^BROKER=.*/BROKER=127.0.0.1/; s/^BROKER_PORT=.*/BROKER_PORT=1883/; s/^OPTIONS=.*/OPTIONS=--notls --no-stun --json -i devices/' "$1/office.conf"
  mmp keygen -p "$1/office" >/dev/null
  cp "$work/key.public" "$1/office/devices"
}

# set_up_profile FOLDER ACCOUNT: that listener as a profile of an account that starts by itself
set_up_profile () {
  key=$(cat /proc/sys/kernel/random/uuid) broker=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$2/profiles" "$2/secrets"
  chmod 700 "$2" "$2/secrets"
  install -m 600 "$1/office/key.private" "$2/secrets/key-$key"
  printf '%s\n' '[Keys]' Version=1 "[$key]" Name=This "Public=$(cat "$1/office/key.public")" >"$2/keys.ini"
  printf '%s\n' '[Brokers]' Version=1 "[$broker]" Host=127.0.0.1 Port=1883 TLS=false >"$2/brokers.ini"
  printf '%s\n' '[Profile]' Version=1 Name=Office Kind=listener Access=trusted Autostart=true Stun= "KeyPair=$key" "Broker=$broker" \
    '[Service 1]' Name=default Address=127.0.0.1 Port=1883 >"$2/profiles/$(cat /proc/sys/kernel/random/uuid).profile"
  chown -R somebody: "$2"
  runuser -u somebody -- mmp trust add "$(cat "$work/key.public")" visitor
}

# reach FOLDER: a message through the listener, by way of a direct path
reach () {
  : >"$work/log" # what the last one said is not this one's
  mmp initiator --notls --no-stun --json -pk "$work/key.private" 127.0.0.1 1883 127.0.0.1 1999 "$(cat "$1/office/key.public")" >>"$work/log" 2>&1 &
  initiator=$!
  until_true grep -q direct-udp "$work/log"
  until_true grep -q '"ready"' "$work/log"
  mosquitto_pub -h 127.0.0.1 -p 1999 -q 1 -r -t try -m "through $2"
  mosquitto_sub -h 127.0.0.1 -p 1883 -t try -C 1 -W 10
  kill $initiator
  wait $initiator
}

mmp keygen -p "$work" >/dev/null
set_up /etc/message-portal
systemctl start mmp-listener@office
reach /etc/message-portal 'the service of the system'
runuser -u message-portal -- mmp trust list
runuser -u message-portal -- mmp invite | grep -o '^mmp:?v=1' # it finds the listener
systemd-analyze security --no-pager mmp-listener@office | tail -n 1
systemctl stop mmp-listener@office
[ "$(systemctl show -p Result mmp-listener@office)" = Result=success ]

useradd --create-home somebody
systemctl start "user@$(id -u somebody)"
folder=$(getent passwd somebody | cut -d: -f6)/.config/message-portal
set_up "$folder"
chown -R somebody: "${folder%/*}"
of_somebody () { runuser -u somebody -- env "XDG_RUNTIME_DIR=/run/user/$(id -u somebody)" systemctl --user "$@"; }
of_somebody enable --quiet --now mmp-listener@office
reach "$folder" 'the service of an account'
of_somebody stop mmp-listener@office
[ "$(of_somebody show -p Result mmp-listener@office)" = Result=success ]

# The same account runs what the app would: a profile, whose key is in a file because no keyring is open.
set_up_profile "$folder" "$(getent passwd somebody | cut -d: -f6)/.local/share/message-portal"
chown -R somebody: "$(getent passwd somebody | cut -d: -f6)"
of_somebody enable --quiet --now mmp
of_somebody show -p StatusText mmp
reach "$folder" 'the profiles of an account'
of_somebody reload mmp
[ "$(of_somebody is-active mmp)" = active ]
of_somebody stop mmp
[ "$(of_somebody show -p Result mmp)" = Result=success ]
echo 'services ran'
