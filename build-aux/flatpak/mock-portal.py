#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""mock-portal.py WORD…: a desktop portal that offers `secret`, the same each time, or `notification`, or both. Prints a line when it is
there and one for each notification."""
import hashlib
import os
import sys

from gi.repository import Gio, GLib

NAME, PATH = 'org.freedesktop.portal.Desktop', '/org/freedesktop/portal/desktop'
SECRET = hashlib.sha512(b'of a person who logged in').digest()
INTERFACES = {'secret': '''
<node>
  <interface name="org.freedesktop.portal.Secret">
    <method name="RetrieveSecret">
      <arg type="h" name="fd" direction="in"/>
      <arg type="a{sv}" name="options" direction="in"/>
      <arg type="o" name="handle" direction="out"/>
    </method>
    <property name="version" type="u" access="read"/>
  </interface>
</node>''', 'notification': '''
<node>
  <interface name="org.freedesktop.portal.Notification">
    <method name="AddNotification">
      <arg type="s" name="id" direction="in"/>
      <arg type="a{sv}" name="notification" direction="in"/>
    </method>
    <method name="RemoveNotification">
      <arg type="s" name="id" direction="in"/>
    </method>
    <property name="version" type="u" access="read"/>
  </interface>
</node>'''}


def on_notification(connection, sender, path, interface, method, parameters, invocation):
    if method == 'AddNotification':
        said = parameters.unpack()[1]
        print(f'{said["title"]}: {said["body"]}', flush=True)
    invocation.return_value(None)


def on_secret(connection, sender, path, interface, method, parameters, invocation):
    index, options = parameters.unpack()
    with os.fdopen(invocation.get_message().get_unix_fd_list().get(index), 'wb') as pipe:
        pipe.write(SECRET)
    handle = f'{PATH}/request/{sender[1:].replace(".", "_")}/{options.get("handle_token", "t")}'
    invocation.return_value(GLib.Variant('(o)', (handle,)))
    connection.emit_signal(sender, handle, 'org.freedesktop.portal.Request', 'Response', GLib.Variant('(ua{sv})', (0, {})))


def on_get(connection, sender, path, interface, name):
    return GLib.Variant('u', 1)


def on_bus(connection, name):
    for word in sys.argv[1:]:
        connection.register_object(PATH, Gio.DBusNodeInfo.new_for_xml(INTERFACES[word]).interfaces[0], CALLS[word], on_get, None)


CALLS = {'secret': on_secret, 'notification': on_notification}
Gio.bus_own_name(Gio.BusType.SESSION, NAME, Gio.BusNameOwnerFlags.NONE, on_bus, lambda *args: print('ready', flush=True), lambda *args: os._exit(1))
GLib.MainLoop().run()
