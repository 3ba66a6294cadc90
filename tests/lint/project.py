# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's own files, for the linters: no build folders, no caches, whether or not git is there."""
import os
import pathlib

SKIPPED = ('_build', '.git', '.cache', '__pycache__', '.reuse')


def files(root, *suffixes):
    """Yields the files below root, relative to it and sorted; with suffixes only those that end so."""
    root = pathlib.Path(root)
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(SKIPPED) or name == '.github')
        for name in sorted(names):
            if not name.startswith(SKIPPED[0]) and name != '.git' and (not suffixes or name.endswith(suffixes)):
                yield (pathlib.Path(folder) / name).relative_to(root)
