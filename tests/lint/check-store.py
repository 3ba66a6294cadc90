#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-store.py ROOT DATA APP-ID VERSION: what stores ask of an app, and Flathub's linter in particular.

Looks at the metainfo and desktop files in DATA, the pictures that they name, the icons and the Flatpak's manifests.
"""
import configparser
import importlib.util
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ROOT, DATA, APP_ID, VERSION = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
PICTURES = f'https://raw.githubusercontent.com/messageportal/MessagePortal/v{VERSION}/'
MARGIN = 62  # of a picture around its window, for the shadow


def png_size(path):
    head = path.read_bytes()[:24]
    return struct.unpack('>II', head[16:24]) if head[:8] == b'\x89PNG\r\n\x1a\n' else None


def text_of(element, path):
    """What stands there in English; translations do not count."""
    return next((child.text or '' for child in element.findall(path) if '{http://www.w3.org/XML/1998/namespace}lang' not in child.attrib), '')


def mind_pictures(root):
    shots = root.findall('screenshots/screenshot')
    if not 3 <= len(shots) <= 6:
        yield f'{len(shots)} screenshots: three to six are wanted'
    if [shot.get('type') for shot in shots].count('default') != 1 or shots[0].get('type') != 'default':
        yield 'one screenshot, the first, is the default'
    for shot in shots:
        image, caption = shot.find('image'), text_of(shot, 'caption')
        if not 10 <= len(caption) <= 100 or caption.endswith('.'):
            yield f'no caption, or one with a full stop: {caption}'
        if not image.text.startswith(PICTURES):
            yield f'{image.text} is not of the tag v{VERSION}'
            continue
        path = ROOT / image.text.removeprefix(PICTURES)
        size = png_size(path) if path.exists() else None
        if size != (int(image.get('width')), int(image.get('height'))):
            yield f'{path}: {size}, not what the metainfo says'
        elif size[0] - 2 * MARGIN > 1000 or size[1] - 2 * MARGIN > 700:
            yield f'{path}: the window is larger than 1000 x 700'


def mind_words(root):
    name, summary = text_of(root, 'name'), text_of(root, 'summary')
    if not 1 <= len(name) <= 20:
        yield f'no name, or one that is longer than 20 letters: {name}'
    if not 10 <= len(summary) <= 35 or summary.endswith('.') or name in summary or summary.split(' ')[0] in ('A', 'An', 'The'):
        yield f'no summary of 10 to 35 letters, without name, article and full stop: {summary}'
    if re.search(r'https?:', ''.join(root.find('description').itertext())):
        yield 'an address in the description'


def mind_facts(root):
    news = re.search(r'^## (\S+) \((\S+)\)', (ROOT / 'NEWS.md').read_text(encoding='utf-8'), re.M)
    newest = root.find('releases/release')
    if (newest.get('version'), newest.get('date')) != news.groups() or newest.get('version') != VERSION or newest.find('description') is None:
        yield f'the newest release is not {news.group(1)} of {news.group(2)}, as in NEWS.md and meson.build, with a description'
    if newest.get('type', 'stable') != 'stable':
        yield 'the newest release is not stable'
    for path, wanted in (('id', APP_ID), ('launchable', APP_ID + '.desktop'), ('metadata_license', 'CC0-1.0'), ('project_license', 'GPL-3.0-or-later')):
        if root.findtext(path) != wanted:
            yield f'{path} is {root.findtext(path)}, not {wanted}'
    developer = root.find('developer')
    if developer is None or not developer.get('id') or not developer.findtext('name'):
        yield 'no developer with id and name'
    if root.find('content_rating[@type="oars-1.1"]') is None:
        yield 'no content rating'
    colours = {colour.get('scheme_preference'): colour.text for colour in root.findall('branding/color[@type="primary"]')}
    if set(colours) != {'light', 'dark'}:
        yield 'no branding colours for light and dark'
    for kind in ('homepage', 'bugtracker', 'vcs-browser'):
        if root.find(f'url[@type="{kind}"]') is None:
            yield f'no address of a {kind}'


def mind_desktop():
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(DATA / f'{APP_ID}.desktop', encoding='utf-8')
    entry = parser['Desktop Entry']
    if entry.get('Icon') != APP_ID:
        yield f'the desktop file has the icon {entry.get("Icon")}'
    if 'NoDisplay' in entry or 'Hidden' in entry:
        yield 'the desktop file is hidden'
    if not set(entry.get('Categories', '').split(';')) - {'', 'GTK', 'GNOME', 'Qt'}:
        yield 'the desktop file has no category'
    if f'Name={APP_ID}' not in (DATA / f'{APP_ID}.service').read_text(encoding='utf-8').splitlines():
        yield 'the D-Bus service has another name than the app'
    for name in (APP_ID + '.svg', 'io.github.messageportal.MessagePortal-symbolic.svg'):
        if not (ROOT / 'data/icons' / name).exists():
            yield f'no icon {name}'


def mind_manifests():
    path = ROOT / 'build-aux/flatpak/manifest.py'
    spec = importlib.util.spec_from_file_location('manifest', path)
    manifest = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(manifest)
    name = APP_ID.removesuffix('.Devel')
    texts = [(ROOT / file).read_text(encoding='utf-8') for file in (f'flatpak/{name}.json.in', f'flatpak/{name}.Devel.json', 'build-aux/flatpak/sources')]
    yield from manifest.check(texts[0], texts[1], name, texts[2])


def mind_tools():
    for argv in (['appstreamcli', 'validate', '--strict', '--no-net', '--no-color', DATA / f'{APP_ID}.metainfo.xml'], ['desktop-file-validate', DATA / f'{APP_ID}.desktop']):
        if shutil.which(argv[0]) is None:
            print(f'{argv[0]} is not installed')
            sys.exit(77)
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode != 0 or (argv[0] == 'desktop-file-validate' and done.stdout):
            yield f'{argv[0]}: {done.stdout}{done.stderr}'


def main():
    try:
        root = ElementTree.parse(DATA / f'{APP_ID}.metainfo.xml').getroot()
    except ElementTree.ParseError as error:
        sys.exit(f'the metainfo cannot be read: {error}')
    problems = [*mind_pictures(root), *mind_words(root), *mind_facts(root), *mind_desktop(), *mind_manifests(), *mind_tools()]
    sys.exit('\n'.join(problems) or 0)


main()
