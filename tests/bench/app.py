#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the window: how quickly it opens and scrolls with long lists, how often it draws, whether it grows, and whether it slows a tunnel, compared with `mmp up`. Run by `build-aux/dev bench --app`."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time
import uuid

import network
import peers

HERE = pathlib.Path(__file__).parent
LONG = ('200', '500', '10000')  # profiles, devices, round trips
BULK_SECONDS = 4
WARM_UP_SECONDS = 30  # of a real run, until its memory counts
N_CONNECTIONS = 3


def say(text):
    print(text, flush=True)


# --- on endpoints that are played ---------------------------------------------------------------------------------------


class Played:
    """One part of app-figures after the other, each a process of its own."""

    def __init__(self, options):
        self.program = pathlib.Path(options.build) / 'tests/app/app-figures'
        self.rounds = options.rounds

    def ask(self, *arguments):
        output = subprocess.run([self.program, *arguments], check=True, stdout=subprocess.PIPE, text=True, timeout=900).stdout
        return [json.loads(line) for line in output.splitlines() if line.startswith('{')]

    def run(self):
        self.open()
        say('\nScrolling through 200 connections and 500 devices')
        for figure in self.ask('scroll', *LONG[:2]):
            say(f'  {figure["what"]}: {figure["frames"]} frames, made in {figure["p50"]:.1f} ms (p50), {figure["p99"]:.1f} ms (p99), at most {figure["max"]:.1f} ms; '
                f'{figure["late"]} came more than 25 ms after the one before')
        [figure] = self.ask('redraws')
        say(f'\nThree connections with 20 figures a second each: {figure["per_second"]:.1f} redraws a second (aim: at most 4)')
        self.grow()

    def open(self):
        opened = {}
        for _ in range(self.rounds):
            for name, numbers in (('empty', ('0', '0', '0')), ('one connection', ('1', '0', '1')), ('long lists', LONG)):
                figures = {key: value for part in self.ask('open', *numbers) for key, value in part.items()}
                opened.setdefault(name, []).append((figures['read'], figures['window'], figures['page']))
        say(f'\nOpening, medians of {self.rounds} (aim: under 1,000 ms)')
        sums = {}
        for name, rounds in opened.items():
            read, window, page = (statistics.median(values) for values in zip(*rounds))
            sums[name] = read + window
            say(f'  {name}: files {read:.0f} ms + window {window:.0f} ms = {read + window:.0f} ms; then the page of devices {page:.0f} ms')
        say(f'  long lists ÷ empty {sums["long lists"] / sums["empty"]:.2f}, ÷ one connection {sums["long lists"] / sums["one connection"]:.2f}')

    def grow(self):
        say('\nThree connections, a round trip a second each, fed quickly')
        for figure in self.ask('memory'):
            say(f'  after {figure["second"] // 60:3} min: memory {figure["rss"] / 1000:.1f} MB, heap {figure["heap"] / 1000:.2f} MB')


# --- with a real tunnel -------------------------------------------------------------------------------------------------


class Account:
    """A folder for $XDG_DATA_HOME whose secrets are in files."""

    def __init__(self, folder, program, broker):
        self.home, self.program, self.public = folder, program, []
        self.folder = folder / 'message-portal'
        for name in ('profiles', 'secrets'):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        self.broker_id = str(uuid.uuid4())
        self.keys = []
        (self.folder / 'brokers.ini').write_text(f'[Brokers]\nVersion=1\n[{self.broker_id}]\nHost={broker.address}\nPort={broker.port}\nTLS=false\n')

    def add_key(self):
        folder = self.home / f'pair-{len(self.keys)}'
        subprocess.run([self.program, 'keygen', '-p', folder], check=True, stdout=subprocess.DEVNULL)
        key = str(uuid.uuid4())
        secret = self.folder / 'secrets' / f'key-{key}'
        secret.write_text((folder / 'key.private').read_text())
        secret.chmod(0o600)
        self.keys.append((key, (folder / 'key.public').read_text().strip()))
        (self.folder / 'keys.ini').write_text('[Keys]\nVersion=1\n' + ''.join(f'[{key}]\nName=Pair\nPublic={public}\n' for key, public in self.keys))
        return self.keys[-1]

    def add_profile(self, key, text):
        path = self.folder / 'profiles' / f'{uuid.uuid4()}.profile'
        path.write_text(f'[Profile]\nVersion=1\nKeyPair={key}\nBroker={self.broker_id}\nStun=\nAutostart=true\n{text}')

    def environment(self):
        return dict(os.environ, XDG_DATA_HOME=str(self.home))


class Tunnels(peers.Peer):
    """Three connections of one account to one listener; what runs them is the window or `mmp up`."""
    name = 'tunnels'

    def __init__(self, net, service_port, folder, build):
        super().__init__(net, service_port, folder)
        self.mmp, self.app = build / 'src/cli/mmp', build / 'src/app/message-portal'
        self.broker = peers.Broker(net, self.folder)
        far, self.near = (Account(self.folder / name, self.mmp, self.broker) for name in ('far', 'near'))
        key, public = far.add_key()
        far.add_profile(key, f'Name=Office\nKind=listener\nAccess=anyone\n[Service 1]\nName=default\nAddress=127.0.0.1\nPort={service_port}\n')
        self.local_ports = [next(peers.ports) for _ in range(N_CONNECTIONS)]
        for number, port in enumerate(self.local_ports):
            self.near.add_profile(self.near.add_key()[0], f'Name=To Office {number}\nKind=initiator\nDevice={public}\n[Forward 1]\nName=default\nAddress=127.0.0.1\nPort={port}\n')
        self.start(net.far, self.mmp, 'up', env=far.environment())

    def run(self, with_window, is_reached):
        """Starts it; all its ports lead to the service."""
        command = [self.app] if with_window else [self.mmp, 'up']
        process = self.start(self.network.near, *command, env=self.near.environment())
        for port in self.local_ports:
            self.port = port
            self.wait_for(lambda: is_reached(self), 'echo')
        return process

    def finish(self, process):
        process.terminate()
        process.wait()
        self.processes.remove(process)

    def close(self):
        super().close()
        self.broker.close()


class Real:
    def __init__(self, options):
        self.options = options
        self.build = pathlib.Path(options.build)
        self.load = self.build / 'tests/bench/mmp-load'

    def client(self, net, peer, mode, *numbers):
        return json.loads(net.near.run(self.load, mode, peer.address, peer.port, *numbers))

    def run(self):
        holder, folder = network.scratch()
        with holder, network.Loopback(self.build / 'tests/bench/mmp-path') as net:
            port = next(peers.ports)
            service = net.far.start(self.load, 'serve', '0.0.0.0', port)
            tunnels = Tunnels(net, port, folder, self.build)
            try:
                self.compare(net, tunnels)
                self.watch(net, tunnels)
            finally:
                tunnels.close()
                service.kill()

    def is_reached(self, net, peer):
        try:
            return bool(self.client(net, peer, 'first', 1))
        except RuntimeError:
            return False

    # --- speed ----------------------------------------------------------------------------------------------------------

    def compare(self, net, tunnels):
        figures = {False: [], True: []}
        for _ in range(self.options.rounds):
            for with_window in figures:
                process = tunnels.run(with_window, lambda peer: self.is_reached(net, peer))
                figures[with_window].append(self.measure(net, tunnels))
                tunnels.finish(process)
        say(f'\nA tunnel on this machine, medians of {self.options.rounds}: window open, its graph moving, against `mmp up` with the same profiles')
        for name, unit in (('bulk', 'MB/s'), ('idle p99', 'ms'), ('loaded p50', 'ms'), ('loaded p99', 'ms')):
            window, up = (statistics.median(f[name] for f in figures[kind]) for kind in (True, False))
            say(f'  {name}: {window:.2f} and {up:.2f} {unit}, ratio {window / up:.2f}')

    def measure(self, net, tunnels):
        time.sleep(2)  # until the paths are the best ones
        idle = self.client(net, tunnels, 'ping', 2, 2)
        bulk = self.client(net, tunnels, 'bulk', BULK_SECONDS)
        sender = threading.Thread(target=self.client, args=(net, tunnels, 'bulk', BULK_SECONDS + 1))
        sender.start()
        time.sleep(1)
        loaded = self.client(net, tunnels, 'ping', BULK_SECONDS, 2)
        sender.join()
        return {'bulk': bulk['bytes'] / bulk['seconds'] / 1e6, 'idle p99': idle['p99'] / 1e3,
                'loaded p50': loaded['p50'] / 1e3, 'loaded p99': loaded['p99'] / 1e3}

    # --- memory ---------------------------------------------------------------------------------------------------------

    def watch(self, net, tunnels):
        if self.options.minutes == 0:
            return
        process = tunnels.run(True, lambda peer: self.is_reached(net, peer))
        time.sleep(WARM_UP_SECONDS)
        cpu, begin = peers.cpu_seconds(process.pid), time.monotonic()
        say(f'\nThe window with three real connections, {self.options.minutes} min')
        for minute in range(self.options.minutes + 1):
            time.sleep(max(0, begin + 60 * minute - time.monotonic()))
            assert process.poll() is None, tunnels.last_words()
            say(f'  after {minute:2} min: memory {peers.status_field(process.pid, "VmRSS") / 1000:.1f} MB, descriptors {peers.count_fds(process.pid)}, '
                f'threads {peers.status_field(process.pid, "Threads")}')
        say(f'  processor: {(peers.cpu_seconds(process.pid) - cpu) / (time.monotonic() - begin) * 100:.1f} % of one')
        tunnels.finish(process)


def main():
    parser = argparse.ArgumentParser(prog='build-aux/dev bench --app', description=__doc__)
    parser.add_argument('--build', default='_build', help=argparse.SUPPRESS)
    parser.add_argument('--inside', action='store_true', help=argparse.SUPPRESS)
    parser.add_argument('--rounds', type=int, default=3, help='how often each is measured (3)')
    parser.add_argument('--minutes', type=int, default=5, help='how long the window is watched in the end (5)')
    parser.add_argument('--only', choices=['played', 'real'], help='only what is measured on played endpoints, or with real tunnels')
    options = parser.parse_args()
    network.become_root()
    if not options.inside:
        schemas = {'GSETTINGS_SCHEMA_DIR': str(pathlib.Path(options.build).absolute() / 'data')}
        sys.exit(subprocess.run([HERE.parent / 'app/with-display.sh', sys.executable, *sys.argv, '--inside'], check=False, env=dict(os.environ, **schemas)).returncode)
    if options.only != 'real':
        Played(options).run()
    if options.only != 'played':
        Real(options).run()


main()
