# SPDX-License-Identifier: GPL-3.0-or-later
"""A broker that loses, doubles and reorders messages: a proxy in front of a real one.

It touches PUBLISH packets of QoS 1 alone, and says to the sender of a lost one that it has arrived, as such a broker would:
otherwise the sender would stop after as many as it may have on the way.
"""
import contextlib
import random
import socket
import struct
import threading

PUBLISH, PUBACK = 3, 4
HELD = 0.05  # seconds that an overtaken message waits


def read_exactly(connection, size):
    data = b''
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def read_packet(connection):
    """Returns the first byte and the whole packet (MQTT 5, section 2.1)."""
    header = read_exactly(connection, 1)
    length, shift = 0, 0
    while True:
        byte = read_exactly(connection, 1)
        header += byte
        length |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            break
    return header[0], header + read_exactly(connection, length), len(header)


def packet_id(packet, start):
    topic_length = struct.unpack_from('>H', packet, start)[0]
    return packet[start + 2 + topic_length:][:2]


class Way:
    """One direction of one connection. `eaten` counts acknowledgements of doubles, which the sender must not see."""

    def __init__(self, proxy, source, target, source_lock, target_lock):
        self.proxy, self.source, self.target = proxy, source, target
        self.source_lock, self.target_lock = source_lock, target_lock
        self.opposite = None
        self.doubled = {}  # packet id: acknowledgements that must not go back

    def send(self, packet):
        with self.target_lock, contextlib.suppress(OSError):
            self.target.sendall(packet)

    def answer(self, packet):
        with self.source_lock, contextlib.suppress(OSError):
            self.source.sendall(packet)

    def publish(self, packet, start):
        identifier = packet_id(packet, start)
        fate = self.proxy.roll()
        if fate == 'lost':
            self.answer(bytes([PUBACK << 4, 2]) + identifier)
        elif fate == 'doubled':
            self.doubled[identifier] = self.doubled.get(identifier, 0) + 1
            self.send(packet)
            self.send(bytes([packet[0] | 8]) + packet[1:])
        elif fate == 'overtaken':
            threading.Timer(HELD, self.send, (packet,)).start()
        else:
            self.send(packet)

    def run(self):
        with contextlib.suppress(EOFError, OSError):
            while True:
                first, packet, start = read_packet(self.source)
                kind = first >> 4
                if kind == PUBLISH and first & 6 == 2:
                    self.publish(packet, start)
                elif kind == PUBACK and self.opposite.doubled.get(packet[start:start + 2]):
                    self.opposite.doubled[packet[start:start + 2]] -= 1
                else:
                    self.send(packet)
        for end in (self.source, self.target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Proxy:
    """`chances` are in percent: lost, doubled, overtaken. Counts what it did."""

    def __init__(self, node, address, broker, seed, **chances):
        self.node, self.broker, self.chances = node, broker, chances
        self.dice = random.Random(seed)
        self.counts = dict.fromkeys((*chances, 'passed'), 0)
        self.server = node.do(socket.create_server, address)
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def roll(self):
        with self.lock:
            number, fate = self.dice.random() * 100, 'passed'
            for name, chance in self.chances.items():
                if number < chance:
                    fate = name
                    break
                number -= chance
            self.counts[fate] += 1
            return fate

    def accept(self):
        while True:
            try:
                client = self.server.accept()[0]
            except OSError:
                return
            try:
                broker = self.node.do(socket.create_connection, self.broker)
            except OSError:
                client.close()
                continue
            locks = threading.Lock(), threading.Lock()
            ways = Way(self, client, broker, *locks), Way(self, broker, client, *locks[::-1])
            ways[0].opposite, ways[1].opposite = ways[::-1]
            for way in ways:
                threading.Thread(target=way.run, daemon=True).start()

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
