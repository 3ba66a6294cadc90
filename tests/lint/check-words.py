#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-words.py ROOT: nothing is left for later, and no path of one machine is in the tree."""
import pathlib
import re
import sys

import project

# Written so that this file does not match itself.
FORBIDDEN = [
    (re.compile(r'\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b'), 'do it, or write why it is as it is'),
    (re.compile(r'\b(not |un)imp[l]emented\b', re.IGNORECASE), 'do it, or write why it is as it is'),
    (re.compile(r'(?<![\w.$}])/(wor[k]|hom[e]|roo[t])/\w'), 'a path of one machine'),
]


def check(root):
    for path in project.files(root):
        if path.parts[0] == 'LICENSES' or path.name == 'COPYING' or 'corpus' in path.parts or path.match('data/screenshots/*.png'):
            continue
        try:
            text = (root / path).read_text(encoding='utf-8')
        except UnicodeDecodeError:
            yield f'{path}: not text; binary files belong to tests/fuzz/corpus or data/screenshots'
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if path.suffix == '.patch' and line.startswith('-'):
                continue
            for pattern, advice in FORBIDDEN:
                match = pattern.search(line)
                if match:
                    yield f'{path}:{number}: "{match.group(0)}": {advice}'


problems = list(check(pathlib.Path(sys.argv[1])))
print('\n'.join(problems))
sys.exit(bool(problems))
