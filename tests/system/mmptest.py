# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the system tests share: the programs as a person runs them, real brokers, real sockets, and waits with deadlines.

A test file decorates its cases with @case ("what-holds") and ends with run (). The output is TAP. Everything a case
starts lives in its Lab and ends with it, by process id.
"""
import contextlib, json, os, pathlib, queue, random, shutil, signal, socket, subprocess, sys, tempfile, threading, time, traceback

MMP = os.environ.get('MMP', 'mmp')
DEADLINE = float(os.environ.get('MMP_TEST_DEADLINE', '60'))
cases = []


class Skip (Exception):
    """This machine cannot run the case; the text says why."""


def case (name):
    def register (function):
        cases.append ((name, function))
        return function
    return register


def run (make=None):
    """Runs the cases that the command line names, or all; `make` () returns the Lab of one."""
    wanted = sys.argv[1:]
    chosen = [c for c in cases if not wanted or c[0] in wanted]
    failed = False
    print (f'1..{len (chosen)}', flush=True)
    for number, (name, function) in enumerate (chosen, 1):
        begin = time.monotonic ()
        with (make or Lab) () as lab:
            try:
                function (lab)
                verdict = f'ok {number} {name}'
            except Skip as reason:
                verdict = f'ok {number} {name} # SKIP {reason}'
            except Exception:
                failed = True
                for line in traceback.format_exc ().splitlines () + lab.logs ():
                    print ('# ' + line)
                verdict = f'not ok {number} {name}'
        print (verdict)
        print (f'# {time.monotonic () - begin:.1f} s', flush=True)
    sys.exit (failed)


def need (program):
    """The path of a program of another package, or the case is skipped."""
    path = shutil.which (program) or shutil.which (program, path='/usr/sbin:/sbin')
    if path is None:
        raise Skip (f'{program} is not installed')
    return path


def wait_for (condition, what, deadline=None):
    """Waits until condition () is true and returns what it returned."""
    end = time.monotonic () + (deadline or DEADLINE)
    while True:
        value = condition ()
        if value:
            return value
        if time.monotonic () > end:
            raise AssertionError (f'waited in vain for {what}')
        time.sleep (0.01)


def free_port ():
    """A port below those that the system gives to others, who could take it before it is used."""
    while True:
        port = random.randrange (20000, 32768)
        with socket.socket () as s, contextlib.suppress (OSError):
            s.bind (('127.0.0.1', port))
            return port


def can_connect (port):
    with socket.socket () as s:
        s.settimeout (1)
        return s.connect_ex (('127.0.0.1', port)) == 0


def memory_peak (pid):
    """Peak resident memory of a process in KiB."""
    for line in pathlib.Path (f'/proc/{pid}/status').read_text ().splitlines ():
        if line.startswith ('VmHWM:'):
            return int (line.split ()[1])
    raise AssertionError (f'process {pid} is gone')


class Program:
    """A running program; its lines of output as they come, and JSON events where it prints them."""

    def __init__ (self, argv, **options):
        self.argv = [str (a) for a in argv]
        self.lines, self.errors, self.events = [], [], []
        self.news = threading.Condition ()
        self.process = subprocess.Popen (self.argv, stdin=options.pop ('stdin', subprocess.DEVNULL),
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
        self.threads = [threading.Thread (target=self._read, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.errors))]
        for thread in self.threads:
            thread.start ()

    pid = property (lambda self: self.process.pid)

    def _read (self, stream, into):
        for line in stream:
            # What a sanitizer says of fibers is not the program's.
            if "ASan doesn't fully support makecontext" in line:
                continue
            with self.news:
                into.append (line.rstrip ('\n'))
                if into is self.lines and line.startswith ('{'):
                    self.events.append ({**json.loads (line), '_at': time.monotonic ()})
                self.news.notify_all ()

    def wait_event (self, event, after=0, deadline=None, **fields):
        """The first event of this name with these fields, from number `after` on; the number behind it is in self.at."""
        def found ():
            for number, e in enumerate (self.events[after:], after):
                if e['event'] == event and all (e.get (k) == v for k, v in fields.items ()):
                    self.at = number + 1
                    return e
            if self.process.poll () is not None:
                raise AssertionError (f'{self.argv[1]} ended with {self.process.returncode} before {event} {fields}')
            return None
        return wait_for (found, f'{event} {fields} of {" ".join (self.argv[:2])}', deadline)

    def send_signal (self, number):
        self.process.send_signal (number)

    def stop (self, number=signal.SIGTERM, deadline=15):
        """Ends it and returns its exit code."""
        if self.process.poll () is None:
            self.process.send_signal (number)
        return self.wait (deadline)

    def wait (self, deadline=None):
        try:
            code = self.process.wait (deadline or DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill ()
            self.process.wait ()
            raise AssertionError (f'{" ".join (self.argv)} did not end')
        for thread in self.threads:
            thread.join (5)
        return code


class Lab:
    """One case's directory, processes and open things."""

    def __init__ (self):
        self.stack = contextlib.ExitStack ()
        self.programs = []

    def __enter__ (self):
        self.path = pathlib.Path (self.stack.enter_context (tempfile.TemporaryDirectory (prefix='mmp-system-')))
        (self.path / 'data').mkdir ()
        self.environment = dict (os.environ, XDG_DATA_HOME=str (self.path / 'data'), HOME=str (self.path))
        return self

    def __exit__ (self, *_):
        for program in reversed (self.programs):
            if program.process.poll () is None:
                program.process.kill ()
                program.process.wait ()
        self.stack.close ()

    def logs (self):
        return [f'{p.argv[0].rsplit ("/", 1)[-1]} {" ".join (p.argv[1:2])} | {line}'
                for p in self.programs for line in (p.lines + p.errors)[-25:]]

    def start (self, *argv, **options):
        program = Program (argv, env=dict (self.environment, **options.pop ('env', {})), **options)
        self.programs.append (program)
        return program

    def broker (self, port=None, lines=()):
        """A real mosquitto on loopback; returns (program, port)."""
        port = port or free_port ()
        config = self.path / f'mosquitto-{port}.conf'
        config.write_text (f'listener {port} 127.0.0.1\nallow_anonymous true\n' + ''.join (line + '\n' for line in lines))
        program = self.start (need ('mosquitto'), '-c', config)
        wait_for (lambda: can_connect (port), f'mosquitto on port {port}')
        return program, port

    def mmp (self, *argv, **options):
        # Nothing of a test leaves this machine, not even a question for its own address.
        alone = ['--no-stun'] if argv and argv[0] in ('listener', 'initiator') and '--help' not in argv else []
        return self.start (MMP, *argv, *alone, **options)

    def keys (self, name):
        """A key pair of its own directory; returns (path of the private key, text of the public one)."""
        directory = self.path / name
        directory.mkdir ()
        assert self.mmp ('keygen', '-p', directory).wait () == 0
        return directory / 'key.private', (directory / 'key.public').read_text ().strip ()

    def listener (self, broker, service, key, trusted, *more, **options):
        """A listener that is ready; `trusted` is a list of public keys."""
        path = self.path / f'trusted-{len (self.programs)}'
        path.write_text (''.join (k + '\n' for k in trusted))
        program = self.mmp ('listener', '127.0.0.1', broker, '127.0.0.1', service, key, '-i', path, '--notls', '--json', *more, **options)
        program.wait_event ('state', state='waiting')
        return program

    def initiator (self, broker, port, listener, key=None, *more, path='direct-udp', **options):
        """An initiator; with `path` it is waited for until it is connected that way and its port is open."""
        keys = ['-pk', key] if key else []
        program = self.mmp ('initiator', '127.0.0.1', broker, '127.0.0.1', port, listener, '--notls', '--json', *keys, *more, **options)
        if path:
            program.wait_event ('state', state='connected', path=path)
            program.wait_event ('ready')
        return program

    def pair (self, service, *more):
        """Broker, listener and initiator of one service port; returns (broker port, listener, initiator, local port)."""
        _, broker = self.broker ()
        listener_key, listener_text = self.keys ('listener')
        initiator_key, initiator_text = self.keys ('initiator')
        local = free_port ()
        listener = self.listener (broker, service, listener_key, [initiator_text], *more)
        return broker, listener, self.initiator (broker, local, listener_text, initiator_key, *more), local

    def serve (self, handler, address='127.0.0.1', port=0):
        """A TCP service: handler (socket) runs in a thread for each connection; returns its port."""
        server = socket.create_server ((address, port), backlog=512)
        self.stack.callback (server.close)
        self.stack.callback (server.shutdown, socket.SHUT_RDWR)  # or it would stay until a waiting accept () returns

        def loop ():
            while True:
                try:
                    connection, _ = server.accept ()
                except OSError:
                    return
                threading.Thread (target=guarded, args=(connection,), daemon=True).start ()

        def guarded (connection):
            with connection, contextlib.suppress (OSError):
                handler (connection)

        threading.Thread (target=loop, daemon=True).start ()
        return server.getsockname ()[1]

    def connect (self, port, address='127.0.0.1'):
        connection = socket.create_connection ((address, port), timeout=DEADLINE)
        self.stack.callback (connection.close)
        return connection


def receive_all (connection):
    """Everything until the other side has finished sending."""
    parts = []
    while part := connection.recv (1 << 16):
        parts.append (part)
    return b''.join (parts)


def receive (connection, size):
    parts = bytearray ()
    while len (parts) < size:
        part = connection.recv (size - len (parts))
        if not part:
            raise AssertionError (f'the connection ended after {len (parts)} of {size} bytes')
        parts += part
    return bytes (parts)


def echo (connection):
    while part := connection.recv (1 << 16):
        connection.sendall (part)


def in_threads (function, arguments):
    """Runs function (argument) for all at once; the first failure is raised."""
    failures = queue.SimpleQueue ()

    def guarded (argument):
        try:
            function (argument)
        except BaseException as failure:
            failures.put (failure)

    threads = [threading.Thread (target=guarded, args=(a,), daemon=True) for a in arguments]
    for thread in threads:
        thread.start ()
    end = time.monotonic () + 2 * DEADLINE
    for thread in threads:
        thread.join (max (0, end - time.monotonic ()))
        if thread.is_alive ():
            raise AssertionError ('a connection did not end in time')
    if not failures.empty ():
        raise failures.get ()
