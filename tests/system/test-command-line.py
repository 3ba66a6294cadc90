#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""mmp as a newcomer meets it: help, wrong usage, keys, secrets, invitations."""
import json, os, pathlib, signal, stat

from mmptest import *


def ends (lab, code, *argv, **options):
    program = lab.mmp (*argv, **options)
    assert program.wait () == code, f'{argv}: {program.process.returncode} instead of {code}: {program.lines} {program.errors}'
    return program


def one_sentence (program):
    """What went wrong is one line on stderr, and it ends like a sentence."""
    assert len (program.errors) == 1, program.errors
    assert program.errors[0].rstrip ().endswith (('.', '?')), program.errors


@case ('help-and-version-are-there')
def help_text (lab):
    commands = [line.split ()[0] for line in ends (lab, 0, '--help').lines if line.startswith ('  ') and line.strip ()]
    for command in ('keygen', 'listener', 'initiator', 'invite', 'trust', 'demo'):
        assert command in commands, commands
        shown = ends (lab, 0, command, '--help')
        assert shown.lines and command in ' '.join (shown.lines[:3]), shown.lines
    assert ends (lab, 0, '--version').lines


@case ('wrong-usage-is-2-with-one-sentence')
def wrong_usage (lab):
    key, text = lab.keys ('keys')
    for argv in ([], ['listner'], ['keygen', '--nonsense'], ['keygen', 'too', 'many'], ['listener'], ['trust', 'maybe'],
                 ['initiator', 'host', 'notaport', '127.0.0.1', '1884', text],
                 ['initiator', 'host', '8883', '127.0.0.1', '70000', text],
                 ['listener', 'host', '8883', '127.0.0.1', '1883', key, '--hold', '-1'],
                 ['listener', 'host', '8883', '127.0.0.1', '1883', key, '--sessions', '0'],
                 ['listener', 'host', '8883', '127.0.0.1', '1883', key, '--service', 'no-address']):
        one_sentence (ends (lab, 2, *argv))


@case ('wrong-keys-are-4-with-one-sentence')
def wrong_keys (lab):
    key, text = lab.keys ('keys')
    missing = lab.path / 'missing'
    broken = lab.path / 'broken'
    broken.write_text ('this is not a key\n')
    broken.chmod (0o600)
    for argv in (['listener', 'h', '1', 'h', '1', missing], ['listener', 'h', '1', 'h', '1', broken],
                 ['initiator', 'h', '1', '127.0.0.1', '1', text[:-8] + '========'],
                 ['initiator', 'h', '1', '127.0.0.1', '1', text, '-pk', missing],
                 ['initiator', 'h', '1', '127.0.0.1', '1', text, '-pk', key],
                 ['trust', 'add', 'nonsense']):
        one_sentence (ends (lab, 4, *argv))
    printed = 'RVC45WSASZAGKAJZT24NC3GTCEENN7FCZ03QC7Z5S2ZSQ0L22UXQ===='
    wrong = ends (lab, 4, 'initiator', 'h', '1', '127.0.0.1', '1', printed)
    assert 'RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ====' in ' '.join (wrong.errors), wrong.errors


@case ('keygen-never-overwrites-and-keeps-secrets')
def keygen (lab):
    key, text = lab.keys ('keys')
    assert stat.S_IMODE (key.stat ().st_mode) == 0o600
    assert len (text) == 56 and text.endswith ('====')
    before = key.read_bytes ()
    one_sentence (ends (lab, 4, 'keygen', '-p', key.parent))
    assert key.read_bytes () == before
    shown = ends (lab, 0, 'keygen', '-p', key.parent, '--force')
    assert key.read_bytes () != before
    public = (key.parent / 'key.public').read_text ().strip ()
    assert any (public in line for line in shown.lines)
    assert key.read_text ().strip () not in ' '.join (shown.lines + shown.errors)


@case ('a-key-file-that-others-can-read-is-refused')
def open_key (lab):
    key, _ = lab.keys ('keys')
    key.chmod (0o644)
    refused = ends (lab, 4, 'listener', 'h', '1', 'h', '1', key)
    one_sentence (refused)
    assert 'chmod' in refused.errors[0], refused.errors


@case ('a-password-given-as-an-argument-is-wiped')
def wiped (lab):
    key, _ = lab.keys ('keys')
    _, port = lab.broker ()
    listener = lab.mmp ('listener', '127.0.0.1', port, '127.0.0.1', 9, key, '--notls', '--json', '-u', 'anna', '-p', 'verysecret')
    listener.wait_event ('state', state='waiting')
    assert b'verysecret' not in pathlib.Path (f'/proc/{listener.pid}/cmdline').read_bytes ()
    assert 'verysecret' not in ' '.join (listener.lines + listener.errors)
    assert any ('--sigpassword-file' in line for line in listener.errors), listener.errors


@case ('no-password-of-a-turn-server-stays-in-the-arguments')
def turn_passwords (lab):
    key, _ = lab.keys ('keys')
    port = free_port ()
    for options in (['--turn', 'turn:anna:verysecret@127.0.0.1:9'], ['--turn=turn:127.0.0.1:9', '--turn-user=anna', '--turn-password=verysecret']):
        listener = lab.mmp ('listener', '127.0.0.1', port, '127.0.0.1', 9, key, '--notls', '--json', *options)
        listener.wait_event ('state')
        assert b'verysecret' not in pathlib.Path (f'/proc/{listener.pid}/cmdline').read_bytes ()
        assert 'verysecret' not in ' '.join (listener.lines + listener.errors)
        assert any ('--turn-password-file' in line for line in listener.errors), listener.errors
        listener.stop ()
    for options, word in ((['--turn', 'turn:127.0.0.1:9'], 'user name'), (['--turn', 'http://u:verysecret@h'], 'turn:HOST:PORT'),
                          (['--path', 'turn'], '--turn'), (['--path', 'sideways'], 'auto, direct, turn, relay'),
                          (['--relay', 'maybe'], 'limited, unlimited, never'), (['--path', 'relay', '--relay', 'never'], 'no path')):
        failed = ends (lab, 2, 'listener', '127.0.0.1', port, '127.0.0.1', 9, key, '--notls', *options)
        complaint = ' '.join (failed.errors)
        assert word in complaint and 'verysecret' not in complaint, complaint


@case ('the-device-list')
def trust (lab):
    _, text = lab.keys ('keys')
    ends (lab, 0, 'trust', 'add', text, "Bob's laptop")
    assert any ("Bob's laptop" in line for line in ends (lab, 0, 'trust', 'list').lines)
    device = json.loads (ends (lab, 0, 'trust', 'list', '--json').lines[0])
    assert device['event'] == 'device' and text.startswith (device['key']) and device['standing'] == 'trusted' and device['name'] == "Bob's laptop", device
    assert device['trusted'] == device['added'] and device['added'].endswith ('Z') and 'seen' not in device, device
    assert 'not seen yet' in ends (lab, 0, 'trust', 'list').lines[1]
    ends (lab, 0, 'trust', 'block', text)
    assert any ('locked' in line for line in ends (lab, 0, 'trust', 'list').lines)
    ends (lab, 0, 'trust', 'remove', text)
    assert not any ("Bob's laptop" in line for line in ends (lab, 0, 'trust', 'list').lines)
    assert ends (lab, 0, 'trust', 'list', '--json').lines == []
    files = [p for p in (lab.path / 'data').rglob ('*') if p.is_file ()]
    assert files and all (stat.S_IMODE (p.stat ().st_mode) == 0o600 for p in files)


@case ('an-invitation-lets-one-device-in-once')
def invitation (lab):
    service = lab.serve (lambda c: c.sendall (b'here'))
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    listener = lab.mmp ('listener', '127.0.0.1', broker, '127.0.0.1', service, key, '--notls', '--json')
    listener.wait_event ('state', state='waiting')
    uri = next (word for line in ends (lab, 0, 'invite').lines for word in line.split () if word.startswith ('mmp:?'))
    local = free_port ()
    first = lab.mmp ('initiator', uri, local, '--json')
    first.wait_event ('state', state='connected', path='direct-udp')
    first.wait_event ('ready')
    assert receive_all (lab.connect (local)) == b'here'
    second = lab.mmp ('initiator', uri, free_port (), '--json', env={'XDG_DATA_HOME': str (lab.path / 'other')})
    second.wait_event ('error', code='no-answer')


@case ('a-stopped-program-ends-with-0-and-quickly')
def stopped (lab):
    service = lab.serve (echo)
    _, listener, initiator, _ = lab.pair (service)
    for program, number in ((initiator, signal.SIGINT), (listener, signal.SIGTERM)):
        assert program.stop (number, 5) == 0
        assert not program.errors, program.errors


@case ('every-event-is-an-object-of-its-documented-form')
def events (lab):
    service = lab.serve (echo)
    _, listener, initiator, local = lab.pair (service)
    connection = lab.connect (local)
    connection.sendall (b'one')
    assert receive (connection, 3) == b'one'
    connection.close ()
    initiator.wait_event ('stream', state='closed', sent=3, received=3)
    initiator.wait_event ('rtt')
    fields = {'ready': {'listen'}, 'state': {'state'}, 'rtt': {'ms'}, 'stream': {'id', 'state'}, 'error': {'code', 'message'},
              'stats': set (), 'request': {'device', 'key'}, 'direct': {'generation'}}
    for event in listener.events + initiator.events:
        assert event['event'] in fields, event
        assert fields[event['event']] <= set (event), event


run ()
