# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts and what is between them: network namespaces on this machine, with mmp-path as the path."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

DEVICE = 'path0'


class Unavailable(Exception):
    """Something cannot be measured here; the text says why."""


def die_with_parent():
    """Runs in a child before exec: what the bench starts ends with it, however it ends."""
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def become_root():
    """Namespaces need privileges, which an ordinary user has in a user namespace of his own, where that is allowed."""
    command = ['unshare', '--user', '--map-root-user', '--map-auto', sys.executable]
    if os.geteuid() != 0 and subprocess.run([*command, '-c', ''], check=False).returncode == 0:
        os.execvp(command[0], [*command, *sys.argv])


class Host:
    """A place where programs run. With a namespace: a machine of its own, else this machine."""

    def __init__(self, address, namespace=None):
        self.address = address
        self.namespace = namespace

    def start(self, *arguments, **options):
        fd = os.open(self.namespace, os.O_RDONLY) if self.namespace else None

        def prepare():
            die_with_parent()
            if fd is not None:
                os.setns(fd, os.CLONE_NEWNET)

        try:
            return subprocess.Popen([str(a) for a in arguments], preexec_fn=prepare, stdin=subprocess.DEVNULL, **options)
        finally:
            if fd is not None:
                os.close(fd)

    def run(self, *arguments, timeout=120):
        """Returns what the program prints; raises if it fails."""
        with self.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise RuntimeError(f'{arguments[0]} took more than {timeout} s') from None
        if process.returncode != 0:
            raise RuntimeError(errors.strip().splitlines()[-1] if errors.strip() else f'{arguments[0]}: exit {process.returncode}')
        return output


class Network:
    """near and far, as a context manager."""

    def __init__(self):
        self.holders = []
        self.near = self.far = None

    def __enter__(self):
        try:
            self.set_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for holder in self.holders:
            holder.kill()
            holder.wait()

    def new_namespace(self):
        """Returns the path of a network namespace that lives as long as this object."""
        holder = subprocess.Popen(['unshare', '--net', 'sh', '-c', 'ip link set lo up && echo ready && exec sleep infinity'],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        self.holders.append(holder)
        if holder.stdout.readline() != 'ready\n':
            raise Unavailable(f'no network namespaces here: {holder.stderr.read().strip()}')
        return f'/proc/{holder.pid}/ns/net'


class Emulated(Network):
    """Near and far with a path of a rate and a round-trip time between them; the queue holds what is in flight at that rate."""

    def __init__(self, program, rate_mbit, rtt_ms):
        super().__init__()
        self.program = program
        self.rate_mbit = rate_mbit
        self.rtt_ms = rtt_ms

    def set_up(self):
        if not os.path.exists('/dev/net/tun'):
            raise Unavailable('no /dev/net/tun here')
        spaces = [self.new_namespace(), self.new_namespace()]
        queue = max(int(self.rate_mbit * self.rtt_ms * 1000 / 8), 16 * 1500)
        emulator = subprocess.Popen([self.program, *spaces, DEVICE, str(self.rate_mbit), str(self.rtt_ms / 2), str(queue)],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        self.holders.append(emulator)
        if emulator.stdout.readline() != 'ready\n':
            raise Unavailable(emulator.stderr.read().strip() or 'the emulated path does not start')
        self.near, self.far = (Host(f'10.90.0.{i}', space) for i, space in enumerate(spaces, 1))
        for host in (self.near, self.far):
            host.run('ip', 'address', 'add', f'{host.address}/24', 'dev', DEVICE)
            host.run('ip', 'link', 'set', DEVICE, 'up')


class Loopback(Emulated):
    """Near and far are the same host: one end of a path, for an address besides 127.0.0.1, which WebRTC does not use.

    Where there are no namespaces it is this machine as it is.
    """

    def __init__(self, program):
        super().__init__(program, 1, 1)

    def set_up(self):
        try:
            super().set_up()
        except (Unavailable, RuntimeError):
            self.near = Host('127.0.0.1')
        self.far = self.near


def scratch():
    """A folder for keys, configurations and logs that goes with the returned object."""
    folder = tempfile.TemporaryDirectory(prefix='mmp-bench-')
    return folder, pathlib.Path(folder.name)
