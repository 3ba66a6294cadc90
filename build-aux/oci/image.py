#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""image.py ROOT CONTAINERFILE VERSION EPOCH ARCHITECTURE OUT: what a container engine would make of a root and of the last stage of a Containerfile.

OUT becomes an OCI image as an archive, which `podman load` and `docker load` take. The same root gives the same bytes.
"""
import gzip
import hashlib
import io
import json
import pathlib
import re
import shlex
import sys
import tarfile
import time

SECOND = 1_000_000_000
OWNED = 'var/lib/message-portal'  # by the user that runs in there; all else is root's
PREFIX = 'application/vnd.oci.image.'


def seconds(text):
    number, unit = re.fullmatch(r'(\d+)([sm])', text).groups()
    return int(number) * (60 if unit == 'm' else 1)


def health_check(words):
    options = dict(re.findall(r'--([a-z-]+)=(\S+)', words))
    return {
        'Test': ['CMD', *json.loads(words.split('CMD', 1)[1])],
        'Interval': seconds(options['interval']) * SECOND,
        'Timeout': seconds(options['timeout']) * SECOND,
        'StartPeriod': seconds(options['start-period']) * SECOND,
        'Retries': int(options['retries']),
    }


def read_containerfile(path):
    """The configuration that the instructions of the last stage make."""
    config = {'Env': [], 'Labels': {}}
    stage = pathlib.Path(path).read_text(encoding='utf-8').rpartition('\nFROM ')[2]
    for line in stage.splitlines()[1:]:
        name, _, rest = line.partition(' ')
        if name == 'ENV':
            config['Env'] += shlex.split(rest)
        elif name == 'LABEL':
            key, _, value = shlex.split(rest)[0].partition('=')
            config['Labels'][key] = value
        elif name == 'USER':
            config['User'] = rest
        elif name == 'WORKDIR':
            config['WorkingDir'] = rest
        elif name == 'VOLUME':
            config['Volumes'] = {folder: {} for folder in json.loads(rest)}
        elif name in ('ENTRYPOINT', 'CMD'):
            config[name.capitalize()] = json.loads(rest)
        elif name == 'HEALTHCHECK':
            config['Healthcheck'] = health_check(rest)
        elif name != 'COPY':
            sys.exit(f'image.py does not know the instruction: {line}')
    return config


def pack(add, epoch):
    """A tar archive without what differs from machine to machine; `add` gets a function (name, info, bytes)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w', format=tarfile.GNU_FORMAT) as archive:
        def put(name, info, content=b''):
            info.name, info.mtime, info.uname, info.gname = name, epoch, '', ''
            archive.addfile(info, io.BytesIO(content))
        add(put)
    return buffer.getvalue()


def add_root(root):
    def add(put):
        for path in sorted(pathlib.Path(root).rglob('*')):
            name = str(path.relative_to(root))
            info = tarfile.TarFile(fileobj=io.BytesIO(), mode='w').gettarinfo(path, name)
            if info.islnk():
                sys.exit(f'{name}: a hard link')
            info.uid = info.gid = 900 if name == OWNED else 0
            put(name, info, path.read_bytes() if info.isreg() else b'')
    return add


def add_files(files):
    def add(put):
        for name, content in files.items():
            info = tarfile.TarInfo()
            info.size, info.mode = len(content), 0o644
            put(name, info, content)
    return add


def main():
    root, containerfile, version, epoch, architecture, out = sys.argv[1:]
    epoch = int(epoch)
    blobs = {}

    def descriptor(kind, content, **more):
        digest = hashlib.sha256(content).hexdigest()
        blobs[f'blobs/sha256/{digest}'] = content
        return {'mediaType': PREFIX + kind, 'digest': 'sha256:' + digest, 'size': len(content), **more}

    def encode(value):
        return json.dumps(value, indent=1, sort_keys=True).encode()

    layer = pack(add_root(root), epoch)
    packed = gzip.compress(layer, 9, mtime=0)
    config = read_containerfile(containerfile)
    config['Labels']['org.opencontainers.image.version'] = version
    created = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(epoch))
    image = encode({
        'architecture': architecture, 'os': 'linux', 'created': created, 'config': config,
        'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + hashlib.sha256(layer).hexdigest()]},
        'history': [{'created': created, 'created_by': 'build-aux/oci/image.py'}],
    })
    manifest = encode({
        'schemaVersion': 2, 'mediaType': PREFIX + 'manifest.v1+json',
        'config': descriptor('config.v1+json', image), 'layers': [descriptor('layer.v1.tar+gzip', packed)],
    })
    names = {'org.opencontainers.image.ref.name': version, 'io.containerd.image.name': f'localhost/mmp:{version}'}
    index = encode({'schemaVersion': 2, 'manifests': [descriptor('manifest.v1+json', manifest, annotations=names)]})
    files = {'oci-layout': encode({'imageLayoutVersion': '1.0.0'}), 'index.json': index, **dict(sorted(blobs.items()))}
    pathlib.Path(out).write_bytes(pack(add_files(files), epoch))
    print(f'{out}: {len(layer) / 1e6:.1f} MB of files, {len(packed) / 1e6:.1f} MB compressed')


main()
