#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""long-figures.py [--repeats N] [--only relay|first|refusal]

How quickly a tunnel can be used, and how quickly a dead one says so, against what we promise. Nothing else should run on
the machine meanwhile. Ends with 1 if an aim is missed.
"""
import argparse
import signal
import statistics
import sys
import time

import nodes
from netcase import NetCase, echo

UNLIMITED = '--relay=unlimited'
REPEATS = 5
BROKER_MS = 20  # one way, of each side's wire: a round trip of 40 ms to the broker


def relay_alone():
    with NetCase() as lab:
        lab.nat('symmetric', 'symmetric')
        lab.start_pair(lab.serve_at(lab.b, echo), UNLIMITED)
        first = lab.first_byte()
        lab.wait_path('relay')
        lab.check_transfer(20_000)
        return {'two symmetric NATs, no TURN: on the relay': (lab.after_start('relay'), 5),
                'two symmetric NATs, no TURN: first byte': (first, 5)}


def first_byte():
    with NetCase() as lab:
        lab.nat('portres', 'portres')
        for side in (lab.a, lab.b):
            side.impair(delay=BROKER_MS)
        lab.start_pair(lab.serve_at(lab.b, echo))
        first = lab.first_byte()
        lab.wait_path('direct-udp')
        return {f'{2 * BROKER_MS} ms to the broker: first byte': (first, 2),
                f'{2 * BROKER_MS} ms to the broker: direct after that': (lab.after_start('direct-udp') - first, 5)}


def refusal():
    figures = {}
    for what, end in (('its wire is cut', lambda lab: lab.a.cut()), ('the other device dies', lambda lab: lab.listener.stop(signal.SIGKILL))):
        with NetCase() as lab:
            lab.nat('portres', 'portres')
            lab.start_pair(lab.serve_at(lab.b, echo), UNLIMITED)
            lab.wait_path('direct-udp')
            lab.initiator.wait_event('ready')
            begin = time.monotonic()
            end(lab)
            figures[f'the local port refuses after {what}'] = (lab.refusal_after(begin), 3.5)
    return figures


def measure(function, repeats):
    """Prints the medians of what it measures; returns whether the worst of all is within the aim."""
    rounds = [function() for _ in range(repeats)]
    met = True
    for what, (_, aim) in rounds[0].items():
        times = [figures[what][0] for figures in rounds]
        met = met and max(times) <= aim
        print(f'{what:55} {statistics.median(times):5.2f} s, at most {max(times):5.2f} s of {repeats}; aim ≤ {aim} s: '
              f'{"met" if max(times) <= aim else "MISSED"}', flush=True)
    return met


def main():
    parts = {'relay': relay_alone, 'first': first_byte, 'refusal': refusal}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeats', type=int, default=REPEATS, help=f'how often each is measured ({REPEATS})')
    parser.add_argument('--only', choices=parts)
    options = parser.parse_args()
    try:
        nodes.enter()
    except nodes.Unavailable as reason:
        print(f'skipped: {reason}')
        return 77
    return 0 if all([measure(part, options.repeats) for name, part in parts.items() if options.only in (None, name)]) else 1


sys.exit(main())
