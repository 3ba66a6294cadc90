#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to networks while a tunnel is in use: numbered bytes on one TCP connection must not notice."""
import signal
import time

from conversation import Conversation
from netcase import case, echo, run, wait_for

UNLIMITED = '--relay=unlimited'


def talk(lab, a, b, path, *options):
    """A conversation through a new tunnel that is on this path."""
    lab.nat(a, b)
    conversation = Conversation(lab)
    lab.start_pair(conversation.port, UNLIMITED, *options)
    lab.wait_path(path, deadline=40)
    lab.initiator.wait_event('ready')
    conversation.begin()
    return conversation


def end_of(conversation, fault, since):
    """All must have arrived; says how long nothing came."""
    conversation.wait_for_more()
    gap = conversation.longest_gap(since)
    numbers = conversation.finish()
    print(f'# {fault}: longest gap {gap:.1f} s, {numbers} numbers, all once and in order')
    return gap


def generations(lab):
    return [e['generation'] for e in lab.initiator.events if e['event'] == 'direct']


def wait_new_direct(lab, before):
    wait_for(lambda: lab.alive() and len(generations(lab)) > before, 'another direct path')


def wait_refusal(lab, since):
    """Until the local port refuses connections; says how long that took."""
    took = lab.refusal_after(since)
    print(f'# the local port refuses after {took:.1f} s')
    return took


def cut(lab, seconds):
    lab.a.cut()
    time.sleep(seconds)  # the length of the fault, nothing is waited for
    lab.a.heal()


@case('a-cut-of-2-seconds-heals')
def short_cut(lab):
    conversation = talk(lab, 'portres', 'portres', 'direct-udp')
    begin = time.monotonic()
    cut(lab, 2)
    end_of(conversation, 'cut of 2 s', begin)


@case('a-cut-of-8-seconds-closes-the-local-port-and-no-connection')
def long_cut(lab):
    conversation = talk(lab, 'portres', 'portres', 'direct-udp')
    begin = time.monotonic()
    lab.a.cut()
    time.sleep(max(0, 8 - wait_refusal(lab, begin)))
    lab.a.heal()
    end_of(conversation, 'cut of 8 s', begin)
    wait_for(lambda: lab.can_connect_at(lab.a), 'the local port to open again')
    lab.wait_path('direct-udp')


@case('the-host-gets-another-address')
def roam(lab):
    conversation = talk(lab, 'portres', 'portres', 'direct-udp')
    before, begin = len(generations(lab)), time.monotonic()
    lab.a.roam()
    wait_new_direct(lab, before)
    print(f'# direct again after {time.monotonic() - begin:.1f} s')
    end_of(conversation, 'roam', begin)


@case('the-router-gets-another-public-address')
def move(lab):
    conversation = talk(lab, 'portres', 'portres', 'direct-udp')
    before, begin = len(generations(lab)), time.monotonic()
    lab.a.move()
    wait_new_direct(lab, before)
    print(f'# direct again after {time.monotonic() - begin:.1f} s')
    end_of(conversation, 'new public address', begin)


@case('the-router-forgets-and-takes-another-port')
def rebind(lab):
    conversation = talk(lab, 'symmetric', 'none', 'direct-udp')
    before, begin = len(generations(lab)), time.monotonic()
    lab.a.rebind()
    wait_new_direct(lab, before)
    print(f'# direct again after {time.monotonic() - begin:.1f} s')
    end_of(conversation, 'rebinding', begin)


@case('the-broker-restarts')
def broker(lab):
    conversation = talk(lab, 'portres', 'portres', 'direct-udp')
    before, begin = len(lab.initiator.events), time.monotonic()
    lab.servers.stop_broker()
    conversation.wait_for_more()
    lab.servers.start_broker()
    conversation.wait_for_more(1280)
    left = [e for e in lab.initiator.events[before:] if e['event'] == 'state' and e.get('path') != 'direct-udp']
    assert not left, left
    end_of(conversation, 'broker restarted', begin)


@case('the-turn-server-stops')
def turn(lab):
    conversation = talk(lab, 'symmetric', 'symmetric', 'turn', *lab.turn_options('udp'))
    begin = time.monotonic()
    lab.servers.stop_turn()
    lab.wait_path('relay')
    end_of(conversation, 'TURN server stopped', begin)


@case('the-other-device-dies')
def killed(lab):
    lab.nat('portres', 'portres')
    lab.start_pair(lab.serve_at(lab.b, echo), UNLIMITED)
    lab.wait_path('direct-udp')
    lab.initiator.wait_event('ready')
    connection = lab.connect_at(lab.a)
    connection.sendall(b'x')
    assert connection.recv(1) == b'x'
    before, begin = len(generations(lab)), time.monotonic()
    argv = lab.listener.argv
    lab.listener.stop(signal.SIGKILL)
    wait_refusal(lab, begin)
    lab.listener = lab.start(*argv)
    wait_new_direct(lab, before)
    wait_for(lambda: lab.can_connect_at(lab.a), 'the local port to open again')
    print(f'# {time.monotonic() - begin:.1f} s from death to the next life')
    lab.check_transfer()


@case('a-long-and-bad-line')
def long_line(lab):
    lab.nat('portres', 'portres')
    for side in (lab.a, lab.b):
        side.impair(delay=75, jitter=10, loss=2)
    lab.start_pair(lab.serve_at(lab.b, echo), UNLIMITED)
    lab.wait_path('direct-udp')
    lab.initiator.wait_event('ready')
    lab.check_transfer()


@case('a-slow-line')
def slow_line(lab):
    lab.nat('portres', 'portres')
    for side in (lab.a, lab.b):
        side.impair(delay=20, rate=256)
    lab.start_pair(lab.serve_at(lab.b, echo), UNLIMITED)
    lab.wait_path('direct-udp')
    lab.initiator.wait_event('ready')
    lab.check_transfer()


run()
