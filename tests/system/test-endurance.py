#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large and slow things: 200 MB by scp, a path that is replaced on the way, a reader that stops."""
import getpass, hashlib, os, pathlib, signal, socket, threading, time

from mmptest import *

SIZE = 200_000_000
MEMORY_MAX = 64 * 1024  # KiB


def large_file (path):
    """Pseudo-random bytes, so that nothing on the way can shrink them; returns their hash."""
    digest = hashlib.sha256 ()
    block = os.urandom (1 << 20)
    with open (path, 'wb') as file:
        for number in range (0, SIZE, len (block)):
            part = (number.to_bytes (8, 'little') + block[8:])[:SIZE - number]
            digest.update (part)
            file.write (part)
    return digest.hexdigest ()


def hash_of (path):
    with open (path, 'rb') as file:
        return hashlib.file_digest (file, 'sha256').hexdigest ()


def ssh_server (lab):
    """An sshd of our own for this account; returns (port, options for scp)."""
    sshd, keygen = need ('sshd'), need ('ssh-keygen')
    directory = lab.path / 'ssh'
    directory.mkdir (mode=0o700)
    for name in ('host', 'user'):
        assert lab.start (keygen, '-q', '-t', 'ed25519', '-N', '', '-f', directory / name).wait () == 0
    (directory / 'authorized').write_text ((directory / 'user.pub').read_text ())
    port = free_port ()
    (directory / 'config').write_text (
        f'ListenAddress 127.0.0.1:{port}\nHostKey {directory}/host\nPidFile {directory}/pid\nUsePAM no\nStrictModes no\n'
        f'AuthorizedKeysFile {directory}/authorized\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n')
    if os.geteuid () == 0:
        pathlib.Path ('/run/sshd').mkdir (exist_ok=True)
    server = lab.start (sshd, '-D', '-e', '-f', directory / 'config')
    wait_for (lambda: can_connect (port) or server.process.poll () is not None, 'sshd')
    if server.process.poll () is not None:
        raise Skip (f'sshd does not start here: {" ".join (server.errors)}')
    return port, ['-i', directory / 'user', '-o', 'StrictHostKeyChecking=no', '-o', f'UserKnownHostsFile={directory}/known', '-o', 'BatchMode=yes']


@case ('scp-of-200-megabytes')
def scp (lab):
    port, options = ssh_server (lab)
    _, listener, initiator, local = lab.pair (port)
    expected = large_file (lab.path / 'sent')
    copy = lab.start (need ('scp'), '-q', '-P', local, *options, lab.path / 'sent', f'{getpass.getuser ()}@127.0.0.1:{lab.path}/received')
    assert copy.wait (240) == 0, copy.errors
    assert hash_of (lab.path / 'received') == expected
    for program in (listener, initiator):
        print (f'# peak memory {memory_peak (program.pid) // 1024} MiB')


@case ('the-path-is-replaced-ten-times-under-200-megabytes')
def replaced (lab):
    digest, count = hashlib.sha256 (), [0]
    finished = threading.Event ()

    def swallow (connection):
        while part := connection.recv (1 << 16):
            digest.update (part)
            count[0] += len (part)
        connection.sendall (b'done')
        finished.set ()

    _, _, initiator, local = lab.pair (lab.serve (swallow))
    expected = large_file (lab.path / 'sent')
    connection = lab.connect (local)
    initiator.wait_event ('direct')
    seen = initiator.at
    gate = threading.Semaphore (1)

    def send ():
        # A twentieth of the file for each new path, the rest freely: the transfer is under way at every change.
        with open (lab.path / 'sent', 'rb') as file:
            while part := file.read (SIZE // 20):
                if file.tell () <= SIZE * 11 // 20:
                    gate.acquire ()
                connection.sendall (part)
        connection.shutdown (socket.SHUT_WR)

    sender = threading.Thread (target=send, daemon=True)
    sender.start ()
    for _ in range (10):
        initiator.send_signal (signal.SIGHUP)
        gate.release ()
        initiator.wait_event ('direct', after=seen)
        seen = initiator.at
    assert receive_all (connection) == b'done'
    assert count[0] == SIZE
    assert digest.hexdigest () == expected
    generations = [e['generation'] for e in initiator.events if e['event'] == 'direct']
    assert len (generations) >= 11 and generations == sorted (set (generations)), generations


@case ('a-reader-that-stops-for-30-seconds-holds-only-itself')
def slow_reader (lab):
    go = threading.Event ()
    totals = {}

    def service (connection):
        kind = receive (connection, 1)
        if kind == b's':
            go.wait (DEADLINE)
        total = 0
        while part := connection.recv (1 << 16):
            total += len (part)
        totals.setdefault (kind, []).append (total)
        connection.sendall (total.to_bytes (8, 'big'))

    _, listener, initiator, local = lab.pair (lab.serve (service))
    block = os.urandom (1 << 20)
    stalled = lab.connect (local)
    stalled.sendall (b's')
    sent = [0]

    def push ():
        for _ in range (50):
            stalled.sendall (block)
            sent[0] += len (block)
        stalled.shutdown (socket.SHUT_WR)

    pusher = threading.Thread (target=push, daemon=True)
    pusher.start ()

    end = time.monotonic () + 30
    rounds = 0
    while time.monotonic () < end:
        lively = lab.connect (local)
        lively.sendall (b'f')
        for _ in range (8):
            lively.sendall (block)
        lively.shutdown (socket.SHUT_WR)
        assert int.from_bytes (receive (lively, 8), 'big') == 8 << 20
        lively.close ()
        rounds += 1
    held = sent[0]
    print (f'# {rounds * 8} MiB passed beside a reader that stood still; {held >> 20} MiB of its own were taken')
    assert rounds >= 3
    assert held < 50 << 20, 'the sender of a stalled reader was never held back'
    for program in (listener, initiator):
        peak = memory_peak (program.pid)
        print (f'# peak memory {peak // 1024} MiB')
        if 'MMP_TEST_SANITIZED' not in os.environ:
            assert peak < MEMORY_MAX
    go.set ()
    assert int.from_bytes (receive (stalled, 8), 'big') == 50 << 20


run ()
