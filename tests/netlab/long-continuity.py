#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""long-continuity.py [CASE…]

One TCP connection with numbered bytes both ways, and everything that may happen to a network, one after the other. Says how
long nothing came for each. Takes 8 minutes.
"""
import time

from conversation import Conversation
from netcase import DIRECT, case, run, wait_for

SWITCHES = 20
CUT = 8  # seconds
QUIET = 2  # seconds without a change: then a fault is over


class Ordeal:
    """A conversation and the faults that it lives through."""

    def __init__(self, lab, a, b, path, *options):
        self.lab = lab
        lab.nat(a, b)
        self.path = path
        self.conversation = Conversation(lab)
        lab.start_pair(self.conversation.port, '--relay=unlimited', *options)
        lab.wait_path(path, deadline=60)
        lab.initiator.wait_event('ready')
        self.conversation.begin()
        self.gaps = []

    def suffer(self, what, fault, *back):
        """`fault` () happens; then the path must be one of `back` again and stay so, and numbers must go on in both directions."""
        before, begin = len(self.changes()), time.monotonic()
        fault()
        self.conversation.wait_for_more(640, patience=120)
        gap = self.conversation.longest_gap(begin)
        seen = None
        while seen != len(self.changes()):
            self.lab.wait_path(*(back or [self.path]), deadline=150)
            seen = len(self.changes())
            time.sleep(QUIET)
        self.conversation.check()
        changes = self.changes()[before:]
        self.gaps.append(gap)
        took = changes[-1]['_at'] - begin if changes else gap
        paths = ', '.join(e['path'] for e in changes) or 'no change'
        print(f'# {what:40} longest gap {gap:4.1f} s; paths {paths}; all well after {took:.1f} s', flush=True)

    def changes(self):
        return [e for e in list(self.lab.initiator.events) if e['event'] == 'state' and 'path' in e]

    def cut(self):
        self.lab.a.cut()
        time.sleep(CUT)
        self.lab.a.heal()

    def restart_broker(self):
        self.lab.servers.stop_broker()
        self.conversation.wait_for_more(640)
        self.lab.servers.start_broker()

    def finish(self):
        numbers = self.conversation.finish()
        print(f'# {numbers} numbers, all once and in order; longest gap of all {max(self.gaps):.1f} s')


@case('one-connection-and-everything')
def everything(lab):
    def back_to_normal():
        lab.servers.start_turn()
        lab.a.unblock()

    ordeal = Ordeal(lab, 'portres', 'portres', 'direct-udp', *lab.turn_options('udp', 'tcp'))
    ordeal.suffer('another address for the host', lab.a.roam)
    ordeal.suffer('and for the other host', lab.b.roam)
    ordeal.suffer('new public address', lab.a.move)
    ordeal.suffer('the router forgets, same port', lab.a.rebind)
    ordeal.suffer(f'cut of {CUT} s', ordeal.cut)
    ordeal.suffer('broker restarted', ordeal.restart_broker)
    for number in range(1, SWITCHES // 2 + 1):
        ordeal.suffer(f'{number}: UDP blocked', lambda: lab.a.block('udp'), 'relay', 'turn')
        ordeal.suffer(f'{number}: UDP allowed again', lab.a.unblock)
    ordeal.suffer('UDP blocked, TURN over TCP', lambda: lab.a.block('udp'), 'turn')
    ordeal.suffer('TURN server stopped', lab.servers.stop_turn, 'relay')
    ordeal.suffer('all as it was', back_to_normal, *DIRECT, 'turn')
    ordeal.finish()


@case('a-symmetric-nat-directly')
def symmetric(lab):
    ordeal = Ordeal(lab, 'symmetric', 'none', 'direct-udp')
    ordeal.suffer('the router forgets, another port', lab.a.rebind)
    ordeal.suffer('and again', lab.a.rebind)
    ordeal.suffer('roam', lab.a.roam)
    ordeal.suffer(f'cut of {CUT} s', ordeal.cut)
    ordeal.finish()


@case('two-symmetric-nats-through-turn')
def turn(lab):
    ordeal = Ordeal(lab, 'symmetric', 'symmetric', 'turn', *lab.turn_options('udp', 'tcp'))
    ordeal.suffer('roam', lab.a.roam)
    ordeal.suffer('new public address', lab.a.move)
    ordeal.suffer('the router forgets, another port', lab.a.rebind)
    ordeal.suffer('TURN server stopped', lab.servers.stop_turn, 'relay')
    ordeal.suffer('TURN server started again', lab.servers.start_turn)
    ordeal.suffer('broker restarted', ordeal.restart_broker)
    ordeal.finish()


def looks(program):
    """How often a direct path was looked for in vain."""
    return sum('looked for a direct path' in line for line in list(program.errors))


@case('a-turn-server-is-left-when-there-is-a-direct-path')
def leave_turn(lab):
    lab.nat('portres', 'portres')
    lab.a.block('udp')
    conversation = Conversation(lab)
    of_others = lab.servers.lent_ports()  # of cases before, whose programs were killed
    lab.start_pair(conversation.port, '--relay=unlimited', '--verbose', '--look-after=2', *lab.turn_options('tcp'))
    lab.wait_path('turn', deadline=60)
    lab.initiator.wait_event('ready')
    wait_for(lambda: (lab.path / 'data/message-portal/paths.ini').read_text().count('TurnSince=') == 2, 'both sides to note the path')
    conversation.begin()

    begin, before = time.monotonic(), len(lab.initiator.events)
    wait_for(lambda: looks(lab.initiator) == 2, 'two looks', 120)
    conversation.wait_for_more(640)
    told = [e for e in lab.initiator.events[before:] if e['event'] == 'state' and e.get('path') != 'turn']
    assert not told and lab.path_now() == 'turn', told
    print(f'# two looks in vain: longest gap {conversation.longest_gap(begin):.1f} s')

    lent = lab.servers.lent_ports() - of_others
    begin = time.monotonic()
    lab.a.unblock()
    lab.wait_path(*DIRECT, deadline=120)
    took = time.monotonic() - begin
    conversation.wait_for_more(640)
    print(f'# {lab.path_now()} after {took:.1f} s, longest gap {conversation.longest_gap(begin):.1f} s; {looks(lab.initiator)} looks in vain')
    assert lent and 'TurnSince' not in (lab.path / 'data/message-portal/paths.ini').read_text()
    wait_for(lambda: not lent & lab.servers.lent_ports(), 'the TURN server to have its ports back', 60)
    print(f'# {conversation.finish()} numbers, all once and in order; {len(lent)} ports given back')


@case('everything-dead-for-70-seconds-ends-the-connection')
def held(lab):
    ordeal = Ordeal(lab, 'portres', 'portres', 'direct-udp')
    lab.a.cut()
    talkers = ordeal.conversation.ends
    wait_for(lambda: all(t.failure for t in talkers), 'both ends to be told', 120)
    lab.a.heal()
    lab.wait_path(*DIRECT, deadline=120)


run()
