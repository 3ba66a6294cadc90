#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools of the thesis's section 2.5, called as there, at a real broker."""
import csv, re, signal

from mmptest import *

# what Figure 2.14 and the text say; Listing 2.8 has them the wrong way round for one of the two, which is the same here
ANALYZER, MIRROR = ('tunnelBridge/RTTRelay', 'tunnelBridge/RTTEvaluation'), ('tunnelBridge/RTTEvaluation', 'tunnelBridge/RTTRelay')


def listens (lab, port, topic):
    """Whether somebody has subscribed to the topic: what is published there comes back by way of the mirror."""
    return lab.start (need ('mosquitto_rr'), '-h', '127.0.0.1', '-p', port, '-t', topic, '-e', MIRROR[1], '-m', '{"timestamp": 1.5}', '-W', '1').wait () == 0


def pair (lab, *more, **options):
    _, port = lab.broker ()
    mirror = lab.mmp ('rtt-mirror', '127.0.0.1', port, *MIRROR, '--notls', '--json')
    wait_for (lambda: listens (lab, port, MIRROR[0]), 'the mirror')
    analyzer = lab.mmp ('rtt-analyzer', '127.0.0.1', port, *ANALYZER, '--notls', '--message_interval', '0.01', *more, **options)
    return port, mirror, analyzer


@case ('as-in-listing-2-8')
def listing (lab):
    table = lab.path / 'rtt.csv'
    _, mirror, analyzer = pair (lab, '--count', '30', '--json', '--csv', table)
    assert analyzer.wait () == 0, analyzer.errors
    stats = analyzer.wait_event ('stats')
    assert stats['sent'] == stats['received'] == 30 and stats['lost'] == 0, stats
    assert 0 < stats['min'] <= stats['median'] <= stats['p95'] <= stats['p99'] <= stats['max'], stats
    assert stats['min'] <= stats['mean'] <= stats['max'] and stats['exact'], stats
    assert len ([e for e in analyzer.events if e['event'] == 'rtt']) == 30
    with table.open (newline='') as file:
        rows = list (csv.DictReader (file))
    assert len (rows) == 30, rows
    assert [row['timestamp'] for row in rows] == sorted ({row['timestamp'] for row in rows})
    assert abs (sum (float (row['rtt']) for row in rows) / 30 * 1000 - stats['mean']) < 0.01, (rows, stats)
    assert mirror.stop (signal.SIGINT) == 0
    assert mirror.wait_event ('stats')['mirrored'] >= 30


@case ('a-run-ends-with-its-figures-when-it-is-stopped')
def stopped (lab):
    _, _, analyzer = pair (lab, '-l', '-v', cwd=lab.path)
    log = lab.path / 'rtt-analyzer.log'
    wait_for (lambda: log.exists () and len (log.read_text ().splitlines ()) >= 5, 'lines in the log')
    assert analyzer.stop (signal.SIGINT) == 0
    line = r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} RTT \d+\.\d{6} s'
    written = log.read_text ().splitlines ()
    assert all (re.fullmatch (line, l) for l in written), written
    assert [l for l in analyzer.lines if re.fullmatch (line, l)] == written, analyzer.lines
    assert re.fullmatch (r'Sent: \d+, came back: \d+, lost: 0', analyzer.lines[-2]), analyzer.lines
    assert re.fullmatch (r'Round trip in ms: mean [\d.]+, min [\d.]+, max [\d.]+, median [\d.]+, p95 [\d.]+, p99 [\d.]+', analyzer.lines[-1]), analyzer.lines


@case ('junk-of-others-is-told-apart')
def junk (lab):
    port, _, analyzer = pair (lab, '--json')
    analyzer.wait_event ('rtt')
    for text in ('{"timestamp": 1}', '{"timestamp": 4000000000}', '{"timestamp": NaN}', '{"timestamp": -4}', 'x' * 10_000):
        assert lab.start (need ('mosquitto_pub'), '-h', '127.0.0.1', '-p', port, '-t', ANALYZER[0], '-m', text).wait () == 0
    count = len (analyzer.events)
    wait_for (lambda: len (analyzer.events) > count + 20, 'more round trips')
    assert analyzer.stop () == 0
    stats = analyzer.wait_event ('stats')
    assert (stats['foreign'], stats['malformed'], stats['repeated'], stats['lost']) == (2, 3, 0, 0), stats
    assert stats['max'] < 60_000, stats


@case ('wrong-usage-is-one-sentence')
def usage (lab):
    rows = [(2, 'rtt-analyzer', '127.0.0.1', '1883', 'a'),
            (2, 'rtt-analyzer', '127.0.0.1', '0', 'a', 'b', '--notls'),
            (2, 'rtt-analyzer', '127.0.0.1', '1883', 'a', 'b', '--message_interval', '0'),
            (2, 'rtt-analyzer', '127.0.0.1', '1883', 'a', 'b', '--message_interval', 'nan'),
            (2, 'rtt-analyzer', '127.0.0.1', '1883', 'a', 'b', '--count', '-1'),
            (2, 'rtt-analyzer', '127.0.0.1', '1883', 'a', 'b/#'),
            (2, 'rtt-mirror', '127.0.0.1', '1883', 'a/#', 'a/b'),
            (4, 'rtt-analyzer', '127.0.0.1', '1883', 'a', 'b', '--csv', lab.path),
            (4, 'rtt-mirror', '127.0.0.1', '1883', 'a', 'b', '--cafile', lab.path / 'missing')]
    for code, *argv in rows:
        program = lab.mmp (*argv)
        assert program.wait () == code, (argv, program.process.returncode, program.errors)
        assert len (program.errors) == 1 and program.errors[0].endswith ('.'), program.errors


@case ('a-login-that-is-refused-ends-it')
def login (lab):
    words = lab.path / 'words'
    secret = lab.path / 'secret'
    secret.write_text ('wrong\n')
    assert lab.start (need ('mosquitto_passwd'), '-b', '-c', words, 'anna', 'right').wait () == 0
    _, port = lab.broker (lines=[f'password_file {words}', 'user root'])
    program = lab.mmp ('rtt-mirror', '127.0.0.1', port, *MIRROR, '--notls', '-u', 'anna', '--password-file', secret)
    assert program.wait () == 1, program.errors
    assert len (program.errors) == 1 and 'password' in program.errors[0], program.errors


run ()
