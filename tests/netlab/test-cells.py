#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tunnels between two networks, and the paths that they find. A cell names the kinds of both."""
import re
import time

from netcase import case, echo, run, wait_for

UNLIMITED = '--relay=unlimited'
HOPELESS = 8  # seconds: a direct attempt that works needs less


def cell(a, b, path, *, turn=(), stun=True):
    """A case: between these networks the tunnel ends up on this path, and is exact there."""
    name = f'{a}-{b}' + ''.join(f'-turn-{each}' for each in turn)

    @case(name)
    def run_cell(lab):
        options = [*lab.turn_options(*turn), UNLIMITED, *([] if stun else ['--no-stun'])]
        lab.nat(a, b)
        lab.start_pair(lab.serve_at(lab.b, echo), *options)
        lab.wait_path(path, deadline=30)
        lab.initiator.wait_event('ready')
        if path == 'relay':
            lab.stays(HOPELESS, 'relay')
        lab.check_transfer()
        print(f'# {name}: {lab.figures()}')


cell('none', 'none', 'direct-udp', stun=False)
cell('portres', 'same', 'direct-udp', stun=False)
cell('portres', 'portres', 'direct-udp')
cell('fullcone', 'symmetric', 'direct-udp')
cell('symmetric', 'none', 'direct-udp')
cell('cgnat', 'portres', 'direct-udp')
cell('udpblock', 'fullcone', 'direct-tcp')
cell('v6', 'v6', 'direct-udp', stun=False)
cell('symmetric', 'portres', 'relay')
cell('symmetric', 'symmetric', 'turn', turn=['udp'])
cell('udpblock', 'symmetric', 'turn', turn=['tcp'])
cell('udpblock', 'udpblock', 'turn', turn=['tcp'])
cell('webonly', 'portres', 'turn', turn=['443'])


@case('the-first-byte-goes-through-the-broker')
def first_byte(lab):
    """The bounds are three times what it should take on a machine that does nothing else."""
    lab.nat('portres', 'portres')
    for side in (lab.a, lab.b):
        side.impair(delay=20)
    lab.start_pair(lab.serve_at(lab.b, echo))
    first = lab.first_byte()
    lab.wait_path('direct-udp')
    print(f'# 40 ms to the broker: first byte after {first:.1f} s, {lab.figures()}')
    relay, direct = lab.after_start('relay'), lab.after_start('direct-udp')
    assert relay is not None and relay < direct, 'the relay was not there first'
    assert first <= 6 and direct - first <= 15


@case('turn-is-asked-at-once-where-it-helped-the-last-time')
def remembered(lab):
    lab.nat('symmetric', 'symmetric')
    lab.start_pair(lab.serve_at(lab.b, echo), UNLIMITED, *lab.turn_options('udp'))
    lab.wait_path('turn', deadline=30)
    first = lab.after_start('turn')
    paths = lab.path / 'data/message-portal/paths.ini'  # the two devices share an account here
    wait_for(lambda: paths.exists() and paths.read_text().count('TurnSince=') == 2, 'both sides to note the path')

    def start_again():
        argv = lab.initiator.argv
        assert lab.initiator.stop() == 0
        lab.started = time.monotonic()
        lab.initiator = lab.start(*argv)
        lab.wait_path('turn', deadline=30)

    start_again()
    print(f'# turn after {first:.1f} s at first, {lab.after_start("turn"):.1f} s from the next start on')

    # Where only the other side remembered it, no direct path had a start, so that this is no reason to remember it here.
    known = (lab.path / 'trusted').read_text()
    paths.write_text(re.sub(r'\[(\w{52})\]\nTurnSince=.*\n', lambda note: note[0] if note[1] in known else '', paths.read_text()))
    assert paths.read_text().count('TurnSince=') == 1
    start_again()
    assert paths.read_text().count('TurnSince=') == 1


run()
