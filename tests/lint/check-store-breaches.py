#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-store-breaches.py ROOT DATA APP-ID VERSION: breaks each rule of check-store.py in a copy of what it looks at, and sees it fail."""
import contextlib
import io
import os
import pathlib
import runpy
import shutil
import sys
import tempfile

ROOT, DATA, APP_ID, VERSION = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
NAME = 'io.github.messageportal.MessagePortal'
META, DESKTOP, SERVICE = f'data/{APP_ID}.metainfo.xml', f'data/{APP_ID}.desktop', f'data/{APP_ID}.service'
RELEASE, DEVEL, SOURCES = f'flatpak/{NAME}.json.in', f'flatpak/{NAME}.Devel.json', 'build-aux/flatpak/sources'
SHOTS = 'data/screenshots/'
TOOLS = ('appstreamcli', 'desktop-file-validate')
SODIUM = '5838bb0c3da6148c24ebe531d1ed1297de9a87aea77d426bcd99f289e681631c'

# (file, what is there, what takes its place: None removes the file, what the rule says, whether the real tools say it)
BREACHES = [
    (META, '<screenshot>', '<screenshot type="default">', 'one screenshot, the first', False),
    (META, ' type="default"', '', 'one screenshot, the first', False),
    (META, 'In the dark, too', 'Dark', 'no caption', False),
    (META, 'In the dark, too', 'In the dark, too.', 'with a full stop', False),
    (META, f'v{VERSION}/data/screenshots/dark', 'main/data/screenshots/dark', 'is not of the tag', False),
    (META, 'width="1064"', 'width="1063"', 'not what the metainfo says', False),
    (SHOTS + 'dark.png', None, None, 'not what the metainfo says', False),
    (SHOTS + 'dark.png', 'PNG', 'PGN', 'not what the metainfo says', False),
    (META, '<name>Message Portal<', '<name>The Portal of Many Messages<', 'longer than 20 letters', False),
    (META, 'Reach devices behind firewalls', 'Devices', 'no summary', False),
    (META, 'Reach devices behind firewalls', 'Reach devices behind the firewalls of others', 'no summary', False),
    (META, 'Reach devices behind firewalls', 'Reach devices behind firewalls.', 'no summary', False),
    (META, 'Reach devices behind firewalls', 'A way to devices', 'no summary', False),
    (META, 'Reach devices behind firewalls', 'Message Portal for devices', 'no summary', False),
    (META, '<li>In', '<li>https://example.org/ In', 'an address in the description', False),
    (META, f'version="{VERSION}"', 'version="9.9.9"', 'the newest release is not', False),
    (META, '<release version', '<release type="development" version', 'the newest release is not stable', False),
    (META, '<description translate="no">\n        <p>The first version.</p>\n      </description>', '', 'the newest release is not', False),
    (META, f'<id>{APP_ID}', '<id>org.example.App', 'id is org.example.App', False),
    (META, '.desktop</launchable>', '</launchable>', 'launchable is', False),
    (META, '<metadata_license>CC0-1.0', '<metadata_license>GPL-3.0', 'metadata_license is', False),
    (META, '<project_license>GPL-3.0-or-later', '<project_license>GPL', 'project_license is', False),
    (META, '<developer id="io.github.messageportal">', '<developer>', 'no developer', False),
    (META, '<name translate="no">The Message Portal developers</name>', '', 'no developer', False),
    (META, 'oars-1.1', 'oars-1.0', 'no content rating', False),
    (META, 'scheme_preference="dark"', '', 'no branding colours', False),
    *((META, f'url type="{kind}"', 'url type="help"', f'no address of a {kind}', False) for kind in ('homepage', 'bugtracker', 'vcs-browser')),
    (DESKTOP, f'Icon={APP_ID}', 'Icon=portal', 'has the icon portal', False),
    (DESKTOP, 'Terminal=false', 'Terminal=false\nNoDisplay=true', 'is hidden', False),
    (DESKTOP, 'Terminal=false', 'Terminal=false\nHidden=false', 'is hidden', False),
    (DESKTOP, 'Categories=Network;RemoteAccess;', 'Categories=', 'has no category', False),
    (SERVICE, f'Name={APP_ID}', 'Name=org.example.App', 'has another name', False),
    (f'data/icons/{APP_ID}.svg', None, None, 'no icon', False),
    (f'data/icons/{NAME}-symbolic.svg', None, None, 'no icon', False),
    ('NEWS.md', f'## {VERSION} (', '## 9.9.9 (', 'the newest release is not 9.9.9', False),
    (RELEASE, f'"id": "{NAME}"', '"id": "org.example.App"', 'the id is org.example.App', False),
    (RELEASE, '"--device=dri"', '"--device=all"', 'not the five', False),
    (RELEASE, '"command": "', '"command": "/app/bin/', 'command is a path', False),
    (RELEASE, '"sdk":', '"branch": "stable", "sdk":', 'a branch is set', False),
    (RELEASE, '"separate-locales": false,', '', 'translations are not within', False),
    (RELEASE, '"config-opts": [\n                "--disable-static",\n                "--disable-dep', '"build-options": {"build-args": ["--share=network"]}, "config-opts": ["--disable-static", "--disable-dep',
     'is built with a network', False),
    (RELEASE, '"sources": [\n                {\n                    "type": "git"', '"sources": [\n                {\n                    "type": "dir"', 'a source of type dir', False),
    (RELEASE, '"modules": [', '"modules": [{"name": "empty", "sources": []},', 'empty has no sources', False),
    (RELEASE, f'"sha256": "{SODIUM}"', '"md5": "0"', 'without SHA-256', False),
    (SOURCES, SODIUM, SODIUM[::-1], 'does not know where Debian has it', False),
    (RELEASE, '"tag": "@TAG@",', '', 'git needs tag and commit', False),
    (RELEASE, 'https://fukuchi', 'http://fukuchi', 'not from an https address', False),
    (RELEASE, 'messageportal/MessagePortal.git', 'somebody/MessagePortal.git', 'the app is not from', False),
    (DEVEL, '"--device=dri"', '"--device=all"', 'the Devel manifest is not what', False),
    (META, '<developer id="io.github.messageportal">', '<developer id="Not An Id">', 'appstreamcli:', True),
    (META, '</component>', '', 'cannot be read', False),
    (META, '</screenshots>', 3 * '<screenshot><image>https://example.org/</image><caption>In the dark, too</caption></screenshot>' + '</screenshots>', '7 screenshots', False),
    (META, '<name>Message Portal</name>', '', 'no name', False),
    (META, '<caption>In the dark, too</caption>', '', 'no caption', False),
    (META, '<summary>Reach devices behind firewalls</summary>', '', 'no summary', False),
    (DESKTOP, 'Type=Application', 'Type=Nothing', 'desktop-file-validate:', True),
]


def look(folder):
    """What check-store.py says of FOLDER, or '' if nothing."""
    sys.argv = ['check-store.py', str(folder), str(folder / 'data'), APP_ID, VERSION]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(str(ROOT / 'tests/lint/check-store.py'), run_name='__main__')
    except SystemExit as end:
        return '' if not end.code else str(end.code)
    return ''


def copy_what_matters(folder):
    for part in ('data/icons', 'data/screenshots', 'flatpak', 'build-aux/flatpak'):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / 'NEWS.md', folder)
    for name in (META, DESKTOP, SERVICE):
        shutil.copy(DATA / pathlib.Path(name).name, folder / 'data')


def break_rule(path, there, instead):
    """What puts it right again"""
    before = path.read_bytes()
    if there is None:
        path.unlink()
    else:
        assert there.encode() in before, f'{path.name} has no {there}'
        path.write_bytes(before.replace(there.encode(), instead.encode(), 1))
    return lambda: path.write_bytes(before)


def main():
    if any(shutil.which(tool) is None for tool in TOOLS):
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder, yes = pathlib.Path(name) / 'tree', pathlib.Path(name) / 'yes'
        folder.mkdir()
        yes.mkdir()
        for tool in TOOLS:
            (yes / tool).symlink_to('/bin/true')
        copy_what_matters(folder)
        whole = look(folder)
        assert whole == '', f'nothing is broken, and yet: {whole}'
        path = os.environ['PATH']
        for file, there, instead, wanted, real in BREACHES:
            os.environ['PATH'] = path if real else f'{yes}:{path}'
            mend = break_rule(folder / file, there, instead)
            said = look(folder)
            mend()
            if wanted not in said:
                sys.exit(f'{file}, “{there}” → “{instead}”: “{wanted}” was not said, but: {said}')
    print(f'{len(BREACHES)} breaches were found')


main()
