#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges and portals as profiles: `mmp up` runs them between real brokers, follows changes of their rules, and takes them
to another account."""
import json, os, signal, uuid

try:
    from mqtttest import Client, settle
except ImportError as missing:
    print (f'1..0 # SKIP {missing}')
    raise SystemExit
from mmptest import case, run, wait_for

BRIDGE_ID = 'AAAQEAYEAUDAOCAJBIFQYDIOB4'
PASSWORD = 'correct horse battery'


class Account:
    """A folder for $XDG_DATA_HOME with brokers and one profile in it, its secrets in files."""

    def __init__ (self, lab, name, **brokers):
        self.lab, self.home = lab, lab.path / name
        self.folder = self.home / 'message-portal'
        for folder in ('profiles', 'secrets'):
            (self.folder / folder).mkdir (parents=True, mode=0o700)
        self.id, self.key_id = str (uuid.uuid4 ()), str (uuid.uuid4 ())
        self.brokers = {key: str (uuid.uuid4 ()) for key in brokers}
        (self.folder / 'brokers.ini').write_text ('[Brokers]\nVersion=1\n' + ''.join (
            f'[{self.brokers[key]}]\nHost=127.0.0.1\nPort={port}\nTLS=false\n' for key, port in brokers.items ()))
        private, self.public = lab.keys (name + '-keys')
        self.secret ('key', self.key_id, private.read_text ())
        (self.folder / 'keys.ini').write_text (f'[Keys]\nVersion=1\n[{self.key_id}]\nName=This\nPublic={self.public}\n')
        self.path = self.folder / 'profiles' / f'{self.id}.profile'

    def secret (self, kind, name, text):
        path = self.folder / 'secrets' / f'{kind}-{name}'
        path.write_text (text)
        path.chmod (0o600)

    def write (self, kind, bridge, rules, more=''):
        """`rules`: dictionaries of what a rule says."""
        text = f'[Profile]\nVersion=1\nKind={kind}\nName={kind}\nStun=\nBroker={self.brokers["public"]}\n{more}\n'
        text += f'[Bridge]\nLocal={self.brokers["local"]}\nId={BRIDGE_ID}\n{bridge}\n'
        for number, rule in enumerate (rules, 1):
            text += f'[Rule {number}]\n' + ''.join (f'{key}={value}\n' for key, value in rule.items ())
        new = self.path.with_suffix ('.new')
        new.write_text (text)
        new.rename (self.path)

    def mmp (self, *argv):
        return self.lab.mmp (*argv, env=dict (os.environ, XDG_DATA_HOME=str (self.home)))

    def ends (self, code, *argv):
        program = self.mmp (*argv)
        assert program.wait () == code, (argv, program.process.returncode, program.lines, program.errors)
        return program


def make_key (lab):
    key = lab.path / 'bridge.key'
    assert lab.mmp ('secure-bridge-keygen', key).wait () == 0
    return f'Secret=file\nKeyFile={key}'


def states (program):
    return [e['state'] for e in program.events if e['event'] == 'state']


@case ('a-bridge-follows-its-rules-while-they-change')
def _ (lab):
    (_, a), (_, b), (_, public) = (lab.broker () for _ in range (3))
    secret = make_key (lab)
    left, right = Account (lab, 'left', local=a, public=public), Account (lab, 'right', local=b, public=public)
    fields = {'Filter': 'fields/#', 'Flow': 'both', 'Map': 'prepend:left'}
    left.write ('bridge', secret, [fields])
    right.write ('bridge', secret, [{'Filter': 'left/#', 'Flow': 'both', 'Topics': 'hidden'}])
    ups = [account.mmp ('up', '--json', 'bridge') for account in (left, right)]
    for up in ups:
        up.wait_event ('state', state='connected', path='bridge')
    here, there, spy = Client (lab, a, 'fields/#', 'more/#'), Client (lab, b, '#'), Client (lab, public, '#')
    here.publish ('fields/1', b'out')
    there.wait_for (1)
    assert there.messages[0].topic == 'left/fields/1' and there.messages[0].payload == b'out', there.messages
    there.publish ('left/fields/2', b'back')
    wait_for (lambda: ('fields/2', b'back') in [(m.topic, m.payload) for m in here.messages], 'the way back')
    assert spy.messages and not any (b'out' in m.payload or 'fields' in m.topic for m in spy.messages), spy.messages
    ups[0].wait_event ('stats', forwarded=1)
    assert 'connected' in left.ends (0, 'status').lines[0] and left.ends (0, 'list').lines[0].startswith ('bridge ')
    event = json.loads (left.ends (0, 'status', '--json').lines[0])
    assert event['kind'] == 'bridge' and event['state'] == 'connected', event

    # One rule more: nobody connects anew, and the one that was there goes on.
    before = [len (states (up)) for up in ups]
    more = {'Filter': 'more/#', 'Flow': 'out', 'Topics': 'tokens'}
    right.write ('bridge', secret, [{'Filter': 'left/#', 'Flow': 'both', 'Topics': 'hidden'}, {**more, 'Flow': 'in'}])
    left.write ('bridge', secret, [fields, more])
    wait_for (lambda: here.publish ('more/1', b'more') and any (m.topic == 'more/1' for m in there.messages), 'the new rule')
    here.publish ('fields/3', b'still')
    wait_for (lambda: any (m.payload == b'still' for m in there.messages), 'the rule that was there')

    # One rule less
    left.write ('bridge', secret, [more])
    here.publish ('more/2', b'last')
    wait_for (lambda: any (m.topic == 'more/2' for m in there.messages), 'the rule that stays')
    assert [len (states (up)) for up in ups] == before, [states (up) for up in ups]


@case ('what-must-not-run-is-said')
def _ (lab):
    (_, a), (_, public) = lab.broker (), lab.broker ()
    account = Account (lab, 'account', local=a, public=public)
    secret = make_key (lab)
    for rules, words in (
        ([{'Filter': '#'}], 'would take everything'),
        ([{'Filter': '$SYS/#'}], "a broker's own topic"),
        ([{'Filter': 'a/#', 'Map': 'prepend:b', 'Form': 'plain'}, {'Filter': 'b/#', 'Map': 'prepend:a', 'Flow': 'in', 'Form': 'plain'}], 'without end'),
        ([{'Filter': 'a/#'}, {'Filter': 'a/b', 'Form': 'plain'}], 'in the clear'),
    ):
        account.write ('bridge', secret, rules)
        up = account.mmp ('up', 'bridge')
        assert up.wait () != 0 and words in ' '.join (up.errors), (words, up.errors)
    account.write ('bridge', 'Secret=magic', [])
    assert 'cannot be used' in account.ends (0, 'list').lines[0]


@case ('a-bridge-goes-along-with-its-password')
def _ (lab):
    (_, a), (_, public) = lab.broker (), lab.broker ()
    first, second = Account (lab, 'first', local=a, public=public), Account (lab, 'second', other=a)
    secret_id = str (uuid.uuid4 ())
    first.secret ('bridge', secret_id, PASSWORD)
    first.write ('bridge', f'Secret=password\nSecretId={secret_id}', [{'Filter': 'fields/#'}])
    password, plain, sealed = lab.path / 'password', lab.path / 'plain', lab.path / 'sealed'
    password.write_text ('of the export\n')
    first.ends (0, 'export', plain)
    first.ends (0, 'export', '--password-file', password, sealed)
    for path in plain, sealed:
        assert PASSWORD not in path.read_text ()

    # Without its secret it says so; with it it runs.
    second.ends (0, 'import', plain)
    up = second.mmp ('up', 'bridge')
    assert up.wait () != 0 and 'secret' in ' '.join (up.errors), up.errors
    second.ends (0, 'import', '--password-file', password, sealed)
    second.mmp ('up', '--json', 'bridge').wait_event ('state', state='connected')


@case ('a-portal-falls-back-and-returns')
def _ (lab):
    (_, a), (_, b), (_, public) = (lab.broker () for _ in range (3))
    secret = make_key (lab)
    near, far = Account (lab, 'near', local=a, public=public), Account (lab, 'far', local=b, public=public)
    way = secret + '\nFallBack=true\nPatience=2'
    near.write ('portal', way, [{'Filter': 'from-a/#'}, {'Filter': 'from-b/#', 'Flow': 'in'}], f'KeyPair={near.key_id}\nDevice={far.public}\nHold=2\n')
    far.write ('portal', way, [{'Filter': 'from-b/#'}, {'Filter': 'from-a/#', 'Flow': 'in'}], f'KeyPair={far.key_id}\nAccess=trusted\nHold=2\n')
    far.ends (0, 'trust', 'add', near.public, 'Near')
    far_up = far.mmp ('up', '--json', 'portal')
    near_up = near.mmp ('up', '--json', 'portal')
    near_up.wait_event ('state', state='connected', path='direct-udp')
    here, there, spy = Client (lab, a, 'from-b/#'), Client (lab, b, 'from-a/#'), Client (lab, public, '#')
    here.publish ('from-a/x', b'tunnel')
    there.publish ('from-b/x', b'tunnel')
    here.wait_for (1)
    there.wait_for (1)

    # The other end goes, and comes back later.
    said = len (near_up.events)
    far_up.stop ()
    near_up.wait_event ('state', after=said, state='connected', path='bridge')
    assert 'bridge' == json.loads (near.ends (0, 'status', '--json').lines[0])['path']
    here.publish ('from-a/x', b'around')
    far_up = far.mmp ('up', '--json', 'portal')
    wait_for (lambda: any (m.payload == b'around' for m in there.messages), 'what went around')
    assert any (m.topic.startswith ('mmb1/') for m in spy.messages) and not any (b'around' == m.payload for m in spy.messages)

    near_up.send_signal (signal.SIGHUP)  # the network changed: nobody waits before the next try
    near_up.wait_event ('state', after=said, state='connected', path='direct-udp')
    wait_for (lambda: here.publish ('from-a/x', b'again') and any (m.payload == b'again' for m in there.messages), 'the tunnel to carry again')
    settle (lab, b)
    assert [m.payload for m in there.messages].count (b'around') == 1, there.messages


run ()
