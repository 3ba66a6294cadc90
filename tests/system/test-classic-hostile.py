#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classic mode among people who are up to no good, and beside version 1 on the same broker."""
import base64, json, pathlib, sys

from mmptest import *

PEER = pathlib.Path (__file__).parent.parent / 'classic' / 'peer.py'


def need_stand_in ():
    try:
        import aiortc, nacl.public, paho.mqtt.client
    except ImportError as problem:
        raise Skip (f'{problem.name} is not installed')


class Wire:
    """Hears all that goes through the broker, and says whatever it likes."""

    def __init__ (self, port):
        import paho.mqtt.client
        self.messages = []
        self.ready = threading.Event ()
        self.client = paho.mqtt.client.Client (paho.mqtt.client.CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe ('#')
        self.client.on_subscribe = lambda *_: self.ready.set ()
        self.client.on_message = lambda client, data, message: self.messages.append ((message.topic, bytes (message.payload)))
        self.client.connect ('127.0.0.1', port)
        self.client.loop_start ()
        assert self.ready.wait (DEADLINE)

    def say (self, topic, payload, retain=False):
        self.client.publish (topic, payload, retain=retain).wait_for_publish (DEADLINE)

    def of (self, side, number):
        """The message of this number that went to this side's topics, once it is there."""
        wait_for (lambda: len (self.on (side)) > number, f'message {number} on {side}')
        return self.on (side)[number]

    def on (self, side):
        return [m for m in list (self.messages) if m[0].endswith ('/' + side)]

    def stop (self):
        self.client.disconnect ()
        self.client.loop_stop ()


def seal (private, public, message):
    import nacl.public
    def key (path_or_text):
        return base64.b32decode (path_or_text.strip ())
    box = nacl.public.Box (nacl.public.PrivateKey (key (private.read_text ())), nacl.public.PublicKey (key (public)))
    return bytes (box.encrypt (message if isinstance (message, bytes) else json.dumps (message, sort_keys=True).encode ()))


class Scene:
    """Our listener and our initiator, connected, with an ear at the broker."""

    def __init__ (self, lab):
        need_stand_in ()
        self.lab = lab
        _, self.broker = lab.broker ()
        self.wire = Wire (self.broker)
        lab.stack.callback (self.wire.stop)
        self.key, self.text = lab.keys ('listener')
        self.private, self.public = lab.keys ('initiator')
        self.local = free_port ()
        self.listener = lab.listener (self.broker, lab.serve (echo), self.key, [self.public], '--classic')
        self.initiator = lab.initiator (self.broker, self.local, self.text, self.private, '--classic')
        self.connection = lab.connect (self.local)
        self.check ()
        self.offers = f'mqttsignaling/{self.text}/{self.public}/conn1/o'
        self.answers = f'mqttsignaling/{self.text}/{self.public}/conn1/a'

    def check (self):
        """The connection that stood before still does, and a new one can be made."""
        for connection in (self.connection, self.lab.connect (self.local)):
            connection.sendall (b'still here')
            assert receive (connection, 10) == b'still here'

    def lasts (self):
        """What was said before is handled, and nothing came of it."""
        marker = len (self.wire.messages)
        self.wire.say ('elsewhere', b'marker')
        wait_for (lambda: len (self.wire.messages) > marker, 'the marker')
        self.check ()
        for program in (self.listener, self.initiator):
            assert not [e for e in program.events if e.get ('state') == 'reconnecting' or e['event'] in ('gone', 'error')], program.events


@case ('what-was-recorded-is-not-taken-again')
def replay (lab):
    scene = Scene (lab)
    bye, offer, answer = scene.wire.of ('o', 0), scene.wire.of ('o', 1), scene.wire.of ('a', 0)
    count = len (scene.wire.on ('a'))
    for topic, payload in (bye, offer, answer):
        scene.wire.say (topic, payload)
    scene.lasts ()
    assert len (scene.wire.on ('a')) == count + 1, 'an old offer was answered'


@case ('what-a-device-said-does-not-come-back-to-it')
def reflection (lab):
    scene = Scene (lab)
    bye, offer, answer = scene.wire.of ('o', 0), scene.wire.of ('o', 1), scene.wire.of ('a', 0)
    scene.wire.say (scene.answers, bye[1])
    scene.wire.say (scene.answers, offer[1])
    scene.wire.say (scene.offers, answer[1])
    # Fresh ones, as whoever has a key of one side could make them, of the type that the other side sends
    scene.wire.say (scene.offers, seal (scene.private, scene.text, {'type': 'answer', 'sdp': 'v=0\r\n'}))
    scene.wire.say (scene.answers, seal (scene.key, scene.public, {'type': 'offer', 'sdp': 'v=0\r\n'}))
    scene.lasts ()


@case ('junk-ends-nothing')
def junk (lab):
    scene = Scene (lab)
    nasty = [b'', b'x', b'\0' * 40, b'\xff' * 200, b'{"type": "bye"}', b'j' * 20_000]
    sealed = [b'', b'{}', b'[]', b'\xff\xfe', b'{"type": "bye"', b'[' * 8000, b'{"type": "offer"}', b'{"type": "offer", "sdp": 7}',
              b'{"type": "offer", "sdp": "v=0"}', b'x' * 16_000]
    for topic, own, other in ((scene.offers, scene.private, scene.text), (scene.answers, scene.key, scene.public)):
        for payload in nasty:
            scene.wire.say (topic, payload)
        for text in sealed:
            scene.wire.say (topic, seal (own, other, text))
        scene.wire.say (topic + '/more', b'x')
    for odd in ('', 'x', 'A' * 56, scene.text):
        scene.wire.say (f'mqttsignaling/{scene.text}/{odd}/conn1/o', b'x' * 100)
    scene.lasts ()


@case ('what-the-broker-has-kept-is-not-taken')
def retained (lab):
    need_stand_in ()
    _, broker = lab.broker ()
    wire = Wire (broker)
    lab.stack.callback (wire.stop)
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    # A real offer, as somebody made the broker keep it
    program = lab.mmp ('initiator', '127.0.0.1', broker, '127.0.0.1', 0, text, '-pk', private, '--notls', '--json', '--classic')
    topic, offer = wire.of ('o', 1)
    assert program.stop () == 0
    wire.say (topic, offer, retain=True)
    lab.listener (broker, lab.serve (echo), key, [public], '--classic')
    local = free_port ()
    lab.initiator (broker, local, text, private, '--classic')
    assert len (wire.on ('a')) == 1, 'the old offer was answered'


@case ('a-flood-of-offers-costs-little')
def flood (lab):
    scene = Scene (lab)
    offer = scene.wire.of ('o', 1)[1]
    answers = len (scene.wire.on ('a'))
    for number in range (300):
        scene.wire.say (scene.offers, bytes (offer[:24]) + bytes (300 + number))
        scene.wire.say (scene.offers, seal (scene.private, scene.text, {'type': 'offer', 'sdp': f'v={number}'}))
    scene.lasts ()
    assert len (scene.wire.on ('a')) == answers
    assert memory_peak (scene.listener.pid) < 400_000


@case ('a-reader-that-stops-loses-its-connection-only')
def slow_reader (lab):
    need_stand_in ()
    over = threading.Event ()

    def serve (connection):
        if connection.recv (4) == b'stop':
            over.wait (DEADLINE)
        else:
            connection.sendall (b'here')

    lab.stack.callback (over.set)
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    local = free_port ()
    listener = lab.listener (broker, lab.serve (serve), key, [public], '--classic')
    lab.initiator (broker, local, text, private, '--classic')
    stopped = lab.connect (local)
    try:
        stopped.sendall (b'stop' + bytes (64 << 20))
        stopped.recv (1)
        raise AssertionError ('the connection was not closed')
    except (ConnectionResetError, BrokenPipeError):
        pass
    listener.wait_event ('error', code='limit')
    other = lab.connect (local)
    other.sendall (b'else')
    assert receive (other, 4) == b'here'
    assert memory_peak (listener.pid) < 300_000


@case ('a-stranger-gets-no-word')
def stranger (lab):
    scene = Scene (lab)
    answers = len (scene.wire.on ('a'))
    private, public = lab.keys ('stranger')
    port = free_port ()
    ours = lab.initiator (scene.broker, port, scene.text, private, '--classic', path=None)
    theirs = lab.start (sys.executable, PEER, 'initiator', scene.broker, private, free_port (), '--listener', scene.text)
    wait_for (lambda: len ([m for m in scene.wire.on ('o') if public in m[0]]) >= 4, 'both offers of the stranger')
    scene.lasts ()
    assert len (scene.wire.on ('a')) == answers
    assert not can_connect (port)
    for program in (ours, theirs):
        assert not [e for e in program.events if e['event'] in ('up', 'ready')], program.events


@case ('both-kinds-at-two-listeners-on-one-broker')
def both_kinds (lab):
    need_stand_in ()
    _, broker = lab.broker ()
    names = ('classic-listener', 'new-listener', 'one', 'two', 'three')
    keys = {name: lab.keys (name) for name in names}
    devices = [keys[n][1] for n in ('one', 'two', 'three')]
    services = [lab.serve (lambda c: c.sendall (b'classic')), lab.serve (lambda c: c.sendall (b'new'))]
    lab.listener (broker, services[0], keys['classic-listener'][0], devices, '--classic')
    lab.listener (broker, services[1], keys['new-listener'][0], devices)
    ports = [free_port () for _ in range (4)]
    stand_in = lab.start (sys.executable, PEER, 'initiator', broker, keys['one'][0], ports[0], '--listener', keys['classic-listener'][1])
    lab.initiator (broker, ports[1], keys['classic-listener'][1], keys['two'][0], '--classic')
    lab.initiator (broker, ports[2], keys['new-listener'][1], keys['three'][0])
    wrong = lab.initiator (broker, ports[3], keys['new-listener'][1], keys['two'][0], '--classic', path=None)
    stand_in.wait_event ('up')
    for _ in range (3):
        assert [receive_all (lab.connect (port)) for port in ports[:3]] == [b'classic', b'classic', b'new']
    # A device of one kind is nothing to a listener of the other.
    assert not can_connect (ports[3]) and not [e for e in wrong.events if e['event'] == 'ready']


@case ('what-the-classic-mode-has-not-is-refused')
def usage (lab):
    key, text = lab.keys ('listener')
    common = ['127.0.0.1', 1883, '127.0.0.1', 9]
    rows = [('listener', *common, key, '--classic'),
            ('listener', *common, key, '--classic', '-i', key, '--service', 'a=127.0.0.1:1'),
            ('listener', *common, key, '--classic', '-i', key, '--path', 'relay'),
            ('listener', *common, key, '--classic', '-i', key, '-n', 'a/b'),
            ('initiator', *common, text, '--classic', '--relay', 'unlimited'),
            ('initiator', *common, text, '--classic', '--forward', '127.0.0.1:0=x')]
    for argv in rows:
        program = lab.mmp (*argv)
        assert program.wait () == 2, (argv, program.process.returncode, program.errors)
        assert len (program.errors) == 1, program.errors


run ()
