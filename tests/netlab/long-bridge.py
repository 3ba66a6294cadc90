#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""long-bridge.py [CASE…]

Two private brokers, joined by mosquitto's own bridge through the initiator's port: Listing 2.15 of the thesis, with the
clean sessions put right, and as it is printed. 20 messages a second of QoS 1 both ways, three minutes, the same faults for
both. What is lost, comes twice or out of order is counted. Takes 9 minutes.
"""
import threading
import time

from netcase import case, need, run, wait_for

SECONDS = 180
RATE = 20  # messages a second
DRAIN = 60  # seconds that the last ones may take
PRIVATE_PORT = 1890
PUBLIC = '203.0.113.1'
FROM_A, FROM_B = 'encryptedFromInitiator', 'encryptedFromListener'
BASE = f'listener {PRIVATE_PORT} 127.0.0.1\nallow_anonymous true\nuser root\nmax_queued_messages 0\n'

CORRECTED_A = f'''
connection secure-bridge
address 127.0.0.1:1884
cleansession false
local_cleansession false
keepalive_interval 5
restart_timeout 1
notifications false
topic # in 1 {FROM_B}/ {FROM_B}/
topic # out 1 {FROM_A}/ {FROM_A}/
'''
# Listing 2.15: the tunnel first, the public broker where that fails
PRINTED_A = f'''
connection secure-bridge
addresses 127.0.0.1:1884 {PUBLIC}
round_robin false
cleansession true
keepalive_interval 5
topic # in 1 {FROM_B}/ {FROM_B}/
topic # out 1 {FROM_A}/ {FROM_A}/
'''
# Listing 2.16: the listener's side is always on the public broker too
PRINTED_B = f'''
connection secure-bridge
address {PUBLIC}
cleansession true
keepalive_interval 5
topic # in 1 {FROM_A}/ {FROM_A}/
topic # out 1 {FROM_B}/ {FROM_B}/
'''


class Flow:
    """Numbered messages from a client of one private broker to one of the other."""

    def __init__(self, lab, source, target, topic):
        self.topic = topic
        arguments = ['-h', '127.0.0.1', '-p', str(PRIVATE_PORT), '-q', '1', '-t', f'{topic}/numbers']
        self.subscriber = lab.start(*target.host.argv(need('stdbuf'), '-oL', need('mosquitto_sub'), *arguments, '-c', '-i', f'sub-{topic}', '-d'))
        wait_for(lambda: any('SUBACK' in line for line in self.subscriber.lines), 'a subscription')
        self.publisher = lab.start(*source.host.argv(need('mosquitto_pub'), *arguments, '-l', '-i', f'pub-{topic}'), stdin=-1)
        self.sent = 0
        self.first = 0

    def say(self):
        self.publisher.process.stdin.write(f'{self.sent}\n')
        self.publisher.process.stdin.flush()
        self.sent += 1

    def numbers(self):
        return [int(line) for line in list(self.subscriber.lines) if line.isdigit()]

    def missing(self):
        return set(range(self.first, self.sent)) - set(self.numbers())

    def report(self):
        numbers = [n for n in self.numbers() if n >= self.first]
        lost, doubled = len(self.missing()), len(numbers) - len(set(numbers))
        late = sum(b < a for a, b in zip(numbers, numbers[1:]))
        return lost, f'{self.topic}: {self.sent - self.first} sent, {lost} lost ({100 * lost / (self.sent - self.first):.1f} %), {doubled} twice, {late} times backwards'


def faults(lab):
    """Pairs of the second and what happens then; all over by the end."""
    def in_between(seconds, fault, end):
        def both():
            fault()
            time.sleep(seconds)
            end()
        return both

    return [
        (10, 'roam', lab.a.roam),
        (30, 'new public address', lab.a.move),
        (50, 'the router forgets', lab.a.rebind),
        (70, 'cut of 8 s', in_between(8, lab.a.cut, lab.a.heal)),
        (95, 'broker restarted', in_between(2, lab.servers.stop_broker, lab.servers.start_broker)),
        (115, 'UDP blocked for 15 s', in_between(15, lambda: lab.a.block('udp'), lab.a.unblock)),
        (140, 'cut of 20 s', in_between(20, lab.a.cut, lab.a.heal)),
    ]


def talk(flows, stop):
    begin, count = time.monotonic(), 0
    while not stop.wait(max(0, begin + count / RATE - time.monotonic())):
        count += 1
        for flow in flows:
            flow.say()


def bridge(lab, config_a, config_b):
    """Returns the messages that were lost."""
    lab.nat('portres', 'portres')
    lab.start_pair(PRIVATE_PORT, '--relay=unlimited')
    lab.wait_path('direct-udp')
    for side, config in ((lab.a, config_a), (lab.b, config_b)):
        file = lab.path / f'private-{side.name}.conf'
        file.write_text(BASE + config)
        lab.start(*side.host.argv('mosquitto', '-c', file))
        wait_for(lambda side=side: lab.can_connect_at(side, PRIVATE_PORT), 'a private broker')
    flows = [Flow(lab, lab.a, lab.b, FROM_A), Flow(lab, lab.b, lab.a, FROM_B)]
    # Only what is said after both directions work counts: a bridge that is not yet there is no fault.
    wait_for(lambda: [flow.say() for flow in flows] and not time.sleep(0.5) and all(flow.numbers() for flow in flows), 'the bridge')
    for flow in flows:
        flow.first = flow.sent
    stop, begin = threading.Event(), time.monotonic()
    talker = threading.Thread(target=talk, args=(flows, stop), daemon=True)
    talker.start()
    for second, what, happen in faults(lab):
        time.sleep(max(0, begin + second - time.monotonic()))
        happen()
        print(f'# {second} s: {what}', flush=True)
    time.sleep(max(0, begin + SECONDS - time.monotonic()))
    stop.set()
    talker.join()
    end = time.monotonic() + DRAIN
    while any(flow.missing() for flow in flows) and time.monotonic() < end:
        time.sleep(0.2)
    reports = [flow.report() for flow in flows]
    for _, text in reports:
        print(f'# {text}')
    return sum(lost for lost, _ in reports)


@case('with-sessions-that-last-nothing-is-lost')
def corrected(lab):
    assert bridge(lab, CORRECTED_A, '') == 0


@case('as-the-thesis-prints-it-for-comparison')
def printed(lab):
    lost = bridge(lab, PRINTED_A, PRINTED_B)
    print(f'# the printed configuration lost {lost} messages')


run()
