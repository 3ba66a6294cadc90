#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tunnels between two networks, and the paths that they find. A cell names the kinds of both."""
import contextlib
import socket
import threading

from netcase import RUN, SERVERS, case, echo, run

UNLIMITED = '--relay=unlimited'
TLS_ADDRESS, TLS_PORT, SPIED_PORT = '203.0.113.1', 5349, 5351
HOPELESS = 8  # seconds: a direct attempt that works needs less


def cell(a, b, path, *, turn=(), stun=True):
    """A case: between these networks the tunnel ends up on this path, and is exact there."""
    name = f'{a}-{b}' + ''.join(f'-turn-{each}' for each in turn)

    @case(name)
    def run_cell(lab):
        options = [*lab.turn_options(*turn), UNLIMITED, *([] if stun else ['--no-stun'])]
        lab.nat(a, b)
        lab.start_pair(lab.serve_at(lab.b, echo), *options)
        lab.wait_path(path, deadline=30)
        lab.initiator.wait_event('ready')
        if path == 'relay':
            lab.stays(HOPELESS, 'relay')
        lab.check_transfer()
        print(f'# {name}: {lab.figures()}')


cell('none', 'none', 'direct-udp', stun=False)
cell('portres', 'same', 'direct-udp', stun=False)
cell('portres', 'portres', 'direct-udp')
cell('fullcone', 'symmetric', 'direct-udp')
cell('symmetric', 'none', 'direct-udp')
cell('cgnat', 'portres', 'direct-udp')
cell('udpblock', 'fullcone', 'direct-tcp')
cell('v6', 'v6', 'direct-udp', stun=False)
cell('symmetric', 'portres', 'relay')
cell('symmetric', 'symmetric', 'turn', turn=['udp'])
cell('udpblock', 'symmetric', 'turn', turn=['tcp'])
cell('udpblock', 'udpblock', 'turn', turn=['tcp'])
cell('webonly', 'portres', 'turn', turn=['443'])


@case('the-first-byte-goes-through-the-broker')
def first_byte(lab):
    """The bounds are three times what it should take on a machine that does nothing else."""
    lab.nat('portres', 'portres')
    for side in (lab.a, lab.b):
        side.impair(delay=20)
    lab.start_pair(lab.serve_at(lab.b, echo))
    first = lab.first_byte()
    lab.wait_path('direct-udp')
    print(f'# 40 ms to the broker: first byte after {first:.1f} s, {lab.figures()}')
    relay, direct = lab.after_start('relay'), lab.after_start('direct-udp')
    assert relay is not None and relay < direct, 'the relay was not there first'
    assert first <= 6 and direct - first <= 15



class Eavesdropper:
    """Somebody between a device and the TURN server's port for TLS, who notes how each connection begins."""

    def __init__(self, lab):
        self.first_bytes = []
        SERVERS.do(lab.serve, self.pass_on, TLS_ADDRESS, SPIED_PORT)

    def pass_on(self, connection):
        with SERVERS.do(socket.create_connection, (TLS_ADDRESS, TLS_PORT)) as server:
            begun = threading.Event()

            def forward(source, target):
                while data := source.recv(65536):
                    if source is connection and not begun.is_set():
                        begun.set()
                        self.first_bytes.append(data[:6])
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)

            threads = [threading.Thread(target=quietly, args=(forward, *pair)) for pair in ((connection, server), (server, connection))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()


def quietly(function, *arguments):
    with contextlib.suppress(OSError):
        function(*arguments)


def is_client_hello(data):
    """RFC 8446, 5.1 and 4: a handshake record of TLS 1.x whose message is a ClientHello."""
    return len(data) == 6 and data[0] == 22 and data[1] == 3 and data[5] == 1


@case('turn-over-tls-is-tls')
def turn_tls(lab):
    lab.nat('udpblock', 'symmetric')
    spy = Eavesdropper(lab)
    lab.start_pair(lab.serve_at(lab.b, echo), UNLIMITED, *lab.turn_options('tls'), f'--turn-cafile={RUN}/certificate.pem')
    lab.wait_path('turn')
    lab.check_transfer()
    assert spy.first_bytes and all(map(is_client_hello, spy.first_bytes)), spy.first_bytes


@case('a-turn-server-with-a-wrong-certificate-is-refused')
def turn_stranger(lab):
    lab.nat('udpblock', 'symmetric')
    spy = Eavesdropper(lab)
    lab.start_pair(lab.serve_at(lab.b, echo), UNLIMITED, *lab.turn_options('tls'))
    event = lab.initiator.wait_event('error', code='turn-tls')
    print(f'# {event["message"]}')
    assert lab.path_now() == 'relay'
    assert all(map(is_client_hello, spy.first_bytes)), spy.first_bytes


run()
