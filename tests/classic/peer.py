#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the thesis's program, in both roles, written from PROTOCOL.md ("Classic") with aiortc, PyNaCl and paho.

peer.py listener  BROKER-PORT PRIVATE-KEY SERVICE-PORT [--trusted FILE] …
peer.py initiator BROKER-PORT PRIVATE-KEY LOCAL-PORT --listener KEY …

Everything is on 127.0.0.1. One JSON object a line says what happens. An initiator calls anew on SIGHUP.
"""
import argparse, asyncio, base64, contextlib, itertools, json, signal, socket, sys

import aioice.ice
import nacl.exceptions
import nacl.public
import paho.mqtt.client
from aiortc import RTCPeerConnection, RTCSessionDescription

LINGER = 0.25
HIGH_WATER = 256 * 1024


def say (event, **fields):
    print (json.dumps ({'event': event, **fields}), flush=True)


def from_text (text):
    return base64.b32decode (text.strip ())


def to_text (key):
    return base64.b32encode (bytes (key)).decode ()


class Loop (asyncio.SelectorEventLoop):
    """With room for what comes while Python is busy: lost packets cost SCTP seconds, and this is no test of aiortc."""

    async def create_datagram_endpoint (self, *arguments, **options):
        transport, protocol = await super ().create_datagram_endpoint (*arguments, **options)
        transport.get_extra_info ('socket').setsockopt (socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        return transport, protocol


class Post:
    """Sealed messages through the broker."""

    def __init__ (self, options, on_message):
        with open (options.key, encoding='ascii') as file:
            self.private = nacl.public.PrivateKey (from_text (file.read ()))
        self.own = to_text (self.private.public_key)
        self.options = options
        self.on_message = on_message
        self.loop = asyncio.get_running_loop ()
        self.ready = asyncio.Event ()
        self.client = paho.mqtt.client.Client (paho.mqtt.client.CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe (self.filter ())
        self.client.on_subscribe = lambda *_: self.loop.call_soon_threadsafe (self.ready.set)
        self.client.on_message = self._on_message
        self.client.connect ('127.0.0.1', options.broker)
        self.client.loop_start ()

    def topic (self, other, side):
        listener, initiator = (self.own, other) if self.options.role == 'listener' else (other, self.own)
        return f'{self.options.prefix}/{listener}/{initiator}/{self.options.channel}/{side}'

    def filter (self):
        return self.topic ('+', 'o') if self.options.role == 'listener' else self.topic (self.options.listener, 'a')

    def _on_message (self, client, data, message):
        levels = message.topic.split ('/')
        other = levels[-3] if self.options.role == 'listener' else self.options.listener
        try:
            box = nacl.public.Box (self.private, nacl.public.PublicKey (from_text (other)))
            text = json.loads (box.decrypt (message.payload))
        except (ValueError, nacl.exceptions.CryptoError) as problem:
            say ('ignored', why=str (problem))
            return
        self.loop.call_soon_threadsafe (self.on_message, other, text)

    def send (self, other, message):
        box = nacl.public.Box (self.private, nacl.public.PublicKey (from_text (other)))
        side = 'a' if self.options.role == 'listener' else 'o'
        self.client.publish (self.topic (other, side), bytes (box.encrypt (json.dumps (message, sort_keys=True).encode ())))

    def stop (self):
        self.client.disconnect ()
        self.client.loop_stop ()


class Bridge:
    """One TCP connection and its channel. An empty message is the end of a direction."""

    def __init__ (self, channel, size, opener):
        self.channel, self.size, self.opener = channel, size, opener
        self.messages = asyncio.Queue ()
        self.low = asyncio.Event ()
        channel.bufferedAmountLowThreshold = HIGH_WATER // 2
        channel.on ('bufferedamountlow', self.low.set)
        channel.on ('message', self.messages.put_nowait)
        channel.on ('close', lambda: self.messages.put_nowait (None))

    async def to_channel (self, reader):
        while True:
            data = await reader.read (65536)
            for start in range (0, len (data), self.size):
                self.channel.send (data[start:start + self.size])
            if not data:
                self.channel.send (b'')
                return
            while self.channel.bufferedAmount > HIGH_WATER:
                self.low.clear ()
                await self.low.wait ()

    async def to_socket (self, writer):
        while data := await self.messages.get ():
            writer.write (data)
            await writer.drain ()
        if data is None:
            raise ConnectionError ('closed without an end')
        writer.write_eof ()

    async def run (self, reader, writer):
        try:
            await asyncio.gather (self.to_channel (reader), self.to_socket (writer))
            await asyncio.sleep (LINGER if self.opener else 30)
        except (ConnectionError, OSError, RuntimeError, Exception) as problem:
            say ('broken', why=repr (problem))
            writer.transport.abort ()
        finally:
            writer.close ()
            self.channel.close ()


class Peer:
    def __init__ (self, options):
        self.options = options
        self.tasks = set ()
        self.connections = {}
        self.stopping = asyncio.Event ()

    def spawn (self, coroutine):
        task = asyncio.ensure_future (coroutine)
        self.tasks.add (task)
        task.add_done_callback (self.tasks.discard)

    def watch (self, connection, other):
        connection.on ('connectionstatechange', lambda: say ('state', state=connection.connectionState, device=other))

    async def drop (self, other):
        connection = self.connections.pop (other, None)
        if connection is not None:
            await connection.close ()

    def description (self, connection):
        return {'sdp': self.alter (connection.localDescription.sdp), 'type': connection.localDescription.type}

    def alter (self, sdp):
        if not self.options.wrong_fingerprint:
            return sdp
        begin = 'a=fingerprint:sha-256 '
        return ''.join (begin + ('00' if l[len (begin):len (begin) + 2] != '00' else '11') + l[len (begin) + 2:] if l.startswith (begin) else l
                        for l in sdp.splitlines (keepends=True))

    async def run (self):
        loop = asyncio.get_running_loop ()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler (number, self.stopping.set)
        loop.add_signal_handler (signal.SIGHUP, lambda: self.spawn (self.call ()))
        self.post = Post (self.options, lambda other, message: self.spawn (self.take (other, message)))
        await self.post.ready.wait ()
        await self.begin ()
        await self.stopping.wait ()
        for other in list (self.connections) or ([self.options.listener] if self.options.role == 'initiator' else []):
            self.post.send (other, {'type': 'bye'})
        self.post.stop ()
        for other in list (self.connections):
            with contextlib.suppress (asyncio.TimeoutError):
                await asyncio.wait_for (self.drop (other), 2)


class Listener (Peer):
    async def begin (self):
        say ('waiting', key=self.post.own)

    def is_trusted (self, other):
        if self.options.trusted is None:
            return True
        with open (self.options.trusted, encoding='ascii') as file:
            return other in {line.split ('#')[0].strip () for line in file}

    async def take (self, other, message):
        if not self.is_trusted (other):
            say ('refused', device=other)
            return
        await self.drop (other)
        if message['type'] != 'offer':
            say ('bye', device=other)
            return
        connection = self.connections[other] = RTCPeerConnection ()
        self.watch (connection, other)
        connection.on ('datachannel', self.on_channel)
        await connection.setRemoteDescription (RTCSessionDescription (**message))
        await connection.setLocalDescription (await connection.createAnswer ())
        self.post.send (other, self.description (connection))

    def on_channel (self, channel):
        # Not a coroutine: it would begin later, and what came in the meantime would be lost.
        say ('channel', label=channel.label)
        if channel.label != 'dummy':
            self.spawn (self.serve (Bridge (channel, self.options.size, False)))

    async def serve (self, bridge):
        try:
            reader, writer = await asyncio.open_connection ('127.0.0.1', self.options.port)
        except OSError as problem:
            say ('broken', why=repr (problem))
            bridge.channel.close ()
            return
        await bridge.run (reader, writer)


class Initiator (Peer):
    async def begin (self):
        self.numbers = itertools.count (1)
        self.server = await asyncio.start_server (self.on_connection, '127.0.0.1', self.options.port)
        await self.call ()

    async def call (self):
        other = self.options.listener
        await self.drop (other)
        self.post.send (other, {'type': 'bye'})
        connection = self.connections[other] = RTCPeerConnection ()
        self.up = asyncio.Event ()
        self.watch (connection, other)
        dummy = connection.createDataChannel ('dummy')
        dummy.on ('open', self.on_open)
        # Ids of our own: aiortc uses one again at once, and then a late reset of the old channel closes the new one.
        self.ids = itertools.count (2, 2)
        await connection.setLocalDescription (await connection.createOffer ())
        self.post.send (other, self.description (connection))

    def on_open (self):
        self.up.set ()
        say ('up')

    async def take (self, other, message):
        if message['type'] == 'answer':
            await self.connections[other].setRemoteDescription (RTCSessionDescription (**message))
        elif message['type'] == 'bye':
            say ('bye', device=other)
            await self.drop (other)

    async def on_connection (self, reader, writer):
        await self.up.wait ()
        channel = self.connections[self.options.listener].createDataChannel (f'channel{next (self.numbers)}', id=next (self.ids))
        bridge = Bridge (channel, self.options.size, True)
        is_open = asyncio.Event ()
        channel.on ('open', is_open.set)
        if channel.readyState != 'open':
            await is_open.wait ()
        await bridge.run (reader, writer)


def main ():
    parser = argparse.ArgumentParser ()
    parser.add_argument ('role', choices=['listener', 'initiator'])
    parser.add_argument ('broker', type=int)
    parser.add_argument ('key')
    parser.add_argument ('port', type=int)
    parser.add_argument ('--listener')
    parser.add_argument ('--trusted')
    parser.add_argument ('--prefix', default='mqttsignaling')
    parser.add_argument ('--channel', default='conn1')
    parser.add_argument ('--size', type=int, default=250, help='of a message at most; the thesis has 250')
    parser.add_argument ('--wrong-fingerprint', action='store_true')
    options = parser.parse_args ()
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ['127.0.0.1']
    sys.stdout.reconfigure (line_buffering=True)

    async def start ():
        await {'listener': Listener, 'initiator': Initiator}[options.role] (options).run ()

    with asyncio.Runner (loop_factory=Loop) as runner:
        runner.run (start ())


main ()
