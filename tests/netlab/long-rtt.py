#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""long-rtt.py [--count N] [--interval SECONDS]

The experiment of the thesis's section 2.5: the time that a message takes to a client in another network and back, over a
public broker to which the other private broker has a bridge (figure 2.15), and through a tunnel to that private broker
(figure 2.16), directly and relayed. Listings 2.8 and 2.10 with our programs. Nothing else should run on the machine meanwhile.
"""
import argparse
import sys

import nodes
from netcase import NetCase, wait_for

BROKER_MS = 25  # from a home to the public broker, one way
# Of that, the line of the home. The thesis's fastest trip through its tunnel, 28 ms, passed such a line four times.
LINE_MS = 7
PRIVATE_PORT = 1890
LOCAL_PORT = 1884
RELAY, EVALUATION = 'tunnelBridge/RTTRelay', 'tunnelBridge/RTTEvaluation'
# Table 2.1: HiveMQ, test.mosquitto.org and the authors' own machine
THESIS = {'HiveMQ': 0.135915799, 'mosquitto': 0.141252469, 'own machine': 0.088839183}
THESIS_TUNNEL = 0.035124567


def bridge_lines(address):
    """Listing 2.10"""
    return ['connection rtt-test', f'address {address}:1883', f'topic {RELAY} in 0', f'topic {EVALUATION} out 0']


def start_private_broker(lab, lines):
    file = lab.path / 'private.conf'
    file.write_text('\n'.join([f'listener {PRIVATE_PORT} 127.0.0.1', 'allow_anonymous true', 'user root', *lines]) + '\n')
    lab.start(*lab.b.host.argv('mosquitto', '-c', file))
    wait_for(lambda: lab.can_connect_at(lab.b, PRIVATE_PORT), 'the private broker')


def analyze(lab, count, interval, address, port):
    """The figures of the analyzer at A; the mirror is a client of the private broker at B."""
    mirror = lab.mmp_at(lab.b, 'rtt-mirror', '127.0.0.1', PRIVATE_PORT, RELAY, EVALUATION, '--notls', '--json')

    def ask(number, seconds):
        program = lab.mmp_at(lab.a, 'rtt-analyzer', address, port, EVALUATION, RELAY, '--notls', '--json', '--count', number, '--message_interval', seconds)
        program.wait(number * seconds + 60)
        return program.wait_event('stats')

    wait_for(lambda: ask(1, 0.5)['received'] == 1, 'the first message to come back')
    stats = ask(count, interval)
    assert stats['lost'] == 0, stats
    mirror.stop()
    return stats


def over_public_broker(lab, count, interval):
    address, port = lab.broker_of(lab.a)
    start_private_broker(lab, bridge_lines(address))
    return analyze(lab, count, interval, address, port)


def through_tunnel(path):
    def measure(lab, count, interval):
        start_private_broker(lab, [])
        more = ['--path=relay', '--relay=unlimited'] if path == 'relay' else []
        lab.start_pair(PRIVATE_PORT, *more)
        lab.wait_path(path)
        lab.initiator.wait_event('ready')
        stats = analyze(lab, count, interval, '127.0.0.1', LOCAL_PORT)
        assert lab.path_now() == path, lab.path_now()
        return stats
    return measure


WAYS = {'public broker, bridged': over_public_broker, 'tunnel, direct': through_tunnel('direct-udp'), 'tunnel, relayed': through_tunnel('relay')}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=100, help='messages for each (100)')
    parser.add_argument('--interval', type=float, default=0.2, help='seconds between two (0.2; the thesis had 1)')
    options = parser.parse_args()
    try:
        nodes.enter()
        with NetCase() as lab:
            lab.laboratory.move_servers_away(BROKER_MS - LINE_MS)
    except nodes.Unavailable as reason:
        print(f'skipped: {reason}')
        return 77

    print(f'{BROKER_MS} ms one way to the public broker, {LINE_MS} of them the line of each home; {options.count} messages of QoS 0')
    print(f'{"round trip in ms":24} {"mean":>7} {"min":>7} {"median":>7} {"p95":>7} {"max":>7}')
    means = {}
    for what, measure in WAYS.items():
        with NetCase() as lab:
            lab.nat('portres', 'portres')
            for side in (lab.a, lab.b):
                side.impair(delay=LINE_MS)
            stats = measure(lab, options.count, options.interval)
        means[what] = stats['mean']
        print(f'{what:24} ' + ' '.join(f'{stats[key]:7.1f}' for key in ('mean', 'min', 'median', 'p95', 'max')), flush=True)
    broker = means.pop('public broker, bridged')
    for what, mean in means.items():
        print(f'public broker : {what:16} {broker / mean:5.1f}')
    print('the thesis, table 2.1           ' + ', '.join(f'{mean / THESIS_TUNNEL:.1f} ({name})' for name, mean in THESIS.items()))
    return 0


sys.exit(main())
