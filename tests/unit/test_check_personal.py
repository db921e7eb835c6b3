#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/check_personal: each planted mistake is found and named, and what is right is let through."""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIST = '''PERSONAL(people, name,  TEXT, false)
PERSONAL(people, phone, TEXT, true)
PERSONAL(notes,  text,  JSON, false)
'''
PUT = 'is written without {put '
IN_EXPRESSION = 'stands in an expression'

RIGHT = [
    'SELECT id, name, phone AS number FROM people WHERE id = $1',
    'SELECT * FROM people',
    'SELECT p.*, n.text FROM notes n LEFT JOIN people p ON p.id = n.person_id AND p.id <> $2 WHERE n.id = $1',
    'SELECT id FROM people WHERE {match people.phone $1} AND name IS NOT NULL',
    'SELECT count(name), count(*) FROM people',
    'SELECT state FROM jobs WHERE name = $1 ORDER BY name',
    'SELECT u.id, (SELECT count(*) FROM notes n WHERE n.person_id = u.id) AS notes FROM people u',
    'SELECT x.name FROM (SELECT id, name FROM people LIMIT 5) x WHERE x.id = $1',
    'WITH some AS (SELECT id, phone FROM people) SELECT phone FROM some WHERE id IN (1, 2)',
    'SELECT id FROM people p WHERE EXISTS (SELECT text FROM notes WHERE person_id = p.id)',
    'INSERT INTO people (id, name, phone) VALUES ($1, {put people.name $2}, {put people.phone $3}), '
    '(DEFAULT, NULL, {put people.phone {as_text $4}}) ON CONFLICT (phone) DO UPDATE SET '
    'phone = EXCLUDED.phone, name = coalesce({put people.name $2}, people.name) WHERE people.id > 0 RETURNING name',
    'INSERT INTO notes (id, text) SELECT id, {put notes.text {as_json $1}} FROM people WHERE id = $2',
    'INSERT INTO jobs (id, name) VALUES ($1, $2)',
    'UPDATE people AS p SET name = NULL, id = $2 WHERE p.id = $1',
    'UPDATE people SET name = CASE WHEN id > $2 THEN {put people.name $1} ELSE name END',
    'DELETE FROM people WHERE id IN (SELECT person_id FROM notes) RETURNING id',
    'PRAGMA table_info(people)',
]

WRONG = [
    ('INSERT INTO people (id, name) VALUES ($1, $2)', 'people.name ' + PUT),
    ('INSERT INTO people (id, name) VALUES ($1, {put people.phone $2})', 'people.name ' + PUT),
    ("INSERT INTO people (id, name) VALUES ($1, 'Ann')", 'people.name ' + PUT),
    ('INSERT INTO people (id, name) VALUES ({put people.name $1}, NULL)', 'is {put} where'),
    ('INSERT INTO people (id, name) VALUES ($1, {put people.name $2}), ($3, $4)', 'people.name ' + PUT),
    ('INSERT INTO people VALUES ($1, $2)', 'does not name its columns'),
    ('INSERT INTO people (id, name) VALUES ($1)', '2 columns, 1 values'),
    ('INSERT INTO people (id, name) SELECT id, $1 FROM notes', 'people.name ' + PUT),
    ('INSERT INTO jobs (id, what) SELECT id, name FROM people', 'goes into jobs.what'),
    ('INSERT INTO people (phone) VALUES ({put people.phone $1}) ON CONFLICT (phone) DO UPDATE SET name = $2',
     'people.name ' + PUT),
    ('INSERT INTO people (name) VALUES (NULL) ON CONFLICT (name) DO NOTHING', 'compared by ON CONFLICT'),
    ('INSERT INTO people (phone) VALUES (NULL) ON CONFLICT (phone) DO UPDATE SET name = EXCLUDED.phone',
     'people.name ' + PUT),
    ('UPDATE people SET name = $1 WHERE id = $2', 'people.name ' + PUT),
    ('UPDATE people SET name = coalesce($1, name)', 'people.name ' + PUT),
    ('UPDATE people SET name = CASE WHEN id = 1 THEN $1 ELSE name END', 'people.name ' + PUT),
    ('UPDATE people SET (id, name) = ($1, $2)', 'an assignment that is not'),
    ('UPDATE jobs SET what = p.name FROM people p WHERE p.id = $1', IN_EXPRESSION),
    ('UPDATE people SET id = 1 WHERE phone = $1', 'people.phone ' + IN_EXPRESSION),
    ('WITH w AS (INSERT INTO people (name) VALUES ($1) RETURNING id) SELECT id FROM w', 'people.name ' + PUT),
    ('SELECT id FROM people WHERE phone = $1', 'people.phone ' + IN_EXPRESSION),
    ('SELECT id FROM people p WHERE p.phone IN ($1, $2)', 'people.phone ' + IN_EXPRESSION),
    ('SELECT id FROM people WHERE {match people.name $1}', 'does not say that it is looked up'),
    ('SELECT coalesce(name, phone) FROM people', 'people.name ' + IN_EXPRESSION),
    ("SELECT text->>'x' FROM notes", 'notes.text ' + IN_EXPRESSION),
    ('SELECT name::text FROM people', 'people.name ' + IN_EXPRESSION),
    ('SELECT DISTINCT name FROM people', 'compared by DISTINCT'),
    ('SELECT id FROM people ORDER BY name', 'people.name ' + IN_EXPRESSION),
    ('SELECT count(*) FROM people GROUP BY phone', 'people.phone ' + IN_EXPRESSION),
    ('SELECT id, (SELECT name FROM people WHERE id = 1) AS name FROM jobs', 'a query inside an expression'),
    ('SELECT x.called FROM (SELECT name AS called FROM people) x WHERE x.called = $1', 'people.name ' + IN_EXPRESSION),
    ('SELECT name FROM people UNION ALL SELECT text FROM notes', 'through a UNION'),
    ('SELECT n.id FROM notes n JOIN people p ON p.name = n.text', 'people.name ' + IN_EXPRESSION),
    ('DELETE FROM people WHERE phone LIKE $1', 'people.phone ' + IN_EXPRESSION),
    ('DELETE FROM people RETURNING upper(name)', 'people.name ' + IN_EXPRESSION),
    ('SELECT %s FROM people', "cannot be read"),
    ('COPY people FROM STDIN', 'cannot be read'),
    ('SELECT q.name FROM people p', 'q is not in scope'),
]

# Where a statement may stand in a source: all of them are to be seen.
PLACES = {
    'alone': 'static const struct sql a = {"%s"};',
    'in pieces of macros': '#define BEGIN ""\nconst struct sql a = {BEGIN "%s" /* " */ ""};',
    'in a list': 'static const struct sql a[2] = {{"SELECT 1"},\n    {"%s"}};',
    'named': 'const struct sql a = {.text = "%s"};',
    'in passing': 'static const char *f(void)\n{\n    return "%s";\n}',
    'in a comment\'s shadow': 'static const char c = \'"\', d = \'\\\\\'; // it\'s "\nconst char *a = "%s";',
    'in small letters': 'static const struct sql a = {"" "select id FROM people WHERE phone = $1"};',
}


class Tap:
    def __init__(self):
        self.n, self.failed = 0, 0

    def ok(self, held, what, detail=''):
        self.n += 1
        self.failed += not held
        if not held:
            print('# ' + str(detail).strip().replace('\n', '\n# '))
        print(f'{"ok" if held else "not ok"} {self.n} - {what}')


def check(sources):
    with tempfile.TemporaryDirectory() as folder:
        store = pathlib.Path(folder, 'src/store')
        store.mkdir(parents=True)
        (store / 'personal.def').write_text(LIST, encoding='utf-8')
        (store / 'made.h').write_text('struct sql { const char *text; };\n', encoding='utf-8')
        for i, source in enumerate(sources):
            (store / f's{i:03}.c').write_text(f'#include "store/made.h"\n{source}\n', encoding='utf-8')
        return subprocess.run([sys.executable, ROOT / 'tools/check_personal', folder],
                              capture_output=True, text=True, check=False)


def alone(statement):
    return PLACES['alone'] % statement.replace('"', '\\"')


def main():
    t = Tap()
    done = check([alone(s) for s in RIGHT])
    t.ok(done.returncode == 0, f'{len(RIGHT)} right statements are let through', done.stdout + done.stderr)
    out = check([alone(s) for s, _ in WRONG]).stdout
    for i, (statement, complaint) in enumerate(WRONG):
        said = [line for line in out.split('\n') if line.startswith(f'src/store/s{i:03}.c:2: ')]
        t.ok(len(said) >= 1 and complaint in said[0], f'found: {statement}', said)
    for where, place in PLACES.items():
        done = check([place.replace('%s', WRONG[0][0])])
        t.ok(done.returncode == 1 and 'src/store/s000.c:' in done.stdout, f'found: {where}', done.stdout + done.stderr)
    t.ok(check(['int nothing;']).returncode == 1, 'no statements at all are a failure')
    print(f'1..{t.n}')
    return 1 if t.failed else 0


if __name__ == '__main__':
    sys.exit(main())
