#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""aiortc_pump.py near|far SIGNALLING-ADDRESS PORT TCP-ADDRESS PORT

A TCP tunnel over aiortc's data channels, one a connection, for comparison. near opens the TCP port, far connects to the service.
Signalling is one offer and one answer over a plain TCP connection.
"""
import asyncio
import itertools
import json
import sys

from aiortc import RTCPeerConnection, RTCSessionDescription

MESSAGE = 16 * 1024
HIGH_WATER = 1024 * 1024


async def socket_to_channel(reader, channel):
    low = asyncio.Event()
    channel.bufferedAmountLowThreshold = HIGH_WATER // 2
    channel.on('bufferedamountlow', low.set)
    while data := await reader.read(MESSAGE):
        channel.send(data)
        if channel.bufferedAmount > HIGH_WATER:
            low.clear()
            await low.wait()
    channel.close()


async def channel_to_socket(messages, writer):
    while (data := await messages.get()) is not None:
        writer.write(data)
        await writer.drain()
    writer.close()


def listen_to(channel):
    """Everything that arrives, in order; None at the end."""
    messages = asyncio.Queue()
    channel.on('message', messages.put_nowait)
    channel.on('close', lambda: messages.put_nowait(None))
    return messages


async def pump(channel, messages, reader, writer):
    try:
        await asyncio.gather(socket_to_channel(reader, channel), channel_to_socket(messages, writer))
    except ConnectionError:
        channel.close()


def describe(connection):
    return json.dumps({'sdp': connection.localDescription.sdp, 'type': connection.localDescription.type}).encode() + b'\n'


async def accept_description(connection, reader):
    await connection.setRemoteDescription(RTCSessionDescription(**json.loads(await reader.readline())))


async def dial(address, port):
    while True:
        try:
            return await asyncio.open_connection(address, port, limit=2**20)
        except ConnectionError:
            await asyncio.sleep(0.1)


async def near(signalling, local):
    connection = RTCPeerConnection()
    connection.createDataChannel('first')
    # Ids of our own: aiortc uses one again at once, and then a late reset of the old channel closes the new one.
    ids = itertools.count(2, 2)

    async def on_connection(reader, writer):
        number = next(ids)
        channel = connection.createDataChannel(f'conn{number}', id=number)
        messages = listen_to(channel)
        is_open = asyncio.Event()
        channel.on('open', is_open.set)
        if channel.readyState != 'open':
            await is_open.wait()
        await pump(channel, messages, reader, writer)

    reader, writer = await dial(*signalling)
    await connection.setLocalDescription(await connection.createOffer())
    writer.write(describe(connection))
    await accept_description(connection, reader)
    server = await asyncio.start_server(on_connection, *local)
    await server.serve_forever()


async def far(signalling, service):
    running = set()

    async def serve(channel, messages):
        await pump(channel, messages, *await asyncio.open_connection(*service))

    def on_channel(channel):
        # Not a coroutine: it would begin later, and what came in the meantime would be lost.
        if channel.label != 'first':
            task = asyncio.ensure_future(serve(channel, listen_to(channel)))
            running.add(task)
            task.add_done_callback(running.discard)

    async def on_signalling(reader, writer):
        connection = RTCPeerConnection()
        connection.on('datachannel', on_channel)
        await accept_description(connection, reader)
        await connection.setLocalDescription(await connection.createAnswer())
        writer.write(describe(connection))
        await reader.read()

    server = await asyncio.start_server(on_signalling, *signalling, limit=2**20)
    await server.serve_forever()


def main():
    role, *rest = sys.argv[1:]
    signalling = (rest[0], int(rest[1]))
    tcp = (rest[2], int(rest[3]))
    asyncio.run({'near': near, 'far': far}[role](signalling, tcp))


main()
