#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""mock-desktop.py [portals] [bare] [notifications] [secrets]: what a desktop does for apps, as a test wishes it.

`bare` are portals of a desktop that has none of them. A test tells it by Set (KEY, VALUE) how to answer and asks it by Calls ()
what was asked for. Keys: camera, screenshot, background, unlock: yes, no, cancel or wait; cameras, autostart: yes or no;
picture: the URI of what a screenshot shows; locked: yes or no.
"""
import os, socket, sys

from gi.repository import Gio, GLib

PORTAL = '''<node>
<interface name="org.freedesktop.portal.Camera">
  <method name="AccessCamera"><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
  <method name="OpenPipeWireRemote"><arg type="a{sv}" direction="in"/><arg type="h" direction="out"/></method>
  <property name="IsCameraPresent" type="b" access="read"/><property name="version" type="u" access="read"/>
</interface>
<interface name="org.freedesktop.portal.Screenshot">
  <method name="Screenshot"><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
  <property name="version" type="u" access="read"/>
</interface>
<interface name="org.freedesktop.portal.Background">
  <method name="RequestBackground"><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
  <method name="SetStatus"><arg type="a{sv}" direction="in"/></method>
  <property name="version" type="u" access="read"/>
</interface></node>'''
NOTIFICATIONS = '''<node><interface name="org.freedesktop.Notifications">
  <method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/></method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/></method>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
</interface></node>'''
CONTROL = '''<node><interface name="io.github.messageportal.Mock">
  <method name="Set"><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
  <method name="Calls"><arg type="as" direction="out"/></method>
  <method name="Press"><arg type="s" direction="in"/></method>
</interface></node>'''
SECRETS = '''<node>
<interface name="org.freedesktop.Secret.Service">
  <method name="OpenSession"><arg type="s" direction="in"/><arg type="v" direction="in"/><arg type="v" direction="out"/><arg type="o" direction="out"/></method>
  <method name="SearchItems"><arg type="a{ss}" direction="in"/><arg type="ao" direction="out"/><arg type="ao" direction="out"/></method>
  <method name="Unlock"><arg type="ao" direction="in"/><arg type="ao" direction="out"/><arg type="o" direction="out"/></method>
  <method name="GetSecrets"><arg type="ao" direction="in"/><arg type="o" direction="in"/><arg type="a{o(oayays)}" direction="out"/></method>
  <method name="ReadAlias"><arg type="s" direction="in"/><arg type="o" direction="out"/></method>
  <property name="Collections" type="ao" access="read"/>
</interface>
<interface name="org.freedesktop.Secret.Collection">
  <method name="CreateItem"><arg type="a{sv}" direction="in"/><arg type="(oayays)" direction="in"/><arg type="b" direction="in"/><arg type="o" direction="out"/><arg type="o" direction="out"/></method>
  <property name="Items" type="ao" access="read"/><property name="Label" type="s" access="read"/><property name="Locked" type="b" access="read"/>
  <property name="Created" type="t" access="read"/><property name="Modified" type="t" access="read"/>
</interface>
<interface name="org.freedesktop.Secret.Item">
  <method name="Delete"><arg type="o" direction="out"/></method>
  <method name="GetSecret"><arg type="o" direction="in"/><arg type="(oayays)" direction="out"/></method>
  <property name="Locked" type="b" access="read"/><property name="Attributes" type="a{ss}" access="read"/><property name="Label" type="s" access="read"/>
  <property name="Created" type="t" access="read"/><property name="Modified" type="t" access="read"/>
</interface>
<interface name="org.freedesktop.Secret.Session"><method name="Close"/></interface>
<interface name="org.freedesktop.Secret.Prompt">
  <method name="Prompt"><arg type="s" direction="in"/></method><method name="Dismiss"/>
  <signal name="Completed"><arg type="b"/><arg type="v"/></signal>
</interface></node>'''

REQUEST_PATH = '/org/freedesktop/portal/desktop/request/'
COLLECTION = '/org/freedesktop/secrets/collection/login'
SESSION = '/org/freedesktop/secrets/session/one'
PROMPT = '/org/freedesktop/secrets/prompt/one'
RESPONSES = {'yes': 0, 'cancel': 1, 'no': 2}


class Desktop:
    def __init__ (self, bus):
        self.bus = bus
        self.said = {'camera': 'yes', 'cameras': 'yes', 'screenshot': 'yes', 'background': 'yes', 'autostart': 'yes', 'unlock': 'yes', 'locked': 'no'}
        self.calls = []
        self.waiting = {}  # what has not been answered: (where to, whom)
        self.items = {}  # path of an item: (attributes, secret, label)
        self.n_items = 0
        self.notified = {}  # number: default action
        self.offer ('/mock', CONTROL)

    def offer (self, path, xml, interfaces=None):
        for interface in Gio.DBusNodeInfo.new_for_xml (xml).interfaces:
            if interfaces is None or interface.name.rpartition ('.')[2] in interfaces:
                self.bus.register_object (path, interface, self.on_call, self.on_get, None)

    def on_call (self, bus, sender, path, interface, method, parameters, invocation):
        name = interface.rpartition ('.')[2] + '_' + method
        result = getattr (self, name) (parameters.unpack (), sender, path, invocation)
        if result is not None:
            invocation.return_value (result)

    def on_get (self, bus, sender, path, interface, name):
        if name == 'IsCameraPresent':
            return GLib.Variant ('b', self.said['cameras'] == 'yes')
        if name == 'version':
            return GLib.Variant ('u', 2)
        if name == 'Locked':
            return GLib.Variant ('b', self.said['locked'] == 'yes')
        if name in ('Created', 'Modified'):
            return GLib.Variant ('t', 0)
        if name == 'Collections':
            return GLib.Variant ('ao', [COLLECTION])
        if name == 'Items':
            return GLib.Variant ('ao', list (self.items))
        if name == 'Attributes':
            return GLib.Variant ('a{ss}', self.items[path][0])
        return GLib.Variant ('s', self.items[path][2] if path in self.items else 'Login')

    # --- the test

    def Mock_Set (self, arguments, *_):
        key, value = arguments
        self.said[key] = value
        if value != 'wait' and key in self.waiting:
            self.respond (key, *self.waiting.pop (key))
        return GLib.Variant ('()', ())

    def Mock_Calls (self, *_):
        return GLib.Variant ('(as)', (self.calls,))

    def Mock_Press (self, arguments, *_):
        """Somebody presses the button of a notification."""
        number = max (self.notified)
        self.bus.emit_signal (None, '/org/freedesktop/Notifications', 'org.freedesktop.Notifications', 'ActionInvoked',
                              GLib.Variant ('(us)', (number, self.notified[number][arguments[0]])))
        return GLib.Variant ('()', ())

    # --- portals

    def ask (self, key, options, sender):
        handle = REQUEST_PATH + sender[1:].replace ('.', '_') + '/' + options['handle_token']
        if self.said[key] == 'wait':
            self.waiting[key] = (handle, sender)
        else:
            GLib.idle_add (self.respond, key, handle, sender)
        return GLib.Variant ('(o)', (handle,))

    def respond (self, key, handle, sender):
        results = {}
        if key == 'background':
            results = {'background': GLib.Variant ('b', True), 'autostart': GLib.Variant ('b', self.said['autostart'] == 'yes')}
        elif key == 'screenshot':
            results = {'uri': GLib.Variant ('s', self.said.get ('picture', ''))}
        self.bus.emit_signal (sender, handle, 'org.freedesktop.portal.Request', 'Response',
                              GLib.Variant ('(ua{sv})', (RESPONSES[self.said[key]], results)))

    def Camera_AccessCamera (self, arguments, sender, *_):
        self.calls.append ('camera')
        return self.ask ('camera', arguments[0], sender)

    def Camera_OpenPipeWireRemote (self, arguments, sender, path, invocation):
        connection = socket.socket (socket.AF_UNIX)
        connection.connect (os.path.join (os.environ['XDG_RUNTIME_DIR'], 'pipewire-0'))
        handles = Gio.UnixFDList.new ()
        index = handles.append (connection.fileno ())
        connection.close ()
        invocation.return_value_with_unix_fd_list (GLib.Variant ('(h)', (index,)), handles)

    def Screenshot_Screenshot (self, arguments, sender, *_):
        self.calls.append ('screenshot interactive' if arguments[1].get ('interactive') else 'screenshot')
        return self.ask ('screenshot', arguments[1], sender)

    def Background_RequestBackground (self, arguments, sender, *_):
        options = arguments[1]
        self.calls.append ('background autostart=%d %s' % (options.get ('autostart', False), ' '.join (options.get ('commandline', []))))
        return self.ask ('background', options, sender)

    def Background_SetStatus (self, arguments, *_):
        self.calls.append ('status ' + arguments[0]['message'])
        return GLib.Variant ('()', ())

    # --- notifications

    def Notifications_Notify (self, arguments, *_):
        number = len (self.notified) + 1
        actions = arguments[5]
        self.notified[number] = {label: action for action, label in zip (actions[::2], actions[1::2])}
        self.calls.append (f'notification {arguments[3]}: {arguments[4]}')
        return GLib.Variant ('(u)', (number,))

    def Notifications_CloseNotification (self, *_):
        return GLib.Variant ('()', ())

    def Notifications_GetCapabilities (self, *_):
        return GLib.Variant ('(as)', (['actions', 'body'],))

    def Notifications_GetServerInformation (self, *_):
        return GLib.Variant ('(ssss)', ('mock', 'mock', '1', '1.2'))

    # --- the keyring

    def Service_OpenSession (self, arguments, sender, path, invocation):
        if arguments[0] != 'plain':
            invocation.return_dbus_error ('org.freedesktop.DBus.Error.NotSupported', 'plain only')
            return None
        return GLib.Variant ('(vo)', (GLib.Variant ('s', ''), SESSION))

    def find (self, attributes):
        return [path for path, item in self.items.items () if attributes.items () <= item[0].items ()]

    def Service_SearchItems (self, arguments, *_):
        found = self.find (arguments[0])
        locked = self.said['locked'] == 'yes'
        return GLib.Variant ('(aoao)', ([], found) if locked else (found, []))

    def Service_Unlock (self, arguments, *_):
        self.wanted = arguments[0]
        if self.said['locked'] == 'no':
            return GLib.Variant ('(aoo)', (self.wanted, '/'))
        return GLib.Variant ('(aoo)', ([], PROMPT))

    def Prompt_Prompt (self, *_):
        self.calls.append ('unlock')
        accepted = self.said['unlock'] == 'yes'
        if accepted:
            self.said['locked'] = 'no'
        GLib.idle_add (lambda: self.bus.emit_signal (None, PROMPT, 'org.freedesktop.Secret.Prompt', 'Completed',
                                                     GLib.Variant ('(bv)', (not accepted, GLib.Variant ('ao', self.wanted if accepted else [])))) and False)
        return GLib.Variant ('()', ())

    def Prompt_Dismiss (self, *_):
        return GLib.Variant ('()', ())

    def Session_Close (self, *_):
        return GLib.Variant ('()', ())

    def Service_ReadAlias (self, *_):
        return GLib.Variant ('(o)', (COLLECTION,))

    def Service_GetSecrets (self, arguments, *_):
        return GLib.Variant ('(a{o(oayays)})', ({path: self.items[path][1] for path in arguments[0]},))

    def Collection_CreateItem (self, arguments, sender, path, invocation):
        properties, secret, replace = arguments
        if self.said['locked'] == 'yes':
            invocation.return_dbus_error ('org.freedesktop.Secret.Error.IsLocked', 'Cannot create an item in a locked collection')
            return None
        attributes = properties.get ('org.freedesktop.Secret.Item.Attributes', {})
        found = self.find (attributes) if replace else []
        if not found:
            self.n_items += 1
            found = [f'{COLLECTION}/{self.n_items}']
            self.offer (found[0], SECRETS, {'Item'})
        self.items[found[0]] = (attributes, secret, properties.get ('org.freedesktop.Secret.Item.Label', ''))
        return GLib.Variant ('(oo)', (found[0], '/'))

    def Item_Delete (self, arguments, sender, path, invocation):
        self.items.pop (path, None)
        return GLib.Variant ('(o)', ('/',))

    def Item_GetSecret (self, arguments, sender, path, invocation):
        return GLib.Variant ('((oayays))', (self.items[path][1],))


def main (wanted):
    bus = Gio.bus_get_sync (Gio.BusType.SESSION)
    desktop = Desktop (bus)
    names = ['io.github.messageportal.Mock']
    if 'portals' in wanted:
        desktop.offer ('/org/freedesktop/portal/desktop', PORTAL)
    if 'portals' in wanted or 'bare' in wanted:
        names.append ('org.freedesktop.portal.Desktop')
    if 'notifications' in wanted:
        desktop.offer ('/org/freedesktop/Notifications', NOTIFICATIONS)
        names.append ('org.freedesktop.Notifications')
    if 'secrets' in wanted:
        desktop.offer ('/org/freedesktop/secrets', SECRETS, {'Service'})
        desktop.offer (COLLECTION, SECRETS, {'Collection'})
        desktop.offer ('/org/freedesktop/secrets/aliases/default', SECRETS, {'Collection'})
        desktop.offer (SESSION, SECRETS, {'Session'})
        desktop.offer (PROMPT, SECRETS, {'Prompt'})
        names.append ('org.freedesktop.secrets')
    # Who waits for the last name knows that all are there; the control comes last.
    for name in reversed (names):
        Gio.bus_own_name_on_connection (bus, name, Gio.BusNameOwnerFlags.NONE, None, None)
    GLib.MainLoop ().run ()


main (set (sys.argv[1:]))
