#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the tunnel with plain TCP, socat, ssh -L and aiortc, interleaved, on three paths; itself too, where it goes through a broker or a TURN server. Run by `build-aux/dev bench`."""
import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import threading
import time

import network
import peers
import report

# What is measured on each path: the peers, and how long
OTHERS, OWN = [peers.Tcp, peers.Socat, peers.Ssh], [peers.Mmp, peers.MmpTurn, peers.MmpRelay]
PATHS = {
    'loopback': {'bulk': 3, 'ping': 1, 'first': 50, 'peers': [*OTHERS, peers.Aiortc, *OWN]},
    '50ms': {'rate': 1000, 'rtt': 50, 'bulk': 10, 'ping': 2, 'first': 10, 'peers': [*OTHERS, *OWN]},
    '20mbit': {'rate': 20, 'rtt': 20, 'bulk': 10, 'ping': 2, 'first': 20, 'peers': [*OTHERS, *OWN]},
}
LIMITED_BLOCKS = 24  # of 64 KiB; the more, the less counts what was saved up before
WARM_UP_SECONDS = 2  # of bulk, before the round trips next to it count
N_STREAMS = 1000
N_INITIATORS = 50


def say(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    def __init__(self, options):
        self.options = options
        self.build = pathlib.Path(options.build)
        self.load = self.build / 'tests/bench/mmp-load'
        peers.Mmp.program = self.build / 'src/cli/mmp'
        self.results = {'machine': machine(), 'rounds': options.rounds, 'paths': {}, 'scale': {}, 'skipped': {}}

    def skip(self, what, reason):
        self.results['skipped'][what] = str(reason)
        say(f'skipped: {what}: {reason}')

    def client(self, net, peer, mode, *numbers, timeout=120):
        return json.loads(net.near.run(self.load, mode, peer.address, peer.port, *numbers, timeout=timeout))

    def network_of(self, name):
        settings = PATHS[name]
        program = self.build / 'tests/bench/mmp-path'
        return network.Emulated(program, settings['rate'], settings['rtt']) if 'rate' in settings else network.Loopback(program)

    def serve(self, net):
        port = next(peers.ports)
        return port, net.far.start(self.load, 'serve', '0.0.0.0', port)

    # --- one tunnel on one path, once -----------------------------------------------------------------------------------

    def measure(self, net, peer, settings):
        """Returns {metric: value} in the units of the report, without those that failed."""
        figures = {}
        for part in (self.measure_first, self.measure_idle, self.measure_bulk, self.measure_loaded):
            try:
                figures.update(part(net, peer, settings))
            except RuntimeError as error:
                say(f'  {peer.name}: {error}')
        return figures

    def measure_first(self, net, peer, settings):
        return {'first': self.client(net, peer, 'first', settings['first'])['p50'] / 1e3}

    def measure_idle(self, net, peer, settings):
        return {'idle': self.client(net, peer, 'ping', settings['ping'], 0)['p50'] / 1e3}

    def measure_bulk(self, net, peer, settings):
        cpu = peer.cpu()
        bulk = self.client(net, peer, 'bulk', settings['bulk'])
        cpu = peer.cpu() - cpu
        return {
            'bulk': bulk['bytes'] / bulk['seconds'] / 1e6,
            'cpu': cpu / bulk['bytes'] * 1e9 if peer.processes else None,
        }

    def measure_loaded(self, net, peer, settings):
        sender = threading.Thread(target=self.in_background, args=(net, peer, settings['bulk'] + WARM_UP_SECONDS))
        sender.start()
        time.sleep(WARM_UP_SECONDS)
        try:
            loaded = self.client(net, peer, 'ping', settings['bulk'], 2)
        finally:
            sender.join()
        return {'loaded p50': loaded['p50'] / 1e3, 'loaded p99': loaded['p99'] / 1e3}

    def in_background(self, net, peer, seconds):
        try:
            self.client(net, peer, 'bulk', seconds)
        except RuntimeError as error:
            say(f'  the bulk transfer next to the round trips: {error}')

    # --- one path -------------------------------------------------------------------------------------------------------

    def open_peers(self, name, net, folder, service_port):
        opened = []
        for kind in PATHS[name]['peers']:
            if self.options.peer and kind.name not in self.options.peer:
                continue
            peer = kind(net, service_port, folder)
            try:
                peer.open()
                peer.wait_for(lambda: self.reaches(net, peer), 'echo')
                opened.append(peer)
            except (network.Unavailable, RuntimeError, OSError) as error:
                self.skip(f'{peer.name} on {name}', error)
                peer.close()
        return opened

    def reaches(self, net, peer):
        try:
            return bool(self.client(net, peer, 'first', 1))
        except RuntimeError:
            return False

    def run_path(self, name):
        say(f'{name}:')
        holder, folder = network.scratch()
        with holder, self.network_of(name) as net:
            service_port, service = self.serve(net)
            opened = self.open_peers(name, net, folder, service_port)
            figures = {peer.name: [] for peer in opened}
            try:
                for number in range(self.options.rounds):
                    for peer in opened:
                        say(f'  round {number + 1}: {peer.name}')
                        figures[peer.name].append(self.measure(net, peer, PATHS[name]))
                for peer in opened:
                    for figure in figures[peer.name]:
                        figure['memory'] = peer.peak_memory() or None
            finally:
                for peer in opened:
                    peer.close()
                service.kill()
        self.results['paths'][name] = figures

    # --- the limited relay ---------------------------------------------------------------------------------------------

    def run_limited(self):
        say('limited relay:')
        holder, folder = network.scratch()
        with holder, self.network_of('20mbit') as net:
            service_port, service = self.serve(net)
            peer = peers.MmpLimited(net, service_port, folder)
            try:
                peer.open()
                peer.wait_for(lambda: self.reaches(net, peer), 'echo')
                idle = self.client(net, peer, 'ping', 2, 200)
                bulk = self.client(net, peer, 'bulk', 60, LIMITED_BLOCKS)
                self.results['limited'] = dict(bulk, idle=idle['p50'] / 1e3)
            finally:
                peer.close()
                service.kill()

    # --- many streams, many initiators ----------------------------------------------------------------------------------

    def run_streams(self):
        say(f'{N_STREAMS} streams:')
        holder, folder = network.scratch()
        with holder, self.network_of('loopback') as net:
            service_port, service = self.serve(net)
            peer = peers.Mmp(net, service_port, folder)
            try:
                peer.open()
                self.client(net, peer, 'many', 50, 50)
                before = resources(peer.processes)
                result = self.client(net, peer, 'many', N_STREAMS, 50)
                self.results['scale']['streams'] = dict(result, before=before, after=resources(peer.processes))
            finally:
                peer.close()
                service.kill()

    def run_initiators(self):
        say(f'{N_INITIATORS} initiators:')
        holder, folder = network.scratch()
        with holder, self.network_of('loopback') as net:
            service_port, service = self.serve(net)
            peer = peers.Mmp(net, service_port, folder)
            try:
                begin = time.monotonic()
                peer.open(N_INITIATORS)
                connected = time.monotonic() - begin
                answered = 0
                for port in peer.local_ports:
                    peer.port = port
                    answered += self.reaches(net, peer)
                self.results['scale']['initiators'] = {
                    'count': N_INITIATORS, 'connected seconds': connected, 'answered': answered,
                    'listener': resources([peer.listener]), 'initiators': resources(peer.processes[1:]),
                }
            finally:
                peer.close()
                service.kill()

    def run(self):
        parts = {name: lambda name=name: self.run_path(name) for name in PATHS}
        parts.update(limited=self.run_limited, streams=self.run_streams, initiators=self.run_initiators)
        for name, part in parts.items():
            if self.options.only and name not in self.options.only:
                continue
            try:
                part()
            except (network.Unavailable, RuntimeError, OSError) as error:
                self.skip(name, error)
        return self.results


def resources(processes):
    """Memory now and at its peak in MB, descriptors and threads, summed over processes."""
    pids = [p.pid for p in processes]
    return {
        'memory': sum(peers.status_field(pid, 'VmRSS') for pid in pids) / 1000,
        'peak': sum(peers.status_field(pid, 'VmHWM') for pid in pids) / 1000,
        'fds': sum(map(peers.count_fds, pids)),
        'threads': sum(peers.status_field(pid, 'Threads') for pid in pids),
    }


def machine():
    try:
        rmem_max = int(pathlib.Path('/proc/sys/net/core/rmem_max').read_text())
    except OSError:
        rmem_max = None
    return {'kernel': platform.release(), 'processors': os.cpu_count(), 'load': os.getloadavg()[0], 'net.core.rmem_max': rmem_max}


def main():
    parser = argparse.ArgumentParser(prog='build-aux/dev bench', description=__doc__)
    parser.add_argument('--build', default='_build', help=argparse.SUPPRESS)
    parser.add_argument('--rounds', type=int, default=3, help='how often each is measured (3)')
    parser.add_argument('--only', action='append', choices=[*PATHS, 'limited', 'streams', 'initiators'], help='only this part; may be repeated')
    parser.add_argument('--peer', action='append', choices=[kind.name for kind in PATHS['loopback']['peers']], help='only this tunnel; may be repeated')
    parser.add_argument('--json', metavar='FILE', help='write every figure there, too')
    options = parser.parse_args()
    network.become_root()
    try:
        results = Bench(options).run()
    except KeyboardInterrupt:
        sys.exit(130)
    report.write(results, sys.stdout)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1) + '\n', encoding='utf-8')


main()
