#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""thesis_client.py encrypt|decrypt PORT FILTER LEVEL KEYFILE|-p PASSWORD: a secure bridge client with PyNaCl and paho, in the way
of the thesis's: one message after the other in the callback, and with a password a new key for each."""
import base64
import json
import sys

import nacl.pwhash
import nacl.secret
import nacl.utils
import paho.mqtt.client as mqtt

role, port, topics, level, secret = sys.argv[1:6]
password = sys.argv[6].encode() if secret == '-p' else None
kdf = nacl.pwhash.argon2i.kdf
box = None if password else nacl.secret.SecretBox(open(secret, 'rb').read())


def make_box(salt):
    return nacl.secret.SecretBox(kdf(nacl.secret.SecretBox.KEY_SIZE, password, salt))


def encrypt(payload):
    if box:
        return bytes(box.encrypt(payload))
    salt = nacl.utils.random(nacl.pwhash.argon2i.SALTBYTES)
    sealed = make_box(salt).encrypt(payload)
    return json.dumps({'salt': base64.b64encode(salt).decode(), 'message': base64.b64encode(sealed).decode()}).encode()


def decrypt(payload):
    if box:
        return box.decrypt(payload)
    parts = json.loads(payload)
    return make_box(base64.b64decode(parts['salt'])).decrypt(base64.b64decode(parts['message']))


def on_message(client, _data, message):
    topic = f'{level}/{message.topic}' if role == 'encrypt' else message.topic.partition('/')[2]
    client.publish(topic, (encrypt if role == 'encrypt' else decrypt)(message.payload), message.qos)


def on_connect(client, *_):
    client.subscribe(topics, 1)


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.on_connect, client.on_message = on_connect, on_message
client.on_subscribe = lambda *_: print('ready', flush=True)
client.max_queued_messages_set(0)
client.connect('127.0.0.1', int(port))
client.loop_forever()
