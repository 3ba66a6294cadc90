#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-layers.py [--self-test] ROOT: each folder includes only what src/DESIGN.md allows it to know."""
import pathlib
import re
import sys
import tempfile

import project

# folder of src/engine: the other folders it may include
MAY_INCLUDE = {
    'base': set(),
    'crypto': {'base'},
    'mqtt': {'base'},
    'rtc': {'base'},
    'profile': {'base', 'crypto'},
    'session': {'base', 'crypto', 'mqtt'},
    'link': {'base', 'rtc', 'session'},
    'tunnel': {'base', 'link', 'session'},
    'classic': {'base', 'crypto', 'mqtt', 'rtc', 'session', 'tunnel'},
    'diagnose': {'base', 'crypto', 'mqtt', 'rtc'},
    'rtt': {'base', 'mqtt'},
    'bridge': {'base', 'crypto', 'mqtt'},
    'hub': {'base', 'crypto', 'mqtt', 'rtc', 'profile', 'session', 'link', 'tunnel', 'classic', 'diagnose', 'bridge', 'rtt'},
}
FRONTS = {'cli', 'app'}
WORDS = 'words'  # what the fronts share

# system headers that have a home: (pattern, folders that may include them)
HOMES = [
    (re.compile(r'sodium(\.h|/)'), {'crypto'}),
    (re.compile(r'mosquitto'), {'mqtt'}),
    (re.compile(r'gst/'), {'rtc', 'app'}),
    (re.compile(r'(nice|stun|openssl)/'), {'rtc'}),
    (re.compile(r'json-glib/'), {'session', 'classic', 'rtt', 'hub', 'cli'}),
    (re.compile(r'libsecret/'), {'profile'}),
    (re.compile(r'qrencode'), {'hub', 'app'}),
    (re.compile(r'(gtk|gdk|libportal|libportal-gtk4)/|adwaita|zbar'), {'app'}),
    (re.compile(r'libdex'), set(MAY_INCLUDE)),
]
# of these, what a public header must not draw in
PRIVATE_TO_SOURCES = re.compile(r'sodium(\.h|/)|mosquitto|(gst|nice|stun|openssl)/')

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^">]+)[">]')


def includes(path):
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '<', match.group(2)


def folder_of(path):
    """base … hub, engine (for mmp.h), words, cli, app; None where src has no such place."""
    parts = path.parts[1:]
    if parts[0] in FRONTS or parts[0] == WORDS:
        return parts[0]
    if parts[0] != 'engine' or len(parts) > 3:
        return None
    if len(parts) == 2:
        return 'engine' if parts[1] == 'mmp.h' else None
    return parts[1] if parts[1] in MAY_INCLUDE else None


def check_system_header(folder, header):
    for pattern, homes in HOMES:
        if pattern.match(header) and folder not in homes:
            return f'<{header}> belongs to {", ".join(sorted(homes))}'
    return None


def check_own_header(root, path, folder, header):
    target, slash, _ = header.partition('/')
    if header.startswith('.') or header.startswith('src/'):
        return f'"{header}": write "folder/mmp-x.h"'
    if target == WORDS and folder in {*FRONTS, WORDS}:
        return None
    if folder == WORDS:
        return None if header == 'mmp.h' else f'{folder} may include only mmp.h of the engine, not "{header}"'
    if folder in FRONTS:
        beside = (root / path.parent / header).exists()
        return None if header == 'mmp.h' or beside else f'{folder} may include only mmp.h of the engine, not "{header}"'
    if header == 'mmp.h':
        return 'mmp.h is for those who use the engine, not for the engine'
    if not slash or target not in MAY_INCLUDE:
        return f'"{header}": write "folder/mmp-x.h", with a folder of the engine'
    if folder != 'engine' and target != folder and target not in MAY_INCLUDE[folder]:
        return f'{folder} may not include {target}'
    return None


def headers_below(root, header, seen):
    """All system headers that an engine header draws in, as (header, by whom)."""
    if header in seen:
        return
    seen.add(header)
    path = root / 'src/engine' / header
    if not path.exists():
        return
    for _, is_system, name in includes(path):
        if is_system:
            yield name, header
        else:
            yield from headers_below(root, name, seen)


def check(root):
    """Returns the breaches as lines of text."""
    breaches = []
    for path in project.files(root, '.c', '.h'):
        if path.parts[0] != 'src':
            continue
        folder = folder_of(path)
        if folder is None:
            breaches.append(f'{path}: src has engine/<folder>/, words/, cli/ and app/; this is none of them')
            continue
        for number, is_system, header in includes(root / path):
            problem = check_system_header(folder, header) if is_system else check_own_header(root, path, folder, header)
            if problem:
                breaches.append(f'{path}:{number}: {problem}')
            elif not is_system and folder != header.partition('/')[0]:
                breaches.extend(
                    f'{path}:{number}: "{header}" draws in <{foreign}> (by {by})'
                    for foreign, by in headers_below(root, header, set()) if PRIVATE_TO_SOURCES.match(foreign))
    return breaches


PLANTED = [  # (file, its text, what must be said about it)
    ('src/engine/base/mmp-a.c', '#include "crypto/mmp-b.h"\n', 'base may not include crypto'),
    ('src/engine/crypto/mmp-a.c', '#include "mqtt/mmp-b.h"\n', 'crypto may not include mqtt'),
    ('src/engine/session/mmp-a.c', '#include "link/mmp-b.h"\n', 'session may not include link'),
    ('src/engine/link/mmp-a.c', '#include "mqtt/mmp-b.h"\n', 'link may not include mqtt'),
    ('src/engine/tunnel/mmp-a.c', '#include "rtc/mmp-b.h"\n', 'tunnel may not include rtc'),
    ('src/engine/tunnel/mmp-a.c', '#include <json-glib/json-glib.h>\n', 'belongs to'),
    ('src/engine/rtc/mmp-a.c', '  #  include <sodium.h>\n', 'belongs to crypto'),
    ('src/engine/hub/mmp-a.c', '#include <gst/gst.h>\n', 'belongs to app, rtc'),
    ('src/engine/link/mmp-a.c', '#include <nice/agent.h>\n', 'belongs to rtc'),
    ('src/engine/session/mmp-a.c', '#include <mosquitto.h>\n', 'belongs to mqtt'),
    ('src/engine/hub/mmp-a.c', '#include <gtk/gtk.h>\n', 'belongs to app'),
    ('src/engine/hub/mmp-a.c', '#include "mmp.h"\n', 'for those who use the engine'),
    ('src/engine/hub/mmp-a.c', '#include "mmp-b.h"\n', 'with a folder of the engine'),
    ('src/engine/hub/mmp-a.c', '#include "../base/mmp-b.h"\n', 'write "folder/mmp-x.h"'),
    ('src/engine/extra/mmp-a.c', '\n', 'none of them'),
    ('src/engine/mmp-a.c', '\n', 'none of them'),
    ('src/gui/mmp-a.c', '\n', 'none of them'),
    ('src/cli/mmp-a.c', '#include "tunnel/mmp-b.h"\n', 'only mmp.h'),
    ('src/cli/mmp-a.c', '#include <libdex.h>\n', 'belongs to'),
    ('src/app/mmp-a.c', '#include <libdex.h>\n', 'belongs to'),
    ('src/words/mmp-a.c', '#include "mmp-cli.h"\n', 'words may include only'),
    ('src/words/mmp-a.c', '#include "hub/mmp-h.h"\n', 'words may include only'),
    ('src/engine/hub/mmp-a.c', '#include "words/mmp-w.h"\n', 'with a folder of the engine'),
]


def self_test():
    """Plants each breach in a tree of its own; each must be found, and a tree without one must pass."""
    failures = 0
    clean = {
        'src/engine/mmp.h': '#include <glib.h>\n#include "hub/mmp-h.h"\n',
        'src/engine/hub/mmp-h.h': '#include <libdex.h>\n#include "tunnel/mmp-t.h"\n',
        'src/engine/tunnel/mmp-t.h': '#include <gio/gio.h>\n',
        'src/engine/crypto/mmp-c.h': '#include <glib.h>\n',
        'src/engine/crypto/mmp-c-private.h': '#include <sodium.h>\n',
        'src/engine/crypto/mmp-c.c': '#include "crypto/mmp-c-private.h"\n#include <sodium.h>\n',
        'src/words/mmp-w.h': '#include "mmp.h"\n',
        'src/cli/own.h': '\n',
        'src/cli/main.c': '#include "mmp.h"\n#include "words/mmp-w.h"\n#include "own.h"\n#include <json-glib/json-glib.h>\n',
        'tests/unit/test-a.c': '#include "crypto/mmp-c-private.h"\n#include <gst/gst.h>\n',
    }
    drawn_in = ('src/engine/session/mmp-a.c', '#include "crypto/mmp-c-private.h"\n', 'draws in <sodium.h>')
    for breach in [None, drawn_in, *PLANTED]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in [*clean.items(), *([breach[:2]] if breach else [])]:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding='utf-8')
            found = check(root)
        if breach is None and found:
            failures += 1
            print('found in a clean tree:', *found)
        elif breach is not None and not (len(found) == 1 and breach[0] in found[0] and breach[2] in found[0]):
            failures += 1
            print(f'planted {breach[0]} {breach[1].strip()}, found {found}')
    return failures


def main():
    if sys.argv[1:2] == ['--self-test']:
        sys.exit(bool(self_test()))
    breaches = check(pathlib.Path(sys.argv[1]))
    print('\n'.join(breaches))
    sys.exit(bool(breaches))


main()
