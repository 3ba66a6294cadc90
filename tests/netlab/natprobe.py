# SPDX-License-Identifier: GPL-3.0-or-later
"""What a network does to packets, asked from inside it: mapping and filtering in the words of RFC 4787.

Both ends are sockets of this process, each in its own machine of the laboratory. A question names the socket that shall
answer; the answer holds the address that the question came from.
"""
import concurrent.futures
import contextlib
import dataclasses
import itertools
import json
import select
import socket
import threading
import time

ADDRESSES = ('203.0.113.1', '203.0.113.2', '203.0.113.3')
PORTS = (7001, 7002)
TCP_PORTS = (80, 443, 7443)
TCP_ADDRESS = '203.0.113.2'  # where no server of the laboratory holds them
V6_ADDRESS = '2001:db8:f::2'
AGAIN = 0.15  # seconds, between two times of asking
PATIENCE = 0.6
TCP_PATIENCE = 0.6


class Mismatch(Exception):
    """A network is not of the kind that it was built as."""


@dataclasses.dataclass
class Seen:
    """Without UDP nothing is known of mapping and filtering."""
    udp: bool
    translated: bool
    mapping: str
    filtering: str
    keeps_port: bool
    tcp: tuple  # ports that can be reached
    ipv6: bool


class Answerer:
    """The sockets outside; a thread answers until the end of the context."""

    def __enter__(self):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __init__(self, node):
        self.udp = {(address, port): node.do(bound, address, port) for address in ADDRESSES for port in PORTS}
        self.udp[V6_ADDRESS, PORTS[0]] = node.do(bound, V6_ADDRESS, PORTS[0])
        self.tcp = [node.do(listening, TCP_ADDRESS, port) for port in TCP_PORTS]

    def serve(self):
        sockets = [*self.udp.values(), *self.tcp]
        while not self.stop.is_set():
            for ready in select.select(sockets, [], [], 0.05)[0]:
                if ready in self.tcp:
                    ready.accept()[0].close()
                    continue
                with contextlib.suppress(OSError, ValueError, KeyError):
                    data, source = ready.recvfrom(2048)
                    question = json.loads(data)
                    answer = json.dumps({'id': question['id'], 'seen': source[:2]}).encode()
                    (self.udp[tuple(question['from'])] if question['from'] else ready).sendto(answer, source)

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        for each in (*self.udp.values(), *self.tcp):
            each.close()


def bound(address, port):
    s = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    return s


def listening(address, port):
    return socket.create_server((address, port))


class Asker:
    """A socket inside."""
    ids = itertools.count()

    def __init__(self, address):
        self.socket = bound(address, 0)

    def ask(self, *questions):
        """`questions` are pairs of whom to ask and who shall answer (None: the same). Returns what each one saw, None for no answer."""
        wanted = {next(self.ids): question for question in questions}
        answers = {}
        end = time.monotonic() + PATIENCE
        while len(answers) < len(wanted) and time.monotonic() < end:
            for number, (to, answerer) in wanted.items():
                if number not in answers:
                    with contextlib.suppress(OSError):  # of a network that refuses
                        self.socket.sendto(json.dumps({'id': number, 'from': answerer}).encode(), to)
            again = time.monotonic() + AGAIN
            while len(answers) < len(wanted) and (left := again - time.monotonic()) > 0:
                if select.select([self.socket], [], [], left)[0]:
                    with contextlib.suppress(OSError):
                        answer = json.loads(self.socket.recv(2048))
                        if answer['id'] in wanted:
                            answers[answer['id']] = tuple(answer['seen'])
        return [answers.get(number) for number in wanted]


    def ask_once(self, to):
        """One question, one packet; returns what it saw, or None."""
        number = next(self.ids)
        self.socket.sendto(json.dumps({'id': number, 'from': None}).encode(), to)
        end = time.monotonic() + PATIENCE
        while (left := end - time.monotonic()) > 0 and select.select([self.socket], [], [], left)[0]:
            answer = json.loads(self.socket.recv(2048))
            if answer['id'] == number:
                return tuple(answer['seen'])
        return None


def reachable(port):
    with socket.socket() as s:
        s.settimeout(TCP_PATIENCE)
        return s.connect_ex((TCP_ADDRESS, port)) == 0


def describe_mapping(first, other_port, other_address, third):
    if first == other_port == other_address == third:
        return 'endpoint-independent'
    return 'address-dependent' if first == other_port else 'address-and-port-dependent'


def probe_udp(asker, local):
    first, second, third = ADDRESSES
    port, other = PORTS
    seen = asker.ask(((first, port), None))[0]
    if seen is None:
        return {'udp': False, 'translated': False, 'mapping': '', 'filtering': '', 'keeps_port': False}
    # Before anything is sent to the others: whose answers come in?
    by_address, by_port = asker.ask(((first, port), (second, port)), ((first, port), (first, other)))
    others = asker.ask(((first, other), None), ((second, port), None), ((third, port), None))
    filtering = 'endpoint-independent' if by_address else 'address-dependent' if by_port else 'address-and-port-dependent'
    return {'udp': True, 'translated': seen[0] != local, 'mapping': describe_mapping(seen, *others), 'filtering': filtering,
            'keeps_port': seen[1] == asker.socket.getsockname()[1]}


def local_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect((ADDRESSES[0], 9))
        except OSError:
            return None
        return s.getsockname()[0]


def probe_host(host):
    local = host.do(local_address)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        ipv6 = pool.submit(lambda: host.do(Asker, '::').ask(((V6_ADDRESS, PORTS[0]), None))[0] is not None)
        tcp = {port: pool.submit(host.do, reachable, port) for port in TCP_PORTS if local is not None}
        found = probe_udp(host.do(Asker, '0.0.0.0'), local)
        return Seen(**found, tcp=tuple(port for port, answer in tcp.items() if answer.result()), ipv6=ipv6.result())


def probe(servers, *hosts):
    """Asks from all `hosts` at once, with answers from `servers`, each a Node; returns a Seen for each. Takes 1 s or less."""
    with Answerer(servers), concurrent.futures.ThreadPoolExecutor() as pool:
        return list(pool.map(probe_host, hosts))


def verify(name, kind, seen):
    """Raises Mismatch unless a probe of a network of this kind saw what it must."""
    expected = Seen(udp=bool(kind.mapping), translated=bool(kind.mapping and kind.source), mapping=kind.mapping, filtering=kind.filtering,
                    keeps_port=bool(kind.mapping) and kind.mapping == 'endpoint-independent', tcp=kind.tcp, ipv6=kind.ipv6)
    if seen != expected:
        raise Mismatch(f'{name} should be {expected}, is {seen}')
