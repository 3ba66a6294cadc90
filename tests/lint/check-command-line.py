#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-command-line.py ROOT MMP: completion and manual page know the commands and options that `mmp --help` shows, and no others."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

root, mmp = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
environment = dict(os.environ, PATH=f'{mmp.parent}:{os.environ["PATH"]}', LC_ALL='C.UTF-8')
problems = []


def run(*argv):
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout


def complete(*words):
    """What bash offers for the last of the words."""
    script = f'. {root}/data/bash-completion/mmp; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mmp; printf "%s\\n" "${{COMPREPLY[@]}}"'
    return set(run('bash', '-c', script, 'bash', *words).split())


def expect(what, found, expected):
    for name in sorted(expected - found):
        problems.append(f'{what}: {name} is missing')
    for name in sorted(found - expected):
        problems.append(f'{what}: mmp does not know {name}')


commands = set(re.findall(r'^  ([a-z][a-z-]*)  ', run(mmp, '--help'), re.MULTILINE))
options = {c: set(re.findall(r'(?<![\w-])--[a-z][a-z0-9_-]*', run(mmp, c, '--help').partition('\n\n')[2])) for c in commands}
assert {'keygen', 'listener', 'initiator', 'invite', 'trust', 'demo'} <= commands, commands
assert all('--help' in shown for shown in options.values()), options

expect('completion of commands', complete('mmp', ''), commands | {'--help', '--version'})
expect('completion of a beginning', complete('mmp', 'lis'), {'list', 'listener'})
for command in commands:
    expect(f'completion of options of {command}', complete('mmp', command, '-'), options[command])
    offered = complete('mmp', command, '--path', '') if '--path' in options[command] and command != 'keygen' else None
    if offered is not None:
        expect('completion of --path', offered, {'auto', 'direct', 'relay'})

page = (root / 'help/man/mmp.1').read_text(encoding='utf-8')
written = {'-' + name.replace('\\', '') for name in re.findall(r'(?:\bFl|,) (\\-[a-z][a-z0-9_\\-]*)', page)}
expect('options in the manual page', written, set.union(*options.values()) | {'--version'})
expect('commands in the manual page', {name.replace('\\', '') for name in re.findall(r'^\.It Cm ([a-z][a-z\\-]*)', page, re.MULTILINE)}, commands)
if shutil.which('mandoc'):
    checked = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', root / 'help/man/mmp.1'], capture_output=True, text=True, check=False)
    problems += checked.stdout.splitlines()

print('\n'.join(problems))
sys.exit(bool(problems))
