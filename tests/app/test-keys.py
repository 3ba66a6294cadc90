#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The app by its keyboard alone: each shortcut is really pressed, and does what the window of shortcuts says. However it ends,
the other side (an `mmp listener`) is told."""
import json, os, pathlib, shutil, subprocess, sys, tempfile, threading, traceback

try:
    from people import Atspi, Person, Skipped, free_port, keep_profiles, start_broker, until
    from seat import Keyboard
except (ImportError, ValueError) as reason:
    print (f'1..0 # SKIP {reason}')
    sys.exit (0)


class Listener:
    """The other side; what it says."""

    def __init__ (self, folder, port):
        subprocess.run ([os.environ['MMP'], 'keygen', '-p', folder], check=True, stdout=subprocess.DEVNULL)
        self.key = (folder / 'key.public').read_text ().strip ()
        self.process = subprocess.Popen ([os.environ['MMP'], 'listener', '--notls', '--trust-anyone', '--no-stun', '--json', '127.0.0.1', str (port), '127.0.0.1', '9',
                                          folder / 'key.private'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.events = []
        threading.Thread (target=lambda: self.events.extend (map (json.loads, self.process.stdout)), daemon=True).start ()

    def await_goodbye (self):
        """What a stall would do is never said: the device went by itself."""
        until (lambda: any (event['event'] == 'gone' for event in self.events), f'the goodbye; {self.events}', 8)
        assert not any (event.get ('state') == 'reconnecting' for event in self.events), self.events
        self.events.clear ()


def is_selected (person, title):
    return any (n.get_role_name () == 'list item' and title in n.get_name () and n.get_state_set ().contains (Atspi.StateType.SELECTED) for n in person.all ())


def has_role (person, role):
    return any (n.get_role_name () == role for n in person.all ())


def open_and_close (person, keyboard, keys, seen):
    keyboard.press (keys)
    person.see (seen)
    keyboard.press ('Escape')
    until (lambda: not person.look (seen), f'{keys} to be taken back')


def walk_by_tab (person, keyboard, wanted):
    """From top to bottom"""
    for title in wanted:
        passed = []
        def found ():
            focus = person.get_focus () or ''
            if title in focus:
                return True
            passed.append (focus)
            assert len (passed) < 40, passed
            keyboard.press ('Tab')
            return False
        until (found, f'the focus on {title}, not on {passed}')


def press_all (folder, port, listener):
    keyboard = Keyboard ()  # first, so that the window finds one
    person = Person ('Frida', prepare=keep_profiles ('127.0.0.1', port, ('To Attic', 'To Office'), listener.key, False))
    try:
        until (lambda: is_selected (person, 'To Attic'), 'the first connection')
        # Nothing says when the first key arrives.
        until (lambda: not is_selected (person, 'To Attic') or keyboard.press ('Alt+Down'), 'the next connection')
        until (lambda: is_selected (person, 'To Attic') or keyboard.press ('Alt+Up'), 'the connection before')
        open_and_close (person, keyboard, 'Control+n', 'Public Key or Invitation')
        open_and_close (person, keyboard, 'F2', 'Save')
        open_and_close (person, keyboard, 'Control+d', 'Your Code')
        open_and_close (person, keyboard, 'Control+comma', 'Preferences')
        keyboard.press ('F10')
        until (lambda: has_role (person, 'menu item'), 'the menu')
        keyboard.press ('Escape')
        until (lambda: not has_role (person, 'menu item'), 'no menu')
        if not shutil.which ('yelp'):  # which would come and stay
            keyboard.press ('F1')
            person.see ('There is no help viewer. Install Yelp and try again.')
        keyboard.press ('Control+f')
        until (lambda: any (n.get_editable_text_iface () and n.get_state_set ().contains (Atspi.StateType.FOCUSED) for n in person.all ()), 'the search')
        keyboard.press ('x')
        person.see ('No Results Found')
        keyboard.press ('Escape')
        until (lambda: is_selected (person, 'To Attic'), 'all connections')
        keyboard.press ('Control+Delete')
        person.see ('“To Attic” deleted')
        person.click ('Undo', role='button')
        person.see ('To Attic', part=True)
        keyboard.press ('Control+Return')
        person.see ('Connected', part=True)
        walk_by_tab (person, keyboard, ['Connection Menu', 'Stop', 'Local Address', 'Start Automatically', 'Run Checks'])
        keyboard.press ('Control+w')
        person.see ('Keep Running?')
        keyboard.press ('Escape')
        until (lambda: not person.look ('Keep Running?'), 'the window to stay')
        keyboard.press ('Control+q')
        person.see ('Stop 1 Connection and Quit?')
        person.click ('Stop and Quit', role='button')
        listener.await_goodbye ()
        until (lambda: person.process.poll () is not None, 'the end')
        assert person.process.returncode == 0, person.errors ()
    finally:
        person.leave ()


def session_ends (folder, port, listener):
    person = Person ('Georg', prepare=keep_profiles ('127.0.0.1', port, device=listener.key))
    person.see ('Connected', part=True)
    person.leave ()
    listener.await_goodbye ()
    assert person.process.returncode == 0, (person.process.returncode, person.errors ())


def run (number, case):
    name = case.__name__.replace ('_', '-')
    with tempfile.TemporaryDirectory () as folder:
        folder = pathlib.Path (folder)
        processes = []
        try:
            port = free_port ()
            processes.append (start_broker (folder, port))
            listener = Listener (folder, port)
            processes.append (listener.process)
            case (folder, port, listener)
            print (f'ok {number} {name}', flush=True)
        except Skipped as reason:
            print (f'ok {number} {name} # SKIP {reason}', flush=True)
        except Exception:
            for line in traceback.format_exc ().splitlines ():
                print ('# ' + line)
            print (f'not ok {number} {name}', flush=True)
        finally:
            for process in processes:
                process.kill ()
                process.wait ()


print ('1..2', flush=True)
for number, case in enumerate ((press_all, session_ends), 1):
    run (number, case)
