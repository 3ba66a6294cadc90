# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of networks that a host may be in: the rules of the router in front of it, and what a probe must see from there."""
import dataclasses
import string

ENDPOINT, ADDRESS, PORT = 'endpoint-independent', 'address-dependent', 'address-and-port-dependent'  # the words of RFC 4787

MASQUERADE = 'masquerade'
RANDOM = 'masquerade fully-random'
FIXED = 'snat to $wan'
ANSWERS = 'ct state established,related accept'
OUTWARD = 'iifname "lan" oifname "wan"'
TCP_ONLY = f'{OUTWARD} meta l4proto tcp accept; icmp type echo-request accept'
ANSWERS_AND_OUTWARD = f'{ANSWERS}; {OUTWARD} accept'
# Known to this router: the port of the host and the address that it sent to from there.
REMEMBER = f'{OUTWARD} meta l4proto udp update @peers {{ udp sport . ip daddr }}'
V6_OUTWARD = f'{ANSWERS}; iifname "lan" accept; meta l4proto ipv6-icmp accept'


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of network. Without `source` no address is translated."""
    about: str
    forward: str = ANSWERS_AND_OUTWARD  # of IPv4 packets; what is not accepted is dropped
    forward6: str = V6_OUTWARD
    source: str = MASQUERADE  # translation of what leaves
    inbound: str = ''  # and of what comes in unasked
    carrier: str = ''  # kind of a second router behind this one's
    ipv4: bool = True
    ipv6: bool = False
    mapping: str = ''  # as a probe sees it; none: no UDP at all
    filtering: str = ''
    tcp: tuple = (80, 443, 7443)  # that can be reached


KINDS = {
    'none': Kind('a public address and no firewall', forward='accept', forward6='accept', source='', mapping=ENDPOINT, filtering=ENDPOINT),
    'firewall': Kind('a public address behind a firewall that lets answers in', source='', mapping=ENDPOINT, filtering=PORT),
    'fullcone': Kind('full cone: who knows the port reaches the host', f'{ANSWERS_AND_OUTWARD}; ct status dnat accept', source=FIXED,
                     inbound='meta l4proto { tcp, udp } dnat to $host', mapping=ENDPOINT, filtering=ENDPOINT),
    'restricted': Kind('restricted cone: addresses that the host sent to reach it', f'{REMEMBER}; {ANSWERS_AND_OUTWARD}; ct status dnat accept',
                       source=FIXED, inbound='meta l4proto udp udp dport . ip saddr @peers dnat to $host', mapping=ENDPOINT, filtering=ADDRESS),
    'portres': Kind('port restricted cone: ports that the host sent to reach it', mapping=ENDPOINT, filtering=PORT),
    'symmetric': Kind('symmetric: another port for each destination', source=RANDOM, mapping=PORT, filtering=PORT),
    'udpblock': Kind('UDP vanishes', f'meta l4proto udp drop; {ANSWERS}; {TCP_ONLY}', f'meta l4proto udp drop; {V6_OUTWARD}'),
    'udpreject': Kind('UDP is refused', f'meta l4proto udp reject; {ANSWERS}; {TCP_ONLY}', f'meta l4proto udp reject; {V6_OUTWARD}'),
    'webonly': Kind('TCP to the ports 80 and 443, nothing else', f'{ANSWERS}; {OUTWARD} tcp dport {{ 80, 443 }} accept',
                    f'{ANSWERS}; iifname "lan" tcp dport {{ 80, 443 }} accept', tcp=(80, 443)),
    'cgnat': Kind('a port restricted cone behind one of the carrier', carrier='portres', mapping=ENDPOINT, filtering=PORT),
    'cgnatsym': Kind('a port restricted cone behind a symmetric one of the carrier', carrier='symmetric', mapping=PORT, filtering=PORT),
    'v6': Kind('IPv6 alone, behind a firewall', 'drop', source='', ipv4=False, ipv6=True, tcp=()),
    'dual': Kind('a port restricted cone and IPv6', ipv6=True, mapping=ENDPOINT, filtering=PORT),
}
SAME = 'same'  # for B: in A's network
ABOUT_SAME = "B only: in A's network"


def rules(kind, wan, host):
    """The nft rules of a router: `kind` is one of KINDS, `wan` its own address outside, `host` that of who is behind it."""
    inbound = f'iifname "wan" ip daddr $wan {kind.inbound}' if kind.inbound else ''
    source = f'oifname "wan" {kind.source}' if kind.source else ''
    # The input chain drops: if the router itself answered a stranger's packet, its entry would hold the port that the
    # host's packets are about to leave from, and they would get another one.
    return string.Template(f'''
flush ruleset
table ip router {{
  set peers {{ type inet_service . ipv4_addr; flags dynamic,timeout; timeout 120s; }}
  chain input {{
    type filter hook input priority filter; policy drop
    {ANSWERS}; iifname {{ "lan", "lo" }} accept; icmp type echo-request accept
  }}
  chain forward {{ type filter hook forward priority filter; policy drop; {kind.forward}; }}
  chain prerouting {{ type nat hook prerouting priority dstnat; {inbound}; }}
  chain postrouting {{ type nat hook postrouting priority srcnat; {source}; }}
}}
table ip6 router {{
  chain forward {{ type filter hook forward priority filter; policy drop; {kind.forward6}; }}
}}
''').substitute(wan=wan, host=host)
