#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secure bridges as a person runs them, between real brokers, with PyNaCl as the thesis's programs had it on the other side."""
import contextlib, hashlib, os, random, signal, socket, struct, threading

try:
    import nacl.secret
    from mqtttest import Client, settle
except ImportError as missing:
    print (f'1..0 # SKIP {missing}')
    raise SystemExit
from mmptest import case, free_port, memory_peak, need, run, wait_for

KEPT = ['persistence true', 'max_queued_messages 0', 'user root']


def keep (lab, name):
    directory = lab.path / name
    directory.mkdir ()
    return KEPT + [f'persistence_location {directory}/']


def make_key (lab, name='secret_key.bin'):
    path = lab.path / name
    assert lab.mmp ('secure-bridge-keygen', path).wait () == 0
    assert path.stat ().st_mode & 0o777 == 0o600
    return path


def stats (program):
    """The last counts that a bridge told."""
    told = [e for e in program.events if e['event'] == 'stats']
    return told[-1] if told else {}


def wait_stats (program, **wanted):
    wait_for (lambda: all (stats (program).get (k.replace ('_', '-')) == v for k, v in wanted.items ()), f'{wanted}, not {stats (program)}')


def secure_bridge (lab, role, port, *more):
    program = lab.mmp ('secure-bridge', role, '127.0.0.1', port, '--notls', '--json', *more)
    program.wait_event ('ready')
    return program


def bridge (lab, local, remote, key, *more):
    program = lab.mmp ('bridge', '--local', f'127.0.0.1:{local}', '--remote', f'127.0.0.1:{remote}', '--notls', '--json', '--keyfile', key, *more)
    program.wait_event ('ready')
    return program


def bridge_id (lab):
    program = lab.mmp ('secure-bridge-keygen', '--bridge-id')
    assert program.wait () == 0
    return program.lines[0]


@case ('thesis-command-lines')
def _ (lab):
    """Listing 2.12, with its login and TLS, and figure 2.23: topics and what is on them."""
    key, certificate, words = make_key (lab), lab.path / 'certificate', lab.path / 'words'
    assert lab.start (need ('openssl'), 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=lab',
                      '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', lab.path / 'tls-key', '-out', certificate).wait () == 0
    assert lab.start (need ('mosquitto_passwd'), '-b', '-c', words, 'cedalo', 'test').wait () == 0
    safe = free_port ()
    _, port = lab.broker (lines=[f'listener {safe} 127.0.0.1', f'certfile {certificate}', f'keyfile {lab.path}/tls-key', f'password_file {words}', 'user root'])
    watcher = Client (lab, port, 'encrypted/#', 'decrypted/#', 'topics/#')
    lab.mmp ('secure-bridge', 'encrypt', '127.0.0.1', safe, '--user', 'cedalo', '--user_pw', 'test', '--cafile', certificate, '--json', '--keyfile', key,
             '--s_topics', 'topics/a/#', 'topics/b/#', '--p_topic', 'encrypted', '-v').wait_event ('ready')
    secure_bridge (lab, 'decrypt', port, '--keyfile', key, '--p_topic', 'decrypted')
    for topic in 'topics/a/test', 'topics/b/test':
        watcher.publish (topic, b'same text')
    found = {m.topic: m.payload for m in watcher.wait_for (6)}
    assert found['decrypted/topics/a/test'] == found['decrypted/topics/b/test'] == b'same text', found
    assert found['encrypted/topics/a/test'] != found['encrypted/topics/b/test']
    box = nacl.secret.SecretBox (key.read_bytes ())
    assert box.decrypt (found['encrypted/topics/b/test']) == b'same text'
    settle (lab, port)
    assert len (watcher.messages) == 6, watcher.topics ()


@case ('thesis-deployment-corrected')
def _ (lab):
    """Listing 1.6 with 1.8 put right: private brokers at both ends, and the sealed tree alone on the public one."""
    key = make_key (lab)
    _, public = lab.broker ()
    sides = []
    for direction in 'out', 'in':
        lines = ['connection securebridge', f'address 127.0.0.1:{public}', f'topic encrypted/# {direction} 1',
                 'local_cleansession false', 'cleansession false', f'remote_clientid {direction}', 'notifications false']
        sides.append (lab.broker (lines=lines)[1])
    a, b = sides
    secure_bridge (lab, 'encrypt', a, '--keyfile', key)
    secure_bridge (lab, 'decrypt', b, '--keyfile', key)
    spy = Client (lab, public, '#')
    reader = Client (lab, b, 'securebridge/#')
    writer = Client (lab, a)
    wait_for (lambda: writer.publish_and_wait ('securebridge/1', b'secret') or reader.messages, 'a message over three brokers')
    assert reader.messages[0].payload == b'secret' and reader.messages[0].topic == 'securebridge/1'
    assert set (spy.topics ()) == {'encrypted/securebridge/1'}, spy.topics ()
    assert not any (b'secret' in m.payload for m in spy.messages)


@case ('pynacl-both-ways')
def _ (lab):
    key = make_key (lab)
    box = nacl.secret.SecretBox (key.read_bytes ())
    _, port = lab.broker ()
    secure_bridge (lab, 'encrypt', port, '--keyfile', key)
    secure_bridge (lab, 'decrypt', port, '--keyfile', key)
    count = int (os.environ.get ('MMP_TEST_PAYLOADS', '60'))
    seed = int (os.environ.get ('MMP_TEST_SEED', random.randrange (1 << 30)))
    print (f'# MMP_TEST_SEED={seed}')
    chance = random.Random (seed)
    sizes = [0, 1, 15, 16, 17, 65535, 262144] + [int (2 ** chance.uniform (0, 18)) for _ in range (count - 7)]
    payloads = [chance.randbytes (size) for size in sizes]
    sealed, opened, writer = Client (lab, port, 'encrypted/#'), Client (lab, port, 'plain/#'), Client (lab, port)
    for number, payload in enumerate (payloads):
        writer.publish (f'securebridge/{number}', payload)
        writer.publish (f'encrypted/plain/{number}', bytes (box.encrypt (payload)))
    wait_for (lambda: len (opened.messages) >= count, 'all to be opened')
    wait_for (lambda: sum (m.topic.startswith ('encrypted/securebridge/') for m in sealed.messages) >= count, 'all to be sealed')
    for m in opened.messages:
        assert m.payload == payloads[int (m.topic.rsplit ('/', 1)[1])], m.topic
    for m in sealed.messages:
        assert box.decrypt (m.payload) == payloads[int (m.topic.rsplit ('/', 1)[1])], m.topic


@case ('password-and-hidden-topics')
def _ (lab):
    (_, a), (_, b), (_, public) = lab.broker (), lab.broker (), lab.broker ()
    password = lab.path / 'password'
    password.write_text ('correct horse battery staple\n')
    secret = ['--password-file', password, '--bridge-id', bridge_id (lab)]
    programs = [lab.mmp ('bridge', '--local', f'127.0.0.1:{port}', '--remote', f'127.0.0.1:{public}', '--notls', '--json', '--both', 'home/#', *secret)
                for port in (a, b)]
    for program in programs:
        program.wait_event ('ready')
    spy, reader, writer = Client (lab, public, 'mmb1/#'), Client (lab, b, 'home/#'), Client (lab, a, 'home/#')
    for text in b'ON', b'OFF':
        writer.publish_and_wait ('home/light', text, UserProperty=[('unit', 'none')], MessageExpiryInterval=600)
    assert [m.payload for m in reader.wait_for (2)] == [b'ON', b'OFF']
    assert ('unit', 'none') in reader.messages[0].properties.UserProperty
    assert reader.messages[0].properties.MessageExpiryInterval > 500
    assert len ({len (m.payload) for m in spy.wait_for (2)}) == 1 and len (set (spy.topics ())) == 1
    for port in a, b, public:
        settle (lab, port)
    assert len (spy.messages) == len (writer.messages) == len (reader.messages) == 2
    no_id = lab.mmp ('secure-bridge', 'encrypt', '127.0.0.1', a, '--password-file', password)
    assert no_id.wait () == 2 and '--bridge-id' in no_id.errors[0], no_id.errors


class Cuttable:
    """A TCP relay to a port whose connections can be cut, as a network does that goes away."""

    def __init__ (self, lab, target):
        self.target, self.connections = target, []
        self.port = lab.serve (self.handle)

    def handle (self, near):
        far = socket.create_connection (('127.0.0.1', self.target))
        self.connections.append ((near, far))
        back = threading.Thread (target=self.copy, args=(far, near), daemon=True)
        back.start ()
        self.copy (near, far)
        back.join ()

    def copy (self, source, sink):
        with contextlib.suppress (OSError):
            while part := source.recv (1 << 16):
                sink.sendall (part)
        for end in source, sink:
            with contextlib.suppress (OSError):
                end.shutdown (socket.SHUT_RDWR)

    def cut (self):
        for pair in self.connections:
            for end in pair:
                with contextlib.suppress (OSError):
                    end.setsockopt (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack ('ii', 1, 0))
                    # Closing alone would wait for the thread that reads.
                    end.shutdown (socket.SHUT_RDWR)
        self.connections.clear ()


@case ('nothing-is-lost')
def _ (lab):
    """Each broker in turn is restarted while messages go; each message arrives, at the far end, once."""
    count = int (os.environ.get ('MMP_TEST_MESSAGES', '1500'))
    key = make_key (lab)
    ports = {name: free_port () for name in ('a', 'b', 'public')}
    lines = {name: keep (lab, name) for name in ports}
    brokers = {name: lab.broker (ports[name], lines[name])[0] for name in ports}
    out = bridge (lab, ports['a'], ports['public'], key, '--out', 'data/#', '--topics', 'tokens')
    come = bridge (lab, ports['b'], ports['public'], key, '--in', 'data/#', '--topics', 'tokens')
    reader, near = Client (lab, ports['b'], 'data/#', name='reader'), Client (lab, ports['a'], 'data/#', name='near')
    writer = Client (lab, ports['a'], name='writer')
    infos, rounds = [], 6
    for step in range (rounds):
        for number in range (step * count // rounds, (step + 1) * count // rounds):
            infos.append (writer.publish (f'data/{number % 7}', str (number)))
        name = list (ports)[step % 3]
        assert brokers[name].stop () == 0
        brokers[name] = lab.broker (ports[name], lines[name])[0]
    wait_for (lambda: all (i.is_published () for i in infos), 'all to be published')
    wait_for (lambda: len ({m.payload for m in reader.messages}) >= count, 'all to arrive', 120)
    wait_stats (out, waiting=0)
    wait_stats (come, waiting=0)
    settle (lab, ports['b'])
    twice = [len (c.messages) - len ({m.payload for m in c.messages}) for c in (near, reader)]
    assert len ({m.payload for m in reader.messages}) == count
    # Whoever publishes does so again if a broker goes down before it answers. That is not the bridge's.
    print (f'# {count} messages; {twice[0]} twice on the first broker already, {twice[1]} on the last')
    for program in out, come:
        print ('# ' + ', '.join (f'{k} {v}' for k, v in stats (program).items () if v and k not in ('event', '_at')))


@case ('links-are-cut')
def _ (lab):
    """The connections of both bridges are cut again and again; what a broker sends anew is known again."""
    count, cuts = int (os.environ.get ('MMP_TEST_MESSAGES', '1500')), 4
    key = make_key (lab)
    (_, a), (_, b), (_, public) = [lab.broker (lines=['max_queued_messages 0']) for _ in range (3)]
    links = [Cuttable (lab, port) for port in (a, public, public, b)]
    out = bridge (lab, links[0].port, links[1].port, key, '--out', 'data/#', '--topics', 'tokens')
    come = bridge (lab, links[3].port, links[2].port, key, '--in', 'data/#', '--topics', 'tokens')
    reader, writer = Client (lab, b, 'data/#'), Client (lab, a)
    for step in range (cuts):
        for number in range (step * count // cuts, (step + 1) * count // cuts):
            writer.publish (f'data/{number % 7}', str (number))
        # How a broker counts its packet ids is known after 64. Until then a message whose acknowledgement was lost comes twice.
        wait_for (lambda: len (reader.messages) >= step * count // cuts + 100, 'something to get through')
        links[step % len (links)].cut ()
    wait_for (lambda: len ({m.payload for m in reader.messages}) >= count, 'all to arrive', 120)
    wait_stats (out, waiting=0)
    wait_stats (come, waiting=0)
    settle (lab, b)
    print (f'# {count} messages, {len (reader.messages) - count} twice')
    for program in out, come:
        print ('# ' + ', '.join (f'{k} {v}' for k, v in stats (program).items () if v and k not in ('event', '_at')))
    # Only what was under way to the last broker when its link was cut may have got there without an answer.
    assert len (reader.messages) - count <= stats (come)['resent'], stats (come)


class Gate (Cuttable):
    """A relay that takes connections, and carries nothing until it is opened."""

    def __init__ (self, lab, target):
        self.opened = threading.Event ()
        super ().__init__ (lab, target)

    def handle (self, near):
        self.opened.wait ()
        super ().handle (near)


@case ('reading-pauses-while-much-waits')
def _ (lab):
    """The public broker does not answer: the bridge takes messages up to a limit of number or size, leaves the rest with the
    private broker, holds bounded memory, and goes on when there is an answer."""
    key = make_key (lab)
    mib = 1 << 20
    for count, size, most, room in (10500, 100, 10000, 40 * mib), (380, 200000, 64 * mib // 200000, 90 * mib):
        (_, a), (_, b), (_, public) = [lab.broker (lines=['max_queued_messages 0']) for _ in range (3)]
        gate = Gate (lab, public)
        out = lab.mmp ('bridge', '--local', f'127.0.0.1:{a}', '--remote', f'127.0.0.1:{gate.port}', '--notls', '--json', '--keyfile', key,
                       '--topics', 'tokens', '--out', 'data/#')
        come = bridge (lab, b, public, key, '--in', 'data/#', '--topics', 'tokens')
        reader = Client (lab, b, 'data/#')
        out.wait_event ('state', local='online')
        before = memory_peak (out.pid)
        lines = lab.path / 'lines'
        lines.write_text (''.join (str (number).ljust (size) + '\n' for number in range (count)))
        with lines.open () as file:
            writer = lab.start (need ('mosquitto_pub'), '-h', '127.0.0.1', '-p', a, '-q', '1', '-t', 'data/x', '-l', stdin=file)
            assert writer.wait () == 0
        wait_for (lambda: stats (out).get ('waiting', 0) >= most, f'{most} to wait, not {stats (out)}')
        settle (lab, a)
        waiting, grown = stats (out)['waiting'], (memory_peak (out.pid) - before) * 1024
        # A few are on their way when it stops.
        assert waiting <= most + 25 < count, waiting
        # Sanitizers keep what was freed.
        assert grown < room or 'MMP_TEST_SANITIZED' in os.environ, (waiting, grown)
        print (f'# {waiting} of {count} messages of {size} bytes wait in {grown / mib:.0f} MiB')
        gate.opened.set ()
        wait_for (lambda: len (reader.messages) >= count, f'all to arrive, not {len (reader.messages)} of {count}')
        wait_stats (out, waiting=0)
        assert [int (m.payload) for m in reader.messages] == list (range (count))
        for program in out, come:
            assert program.stop () == 0


@case ('a-sender-that-went-back')
def _ (lab):
    """Messages of a sender whose clock or backup went back are refused, until somebody says that this is right."""
    key = make_key (lab)
    (_, a), (_, b), (_, public) = lab.broker (), lab.broker (), lab.broker ()
    reader, writer = Client (lab, b, 'data/#'), Client (lab, a)
    come = bridge (lab, b, public, key, '--in', 'data/#', '--topics', 'tokens')

    def say (text):
        """By a bridge that is started for it"""
        out = bridge (lab, a, public, key, '--out', 'data/#', '--topics', 'tokens')
        writer.publish_and_wait ('data/x', text)
        wait_stats (out, forwarded=1)
        assert out.stop () == 0

    others = set (lab.path.rglob ('*.state'))
    say (b'first')
    reader.wait_for (1)
    state, = set (lab.path.rglob ('*.state')) - others
    old = state.read_bytes ()
    # As if it had been started when the clock was a day ahead. Its run is behind a mark and its name.
    ahead = old[:16] + struct.pack ('<Q', struct.unpack_from ('<Q', old, 16)[0] + 86_400_000) + old[24:-32]
    state.write_bytes (ahead + hashlib.blake2b (b'mmp1 bridge state' + ahead, digest_size=32).digest ())
    say (b'ahead')
    reader.wait_for (2)
    state.write_bytes (old)
    say (b'went back')
    wait_stats (come, went_back=1)
    sender = stats (come)['went-back-sender']
    assert come.stop () == 0
    come = bridge (lab, b, public, key, '--in', 'data/#', '--topics', 'tokens', '--accept-again', sender)
    say (b'again')
    assert [m.payload for m in reader.wait_for (3)] == [b'first', b'ahead', b'again']
    # Of others and of the same it knows again what came before.
    wait_stats (come, opened=1, went_back=0)
    assert come.stop () == 0


@case ('hostile-public-broker')
def _ (lab):
    """Somebody who has the public broker replays, moves, cuts, changes, invents and floods. The private side sees what was
    published once, and nothing else."""
    (_, a), (_, b), (_, public) = lab.broker (), lab.broker (), lab.broker ()
    key, other = make_key (lab), make_key (lab, 'other.bin')
    mode = ['--topics', 'clear']
    bridge (lab, a, public, key, '--out', 'home/#', *mode)
    come = bridge (lab, b, public, key, '--in', 'home/#', *mode)
    spy, reader, writer = Client (lab, public, 'encrypted/#'), Client (lab, b, '#'), Client (lab, a)
    for number in range (20):
        writer.publish_and_wait (f'home/{number % 2}', f'text {number}'.encode ())
    sealed = list (spy.wait_for (20))
    reader.wait_for (20)
    wait_stats (come, opened=20)
    attacker = Client (lab, public)

    def attack (topic, payload, **counts):
        attacker.publish_and_wait (topic, payload)
        for cause, number in counts.items ():
            wanted[cause] = wanted.get (cause, 0) + number

    wanted = {'opened': 20}
    for m in random.sample (sealed, 20):
        attack (m.topic, m.payload, replayed=1)
    attack ('encrypted/home/other', sealed[0].payload, moved=1)
    attack ('encrypted/elsewhere', sealed[0].payload)
    for size in 0, 1, 47, 79, len (sealed[0].payload) - 32:
        attack (sealed[0].topic, sealed[0].payload[:size], **{'forged' if size >= 80 else 'malformed': 1})
    for position in 9, 40, len (sealed[0].payload) - 1:
        changed = bytearray (sealed[0].payload)
        changed[position] ^= 1
        attack (sealed[0].topic, bytes (changed), forged=1)
    attack (sealed[0].topic, sealed[0].payload[:4] + b'\0\0\0\0' + sealed[0].payload[8:], unknown_key=1)
    attack (sealed[0].topic, b'plain text', malformed=1)
    attack (sealed[0].topic, b'', malformed=1)
    attack (sealed[0].topic, bytes (300000), malformed=1)
    # Sealed by somebody else, and sealed with the right key, but in the other form.
    attack (sealed[0].topic, bytes (nacl.secret.SecretBox (other.read_bytes ()).encrypt (bytes (100))), malformed=1)
    attack (sealed[0].topic, bytes (nacl.secret.SecretBox (key.read_bytes ()).encrypt (bytes (104))), malformed=1)
    wait_stats (come, **wanted)
    for _ in range (5000):
        attacker.publish (sealed[0].topic, b'x' * 40, qos=1)
    wanted['malformed'] += 5000
    wait_stats (come, **wanted)
    attacker.publish_and_wait ('encrypted/home/' + 'x' * 2000, b'x')
    wanted['malformed'] += 1
    writer.publish_and_wait ('home/last', b'last')
    wanted['opened'] += 1
    wait_stats (come, **wanted)
    settle (lab, b)
    assert [m.payload for m in reader.messages if m.topic != 'settled'] == [f'text {n}'.encode () for n in range (20)] + [b'last']
    assert come.stop () == 0


class OldBroker (Cuttable):
    """A broker that knows MQTT 3.1.1 and nothing newer: a real one behind a door that turns others away."""
    refused = 0

    def handle (self, near):
        # Fixed header, name and level of a CONNECT; no name here makes it longer than a length of one or two bytes.
        head = near.recv (12, socket.MSG_PEEK | socket.MSG_WAITALL)
        if head[head.index (b'MQTT') + 4] == 4:
            super ().handle (near)
        else:
            self.refused += 1
            near.sendall (b'\x20\x02\x00\x01')


@case ('both-ways-table')
def _ (lab):
    """One tree in both directions: no echo, no loop; what is retained stays so, on MQTT 5 with every message. The same with
    MQTT 3.1.1 where it is asked for, and where the brokers know nothing else."""
    key = make_key (lab)
    for v5, old in (True, False), (False, False), (False, True):
        (_, a), (_, b), (_, public) = lab.broker (), lab.broker (), lab.broker ()
        more = [] if v5 or old else ['--only-mqtt3']
        doors = [OldBroker (lab, port) for port in (a, b, public)] if old else []
        Client (lab, a).publish_and_wait ('tree/old', b'old', retain=True)
        ports = [door.port for door in doors] or [a, b, public]
        first, second = [bridge (lab, port, ports[2], key, '--both', 'tree/#', '--topics', 'tokens', *more) for port in ports[:2]]
        assert all (door.refused for door in doors)
        at_a, at_b = Client (lab, a, 'tree/#'), Client (lab, b, 'tree/#')
        wait_stats (first, forwarded=1)
        for qos in 0, 1, 2:
            for retain in False, True:
                at_a.publish (f'tree/a/{qos}{retain}', b'there', qos=qos, retain=retain)
                at_b.publish (f'tree/b/{qos}{retain}', b'back', qos=qos, retain=retain)
        wait_stats (first, forwarded=7, opened=6)
        wait_stats (second, forwarded=6, opened=6)
        for port in a, b, public:
            settle (lab, port)
        for client in at_a, at_b:
            live = [m.topic for m in client.messages if m.topic != 'tree/old']
            assert len (live) == len (set (live)) == 12, sorted (live)
            granted = {m.topic: m.qos for m in client.messages}
            assert all (granted[t] == min (int (t[7]), 1) for t in live), granted
        kept = {m.topic for m in Client (lab, b, 'tree/#').wait_for (6 if v5 else 3) if m.retain}
        settle (lab, b)
        assert {t for t in kept if t.startswith ('tree/a')} == ({f'tree/a/{q}True' for q in range (3)} if v5 else set ()), kept
        # Without No Local each hears all that it published itself, on either broker.
        for program, echoes in (first, 13), (second, 12):
            wait_stats (program, loop=0 if v5 else echoes)
            assert program.stop () == 0


@case ('rules-change-while-running')
def _ (lab):
    (_, local), (_, public) = lab.broker (), lab.broker ()
    rules = lab.path / 'rules'
    rules.write_text ('# what leaves\nout a/#\n')
    program = bridge (lab, local, public, make_key (lab), '--rules', rules, '--topics', 'clear')
    spy, writer = Client (lab, public, '#'), Client (lab, local)
    writer.publish_and_wait ('a/1', b'x')
    writer.publish_and_wait ('b/1', b'x')
    spy.wait_for (1)
    rules.write_text ('out a/#\nout b/#\n')
    program.send_signal (signal.SIGHUP)
    program.wait_event ('rules', rules=2)
    wait_for (lambda: writer.publish_and_wait ('b/2', b'x') or 'encrypted/b/2' in spy.topics (), 'the new rule')
    rules.write_text ('out b/#\nout #\n')
    program.send_signal (signal.SIGHUP)
    program.wait_event ('error', code='rule')
    rules.write_text ('out b/#\n')
    program.send_signal (signal.SIGHUP)
    program.wait_event ('rules', rules=1)
    writer.publish_and_wait ('a/2', b'x')
    writer.publish_and_wait ('b/3', b'x')
    wait_for (lambda: 'encrypted/b/3' in spy.topics (), 'the rule that stays')
    assert 'encrypted/a/2' not in spy.topics () and 'encrypted/b/1' not in spy.topics ()
    assert len ([e for e in program.events if e['event'] == 'state' and e['local'] != 'online']) == 0
    assert program.stop () == 0


@case ('refused-before-anything-starts')
def _ (lab):
    key = make_key (lab)
    ends = ['--local', '127.0.0.1:1', '--remote', '127.0.0.1:2', '--keyfile', key]
    wrong = [
        (['secure-bridge', 'encrypt', '127.0.0.1', '1', '--keyfile', key, '--s_topics', '#'], 2, 'without end'),
        (['secure-bridge', 'encrypt', '127.0.0.1', '1', '--keyfile', key, '--s_topics', 'encrypted/#'], 2, 'round'),
        (['secure-bridge', 'encrypt', '127.0.0.1', '1'], 2, '--keyfile'),
        (['secure-bridge', 'scramble', '127.0.0.1', '1', '--keyfile', key], 2, 'scramble'),
        (['secure-bridge', 'encrypt', '127.0.0.1', '1', '--keyfile', '/nowhere'], 4, '/nowhere'),
        (['bridge', *ends, '--out', 'a/#'], 2, '--bridge-id'),
        (['bridge', *ends, '--out', 'a/#', '--bridge-id', 'my bridge'], 2, '26 letters'),
        (['bridge', *ends, '--out', '$SYS/#', '--topics', 'clear'], 2, 'own topic'),
        (['bridge', *ends, '--topics', 'clear'], 2, '--out'),
        (['bridge', '--local', 'h:1', '--remote', 'H:1', '--keyfile', key, '--out', 'a/#', '--topics', 'clear'], 2, 'same broker'),
        (['secure-bridge-keygen', key], 4, '--force'),
    ]
    for arguments, code, part in wrong:
        program = lab.mmp (*arguments)
        assert program.wait () == code and len (program.errors) == 1 and part in program.errors[0], (arguments, program.errors)


run ()
