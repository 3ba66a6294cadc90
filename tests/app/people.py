# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person in front of the app: sees and does what the accessible tree offers. Waits with a deadline, never sleeps for luck."""
import contextlib, os, pathlib, random, shutil, signal, socket, subprocess, tempfile, time, uuid

import gi
gi.require_version ('Atspi', '2.0')
from gi.repository import Atspi, GLib

DEADLINE = float (os.environ.get ('MMP_TEST_DEADLINE', '40'))
CLICKS = ('click', 'toggle', 'activate', 'press', 'row.open')


class Skipped (Exception):
    """It cannot run here; the text says why."""


def pump ():
    context = GLib.MainContext.default ()
    while context.pending ():
        context.iteration (False)


def until (condition, what, deadline=None):
    end = time.monotonic () + (deadline or DEADLINE)
    while True:
        pump ()
        try:
            value = condition ()
        except GLib.Error:
            value = None  # it went away while it was looked at
        if value:
            return value
        if time.monotonic () > end:
            raise AssertionError (f'waited in vain for {what}')
        time.sleep (0.05)


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


def start_broker (folder, port):
    program = shutil.which ('mosquitto') or shutil.which ('mosquitto', path='/usr/sbin')
    if program is None:
        raise Skipped ('mosquitto is not installed')
    config = folder / 'mosquitto.conf'
    config.write_text (f'listener {port} 127.0.0.1\nallow_anonymous true\n')
    process = subprocess.Popen ([program, '-c', config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until (lambda: can_connect (port), 'the broker')
    return process


def keep_profiles (host, port, names=('To Office',), device='RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ', autostart=True):
    """For Person: an account with connections to a device, which is never there if it is not given."""
    def prepare (home):
        folder = home / 'data/message-portal'
        for name in ('profiles', 'secrets'):
            (folder / name).mkdir (parents=True, mode=0o700)
        subprocess.run ([os.environ['MMP'], 'keygen', '-p', home / 'keys'], check=True, stdout=subprocess.DEVNULL)
        public = (home / 'keys/key.public').read_text ().strip ()
        key, broker = str (uuid.uuid4 ()), str (uuid.uuid4 ())
        shutil.copy (home / 'keys/key.private', folder / f'secrets/key-{key}')
        (folder / 'keys.ini').write_text (f'[Keys]\nVersion=1\n[{key}]\nName=This\nPublic={public}\n')
        (folder / 'brokers.ini').write_text (f'[Brokers]\nVersion=1\n[{broker}]\nHost={host}\nPort={port}\nTLS=false\n')
        for name in names:
            (folder / f'profiles/{uuid.uuid4 ()}.profile').write_text (
                f'[Profile]\nVersion=1\nKeyPair={key}\nBroker={broker}\nStun=\nKind=initiator\nName={name}\nAutostart={str (autostart).lower ()}\n'
                f'Device={device}\n[Forward 1]\nName=default\nAddress=127.0.0.1\nPort={free_port ()}\n')
    return prepare


def children (node):
    for i in range (node.get_child_count ()):
        child = node.get_child_at_index (i)
        if child is not None:
            yield child


def walk (node):
    try:
        shown = node.get_state_set ().contains (Atspi.StateType.SHOWING) or node.get_role_name () == 'application'
    except GLib.Error:
        return
    if not shown:
        return
    yield node
    try:
        for child in list (children (node)):
            yield from walk (child)
    except GLib.Error:
        return


def action_names (node):
    interface = node.get_action_iface ()
    return [Atspi.Action.get_action_name (interface, i) for i in range (Atspi.Action.get_n_actions (interface))] if interface else []


def say (node):
    """How a screen reader would begin: the name, or the text."""
    text = node.get_text_iface ()
    return node.get_name () or (Atspi.Text.get_text (text, 0, -1) if text else '') or ''


class Person:
    """One app process with a home of its own."""

    def __init__ (self, name, *arguments, prepare=None, command=()):
        """prepare(home) is called before the app starts; command is what it is started by."""
        self.name = name
        self.home = pathlib.Path (tempfile.mkdtemp (prefix=f'{name}-'))
        environment = dict (os.environ, XDG_DATA_HOME=str (self.home / 'data'), SECRET_FILE_TEST_PATH=str (self.home / 'keyring'),
                            G_DEBUG='fatal-criticals', HOME=str (self.home))
        self.log = open (self.home / 'log', 'w+')
        if prepare:
            prepare (self.home)
        # Each is an app of its own: a second instance would only wake the first.
        self.command = [*command, os.environ['MMP_APP'], '--gapplication-app-id', f'io.github.messageportal.{name}', *arguments]
        self.environment = environment
        self.process = subprocess.Popen (self.command, env=environment, stdout=self.log, stderr=self.log)
        self.root = until (self._find, f'{name} on the bus')

    def _find (self):
        desktop = Atspi.get_desktop (0)
        desktop.clear_cache ()
        for application in children (desktop):
            if application.get_process_id () == self.process.pid and application.get_child_count () > 0:
                return application
        assert self.process.poll () is None, self.errors ()
        return None

    def all (self):
        self.root.clear_cache ()
        return walk (self.root)

    def look (self, name, role=None, part=False):
        for node in self.all ():
            said = say (node)
            if (said == name or (part and name in said)) and (role is None or node.get_role_name () == role):
                return node
        return None

    def see (self, name, role=None, part=False, deadline=None):
        try:
            return until (lambda: self.look (name, role, part), f'“{name}” at {self.name}', deadline)
        except AssertionError:
            print (f'# what {self.name} sees:')
            for line in self.read ():
                print ('#   ' + line)
            print ('# ' + self.errors ().replace ('\n', '\n# '))
            raise

    def click (self, name, role=None, part=False):
        def clicked ():
            node = self.look (name, role, part)
            # The name may be a label's within the button.
            while node is not None and not set (action_names (node)) & set (CLICKS):
                node = node.get_parent ()
            if node is None or not node.get_state_set ().contains (Atspi.StateType.SENSITIVE):
                return False
            names = action_names (node)
            index = next (names.index (c) for c in CLICKS if c in names)
            return Atspi.Action.do_action (node.get_action_iface (), index)
        self.see (name, role, part)
        until (clicked, f'“{name}” to be clicked by {self.name}')

    def do (self, action):
        """An action of the window without a menu, as an assistive tool does it."""
        def done ():
            for node in children (self.root):
                names = action_names (node)
                if action in names:
                    return Atspi.Action.do_action (node.get_action_iface (), names.index (action))
            return False
        until (lambda: (self.root.clear_cache (), done ())[1], f'{action} at {self.name}')

    def get_focus (self):
        """The name of what has the keyboard's focus, or of the first thing above it that has one."""
        node = next ((n for n in self.all () if n.get_state_set ().contains (Atspi.StateType.FOCUSED)), None)
        while node is not None and not say (node):
            node = node.get_parent ()
        return say (node) if node is not None else None

    def do_row (self, title):
        """Opens a row of the list: rows have an action of their own for those who cannot click."""
        self.click (title, role='list item', part=True)

    def type (self, field, text):
        def typed ():
            for node in self.all ():
                editable = node.get_editable_text_iface ()
                if editable and node.get_name () == field:
                    return Atspi.EditableText.set_text_contents (editable, text)
            return False
        until (typed, f'field “{field}” at {self.name}')

    def read (self):
        """What is on the window, read out: a line for each thing that says something."""
        lines = []
        for node in self.all ():
            said = say (node)
            if said and (not lines or lines[-1].partition (': ')[2] != said):
                lines.append (f'{node.get_role_name ()}: {said}')
        return lines

    def leave (self):
        """Quits, as the session's end does."""
        if self.process.poll () is None:
            self.process.send_signal (signal.SIGTERM)
            try:
                self.process.wait (20)
            except subprocess.TimeoutExpired:
                self.process.kill ()
                self.process.wait ()

    def errors (self):
        if not self.log.closed:
            self.log.flush ()
        return (self.home / 'log').read_text ()
