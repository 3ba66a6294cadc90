#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""mmp demo: shows the tunnel, leaves nothing behind, and says what is missing."""
import pathlib, signal

from mmptest import *


def children (pid):
    """The processes that a process has started."""
    return [int (p) for p in pathlib.Path (f'/proc/{pid}/task/{pid}/children').read_text ().split ()]


def is_running (pid):
    try:
        return pathlib.Path (f'/proc/{pid}/stat').read_text ().rpartition (') ')[2][0] != 'Z'
    except FileNotFoundError:
        return False


def demo (lab, *argv, **options):
    """The demonstration, with its directory in the case's own."""
    return lab.mmp ('demo', *argv, env=dict ({'TMPDIR': str (lab.path)}, **options))


def is_clean (lab):
    return not list (lab.path.glob ('mmp-demo-*'))


@case ('every-message-arrives-once')
def arrives (lab):
    need ('mosquitto')
    program = demo (lab, '--json')
    assert program.wait () == 0, program.errors
    rows = {e['path']: e for e in program.events if e['event'] == 'row'}
    assert set (rows) == {'broker', 'direct', 'relay'}
    for row in rows.values ():
        assert row['count'] == 200 and row['lost'] == row['repeated'] == 0, row
        assert 0 < row['median'] <= row['p95'] <= row['max'], row
    assert is_clean (lab)


@case ('a-person-sees-a-table')
def table (lab):
    need ('mosquitto')
    program = demo (lab)
    assert program.wait () == 0, program.errors
    assert not program.errors
    assert 'exactly once' in program.lines[-1]
    assert any (line.startswith ('switched to the broker') for line in program.lines), program.lines


@case ('nothing-is-left-when-it-is-stopped')
def stopped (lab):
    need ('mosquitto')
    program = demo (lab)
    wait_for (lambda: len (children (program.pid)) == 4, 'two brokers, a listener and an initiator')
    started = children (program.pid)
    assert program.stop (signal.SIGINT) == 1
    assert not any (is_running (pid) for pid in started)
    assert is_clean (lab)


@case ('nothing-is-left-when-it-is-killed')
def killed (lab):
    need ('mosquitto')
    program = demo (lab)
    wait_for (lambda: len (children (program.pid)) == 4, 'two brokers, a listener and an initiator')
    started = children (program.pid)
    program.stop (signal.SIGKILL)
    wait_for (lambda: not any (is_running (pid) for pid in started), 'what was started to end')


@case ('without-a-broker-it-says-what-to-install')
def no_broker (lab):
    # Debian has it where no path leads, so it has to be hidden there.
    hide = 'mount --bind /dev/null /usr/sbin/mosquitto && ' if pathlib.Path ('/usr/sbin/mosquitto').exists () else ''
    shell = [need ('unshare'), '--user', '--map-root-user', '--mount', need ('sh'), '-c']
    if lab.start (*shell, hide + 'true').wait () != 0:
        raise Skip ('mosquitto cannot be hidden here')
    program = lab.start (*shell, f'{hide} PATH=/nonexistent exec {MMP} demo')
    assert program.wait () == 1
    assert len (program.errors) == 1 and 'apt install mosquitto' in program.errors[0], program.errors


run ()
