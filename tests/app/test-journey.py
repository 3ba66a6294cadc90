#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two people, two apps, a real broker and a real service: from the first run to a message through the tunnel, and back.

With MMP_SHOTS=FOLDER a picture of both windows is kept at each step; MMP_MONITOR=2000x760 lets them stand side by side."""
import os, pathlib, re, socket, subprocess, sys, tempfile, threading, traceback

try:
    from people import Atspi, Person, Skipped, can_connect, free_port, start_broker, until
    from seat import Eyes, Keyboard
except (ImportError, ValueError) as reason:
    print (f'1..0 # SKIP {reason}')
    sys.exit (0)


# What the desktop's services and the network say of their absence is not the app's fault.
TROUBLE = re.compile (r'(Gtk|Gdk|Gsk|Adwaita|Pango|GLib|GObject|mmp[\w-]*)-(WARNING|CRITICAL)|exceeds')
FINGERPRINT = re.compile (r'[A-Z2-7]{4}( [A-Z2-7]{4}){3}')


eyes = None


def keep (name):
    if eyes:
        eyes.keep (name)


def serve_echo ():
    listener = socket.create_server (('127.0.0.1', 0))

    def loop ():
        while True:
            connection, _ = listener.accept ()
            threading.Thread (target=echo, args=(connection,), daemon=True).start ()

    def echo (connection):
        with connection:
            while data := connection.recv (4096):
                connection.sendall (data)

    threading.Thread (target=loop, daemon=True).start ()
    return listener.getsockname ()[1]


def set_field (person, title, number, text):
    """Where two fields have the same title, the number says which."""
    def fields ():
        return [n for n in person.all () if n.get_role_name () == 'text' and n.get_editable_text_iface () and n.get_name () == title]
    node = until (lambda: len (fields ()) > number and fields ()[number], f'field {number} “{title}” at {person.name}')
    assert Atspi.EditableText.set_text_contents (node.get_editable_text_iface (), text)


def share (anna, broker, service):
    """Anna shares a service: the first thing that she does with the app."""
    anna.see ('Welcome to Message Portal')
    put ('Left')
    keep ('first-run')
    anna.click ('Share a Service…')
    anna.type ('Name', 'Workshop')
    set_field (anna, 'Host', 0, f'127.0.0.1:{service}')
    set_field (anna, 'Host', 1, f'mqtt://127.0.0.1:{broker}')
    keep ('share-a-service')
    anna.click ('Add', role='button')
    anna.see ('Workshop', role='label')
    keep ('added')
    anna.click ('Start', role='button')
    anna.see ('Waiting for devices')
    keep ('waiting')


def show_code (anna, broker):
    """Anna shows her code. What it says another test reads off the screen; here it is put together from what she set up."""
    anna.click ('Show Code…', role='button')
    anna.see ('Your Code')
    fingerprint = next (said for said in (line.partition (': ')[2] for line in anna.read ()) if FINGERPRINT.fullmatch (said))
    keep ('show-code')
    anna.click ('Copy Invitation', role='button')
    anna.see ('Invitation copied')
    keep ('invitation-copied')
    anna.click ('Close', role='button')
    keys = (anna.home / 'data/message-portal/keys.ini').read_text ()
    return f'mmp:?v=1&r=l&k={re.search ("Public=(.*)", keys)[1]}&b=mqtt://127.0.0.1:{broker}&s=default&n=Workshop', fingerprint


def add (ben, invitation, fingerprint):
    """Ben pastes it, compares the fingerprint, adds it and starts it."""
    ben.see ('Welcome to Message Portal')
    put ('Right')
    ben.click ('Scan or Paste Invitation…', role='button')
    ben.see ('Continue', role='button')
    keep ('add-by-code')
    set_field (ben, 'Invitation', 0, invitation)
    keep ('paste')
    ben.click ('Continue', role='button')
    ben.see (fingerprint)
    keep ('review-invitation')
    ben.click ('Add', role='button')
    ben.click ('Start', role='button')


def trust (anna, ben):
    """Anna is asked, and sees the fingerprint that Ben's key pair has."""
    anna.see ('An unknown device wants to connect')
    keep ('request')
    anna.click ('Review…', role='button')
    anna.see ('Trust This Device?')
    ben.do_row ('Key Pairs')
    shown = until (lambda: next ((m[0] for m in map (FINGERPRINT.search, ben.read ()) if m), None), 'the fingerprint at Ben')
    anna.see (shown)
    keep ('compare-fingerprints')
    anna.click ('Trust', role='button')


def send_through (ben):
    """A program of Ben's talks to Anna's service."""
    address = next (re.finditer (r'127\.0\.0\.1:(\d+)', '\n'.join (ben.read ())))
    port = int (address[1])
    until (lambda: can_connect (port), 'the local port')
    with socket.create_connection (('127.0.0.1', port), 30) as connection:
        connection.settimeout (30)
        connection.sendall (b'hello from Ben')
        assert connection.recv (100) == b'hello from Ben'
    return port


def check_reading (ben):
    """Read out, the page of a connection makes sense: what it is, how it is doing, how fast, and what can be done."""
    said = ben.read ()
    order = ['Connected, direct', 'Stop', 'Round-Trip Time', 'Round-trip time: mean', 'Connection', 'Local Address', 'Path', 'Direct, over UDP', 'Traffic']
    at = 0
    for wanted in order:
        found = next ((i for i in range (at, len (said)) if wanted in said[i].partition (': ')[2]), None)
        assert found is not None, f'“{wanted}” is not read out after “{said[at]}”: {said}'
        at = found


def put (where):
    """On the screen that pictures are taken of, two windows stand side by side."""
    if eyes:
        Keyboard ().press ('Super+' + where)


def look_further (anna, ben):
    """What lies below the edge of the window, and the pages beside: for the pictures alone."""
    if not eyes:
        return
    ben.see ('1 minute ago', part=True, deadline=90)
    keep ('connected-for-a-while')
    keyboard = Keyboard ()
    for title in ('Open Connections', 'Start Automatically', 'Check'):
        until (lambda: title in (ben.get_focus () or '') or keyboard.press ('Tab'), f'the focus on {title}')
        keep ('further-down')
    anna.do_row ('Trusted Devices')
    keep ('trusted-devices')


def journey (folder):
    global eyes
    if os.environ.get ('MMP_SHOTS'):
        eyes = Eyes (os.environ['MMP_SHOTS'])
    port = free_port ()
    broker = start_broker (folder, port)
    service = serve_echo ()
    people = []
    try:
        anna = Person ('Anna')
        people.append (anna)
        share (anna, port, service)
        invitation, fingerprint = show_code (anna, port)
        ben = Person ('Ben')
        people.append (ben)
        add (ben, invitation, fingerprint)
        trust (anna, ben)
        anna.see ('1 device connected', part=True)
        ben.do_row ('Workshop')
        ben.see ('Connected, direct', part=True)
        local = send_through (ben)
        ben.see ('Round-trip time: mean', part=True)
        check_reading (ben)
        keep ('connected')
        look_further (anna, ben)
        ben.click ('Stop', role='button')
        ben.see ('Stopped')
        keep ('stopped')
        assert not can_connect (local)
        for person in people:
            person.leave ()
            assert not TROUBLE.search (person.errors ()), person.errors ()
            assert person.process.returncode == 0, person.process.returncode
    finally:
        for person in people:
            person.leave ()
        broker.kill ()
        broker.wait ()
        if eyes:
            eyes.leave ()


print ('1..1', flush=True)
with tempfile.TemporaryDirectory () as name:
    try:
        journey (pathlib.Path (name))
        print ('ok 1 two-people-meet')
    except Skipped as reason:
        print (f'ok 1 two-people-meet # SKIP {reason}')
    except Exception:
        for line in traceback.format_exc ().splitlines ():
            print ('# ' + line)
        print ('not ok 1 two-people-meet')
