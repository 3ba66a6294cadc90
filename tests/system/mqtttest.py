# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""MQTT clients for the system tests: one that publishes and loses nothing, one that notes all that comes."""
import collections, threading

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from mmptest import wait_for

Message = collections.namedtuple ('Message', 'topic payload qos retain properties')


def keeping_session ():
    properties = Properties (PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 3600
    return properties


class Client:
    """Connected until it is closed, over any number of connections; its session is kept if it has a name."""

    def __init__ (self, lab, port, *filters, name='', v5=True, qos=1):
        self.messages, self.news, self.filters, self.qos = [], threading.Condition (), filters, qos
        self.subscribed = not filters
        protocol = mqtt.MQTTv5 if v5 else mqtt.MQTTv311
        clean = {} if v5 else {'clean_session': not name}
        self.client = mqtt.Client (mqtt.CallbackAPIVersion.VERSION2, client_id=name, protocol=protocol, **clean)
        self.client.on_connect, self.client.on_message, self.client.on_subscribe = self._connected, self._came, self._granted
        self.client.reconnect_delay_set (0.05, 0.5)
        self.client.max_inflight_messages_set (200)
        self.client.max_queued_messages_set (0)
        options = {'clean_start': not name, 'properties': keeping_session () if name else None} if v5 else {}
        self.client.connect ('127.0.0.1', port, keepalive=20, **options)
        self.client.loop_start ()
        lab.stack.callback (self.close)
        wait_for (lambda: self.client.is_connected () and self.subscribed, 'an MQTT client to be ready')

    def _connected (self, client, _data, _flags, _reason, _properties):
        for f in self.filters:
            client.subscribe (f, qos=self.qos)

    def _granted (self, *_):
        self.subscribed = True

    def _came (self, _client, _data, m):
        properties = getattr (m, 'properties', None)
        with self.news:
            self.messages.append (Message (m.topic, m.payload, m.qos, m.retain, properties))

    def publish (self, topic, payload, qos=1, retain=False, **properties):
        # There are 65,535 packet ids.
        wait_for (lambda: len (self.client._out_messages) < 10000, 'room to publish')
        sent = None
        if properties:
            sent = Properties (PacketTypes.PUBLISH)
            for key, value in properties.items ():
                setattr (sent, key, value)
        info = self.client.publish (topic, payload, qos, retain, properties=sent)
        # It is kept and goes when there is a connection again; is_published () would call that a failure.
        if info.rc == mqtt.MQTT_ERR_NO_CONN and qos > 0:
            info.rc = mqtt.MQTT_ERR_SUCCESS
        return info

    def publish_and_wait (self, topic, payload, **options):
        info = self.publish (topic, payload, **options)
        wait_for (info.is_published, f'{topic} to be acknowledged')

    def wait_for (self, count, deadline=None):
        """The first `count` messages that came."""
        wait_for (lambda: len (self.messages) >= count, f'{count} messages (there are {len (self.messages)})', deadline)
        return self.messages[:count]

    def topics (self):
        return [m.topic for m in self.messages]

    def close (self):
        self.client.disconnect ()
        self.client.loop_stop ()


def settle (lab, port, topic='settled'):
    """Lets what is on its way through a broker arrive: a message that comes back has overtaken nothing."""
    client = Client (lab, port, topic)
    client.publish (topic, b'')
    client.wait_for (1)
    client.close ()
