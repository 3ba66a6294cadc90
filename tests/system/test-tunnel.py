#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What crosses a tunnel: MQTT as in the thesis's appendix, many devices, many connections, half-closed connections."""
import os, socket, struct

from mmptest import *


def mqtt_round (lab, listening, publishing, topic, text):
    """A message published at one port arrives at the other, once."""
    subscriber = lab.start (need ('stdbuf'), '-oL', need ('mosquitto_sub'), '-h', '127.0.0.1', '-p', listening, '-t', topic, '-q', '1', '-C', '1', '-W', '30', '-d')
    wait_for (lambda: any ('SUBACK' in line for line in subscriber.lines), f'the subscription on port {listening}')
    publisher = lab.start (need ('mosquitto_pub'), '-h', '127.0.0.1', '-p', publishing, '-t', topic, '-m', text, '-q', '1')
    assert publisher.wait () == 0, publisher.errors
    assert subscriber.wait () == 0, subscriber.errors
    assert subscriber.lines.count (text) == 1, subscriber.lines


@case ('mqtt-crosses-the-tunnel-as-in-the-appendix')
def appendix (lab):
    _, private = lab.broker ()
    _, listener, initiator, local = lab.pair (private)
    mqtt_round (lab, local, private, 'house/temperature', '21.5')
    mqtt_round (lab, private, local, 'office/temperature', '22.5')
    assert initiator.stop () == 0
    assert listener.stop () == 0


@case ('five-initiators-with-three-connections-each')
def five_initiators (lab):
    service = lab.serve (echo)
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    devices = [lab.keys (f'initiator-{n}') for n in range (5)]
    lab.listener (broker, service, key, [public for _, public in devices])
    ports = [free_port () for _ in devices]
    programs = [lab.initiator (broker, port, text, private, path=None) for port, (private, _) in zip (ports, devices)]
    for program in programs:
        program.wait_event ('state', state='connected', path='direct-udp')
        program.wait_event ('ready')

    def talk (number):
        connection = lab.connect (ports[number // 3])
        data = os.urandom (200_000) + struct.pack ('<I', number)
        connection.sendall (data)
        assert receive (connection, len (data)) == data

    in_threads (talk, range (15))


@case ('two-hundred-connections-at-once')
def two_hundred (lab):
    service = lab.serve (echo)
    _, _, _, local = lab.pair (service)
    connections = [lab.connect (local) for _ in range (200)]

    def talk (number):
        data = os.urandom (1000 + 97 * number)
        connections[number].sendall (data)
        assert receive (connections[number], len (data)) == data

    in_threads (talk, range (200))


@case ('the-client-may-finish-first')
def client_finishes (lab):
    def answer_at_the_end (connection):
        request = receive_all (connection)
        connection.sendall (b'got %d bytes' % len (request))

    _, _, _, local = lab.pair (lab.serve (answer_at_the_end))
    connection = lab.connect (local)
    connection.sendall (b'x' * 300_000)
    connection.shutdown (socket.SHUT_WR)
    assert receive_all (connection) == b'got 300000 bytes'


@case ('the-service-may-finish-first')
def service_finishes (lab):
    received = []

    def greet_and_listen (connection):
        connection.sendall (b'hello')
        connection.shutdown (socket.SHUT_WR)
        received.append (receive_all (connection))

    _, _, _, local = lab.pair (lab.serve (greet_and_listen))
    connection = lab.connect (local)
    assert receive_all (connection) == b'hello'
    connection.sendall (b'y' * 300_000)
    connection.shutdown (socket.SHUT_WR)
    wait_for (lambda: received, 'what was sent after the service had finished')
    assert received[0] == b'y' * 300_000


@case ('a-reset-arrives-as-a-reset')
def reset (lab):
    def reset_at_once (connection):
        connection.recv (1)
        connection.setsockopt (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack ('ii', 1, 0))

    _, _, _, local = lab.pair (lab.serve (reset_at_once))
    connection = lab.connect (local)
    connection.sendall (b'z')
    try:
        data = connection.recv (1)
    except ConnectionResetError:
        return
    raise AssertionError (f'the connection ended with {data!r} instead of a reset')


@case ('services-and-forwards-on-both-sides')
def both_sides (lab):
    first = lab.serve (lambda c: c.sendall (b'first'))
    second = lab.serve (lambda c: c.sendall (b'second'))
    back = lab.serve (lambda c: c.sendall (b'back'))
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    ports = [free_port () for _ in range (3)]
    listener = lab.listener (broker, first, key, [public], '--service', f'second=127.0.0.1:{second}', '--forward', f'127.0.0.1:{ports[2]}=back')
    lab.initiator (broker, ports[0], text, private, '--forward', f'127.0.0.1:{ports[1]}=second', '--service', f'back=127.0.0.1:{back}')
    listener.wait_event ('ready')
    for port, expected in zip (ports, (b'first', b'second', b'back')):
        assert receive_all (lab.connect (port)) == expected


@case ('data-goes-through-the-broker-where-that-is-wanted')
def through_the_broker (lab):
    service = lab.serve (echo)
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    local = free_port ()
    lab.listener (broker, service, key, [public], '--path', 'relay')
    initiator = lab.initiator (broker, local, text, private, '--path', 'relay', path='relay')
    connection = lab.connect (local)
    data = os.urandom (500_000)
    connection.sendall (data)
    assert receive (connection, len (data)) == data
    assert not [e for e in initiator.events if e['event'] == 'direct']


run ()
