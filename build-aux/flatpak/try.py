#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""try.py APP-ID SHOTS: what an installed Flatpak may do, and what it does where a desktop offers less than it hopes for.

Runs as an ordinary user on a session bus of its own, which is the system bus as well.
"""
import configparser
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid

import people

APP, SHOTS = sys.argv[1], pathlib.Path(sys.argv[2])
HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path.home() / '.var' / 'app' / APP
PERMISSIONS = {'shared': {'network', 'ipc'}, 'sockets': {'x11', 'wayland', 'fallback-x11'}, 'devices': {'dri'}}
# Libraries may warn of a desktop that is not there.
TROUBLE = re.compile(r'-CRITICAL|mmp[\w-]*-WARNING|core dumped')
DEADLINE = 60


def say(text):
    print('  ' + text, flush=True)


def until(condition, what, seconds=DEADLINE):
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f'waited {seconds} s for {what}')
        time.sleep(0.05)
    return value


def flatpak_run(command, *argv):
    return ['flatpak', 'run', '--die-with-parent', f'--command={command}', APP, *map(str, argv)]


def mmp(*argv, code=0):
    """Runs a command in the sandbox; what it says on standard output, or its one sentence where another CODE is awaited."""
    done = subprocess.run(flatpak_run('mmp', *argv), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, (argv, done.returncode, done.stdout, done.stderr)
    assert not TROUBLE.search(done.stderr), done.stderr
    if code == 0:
        return done.stdout
    said = [line for line in done.stderr.splitlines() if line and 'libsecret' not in line]
    assert len(said) == 1 and said[0].endswith('.'), done.stderr
    return said[0]


# --- what it may do ---------------------------------------------------------------------------------------------------

def check_permissions():
    text = subprocess.run(['flatpak', 'info', '--show-permissions', APP], capture_output=True, text=True, check=True).stdout
    parser = configparser.ConfigParser()
    parser.read_string(text)
    got = {key: {word for word in value.split(';') if word} for key, value in parser['Context'].items()}
    assert parser.sections() == ['Context'] and got == PERMISSIONS, text
    say('permissions: network, ipc, wayland, x11 where there is no wayland, dri; nothing else')


def check_translation():
    german = subprocess.run([*flatpak_run('env', 'LC_ALL=de_DE.UTF-8', 'mmp', 'nonsense')], capture_output=True, text=True, check=False).stderr
    english = subprocess.run([*flatpak_run('env', 'LC_ALL=C.UTF-8', 'mmp', 'nonsense')], capture_output=True, text=True, check=False).stderr
    assert german and english and german != english, german
    say(f'in German: {german.splitlines()[0]}')


def check_demo():
    started = time.monotonic()
    out = mmp('demo')
    say(f'mmp demo: 0 after {time.monotonic() - started:.1f} s; it says last: {out.strip().splitlines()[-1]}')


# --- a broker that lies about its packets -----------------------------------------------------------------------------

def is_refused(length):
    """Whether the client leaves a broker that announces a packet of LENGTH bytes, before it has come."""
    private, listening = DATA / 'hostile', socket.create_server(('127.0.0.1', 0))
    mmp('keygen', '--force', '-p', private)
    program = subprocess.Popen(flatpak_run('mmp', 'listener', '--notls', '--no-stun', '127.0.0.1', listening.getsockname()[1], '127.0.0.1', 9, private / 'key.private'),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        listening.settimeout(DEADLINE)
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(DEADLINE)
            connection.recv(4096)
            connection.sendall(b'\x20\x03\x00\x00\x00')
            connection.recv(4096)
            connection.sendall(b'\x30' + bytes([length & 127 | 128, length >> 7 & 127 | 128, length >> 14 & 127 | 128, length >> 21]))
            connection.settimeout(10)
            try:
                while connection.recv(4096):
                    pass
            except ConnectionResetError:
                pass
            except TimeoutError:
                return False
            return True
    finally:
        program.terminate()
        program.wait()
        listening.close()


def check_incoming_size():
    assert is_refused(150_000_000), 'a packet of 150 MB is waited for: mosquitto is built without the patch'
    say('a broker that announces a packet of 150 MB is left at once')


# --- keys -------------------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def portal(*words):
    process = subprocess.Popen([sys.executable, HERE / 'mock-portal.py', *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == 'ready\n', 'the portal does not start'
        yield process.stdout
    finally:
        process.terminate()
        process.wait()


def make_export():
    """A profile with its key, sealed in a file, and that key."""
    home, folder = DATA / 'origin', DATA / 'data' / 'message-portal'
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(folder.parent, ignore_errors=True)
    for name in ('profiles', 'secrets'):
        (folder / name).mkdir(parents=True)
    mmp('keygen', '--force', '-p', home / 'keys')
    key, broker, profile = (str(uuid.uuid4()) for _ in range(3))
    secret, public = ((home / 'keys' / name).read_text() for name in ('key.private', 'key.public'))
    (folder / 'secrets' / f'key-{key}').write_text(secret)
    (folder / 'secrets' / f'key-{key}').chmod(0o600)
    (folder / 'keys.ini').write_text(f'[Keys]\nVersion=1\n[{key}]\nName=This\nPublic={public.strip()}\n')
    (folder / 'brokers.ini').write_text(f'[Brokers]\nVersion=1\n[{broker}]\nHost=127.0.0.1\nPort=1\nTLS=false\n')
    (folder / 'profiles' / f'{profile}.profile').write_text(
        f'[Profile]\nVersion=1\nKeyPair={key}\nBroker={broker}\nStun=\nName=Office\nKind=listener\n[Service 1]\nName=default\nAddress=127.0.0.1\nPort=9\n')
    (home / 'password').write_text('correct horse battery\n')
    mmp('export', '--password-file', home / 'password', home / 'sealed')
    shutil.rmtree(folder.parent)
    return home, secret.strip()


def check_secrets():
    home, secret = make_export()
    take, give = (('import', '--password-file', home / 'password', home / 'sealed'), ('export', '--password-file', home / 'password', home / 'again'))
    errors = mmp(*take, code=4)
    assert '--key-files' in errors and 'org.freedesktop' not in errors, errors
    assert mmp('list', '--json') == '', 'something was taken over without its key'
    say(f'keys without the Secret portal: {errors}')
    keyring = DATA / 'data' / 'keyrings' / 'default.keyring'
    with portal('secret'):
        mmp(*take)
        assert secret.encode() not in keyring.read_bytes()
    with portal('secret'):
        mmp(*give)
    mmp(*give, code=4)
    say(f'keys with the Secret portal: sealed in {keyring.relative_to(DATA)}, read again by another process')
    shutil.rmtree(DATA / 'data')
    mmp('import', '--key-files', *take[1:])
    assert 'Office' in mmp('list')
    say('keys without the Secret portal, --key-files: kept')
    shutil.rmtree(DATA / 'data')


# --- the window -------------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def display():
    """A Wayland display without a screen, of which pictures can be taken."""
    runtime = pathlib.Path(os.environ['XDG_RUNTIME_DIR'])
    log = (SHOTS / 'display.log').open('w')
    process = subprocess.Popen(['weston', '--backend=headless', '--renderer=pixman', '--width=1100', '--height=820', '--socket=wayland-try', '--idle-time=0', '--debug', '--shell=desktop'],
                               stdout=log, stderr=log)
    try:
        until(lambda: (runtime / 'wayland-try').exists() or process.poll() is not None, 'the display')
        assert process.poll() is None, (SHOTS / 'display.log').read_text()
        os.environ['WAYLAND_DISPLAY'] = 'wayland-try'
        yield
    finally:
        process.terminate()
        process.wait()


def take_picture(name):
    before = set(SHOTS.glob('wayland-screenshot*'))
    subprocess.run(['weston-screenshooter'], cwd=SHOTS, check=True, timeout=DEADLINE)
    picture, = set(SHOTS.glob('wayland-screenshot*')) - before
    picture.rename(SHOTS / f'{APP}-{name}.png')


class Somebody(people.Person):
    """Who sits in front of the app in its sandbox, where process numbers are others."""

    def __init__(self):
        self.name, self.home = 'the app', SHOTS
        self.log = (SHOTS / 'log').open('w+')
        self.process = subprocess.Popen(['flatpak', 'run', '--die-with-parent', '--env=GSK_RENDERER=cairo', '--env=G_DEBUG=fatal-criticals', APP], stdout=self.log, stderr=self.log)
        self.root = people.until(self._find, 'the app on the accessibility bus')

    def _find(self):
        desktop = people.Atspi.get_desktop(0)
        desktop.clear_cache()
        for application in people.children(desktop):
            if application.get_child_count() > 0:
                return application
        assert self.process.poll() is None, self.errors()
        return None


@contextlib.contextmanager
def somebody():
    """The app with nothing of its last time; it says nothing that it should not."""
    for name in ('data', 'config'):
        shutil.rmtree(DATA / name, ignore_errors=True)
    person = Somebody()
    try:
        yield person
        assert person.process.poll() is None, person.errors()
    finally:
        person.leave()
        subprocess.run(['flatpak', 'kill', APP], check=False, stderr=subprocess.DEVNULL)
    errors = person.errors()
    assert not TROUBLE.search(errors), errors
    say(f'it wrote {len(errors.splitlines())} lines')
    for line in errors.splitlines():
        say('  ' + line)


def check_window():
    with somebody() as person:
        person.see('Welcome to Message Portal')
        take_picture('welcome')
        person.click('Try It on This Computer', part=True)
        person.see('Connected', part=True)
        take_picture('window')
        assert subprocess.run(['flatpak', 'ps', '--columns=application'], capture_output=True, text=True, check=True).stdout.count(APP) >= 1
        say('the window opened, a tunnel between two sides went up in it')


# --- a desktop that offers nothing ------------------------------------------------------------------------------------

def check_help(person):
    missing = [name for name in ('C/message-portal/index.page', 'de/message-portal/index.page')
               if subprocess.run(flatpak_run('test', '-s', f'/app/share/help/{name}'), check=False).returncode != 0]
    assert not missing, f'{missing} of the help is not there'
    person.do('win.help')
    person.see('This desktop does not open the help for apps. Install xdg-desktop-portal and Yelp, and try again.')
    take_picture('help')
    say('help is there in two languages; without the OpenURI portal F1 says what to install')


def act(person, action):
    """An action of a dialog, as an assistive tool does it"""
    def done():
        for node in person.all():
            names = people.action_names(node)
            if action in names:
                return people.Atspi.Action.do_action(node.get_action_iface(), names.index(action))
        return False
    people.until(done, f'{action} at the app')


def check_camera(person):
    person.do('win.import')
    person.see('Use Camera')
    act(person, 'import.camera')
    person.see('Camera Cannot Be Used')
    person.see('This desktop offers no cameras to apps. Read the code in another way.')
    take_picture('camera')
    person.click('Back', role='button')
    for way in ('Invitation', 'Take Screenshot…', 'Choose Image…'):
        person.see(way)
    person.click('Close', role='button')
    people.until(lambda: person.look('Use Camera') is None, 'the dialog to close')
    say('without the Camera portal its page says so and leads back to the other ways')


def share(person):
    """A listener that finds no broker, but tries; its keys have no place but a file."""
    def fields():
        return [node for node in person.all() if node.get_editable_text_iface() and node.get_name() == 'Host']

    person.click('Share a Service…')
    person.type('Name', 'Workshop')
    for number, text in enumerate(('127.0.0.1:1883', 'mqtt://127.0.0.1:9')):
        people.until(lambda number=number: len(fields()) > number, 'the host')
        people.Atspi.EditableText.set_text_contents(fields()[number].get_editable_text_iface(), text)
    person.click('Add', role='button')
    person.see('Keys Cannot Be Stored')
    take_picture('keys')
    person.click('Store in Files', role='button')
    person.see('Stopped')
    person.click('Start', role='button')
    person.see('Stop', role='button')


def is_hidden(person):
    return not any(node.get_role_name() == 'frame' for node in person.all())


def check_closing(person):
    person.click('Close', role='button')
    person.see('Keep Running?')
    person.see('This desktop does not show apps that run without a window', part=True)
    take_picture('closing')
    person.click('Keep Running', role='button')
    people.until(lambda: is_hidden(person), 'the window to go')
    assert person.process.poll() is None, person.errors()
    subprocess.run(flatpak_run('message-portal'), check=True, timeout=DEADLINE)
    person.see('Workshop', role='label')
    person.see('Stop', role='button')
    say('without the Background portal closing says how to come back; opening the app again does')


def check_closing_with_notifications(person, said):
    person.click('Close', role='button')
    people.until(lambda: is_hidden(person), 'the window to go')
    line = said.readline()
    assert line.startswith('Message Portal Keeps Running: 1 connection stays up.'), line
    assert person.process.poll() is None, person.errors()
    say('… and where there is the Notification portal, a notification says it')


def check_bare_desktop():
    with somebody() as person:
        person.see('Welcome to Message Portal')
        check_help(person)
        check_camera(person)
        share(person)
        check_closing(person)
    with portal('notification') as said, somebody() as person:
        share(person)
        check_closing_with_notifications(person, said)


def main():
    DATA.mkdir(parents=True, exist_ok=True)
    check_permissions()
    check_translation()
    check_demo()
    check_incoming_size()
    check_secrets()
    with display():
        check_window()
        check_bare_desktop()


main()
