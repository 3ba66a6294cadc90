# SPDX-License-Identifier: GPL-3.0-or-later
"""The network laboratory: an internet with a broker and a TURN server, and two sides, each a host behind routers.

    hA -- rA -- [cA] -- wA -- inet -- wB -- [cB] -- rB -- hB        h host, r router, c router of the carrier,
                               |                                    w wire (can be impaired and cut)
                              srv                                   srv broker, STUN and TURN

Addresses: srv 203.0.113.1, .2 and .3 (2001:db8:f::1 to 3), side A 203.0.113.10, side B 203.0.113.20, hosts 10.1.0.2 and
10.2.0.2, without translation 198.51.100.2 and .130, with IPv6 2001:db8:a::2 and 2001:db8:b::2.
What must be remembered between two commands stands in files below /run/netlab, which every laboratory has for itself.
"""
import dataclasses
import json
import os
import subprocess

import kinds
import natprobe
import nodes
from nodes import Daemon, Node, RUN
from servers import Servers

INTERNET, SERVERS = Node('inet'), Node('srv')
NUMBERS = {'A': 1, 'B': 2}
PUBLIC_LAN = {'A': '198.51.100.0/25', 'B': '198.51.100.128/25'}
NAT_TIMEOUTS = {'net/netfilter/nf_conntrack_udp_timeout': 30, 'net/netfilter/nf_conntrack_udp_timeout_stream': 120}
FORWARDING = {'net/ipv4/ip_forward': 1, 'net/ipv6/conf/all/forwarding': 1}
UNLIMITED_KBIT = 1_000_000
QUEUE_BYTES = 256 * 1024  # of an impaired wire, as in a home router
IMPAIRMENTS = ('delay', 'jitter', 'loss', 'reorder', 'duplicate', 'rate')


@dataclasses.dataclass
class State:
    """What a side is at the moment."""
    kind: str
    public: str  # address on the internet
    host: str  # IPv4 address of the host, '' if it has none
    gateway: str


def need_emulator():
    if not os.access('/dev/net/tun', os.R_OK | os.W_OK):
        raise nodes.Unavailable('/dev/net/tun cannot be opened, which a bad wire needs')


def emulate(daemon, wire, device, delay=0, jitter=0, loss=0, reorder=0, duplicate=0, rate=UNLIMITED_KBIT):
    """Connects a wire to the internet by an emulator: milliseconds one way, percent, kbit/s."""
    queue = max(QUEUE_BYTES, int(rate * delay / 8))
    program = os.environ.get('MMP_PATH', 'mmp-path')
    daemon.log.unlink(missing_ok=True)
    daemon.start([program, '--frames', wire.path, INTERNET.path, device, rate / 1000, delay, queue,
                  f'jitter={jitter}', f'loss={loss}', f'reorder={reorder}', f'duplicate={duplicate}'])
    daemon.wait_until(lambda: 'ready' in daemon.log.read_text())
    for node, bridge in ((wire, 'br'), (INTERNET, 'br0')):
        node.join(bridge, device)
        node.ip(f'link set dev {device} up')


class Side:
    def __init__(self, name):
        self.name = name
        self.number = NUMBERS[name]
        self.other = 'B' if name == 'A' else 'A'
        self.host, self.router, self.carrier, self.wire = (Node(letter + name) for letter in 'hrcw')
        self.file = RUN / f'side-{name}.json'
        self.emulator = Daemon(f'wire-{name}')

    @property
    def state(self):
        return State(**json.loads(self.file.read_text())) if self.file.exists() else None

    def save(self, state):
        self.file.write_text(json.dumps(dataclasses.asdict(state)))

    @property
    def outermost(self):
        return self.carrier if self.carrier.exists else self.router

    def address(self, last):
        """An address of the host's network; `last` counts from 1, which is the router."""
        if kinds.KINDS[self.state.kind].source or not kinds.KINDS[self.state.kind].ipv4:
            return f'10.{self.number}.0.{last}/24'
        return f'198.51.100.{last + 128 * (self.number - 1)}/25'

    # --- building ---------------------------------------------------------------------------------------------------

    def remove(self):
        self.emulator.end()
        for node in (self.host, self.carrier, self.router, self.wire):
            node.remove()
        subprocess.run(['ip', '-n', INTERNET.name, 'link', 'delete', f'w{self.name}'], stderr=subprocess.DEVNULL)
        self.file.unlink(missing_ok=True)

    def build(self, name, public=None):
        kind = kinds.KINDS[name]
        self.remove()
        self.save(State(name, public or f'203.0.113.{10 * self.number}', '', ''))
        self.lay_wire()
        self.build_routers(kind)
        self.build_lan(kind)
        self.set_rules()

    def lay_wire(self):
        self.wire.create()
        self.wire.cable('out', INTERNET, f'w{self.name}')
        INTERNET.join('br0', f'w{self.name}')
        self.wire.bridge('br')
        self.wire.join('br', 'out')

    def build_routers(self, kind):
        for node in (self.router, self.carrier) if kind.carrier else (self.router,):
            node.create()
            node.sysctl({**FORWARDING, **NAT_TIMEOUTS})
        outermost = self.outermost
        outermost.cable('wan', self.wire, 'in')
        self.wire.join('br', 'in')
        # The same at each building: neighbours remember whom an address belongs to.
        outermost.ip(f'link set dev wan address 02:00:00:00:0{self.number}:01',
                     f'address add {self.state.public}/24 dev wan',
                     'route add blackhole default',
                     f'route add {PUBLIC_LAN[self.other]} via 203.0.113.{10 * NUMBERS[self.other]}')
        if kind.carrier:
            self.carrier.cable('lan', self.router, 'wan')
            self.carrier.ip(f'address add 100.64.{self.number}.1/24 dev lan')
            self.router.ip(f'address add 100.64.{self.number}.2/24 dev wan', f'route add default via 100.64.{self.number}.1')

    def build_lan(self, kind):
        state = self.state
        self.router.bridge('lan')
        self.host.create()
        self.plug_host_in()
        if kind.ipv4:
            state.host, state.gateway = self.address(2).split('/')[0], self.address(1).split('/')[0]
            self.router.ip(f'address add {self.address(1)} dev lan')
            self.host.ip(f'address add {self.address(2)} dev eth0', f'route add default via {state.gateway}')
            self.save(state)
        if kind.ipv6:
            own, other = self.name.lower(), self.other.lower()
            self.router.ip(f'address add 2001:db8:f::{own}/64 dev wan nodad', f'address add 2001:db8:{own}::1/64 dev lan nodad',
                           f'route add 2001:db8:{other}::/64 via 2001:db8:f::{other}')
            self.host.ip(f'address add 2001:db8:{own}::2/64 dev eth0 nodad', f'route add default via 2001:db8:{own}::1')

    def plug_host_in(self, router=None):
        router = router or self.router
        self.host.cable('eth0', router, self.host.name)
        router.join('lan', self.host.name)

    def build_same(self, neighbour):
        """The host in the network of the other side."""
        self.remove()
        self.host.create()
        self.plug_host_in(neighbour.router)
        address, gateway = neighbour.address(22), neighbour.state.gateway
        self.host.ip(f'address add {address} dev eth0', f'route add default via {gateway}')
        self.save(State(kinds.SAME, neighbour.state.public, address.split('/')[0], gateway))

    def set_rules(self):
        state = self.state
        kind = kinds.KINDS[state.kind]
        wan = state.public
        if kind.carrier:
            wan = f'100.64.{self.number}.2'
            self.carrier.nft(kinds.rules(kinds.KINDS[kind.carrier], state.public, wan))
        self.router.nft(kinds.rules(kind, wan, state.host))

    # --- troubles ---------------------------------------------------------------------------------------------------

    def need_wire(self):
        if not self.wire.exists:
            raise ValueError(f'side {self.name} has no wire of its own')

    def mend(self):
        """The wire as it was laid."""
        self.need_wire()
        self.emulator.end()
        self.wire.ip('link set dev out up')

    def impair(self, **settings):
        """An emulator takes the place of the wire; takes what emulate() takes. May raise nodes.Unavailable."""
        need_emulator()
        self.mend()
        self.wire.ip('link set dev out down')
        emulate(self.emulator, self.wire, f'e{self.name}', **settings)

    def cut(self, where='wire'):
        """Nothing passes any more. At the wire nobody notices by himself, at the host (`lan`) its cable is out."""
        if where == 'lan':
            self.router.ip(f'link set dev {self.host.name} down')
        else:
            self.need_wire()
            self.wire.ip('link set dev br down')

    def heal(self):
        self.router.ip(f'link set dev {self.host.name} up')
        self.wire.ip('link set dev br up')

    def block(self, protocol):
        """On the wire, packets of a protocol (udp, tcp) vanish, until unblock()."""
        self.need_wire()
        self.wire.nft(f'table bridge wire {{ chain forward {{ type filter hook forward priority filter; meta l4proto {protocol} drop; }}; }}')

    def unblock(self):
        self.wire.nft('flush ruleset')

    def roam(self):
        """The host gets another address in its network; returns it."""
        state = self.state
        if not state.host:
            raise ValueError(f'the host of side {self.name} has no IPv4 address')
        new = self.address(3 if state.host == self.address(2).split('/')[0] else 2)
        self.host.ip('address flush dev eth0 scope global', f'address add {new} dev eth0', f'route add default via {state.gateway}')
        state.host = new.split('/')[0]
        self.save(state)
        if self.outermost is self.router:
            self.set_rules()  # those that name the host
        return state.host

    def rebind(self):
        """The routers forget what they translate, as after a restart; kinds that choose a port at random take new ones."""
        for node in (self.router, self.carrier):
            if node.exists:
                node.run('conntrack', '--flush')

    def move(self):
        """The side gets a new address on the internet, as after the provider's nightly break; returns it."""
        state = self.state
        if not kinds.KINDS[state.kind].source:
            raise ValueError(f'a side of kind {state.kind} has no address that can change')
        base = 10 * self.number
        state.public = f'203.0.113.{base + 5 if state.public.endswith(f".{base}") else base}'
        self.outermost.ip('address flush dev wan scope global', f'address add {state.public}/24 dev wan', 'route replace blackhole default',
                          f'route replace {PUBLIC_LAN[self.other]} via 203.0.113.{10 * NUMBERS[self.other]}')
        self.save(state)
        self.set_rules()
        self.rebind()
        return state.public


class Laboratory:
    def __init__(self):
        self.sides = {name: Side(name) for name in NUMBERS}
        self.servers = Servers(SERVERS)

    def build(self):
        """The internet and its servers, without sides."""
        nodes.prepare()
        INTERNET.create().bridge('br0')
        # What nobody has an address for vanishes there without an answer, as in the real one.
        INTERNET.sysctl(FORWARDING)
        INTERNET.ip('address add 203.0.113.254/24 dev br0', 'address add 2001:db8:f::fe/64 dev br0 nodad',
                    'route add blackhole default', 'route add blackhole ::/0')
        SERVERS.create().cable('eth0', INTERNET, 'srv')
        INTERNET.join('br0', 'srv')
        # A TURN server without a default route would give up a whole session over the first private address it is told.
        SERVERS.ip(*(f'address add 203.0.113.{n}/24 dev eth0' for n in (1, 2, 3)),
                   *(f'address add 2001:db8:f::{n}/64 dev eth0 nodad' for n in (1, 2, 3)),
                   *(f'route add {PUBLIC_LAN[name]} via 203.0.113.{10 * n}' for name, n in NUMBERS.items()),
                   *(f'route add 2001:db8:{name.lower()}::/64 via 2001:db8:f::{name.lower()}' for name in NUMBERS),
                   'route add default via 203.0.113.254', 'route add default via 2001:db8:f::fe')
        self.servers.start()
        return self

    def move_servers_away(self, delay):
        """From now on they are so many milliseconds, one way, from the rest of the internet. May raise nodes.Unavailable."""
        need_emulator()
        wire = Node('wS').create()
        wire.bridge('br')
        INTERNET.ip(f'link set dev srv netns {wire.name}')
        wire.ip('link set dev srv up')
        wire.join('br', 'srv')
        emulate(Daemon('wire-S'), wire, 'eS', delay=delay)

    def nat(self, **wanted):
        """Rebuilds sides, A=KIND and B=KIND; raises natprobe.Mismatch unless they behave so."""
        for name, kind in sorted(wanted.items()):
            if kind == kinds.SAME and name == 'B':
                self.sides[name].build_same(self.sides['A'])
            elif kind in kinds.KINDS:
                self.sides[name].build(kind)
            else:
                raise ValueError(f'no kind {kind} for side {name}; there are {", ".join(kinds.KINDS)}, and {kinds.SAME} for B')
        seen = self.probe(*wanted)
        for name in wanted:
            state = self.sides['A' if wanted[name] == kinds.SAME else name].state
            natprobe.verify(state.kind, kinds.KINDS[state.kind], seen[name])
        return seen

    def probe(self, *names):
        """What the networks of these sides do to packets, by name."""
        return dict(zip(names, natprobe.probe(SERVERS, *(self.sides[name].host for name in names))))

    def status(self):
        for name, side in self.sides.items():
            yield f'{name}: {side.state or "not built"}' + (', impaired' if side.emulator.is_running else '')
        yield from self.servers.status()
