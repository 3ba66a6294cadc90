# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody in front of the headless mutter has: a keyboard whose keys are really pressed, and eyes that keep pictures."""
import os, pathlib, shutil, subprocess

from gi.repository import Gio, GLib
from people import Skipped, until

MUTTER = 'org.gnome.Mutter.'
bus = Gio.bus_get_sync (Gio.BusType.SESSION)  # sessions end with the connection that opened them
KEYS = {
    'Control': 0xffe3, 'Shift': 0xffe1, 'Alt': 0xffe9, 'Super': 0xffeb, 'Return': 0xff0d, 'Escape': 0xff1b, 'Tab': 0xff09, 'Delete': 0xffff,
    'Left': 0xff51, 'Up': 0xff52, 'Right': 0xff53, 'Down': 0xff54, 'F1': 0xffbe, 'F2': 0xffbf, 'F10': 0xffc7, 'comma': 0x2c, 'question': 0x3f, 'space': 0x20,
}


def call (name, path, interface, method, arguments=None):
    return bus.call_sync (MUTTER + name, path, MUTTER + interface, method, arguments, None, Gio.DBusCallFlags.NONE, 10000).unpack ()


def open_session (name, *arguments):
    return call (name, f'/org/gnome/Mutter/{name}', name, 'CreateSession', *arguments)[0]


class Keyboard:
    """The seat's only one. Keys go to the window that has the focus, as on a desktop."""

    def __init__ (self):
        self.session = open_session ('RemoteDesktop')
        self._call ('Start')

    def _call (self, method, arguments=None):
        call ('RemoteDesktop', self.session, 'RemoteDesktop.Session', method, arguments)

    def press (self, keys):
        """`Control+Shift+v`: pressed in this order, let go in the other."""
        symbols = [KEYS.get (key) or ord (key) for key in keys.split ('+')]
        for symbol in symbols:
            self._call ('NotifyKeyboardKeysym', GLib.Variant ('(ub)', (symbol, True)))
        for symbol in reversed (symbols):
            self._call ('NotifyKeyboardKeysym', GLib.Variant ('(ub)', (symbol, False)))


class Eyes:
    """Pictures of the whole screen, by way of the display's own screen cast: what the display shows, menus and all."""

    def __init__ (self, folder):
        self.folder = pathlib.Path (folder)
        self.folder.mkdir (parents=True, exist_ok=True)
        self.n = 0
        self.processes = []
        for program in ('pipewire', 'wireplumber', 'gst-launch-1.0'):
            if shutil.which (program) is None:
                raise Skipped (f'pictures need {program}')
        self._run ('pipewire')
        until (lambda: (pathlib.Path (os.environ['XDG_RUNTIME_DIR']) / 'pipewire-0').exists (), 'PipeWire')
        self._run ('wireplumber')

    def _run (self, *command):
        self.processes.append (subprocess.Popen (command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def keep (self, name):
        """FOLDER/NUMBER-NAME.png"""
        self.n += 1
        path = self.folder / f'{self.n:02}-{name}.png'
        nodes = []
        session = open_session ('ScreenCast', GLib.Variant ('(a{sv})', ({},)))
        stream = call ('ScreenCast', session, 'ScreenCast.Session', 'RecordMonitor', GLib.Variant ('(sa{sv})', ('', {})))[0]
        told = bus.signal_subscribe (None, MUTTER + 'ScreenCast.Stream', 'PipeWireStreamAdded', stream, None, Gio.DBusSignalFlags.NONE,
                                     lambda *said: nodes.append (said[5].unpack ()[0]))
        call ('ScreenCast', session, 'ScreenCast.Session', 'Start')
        node = until (lambda: nodes and nodes[0], 'the screen cast')
        subprocess.run (['gst-launch-1.0', '-q', 'pipewiresrc', f'path={node}', 'num-buffers=1', '!', 'videoconvert', '!', 'pngenc', 'snapshot=true', '!',
                         'filesink', f'location={path}'], check=True, timeout=60, stdout=subprocess.DEVNULL)
        bus.signal_unsubscribe (told)
        call ('ScreenCast', session, 'ScreenCast.Session', 'Stop')

    def leave (self):
        for process in reversed (self.processes):
            process.kill ()
            process.wait ()
