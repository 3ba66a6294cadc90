#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The app on desktops that do less than all for it: background, notifications, second instances, keyrings, shortcuts."""
import os, pathlib, re, subprocess, sys, traceback

try:
    from people import DEADLINE, Atspi, Person, action_names, until
    from gi.repository import Gio, GLib
except (ImportError, ValueError) as reason:
    print (f'1..0 # SKIP {reason}')
    sys.exit (0)

MOCK = 'io.github.messageportal.Mock'
KEY = 'RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ'
TROUBLE = re.compile (r'(Gtk|Gdk|Gsk|Adwaita|Pango|GObject|mmp[\w-]*)-(WARNING|CRITICAL)|exceeds')
bus = Gio.bus_get_sync (Gio.BusType.SESSION)


class Desktop:
    """What mock-desktop.py plays."""

    def __init__ (self, *kinds):
        self.process = subprocess.Popen ([os.environ['MMP_MOCK_DESKTOP'], *kinds])
        until (lambda: self.is_there (MOCK), 'the desktop')

    def is_there (self, name):
        return bus.call_sync ('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameHasOwner',
                              GLib.Variant ('(s)', (name,)), None, Gio.DBusCallFlags.NONE, -1).unpack ()[0]

    def call (self, method, *arguments):
        return bus.call_sync (MOCK, '/mock', MOCK, method, GLib.Variant ('(' + 's' * len (arguments) + ')', arguments), None,
                              Gio.DBusCallFlags.NONE, -1).unpack ()

    def say (self, key, value):
        self.call ('Set', key, value)

    def await_call (self, text):
        return until (lambda: next ((c for c in self.call ('Calls')[0] if text in c), None), f'the desktop to be asked for “{text}”')

    def leave (self):
        self.process.kill ()
        self.process.wait ()
        until (lambda: not self.is_there (MOCK), 'the desktop to go')


def fields (person, title):
    return [n for n in person.all () if n.get_role_name () == 'text' and n.get_editable_text_iface () and n.get_name () == title]


def share (person, start=True):
    """A listener that finds no broker, but tries."""
    person.click ('Share a Service…')
    person.type ('Name', 'Workshop')
    for number, text in enumerate (('127.0.0.1:1883', 'mqtt://127.0.0.1:9')):
        node = until (lambda: len (fields (person, 'Host')) > number and fields (person, 'Host')[number], 'the host')
        assert Atspi.EditableText.set_text_contents (node.get_editable_text_iface (), text)
    person.click ('Add', role='button')
    if start:
        person.see ('Stopped')
        person.click ('Start', role='button')
        person.see ('Stop', role='button')


def switch (person, title):
    """A row with a switch is two things of one name; the inner one can be switched."""
    def switched ():
        for node in person.all ():
            if node.get_name () == title and 'toggle' in action_names (node):
                return Atspi.Action.do_action (node.get_action_iface (), action_names (node).index ('toggle'))
        return False
    until (switched, f'“{title}” to be switched')


def is_hidden (person):
    person.root.clear_cache ()
    return not any (n.get_role_name () == 'frame' for n in person.all ())


def await_end (person):
    until (lambda: person.process.poll () is not None, f'the end of {person.name}')
    assert person.process.returncode == 0, (person.process.returncode, person.errors ())


def start_again (person, *arguments):
    """A second start of the app, which only wakes the first; its exit code."""
    process = subprocess.Popen ([os.environ['MMP_APP'], '--gapplication-app-id', f'io.github.messageportal.{person.name}', *arguments])
    try:
        # Not in one blocking wait: the first one may want an answer from this process meanwhile.
        until (lambda: process.poll () is not None, 'the second start to end', 2 * DEADLINE)
    finally:
        process.kill ()
        process.wait ()
    return process.returncode


def invitation (name):
    return f'mmp:?v=1&r=l&k={KEY}&b=mqtts://broker.example.org:8883&s=default&n={name}'


# --- each with a desktop of its own

def test_goes_on_in_the_background (desktop, person):
    share (person)
    person.click ('Close', role='button')
    until (lambda: is_hidden (person), 'the window to go')
    call = desktop.await_call ('background autostart')
    assert call == 'background autostart=0 message-portal --background', call
    desktop.await_call ('status 1 connection runs')
    desktop.await_call ('notification Message Portal Keeps Running: 1 connection stays up')
    assert person.process.poll () is None
    # Another start brings the window back.
    assert start_again (person) == 0
    person.see ('Workshop', role='label')
    person.click ('Close', role='button')
    until (lambda: is_hidden (person), 'the window to go again')
    desktop.call ('Press', 'Quit')
    await_end (person)


def test_background_is_denied (desktop, person):
    desktop.say ('background', 'no')
    share (person)
    person.click ('Close', role='button')
    person.see ('Stop 1 Connection and Close?')
    person.see ('This desktop does not let Message Portal run without a window', part=True)
    person.click ('Cancel', role='button')
    person.see ('Workshop', role='label')
    person.click ('Close', role='button')
    person.click ('Stop and Close', role='button')
    await_end (person)


def test_no_portals_and_no_notifications (desktop, person):
    share (person)
    person.click ('Close', role='button')
    # Where nobody can be notified, the window itself says it once.
    person.see ('Keep Running?')
    person.see ('1 connection stays up. This desktop does not show apps that run without a window', part=True)
    person.click ('Keep Running', role='button')
    until (lambda: is_hidden (person), 'the window to go')
    assert person.process.poll () is None


def test_login_is_denied (desktop, person):
    desktop.say ('autostart', 'no')
    person.do ('win.preferences')
    switch (person, 'Start at Login')
    desktop.await_call ('background autostart=1')
    person.see ('This desktop does not start Message Portal at login')


def test_links_are_forwarded (desktop, person):
    def follow (name):
        return start_again (person, invitation (name))
    assert follow ('Office') == 0
    person.see ('Review Invitation')
    assert [Atspi.Text.get_text (n.get_text_iface (), 0, -1) for n in fields (person, 'Name')] == ['Office']
    assert follow ('Attic') == 0 and follow ('Attic') == 0
    person.click ('Close', role='button')
    until (lambda: [Atspi.Text.get_text (n.get_text_iface (), 0, -1) for n in fields (person, 'Name')] == ['Attic'], 'the second link')
    person.click ('Close', role='button')
    until (lambda: not person.look ('Review Invitation'), 'no third')
    # Nothing was added, nothing was started.
    assert not list ((person.home / 'data/message-portal').glob ('profiles/*')), 'a link added something'


def test_keyring_is_locked (desktop, person):
    share (person, start=False)
    person.see ('Stopped')
    desktop.say ('locked', 'yes')
    desktop.say ('unlock', 'cancel')
    person.click ('Start', role='button')
    person.see ('Keys are locked')
    person.see ('Unlock your keyring', part=True)
    desktop.say ('unlock', 'yes')
    person.click ('Unlock', role='button')
    person.see ('Stop', role='button')
    desktop.await_call ('unlock')


def test_keyring_is_missing (desktop, person):
    share (person, start=False)
    person.see ('Keys Cannot Be Stored')
    person.click ('Store in Files', role='button')
    person.see ('Workshop', role='label')
    folder = person.home / 'data/message-portal/secrets'
    assert folder.is_dir () and folder.stat ().st_mode & 0o77 == 0


CASES = [
    (test_goes_on_in_the_background, ('portals', 'notifications'), {}),
    (test_background_is_denied, ('portals', 'notifications'), {}),
    (test_no_portals_and_no_notifications, (), {}),
    (test_login_is_denied, ('portals',), {}),
    (test_links_are_forwarded, (), {}),
    (test_keyring_is_locked, ('secrets',), {'SECRET_BACKEND': None}),
    (test_keyring_is_missing, (), {'SECRET_BACKEND': None}),
]


def run (number, test, kinds, changes):
    name = test.__name__.removeprefix ('test_').replace ('_', '-')
    kept = dict (os.environ)
    for key, value in changes.items ():
        os.environ.pop (key, None) if value is None else os.environ.update ({key: value})
    desktop = Desktop (*kinds)
    person = None
    try:
        person = Person (f'Carla{number}')
        test (desktop, person)
        person.leave ()
        assert not TROUBLE.search (person.errors ()), person.errors ()
        print (f'ok {number} {name}', flush=True)
    except Exception:
        for line in traceback.format_exc ().splitlines ():
            print ('# ' + line)
        print (f'not ok {number} {name}', flush=True)
    finally:
        if person is not None:
            person.leave ()
        desktop.leave ()
        os.environ.clear ()
        os.environ.update (kept)


wanted = [case for case in CASES if len (sys.argv) < 2 or sys.argv[1] in case[0].__name__]
print (f'1..{len (wanted)}', flush=True)
for i, case in enumerate (wanted, 1):
    run (i, *case)
