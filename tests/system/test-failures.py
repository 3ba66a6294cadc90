#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong in real life: each failure has its own cause, and what can come back does so by itself."""
import signal, socket

from mmptest import *


def answers (port, text=b'here'):
    """Whether a new connection to the port gets the text."""
    try:
        with socket.create_connection (('127.0.0.1', port), timeout=5) as connection:
            return receive_all (connection) == text
    except OSError:
        return False


@case ('a-listener-killed-and-started-again')
def listener_back (lab):
    service = lab.serve (lambda c: c.sendall (b'here'))
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    listener = lab.listener (broker, service, key, [public])
    local = free_port ()
    initiator = lab.initiator (broker, local, text, private)
    assert answers (local)
    listener.stop (signal.SIGKILL)
    wait_for (lambda: not can_connect (local), 'the local port to close with the tunnel')
    before = len (initiator.events)
    lab.listener (broker, service, key, [public])
    initiator.wait_event ('state', after=before, deadline=120, state='connected', path='direct-udp')
    wait_for (lambda: answers (local), 'the service to answer again')


@case ('a-wrong-listener-key-gets-no-answer')
def wrong_key (lab):
    _, broker = lab.broker ()
    key, _ = lab.keys ('listener')
    _, other = lab.keys ('somebody-else')
    private, public = lab.keys ('initiator')
    listener = lab.listener (broker, 9, key, [public])
    initiator = lab.initiator (broker, free_port (), other, private, path=None)
    event = initiator.wait_event ('error', code='no-answer')
    assert event['message'], event
    assert not [e for e in listener.events if e['event'] == 'state' and e['state'] == 'connected']


@case ('an-initiator-that-is-not-trusted-learns-nothing')
def untrusted (lab):
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    _, trusted = lab.keys ('trusted')
    private, _ = lab.keys ('stranger')
    listener = lab.listener (broker, 9, key, [trusted])
    spy = lab.start (need ('mosquitto_sub'), '-h', '127.0.0.1', '-p', broker, '-t', '#', '-F', '%t %l')
    stranger = lab.initiator (broker, free_port (), text, private, path=None)
    stranger.wait_event ('error', code='no-answer')
    topics = [line.split (' ')[0] for line in spy.lines]
    assert any (topic.endswith ('/o') for topic in topics), 'the stranger did not even ask'
    assert not any (topic.endswith ('/a') for topic in topics), topics
    assert not [e for e in stranger.events if e['event'] in ('ready', 'direct') or e.get ('state') == 'connected']
    assert not [e for e in listener.events if e['event'] in ('request', 'direct') or e.get ('state') == 'connected']


@case ('a-local-port-that-is-taken')
def port_in_use (lab):
    service = lab.serve (lambda c: c.sendall (b'here'))
    _, broker = lab.broker ()
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    lab.listener (broker, service, key, [public])
    occupant = socket.create_server (('127.0.0.1', 0))
    local = occupant.getsockname ()[1]
    initiator = lab.initiator (broker, local, text, private, path=None)
    event = initiator.wait_event ('error', code='port-in-use')
    assert str (local) in event['message'], event
    occupant.close ()
    initiator.wait_event ('ready')
    assert answers (local)


@case ('a-service-that-is-not-there')
def service_refused (lab):
    _, _, initiator, local = lab.pair (free_port ())
    with socket.create_connection (('127.0.0.1', local), timeout=10) as connection:
        try:
            assert connection.recv (1) == b''
        except ConnectionResetError:
            pass
    event = initiator.wait_event ('stream', state='closed')
    assert event['received'] == 0, event


@case ('a-broker-that-comes-later')
def broker_later (lab):
    service = lab.serve (lambda c: c.sendall (b'here'))
    broker = free_port ()
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    trusted = lab.path / 'trusted'
    trusted.write_text (public + '\n')
    listener = lab.mmp ('listener', '127.0.0.1', broker, '127.0.0.1', service, key, '-i', trusted, '--notls', '--json')
    local = free_port ()
    initiator = lab.initiator (broker, local, text, private, path=None)
    for program in (listener, initiator):
        program.wait_event ('error', code='broker-unreachable')
    lab.broker (broker)
    initiator.wait_event ('ready', deadline=90)
    wait_for (lambda: answers (local), 'the service to answer')


@case ('a-broker-that-restarts-does-not-end-a-connection')
def broker_restarts (lab):
    _, broker_port = broker = lab.broker ()
    service = lab.serve (echo)
    key, text = lab.keys ('listener')
    private, public = lab.keys ('initiator')
    lab.listener (broker_port, service, key, [public])
    local = free_port ()
    initiator = lab.initiator (broker_port, local, text, private)
    connection = lab.connect (local)
    connection.sendall (b'one')
    assert receive (connection, 3) == b'one'
    broker[0].stop ()
    connection.sendall (b'two')
    assert receive (connection, 3) == b'two'
    lab.broker (broker_port)
    connection.sendall (b'three')
    assert receive (connection, 5) == b'three'
    assert initiator.process.poll () is None


@case ('a-wrong-login-is-told-apart')
def wrong_login (lab):
    passwords = lab.path / 'passwords'
    assert lab.start (need ('mosquitto_passwd'), '-b', '-c', passwords, 'anna', 'right').wait () == 0
    passwords.chmod (0o644)
    port = free_port ()
    config = lab.path / 'closed.conf'
    config.write_text (f'listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n')
    lab.start (need ('mosquitto'), '-c', config)
    wait_for (lambda: can_connect (port), 'mosquitto')
    key, _ = lab.keys ('listener')
    secret = lab.path / 'secret'
    secret.write_text ('wrong\n')
    listener = lab.mmp ('listener', '127.0.0.1', port, '127.0.0.1', 9, key, '--notls', '--json', '-u', 'anna', '--sigpassword-file', secret)
    event = listener.wait_event ('error', code='broker-login')
    assert 'wrong' not in event['message'].split (), event


@case ('a-supervisor-sees-whether-the-listener-can-be-reached')
def ready_file (lab):
    program, port = lab.broker ()
    key, _ = lab.keys ('listener')
    path = lab.path / 'ready'
    path.write_text ('left over by one that was killed')
    listener = lab.mmp ('listener', '127.0.0.1', port, '127.0.0.1', 9, key, '--notls', '--json', env={'MMP_READY_FILE': str (path)})
    listener.wait_event ('state', state='waiting')
    wait_for (path.exists, 'the file of a listener that waits')
    assert path.read_text () == '', 'the old file was taken for the new one'
    program.stop ()
    wait_for (lambda: not path.exists (), 'the file to go with the broker')
    lab.broker (port)
    wait_for (path.exists, 'the file to come back with the broker')
    assert listener.stop () == 0
    assert not path.exists ()


run ()
