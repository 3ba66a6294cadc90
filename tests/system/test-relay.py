#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data through the broker: where it is used, how sparingly, and that no connection notices a change of path."""
import signal

from mmptest import *

RATE = 65536 # bytes of a second, PROTOCOL.md 5.2


def tunnel (lab, service, *more, brokers=None, lines=(), path='relay', listener_options=()):
    """A listener and an initiator through the first of the brokers; returns (listener, initiator, local port)."""
    brokers = brokers or [lab.broker (lines=lines)[1]]
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    local = free_port ()
    others = [o for port in brokers[1:] for o in ('--broker', f'127.0.0.1:{port}')]
    listener = lab.listener (brokers[0], service, key, [public], *others, *more, *listener_options)
    return listener, lab.initiator (brokers[0], local, text, private, *others, *more, path=path), local


def exchange (connection, size):
    """Sends so many bytes to an echo service and gets the same back."""
    data = os.urandom (size)
    sender = threading.Thread (target=connection.sendall, args=(data,), daemon=True)
    sender.start ()
    assert receive (connection, size) == data
    sender.join ()


@case ('the-broker-is-used-at-once-and-the-direct-path-as-soon-as-it-is-there')
def takes_over (lab):
    _, initiator, local = tunnel (lab, lab.serve (echo), path='direct-udp')
    paths = [e['path'] for e in initiator.events if e['event'] == 'state' and 'path' in e]
    assert paths[0] == 'relay' and paths[-1] == 'direct-udp', paths
    exchange (lab.connect (local), 100_000)


@case ('a-broker-of-somebody-else-is-used-sparingly')
def limited (lab):
    _, _, local = tunnel (lab, lab.serve (lambda c: receive_all (c) and c.sendall (b'done')), '--path', 'relay')
    connection = lab.connect (local)
    size = 5 * RATE
    begin = time.monotonic ()
    connection.sendall (os.urandom (size))
    connection.shutdown (socket.SHUT_WR)
    assert receive_all (connection) == b'done'
    # One second's worth may go at once.
    assert time.monotonic () - begin > (size - RATE) / RATE * 0.95


@case ('one-side-that-wants-no-relay-is-enough')
def never (lab):
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    listener = lab.listener (broker, 9, key, [public], '--path', 'direct')
    initiator = lab.initiator (broker, free_port (), text, private, '--path', 'relay', path=None)
    # The sides have met, and nothing follows from it.
    listener.wait_event ('state', state='connecting')
    time.sleep (2)
    for program in (listener, initiator):
        assert not [e for e in program.events if e['event'] == 'ready' or e.get ('state') == 'connected'], program.events


@case ('nobody-notices-a-change-of-path')
def switches (lab):
    _, initiator, local = tunnel (lab, lab.serve (echo), '--relay', 'unlimited', path='direct-udp')
    connection = lab.connect (local)
    for _ in range (4):
        for number, path in ((signal.SIGUSR1, 'relay'), (signal.SIGUSR2, 'direct-udp')):
            before = len (initiator.events)
            initiator.process.send_signal (number)
            exchange (connection, 50_000)
            initiator.wait_event ('state', after=before, state='connected', path=path)
            exchange (connection, 50_000)


@case ('the-next-broker-takes-over')
def next_broker (lab):
    first, second = lab.broker (), lab.broker ()
    listener, _, local = tunnel (lab, lab.serve (echo), '--path', 'relay', '--relay', 'unlimited', brokers=[first[1], second[1]])
    connection = lab.connect (local)
    exchange (connection, 50_000)
    first[0].stop ()
    exchange (connection, 50_000)
    assert listener.process.poll () is None


@case ('a-broker-that-takes-small-packets-only')
def small_packets (lab):
    _, _, local = tunnel (lab, lab.serve (echo), '--path', 'relay', '--relay', 'unlimited', lines=['max_packet_size 6000'])
    exchange (lab.connect (local), 200_000)


@case ('the-broker-rests-while-there-is-a-direct-path')
def rests (lab):
    broker = lab.broker ()[1]
    _, initiator, local = tunnel (lab, lab.serve (echo), brokers=[broker], path='direct-udp')
    connection = lab.connect (local)
    exchange (connection, 100_000)
    spy = lab.start (need ('mosquitto_sub'), '-h', '127.0.0.1', '-p', broker, '-t', 'sig/#', '-F', '%t %l')
    for _ in range (50):
        exchange (connection, 20_000)
        time.sleep (0.1)
    # A ping each way at most, its answers, and what attempts and acknowledgements were still on their way
    assert len (spy.lines) <= 12, spy.lines


run ()
