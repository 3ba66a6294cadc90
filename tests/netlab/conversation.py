# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbered bytes both ways over one TCP connection, each of which must arrive once and in its place."""
import socket
import struct
import threading
import time

NUMBER = struct.Struct('>Q')
BLOCK = 64  # numbers in what is written at once
INTERVAL = 0.1  # seconds between two blocks: slow enough for a broker that limits
PATIENCE = 60


class Wrong(AssertionError):
    """A byte did not arrive, or twice, or elsewhere."""


class Talker:
    """One end. It talks from the start until finish()."""

    def __init__(self, connection):
        self.connection = connection
        self.sent = self.received = 0  # numbers
        self.arrivals = [time.monotonic()]
        self.quiet = threading.Event()
        self.failure = None
        self.heard_all = False
        self.threads = [threading.Thread(target=self.guard, args=(work,), daemon=True) for work in (self.talk, self.listen)]
        for thread in self.threads:
            thread.start()

    def guard(self, work):
        try:
            work()
        except (OSError, Wrong) as error:
            self.failure = self.failure or error

    def talk(self):
        while not self.quiet.wait(INTERVAL):
            self.connection.sendall(b''.join(NUMBER.pack(self.sent + i) for i in range(BLOCK)))
            self.sent += BLOCK
        self.connection.shutdown(socket.SHUT_WR)

    def listen(self):
        rest = b''
        while data := self.connection.recv(1 << 16):
            self.arrivals.append(time.monotonic())
            rest += data
            whole = len(rest) - len(rest) % NUMBER.size
            for (number,) in NUMBER.iter_unpack(rest[:whole]):
                if number != self.received:
                    raise Wrong(f'number {number} arrived instead of {self.received}')
                self.received += 1
            rest = rest[whole:]
        if rest:
            raise Wrong('the connection ended within a number')
        self.heard_all = True

    def longest_gap(self, since):
        """Seconds without anything from the other side, of those that ended after `since`."""
        times = [*self.arrivals, time.monotonic()]
        return max((b - a for a, b in zip(times, times[1:]) if b >= since), default=0)


class Conversation:
    """Both ends of a connection through a tunnel."""

    def __init__(self, lab):
        """Starts a service at B; `port` is where it listens there."""
        self.lab = lab
        self.accepted = threading.Event()
        self.port = lab.serve_at(lab.b, self.serve)

    def serve(self, connection):
        if self.accepted.is_set():
            return  # one of the cases that looks whether the port is open
        self.far = Talker(connection)
        self.accepted.set()
        for thread in self.far.threads:
            thread.join()

    def begin(self):
        connection = self.lab.connect_at(self.lab.a)
        connection.settimeout(None)
        self.near = Talker(connection)
        if not self.accepted.wait(PATIENCE):
            raise Wrong('the service was not reached')
        self.ends = (self.near, self.far)
        self.wait_for_more()
        return self

    def check(self):
        for end in self.ends:
            if end.failure:
                raise end.failure

    def wait_for_more(self, numbers=BLOCK, patience=PATIENCE):
        """Until so many numbers that are not said yet have arrived on both sides."""
        wanted = [other.sent + numbers for other in reversed(self.ends)]
        end = time.monotonic() + patience
        while any(talker.received < number for talker, number in zip(self.ends, wanted)):
            self.check()
            if time.monotonic() > end:
                raise Wrong(f'nothing arrives any more: {[(t.received, w) for t, w in zip(self.ends, wanted)]}')
            time.sleep(0.02)

    def longest_gap(self, since):
        return max(end.longest_gap(since) for end in self.ends)

    def finish(self):
        """Ends it, and checks that all arrived."""
        for end in self.ends:
            end.quiet.set()
        for end in self.ends:
            for thread in end.threads:
                thread.join(PATIENCE)
        self.check()
        for end, other in (self.ends, self.ends[::-1]):
            if not end.heard_all or end.received != other.sent:
                raise Wrong(f'{end.received} of {other.sent} numbers arrived')
        return self.near.sent + self.far.sent
