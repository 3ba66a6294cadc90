#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-help.py ROOT: the help is valid in each language, all of it is installed and linked, and it calls things by the
names that the app gives them."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

MALLARD = '{http://projectmallard.org/1.0/}'
# what the app does not say itself
OTHERS = {'Apps', 'Message Portal'}


def messages(path):
    """Yields (original, translation) of a catalogue; a plural counts as two."""
    listed = subprocess.run(['msgcat', '--no-wrap', path], capture_output=True, text=True, check=True).stdout
    for block in listed.split('\n\n'):
        fields = {}
        for line in block.splitlines():
            match = re.match(r'(msg[a-z]+(?:\[\d\])?) "(.*)"$', line)
            if match:
                name = match.group(1)
                fields[name] = match.group(2)
            elif line.startswith('"'):
                fields[name] += line[1:-1]
        fields = {name: text.replace('\\"', '"') for name, text in fields.items()}
        if fields.get('msgid'):
            yield fields['msgid'], fields.get('msgstr', fields.get('msgstr[0]', ''))
        if 'msgid_plural' in fields:
            yield fields['msgid_plural'], fields.get('msgstr[1]', '')


def patterns(texts):
    """What labels look like on the screen: without mnemonics, and with anything where a text has a gap."""
    for text in texts:
        parts = re.split(r'%[\d.]*[a-z]', text.replace('_', ''))
        if len(parts) == 1 or len(''.join(parts)) > 4:
            yield re.compile('.+'.join(re.escape(part) for part in parts))


def is_said(label, said):
    return label in OTHERS or any(text.fullmatch(label) for text in said)


def check_labels(pages, said):
    for page in pages:
        for element in xml.etree.ElementTree.parse(page).iter(MALLARD + 'gui'):
            label = ' '.join(''.join(element.itertext()).split())
            if not is_said(label, said):
                yield f'{page.parent.name}/{page.name}: nothing in the app is called "{label}"'


def check_pages(folder):
    for what in ('validate', 'links', 'orphans'):
        result = subprocess.run(['yelp-check', what, folder], capture_output=True, text=True)
        said = (result.stdout + result.stderr).strip()
        if result.returncode != 0 or said:
            yield f'yelp-check {what}: {said}'


def check(root):
    pages = sorted((root / 'help' / 'C').glob('*.page'))
    build = (root / 'help' / 'meson.build').read_text(encoding='utf-8')
    for page in pages:
        if f"'{page.name}'" not in build:
            yield f'{page.name} is not in help/meson.build'
    texts = dict(messages(root / 'po' / 'de.po'))
    yield from check_pages(root / 'help' / 'C')
    yield from check_labels(pages, list(patterns(texts)))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / 'de'
        folder.mkdir()
        compiled = pathlib.Path(name) / 'de.mo'
        subprocess.run(['msgfmt', '-o', compiled, root / 'help' / 'de' / 'de.po'], check=True)
        subprocess.run(['itstool', '-m', compiled, '-o', folder, *pages], check=True)
        yield from check_pages(folder)
        yield from check_labels(sorted(folder.glob('*.page')), list(patterns(texts.values())))


for tool in ('itstool', 'msgcat', 'yelp-check'):
    if shutil.which(tool) is None:
        print(f'{tool} is not installed')
        sys.exit(77)
problems = list(check(pathlib.Path(sys.argv[1])))
print('\n'.join(problems))
sys.exit(bool(problems))
