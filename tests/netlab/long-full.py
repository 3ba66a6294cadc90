#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""long-full.py [--workers N] [--only stun|turn|repeats]

Every kind of network with every other: which path a tunnel finds with STUN alone, which with a TURN server too, and
whether a TURN server keeps it from a direct path that exists. Prints tables; ends with 1 if a cell is not as it must be.
"""
import argparse
import json
import os
import subprocess
import sys
import time

import nodes
from netcase import DIRECT, NetCase, echo

KINDS = ('none', 'fullcone', 'restricted', 'portres', 'symmetric', 'udpblock', 'cgnat', 'cgnatsym')
OPEN, SYMMETRIC, BY_PORT = ('none', 'fullcone'), ('symmetric', 'cgnatsym'), ('portres', 'cgnat')
CONES = [('portres', 'portres'), ('portres', 'cgnat'), ('portres', 'restricted'), ('cgnat', 'restricted')]
REPEATS = 24
REPEATS_DIRECT = 0.95
HOPELESS = 10  # seconds: a direct attempt that works needs less
PATIENCE = 60
SHORT = {'direct-udp': 'UDP', 'direct-tcp': 'TCP', 'turn': 'turn', 'relay': 'relay', None: 'none'}


def expected_direct(a, b):
    """The direct path between two networks, None if there is none."""
    if 'udpblock' in (a, b):
        return 'direct-tcp' if {a, b} & set(OPEN) else None
    if any(x in SYMMETRIC and y in SYMMETRIC + BY_PORT for x, y in ((a, b), (b, a))):
        return None
    return 'direct-udp'


def run_cell(a, b, mode):
    """Returns the path that was used in the end, and the seconds until it was; with TURN the relay is no end."""
    with NetCase() as lab:
        try:
            lab.nat(a, b)
            lab.start_pair(lab.serve_at(lab.b, echo), '--relay=unlimited', *(lab.turn_options('udp', 'tcp') if mode != 'stun' else ()))
            try:
                path = lab.wait_path(*DIRECT, 'turn', deadline=HOPELESS if mode == 'stun' else PATIENCE)
            except AssertionError:
                path = lab.wait_path('relay', deadline=PATIENCE)
            lab.initiator.wait_event('ready')
            lab.check_transfer(20_000)
            return {'path': path, 'seconds': lab.after_start(path), 'relay': lab.after_start('relay')}
        except (AssertionError, RuntimeError, OSError, nodes.Unavailable) as error:
            return {'path': None, 'seconds': 0, 'relay': None, 'error': str(error), 'log': lab.logs()[-30:]}


def work(cells):
    """Inside a laboratory: a line of JSON for each cell."""
    nodes.enter()
    for number, (a, b, mode) in cells:
        print(json.dumps({'number': number, **run_cell(a, b, mode)}), flush=True)


def share_out(cells, workers):
    """Runs the cells in so many laboratories at once; returns their results in order."""
    numbered = list(enumerate(cells))
    processes = [subprocess.Popen([sys.executable, __file__, '--work', json.dumps(numbered[i::workers])], stdout=subprocess.PIPE, text=True)
                 for i in range(workers)]
    results = {}
    for process in processes:
        for line in process.stdout:
            result = json.loads(line)
            results[result.pop('number')] = result
        process.wait()
    return [results.get(number, {'path': None, 'seconds': 0, 'relay': None, 'error': 'its worker ended'}) for number, _ in numbered]


def is_right(a, b, mode, path):
    direct = expected_direct(a, b)
    if mode == 'stun':
        return path == (direct or 'relay')
    return path == 'turn' or (direct is not None and path in DIRECT)


def run_matrix(mode, workers):
    cells = [(a, b, mode) for a in KINDS for b in KINDS]
    begin = time.monotonic()
    results = share_out(cells, workers)
    table = dict(zip(((a, b) for a, b, _ in cells), results))
    print(f'\n{"STUN alone" if mode == "stun" else "STUN and TURN"}: initiator in the network of the row; path and seconds; * is not as it must be')
    print(f'{"":11}' + ''.join(f'{b:12}' for b in KINDS))
    wrong = 0
    for a in KINDS:
        line = f'{a:11}'
        for b in KINDS:
            result = table[a, b]
            right = is_right(a, b, mode, result['path'])
            wrong += not right
            line += f'{SHORT[result["path"]]} {result["seconds"]:.1f}{"" if right else " *"}'.ljust(12)
        print(line)
    direct = [r['seconds'] for r in results if r['path'] in DIRECT]
    relays = sorted(r['relay'] for r in results if r['relay'] is not None)
    print(f'{sum(r["path"] is not None for r in results)} of {len(cells)} connected, {len(direct)} directly; relay after {relays[len(relays) // 2]:.1f} s '
          f'in the median, {relays[-1]:.1f} s at most; {wrong} wrong; {time.monotonic() - begin:.0f} s in all')
    for (a, b), result in table.items():
        if 'error' in result:
            print(f'{a} {b}: {result["error"]}', *result.get('log', []), sep='\n    ')
    return wrong == 0


def run_repeats(workers):
    cells = [(*CONES[i % len(CONES)], 'turn') for i in range(REPEATS)]
    results = share_out(cells, workers)
    direct = sum(r['path'] in DIRECT for r in results)
    print(f'\nCones with a TURN server at hand: {direct} of {REPEATS} directly')
    for (a, b, _), result in zip(cells, results):
        if result['path'] not in DIRECT:
            print(f'  {a} {b}: {result["path"]} {result.get("error", "")}')
    return direct >= REPEATS * REPEATS_DIRECT


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--workers', type=int, default=os.cpu_count(), help='laboratories at once')
    parser.add_argument('--only', choices=('stun', 'turn', 'repeats'))
    parser.add_argument('--work', type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work is not None:
        return work(options.work)
    try:
        if not nodes.is_inside():
            nodes.check()
    except nodes.Unavailable as reason:
        print(f'skipped: {reason}')
        return 77
    parts = {'stun': lambda: run_matrix('stun', options.workers), 'turn': lambda: run_matrix('turn', options.workers),
             'repeats': lambda: run_repeats(options.workers)}
    return 0 if all([part() for name, part in parts.items() if options.only in (None, name)]) else 1


sys.exit(main())
