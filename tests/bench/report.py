# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench's figures as tables for people: medians over the rounds, ratios, aims."""
import statistics

COLUMNS = [  # metric, title, unit
    ('bulk', 'bulk', 'MB/s'),
    ('idle', 'idle RTT', 'ms'),
    ('loaded p50', 'RTT in bulk', 'ms'),
    ('loaded p99', 'its p99', 'ms'),
    ('first', 'first byte', 'ms'),
    ('cpu', 'CPU', 'ns/byte'),
    ('memory', 'peak memory', 'MB'),
]
PATH_TITLES = {
    'loopback': 'Loopback',
    '50ms': '1 Gbit/s, 50 ms round trip',
    '20mbit': '20 Mbit/s, 20 ms round trip',
}
# path, what, how it is computed from medians of m (mmp) and the others, aim, whether more is better
AIMS = [
    ('loopback', 'bulk ÷ aiortc', lambda m, o: m['bulk'] / o['aiortc']['bulk'], 2, True),
    ('loopback', 'bulk ÷ ssh -L', lambda m, o: m['bulk'] / o['ssh']['bulk'], 0.1, True),
    ('loopback', 'idle round trip ÷ ssh -L', lambda m, o: m['idle'] / o['ssh']['idle'], 3, False),
    ('loopback', 'first byte ÷ ssh -L', lambda m, o: m['first'] / o['ssh']['first'], 3, False),
    ('50ms', 'bulk, MB/s', lambda m, o: m['bulk'], 8, True),
    ('50ms', 'idle round trip ÷ ssh -L', lambda m, o: m['idle'] / o['ssh']['idle'], 3, False),
    ('50ms', 'first byte ÷ ssh -L', lambda m, o: m['first'] / o['ssh']['first'], 3, False),
    ('20mbit', 'bulk, % of 20 Mbit/s', lambda m, o: m['bulk'] / 2.5 * 100, 90, True),
    ('20mbit', 'idle round trip ÷ ssh -L', lambda m, o: m['idle'] / o['ssh']['idle'], 3, False),
    ('20mbit', 'p99 of the round trip in bulk, ms', lambda m, o: m['loaded p99'], 60, False),
    ('20mbit', 'first byte ÷ ssh -L', lambda m, o: m['first'] / o['ssh']['first'], 3, False),
]


def medians(rounds):
    """{metric: median over the rounds that have it}"""
    result = {}
    for metric, _, _ in COLUMNS:
        values = [r[metric] for r in rounds if r.get(metric) is not None]
        if values:
            result[metric] = statistics.median(values)
    return result


def number(value):
    if value is None:
        return '–'
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f'{value:.{digits}f}'


def table(rows, out):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for index, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print('  ' + '  '.join(cells).rstrip(), file=out)
        if index == 0:
            print('  ' + '  '.join('-' * width for width in widths), file=out)


def write_path(name, figures, out):
    summary = {peer: medians(rounds) for peer, rounds in figures.items()}
    print(f'\n{PATH_TITLES[name]}', file=out)
    table([['', *(f'{title}, {unit}' for _, title, unit in COLUMNS)],
           *([peer, *(number(values.get(metric)) for metric, _, _ in COLUMNS)] for peer, values in summary.items())], out)
    own = summary.get('mmp')
    if own and len(summary) > 1:
        rows = [['mmp ÷', *(title for _, title, _ in COLUMNS)]]
        for peer, values in summary.items():
            if peer != 'mmp':
                rows.append([peer, *(number(own[m] / values[m]) if own.get(m) and values.get(m) else '–' for m, _, _ in COLUMNS)])
        print(file=out)
        table(rows, out)
    return summary


def write_aims(summaries, out):
    rows = [['Aim', 'is', 'aim', '']]
    for path, what, compute, aim, more_is_better in AIMS:
        try:
            value = compute(summaries[path]['mmp'], summaries[path])
        except KeyError:
            continue
        met = value >= aim if more_is_better else value <= aim
        rows.append([f'{PATH_TITLES[path]}: {what}', number(value), ('≥ ' if more_is_better else '≤ ') + str(aim), 'met' if met else 'MISSED'])
    if len(rows) > 1:
        print(file=out)
        table(rows, out)


def write_limited(limited, out):
    if limited:
        print(f'\nThe limited relay held {limited["bytes"] / limited["seconds"] / 1024:.0f} KiB/s over {limited["seconds"]:.0f} s (64 are allowed); '
              f'its idle round trip before was {limited["idle"]:.0f} ms', file=out)


def write_scale(scale, out):
    streams = scale.get('streams')
    if streams:
        before, after = streams['before'], streams['after']
        print(f'\n{streams["count"]} streams opened and closed in {streams["seconds"]:.2f} s, {streams["failed"]} failed; both ends together: memory '
              f'{before["memory"]:.1f} → {after["memory"]:.1f} MB, descriptors {before["fds"]} → {after["fds"]}, '
              f'threads {before["threads"]} → {after["threads"]}', file=out)
    initiators = scale.get('initiators')
    if initiators:
        listener = initiators['listener']
        print(f'\n{initiators["count"]} initiators at one listener: all connected in {initiators["connected seconds"]:.1f} s, '
              f'{initiators["answered"]} answered; the listener: memory {listener["memory"]:.1f} MB, descriptors {listener["fds"]}, '
              f'threads {listener["threads"]}', file=out)


def write(results, out):
    machine = results['machine']
    print(f'Linux {machine["kernel"]}, {machine["processors"]} processors, load at start {machine["load"]:.1f}, '
          f'net.core.rmem_max = {machine["net.core.rmem_max"] or "not visible"}; medians of {results["rounds"]} rounds', file=out)
    summaries = {name: write_path(name, figures, out) for name, figures in results['paths'].items()}
    write_aims(summaries, out)
    if any(peer.startswith('mmp-') for figures in results['paths'].values() for peer in figures):
        print('\nmmp-relay goes through mosquitto, mmp-turn through coturn, both at the far end; what these use is not counted.', file=out)
    write_limited(results.get('limited'), out)
    write_scale(results['scale'], out)
    for what, reason in results['skipped'].items():
        print(f'\nskipped: {what}: {reason}', file=out)
