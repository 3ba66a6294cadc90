# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines of the laboratory: network namespaces with names, in a private set of namespaces that this program was started in.

Nothing of it is visible outside, several laboratories may run at once, and all of it ends with the program.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

RUN = pathlib.Path('/run/netlab')
SPACES = pathlib.Path('/run/netns')
INSIDE = 'NETLAB_INSIDE'
PATIENCE = 10  # seconds, for a program to end
TOOLS = ('unshare', 'nsenter', 'ip', 'nft', 'conntrack', 'mosquitto', 'turnserver', 'openssl')
os.environ['PATH'] += ':/usr/sbin:/sbin'  # where an ordinary user has no ip and no nft


class Unavailable(Exception):
    """This machine cannot hold a laboratory; the text says why."""


def is_inside():
    return os.environ.get(INSIDE) == '1'


def isolation():
    """The arguments that start a program where it may make a laboratory."""
    user = [] if os.geteuid() == 0 else ['--user', '--map-root-user']
    return ['unshare', *user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--', 'env', f'{INSIDE}=1']


# The kernel may know namespaces and yet refuse one of the things that the laboratory is made of.
TRIAL = '''set -e
mount -t tmpfs tmpfs /run; mkdir /run/netns
ip netns add trial; ip link add one type veth peer name two netns trial; ip -n trial link add bridge type bridge
nsenter --net=/run/netns/trial nft -f - <<END
table ip trial {
  set peers { type inet_service . ipv4_addr; flags dynamic,timeout; timeout 120s; }
  chain out { type nat hook postrouting priority srcnat; masquerade fully-random; }
  chain in { type filter hook input priority filter; ct state established accept; }
}
END'''


def check():
    """Raises Unavailable if this machine cannot hold a laboratory."""
    for tool in TOOLS:
        if not shutil.which(tool):
            raise Unavailable(f'{tool} is not installed')
    trial = subprocess.run([*isolation(), 'sh', '-c', TRIAL], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if trial.returncode != 0:
        raise Unavailable(f'the kernel refuses a laboratory: {" ".join(trial.stderr.split())}')


def enter():
    """Starts this program again where it may make a laboratory; returns there only, or raises Unavailable."""
    if is_inside():
        return
    check()
    arguments = [*isolation(), sys.executable, *sys.argv]
    sys.stdout.flush()
    os.execvp(arguments[0], arguments)


def prepare():
    """Makes the folders of a new laboratory, for itself alone."""
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', '/run'], check=True)
    SPACES.mkdir()
    RUN.mkdir(mode=0o755)


class Daemon:
    """A program that runs on after the command that started it, until another one ends it."""

    def __init__(self, name):
        self.name = name
        self.file, self.log = RUN / f'{name}.pid', RUN / f'{name}.log'

    @property
    def is_running(self):
        try:
            stat = pathlib.Path(f'/proc/{int(self.file.read_text())}/stat').read_text(encoding='utf-8')
        except OSError:
            return False
        return stat.rsplit(')', 1)[1].split()[0] != 'Z'

    def start(self, arguments):
        if self.is_running:
            raise RuntimeError(f'{self.name} runs already')
        with open(self.log, 'a', encoding='utf-8') as log:
            process = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=RUN, start_new_session=True)
        self.file.write_text(str(process.pid))

    def end(self):
        """Returns when it is gone."""
        if not self.is_running:
            return
        pid = int(self.file.read_text())
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while self.is_running:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)
        self.file.unlink()

    def wait_until(self, condition):
        """Until condition() is true; raises if the program ends before or takes too long."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if not self.is_running or time.monotonic() > end:
                raise RuntimeError(f'{self.name} does not start: {self.last_words()}')
            time.sleep(0.005)

    def last_words(self):
        return ' / '.join(self.log.read_text(errors='replace').splitlines()[-5:])


class Node:
    """A machine by name; it need not exist yet."""

    def __init__(self, name):
        self.name = name
        self.path = SPACES / name

    def __repr__(self):
        return self.name

    @property
    def exists(self):
        return self.path.exists()

    def create(self):
        subprocess.run(['ip', 'netns', 'add', self.name], check=True)
        self.ip('link set dev lo up')
        # No waiting for doubled addresses. Frames that a bridge passes on are no business of the IP rules.
        self.sysctl({'net/ipv6/conf/all/accept_dad': 0, 'net/ipv6/conf/default/accept_dad': 0,
                     'net/bridge/bridge-nf-call-iptables': 0, 'net/bridge/bridge-nf-call-ip6tables': 0})
        return self

    def remove(self):
        """Ends what runs there, and the machine."""
        if not self.exists:
            return
        pids = subprocess.run(['ip', 'netns', 'pids', self.name], capture_output=True, text=True, check=True).stdout.split()
        for pid in map(int, pids):
            if pid != os.getpid():
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    pass
        subprocess.run(['ip', 'netns', 'delete', self.name], check=True)

    def argv(self, *arguments):
        """The command line that runs a program there, under the same process id."""
        return ['nsenter', f'--net={self.path}', '--', *map(str, arguments)]

    def run(self, *arguments, **options):
        """Runs a program there and returns what it prints; raises if it fails."""
        done = subprocess.run(self.argv(*arguments), capture_output=True, text=True, **options)
        if done.returncode != 0:
            raise RuntimeError(f'{self.name}: {" ".join(map(str, arguments))}: {done.stderr.strip() or done.returncode}')
        return done.stdout

    def ip(self, *commands):
        """Runs `ip` commands there, all in one process; raises at the first that fails."""
        done = subprocess.run(['ip', '-n', self.name, '-batch', '-'], input='\n'.join(commands) + '\n', capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f'{self.name}: {done.stderr.strip()} of: {"; ".join(commands)}')
        return done.stdout

    def nft(self, rules):
        self.run('nft', '-f', '-', input=rules)

    def do(self, function, *arguments):
        """Calls a function in this process whose thread is there. Sockets that it makes stay there."""
        result, failure = [], []

        def there():
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.setns(fd, os.CLONE_NEWNET)
                result.append(function(*arguments))
            except BaseException as error:
                failure.append(error)
            finally:
                os.close(fd)

        thread = threading.Thread(target=there)
        thread.start()
        thread.join()
        if failure:
            raise failure[0]
        return result[0]

    def sysctl(self, settings):
        """Sets what of the names this kernel knows."""
        def write():
            for name, value in settings.items():
                path = pathlib.Path('/proc/sys') / name
                if path.exists():
                    path.write_text(str(value), encoding='ascii')

        self.do(write)

    def cable(self, device, other, other_device):
        """Connects a new device here with a new one there; both are up."""
        self.ip(f'link add {device} type veth peer name {other_device} netns {other.name}', f'link set dev {device} up')
        other.ip(f'link set dev {other_device} up')

    def bridge(self, name):
        self.ip(f'link add name {name} type bridge', f'link set dev {name} up')

    def join(self, bridge, device):
        self.ip(f'link set dev {device} master {bridge}')
