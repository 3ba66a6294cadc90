#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tunnels between two networks, and the paths that they find. A cell names the kinds of both."""
from netcase import case, echo, run, turn_options

UNLIMITED = '--relay=unlimited'


def cell(a, b, path, *, turn=(), stun=True):
    """A case: between these networks the tunnel ends up on this path, and is exact there."""
    name = f'{a}-{b}' + ''.join(f'-turn-{each}' for each in turn)

    @case(name)
    def run_cell(lab):
        options = [*turn_options(*turn), UNLIMITED, *([] if stun else ['--no-stun'])]
        lab.nat(a, b)
        lab.start_pair(lab.serve_at(lab.b, echo), *options)
        lab.wait_path(path, deadline=30)
        lab.initiator.wait_event('ready')
        lab.check_transfer()


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

run()
