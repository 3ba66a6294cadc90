#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything through the broker: hostile ones, small ones, and how much of it is used."""
import os
import threading
import time

from conversation import Conversation
from mqttproxy import Proxy
from netcase import SERVERS, case, echo, need, receive_all, run, wait_for

RELAY = '--path=relay'
BROKER = ('203.0.113.1', 1883)
PROXY = ('203.0.113.1', 1884)
LIMIT = 65536  # bytes a second
LIMIT_MESSAGES = 20  # a second
ENVELOPE = 1.15  # what goes over the broker for a byte of a stream: sealing, padding, headers


class Spy:
    """Somebody who may read everything on the broker."""

    def __init__(self, lab):
        argv = SERVERS.argv(need('stdbuf'), '-oL', need('mosquitto_sub'), '-h', BROKER[0], '-t', '#', '-q', '0', '-F', '%t %l', '-d')
        self.program = lab.start(*argv)
        wait_for(lambda: any('SUBACK' in line for line in self.program.lines), 'the subscription')

    def messages(self, end=''):
        """Sizes of the messages to topics that end so."""
        lines = [line.split(' ') for line in list(self.program.lines)]
        return [int(words[1]) for words in lines if len(words) == 2 and words[0].endswith(end) and words[1].isdigit()]


def send_through(lab, size):
    """Sends so many bytes to a service and takes them back; both must be exact."""
    data = os.urandom(size)
    connection = lab.connect_at(lab.a)
    connection.settimeout(240)
    sender = threading.Thread(target=lambda: (connection.sendall(data), connection.shutdown(1)), daemon=True)
    sender.start()
    assert receive_all(connection) == data


@case('a-broker-that-loses-doubles-and-reorders')
def hostile(lab):
    lab.nat('symmetric', 'symmetric')
    proxy = Proxy(SERVERS, PROXY, BROKER, seed=20, lost=3, doubled=10, overtaken=3)
    try:
        lab.start_pair(lab.serve_at(lab.b, echo), RELAY, '--relay=unlimited', broker=PROXY)
        lab.wait_path('relay')
        lab.initiator.wait_event('ready')
        send_through(lab, 60_000)
    finally:
        proxy.close()
    print(f'# what the broker did: {proxy.counts}')
    assert all(proxy.counts.values()), proxy.counts


def small(name, limit):
    @case(name)
    def run_small(lab):
        lab.nat('symmetric', 'symmetric')
        lab.servers.stop_broker()
        lab.servers.start_broker(f'max_packet_size {limit}')
        try:
            spy = Spy(lab)
            lab.start_pair(lab.serve_at(lab.b, echo), RELAY, '--relay=unlimited')
            lab.wait_path('relay')
            lab.initiator.wait_event('ready')
            send_through(lab, 400_000)
            print(f'# longest message {max(spy.messages())} bytes')
            assert max(spy.messages()) < limit
        finally:
            lab.servers.stop_broker()


small('a-broker-that-takes-64-kibibytes', 65536)
small('a-broker-that-takes-4-kibibytes', 4096)


@case('the-limited-rate-is-held')
def limited(lab):
    size = 600_000

    def swallow(connection):
        connection.sendall(str(len(receive_all(connection))).encode())

    lab.nat('symmetric', 'symmetric')
    spy = Spy(lab)
    lab.start_pair(lab.serve_at(lab.b, swallow), RELAY, '--relay=limited')
    lab.wait_path('relay')
    lab.initiator.wait_event('ready')
    connection = lab.connect_at(lab.a)
    connection.settimeout(120)
    before, begin = len(spy.messages('/o')), time.monotonic()
    connection.sendall(os.urandom(size))
    connection.shutdown(1)
    assert receive_all(connection) == str(size).encode()
    took = time.monotonic() - begin
    sent = spy.messages('/o')[before:]
    print(f'# {size} bytes in {took:.1f} s, {sum(sent) / took / 1024:.0f} KiB/s and {len(sent) / took:.1f} messages/s on the broker')
    allowed = took + 2  # what was saved up before
    assert size <= LIMIT * allowed and sum(sent) <= LIMIT * ENVELOPE * allowed and len(sent) <= (LIMIT_MESSAGES + 5) * allowed


@case('the-broker-is-left-alone-while-there-is-a-direct-path')
def left_alone(lab):
    lab.nat('portres', 'portres')
    conversation = Conversation(lab)
    lab.start_pair(conversation.port)
    lab.wait_path('direct-udp')
    conversation.begin()
    spy = Spy(lab)
    conversation.wait_for_more(6400)
    numbers = conversation.finish()
    print(f'# {len(spy.messages())} messages on the broker while {numbers} numbers went directly')
    assert len(spy.messages()) <= 10 and sum(spy.messages()) < 8 * 6400


run()
