#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles without the app: two accounts on this machine, run by `mmp up`, looked at by others, taken to a third."""
import json, os, pathlib, signal, socket, stat, uuid

from mmptest import *

PASSWORD = 'correct horse battery'


class Account:
    """A folder for $XDG_DATA_HOME with one profile in it, its secrets in files."""

    def __init__ (self, lab, name, broker):
        self.lab, self.home = lab, lab.path / name
        self.folder = self.home / 'message-portal'
        for folder in ('profiles', 'secrets'):
            (self.folder / folder).mkdir (parents=True, mode=0o700)
        private, self.public = lab.keys (name + '-keys')
        self.key_id, self.broker_id, self.id = (str (uuid.uuid4 ()) for _ in range (3))
        self.secret = self.folder / 'secrets' / f'key-{self.key_id}'
        self.secret.write_text (private.read_text ())
        self.secret.chmod (0o600)
        (self.folder / 'keys.ini').write_text (f'[Keys]\nVersion=1\n[{self.key_id}]\nName=This\nPublic={self.public}\n')
        (self.folder / 'brokers.ini').write_text (f'[Brokers]\nVersion=1\n[{self.broker_id}]\nHost=127.0.0.1\nPort={broker}\nTLS=false\n')

    def profile (self, text):
        path = self.folder / 'profiles' / f'{self.id}.profile'
        path.write_text (f'[Profile]\nVersion=1\nKeyPair={self.key_id}\nBroker={self.broker_id}\nStun=\n{text}')
        return path

    def mmp (self, *argv, **more):
        return self.lab.mmp (*argv, env=dict (os.environ, XDG_DATA_HOME=str (self.home), **more))

    def ends (self, code, *argv):
        program = self.mmp (*argv)
        assert program.wait () == code, (argv, program.process.returncode, program.lines, program.errors)
        return program


def make_pair (lab, of_listener='', of_initiator=''):
    _, broker = lab.broker ()
    listener, initiator = Account (lab, 'listener', broker), Account (lab, 'initiator', broker)
    service = lab.serve (echo)
    listener.profile (f'Name=Office\nKind=listener\nAccess=trusted\nAutostart=true\n{of_listener}[Service 1]\nName=default\nAddress=127.0.0.1\nPort={service}\n')
    port = free_port ()
    initiator.profile (f'Name=To Office\nKind=initiator\nDevice={listener.public}\n{of_initiator}[Forward 1]\nName=default\nAddress=127.0.0.1\nPort={port}\n')
    listener.ends (0, 'trust', 'add', initiator.public, 'Phone')
    return listener, initiator, port


@case ('profiles-run-and-others-see-how-they-do')
def up (lab):
    listener, initiator, port = make_pair (lab)
    notify = socket.socket (socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind (str (lab.path / 'notify'))
    notify.settimeout (DEADLINE)

    def await_message (wanted):
        while True:
            message = notify.recv (4096).decode ()
            if message.startswith (wanted):
                return message

    service = listener.mmp ('up', '--json', NOTIFY_SOCKET=str (lab.path / 'notify'))
    await_message ('READY=1')
    assert listener.ends (0, 'status').lines == ['Office: waiting for devices'], 'status'
    user = initiator.mmp ('up', '--json', 'To Office')
    user.wait_event ('state', state='connected', path='direct-udp')
    with lab.connect (port) as connection:
        connection.sendall (b'hello')
        assert receive (connection, 5) == b'hello'
    await_message ('STATUS=1 profiles run, 1 devices connected')
    wait_for (lambda: 'directly (UDP)' in initiator.ends (0, 'status').lines[0], 'the path in the status')
    event = json.loads (initiator.ends (0, 'status', '--json').lines[0])
    assert event['event'] == 'profile' and event['id'] == initiator.id and event['state'] == 'connected', event

    # It runs once.
    second = initiator.mmp ('up', initiator.id)
    assert second.wait () == 1 and 'runs already' in ' '.join (second.errors), second.errors

    service.send_signal (signal.SIGHUP)
    assert 'MONOTONIC_USEC=' in await_message ('RELOADING=1')
    await_message ('READY=1')
    user.stop ()
    service.stop ()
    await_message ('STOPPING=1')
    device = json.loads (listener.ends (0, 'trust', 'list', '--json').lines[0])
    assert device['name'] == 'Phone' and device['trusted'] <= device['seen'], device
    assert 'stopped' in initiator.ends (0, 'status').lines[0]


@case ('a-change-of-a-file-is-followed')
def change (lab):
    listener, initiator, port = make_pair (lab)
    listener.mmp ('up', 'Office')
    user = initiator.mmp ('up', '--json', 'To Office')
    user.wait_event ('state', state='connected')
    other = free_port ()
    path = initiator.folder / 'profiles' / f'{initiator.id}.profile'
    new = path.with_suffix ('.new')
    new.write_text (path.read_text ().replace (f'Port={port}', f'Port={other}'))
    new.rename (path)
    wait_for (lambda: can_connect (other) and not can_connect (port), 'the other port')
    path.write_text ('broken')
    assert can_connect (other)
    assert 'cannot be used' in initiator.ends (0, 'list').lines[0]


@case ('export-and-import-take-everything-along')
def export (lab):
    listener, initiator, _ = make_pair (lab)
    secret = listener.secret.read_text ()
    password = lab.path / 'password'
    password.write_text (PASSWORD + '\n')
    plain, sealed = lab.path / 'plain', lab.path / 'sealed'
    listener.ends (0, 'export', plain)
    listener.ends (0, 'export', '--password-file', password, sealed, 'Office')
    assert secret not in plain.read_text () + sealed.read_text ()
    assert stat.S_IMODE (sealed.stat ().st_mode) == 0o600

    third = Account (lab, 'third', 1)
    for path in (third.folder / 'keys.ini', third.folder / 'brokers.ini', third.secret):
        path.unlink ()
    wrong = lab.path / 'wrong'
    wrong.write_text ('another password\n')
    third.ends (4, 'import', '--password-file', wrong, sealed)
    assert third.ends (0, 'list', '--json').lines == []
    third.ends (0, 'import', '--key-files', '--password-file', password, sealed)
    assert 'Office' in third.ends (0, 'list').lines[0]
    kept = third.folder / 'secrets' / f'key-{listener.key_id}'
    assert kept.read_text () == secret and stat.S_IMODE (kept.stat ().st_mode) == 0o600
    assert third.ends (0, 'trust', 'list').lines[0].startswith ('No devices')
    third.ends (0, 'import', plain)
    assert 'Phone' in third.ends (0, 'trust', 'list').lines[0]


@case ('a-turn-server-of-a-profile-is-used')
def turn (lab):
    turn_port = free_port ()
    listener, initiator, port = make_pair (lab, of_initiator=f'Path=turn\nTurn=turn:127.0.0.1:{turn_port}\nTurnUser=me\n')
    lab.start (need ('turnserver'), '-n', '-L', '127.0.0.1', '-E', '127.0.0.1', '-p', turn_port, '-a', '-u', 'me:right', '-r', 'example.org', '--no-cli', '--no-dtls', '--no-tls',
               '--log-file', 'stdout', '--pidfile', lab.path / 'turn.pid', '--allow-loopback-peers')
    wait_for (lambda: can_connect (turn_port), 'coturn')
    secret = initiator.folder / 'secrets' / f'turn-{initiator.id}'
    secret.write_text ('right')
    secret.chmod (0o600)
    listener.mmp ('up', 'Office')
    user = initiator.mmp ('up', '--json', 'To Office')
    user.wait_event ('state', state='connected', path='turn')
    with lab.connect (port) as connection:
        connection.sendall (b'hello')
        assert receive (connection, 5) == b'hello'
    user.stop ()

    # The password goes along with the other secrets only, and never stands in a profile.
    for there in False, True:
        target = lab.path / f'export-{there}'
        more = ('--password-file', lab.path / 'export-password') if there else ()
        (lab.path / 'export-password').write_text (PASSWORD + '\n')
        initiator.ends (0, 'export', *more, target)
        assert 'TurnUser=me' in target.read_text ().replace ('\\n', '\n') and 'right' not in target.read_text ()
        other = Account (lab, f'other-{there}', 1)
        other.ends (0, 'import', *more, target)
        taken = other.folder / 'secrets' / f'turn-{initiator.id}'
        assert taken.exists () == there and (not there or taken.read_text () == 'right')


@case ('profiles-of-the-classic-mode-have-keys-of-their-own')
def classic (lab):
    topic = 'Classic=true\nTopic=mqttsignaling\n'
    listener, initiator, port = make_pair (lab, topic, topic)
    shared = listener.folder / 'profiles' / f'{listener.id}.profile'
    shared.write_text (shared.read_text ().replace ('Classic=true\n', f'Classic=true\nClassicDevices={initiator.public}\n'))
    assert listener.ends (0, 'list').lines[0].endswith ('Office (classic)')
    service = listener.mmp ('up', '--json', 'Office')
    user = initiator.mmp ('up', '--json', 'To Office')
    user.wait_event ('state', state='connected', path='direct-udp')
    with lab.connect (port) as connection:
        connection.sendall (b'hello')
        assert receive (connection, 5) == b'hello'
    assert initiator.ends (0, 'status').lines[0].startswith ('To Office (classic): connected')
    user.stop ()
    service.stop ()
    assert 'Use=classic' in (initiator.folder / 'keys.ini').read_text ()

    # A key that was used so does nothing else.
    own = initiator.folder / 'profiles' / f'{initiator.id}.profile'
    own.write_text (own.read_text ().replace ('Classic=true', 'Classic=false'))
    assert 'classic mode' in initiator.ends (4, 'up', 'To Office').errors[0]


@case ('what-is-wrong-is-4-with-one-sentence')
def wrong (lab):
    account = Account (lab, 'one', 1)
    account.profile ('Name=Office\nKind=listener\n')
    nonsense = lab.path / 'nonsense'
    nonsense.write_text ('nonsense')
    for argv in (['up', 'Office'], ['up', 'Attic'], ['up'], ['export', '/nonexistent/x'], ['import', nonsense],
                 ['import', lab.path / 'missing'], ['export', lab.path / 'x', 'Attic']):
        program = account.ends (4, *argv)
        assert len (program.errors) == 1 and program.errors[0].endswith ('.'), program.errors


run ()
