#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with the Flatpak's manifests; modules and permissions are written once, in the release's template.

branch MANIFEST                          the branch of the runtime
devel TEMPLATE                           prints the manifest for those who work on the app
release TEMPLATE TAG COMMIT              prints the one that is published
seed MANIFEST SOURCES MIRROR STATE       puts archives where flatpak-builder looks before it downloads
check TEMPLATE DEVEL APP-ID SOURCES      says what breaks the rules of Flathub's linter, or what the files do not agree in
"""
import hashlib
import json
import pathlib
import re
import shutil
import sys
import urllib.error
import urllib.request

PERMISSIONS = ['--share=network', '--share=ipc', '--socket=fallback-x11', '--socket=wayland', '--device=dri']
# What needs neither servers nor network namespaces
TESTS = ['meson test -C $FLATPAK_BUILDER_BUILDDIR/_flatpak_build --no-rebuild --print-errorlogs --timeout-multiplier 4 --suite unit']


def encode(manifest):
    return json.dumps(manifest, indent=4, ensure_ascii=False) + '\n'


def make_devel(template):
    manifest = json.loads(template)
    manifest['id'] += '.Devel'
    app = manifest['modules'][-1]
    app['config-opts'] = ['-Dprofile=development', '-Dapp=enabled', '-Dhelp=enabled', '-Dsystemd=false']
    app['run-tests'] = True
    # everything else needs servers, namespaces or a display
    app['test-rule'] = ''
    app['test-commands'] = TESTS
    app['sources'] = [{'type': 'dir', 'path': '..'}]
    return encode(manifest)


def archives(manifest):
    for module in manifest['modules']:
        for source in module['sources']:
            if source['type'] == 'archive':
                yield module['name'], source


# --- seeding ----------------------------------------------------------------------------------------------------------

def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def fetch(url, target):
    part = target.with_name(target.name + '.part')
    try:
        with urllib.request.urlopen(url, timeout=60) as response, part.open('wb') as out:
            shutil.copyfileobj(response, out)
        part.rename(target)
        return None
    except (urllib.error.URLError, OSError) as error:
        part.unlink(missing_ok=True)
        return str(error)


def seed(manifest, sources, mirror, state):
    known = dict(line.split() for line in sources.splitlines() if line and not line.startswith('#'))
    for name, source in archives(manifest):
        wanted = source['sha256']
        target = state / 'downloads' / wanted / source['url'].rpartition('/')[2]
        if digest(target) == wanted:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        why = []
        for url in ([f'{mirror}/{known[wanted]}'] if wanted in known else []) + [source['url']]:
            problem = fetch(url, target)
            if problem is None and digest(target) == wanted:
                print(f'{name}: {url}', file=sys.stderr)
                break
            target.unlink(missing_ok=True)
            why.append(f'{url}: {problem or "other bytes than the manifest says"}')
        else:
            sys.exit(f'The source of {name} is missing ({"; ".join(why)}). Put the file whose SHA-256 is {wanted} at {target} and run this again.')


# --- rules ------------------------------------------------------------------------------------------------------------

def mind_source(name, source, known):
    kind = source['type']
    if kind not in ('archive', 'git', 'patch', 'script'):
        yield f'{name}: a source of type {kind}'
    if kind == 'archive':
        if not re.fullmatch(r'[0-9a-f]{64}', source.get('sha256', '')):
            yield f'{name}: an archive without SHA-256'
        elif source['sha256'] not in known:
            yield f'{name}: build-aux/flatpak/sources does not know where Debian has it'
    if kind == 'git' and not ('tag' in source and 'commit' in source):
        yield f'{name}: git needs tag and commit'
    if kind in ('archive', 'git') and not source['url'].startswith('https://'):
        yield f'{name}: not from an https address'


def mind(manifest, app_id, known):
    if manifest['id'] != app_id:
        yield f'the id is {manifest["id"]}, not the {app_id} of meson.build'
    if not re.fullmatch(r'(com|io)\.github(\.[a-z][a-z0-9_]*)+\.[A-Z][A-Za-z0-9]*', app_id) or not 4 <= app_id.count('.') + 1 <= 5:
        yield f'{app_id} is no id for an app of a code host'
    if manifest['finish-args'] != PERMISSIONS:
        yield 'finish-args are not the five that are needed'
    if '/' in manifest['command'] or 'branch' in manifest:
        yield 'command is a path, or a branch is set'
    if manifest.get('separate-locales') is not False:
        yield 'translations are not within the app, so neither the bundle nor the repository has them'
    host, repository = app_id.split('.')[2].replace('_', '-'), app_id.split('.')[-1]
    for module in manifest['modules']:
        options = module.get('build-options', {})
        if any('share=network' in option for option in options.get('build-args', [])):
            yield f'{module["name"]} is built with a network'
        if not module['sources']:
            yield f'{module["name"]} has no sources'
        for source in module['sources']:
            yield from mind_source(module['name'], source, known)
    last = manifest['modules'][-1]['sources'][0]
    if last.get('url', '').lower() != f'https://github.com/{host}/{repository}.git'.lower():
        yield f'the app is not from github.com/{host}/{repository}, which the id stands for'


def check(template, devel, app_id, sources):
    known = {line.split()[0] for line in sources.splitlines() if line and not line.startswith('#')}
    problems = list(mind(json.loads(template), app_id, known))
    if devel != make_devel(template):
        problems.append('the Devel manifest is not what `build-aux/flatpak/manifest.py devel` makes of the template')
    return problems


def main():
    verb, path, *rest = sys.argv[1:]
    text = pathlib.Path(path).read_text(encoding='utf-8')
    if verb == 'branch':
        print(json.loads(text)['runtime-version'])
    elif verb == 'devel':
        print(make_devel(text), end='')
    elif verb == 'release':
        print(text.replace('@TAG@', rest[0]).replace('@COMMIT@', rest[1]), end='')
    elif verb == 'seed':
        seed(json.loads(text), pathlib.Path(rest[0]).read_text(encoding='utf-8'), rest[1], pathlib.Path(rest[2]))
    elif verb == 'check':
        devel, app_id, sources = rest
        problems = check(text, pathlib.Path(devel).read_text(encoding='utf-8'), app_id, pathlib.Path(sources).read_text(encoding='utf-8'))
        sys.exit('\n'.join(problems) or 0)
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()
