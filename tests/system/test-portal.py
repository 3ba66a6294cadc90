#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Portals: messages through a tunnel that changes its path, and by another way while the other device is away."""
import os, signal, time

try:
    from mqtttest import Client, settle
except ImportError as missing:
    print (f'1..0 # SKIP {missing}')
    raise SystemExit
from mmptest import case, free_port, run, wait_for

KEPT = ['max_queued_messages 0']


def counts (program):
    told = [e for e in program.events if e['event'] == 'stats']
    return {k: v for k, v in told[-1].items () if v and k not in ('event', '_at')} if told else {}


def tunnel (lab, service, *more):
    """A tunnel to a broker here; returns (what starts the listener, listener, initiator, local port)."""
    _, broker = lab.broker ()
    listener_key, listener_text = lab.keys ('listener')
    initiator_key, initiator_text = lab.keys ('initiator')

    def listen ():
        return lab.listener (broker, service, listener_key, [initiator_text], *more)

    listener, local = listen (), free_port ()
    return listen, listener, lab.initiator (broker, local, listener_text, initiator_key, *more), local


def portal (lab, local, *more):
    program = lab.mmp ('portal', '--local', f'127.0.0.1:{local}', '--json', *more)
    program.wait_event ('ready')
    return program


def publish_steadily (here, there, first, last, rate, between=lambda number: None):
    for number in range (first, last):
        here.publish ('from-a/x', str (number))
        there.publish ('from-b/x', str (number))
        between (number)
        time.sleep (1 / rate)


def check_all_once (a, b, count):
    for client, topic in (a, 'from-b/x'), (b, 'from-a/x'):
        got = [int (m.payload) for m in client.messages if m.topic == topic]
        assert got == list (range (count)), (len (got), len (set (got)), sorted (set (range (count)) - set (got))[:5])


@case ('follows-the-path')
def _ (lab):
    """The tunnel looks for a new path again and again; every message arrives once, in order."""
    count, switches = int (os.environ.get ('MMP_TEST_MESSAGES', '300')), int (os.environ.get ('MMP_TEST_SWITCHES', '3'))
    gone = float (os.environ.get ('MMP_TEST_GONE', '0'))  # seconds for which the other device goes away, once
    (_, a), (_, b) = lab.broker (lines=KEPT), lab.broker (lines=KEPT)
    listen, listener, initiator, port = tunnel (lab, b)
    carrier = portal (lab, a, '--tunnel', f'127.0.0.1:{port}', '--out', 'from-a/#', '--in', 'from-b/#')
    here, there = Client (lab, a, 'from-b/#'), Client (lab, b, 'from-a/#')

    def switch (number):
        if number % (count // switches) == count // switches // 2:
            initiator.send_signal (signal.SIGHUP)
        if gone and number == count * 3 // 4:
            listener.process.kill ()
            listener.process.wait ()
            time.sleep (gone)
            listen ()

    publish_steadily (here, there, 0, count, 100, switch)
    here.wait_for (count)
    there.wait_for (count)
    settle (lab, a)
    settle (lab, b)
    check_all_once (here, there, count)
    print (f'# {count} each way, {switches} new paths: {counts (carrier)}')


@case ('other-device-away')
def _ (lab):
    """The other device goes away and comes back: meanwhile messages go by the public broker, sealed, and none is lost."""
    away = float (os.environ.get ('MMP_TEST_AWAY', '4'))
    patience = '6' if 'MMP_TEST_SANITIZED' in os.environ else '2'  # a slow program on a busy machine is not away
    (_, a), (_, b), (_, public) = lab.broker (lines=KEPT), lab.broker (lines=KEPT), lab.broker (lines=KEPT)
    key = lab.path / 'key'
    assert lab.mmp ('secure-bridge-keygen', key).wait () == 0
    listen, listener, initiator, port = tunnel (lab, b, '--hold', '2')
    other = ['--via', f'127.0.0.1:{public}', '--notls', '--keyfile', key, '--topics', 'tokens', '--away-after', patience]
    near = portal (lab, a, '--tunnel', f'127.0.0.1:{port}', '--out', 'from-a/#', '--in', 'from-b/#', *other)
    far = portal (lab, b, '--out', 'from-b/#', '--in', 'from-a/#', *other)
    here, there, spy = Client (lab, a, 'from-b/#'), Client (lab, b, 'from-a/#'), Client (lab, public, 'encrypted/#')
    publish_steadily (here, there, 0, 20, 100)
    here.wait_for (20)
    there.wait_for (20)
    assert not spy.messages, 'the public broker gets nothing while the tunnel is there'

    listener.process.kill ()
    listener.process.wait ()
    here.publish ('from-a/x', '20')
    there.publish ('from-b/x', '20')
    there.wait_for (21)
    wait_for (lambda: there.publish ('from-b/x', 'probe') and any (m.payload == b'probe' for m in here.messages), 'the other side to go round', 60)
    publish_steadily (here, there, 21, 40, 40 / away)
    wait_for (lambda: {str (n).encode () for n in range (21, 40)} <= {m.payload for m in here.messages}, 'all to come round')
    there.wait_for (40)
    assert spy.messages and not any (m.payload.isdigit () for m in spy.messages)

    before = len (near.events)  # it may see the tunnel before the listener's word is read here
    listen ()
    initiator.send_signal (signal.SIGHUP)
    near.wait_event ('state', remote='online', after=before)
    wait_for (lambda: not counts (near).get ('waiting'), 'the portal to catch up')
    publish_steadily (here, there, 40, 60, 100)
    for client, topic in (here, 'from-b/x'), (there, 'from-a/x'):
        wait_for (lambda: {str (n).encode () for n in range (60)} <= {m.payload for m in client.messages}, f'all of {topic}', 60)
    settle (lab, a)
    settle (lab, b)
    twice = [len (c.messages) - len ({m.payload for m in c.messages}) for c in (here, there)]
    print (f'# twice: {twice}; near {counts (near)}; far {counts (far)}')
    # The probes are all one text.
    got = [m.payload for m in there.messages]
    assert len (got) == len (set (got)) == 60, got
    numbers = [m.payload for m in here.messages if m.payload != b'probe']
    assert len (numbers) == len (set (numbers)) == 60, numbers


@case ('thesis-portal-with-mosquitto')
def _ (lab):
    """Listings 2.15 and 2.16 as `mmp mosquitto-conf` prints them, with clients that encrypt and decrypt on the private brokers."""
    _, public = lab.broker (lines=KEPT)
    b = free_port ()
    nowhere = free_port ()
    key = lab.path / 'key'
    assert lab.mmp ('secure-bridge-keygen', key).wait () == 0

    def configuration (role, *more):
        program = lab.mmp ('mosquitto-conf', role, '--public', f'127.0.0.1:{public}', '--notls', *more)
        assert program.wait () == 0
        return KEPT + program.lines

    lab.broker (b, configuration ('listener'))
    _, a = lab.broker (lines=configuration ('initiator', '--tunnel', f'127.0.0.1:{nowhere}'))
    for role, port, own, foreign in ('Initiator', a, 'FromInitiator', 'FromListener'), ('Listener', b, 'FromListener', 'FromInitiator'):
        lab.mmp ('secure-bridge', 'encrypt', '127.0.0.1', port, '--notls', '--json', '--keyfile', key, '--s_topics', f'clear{own}/#', '--p_topic', f'encrypted{own}').wait_event ('ready')
        lab.mmp ('secure-bridge', 'decrypt', '127.0.0.1', port, '--notls', '--json', '--keyfile', key, '--s_topics', f'encrypted{foreign}/#').wait_event ('ready')
    spy = Client (lab, public, '#')
    at_a, at_b = Client (lab, a, 'clearFromListener/#'), Client (lab, b, 'clearFromInitiator/#')
    wait_for (lambda: at_a.publish_and_wait ('clearFromInitiator/1', b'there') or at_b.messages, 'a message to the listener', 60)
    wait_for (lambda: at_b.publish_and_wait ('clearFromListener/1', b'back') or at_a.messages, 'a message to the initiator', 60)
    assert at_b.messages[0].payload == b'there' and at_a.messages[0].payload == b'back'
    assert set (spy.topics ()) <= {'encryptedFromInitiator/clearFromInitiator/1', 'encryptedFromListener/clearFromListener/1'}, spy.topics ()
    assert not any (text in m.payload for m in spy.messages for text in (b'there', b'back'))
    for role in 'encrypt', 'decrypt':
        assert not any ('securebridge/#' in line and not line.startswith ('#') for line in configuration (role))
        lab.broker (lines=configuration (role))
    refused = lab.mmp ('mosquitto-conf', 'initiator')
    assert refused.wait () == 2 and '--notls' in refused.errors[0]


run ()
