#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Message Portal developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""mmp speaks the language of whoever reads it, and always English to programs."""
import os, re, subprocess

from mmptest import *


class German (Lab):
    """A German locale, made for the case; without one there are no translations."""

    def __init__ (self):
        super ().__init__ ()
        self.german = None

    def speak (self):
        if 'TEXTDOMAINDIR' not in os.environ:
            raise Skip ('nothing is translated in this build')
        path = self.path / 'de_DE.UTF-8'
        made = subprocess.run ([need ('localedef'), '-f', 'UTF-8', '-i', 'de_DE', str (path)], capture_output=True, text=True)
        if made.returncode != 0:
            raise Skip ('the locale de_DE cannot be made')
        self.german = {'LOCPATH': str (self.path), 'LC_ALL': 'de_DE.UTF-8', 'LANGUAGE': 'de'}

    def ask (self, code, *argv):
        if self.german is None:
            self.speak ()
        program = self.mmp (*argv, env=self.german)
        assert program.wait () == code, f'{argv}: {program.process.returncode} instead of {code}: {program.lines} {program.errors}'
        return program


@case ('help-is-translated')
def help_text (lab):
    text = '\n'.join (lab.ask (0, '--help').lines)
    assert 'Befehle:' in text and 'Ein Schlüsselpaar machen' in text and 'Commands' not in text, text
    for command in 'listener', 'doctor', 'portal', 'trust':
        shown = '\n'.join (lab.ask (0, command, '--help').lines)
        english = re.findall (r'\b(?:the|with|this|of|is|and)\b', shown)
        assert not english, (command, english, shown)


@case ('mistakes-are-explained')
def mistakes (lab):
    for code, argv, sentence in ((2, ['listner'], 'Es gibt keinen Befehl „listner“. Meinten Sie „mmp listener“?'),
                                 (2, ['initiator', 'host', 'nix', '127.0.0.1', '1884', 'KEY'], 'Ein Port ist eine Zahl von 1 bis 65535, nicht „nix“'),
                                 (4, ['listener', 'host', '8883', '127.0.0.1', '1883', str (lab.path / 'none')], 'Die Schlüsseldatei kann nicht benutzt werden')):
        program = lab.ask (code, *argv)
        assert len (program.errors) == 1 and sentence in program.errors[0], program.errors


@case ('doctor-explains-in-german-and-reports-in-english')
def doctor (lab):
    port = free_port ()
    looked = lab.ask (1, 'doctor', '127.0.0.1', port, '--notls', '--no-stun')
    text = '\n'.join (looked.lines)
    assert 'FEHLER' in text and 'Der Broker ist nicht erreichbar (unter Adresse und Port des Brokers nimmt niemand Verbindungen an).' in text and 'Prüfen Sie Adresse und Port' in text, text
    assert 'Von hier kann kein Tunnel gelingen' in text, text
    reported = lab.ask (1, 'doctor', '127.0.0.1', port, '--notls', '--no-stun', '--json')
    messages = [e['message'] for e in reported.events if 'message' in e]
    assert any ('The broker cannot be reached' in m for m in messages), reported.events
    assert not any ('Broker ist' in m for m in messages), messages


@case ('numbers-are-written-as-people-write-them')
def numbers (lab):
    _, port = lab.broker ()
    lab.speak ()
    mirror = lab.mmp ('rtt-mirror', '127.0.0.1', port, 'there', 'back', '--notls')
    ask = need ('mosquitto_rr'), '-h', '127.0.0.1', '-p', port, '-t', 'there', '-e', 'back', '-m', '{"timestamp": 1.5}', '-W', '1'
    wait_for (lambda: lab.start (*ask).wait () == 0, 'the mirror')
    analyzer = lab.ask (0, 'rtt-analyzer', '127.0.0.1', port, 'back', 'there', '--notls', '--count', '5', '--message_interval', '0.01')
    assert re.fullmatch (r'Gesendet: 5, zurückgekommen: \d+, verloren: \d+', analyzer.lines[-2]), analyzer.lines
    assert re.match (r'Umlauf in ms: Mittel \d+,\d{3}, ', analyzer.lines[-1]), analyzer.lines
    assert mirror.stop () == 0


run (German)
