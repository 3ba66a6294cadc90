#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person hears who cannot see: pages are read out from the accessible tree, and everything that can be used has a name."""
import os, pathlib, re, subprocess, sys, tempfile, traceback

try:
    from people import Atspi, Person, action_names, children, until, walk
except (ImportError, ValueError) as reason:
    print (f'1..0 # SKIP {reason}')
    sys.exit (0)

# What of a state a screen reader says, and what it is without
STATES = [
    (Atspi.StateType.CHECKED, True, 'on'), (Atspi.StateType.PRESSED, True, 'pressed'), (Atspi.StateType.SELECTED, True, 'selected'),
    (Atspi.StateType.EXPANDED, True, 'expanded'), (Atspi.StateType.SENSITIVE, False, 'unavailable'),
]
USABLE = {'button', 'toggle button', 'check box', 'radio button', 'switch', 'text', 'entry', 'password text', 'combo box', 'spin button', 'list item', 'link', 'menu item', 'slider'}


class Reader (Person):
    """Pages that tests/app/app-pages.c shows, and who reads them."""

    def __init__ (self):
        self.name = 'the reader'
        self.home = pathlib.Path (tempfile.mkdtemp (prefix='reader-'))
        self.log = open (self.home / 'log', 'w+')
        self.process = subprocess.Popen ([os.environ['MMP_PAGES']], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.await_ready ()
        self.root = until (self._find, 'the pages on the bus')

    def await_ready (self):
        said = []
        while (line := self.process.stdout.readline ().strip ()) != 'ready':
            assert line, self.errors ()
            said.append (line)
        return said

    def show (self, *what):
        """Returns what the pages say besides."""
        self.process.stdin.write (' '.join (what) + '\n')
        self.process.stdin.flush ()
        return self.await_ready ()

    def leave (self):
        self.process.stdin.close ()
        return self.process.wait (20)


def describe (node):
    """(role, what is said, states): a name, a text, a description, each once"""
    interface = node.get_text_iface ()
    text = Atspi.Text.get_text (interface, 0, -1) if interface else ''
    parts = []
    for part in (node.get_name (), text, node.get_description ()):
        part = (part or '').strip ().replace ('\u00a0', ' ').replace ('\n', ' / ')
        if part and not any (part in other for other in parts):
            parts.append (part)
    states = node.get_state_set ()
    said = [word for state, wanted, word in STATES if states.contains (state) == wanted]
    return node.get_role_name (), ', '.join (parts), said


def is_shown (node):
    return node.get_state_set ().contains (Atspi.StateType.SHOWING)


def repeats (words, other):
    """Whether the other text has these words, as words: the number of a row may be part of a path."""
    return re.search (rf'(?<!\w){re.escape (words)}(?!\w)', other)


def read (node, above=()):
    """Lines in the order of reading. What is inside a thing and only repeats what it is called is not said again."""
    role, words, states = describe (node)
    if words and not any (repeats (words, other) for other in above):
        yield f'{role}: {words}' + ''.join (f' ({s})' for s in states)
        above = (*above, words)
    for child in list (children (node)):
        if is_shown (child):
            yield from read (child, above)


# The page of a connection as it is read out, in four states
SET_UP = [
    'label: Connection',
    'list: Connection',
    'list item: Local Address',
    'label: 127.0.0.1:1884',
    'list item: Other Device',
    'label: XNC2 UDIB 3Z5H VHGS',
    'list item: This Device',
    'label: its fingerprint',
    'list item: Signaling Broker',
    'label: broker.example.org:8883',
]
AUTOSTART = [
    'check box: Start Automatically',
    'label: Start when Message Portal starts',
    'label: Diagnostics',
    'label: Looks what is in the way; tries to reach the other side for a moment',
    'button: Run Checks',
    'list: Diagnostics',
]
READINGS = {
    'stopped': [
        'grouping: To the Office',
        'status bar: Stopped',
        'label: Start it to reach the other device',
        'button: Start',
        *SET_UP, *AUTOSTART,
    ],
    'initiator': [
        'grouping: To the Office',
        'status bar: Connected, direct',
        'label: End-to-end encrypted',
        'button: Stop',
        'grouping: Round-Trip Time',
        'radio button: 1 Min (on) (pressed)',
        'radio button: 10 Min',
        'radio button: 1 h',
        'image: Round-trip time: mean 20 ms, minimum 10 ms, maximum 30 ms, 95th percentile 30 ms, N lost',
        'grouping: Mean: 20 ms',
        'grouping: Minimum: 10 ms',
        'grouping: Maximum: 30 ms',
        'grouping: 95th Percentile: 30 ms',
        'grouping: Lost: N',
        *SET_UP[:5],
        'label: workshop / XNC2 UDIB 3Z5H VHGS',
        *SET_UP[6:],
        'list item: Path',
        'label: Direct, over UDP (host to srflx)',
        'list item: Traffic',
        'label: 1.2 MB sent, 7.7 MB received',
        'list item: Open Connections',
        'label: 1',
        'list item: Running Since',
        'label: just now',
        *AUTOSTART,
    ],
    'failed': [
        'grouping: To the Office',
        'status bar: Needs attention',
        'label: The broker refused the user name or password. Correct them in this connection.',
        'button: Stop',
        'button: Edit…',
        *SET_UP,
        'list item: Traffic',
        'label: 0 bytes sent, 0 bytes received',
        'list item: Open Connections',
        'label: 0',
        'list item: Running Since',
        'label: just now',
        *AUTOSTART,
    ],
    'listener': [
        'grouping: Office Broker',
        'status bar: 2 devices connected',
        'label: End-to-end encrypted',
        'button: Stop',
        'button: Show Code…',
        'grouping: Round-Trip Time',
        'radio button: 1 Min (on) (pressed)',
        'radio button: 10 Min',
        'radio button: 1 h',
        'image: Round-trip time: mean 12 ms, minimum 12 ms, maximum 12 ms, 95th percentile 12 ms, N lost',
        'grouping: Mean: 12 ms',
        'grouping: Minimum: 12 ms',
        'grouping: Maximum: 12 ms',
        'grouping: 95th Percentile: 12 ms',
        'grouping: Lost: N',
        'label: Connected Devices',
        'list: Connected Devices',
        'list item: workshop',
        'label: 2T72 52WE LKSB QJPA / direct · 12 ms',
        'button: Disconnect “workshop”',
        'list item: greenhouse',
        'label: 4KUU 4GDE P7QM MKB2 / through the broker · 48 ms',
        'button: Disconnect “greenhouse”',
        'label: Connection',
        'list: Connection',
        'list item: Shared Service',
        'label: localhost:1883',
        'list item: Signaling Broker',
        'label: broker.example.org:8883',
        'list item: Traffic',
        'label: 4.0 MB sent, 2.0 MB received',
        'list item: Open Connections',
        'label: 0',
        'list item: Running Since',
        'label: just now',
        'combo box: Who May Connect',
        'label: Trusted devices, ask about others',
        *AUTOSTART[:3],
        'label: Looks what is in the way, or could be better',
        *AUTOSTART[4:],
    ],
}
# Every page and dialog
PAGES = ['devices', 'add-device', 'device', 'keys', 'request', 'win.show-code listener', 'win.new-initiator', 'win.new-listener', 'win.edit initiator', 'win.import', 'win.preferences']


def read_page (reader, name):
    """From the page's own name to its menu"""
    reader.root.clear_cache ()
    # Who is not played on loses a round trip each second.
    lines = [re.sub (r'\d+ lost$|(?<=^grouping: Lost: )\d+', lambda m: 'N lost' if 'lost' in m[0] else 'N', line) for line in read (reader.root)]
    # The key pair is made anew each time.
    lines = ['label: its fingerprint' if before == 'list item: This Device' else line for before, line in zip (['', *lines], lines)]
    begin = next ((i for i, line in enumerate (lines) if line == READINGS[name][0]), None)
    end = next ((i for i, line in enumerate (lines) if line == 'button: Connection Menu'), None)
    return lines[begin:end] if begin is not None else lines


def check_reading (reader, name):
    read_now = []

    def is_as_expected ():
        read_now[:] = read_page (reader, name)
        return read_now == READINGS[name]
    reader.show (name)
    try:
        until (is_as_expected, f'“{name}” to be read out', 10)
    except AssertionError:
        for line in read_now:
            print ('# ' + ('  ' if line in READINGS[name] else '! ') + line)
        raise


def has_words (node):
    return bool (describe (node)[1]) or (node.get_role_name () == 'list item' and any (describe (part)[1] for part in walk (node)))


def check_names (reader, what):
    """Everything that can be used says what it is; buttons without a word have a tooltip."""
    reader.show (what)
    nameless = [f'{node.get_role_name ()} in {node.get_parent ().get_role_name ()} “{node.get_parent ().get_name ()}” {action_names (node)}'
                for node in reader.all () if node.get_role_name () in USABLE and not has_words (node)]
    assert not nameless, f'without a name on {what}: {nameless}'
    bare = reader.show ('tooltips')
    assert not bare, f'without a tooltip on {what}: {bare}'
    reader.show ('close')


def check_all (reader):
    check_names (reader, 'close') # the welcome page
    reader.show ('fill')
    for name in READINGS:
        yield f'{name}-is-read-out', lambda: check_reading (reader, name)
    yield 'everything-has-a-name', lambda: [check_names (reader, what) for what in (*READINGS, *PAGES)]


print ('1..5', flush=True)
reader = Reader ()
for number, (name, check) in enumerate (check_all (reader), 1):
    try:
        check ()
        print (f'ok {number} {name}', flush=True)
    except Exception:
        for line in traceback.format_exc ().splitlines ():
            print ('# ' + line)
        print (f'not ok {number} {name}', flush=True)
reader.leave ()
