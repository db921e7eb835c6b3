# SPDX-License-Identifier: Apache-2.0
"""Writes the pages of docs/reference/ from the tables."""
from opsgen.openapi import camel
from opsgen.tables import TEXT_MAX, read_macros

MADE = '<!-- Made by tools/gen_reference. Do not edit. -->\n\n'


def cell(text):
    return str(text).replace('|', '\\|')


def table(heads, rows):
    out = ['| ' + ' | '.join(heads) + ' |', '|' + ' --- |' * len(heads)]
    out += ['| ' + ' | '.join(cell(c) for c in row) + ' |' for row in rows]
    return '\n'.join(out) + '\n'


def type_of(param, enums):
    if param.enum:
        return ', '.join(enums[param.enum])
    low, high = param.min, param.max
    if param.type == 'text':
        high = TEXT_MAX if high is None else high
        return f'text, {low} to {high} bytes' if low else f'text, at most {high} bytes'
    if low is not None and high is not None:
        return f'{param.type}, {low} to {high}'
    if low is not None or high is not None:
        return f'{param.type}, at {"least " + str(low) if high is None else "most " + str(high)}'
    return param.type


def operation(op, tables):
    out = [f'### {op.name}\n\n{op.says}\n\n']
    if op.path:
        out.append(f'- HTTP: `{op.method} {op.path}`\n')
    if op.cli:
        out.append(f'- Command: `ava {op.cli}`\n')
    answer = f'`{op.media}`' if op.media else f'[{camel(op.schema)}](#{op.schema.replace("_", "-")})'
    out.append(f'- Permission: {"none needed" if op.permission == "open" else f"`{op.permission}`"}\n'
               f'- Answer: {op.status}, {answer}\n')
    if op.idempotent:
        out.append('- Takes `Idempotency-Key`: the same key with the same request gets the first '
                   'answer again\n')
    if op.params:
        rows = []
        for p in op.params:
            need = 'required' if p.required else '' if p.default is None else f'`{p.default}`'
            rows.append((f'`{p.name}`', p.where, type_of(p, tables.enums), need, p.doc))
        out.append('\n' + table(('parameter', 'in', 'type', 'default', 'meaning'), rows))
    return ''.join(out) + '\n'


def member_type(member):
    kind = f'[{camel(member.of)}](#{member.of.replace("_", "-")})' if member.of else member.type
    if member.many:
        kind = f'list of {kind}'
    if member.nullable:
        kind += ' or null'
    return kind + (', may be missing' if member.optional else '')


def operations(tables):
    out = ['# Operations\n\n' + MADE,
           'Each operation is called by HTTP and by a command alike. On the command line a parameter '
           'is a flag\nof the same name with hyphens, such as `--page-size 50`; objects and arrays '
           'are written as JSON.\n`GET /openapi.json` serves the same as OpenAPI 3.1.\n\n']
    out += [operation(op, tables) for op in tables.ops]
    extra = tables.extra.get('paths', {})
    if extra:
        out.append('## Other paths\n\nHTTP only; they are not operations of the table.\n\n')
        out.append(table(('path', 'meaning'), [
            (f'`{method.upper()} {path}`', item['summary'])
            for path, methods in extra.items() for method, item in methods.items()]) + '\n')
    out.append('## Answers\n\n')
    for name, schema in tables.schemas.items():
        out.append(f'<a id="{name.replace("_", "-")}"></a>\n\n### {camel(name)}\n\n{schema.doc}\n\n')
        rows = [(f'`{m.name}`', member_type(m), m.doc) for m in schema.members]
        out.append(table(('member', 'type', 'meaning'), rows) + '\n')
    out.append('## Values\n\n')
    for name, values in tables.enums.items():
        out.append(f'<a id="{name.replace("_", "-")}"></a>\n\n- {camel(name)}: '
                   + ', '.join(f'`{v}`' for v in values) + '\n')
    out.append('\n## Permissions\n\n')
    out.append(table(('permission', 'meaning'),
                     [(f'`{name}`', doc) for _, name, doc in tables.permissions]))
    return ''.join(out)


def events(root):
    rows = [(f'`{a[0]}`', a[1]) for _, _, a in read_macros(root / 'src/ops/events.def')]
    return ('# Events\n\n' + MADE + 'What the product records in a conversation\'s events. '
            'Installations may add types of their own.\n\n' + table(('type', 'meaning'), rows))


def metrics(root):
    kinds = {'COUNTER': 'counter', 'GAUGE': 'gauge', 'SECONDS': 'histogram, seconds'}
    rows = [(f'`ava_{a[0]}`', kinds[a[1]], a[2])
            for _, _, a in read_macros(root / 'src/base/metrics.def')]
    rows += [('`process_resident_memory_bytes`', 'gauge', 'Resident memory'),
             ('`process_start_time_seconds`', 'gauge', 'When the process began, since 1970')]
    return ('# Metrics\n\n' + MADE + '`GET /metrics`, in Prometheus\' text format.\n\n'
            + table(('name', 'kind', 'meaning'), rows))


def setting(macro, a):
    """(name, default, bounds, alias, sentence) of a row of settings.def."""
    if macro == 'NUMBER':
        name, default, low, high, unit, alias, doc = a
        return name, default, f'{low} to {high} {unit}'.rstrip(), alias, doc
    if macro == 'SWITCH':
        name, default, alias, doc = a
        return name, default, 'true or false', alias, doc
    name, default, alias, secret, doc = a
    return name, default, 'text, secret' if secret == 'true' else 'text', alias, doc


def settings(root):
    rows = []
    for _, macro, arguments in read_macros(root / 'src/base/settings.def'):
        name, default, kind, alias, doc = setting(macro, arguments)
        rows.append((f'`{name}`', f'`{default}`' if default else '', kind,
                     f'`{alias}`' if alias else '', doc))
    return ('# Settings\n\n' + MADE +
            'A setting `some_name` is, with rising weight: its default; a line `some_name = value` in '
            'the\nconfiguration file; the environment variable `AVA_SOME_NAME`, or its other name '
            'when that is not\nset; the flag `--some-name value` (a switch: `--some-name` and '
            '`--no-some-name`). An environment\nvariable that is empty counts as not set. `ava '
            'settings` shows what holds, and from where.\n\n'
            + table(('setting', 'default', 'value', 'other environment name', 'meaning'), rows))


def errors(root):
    rows = [(f'`{a[4]}`', a[5], a[2], a[3])
            for _, _, a in read_macros(root / 'src/base/err.def')]
    return ('# Errors\n\n' + MADE + 'Over HTTP an error is `application/problem+json` (RFC 9457): '
            '`type` ends in the name below, and\n`detail` says what to do. A command prints the '
            'sentence and exits with the status below.\n\n'
            + table(('name', 'meaning', 'HTTP status', 'exit status'), rows))


def pages(tables, root):
    return {'operations.md': operations(tables), 'events.md': events(root),
            'metrics.md': metrics(root), 'settings.md': settings(root), 'errors.md': errors(root)}
