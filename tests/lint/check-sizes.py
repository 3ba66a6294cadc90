#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check-sizes.py ROOT: files have at most 600 lines, functions 60, fibers 100."""
import ast
import pathlib
import re
import sys

import project

FILE_LINES = 600
FUNCTION_LINES = 60
FIBER_LINES = 100
TEXTS = ('.c', '.h', '.py', '.sh', '.build')
NAME = re.compile(r'(\w+) \(')  # GNU style: the name begins its line, the braces stand alone at its start


def functions_of_c(lines):
    """Yields (name, first line, lines), from the line with the name to the closing brace."""
    name = first = None
    inside = False
    for number, line in enumerate(lines, 1):
        if line == '{' and name:
            inside = True
        elif line == '}' and inside:
            yield name, first, number - first + 1
            name, inside = None, False
        elif not inside and not line.startswith((' ', '\t', '#', '/')):
            match = NAME.match(line)
            if match:
                name, first = match.group(1), number
            elif line:
                name = None


def functions_of_python(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def check(root):
    for path in project.files(root):
        if not path.name.endswith(TEXTS) and path != pathlib.Path('build-aux/dev'):
            continue
        text = (root / path).read_text(encoding='utf-8')
        lines = text.splitlines()
        if len(lines) > FILE_LINES:
            yield f'{path}: {len(lines)} lines, at most {FILE_LINES}'
        functions = []
        if path.suffix in ('.c', '.h'):
            functions = functions_of_c(lines)
        elif path.suffix == '.py':
            functions = functions_of_python(text)
        for name, first, length in functions:
            limit = FIBER_LINES if name.endswith('_fiber') else FUNCTION_LINES
            if length > limit:
                yield f'{path}:{first}: {name} has {length} lines, at most {limit}'


problems = list(check(pathlib.Path(sys.argv[1])))
print('\n'.join(problems))
sys.exit(bool(problems))
