#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`mmp doctor` tells the kind of every network, and what can be done in it."""
import kinds
from netcase import case, run

TURN = 'turn:203.0.113.1:3478'
TURN_BY_KIND = {'v6': 'turn:[2001:db8:f::1]:3478', 'webonly': 'turn:203.0.113.3:443?transport=tcp'}
LOGIN = ('--turn-user', 'lab', '--turn-password-file')

# What the doctor calls them. From inside, a carrier's router cannot be told from one's own; the stricter of the two shows.
NAMES = {
    'none': 'none', 'firewall': 'firewall', 'fullcone': 'full-cone', 'restricted': 'restricted', 'portres': 'port-restricted', 'symmetric': 'symmetric',
    'udpblock': 'udp-blocked', 'udpreject': 'udp-blocked', 'webonly': 'web-only', 'cgnat': 'port-restricted', 'cgnatsym': 'symmetric',
    'v6': 'ipv6-only', 'dual': 'port-restricted', kinds.SAME: 'port-restricted',
}
assert set(NAMES) == {*kinds.KINDS, kinds.SAME}
PAIRS = [('none', 'firewall'), ('fullcone', 'restricted'), ('portres', kinds.SAME), ('symmetric', 'udpblock'), ('udpreject', 'webonly'), ('cgnat', 'cgnatsym'),
         ('v6', 'dual')]
# To whom a direct path leads, measured for all pairs without TURN.
EVERYWHERE = ['none', 'full-cone', 'restricted', 'port-restricted', 'symmetric', 'udp-blocked']
WORKS = {'none': 6, 'full-cone': 6, 'restricted': 5, 'firewall': 4, 'port-restricted': 4, 'symmetric': 3, 'udp-blocked': 2, 'web-only': 0}


def start_doctor(lab, side, kind):
    password = lab.path / 'password'
    password.write_text('lab\n')
    address, port = lab.broker_of(side)
    stun = f'stun:[{address}]:3478' if ':' in address else 'stun:203.0.113.1:3478'
    return lab.mmp_at(side, 'doctor', address, port, '--notls', '--json', '--stun', stun, '--turn', TURN_BY_KIND.get(kind, TURN), *LOGIN, password)


def find(program, check, number=0):
    return [e for e in program.events if e.get('check') == check][number]


def judge(program, kind):
    assert program.wait() == 0, 'the broker can be reached in every kind of network'
    assert find(program, 'broker-echo')['status'] == 'ok'
    name = NAMES[kind]
    assert find(program, 'nat')['values']['kind'] == name, find(program, 'nat')
    built = kinds.KINDS['portres' if kind == kinds.SAME else kind]
    udp = built.mapping or kind == 'v6'
    expected = ('ok', None) if udp else ('failed', 'udp-blocked')
    assert (find(program, 'udp')['status'], find(program, 'udp').get('code')) == expected, find(program, 'udp')
    assert find(program, 'tcp')['status'] == ('warning' if kind == 'webonly' else 'ok')
    if built.mapping:
        assert find(program, 'nat-mapping')['values']['rule'] == built.mapping
        assert find(program, 'nat-filtering')['values']['rule'] == built.filtering
    works = find(program, 'direct')['values']['works']
    assert works == (['ipv6'] if kind == 'v6' else EVERYWHERE[:WORKS[name]]), works


def judge_turn(program, kind):
    """Over UDP where that gets out, and over TCP everywhere; what was borrowed is given back."""
    results = [e for e in program.events if e.get('check') == 'turn']
    for result in results:
        gets_out = result['values']['transport'] == 'tcp' or NAMES[kind] not in ('udp-blocked', 'web-only')
        assert result['status'] == ('ok' if gets_out else 'failed'), result
        assert result['values'].get('released', False) == gets_out, result
        assert gets_out or result['code'] == 'turn-unreachable', result
    assert len(results) == (1 if kind == 'webonly' else 2), results


@case('the-kind-of-every-network-is-told')
def every_kind(lab):
    for a, b in PAIRS:
        lab.nat(a, b)
        doctors = [(start_doctor(lab, side, kind), kind) for side, kind in ((lab.a, a), (lab.b, b))]
        for program, kind in doctors:
            judge(program, kind)
            judge_turn(program, kind)


run()
