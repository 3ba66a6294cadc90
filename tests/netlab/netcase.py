# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests in the laboratory share: a listener at side B, an initiator at side A, and the way between them.

As in tests/system, whose module this stands on: @case ("what-holds"), then run (). A case sees its laboratory as `lab`.
"""
import functools
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'system'))

import mmptest
from mmptest import MMP, Skip, echo, need, receive, receive_all, wait_for  # what the cases use of it

import nodes
import servers
from laboratory import Laboratory, RUN, SERVERS  # the last two too

LOCAL_PORT = 1884  # of the initiator, in a machine that it has for itself
STUN = 'stun://203.0.113.2:3478'
TURN = {
    'udp': 'turn://203.0.113.1:3478?transport=udp',
    'tcp': 'turn://203.0.113.1:3478?transport=tcp',
    '443': 'turn://203.0.113.3:443?transport=tcp',
    'tls': 'turns://203.0.113.1:5349?transport=tcp',
}
BROKERS = {'v6': ('2001:db8:f::1', 1883), 'webonly': ('203.0.113.1', 443)}
DIRECT = ('direct-udp', 'direct-tcp')


def case(name):
    """As that of mmptest. What the laboratory of this machine cannot do skips the case."""
    def register(function):
        @mmptest.case(name)
        def guarded(lab):
            try:
                function(lab)
            except nodes.Unavailable as reason:
                raise Skip(reason) from None
        return function
    return register


@functools.cache
def laboratory():
    return Laboratory().build()


class NetCase(mmptest.Lab):
    """One case: two sides, programs there, and what they say."""

    def __enter__(self):
        super().__enter__()
        self.laboratory = laboratory()
        self.servers = self.laboratory.servers
        self.a, self.b = self.laboratory.sides['A'], self.laboratory.sides['B']
        return self

    def mmp_at(self, side, *arguments, **options):
        return self.start(*side.host.argv(MMP, *arguments), **options)

    def nat(self, a, b):
        self.laboratory.nat(A=a, B=b)
        # What an earlier case stopped.
        for daemon, start in ((self.servers.broker, self.servers.start_broker), (self.servers.turn, self.servers.start_turn)):
            if not daemon.is_running:
                start()

    def turn_options(self, *names):
        """The options that make programs know TURN servers, by their keys in TURN."""
        if not names:
            return []
        password = self.path / 'turn-password'
        password.write_text(servers.PASSWORD + '\n')
        return [*(f'--turn={TURN[name]}' for name in names), f'--turn-user={servers.USER}', f'--turn-password-file={password}']

    def broker_of(self, side):
        kind = self.a.state.kind if side.state.kind == 'same' else side.state.kind
        return BROKERS.get(kind, ('203.0.113.1', 1883))

    def serve_at(self, side, handler):
        return side.host.do(self.serve, handler)

    def connect_at(self, side, port=LOCAL_PORT):
        return side.host.do(self.connect, port)

    def can_connect_at(self, side, port=LOCAL_PORT):
        return side.host.do(mmptest.can_connect, port)

    def start_pair(self, service, *options, broker=None):
        """A listener at B for its local port `service`, and an initiator at A; returns when the listener is ready."""
        stun = [] if '--no-stun' in options else [f'--stun={STUN}']
        key, text = self.keys('listener')
        private, public = self.keys('initiator')
        trusted = self.path / 'trusted'
        trusted.write_text(public + '\n')
        common = ['--notls', '--json', *stun, *options]
        self.listener = self.mmp_at(self.b, 'listener', *(broker or self.broker_of(self.b)), '127.0.0.1', service, key, '-i', trusted, *common)
        self.listener.wait_event('state', state='waiting')
        self.started = time.monotonic()
        self.initiator = self.mmp_at(self.a, 'initiator', *(broker or self.broker_of(self.a)), '127.0.0.1', LOCAL_PORT, text, '-pk', private, *common)
        return self.initiator

    def path_now(self):
        """The path that the initiator said last, None if it is not connected."""
        states = [e for e in self.initiator.events if e['event'] == 'state']
        return states[-1].get('path') if states else None

    def wait_path(self, *paths, deadline=None):
        """Until one of the paths is in use; returns it."""
        return wait_for(lambda: self.alive() and self.path_now() in paths and self.path_now(), f'path {" or ".join(paths)}', deadline)

    def alive(self):
        for program in (self.initiator, self.listener):
            if program.process.poll() is not None:
                raise AssertionError(f'{program.argv[4]} ended with {program.wait()}')  # all that it said is read then
        return True

    def after_start(self, *paths):
        """Seconds from the initiator's start to the first time that it used one of the paths, None if it did not."""
        times = [e['_at'] for e in self.initiator.events if e['event'] == 'state' and e.get('path') in paths]
        return times[0] - self.started if times else None

    def figures(self):
        """The paths in the order of their first use, with the time after the start."""
        found = {path: self.after_start(path) for path in ('relay', 'turn', *DIRECT)}
        return ', '.join(f'{path} after {time:.1f} s' for path, time in found.items() if time is not None)

    def stays(self, seconds, *paths):
        """For so long no other path is used."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.alive() and self.path_now() in paths, f'path {self.path_now()}'
            time.sleep(0.05)

    def first_byte(self):
        """Seconds from the initiator's start until an echo of one byte came back."""
        def echoed():
            try:
                with self.connect_at(self.a) as connection:
                    connection.sendall(b'1')
                    return connection.recv(1) == b'1'
            except OSError:
                return False

        wait_for(echoed, 'the first byte')
        return time.monotonic() - self.started

    def refusal_after(self, since):
        """Seconds from `since` until the initiator's local port refuses connections."""
        while self.can_connect_at(self.a):
            assert time.monotonic() - since < 15, 'the local port of a dead link takes connections'
            time.sleep(0.1)  # each look is a stream
        return time.monotonic() - since

    def check_transfer(self, size=100_000):
        connection = self.connect_at(self.a)
        data = os.urandom(size)
        connection.sendall(data)
        assert receive(connection, size) == data
        connection.close()


def run():
    """Runs the cases in a laboratory of their own, or says why there can be none."""
    try:
        nodes.enter()
    except nodes.Unavailable as reason:
        print(f'1..0 # SKIP {reason}')
        sys.exit(0)
    mmptest.run(NetCase)
