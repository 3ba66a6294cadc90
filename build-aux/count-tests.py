#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""count-tests.py NAME TESTLOG: prints "passed failed skipped" for one run of `meson test`.

A program that speaks TAP counts with each of its cases, another one as a whole. What failed or was skipped, and why, goes to stderr.
"""
import json
import re
import sys

CASE = re.compile(r'^(ok|not ok)\b\s*\d*\s*-?\s*(.*?)(\s#\s*SKIP\b\S*\s*(.*))?$', re.IGNORECASE)
WHOLE = {'OK': 'passed', 'EXPECTEDFAIL': 'passed', 'SKIP': 'skipped'}


def cases(test):
    """Yields (outcome, case, reason) for each case of one program."""
    output = test.get('stdout') or ''
    failed = False
    found = False
    for line in output.splitlines():
        match = CASE.match(line)
        if not match:
            continue
        found = True
        verdict, case, is_skipped, reason = match.groups()
        if is_skipped:
            yield 'skipped', case, reason or 'no reason given'
        elif verdict == 'ok':
            yield 'passed', case, ''
        else:
            failed = True
            yield 'failed', case, ''
    outcome = WHOLE.get(test['result'], 'failed')
    if not found:
        text = (output + (test.get('stderr') or '')).strip().splitlines()
        yield outcome, '', text[-1] if text else test['result'].lower()
    elif outcome == 'failed' and not failed:
        yield 'failed', '', test['result'].lower() + ' before its end'


def main():
    name, path = sys.argv[1:]
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    try:
        with open(path, encoding='utf-8') as log:
            tests = [json.loads(line) for line in log]
    except (OSError, ValueError) as error:
        print(f'{name}: no test results: {error}', file=sys.stderr)
        tests = [{'name': name, 'result': 'ERROR'}]
    for test in tests:
        for outcome, case, reason in cases(test):
            counts[outcome] += 1
            if outcome != 'passed':
                label = ' '.join(filter(None, (test['name'].rpartition(' ')[2], case)))
                print(f'{outcome}: {name}: {label}' + (f': {reason}' if reason else ''), file=sys.stderr)
    print(counts['passed'], counts['failed'], counts['skipped'])


main()
