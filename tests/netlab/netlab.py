#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""netlab: two hosts behind routers of many kinds, a broker and a TURN server, on this machine alone.

  netlab session [A=KIND] [B=KIND] CMD…  a laboratory while CMD runs in it
  netlab up [A=KIND] [B=KIND]            a laboratory until `down`; the commands below work from anywhere then
  netlab down
  netlab in NODE CMD…                    run CMD in a machine: hA hB (hosts) rA rB cA cB (routers) wA wB (wires) srv inet
  netlab nat A|B KIND                    rebuild a side and probe that it is of that kind
  netlab probe A|B                       what a side's network does to packets
  netlab impair A|B KEY=VALUE…|off       delay, jitter (ms one way), loss, reorder, duplicate (percent), rate (kbit/s)
  netlab cut A|B [lan], heal A|B         interrupt a wire, or the cable of the host
  netlab block A|B udp|tcp, unblock A|B  packets of a protocol vanish on a wire
  netlab roam A|B                        another address for the host
  netlab rebind A|B [new]                routers forget what they translate; `new`: and have another address outside
  netlab broker start [LINE…]|stop       mosquitto; LINEs are added to its configuration
  netlab turn start [OPTION…]|stop       coturn; user and password are "lab"
  netlab status

KIND is one of:
{kinds}
NETLAB names the laboratory, where there is more than one. Without a kind a side is portres.
"""
import inspect
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import kinds
import nodes
from laboratory import IMPAIRMENTS, Laboratory
from natprobe import Mismatch

SELF = str(pathlib.Path(__file__).resolve())


class Usage(Exception):
    pass


def pid_file():
    folder = pathlib.Path(os.environ.get('XDG_RUNTIME_DIR') or tempfile.gettempdir())
    return folder / f'netlab-{os.geteuid()}-{os.environ.get("NETLAB", "default")}.pid'


def holder():
    """The process whose namespaces are the running laboratory's, None if there is none."""
    try:
        pid = int(pid_file().read_text())
        return pid if b'hold' in pathlib.Path(f'/proc/{pid}/cmdline').read_bytes() else None
    except (OSError, ValueError):
        return None


# --- outside ------------------------------------------------------------------------------------------------------------


def up(*arguments):
    if holder():
        raise Usage('there is one already; NETLAB=NAME makes another')
    nodes.check()
    command = [*nodes.isolation(), sys.executable, SELF, 'hold', *arguments]
    with tempfile.TemporaryFile('w+') as errors:  # no pipe: whoever reads it would wait for the laboratory's end
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True)
        if process.stdout.readline() != 'ready\n':
            errors.seek(0)
            sys.stderr.write(errors.read())
            return 1
    pid_file().write_text(str(process.pid))
    return 0


def down():
    pid = holder()
    if pid:
        os.kill(pid, signal.SIGKILL)
    pid_file().unlink(missing_ok=True)


def go_in(arguments):
    """Runs this command where the laboratory is."""
    pid = holder()
    if not pid:
        raise Usage('no laboratory is up')
    user = [] if os.geteuid() == 0 else ['--user', '--preserve-credentials']
    command = ['nsenter', '--target', str(pid), *user, '--net', '--mount', f'--pid=/proc/{pid}/ns/pid_for_children', '--wd=.',
               'env', f'{nodes.INSIDE}=1', sys.executable, SELF, *arguments]
    os.execvp(command[0], command)


# --- inside -------------------------------------------------------------------------------------------------------------


def build(arguments):
    """Takes the words A=KIND and B=KIND off the front; returns the laboratory and the rest."""
    wanted, rest = {'A': 'portres', 'B': 'portres'}, list(arguments)
    while rest and rest[0][:2] in ('A=', 'B='):
        side, kind = rest.pop(0).split('=')
        wanted[side] = kind
    laboratory = Laboratory().build()
    laboratory.nat(**wanted)
    return laboratory, rest


def hold(*arguments):
    build(arguments)
    print('ready', flush=True)
    while True:
        try:
            os.wait()  # process 1 inherits orphans
        except ChildProcessError:
            signal.pause()


def session(*arguments):
    _, command = build(arguments)
    return subprocess.run(command or [os.environ.get('SHELL', 'sh')]).returncode


def side(laboratory, name):
    if name not in laboratory.sides or not laboratory.sides[name].file.exists():
        raise Usage(f'{name} is not a side; A and B are')
    return laboratory.sides[name]


def impair(laboratory, name, *settings):
    if settings == ('off',):
        side(laboratory, name).mend()
        return
    values = dict(each.split('=', 1) for each in settings if '=' in each)
    if not values or len(values) != len(settings) or not set(values) <= set(IMPAIRMENTS):
        raise Usage(f'impair takes KEY=VALUE of {", ".join(IMPAIRMENTS)}, or off')
    side(laboratory, name).impair(**{key: float(value) for key, value in values.items()})


def switch(start, stop):
    def command(what, *arguments):
        if what == 'start':
            start(*arguments)
        elif what == 'stop':
            stop()
        else:
            raise Usage('it takes start or stop')
    return command


def run_inside(verb, arguments):
    laboratory = Laboratory()
    servers = laboratory.servers
    verbs = {
        'in': lambda node, *command: os.execvp('nsenter', nodes.Node(node).argv(*command)),
        'nat': lambda name, kind: laboratory.nat(**{side(laboratory, name).name: kind})[name],
        'probe': lambda name: laboratory.probe(side(laboratory, name).name)[name],
        'impair': lambda *words: impair(laboratory, *words),
        'cut': lambda name, where='wire': side(laboratory, name).cut(where),
        'heal': lambda name: side(laboratory, name).heal(),
        'block': lambda name, protocol: side(laboratory, name).block(protocol),
        'unblock': lambda name: side(laboratory, name).unblock(),
        'roam': lambda name: side(laboratory, name).roam(),
        'rebind': lambda name, new='': side(laboratory, name).move() if new == 'new' else side(laboratory, name).rebind(),
        'broker': switch(servers.start_broker, servers.stop_broker),
        'turn': switch(servers.start_turn, servers.stop_turn),
        'status': lambda: '\n'.join(laboratory.status()),
    }
    if verb not in verbs:
        raise Usage(f'no command {verb}; netlab --help')
    try:
        inspect.signature(verbs[verb]).bind(*arguments)
    except TypeError as error:
        raise Usage(f'{verb}: {error}; netlab --help') from None
    said = verbs[verb](*arguments)
    if said is not None:
        print(said)


def run(verb, arguments):
    if verb == 'up':
        return up(*arguments)
    if verb == 'down':
        return down()
    if verb == 'hold':
        return hold(*arguments)
    if verb == 'session':
        nodes.enter()
        return session(*arguments)
    if not nodes.is_inside():
        go_in([verb, *arguments])
    return run_inside(verb, arguments)


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ('-h', '--help', 'help'):
        names = {**{name: kind.about for name, kind in kinds.KINDS.items()}, kinds.SAME: kinds.ABOUT_SAME}
        print(__doc__.format(kinds='\n'.join(f'  {name:11}{about}' for name, about in names.items())), end='')
        return 0
    try:
        return run(sys.argv[1], sys.argv[2:])
    except nodes.Unavailable as reason:
        print(f'netlab: skipped: {reason}', file=sys.stderr)
        return 77
    except (Usage, ValueError) as error:
        print(f'netlab: {error}', file=sys.stderr)
        return 2
    except (Mismatch, RuntimeError) as error:
        print(f'netlab: {error}', file=sys.stderr)
        return 1


sys.exit(main())
