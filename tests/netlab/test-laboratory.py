#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The laboratory itself: networks are of the kind that they say, wires are as bad as they were told to be."""
import os
import pathlib
import socket
import subprocess
import sys
import time

import kinds
import natprobe
import nodes
from conversation import NUMBER, Talker, Wrong
from laboratory import SERVERS
from netcase import case, run, wait_for

NAMES = list(kinds.KINDS)
PAIRS = [(NAMES[i], NAMES[(i + 1) % len(NAMES)]) for i in range(0, len(NAMES), 2)]
SERVER = (natprobe.ADDRESSES[0], natprobe.PORTS[0])
COMMAND = pathlib.Path(__file__).parent / 'netlab.py'


def ask_often(lab, count):
    """Asks so many questions from A, one after the other; returns the round trips in ms, and how many stayed without an answer."""
    with natprobe.Answerer(SERVERS):
        asker = lab.a.host.do(natprobe.Asker, '0.0.0.0')
        times, lost = [], 0
        for _ in range(count):
            begin = time.monotonic()
            if asker.ask_once(SERVER) is None:
                lost += 1
            else:
                times.append((time.monotonic() - begin) * 1000)
    return times, lost


@case('every-kind-of-network-behaves-as-such')
def every_kind(lab):
    for a, b in PAIRS:
        lab.laboratory.nat(A=a, B=b)
    lab.laboratory.nat(A='symmetric', B='same')


@case('a-network-of-another-kind-is-noticed')
def mismatch(lab):
    seen = lab.laboratory.nat(A='portres')['A']
    for name, kind in kinds.KINDS.items():
        try:
            natprobe.verify(name, kind, seen)
        except natprobe.Mismatch:
            continue
        assert name in ('portres', 'cgnat'), f'{name} passed for portres'  # from inside they cannot be told apart


@case('a-wire-delays-and-loses-and-doubles')
def impairment(lab):
    lab.laboratory.nat(A='portres')
    assert ask_often(lab, 20)[1] == 0
    lab.a.impair(delay=40, jitter=5)
    times, lost = ask_often(lab, 10)
    assert lost == 0 and min(times) >= 70, (times, lost)
    lab.a.impair(loss=30)
    times, lost = ask_often(lab, 16)
    assert times and lost, (times, lost)
    lab.a.impair(delay=20, reorder=30, duplicate=30)
    assert ask_often(lab, 20)[1] == 0
    lab.a.mend()
    assert min(ask_often(lab, 10)[0]) < 20


@case('a-wire-has-a-rate')
def rate(lab):
    size = 500_000
    lab.laboratory.nat(A='portres')
    lab.a.impair(rate=4000)

    def swallow(connection):
        while connection.recv(65536):
            pass

    port = SERVERS.do(lab.serve, swallow, SERVER[0])
    begin = time.monotonic()
    connection = lab.a.host.do(lab.connect, port, SERVER[0])
    connection.sendall(bytes(size))
    connection.shutdown(1)
    assert connection.recv(1) == b''
    assert time.monotonic() - begin >= size * 8 / 4_000_000 * 0.9


@case('cut-heal-roam-rebind-and-a-new-address')
def troubles(lab):
    lab.laboratory.nat(A='portres', B='symmetric')
    for fault, end in ((lab.a.cut, lab.a.heal), (lambda: lab.a.cut('lan'), lab.a.heal), (lambda: lab.a.block('udp'), lab.a.unblock)):
        fault()
        assert ask_often(lab, 2) == ([], 2)
        end()
        wait_for(lambda: ask_often(lab, 2)[1] == 0, 'answers after the end of a cut')
    assert [lab.a.roam(), lab.a.roam()] == ['10.1.0.3', '10.1.0.2']
    assert [lab.a.move(), lab.a.move()] == ['203.0.113.15', '203.0.113.10']
    with natprobe.Answerer(SERVERS):
        asker = lab.b.host.do(natprobe.Asker, '0.0.0.0')
        before, again = asker.ask((SERVER, None))[0], asker.ask((SERVER, None))[0]
        lab.b.rebind()
        after = asker.ask((SERVER, None))[0]
    assert before == again != after, (before, again, after)
    natprobe.verify('portres', kinds.KINDS['portres'], lab.laboratory.probe('A')['A'])


@case('a-conversation-notices-what-is-lost-or-twice-or-elsewhere')
def conversation(lab):
    numbers = [NUMBER.pack(n) for n in range(100)]
    for forged in (numbers[:50] + numbers[51:], numbers[:50] + numbers[49:], numbers[:50] + numbers[51:52] + numbers[50:51] + numbers[52:],
                   numbers[:99] + [numbers[99][:7]], numbers):
        here, there = socket.socketpair()
        talker = Talker(here)
        there.sendall(b''.join(forged))
        there.shutdown(socket.SHUT_WR)
        talker.threads[1].join()
        talker.quiet.set()
        assert talker.heard_all == (forged == numbers) and isinstance(talker.failure, Wrong) == (forged != numbers), forged


@case('the-command-holds-a-laboratory-until-it-is-told-to-end')
def command(lab):
    environment = {**os.environ, 'XDG_RUNTIME_DIR': str(lab.path)}
    del environment[nodes.INSIDE]

    def netlab(*arguments):
        return subprocess.run([sys.executable, COMMAND, *arguments], env=environment, capture_output=True, text=True)

    assert netlab('up', 'A=none', 'B=fullcone').returncode == 0
    try:
        assert '198.51.100.2/25' in netlab('in', 'hA', 'ip', 'address').stdout
        assert 'mapping' in netlab('nat', 'B', 'symmetric').stdout
        assert netlab('nat', 'B', 'worse').returncode == 2
        assert netlab('broker', 'stop').returncode == 0
        assert 'mosquitto: stopped' in netlab('status').stdout
    finally:
        netlab('down')
    assert netlab('status').returncode == 2
    assert netlab('session', 'A=cgnat', 'sh', '-c', 'exit 7').returncode == 7


run()
