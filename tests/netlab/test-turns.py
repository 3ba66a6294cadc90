#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TURN server that is spoken to in TLS, as seen on the wire in front of it."""
import socket
import subprocess
import threading

from netcase import RUN, SERVERS, case, echo, run

PORT = 5349
CLIENT_HELLO = b'\x16\x03\x01'  # a handshake record (RFC 8446, 5.1)
MAGIC_COOKIE = b'\x21\x12\xa4\x42'  # of all STUN and TURN messages in plain text (RFC 8489, 5)
ETHERTYPE_IP = 0x0800
TCP = 6


class Wire:
    """What arrives at a TCP port of the servers: the bytes of each connection, by the client's address and port."""

    def __init__(self, port):
        self.port = port
        self.streams = {}
        self.socket = SERVERS.do(self.listen)
        threading.Thread(target=self.read, daemon=True).start()

    @staticmethod
    def listen():
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETHERTYPE_IP))
        packets.bind(('eth0', ETHERTYPE_IP))
        return packets

    def read(self):
        while True:
            try:
                self.take(self.socket.recv(1 << 16))
            except OSError:
                return

    def take(self, packet):
        begin = (packet[0] & 15) * 4
        if packet[9] != TCP or int.from_bytes(packet[begin + 2:begin + 4], 'big') != self.port:
            return
        end = int.from_bytes(packet[2:4], 'big') or len(packet)
        data = packet[begin + (packet[begin + 12] >> 4) * 4:end]
        self.streams.setdefault(packet[12:16] + packet[begin:begin + 2], bytearray()).extend(data)

    def close(self):
        self.socket.close()

    def check(self):
        """Returns how many connections carried something; all of them must be TLS from the first byte on."""
        spoken = [bytes(stream) for stream in self.streams.values() if stream]
        for stream in spoken:
            assert stream.startswith(CLIENT_HELLO), stream[:16].hex()
            assert MAGIC_COOKIE not in stream[:200], stream[:200].hex()
        return len(spoken)


def certificate(lab, name):
    """A certificate of nobody's; its file."""
    path = lab.path / f'{name}.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3',
                    '-keyout', lab.path / f'{name}-key.pem', '-out', path, '-subj', f'/CN={name}'], check=True, capture_output=True)
    return path


def start(lab, authorities):
    """A pair that trusts these authorities, in networks that leave nothing but TURN; returns what is seen of it."""
    lab.nat('symmetric', 'symmetric')
    wire = Wire(PORT)
    lab.stack.callback(wire.close)
    lab.start_pair(lab.serve_at(lab.b, echo), '--relay=unlimited', *lab.turn_options('tls'), f'--turn-cafile={authorities}')
    return wire


@case('the-wire-carries-tls-from-the-first-byte')
def spoken_in_tls(lab):
    wire = start(lab, RUN / 'certificate.pem')
    lab.wait_path('turn')
    lab.initiator.wait_event('ready')
    lab.check_transfer()
    connections = wire.check()
    print(f'# {connections} connections to port {PORT}, each begins with {CLIENT_HELLO.hex(" ")}; {lab.figures()}')
    assert connections >= 1


@case('an-authority-that-does-not-fit-is-refused-and-the-relay-goes-on')
def refused(lab):
    wire = start(lab, certificate(lab, 'somebody-else'))
    lab.wait_path('relay')
    lab.initiator.wait_event('ready')
    lab.initiator.wait_event('state', path='relay', cause='turn-tls')
    print(f'# {lab.initiator.wait_event("error", code="turn-tls")["message"]}')
    lab.check_transfer()
    assert 'turn' not in [e.get('path') for e in lab.initiator.events]
    assert wire.check() >= 1


run()
