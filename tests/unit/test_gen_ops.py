#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/gen_ops.py: a table that is wrong is refused with file and line and nothing is written;
what is made from a right one is the same each time."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OPS = '''op show
  http GET /api/things/{thing_id}
  cli things show
  may things.read
  says "A thing."
  path thing_id uuid required "Which"
  query limit int default=2 min=1 max=3 "At most"
  returns 200 thing
'''
SCHEMAS = '''enum kind round square
schema thing "A thing."
  id uuid "Id"
  kind enum:kind? "Kind"
  of thing? optional "What it belongs to"
'''
PERMISSIONS = 'PERMISSION(THINGS_READ, "things.read", "Read things")\n'

# What is replaced in which file, and what the complaint begins with.
WRONG = [
    ('ops.def', 'op show', 'operation show', 'ops.def:1: expected: op NAME'),
    ('ops.def', '  says "A thing."\n', '', 'ops.def:1: op show: the line "says" is missing'),
    ('ops.def', 'things.read', 'things.rad', 'ops.def:1: op show: there is no permission things.rad'),
    ('ops.def', '200 thing', '200 thin', 'ops.def:1: op show: there is no schema thin'),
    ('ops.def', '200 thing', '404 thing', 'ops.def:8: "returns 404 thing" is not understood'),
    ('ops.def', 'GET', 'FETCH', 'ops.def:2: "http FETCH'),
    ('ops.def', '{thing_id}', '{id}', 'ops.def:1: op show: the names in the path'),
    ('ops.def', 'uuid required', 'guid required', 'ops.def:6: guid is no type'),
    ('ops.def', 'uuid required', 'enum:color required', 'ops.def:6: there is no enum color'),
    ('ops.def', '"Which"', '"Which', 'ops.def:6: cannot read from here: "Which'),
    ('ops.def', 'limit int', 'thing_id int', 'ops.def:7: show has two parameters thing_id'),
    ('ops.def', 'limit int', 'while int', 'ops.def:7: while cannot be the name'),
    ('ops.def', 'limit int', 'listen int', 'ops.def:1: op show: the parameter listen has the name of '
     'a setting'),
    ('ops.def', 'default=2', 'default=4', 'ops.def:7: limit: its default is out of bounds'),
    ('ops.def', 'default=2', 'default=two', 'ops.def:7: limit: two cannot be its default'),
    ('ops.def', 'max=3', 'max=0', 'ops.def:7: limit: min is greater than max'),
    ('ops.def', 'max=3', 'most=3', 'ops.def:7: most=3 is not understood'),
    ('ops.def', 'query limit', 'body limit', 'ops.def:1: op show: GET takes no body'),
    ('ops.def', OPS, OPS + OPS, 'ops.def:9: op show is in line 1 already'),
    ('ops.def', OPS, OPS + OPS.replace('op show', 'op other').replace('thing_id', 'id').replace(
        'things show', 'things other'), 'ops.def:9: GET /api/things/{id} is in line 1 already'),
    ('schemas.def', 'enum:kind?', 'enum:kin?', 'schemas.def:4: there is no enum kin'),
    ('schemas.def', 'of thing?', 'of thin?', 'schemas.def:5: there is no schema thin'),
    ('schemas.def', 'enum kind', 'enum thing', 'schemas.def:2: the name thing is taken already'),
    ('schemas.def', 'schema thing', 'schema problem', 'schemas.def:2: the name problem is taken'),
    ('permissions.def', '"things.read"', '"things.read', 'permissions.def:1: cannot read from here'),
]


def generate(folder, *, replace=None):
    texts = {'ops.def': OPS, 'schemas.def': SCHEMAS, 'permissions.def': PERMISSIONS}
    if replace:
        name, old, new = replace
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new)
        if new == 'schema problem':
            texts[name] = texts[name].replace('of thing', 'of problem')
            texts['ops.def'] = OPS.replace('200 thing', '200 problem')
    for name, text in texts.items():
        (folder / name).write_text(text, encoding='utf-8')
    return subprocess.run([sys.executable, ROOT / 'tools/gen_ops.py', '--tables', folder, '--settings',
                           ROOT / 'src/base/settings.def', '--out', folder / 'out'],
                          capture_output=True, text=True, check=False)


class GenOps(unittest.TestCase):
    def test_wrong_tables_are_refused_with_file_and_line(self):
        for name, old, new, want in WRONG:
            with self.subTest(want), tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                done = generate(folder, replace=(name, old, new))
                self.assertEqual(done.returncode, 1)
                self.assertTrue(done.stderr.startswith(f'gen_ops.py: {want}'), done.stderr)
                self.assertEqual(done.stderr.count('\n'), 1)
                self.assertFalse((folder / 'out').exists())

    def test_the_same_tables_give_the_same_bytes(self):
        made = []
        for _ in range(2):
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                self.assertEqual(generate(folder).returncode, 0)
                made.append({p.name: p.read_bytes() for p in (folder / 'out').iterdir()})
        self.assertEqual(made[0], made[1])
        self.assertEqual(sorted(made[0]), ['openapi.json', 'openapi_gen.c', 'ops_gen.c', 'ops_gen.h'])

    def test_the_document_has_what_the_tables_say(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            self.assertEqual(generate(folder).returncode, 0)
            document = json.loads((folder / 'out/openapi.json').read_text(encoding='utf-8'))
        show = document['paths']['/api/things/{thing_id}']['get']
        self.assertEqual([(p['name'], p['in'], p['required']) for p in show['parameters']],
                         [('thing_id', 'path', True), ('limit', 'query', False)])
        self.assertEqual(show['parameters'][1]['schema'],
                         {'type': 'integer', 'minimum': 1, 'maximum': 3, 'default': 2})
        thing = document['components']['schemas']['Thing']
        self.assertEqual(thing['required'], ['id', 'kind'])
        self.assertEqual(thing['properties']['kind']['type'], ['string', 'null'])
        self.assertEqual(thing['properties']['kind']['enum'], ['round', 'square', None])

    def test_the_real_document_is_openapi(self):
        try:
            from openapi_spec_validator import validate
        except ImportError:
            self.skipTest('openapi_spec_validator is not installed')
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, ROOT / 'tools/gen_ops.py', '--out', folder], check=True)
            validate(json.loads(pathlib.Path(folder, 'openapi.json').read_text(encoding='utf-8')))


def main():
    """Prints TAP, one line a test."""
    tests = list(unittest.defaultTestLoader.loadTestsFromTestCase(GenOps))
    print(f'1..{len(tests)}')
    failed = 0
    for number, test in enumerate(tests, 1):
        result = unittest.TestResult()
        test.run(result)
        wrong = result.failures + result.errors
        for _, trace in wrong:
            print('# ' + trace.strip().replace('\n', '\n# '))
        skip = f' # SKIP {result.skipped[0][1]}' if result.skipped else ''
        name = test.id().rpartition('.test_')[2]
        print(f'{"not ok" if wrong else "ok"} {number} - {name}{skip}')
        failed += bool(wrong)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
