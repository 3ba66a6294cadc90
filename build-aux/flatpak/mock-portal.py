#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop portal that offers nothing but the Secret portal, whose secret is the same each time. Prints a line when it is there."""
import hashlib
import os

from gi.repository import Gio, GLib

NAME, PATH = 'org.freedesktop.portal.Desktop', '/org/freedesktop/portal/desktop'
SECRET = hashlib.sha512(b'of a person who logged in').digest()
INTERFACE = '''
<node>
  <interface name="org.freedesktop.portal.Secret">
    <method name="RetrieveSecret">
      <arg type="h" name="fd" direction="in"/>
      <arg type="a{sv}" name="options" direction="in"/>
      <arg type="o" name="handle" direction="out"/>
    </method>
    <property name="version" type="u" access="read"/>
  </interface>
</node>'''


def on_call(connection, sender, path, interface, method, parameters, invocation):
    index, options = parameters.unpack()
    with os.fdopen(invocation.get_message().get_unix_fd_list().get(index), 'wb') as pipe:
        pipe.write(SECRET)
    handle = f'{PATH}/request/{sender[1:].replace(".", "_")}/{options.get("handle_token", "t")}'
    invocation.return_value(GLib.Variant('(o)', (handle,)))
    connection.emit_signal(sender, handle, 'org.freedesktop.portal.Request', 'Response', GLib.Variant('(ua{sv})', (0, {})))


def on_get(connection, sender, path, interface, name):
    return GLib.Variant('u', 1)


def on_bus(connection, name):
    connection.register_object(PATH, Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0], on_call, on_get, None)


Gio.bus_own_name(Gio.BusType.SESSION, NAME, Gio.BusNameOwnerFlags.NONE, on_bus, lambda *args: print('ready', flush=True), lambda *args: os._exit(1))
GLib.MainLoop().run()
