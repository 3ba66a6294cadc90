#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classic mode with a stand-in for the thesis's program (tests/classic/peer.py), in both roles."""
import base64, hashlib, json, os, pathlib, signal, socket, sys

from mmptest import *

PEER = pathlib.Path (__file__).parent.parent / 'classic' / 'peer.py'
BIG = 20 * 1024 * 1024


def need_stand_in ():
    try:
        import aiortc, nacl.public, paho.mqtt.client
    except ImportError as problem:
        raise Skip (f'{problem.name} is not installed')


class Stage:
    """A broker, keys for both sides, and the two programs: one is ours, one the stand-in."""

    def __init__ (self, lab, service, ours, *more, trusted=True):
        need_stand_in ()
        self.lab, self.service, self.ours = lab, service, ours
        self.broker_program, self.broker = lab.broker ()
        self.key, self.text = lab.keys ('listener')
        self.private, self.public = lab.keys ('initiator')
        self.trusted = lab.path / 'trusted'
        self.trusted.write_text (f'# who may come\n\n{self.public if trusted else self.text}\n')
        self.local = free_port ()
        self.listener = self.start_listener (*more)
        self.initiator = self.start_initiator (*more)

    def start_listener (self, *more):
        if self.ours == 'listener':
            program = self.lab.mmp ('listener', '127.0.0.1', self.broker, '127.0.0.1', self.service, self.key, '-i', self.trusted, '--notls', '--json', '--classic')
            program.wait_event ('state', state='waiting')
        else:
            program = self.lab.start (sys.executable, PEER, 'listener', self.broker, self.key, self.service, '--trusted', self.trusted, *more)
            program.wait_event ('waiting')
        return program

    def start_initiator (self, *more):
        if self.ours == 'initiator':
            return self.lab.mmp ('initiator', '127.0.0.1', self.broker, '127.0.0.1', self.local, self.text, '-pk', self.private, '--notls', '--json', '--classic')
        return self.lab.start (sys.executable, PEER, 'initiator', self.broker, self.private, self.local, '--listener', self.text, *more)

    def wait_up (self, after=0):
        """Both sides are connected; the local port leads to the service."""
        if self.ours == 'initiator':
            self.initiator.wait_event ('ready', after)
        else:
            self.initiator.wait_event ('up', after)
            self.listener.wait_event ('state', state='connected', path='direct-udp')
        return self

    def own (self):
        return self.listener if self.ours == 'listener' else self.initiator


def exchange (connection, data):
    """Sends and receives at the same time, and ends this direction; returns what came until the other one ended."""
    sender = threading.Thread (target=lambda: (connection.sendall (data), connection.shutdown (socket.SHUT_WR)), daemon=True)
    sender.start ()
    received = receive_all (connection)
    sender.join (DEADLINE)
    return received


def both_ways (name):
    """A case for each of our roles."""
    def register (function):
        for ours in ('initiator', 'listener'):
            cases.append ((f'{name}-with-our-{ours}', lambda lab, ours=ours: function (lab, ours)))
        return function
    return register


def mqtt_round (lab, listening, publishing, text):
    subscriber = lab.start (need ('stdbuf'), '-oL', need ('mosquitto_sub'), '-h', '127.0.0.1', '-p', listening, '-t', 'house/#', '-q', '1', '-C', '1', '-W', '30', '-d')
    wait_for (lambda: any ('SUBACK' in line for line in subscriber.lines), 'the subscription')
    assert lab.start (need ('mosquitto_pub'), '-h', '127.0.0.1', '-p', publishing, '-t', 'house/temperature', '-m', text, '-q', '1').wait () == 0
    assert subscriber.wait () == 0 and subscriber.lines.count (text) == 1, subscriber.lines


@both_ways ('mqtt')
def mqtt (lab, ours):
    _, private = lab.broker ()
    stage = Stage (lab, private, ours).wait_up ()
    mqtt_round (lab, stage.local, private, '21.5')
    mqtt_round (lab, private, stage.local, '22.5')
    assert stage.own ().stop () == 0


@both_ways ('a-file-of-20-mb-each-way')
def file (lab, ours):
    data = os.urandom (BIG)
    checksums = {}

    def serve (connection):
        sender = threading.Thread (target=lambda: (connection.sendall (data), connection.shutdown (socket.SHUT_WR)), daemon=True)
        sender.start ()
        checksums['service'] = hashlib.sha256 (receive_all (connection)).hexdigest ()
        sender.join (DEADLINE)

    stage = Stage (lab, lab.serve (serve), ours, '--size', 16384).wait_up ()
    checksums['client'] = hashlib.sha256 (exchange (lab.connect (stage.local), data)).hexdigest ()
    wait_for (lambda: len (checksums) == 2, 'the other end')
    expected = hashlib.sha256 (data).hexdigest ()
    assert checksums == {'service': expected, 'client': expected}, checksums


@both_ways ('ten-connections-at-once')
def ten (lab, ours):
    stage = Stage (lab, lab.serve (echo), ours).wait_up ()

    def talk (number):
        data = os.urandom (8_000 + 777 * number)
        assert exchange (lab.connect (stage.local), data) == data

    in_threads (talk, range (10))
    in_threads (talk, range (10))


@both_ways ('half-closed-connections')
def half_closed (lab, ours):
    def answer_at_the_end (connection):
        request = receive_all (connection)
        connection.sendall (b'got %d bytes' % len (request))

    stage = Stage (lab, lab.serve (answer_at_the_end), ours).wait_up ()
    connection = lab.connect (stage.local)
    connection.sendall (b'x' * 100_000)
    connection.shutdown (socket.SHUT_WR)
    assert receive_all (connection) == b'got 100000 bytes'


@both_ways ('the-other-side-is-restarted')
def restart (lab, ours):
    stage = Stage (lab, lab.serve (echo), ours).wait_up ()
    assert exchange (lab.connect (stage.local), b'before') == b'before'
    count = len (stage.own ().events)
    if ours == 'initiator':
        assert stage.listener.stop () == 0
        stage.own ().wait_event ('state', count, state='reconnecting')
        stage.listener = stage.start_listener ()
        stage.own ().wait_event ('ready', count)
    else:
        # Killed, so that no bye is said but by the next one.
        stage.initiator.stop (signal.SIGKILL)
        stage.initiator = stage.start_initiator ()
        stage.initiator.wait_event ('up')
        stage.own ().wait_event ('state', count, state='connected')
    assert exchange (lab.connect (stage.local), b'after') == b'after'


@both_ways ('ours-is-restarted')
def restart_ours (lab, ours):
    stage = Stage (lab, lab.serve (echo), ours).wait_up ()
    stand_in = stage.listener if ours == 'initiator' else stage.initiator
    count = len (stand_in.events)
    assert stage.own ().stop () == 0
    stand_in.wait_event ('bye', count)
    if ours == 'initiator':
        stage.initiator = stage.start_initiator ()
        stage.initiator.wait_event ('ready')
    else:
        stage.listener = stage.start_listener ()
        stand_in.send_signal (signal.SIGHUP)
        stand_in.wait_event ('up', count)
    assert exchange (lab.connect (stage.local), b'after') == b'after'


@both_ways ('a-wrong-fingerprint-is-refused')
def wrong_fingerprint (lab, ours):
    touched = []
    stage = Stage (lab, lab.serve (touched.append), ours, '--wrong-fingerprint')
    if ours == 'initiator':
        stage.own ().wait_event ('error', code='identity-mismatch')
        assert stage.own ().wait () == 3
        assert not can_connect (stage.local)
    else:
        stage.own ().wait_event ('error', code='identity-mismatch')
        assert not [e for e in stage.initiator.events if e['event'] == 'up'], stage.initiator.events
        assert not [e for e in stage.own ().events if e.get ('state') == 'connected'], stage.own ().events
    assert not touched


run ()
