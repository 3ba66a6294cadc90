#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares secure bridges with mosquitto's plain bridge and with a Python client as the thesis had it: messages of QoS 1 from one
private broker over a public one to another. Run by `build-aux/dev bench --bridge`."""
import argparse
import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
SIZES = {20: 20000, 1024: 20000, 65536: 1500}  # bytes: messages
WINDOW = 2000  # messages on their way; few enough for every broker's patience
PYTHON_COUNT = 2000
PASSWORD_COUNT = 2


def say(text):
    print(text, file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_for(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f'waited in vain for {what}')
        time.sleep(0.02)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(('127.0.0.1', port)) == 0


def cpu(process):
    """Processor time that it has used, in seconds."""
    fields = pathlib.Path(f'/proc/{process.pid}/stat').read_text(encoding='ascii').rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def cpu_of_children():
    """Processor time of programs that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Ground:
    """Brokers and programs of one measurement."""

    def __init__(self, build):
        self.mmp, self.load = build / 'src/cli/mmp', build / 'tests/bench/mqtt-load'
        self.processes = []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='mmp-bench-')
        self.path = pathlib.Path(self.folder.name)
        self.key = self.path / 'key'
        self.key.write_bytes(bytes(range(32)))
        self.key.chmod(0o600)
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self.folder.cleanup()

    def start(self, *argv, ready=None):
        process = subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   env={'XDG_DATA_HOME': str(self.path), 'HOME': str(self.path), 'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'})
        self.processes.append(process)
        for line in process.stdout if ready else ():
            if ready in line:
                break
        return process

    def broker(self, *lines):
        port = free_port()
        path = self.path / f'{port}.conf'
        path.write_text('\n'.join([f'listener {port} 127.0.0.1', 'allow_anonymous true', 'max_queued_messages 0', 'log_type none', *lines]) + '\n')
        self.start('mosquitto', '-c', path)
        wait_for(lambda: listens(port), 'a broker')
        return port

    def run(self, source, topic, sink, arrival, count, size, timeout=120):
        found = subprocess.run([self.load, *map(str, (source, topic, sink, arrival, count, size, WINDOW, timeout))], capture_output=True, text=True, check=False)
        return json.loads(found.stdout)

    def latency(self, *where):
        """Of one message after the other."""
        found = subprocess.run([self.load, *map(str, (*where, 500, 1024, 1, 60))], capture_output=True, text=True, check=False)
        return json.loads(found.stdout)


def bridges(public, topic):
    options = ['cleansession false', 'notifications false', 'bridge_protocol_version mqttv50', f'address 127.0.0.1:{public}']
    return [['connection out', f'topic {topic} out 1', 'remote_clientid out', *options], ['connection in', f'topic {topic} in 1', 'remote_clientid in', *options]]


def settle(ground, source, topic, sink, arrival):
    """Until a message gets through, whatever has to connect first."""
    wait_for(lambda: ground.run(source, topic, sink, arrival, 1, 20, 2)['arrived'] == 1, 'a first message')


def plain(ground):
    public = ground.broker()
    out, back = bridges(public, 'load/#')
    return ground.broker(*out), 'load/x', ground.broker(*back), 'load/x'


def longer(ground):
    """As many hops from broker to broker as clients on the private brokers make of it, and nobody who encrypts."""
    public = ground.broker()
    out, back = bridges(public, 'load/#')
    near, far = ground.broker(*out), ground.broker(*back)
    there, here = bridges(near, 'load/#')[0], bridges(far, 'load/#')[1]
    return ground.broker(*there), 'load/x', ground.broker(*here), 'load/x'


def mmp_bridge(ground):
    public, a, b = ground.broker(), ground.broker(), ground.broker()
    for port, way in (a, '--out'), (b, '--in'):
        ground.start(ground.mmp, 'bridge', '--local', f'127.0.0.1:{port}', '--remote', f'127.0.0.1:{public}', '--notls', '--json', '--keyfile', ground.key,
                     '--topics', 'tokens', way, 'load/#', ready='"ready"')
    return a, 'load/x', b, 'load/x'


def clients(ground, start):
    """Clients that encrypt and decrypt on the private brokers, and mosquitto's bridge between: the thesis's deployment."""
    public = ground.broker()
    out, back = bridges(public, 'encrypted/#')
    a, b = ground.broker(*out), ground.broker(*back)
    start(a, 'encrypt', 'load/#')
    start(b, 'decrypt', 'encrypted/#')
    return a, 'load/x', b, 'load/x'


def mmp_clients(ground):
    return clients(ground, lambda port, role, topic: ground.start(
        ground.mmp, 'secure-bridge', role, '127.0.0.1', port, '--notls', '--json', '--keyfile', ground.key, '--s_topics', topic, ready='"ready"'))


def python_clients(ground):
    return clients(ground, lambda port, role, topic: ground.start(
        sys.executable, HERE / 'thesis_client.py', role, port, topic, 'encrypted', ground.key, ready='ready'))


def password_clients(ground):
    return clients(ground, lambda port, role, topic: ground.start(
        sys.executable, HERE / 'thesis_client.py', role, port, topic, 'encrypted', '-p', 'correct horse battery', ready='ready'))


CHAINS = {'mosquitto, plain': plain, 'mosquitto, 5 brokers': longer, 'mmp bridge': mmp_bridge, 'mmp secure-bridge': mmp_clients, 'Python, key file': python_clients}


def measure(build, chain, size, count):
    with Ground(build) as ground:
        where = CHAINS[chain](ground)
        settle(ground, *where)
        # What encrypts and decrypts is started last, where there is something.
        sealers = [] if chain.startswith('mosquitto') else ground.processes[-2:]
        before, all_before = sum(map(cpu, sealers)), sum(map(cpu, ground.processes)) + cpu_of_children()
        found = ground.run(*where, count, size)
        total = sum(map(cpu, ground.processes)) + cpu_of_children() - all_before
        rate = found['arrived'] / found['seconds']
        return {'rate': rate, 'cpu': (sum(map(cpu, sealers)) - before) / count * 1e6, 'total': total / count * 1e6, 'mb': rate * size / 1e6, 'lost': count - found['arrived'], 'latency': ground.latency(*where)['median']}


def measure_password(build):
    with Ground(build) as ground:
        where = password_clients(ground)
        found = ground.run(*where, PASSWORD_COUNT, 1024, 120)
        return found['arrived'] / found['seconds']


def measure_junk(build):
    """Processor time that a message costs which nobody sealed, in microseconds, and what the password costs at the start, in
    seconds."""
    with Ground(build) as ground:
        public, b = ground.broker(), ground.broker()
        password = ground.path / 'password'
        password.write_text('correct horse battery staple\n', encoding='ascii')
        begin = time.monotonic()
        program = ground.start(ground.mmp, 'bridge', '--local', f'127.0.0.1:{b}', '--remote', f'127.0.0.1:{public}', '--notls', '--json', '--password-file', password,
                               '--bridge-id', 'AAAQEAYEAUDAOCAJBIFQYDIOB4', '--in', 'load/#', ready='"ready"')
        start = time.monotonic() - begin
        before = cpu(program)
        topic = 'mmb1/AAAQEAYEAUDAOCAJBIFQYDIOB4'
        ground.run(public, topic, public, topic, 20000, 1024)
        time.sleep(1)
        return (cpu(program) - before) / 20000 * 1e6, before, start


def measure_memory(build):
    """Peak memory of a bridge whose public broker is away, with 10,000 messages of 1 KiB waiting."""
    with Ground(build) as ground:
        a, away = ground.broker(), free_port()
        program = ground.start(ground.mmp, 'bridge', '--local', f'127.0.0.1:{a}', '--remote', f'127.0.0.1:{away}', '--notls', '--json', '--keyfile', ground.key,
                               '--topics', 'tokens', '--out', 'load/#', ready='"online"')
        ground.run(a, 'load/x', a, 'load/x', 12000, 1024)
        for line in program.stdout:
            if '"stats"' in line and json.loads(line)['waiting'] >= 10000:
                break
        status = pathlib.Path(f'/proc/{program.pid}/status').read_text(encoding='ascii')
        return {'waiting': json.loads(line)['waiting'], 'kib': int(status.partition('VmHWM:')[2].split()[0])}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--build', required=True, type=pathlib.Path)
    parser.add_argument('--quick', action='store_true', help='1 KiB only, few messages')
    options = parser.parse_args()
    sizes = {1024: 5000} if options.quick else SIZES

    print(f'{"messages of QoS 1":22} {"bytes":>6} {"per second":>11} {"MB/s":>7} {"median ms":>10} {"CPU us":>7} {"of all":>7} {"lost":>5}')
    rates, costs, totals, latencies = {}, {}, {}, {}
    for size, count in sizes.items():
        for chain in CHAINS:
            python = chain.startswith('Python')
            found = measure(options.build, chain, size, min(count, PYTHON_COUNT if size < 65536 else 300) if python else count)
            totals[chain, size] = found['total']
            rates[chain, size], costs[chain, size], latencies[chain, size] = found['rate'], found['cpu'], found['latency']
            print(f'{chain:22} {size:6} {found["rate"]:11,.0f} {found["mb"]:7.1f} {found["latency"]:10.2f} {found["cpu"]:7.0f} {found["total"]:7.0f} {found["lost"]:5}', flush=True)
    print(f'mmp bridge : mosquitto, 1 KiB      {rates["mmp bridge", 1024] / rates["mosquitto, plain", 1024]:8.2f}  (aim: 0.8)')
    # Where brokers, bridges and load share few processors, this is what decides, and other work on the machine does not disturb it.
    print(f'the same in processor time of all  {totals["mosquitto, plain", 1024] / totals["mmp bridge", 1024]:8.2f}')
    print(f'mmp bridge : Python, 1 KiB         {rates["mmp bridge", 1024] / rates["Python, key file", 1024]:8.1f}  (aim: 20)')
    print(f'secure-bridge : mosquitto, 5 brokers{rates["mmp secure-bridge", 1024] / rates["mosquitto, 5 brokers", 1024]:7.2f}')
    # Nothing that stands between these brokers can be quicker than they are.
    print(f'mosquitto, plain : Python, 1 KiB   {rates["mosquitto, plain", 1024] / rates["Python, key file", 1024]:8.1f}')
    print(f'latency that mmp bridge adds       {latencies["mmp bridge", 1024] - latencies["mosquitto, plain", 1024]:8.2f}  ms, at 1 KiB')
    print(f'Python : mmp bridge, CPU time      {costs["Python, key file", 1024] / costs["mmp bridge", 1024]:8.1f}  (both clients together)')
    junk, start_cpu, start = measure_junk(options.build)
    print(f'a message that nobody sealed       {junk:8.1f}  us of processor time  (aim: 50)')
    print(f'start with a password              {start:8.2f}  s, {start_cpu:.2f} s of processor time  (aim: 1)')
    if not options.quick:
        print(f'Python with a password, 1 KiB      {measure_password(options.build):8.2f}  messages/s')
    memory = measure_memory(options.build)
    print(f'memory of mmp bridge               {memory["kib"] / 1024:8.1f}  MiB with {memory["waiting"]} messages of 1 KiB waiting')


main()
