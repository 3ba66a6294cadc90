#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong outside of the app: a broker that is not there, no network at all, a second start. Each is said, and passes."""
import subprocess, sys, traceback

try:
    from people import Person, Skipped, children, free_port, keep_profiles, start_broker, until
except (ImportError, ValueError) as reason:
    print (f'1..0 # SKIP {reason}')
    sys.exit (0)

ALONE = ('unshare', '--net')


def broker_goes_and_comes ():
    """It is tried again without anybody's doing, and no dialog is in the way."""
    port = free_port ()
    person = Person ('Carla', prepare=keep_profiles ('127.0.0.1', port))
    broker = None
    try:
        person.see ('The broker cannot be reached', part=True)
        broker = start_broker (person.home, port)
        person.see ('The other device does not answer', part=True)
        broker.kill ()
        broker.wait ()
        until (lambda: any (person.look (words, part=True) for words in ('The broker cannot be reached', 'The connection to the broker broke')), 'what happened to the broker')
        broker = start_broker (person.home, port)
        person.see ('The other device does not answer', part=True)
    finally:
        person.leave ()
        if broker:
            broker.kill ()
            broker.wait ()
    assert person.process.returncode == 0, person.errors ()


def no_network ():
    if subprocess.run ([*ALONE, 'true'], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        raise Skipped ('no network namespaces here')
    person = Person ('Dora', prepare=keep_profiles ('broker.example.org', 8883), command=ALONE)
    try:
        person.see ('The broker’s name cannot be found. Check its spelling and your network.')
        person.click ('Stop', role='button')
        person.see ('Stopped')
    finally:
        person.leave ()
    assert person.process.returncode == 0, person.errors ()


def second_start ():
    """It brings the window that is there to the front, and ends."""
    person = Person ('Emil', prepare=keep_profiles ('127.0.0.1', free_port ()))
    try:
        person.see ('To Office', role='label')
        second = subprocess.run (person.command, env=person.environment, check=False, timeout=40, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert second.returncode == 0, second.returncode
        person.root.clear_cache ()
        assert len (list (children (person.root))) == 1
        person.see ('To Office', role='label')
    finally:
        person.leave ()


CASES = [broker_goes_and_comes, no_network, second_start]
print (f'1..{len (CASES)}', flush=True)
for number, case in enumerate (CASES, 1):
    name = case.__name__.replace ('_', '-')
    try:
        case ()
        print (f'ok {number} {name}', flush=True)
    except Skipped as reason:
        print (f'ok {number} {name} # SKIP {reason}', flush=True)
    except Exception:
        for line in traceback.format_exc ().splitlines ():
            print ('# ' + line)
        print (f'not ok {number} {name}', flush=True)
