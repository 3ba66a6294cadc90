#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""`mmp doctor` names what is wrong: with real brokers and a real TURN server, on loopback."""
import json, pathlib, socket, subprocess
from mmptest import Skip, can_connect, case, free_port, need, run, wait_for

DYNAMIC_SECURITY = [f'/usr/lib/{triple}/mosquitto_dynamic_security.so' for triple in ('x86_64-linux-gnu', 'aarch64-linux-gnu')]


class Findings:
    """What the doctor said: the results by check, and the exit code."""

    def __init__ (self, lab, *argv):
        self.program = lab.mmp ('doctor', *argv, '--json')
        self.code = self.program.wait ()
        self.results = [e for e in self.program.events if e['event'] == 'check']
        verdicts = [e for e in self.program.events if e['event'] == 'verdict']
        assert len (verdicts) == 1 and self.code == (0 if verdicts[0]['usable'] else 1), (self.code, verdicts)

    def all (self, check):
        return [r for r in self.results if r['check'] == check]

    def expect (self, check, status, code=None, number=0):
        result = self.all (check)[number]
        assert (result['status'], result.get ('code')) == (status, code), result
        # Whoever reads a cause is told what to do next: a second sentence.
        assert code is None or '. ' in result['message'], result
        return result


def broker_only (lab, port, *argv):
    return Findings (lab, '127.0.0.1', port, '--no-stun', *argv)


def assert_useless (findings, check, code):
    """The check failed for that reason, what is before it is well, and nothing behind it was looked at."""
    failed = findings.expect (check, 'failed', code)
    assert findings.results[-1] is failed, findings.results
    assert {r['status'] for r in findings.results[:-1]} <= {'ok', 'skipped'}, findings.results
    assert findings.code == 1


@case ('a-good-broker')
def good (lab):
    _, port = lab.broker ()
    findings = broker_only (lab, port, '--notls')
    assert findings.code == 0
    assert [r['check'] for r in findings.results] == ['broker-' + name for name in ('name', 'tcp', 'tls', 'login', 'subscribe', 'publish', 'echo')]
    assert findings.expect ('broker-echo', 'ok')['values']['ms'] > 0
    # and in words
    program = lab.mmp ('doctor', '127.0.0.1', port, '--no-stun', '--notls')
    assert program.wait () == 0
    assert program.lines[0].startswith (f'ok      Broker’s name mqtt://127.0.0.1:{port}: 127.0.0.1'), program.lines
    assert program.lines[-1].startswith ('A tunnel can work from here'), program.lines


@case ('a-wrong-port')
def wrong_port (lab):
    assert_useless (broker_only (lab, free_port (), '--notls'), 'broker-tcp', 'broker-unreachable')
    program = lab.mmp ('doctor', '127.0.0.1', free_port (), '--no-stun', '--notls')
    assert program.wait () == 1
    assert any (line.startswith ('FAILED  Broker’s port: The broker cannot be reached (') and 'Check its address and port' in line for line in program.lines), program.lines


@case ('one-good-broker-of-several-is-enough')
def several (lab):
    _, port = lab.broker ()
    findings = broker_only (lab, free_port (), '--broker', f'127.0.0.1:{port}', '--notls')
    findings.expect ('broker-tcp', 'failed', 'broker-unreachable', 0)
    assert findings.expect ('broker-echo', 'ok')['subject'].endswith (f':{port}')
    assert findings.code == 0


@case ('a-name-that-does-not-exist')
def no_name (lab):
    findings = Findings (lab, 'broker.invalid', '1883', '--no-stun', '--notls')
    assert_useless (findings, 'broker-name', 'broker-name')


@case ('tls-to-a-plain-port')
def tls_to_plain (lab):
    _, port = lab.broker ()
    assert_useless (broker_only (lab, port), 'broker-tls', 'broker-tls')


def openssl (lab, *argv):
    done = subprocess.run ([need ('openssl'), *argv], cwd=lab.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def certificate (lab, *dates):
    """An authority and a certificate for 127.0.0.1; returns the authority's file."""
    curve = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')
    openssl (lab, 'req', '-x509', *curve, '-days', '30', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem')
    openssl (lab, 'req', *curve, '-subj', '/CN=server', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', 'server.key', '-out', 'server.csr')
    openssl (lab, 'x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-copy_extensions', 'copy', *dates, '-out', 'server.pem')
    (lab.path / 'server.key').chmod (0o644)
    lab.path.chmod (0o755)
    return lab.path / 'ca.pem'


@case ('certificates-good-and-expired')
def certificates (lab):
    authority = certificate (lab, '-days', '20')
    lines = (f'certfile {lab.path}/server.pem', f'keyfile {lab.path}/server.key')
    _, port = lab.broker (lines=lines)
    findings = broker_only (lab, port, '--cafile', authority)
    assert findings.code == 0 and findings.expect ('broker-tls', 'ok')['values']['days'] == 19
    assert_useless (broker_only (lab, port), 'broker-tls', 'broker-tls-trust')
    # Plain MQTT to a port with TLS
    assert_useless (broker_only (lab, port, '--notls'), 'broker-login', 'broker-protocol')

    expired = certificate (lab, '-not_before', '20200101000000Z', '-not_after', '20200201000000Z')
    _, port = lab.broker (lines=lines)
    assert_useless (broker_only (lab, port, '--cafile', expired), 'broker-tls', 'broker-tls-expired')


@case ('a-wrong-password')
def wrong_password (lab):
    passwords = lab.path / 'passwords'
    subprocess.run ([need ('mosquitto_passwd'), '-b', '-c', passwords, 'me', 'right'], check=True, capture_output=True)
    passwords.chmod (0o644)
    lab.path.chmod (0o755)
    _, port = lab.broker (lines=('allow_anonymous false', f'password_file {passwords}'))
    for text in ('right', 'wrong'):
        (lab.path / text).write_text (text + '\n')
    assert broker_only (lab, port, '--notls', '-u', 'me', '--sigpassword-file', lab.path / 'right').code == 0
    assert_useless (broker_only (lab, port, '--notls', '-u', 'me', '--sigpassword-file', lab.path / 'wrong'), 'broker-login', 'broker-login')
    assert_useless (broker_only (lab, port, '--notls'), 'broker-login', 'broker-login')


def broker_with_rights (lab, rights):
    path = lab.path / 'rights'
    path.write_text (rights)
    path.chmod (0o644)
    lab.path.chmod (0o755)
    return lab.broker (lines=(f'acl_file {path}',))[1]


@case ('publishing-is-not-allowed')
def no_publish (lab):
    port = broker_with_rights (lab, 'topic read sig/#\ntopic readwrite mine/#\n')
    assert_useless (broker_only (lab, port, '--notls'), 'broker-publish', 'broker-publish')
    # The next step that it names helps.
    assert broker_only (lab, port, '--notls', '-t', 'mine').code == 0


@case ('subscribing-is-not-allowed')
def no_subscribe (lab):
    plugin = next ((p for p in DYNAMIC_SECURITY if pathlib.Path (p).exists ()), None)
    if plugin is None:
        raise Skip ('this mosquitto has no plug-in that refuses subscriptions')
    rights = lab.path / 'rights.json'
    rights.write_text (json.dumps ({'defaultACLAccess': {'publishClientSend': True, 'publishClientReceive': True, 'subscribe': False, 'unsubscribe': True}}))
    rights.chmod (0o666)
    lab.path.chmod (0o777)
    _, port = lab.broker (lines=(f'plugin {plugin}', f'plugin_opt_config_file {rights}'))
    assert_useless (broker_only (lab, port, '--notls'), 'broker-subscribe', 'broker-subscribe')


@case ('messages-are-not-delivered')
def no_delivery (lab):
    port = broker_with_rights (lab, 'topic write sig/#\n')
    assert_useless (broker_only (lab, port, '--notls'), 'broker-echo', 'broker-subscribe')


@case ('stun-is-silent')
def silent (lab):
    with socket.socket (socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket (socket.AF_INET, socket.SOCK_DGRAM) as two:
        servers = []
        for s, address in ((one, '127.0.0.1'), (two, '127.0.0.2')):
            s.bind ((address, 0))
            servers += ['--stun', f'stun:{address}:{s.getsockname ()[1]}']
        findings = Findings (lab, *servers[:2])
        findings.expect ('stun', 'failed', 'stun-silent')
        findings.expect ('udp', 'warning', 'stun-silent')
        assert findings.code == 1
        # Two that are silent are no accident.
        findings = Findings (lab, *servers)
        findings.expect ('stun', 'failed', 'stun-silent', 1)
        findings.expect ('udp', 'failed', 'udp-blocked')
        assert findings.expect ('nat', 'warning', 'udp-blocked')['values']['kind'] == 'udp-blocked'
        findings.expect ('direct', 'warning', 'no-direct-path')


def turn_server (lab, *more):
    """A real coturn with the user “me” and the password “right”; returns its port."""
    port = free_port ()
    for text in ('right', 'wrong'):
        (lab.path / text).write_text (text + '\n')
    lab.start (need ('turnserver'), '-n', '-L', '127.0.0.1', '-E', '127.0.0.1', '-p', port, '-a', '-u', 'me:right', '-r', 'example.org', '--no-cli', '--no-dtls',
               '--log-file', 'stdout', '--pidfile', lab.path / 'turn.pid', '--allow-loopback-peers', *more)
    wait_for (lambda: can_connect (port), f'coturn on port {port}')
    return port


@case ('udp-does-not-get-through')
def no_udp (lab):
    port = turn_server (lab, '--no-tls', '--no-udp')
    findings = Findings (lab, '--stun', f'stun:127.0.0.1:{port}')
    result = findings.expect ('udp', 'failed', 'udp-blocked')
    assert 'answers over TCP, but not over UDP' in result['message'], result
    assert findings.expect ('nat', 'warning', 'udp-blocked')['values']['kind'] == 'udp-blocked'


@case ('a-turn-server-with-the-right-and-a-wrong-password')
def turn (lab):
    port = turn_server (lab, '--no-tls')
    uri = f'turn:me@127.0.0.1:{port}'
    findings = Findings (lab, '--no-stun', '--turn', uri, '--turn-password-file', lab.path / 'right')
    assert findings.code == 0 and not findings.program.errors
    for number, transport in enumerate (('udp', 'tcp')):
        values = findings.expect ('turn', 'ok', None, number)['values']
        assert values['transport'] == transport and values['released'] and values['relayed'].startswith ('127.0.0.1:'), values
    findings = Findings (lab, '--no-stun', '--turn', uri, '--turn-password-file', lab.path / 'wrong')
    assert findings.code == 1
    for number in (0, 1):
        assert 'right' not in findings.expect ('turn', 'failed', 'turn-login', number)['message']
    open_secret = Findings (lab, '--no-stun', '--turn', f'turn:me:right@127.0.0.1:{port}?transport=udp')
    assert open_secret.code == 0 and 'use “--turn-password-file”' in open_secret.program.errors[0]
    right = ('--turn-user', 'me', '--turn-password-file', lab.path / 'right')
    Findings (lab, '--no-stun', '--turn', f'turn:127.0.0.1:{port}?transport=udp', *right).expect ('turn', 'ok')
    Findings (lab, '--no-stun', '--turn', uri + '?transport=tcp').expect ('turn', 'failed', 'turn-login')
    Findings (lab, '--no-stun', '--turn', f'turn:me@127.0.0.1:{free_port ()}?transport=tcp').expect ('turn', 'failed', 'turn-unreachable')


@case ('turns-and-its-certificate')
def turns (lab):
    authority = certificate (lab, '-days', '20')
    port = free_port ()
    turn_server (lab, '--tls-listening-port', str (port), '--cert', lab.path / 'server.pem', '--pkey', lab.path / 'server.key')
    wait_for (lambda: can_connect (port), 'coturn to speak TLS')
    login = ('--no-stun', '--turn', f'turns:me@127.0.0.1:{port}', '--turn-password-file', lab.path / 'right')
    findings = Findings (lab, *login, '--turn-cafile', authority)
    assert findings.expect ('turn', 'ok')['values']['transport'] == 'tls'
    assert 'not signed by an authority' in Findings (lab, *login).expect ('turn', 'failed', 'turn-tls')['message']


@case ('wrong-usage')
def usage (lab):
    for argv in (['127.0.0.1'], ['127.0.0.1', '1883', 'x'], ['127.0.0.1', 'port'], ['--no-stun'], ['--stun', 'http://x'], ['--stun', 'turn:x'], ['--turn', 'stun:x'],
                 ['--no-stun', '--stun', 'stun:x'], ['127.0.0.1', '1883', '-t', '#']):
        program = lab.mmp ('doctor', *argv)
        assert program.wait () == 2 and len (program.errors) == 1 and not program.lines, (argv, program.errors)


run ()
