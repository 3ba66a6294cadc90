#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""try.py IMAGE MMP FOLDER: runs the image with crun as a listener, behind a network of its own, and reaches through it from outside.

The container has a network namespace; the meeting broker, the service and the initiator (MMP, of this machine) are in another one. Nothing else
of the network can be seen from either.
"""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
import time

STATE = '/var/lib/message-portal'
INSIDE, OUTSIDE = '10.77.0.2', '10.77.0.1'
BROKER, SERVICE, LOCAL = 11883, 11007, 11008
MESSAGE = os.urandom(1 << 20)


def run(*argv, **options):
    return subprocess.run([str(a) for a in argv], check=True, **options)


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f'waited {seconds} s for {what}')
        time.sleep(0.05)


def unpack(image, folder):
    """The image's configuration; its one layer becomes FOLDER/rootfs."""
    with tarfile.open(image) as archive:
        def blob(descriptor):
            return archive.extractfile('blobs/' + descriptor['digest'].replace(':', '/'))
        index = json.load(archive.extractfile('index.json'))
        manifest = json.load(blob(index['manifests'][0]))
        config = json.load(blob(manifest['config']))['config']
        with tarfile.open(fileobj=blob(manifest['layers'][0]), mode='r:gz') as layer:
            layer.extractall(folder / 'rootfs', numeric_owner=True, filter='fully_trusted')
    return config


def process(config, argv):
    user, group = (int(n) for n in config['User'].split(':'))
    return {'user': {'uid': user, 'gid': group}, 'args': argv, 'env': config['Env'], 'cwd': config['WorkingDir'], 'noNewPrivileges': True}


def mount(target, kind, options, source=None):
    return {'destination': target, 'type': kind, 'source': source or kind, 'options': options}


def write_bundle(folder, config, argv, state):
    namespaces = [{'type': kind} for kind in ('pid', 'mount', 'ipc', 'uts')]
    bundle = {
        'ociVersion': '1.0.2', 'hostname': 'listener', 'process': process(config, argv), 'root': {'path': 'rootfs', 'readonly': True},
        'mounts': [
            mount('/proc', 'proc', []), mount('/dev', 'tmpfs', ['nosuid', 'mode=755']), mount('/tmp', 'tmpfs', ['nosuid', 'nodev']),
            mount(STATE, 'bind', ['rbind', 'nosuid', 'nodev'], str(state)),
        ],
        'linux': {'namespaces': [*namespaces, {'type': 'network', 'path': '/run/netns/mmp-inside'}]},
    }
    (folder / 'config.json').write_text(json.dumps(bundle))


@contextlib.contextmanager
def networks():
    made = ('mmp-inside', 'mmp-outside')
    for name in made:
        run('ip', 'netns', 'add', name)
        run('ip', '-n', name, 'link', 'set', 'lo', 'up')
    try:
        run('ip', '-n', made[0], 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', made[1])
        for name, address in zip(made, (INSIDE, OUTSIDE)):
            run('ip', '-n', name, 'address', 'add', address + '/24', 'dev', 'eth0')
            run('ip', '-n', name, 'link', 'set', 'eth0', 'up')
        yield
    finally:
        for name in made:
            subprocess.run(['ip', 'netns', 'delete', name], check=False)


def start(stack, *argv, **options):
    child = subprocess.Popen([str(a) for a in argv], **options)
    stack.callback(lambda: (child.poll() is None and child.terminate(), child.wait()))
    return child


def outside(*argv):
    return ('ip', 'netns', 'exec', 'mmp-outside', *argv)


def start_broker(stack, folder):
    (folder / 'broker.conf').write_text(f'listener {BROKER} {OUTSIDE}\nallow_anonymous true\nuser root\nlog_dest none\n')
    return start(stack, *outside('mosquitto', '-c', folder / 'broker.conf'), stderr=subprocess.DEVNULL)


def serve():
    """Everything comes back; runs in a process of its own, in the outside network."""
    def echo(connection):
        with connection:
            while chunk := connection.recv(65536):
                connection.sendall(chunk)
    with socket.create_server((OUTSIDE, SERVICE)) as server:
        while True:
            threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()


def send_through():
    """1 MiB there and back again through the tunnel; runs in a process of its own as well."""
    with socket.create_connection(('127.0.0.1', LOCAL), timeout=60) as connection:
        sender = threading.Thread(target=lambda: (connection.sendall(MESSAGE), connection.shutdown(socket.SHUT_WR)))
        sender.start()
        got = b''
        while chunk := connection.recv(65536):
            got += chunk
        sender.join()
    sys.exit(got != MESSAGE)


def keys(mmp, folder):
    run(mmp, 'keygen', '-p', folder, stdout=subprocess.DEVNULL)
    return (folder / 'key.public').read_text().strip()


def main():
    image, mmp = sys.argv[1:3]
    folder = pathlib.Path(sys.argv[3]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    state = folder / 'state'
    state.mkdir(parents=True)
    config = unpack(image, folder)
    public = keys(mmp, state)
    (state / 'devices').write_text(keys(mmp, folder / 'initiator') + '\n')
    for path in (state, *state.iterdir()):
        os.chown(path, *(int(n) for n in config['User'].split(':')))
    listen = ['listener', OUTSIDE, str(BROKER), OUTSIDE, str(SERVICE), 'key.private', '-i', 'devices', '--notls', '--no-stun', '--json']
    write_bundle(folder, config, [*config['Entrypoint'], *listen], state)
    crun = ('crun', '--cgroup-manager=disabled', '--root', folder / 'crun')

    # Pipes, since crun gives what a process has as its input and outputs to the container's user, /dev/null too.
    def is_healthy():
        check = process(config, config['Healthcheck']['Test'][1:])
        (folder / 'check.json').write_text(json.dumps(check))
        return subprocess.run([*crun, 'exec', '--process', folder / 'check.json', 'mmp-try'], check=False, input=b'', stderr=subprocess.PIPE).returncode == 0

    with networks(), contextlib.ExitStack() as stack:
        start(stack, *outside(sys.executable, __file__, 'serve'))
        broker = start_broker(stack, folder)
        with (folder / 'listener.log').open('w') as log:
            container = start(stack, *crun, 'run', '--bundle', folder, 'mmp-try', stdin=subprocess.PIPE, stdout=log, stderr=log)
        wait_for(lambda: container.poll() is not None or is_healthy(), 'the health check')
        assert container.poll() is None, (folder / 'listener.log').read_text()
        start(stack, *outside(mmp, 'initiator', '-pk', folder / 'initiator/key.private', OUTSIDE, BROKER, '127.0.0.1', LOCAL, public, '--notls', '--no-stun', '--json'),
              stdout=(folder / 'initiator.log').open('w'))
        wait_for(lambda: '"path":"direct-udp"' in (folder / 'initiator.log').read_text(), 'a direct path')
        run(*outside(sys.executable, __file__, 'send'))
        assert 'CRITICAL' not in (folder / 'listener.log').read_text(), (folder / 'listener.log').read_text()
        print('1 MiB went through the container and back, unchanged, directly (UDP)')
        broker.terminate()
        wait_for(lambda: not is_healthy(), 'the health check to fail without a broker')
        start_broker(stack, folder)
        wait_for(is_healthy, 'the health check to pass again')
        print('the health check passes, fails without the broker, and passes again')
        run(*crun, 'kill', 'mmp-try', 'TERM')
        assert container.wait(30) == 0, 'the listener did not end cleanly'
        print('stopped by SIGTERM with 0')


if sys.argv[1:] == ['serve']:
    serve()
elif sys.argv[1:] == ['send']:
    send_through()
else:
    main()
