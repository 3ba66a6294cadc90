# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways from near to far that are compared. Each opens a port at near that leads to the service at far."""
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

from network import Unavailable

HERE = pathlib.Path(__file__).parent
START_SECONDS = 40
ports = itertools.count(20000 + os.getpid() % 20000)


def processes_below(pid):
    """pid and all its descendants."""
    yield pid
    try:
        for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
            for child in (task / 'children').read_text().split():
                yield from processes_below(int(child))
    except OSError:
        pass


def cpu_seconds(pid):
    """Its own and that of its children that ended (socat has one a connection)."""
    try:
        fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf('SC_CLK_TCK')
    except OSError:
        return 0


def status_field(pid, name):
    try:
        for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
            if line.startswith(name + ':'):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def count_fds(pid):
    try:
        return len(os.listdir(f'/proc/{pid}/fd'))
    except OSError:
        return 0


class Peer:
    """A tunnel under test. Sub-classes set name and implement open()."""

    def __init__(self, network, service_port, folder):
        self.network = network
        self.service_port = service_port
        self.folder = folder / self.name
        self.folder.mkdir()
        self.port = next(ports)
        self.address = '127.0.0.1'
        self.processes = []

    def open(self):
        raise NotImplementedError

    def start(self, host, *arguments, **options):
        """Starts a program that counts as part of this tunnel; what it says goes to a log."""
        log = open(self.folder / f'{len(self.processes)}.log', 'wb')
        options.setdefault('stdout', log)
        try:
            process = host.start(*arguments, stderr=log, **options)
        except FileNotFoundError:
            raise Unavailable(f'{arguments[0]} is not installed') from None
        finally:
            log.close()
        self.processes.append(process)
        return process

    def wait_for(self, ready, what):
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            for process in self.processes:
                if process.poll() is not None:
                    raise Unavailable(f'{process.args[0]} ended: {self.last_words()}')
            if time.monotonic() > deadline:
                raise Unavailable(f'no {what} in {START_SECONDS} s: {self.last_words()}')
            time.sleep(0.05)

    def last_words(self):
        lines = []
        for log in sorted(self.folder.glob('*.log')):
            lines += log.read_text(errors='replace').strip().splitlines()[-1:]
        return ' / '.join(lines) or 'without a word'

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def each_process(self):
        for process in self.processes:
            yield from processes_below(process.pid)

    def cpu(self):
        return sum(map(cpu_seconds, self.each_process()))

    def peak_memory(self):
        """MB of all its processes together, both ends."""
        return sum(status_field(pid, 'VmHWM') for pid in self.each_process()) / 1000


class Tcp(Peer):
    name = 'tcp'

    def open(self):
        self.address, self.port = self.network.far.address, self.service_port


class Socat(Peer):
    name = 'socat'

    def open(self):
        self.start(self.network.near, 'socat', f'TCP-LISTEN:{self.port},bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=128',
                   f'TCP:{self.network.far.address}:{self.service_port},nodelay')


class Ssh(Peer):
    name = 'ssh'

    def open(self):
        sshd = shutil.which('sshd', path='/usr/sbin:/usr/local/sbin') or 'sshd'
        for key in ('host', 'user'):
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', self.folder / key], check=True)
        (self.folder / 'sshd_config').write_text(
            f'HostKey {self.folder}/host\nAuthorizedKeysFile {self.folder}/user.pub\nUsePAM no\nStrictModes no\n'
            'PermitRootLogin yes\nPasswordAuthentication no\nPidFile none\nMaxSessions 100\nMaxStartups 100\n')
        port = next(ports)
        self.start(self.network.far, sshd, '-D', '-e', '-f', self.folder / 'sshd_config', '-o', f'ListenAddress={self.network.far.address}:{port}')
        arguments = ['ssh', '-F', 'none', '-N', '-i', self.folder / 'user', '-p', port, '-o', 'StrictHostKeyChecking=no',
                     '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR', '-o', 'ExitOnForwardFailure=yes',
                     '-o', 'ConnectionAttempts=20', '-L', f'127.0.0.1:{self.port}:127.0.0.1:{self.service_port}', self.network.far.address]
        self.start(self.network.near, *arguments)


class Aiortc(Peer):
    """One data channel a TCP connection, in Python, as the thesis does it."""
    name = 'aiortc'

    def open(self):
        try:
            __import__('aiortc')
        except ImportError:
            raise Unavailable('python3-aiortc is not installed') from None
        signalling = next(ports)
        pump = HERE / 'aiortc_pump.py'
        self.start(self.network.far, sys.executable, pump, 'far', self.network.far.address, signalling, '127.0.0.1', self.service_port)
        self.start(self.network.near, sys.executable, pump, 'near', self.network.far.address, signalling, '127.0.0.1', self.port)


class Broker:
    """The signalling broker, at far."""

    def __init__(self, network, folder):
        self.address = network.far.address
        self.port = next(ports)
        configuration = folder / 'mosquitto.conf'
        configuration.write_text(f'listener {self.port} {self.address}\nallow_anonymous true\npersistence false\nmax_queued_messages 10000\n')
        try:
            self.process = network.far.start('mosquitto', '-c', configuration, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            raise Unavailable('mosquitto is not installed') from None

    def close(self):
        self.process.terminate()
        self.process.wait()


class Events:
    """Reads the events that `mmp --json` prints, so that its pipe never fills."""

    def __init__(self, process):
        self.seen = []
        threading.Thread(target=self.read, args=(process.stdout,), daemon=True).start()

    def read(self, stream):
        for line in stream:
            try:
                self.seen.append(json.loads(line))
            except ValueError:
                pass

    def path(self):
        """The path of the newest state, None unless connected."""
        states = [e for e in self.seen if e.get('event') == 'state']
        return states[-1].get('path') if states and states[-1].get('state') == 'connected' else None


class TurnServer:
    """coturn, at far."""
    user = password = 'bench'

    def __init__(self, network, folder):
        address, port = network.far.address, next(ports)
        self.options = [f'--turn=turn://{address}:{port}?transport=udp', f'--turn-user={self.user}', f'--turn-password={self.password}']
        try:
            self.process = network.far.start(
                'turnserver', '-n', '--no-cli', '--no-tls', '--no-dtls', '--log-file=stdout', f'--listening-ip={address}', f'--relay-ip={address}',
                f'--listening-port={port}', '--lt-cred-mech', f'--user={self.user}:{self.password}', '--realm=bench',
                f'--pidfile={folder}/turnserver.pid', f'--userdb={folder}/turn.db', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            raise Unavailable('coturn is not installed') from None

    def close(self):
        self.process.terminate()
        self.process.wait()


class Mmp(Peer):
    name = 'mmp'
    program = 'mmp'
    path = 'direct'  # how the name of the path begins that is measured
    options = ()
    servers = ()  # not part of the tunnel: their memory and processor time do not count

    def keygen(self, name):
        """Returns the folder of a new pair of keys."""
        subprocess.run([self.program, 'keygen', '-p', self.folder / name], check=True, stdout=subprocess.DEVNULL)
        return self.folder / name

    def open(self, n_initiators=1):
        self.servers = [Broker(self.network, self.folder)]
        self.open_ends(self.servers[0], n_initiators)

    def open_ends(self, broker, n_initiators=1):
        listener = self.keygen('listener')
        initiators = [self.keygen(f'initiator-{i}') for i in range(n_initiators)]
        trusted = self.folder / 'trusted'
        trusted.write_text(''.join((i / 'key.public').read_text().strip() + '\n' for i in initiators))
        environment = dict(os.environ, XDG_DATA_HOME=str(self.folder / 'data'))
        far, near = self.network.far, self.network.near
        self.listener = self.start(far, self.program, 'listener', broker.address, broker.port, '127.0.0.1', self.service_port,
                                   listener / 'key.private', '-i', trusted, '--sessions', max(n_initiators, 32), '--notls', '--no-stun', '--json', *self.options, stdout=subprocess.PIPE, env=environment)
        Events(self.listener)
        key = (listener / 'key.public').read_text().strip()
        self.local_ports = [self.port] + [next(ports) for _ in range(n_initiators - 1)]
        self.events = []
        for folder, port in zip(initiators, self.local_ports):
            process = self.start(near, self.program, 'initiator', broker.address, broker.port, '127.0.0.1', port, key, '--notls',
                                 '-pk', folder / 'key.private', '--no-stun', '--json', *self.options, stdout=subprocess.PIPE, env=environment)
            self.events.append(Events(process))
        self.wait_for(lambda: all((e.path() or '').startswith(self.path) for e in self.events), f'{self.path} path')

    def close(self):
        super().close()
        for server in self.servers:
            server.close()


class MmpRelay(Mmp):
    """Through the broker, as if that were one's own."""
    name = 'mmp-relay'
    path = 'relay'
    options = ('--path=relay', '--relay=unlimited')


class MmpLimited(Mmp):
    """Through somebody else's broker."""
    name = 'mmp-limited'
    path = 'relay'
    options = ('--path=relay', '--relay=limited')


class MmpTurn(Mmp):
    name = 'mmp-turn'
    path = 'turn'

    def open(self):
        self.servers = [TurnServer(self.network, self.folder), Broker(self.network, self.folder)]
        self.options = ['--path=turn', *self.servers[0].options]
        self.open_ends(self.servers[1])
