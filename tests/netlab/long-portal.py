#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""long-portal.py [CASE…]

A portal between two private brokers: at least 10,000 messages of QoS 1 each way, 100 a second, while the tunnel changes its
path 20 times and then the other device goes away for a minute, and comes back. Meanwhile messages go sealed over the public
broker. Nothing may be lost, nothing may come twice. Takes 5 minutes each.
"""
import collections
import os
import signal
import threading
import time

from netcase import DIRECT, LOCAL_PORT, case, need, run, wait_for

from mqtttest import Client  # netcase knows where it is

MESSAGES = int(os.environ.get('MMP_TEST_MESSAGES', '10000'))  # each way, at least
SWITCHES = int(os.environ.get('MMP_TEST_SWITCHES', '20'))
AWAY = float(os.environ.get('MMP_TEST_GONE', '60'))  # seconds
RATE = 100  # messages a second
PRIVATE_PORT = 1890
PATIENCE = 120
QUIET = 5  # seconds, after the last message: what comes twice comes by then


class Talk:
    """Numbered messages both ways until stop(), from a thread."""

    def __init__(self, lab):
        self.here = lab.a.host.do(Client, lab, PRIVATE_PORT, 'from-b/#')
        self.there = lab.b.host.do(Client, lab, PRIVATE_PORT, 'from-a/#')
        self.sent = 0
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        begin = time.monotonic()
        while not self.end.wait(max(0, begin + self.sent / RATE - time.monotonic())):
            self.here.publish('from-a/x', str(self.sent))
            self.there.publish('from-b/x', str(self.sent))
            self.sent += 1

    def numbers(self):
        return [[int(m.payload) for m in list(client.messages)] for client in (self.here, self.there)]

    def missing(self):
        return [self.sent - len(set(numbers)) for numbers in self.numbers()]

    def wait_for_more(self, count=RATE):
        """Until so many more than were sent by now have arrived on both sides, in whatever order."""
        wanted = self.sent + count
        wait_for(lambda: all(len(set(numbers)) >= wanted for numbers in self.numbers()), f'{wanted} messages; {self.missing()} are missing', PATIENCE)

    def stop(self):
        self.end.set()
        self.thread.join()
        end = time.monotonic() + PATIENCE
        while any(self.missing()) and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(QUIET)

    def report(self):
        """Prints what became of all; returns how many were lost and how many came twice."""
        lost = twice = 0
        for way, numbers in zip(('from B to A', 'from A to B'), self.numbers()):
            again = [number for number, times in collections.Counter(numbers).items() if times > 1]
            late = sum(b < a for a, b in zip(numbers, numbers[1:]))
            missing = sorted(set(range(self.sent)) - set(numbers))
            gone = len(missing)
            print(f'# {way}: {self.sent} sent, {gone} lost {missing[:5]}, {len(again)} twice {again[:5]}, {late} times backwards', flush=True)
            lost, twice = lost + gone, twice + len(again)
        return lost, twice


def counts(program):
    told = [e for e in program.events if e['event'] == 'stats']
    return {k: v for k, v in told[-1].items() if v and k not in ('event', '_at')} if told else {}


def set_up(lab):
    """A tunnel, private brokers, and a portal at each of them; returns the portals."""
    key = lab.path / 'key'
    assert lab.mmp('secure-bridge-keygen', key).wait() == 0
    lab.nat('portres', 'portres')
    # Else it throws away all but 1,000 messages for a device that is cut off from it, too.
    lab.servers.stop_broker()
    lab.servers.start_broker('max_queued_messages 0')
    config = lab.path / 'private.conf'
    config.write_text(f'listener {PRIVATE_PORT} 127.0.0.1\nallow_anonymous true\nuser root\nmax_queued_messages 0\n')
    for side in (lab.a, lab.b):
        lab.start(*side.host.argv(need('mosquitto'), '-c', config))
        wait_for(lambda side=side: lab.can_connect_at(side, PRIVATE_PORT), 'a private broker')
    lab.start_pair(PRIVATE_PORT, '--relay=unlimited', *lab.turn_options('tcp'))
    lab.wait_path('direct-udp', deadline=PATIENCE)
    lab.initiator.wait_event('ready')
    address, port = lab.broker_of(lab.a)
    common = ['--local', f'127.0.0.1:{PRIVATE_PORT}', '--via', f'{address}:{port}', '--notls', '--json', '--keyfile', key, '--topics', 'tokens']
    near = lab.mmp_at(lab.a, 'portal', *common, '--tunnel', f'127.0.0.1:{LOCAL_PORT}', '--out', 'from-a/#', '--in', 'from-b/#')
    far = lab.mmp_at(lab.b, 'portal', *common, '--out', 'from-b/#', '--in', 'from-a/#')
    for program in (near, far):
        program.wait_event('ready')
    return near, far


def switch_paths(lab, talk):
    """UDP vanishes and comes back, in turns; each time the other path must be there and carry."""
    begin = time.monotonic()
    for number in range(1, SWITCHES + 1):
        if number % 2 == 1:
            lab.a.block('udp')
            path = lab.wait_path('relay', 'turn', deadline=PATIENCE)
        else:
            lab.a.unblock()
            lab.initiator.send_signal(signal.SIGHUP)  # else it would look for a better path a little later
            path = lab.wait_path(*DIRECT, deadline=PATIENCE)
        talk.wait_for_more()
        print(f'# {number}: {path}, {time.monotonic() - begin:.1f} s, message {talk.sent}, {talk.missing()} on their way', flush=True)
    paths = [e['path'] for e in list(lab.initiator.events) if e['event'] == 'state' and 'path' in e]
    used = ', '.join(f'{paths.count(path)} times {path}' for path in sorted(set(paths)))
    print(f'# {SWITCHES} other paths in {time.monotonic() - begin:.0f} s ({used}), {talk.sent} messages each way so far', flush=True)


def go_through(lab, leave, come_back):
    """All of it, with what makes the other device go away and what brings it back."""
    near, far = set_up(lab)
    talk = Talk(lab)
    talk.wait_for_more()
    switch_paths(lab, talk)
    leave()
    gone = talk.sent
    time.sleep(AWAY)
    print(f'# away from message {gone} to {talk.sent}; missing then: {talk.missing()}', flush=True)
    come_back()
    talk.wait_for_more()
    wait_for(lambda: talk.sent >= MESSAGES, f'{MESSAGES} messages', MESSAGES / RATE + PATIENCE)
    talk.stop()
    print(f'# portal at A: {counts(near)}')
    print(f'# portal at B: {counts(far)}', flush=True)
    assert talk.report() == (0, 0)


@case('the-other-network-is-cut-off')
def cut_off(lab):
    go_through(lab, lambda: lab.b.cut(), lambda: lab.b.heal())


@case('the-tunnel-ends-over-there')
def tunnel_ends(lab):
    def leave():
        lab.listener.process.kill()
        lab.listener.process.wait()

    def come_back():
        lab.listener = lab.start(*lab.listener.argv)
        lab.listener.wait_event('state', state='waiting')

    go_through(lab, leave, come_back)


run()
