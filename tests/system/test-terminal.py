#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""mmp on a terminal: it asks about strangers, draws QR codes, and ends when the terminal is closed."""
import contextlib, fcntl, os, pty, select, subprocess, termios, threading

from mmptest import *

BLOCKS = {' ': (0, 0), '▀': (1, 0), '▄': (0, 1), '█': (1, 1)}  # upper and lower half


class Terminal:
    """A program with a terminal of its own, and what it shows there."""

    def __init__ (self, lab, *argv):
        self.master, slave = pty.openpty ()
        self.text = ''
        self.process = subprocess.Popen ([str (a) for a in argv], stdin=slave, stdout=slave, stderr=slave, env=lab.environment,
                                         start_new_session=True, preexec_fn=lambda: fcntl.ioctl (0, termios.TIOCSCTTY, 0))
        os.close (slave)
        lab.stack.callback (self.end)
        self.open = True
        self.reader = threading.Thread (target=self.read, daemon=True)
        self.reader.start ()

    def read (self):
        # A terminal whose program has ended is an error to read from.
        with contextlib.suppress (OSError):
            while self.open:
                if select.select ([self.master], [], [], 0.05)[0]:
                    self.text += os.read (self.master, 4096).decode (errors='replace')

    def close (self):
        """Closes it under the program, as closing a window does. While it is read from it would stay."""
        self.open = False
        self.reader.join ()
        os.close (self.master)

    def wait_text (self, text, times=1):
        wait_for (lambda: self.text.count (text) >= times or self.process.poll () is not None, f'“{text}”')
        assert self.text.count (text) >= times, self.text

    def type (self, text):
        os.write (self.master, text.encode ())

    def end (self):
        if self.process.poll () is None:
            self.process.kill ()
            self.process.wait ()


def ask (lab):
    """A listener on a terminal, and a stranger about whom it asks; returns (terminal, stranger, local port, its key)."""
    service = lab.serve (lambda c: c.sendall (b'here'))
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    private, public = lab.keys ('stranger')
    terminal = Terminal (lab, MMP, 'listener', '127.0.0.1', broker, '127.0.0.1', service, key, '--notls', '--no-stun')
    terminal.wait_text ('Ready')
    local = free_port ()
    stranger = lab.initiator (broker, local, text, private, path=None)
    terminal.wait_text ('[y]es')
    return terminal, stranger, local, public


def listed (lab):
    program = lab.mmp ('trust', 'list')
    assert program.wait () == 0
    return program.lines


@case ('who-is-let-in-stays-trusted')
def let_in (lab):
    terminal, stranger, local, public = ask (lab)
    stranger.wait_event ('error', code='pending')
    terminal.type ('what?\n')
    terminal.wait_text ('[y]es', times=2)
    terminal.type ('y\n')
    stranger.wait_event ('state', state='connected', path='direct-udp')
    stranger.wait_event ('ready')
    assert receive_all (lab.connect (local)) == b'here'
    assert any ('trusted' in line and public in line for line in listed (lab)), listed (lab)


@case ('not-now-is-told-as-a-refusal-and-leaves-no-trace')
def not_now (lab):
    terminal, stranger, _, _ = ask (lab)
    terminal.type ('n\n')
    assert stranger.wait () == 3, stranger.lines
    assert len (stranger.errors) == 1 and 'said no' in stranger.errors[0], stranger.errors
    assert 'No devices' in listed (lab)[0]


@case ('who-is-blocked-is-told-so-and-never-answered-again')
def blocked (lab):
    terminal, stranger, _, public = ask (lab)
    terminal.type ('b\n')
    assert stranger.wait () == 3, stranger.lines
    assert any ('blocked' in line and public in line for line in listed (lab)), listed (lab)


@case ('a-device-that-is-removed-from-the-list-is-cut-off')
def removed (lab):
    terminal, stranger, local, public = ask (lab)
    terminal.type ('y\n')
    stranger.wait_event ('ready')
    assert lab.mmp ('trust', 'remove', public).wait () == 0
    wait_for (lambda: not can_connect (local), 'the local port to close')
    terminal.wait_text ('went away')


@case ('a-terminal-that-is-closed-ends-the-program')
def closed (lab):
    _, broker = lab.broker ()
    key, _ = lab.keys ('listener')
    terminal = Terminal (lab, MMP, 'listener', '127.0.0.1', broker, '127.0.0.1', '9', key, '--notls', '--no-stun')
    terminal.wait_text ('Ready')
    terminal.close ()
    assert terminal.process.wait (15) == 0


@case ('the-qr-code-says-what-the-line-below-it-says')
def qr_code (lab):
    reader = need ('zbarimg')
    key, text = lab.keys ('listener')
    for options in (['host.example.org', '8883'], ['host.example.org', '1883', '--notls']):
        shown = lab.mmp ('invite', *options, key)
        assert shown.wait () == 0, shown.errors
        uri = next (line for line in shown.lines if line.startswith ('mmp:?'))
        rows = [[BLOCKS[sign] for sign in line] for line in shown.lines[:shown.lines.index (uri)] if line]
        # Drawn is what is light.
        modules = [[255 * half[i] for half in row] for row in rows for i in (0, 1)]
        picture = lab.path / 'code.pgm'
        pixels = bytes (value for row in modules for _ in range (4) for value in row for _ in range (4))
        picture.write_bytes (f'P5 {4 * len (modules[0])} {4 * len (modules)} 255\n'.encode () + pixels)
        read = lab.start (reader, '-q', '--raw', picture)
        assert read.wait () == 0, read.errors
        assert text.rstrip ('=') in read.lines[0] and text.rstrip ('=') in uri, (read.lines, uri)
        assert read.lines[0].startswith ('MMP:1/L/' if '--notls' not in options else 'mmp:?'), read.lines


run ()
