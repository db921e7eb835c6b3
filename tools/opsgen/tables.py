# SPDX-License-Identifier: Apache-2.0
"""Reads src/ops/*.def and the X-macro tables of src/base into plain objects.

It is the only place that knows the tables' grammar. What does not fit is a TableError with file
and line; nothing is guessed. It writes nothing.
"""
import dataclasses
import json
import pathlib
import re

TYPES = ('text', 'int', 'number', 'bool', 'uuid', 'time', 'object', 'array')
METHODS = ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')
TEXT_MAX = 10000
INT_MIN, INT_MAX = -2**63, 2**63 - 1
PARAMS_MAX = 64  # OP_PARAMS_MAX in src/ops/op_private.h
PATH_VALUES_MAX = 8  # OP_PATH_VALUES_MAX

# Names that a parameter must not have, because they become members of a C struct.
C_WORDS = set('''auto break case char const continue default do double else enum extern float for goto
    if inline int long register restrict return short signed sizeof static struct switch typedef
    union unsigned void volatile while bool true false unix linux'''.split())


class TableError(Exception):
    """A table cannot be read: the message begins with file:line."""

    def __init__(self, path, line, message):
        super().__init__(f'{path}:{line}: {message}')


@dataclasses.dataclass
class Param:
    where: str
    name: str
    type: str
    enum: str  # '' unless type is 'enum'
    required: bool
    default: str  # None: no default
    min: int  # None: not stated
    max: int
    doc: str


@dataclasses.dataclass
class Op:
    name: str
    file: str
    line: int
    method: str = None
    path: str = None
    cli: str = None
    permission: str = None  # as written; 'open' needs none
    says: str = None
    status: int = None
    schema: str = None
    idempotent: bool = False
    quick: bool = False
    quick_with: list = None  # only with these query parameters; None: with all
    params: list = dataclasses.field(default_factory=list)

    @property
    def media(self):
        """The media type of an answer that is not JSON; None when it is."""
        return self.schema if '/' in self.schema else None

    def of(self, where):
        return [p for p in self.params if p.where == where]


@dataclasses.dataclass
class Member:
    name: str
    type: str  # one of TYPES, 'enum', 'schema' or 'texts'
    of: str  # the enum's or schema's name
    nullable: bool
    many: bool
    optional: bool
    doc: str


@dataclasses.dataclass
class Schema:
    name: str
    doc: str
    members: list
    line: int


@dataclasses.dataclass
class Tables:
    ops: list
    enums: dict  # name -> list of values
    schemas: dict  # name -> Schema
    permissions: list  # (C name, name, doc)
    extra: dict  # paths_extra.json


def words_of(path, number, text):
    """Splits a line into words; "..." is one word, marked by its type (Quoted)."""
    words, at = [], 0
    pattern = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"]+))')
    while text[at:].strip():
        match = pattern.match(text, at)
        if not match:
            raise TableError(path, number, f'cannot read from here: {text[at:].strip()}')
        quoted, word = match.groups()
        words.append(Quoted(re.sub(r'\\(.)', r'\1', quoted)) if word is None else word)
        at = match.end()
    return words


class Quoted(str):
    """A word that stood in quotes."""


def lines_of(path, shown):
    """(number, indented, words) of each line that says something."""
    for number, line in enumerate(path.read_text(encoding='utf-8').split('\n'), 1):
        if '\t' in line:
            raise TableError(shown, number, 'a tab; use spaces')
        if line.strip() and not line.lstrip().startswith('#'):
            yield number, line.startswith(' '), words_of(shown, number, line)


def is_name(word):
    return re.fullmatch(r'[a-z][a-z0-9_]*', word) is not None and not isinstance(word, Quoted)


def read_param(shown, number, words, enums):
    if len(words) < 4 or not isinstance(words[-1], Quoted):
        raise TableError(shown, number, 'a parameter is: path|query|body NAME TYPE [required] '
                         '[default=V] [min=N] [max=N] "sentence"')
    where, name, kind = words[:3]
    enum = ''
    if kind.startswith('enum:'):
        kind, enum = 'enum', kind[5:]
        if enum not in enums:
            raise TableError(shown, number, f'there is no enum {enum} in schemas.def')
    elif kind not in TYPES:
        raise TableError(shown, number, f'{kind} is no type; the types are {", ".join(TYPES)} '
                         'and enum:NAME')
    if not is_name(name) or name in C_WORDS or name.endswith('_set'):
        raise TableError(shown, number, f'{name} cannot be the name of a parameter')
    param = Param(where, name, kind, enum, where == 'path', None, None, None, words[-1])
    for word in words[3:-1]:
        read_param_word(shown, number, param, word)
    check_param(shown, number, param, enums)
    return param


def read_param_word(shown, number, param, word):
    key, _, value = word.partition('=')
    if word == 'required':
        param.required = True
    elif key == 'default' and value:
        param.default = value
    elif key in ('min', 'max') and re.fullmatch(r'-?\d+', value):
        if param.type not in ('text', 'int', 'number'):
            raise TableError(shown, number, f'{key} means nothing for {param.type}')
        setattr(param, key, int(value))
    else:
        raise TableError(shown, number, f'{word} is not understood')


def check_param(shown, number, param, enums):
    if param.min is not None and param.max is not None and param.min > param.max:
        raise TableError(shown, number, f'{param.name}: min is greater than max')
    if param.where == 'path' and param.default is not None:
        raise TableError(shown, number, f'{param.name}: a path parameter has no default')
    if param.required and param.default is not None:
        raise TableError(shown, number, f'{param.name}: required and default exclude each other')
    if param.default is None:
        return
    fits = {
        'int': re.fullmatch(r'-?\d+', param.default),
        'number': re.fullmatch(r'-?\d+(\.\d+)?', param.default),
        'bool': param.default in ('true', 'false'),
        'text': True,
        'enum': param.default in enums.get(param.enum, ()),
    }.get(param.type)
    if not fits:
        raise TableError(shown, number, f'{param.name}: {param.default} cannot be its default')
    if param.type in ('int', 'number'):
        low, high = bounds_of(param)
        if not low <= float(param.default) <= high:
            raise TableError(shown, number, f'{param.name}: its default is out of bounds')


def bounds_of(param):
    """What min and max are when they are not stated."""
    if param.type == 'text':
        return (param.min or 0, TEXT_MAX if param.max is None else param.max)
    if param.type in ('int', 'number'):
        return (INT_MIN if param.min is None else param.min,
                INT_MAX if param.max is None else param.max)
    return (0, 0)


def read_op_line(shown, number, op, words, enums):
    key, rest = words[0], words[1:]
    if key in ('path', 'query', 'body'):
        param = read_param(shown, number, words, enums)
        if any(p.name == param.name for p in op.params):
            raise TableError(shown, number, f'{op.name} has two parameters {param.name}')
        op.params.append(param)
    elif key == 'http' and len(rest) == 2 and rest[0] in METHODS and rest[1].startswith('/'):
        op.method, op.path = rest
    elif key == 'cli' and rest:
        op.cli = ' '.join(rest)
    elif key == 'may' and len(rest) == 1:
        op.permission = rest[0]
    elif key == 'says' and len(rest) == 1 and isinstance(rest[0], Quoted):
        op.says = rest[0]
    elif key == 'returns' and len(rest) == 2 and re.fullmatch(r'2\d\d', rest[0]):
        op.status, op.schema = int(rest[0]), rest[1]
    elif key == 'idempotent' and not rest:
        op.idempotent = True
    elif key == 'quick' and op.method == 'GET' and all(
            any(p.where == 'query' and p.name == name for p in op.params) for name in rest):
        op.quick, op.quick_with = True, rest or None
    else:
        raise TableError(shown, number, f'"{" ".join(words)}" is not understood; the head of the '
                         'file has the grammar')


def read_ops(path, enums):
    shown, ops = path.name, []
    for number, indented, words in lines_of(path, shown):
        if not indented:
            if words[0] != 'op' or len(words) != 2 or not is_name(words[1]):
                raise TableError(shown, number, 'expected: op NAME')
            ops.append(Op(words[1], shown, number))
        elif not ops:
            raise TableError(shown, number, 'expected: op NAME')
        else:
            read_op_line(shown, number, ops[-1], words, enums)
    return ops


def check_op(op, schemas, permissions):
    def wrong(message):
        raise TableError(op.file, op.line, f'op {op.name}: {message}')

    for line, value in (('may', op.permission), ('says', op.says), ('returns', op.status)):
        if value is None:
            wrong(f'the line "{line}" is missing')
    if not op.path and not op.cli:
        wrong('it has neither http nor cli, so nothing can call it')
    if op.permission != 'open' and op.permission not in [name for _, name, _ in permissions]:
        wrong(f'there is no permission {op.permission} in permissions.def')
    if op.media is None and op.schema not in schemas:
        wrong(f'there is no schema {op.schema} in schemas.def')
    in_path = re.findall(r'\{([^{}]*)\}', op.path or '')
    if in_path != [p.name for p in op.of('path')]:
        wrong('the names in the path and the path parameters differ, or their order does')
    if any(not re.fullmatch(r'[A-Za-z0-9._~-]+|\{[a-z][a-z0-9_]*\}', part)
           for part in (op.path or '/x')[1:].split('/')):
        wrong(f'the path {op.path} has a part that is neither plain text nor one {{name}}')
    if len(in_path) > PATH_VALUES_MAX or len(op.params) > PARAMS_MAX:
        wrong(f'more than {PATH_VALUES_MAX} path parameters or {PARAMS_MAX} in all')
    if op.method == 'GET' and op.of('body'):
        wrong('GET takes no body')


def check_ops(ops, schemas, permissions, settings):
    seen = {}
    for op in ops:
        check_op(op, schemas, permissions)
        shape = re.sub(r'\{[^{}]*\}', '{}', op.path) if op.path else None
        for key, what in ((('name', op.name), f'op {op.name}'), (('cli', op.cli), f'cli {op.cli}'),
                          (('http', op.method, shape), f'{op.method} {op.path}')):
            if key[-1] is None:
                continue
            if key in seen:
                raise TableError(op.file, op.line, f'{what} is in line {seen[key]} already')
            seen[key] = op.line
        for param in op.params:
            if op.cli and param.name in settings:
                raise TableError(op.file, op.line, f'op {op.name}: the parameter {param.name} has '
                                 'the name of a setting, so the command line could not tell '
                                 f'--{param.name.replace("_", "-")} apart')


def read_member(shown, number, words):
    if len(words) < 3 or not isinstance(words[-1], Quoted) or not is_name(words[0]):
        raise TableError(shown, number, 'a member is: NAME TYPE [optional] "sentence"')
    if words[2:-1] not in ([], ['optional']):
        raise TableError(shown, number, f'"{" ".join(words[2:-1])}" is not understood')
    kind = words[1]
    nullable, kind = kind.endswith('?'), kind.removesuffix('?')
    many, kind = kind.endswith('[]'), kind.removesuffix('[]')
    of = ''
    if kind.startswith('enum:'):
        kind, of = 'enum', kind[5:]
    elif kind not in TYPES:
        kind, of = 'schema', kind
    return Member(words[0], kind, of, nullable, many, len(words) == 4, words[-1])


def read_schemas(path):
    shown, enums, schemas, places = path.name, {}, {}, []
    current = None
    for number, indented, words in lines_of(path, shown):
        if indented:
            if current is None:
                raise TableError(shown, number, 'expected: schema NAME "sentence"')
            member = read_member(shown, number, words)
            if any(m.name == member.name for m in current.members):
                raise TableError(shown, number, f'{current.name} has two members {member.name}')
            current.members.append(member)
            places.append((number, member))
            continue
        name = words[1] if len(words) > 1 else ''
        if name in enums or name in schemas:
            raise TableError(shown, number, f'the name {name} is taken already')
        if words[0] == 'enum' and len(words) > 2 and is_name(name):
            enums[name], current = words[2:], None
        elif words[0] == 'schema' and len(words) == 3 and is_name(name):
            current = schemas[name] = Schema(name, words[2], [], number)
        else:
            raise TableError(shown, number, 'expected: enum NAME value ... or schema NAME "..."')
    for number, member in places:
        known = {'enum': enums, 'schema': schemas}.get(member.type)
        if known is not None and member.of not in known:
            raise TableError(shown, number, f'there is no {member.type} {member.of}')
    return enums, schemas


def read_macros(path):
    """Rows of a C table of macros: (line, macro, arguments); a text argument is Quoted."""
    shown, text = path.name, path.read_text(encoding='utf-8')
    text = re.sub(r'/\*.*?\*/', lambda m: '\n' * m.group().count('\n'), text, flags=re.S)
    for number, line in enumerate(text.split('\n'), 1):
        if not line.strip() or line.startswith('#'):
            continue
        match = re.fullmatch(r'([A-Z]+)\((.*)\)\s*', line)
        if not match:
            raise TableError(shown, number, f'expected MACRO(...): {line}')
        pattern = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",]+?))\s*(?:,|$)')
        arguments, at, body = [], 0, match.group(2)
        while at < len(body):
            found = pattern.match(body, at)
            if not found:
                raise TableError(shown, number, f'cannot read from here: {body[at:]}')
            quoted, word = found.groups()
            arguments.append(word if quoted is None else Quoted(re.sub(r'\\(.)', r'\1', quoted)))
            at = found.end()
        yield number, match.group(1), arguments


def read_permissions(path):
    rows = [tuple(str(a) for a in arguments) for _, _, arguments in read_macros(path)]
    if len(rows) > 32:
        raise TableError(path.name, 1, 'more than 32 permissions do not fit into an actor')
    return rows


def read_tables(folder, settings_def=None):
    """All of the tables in `folder`, checked. settings_def: names that parameters must not have."""
    folder = pathlib.Path(folder)
    enums, schemas = read_schemas(folder / 'schemas.def')
    permissions = read_permissions(folder / 'permissions.def')
    ops = read_ops(folder / 'ops.def', enums)
    settings = {row[2][0] for row in read_macros(settings_def)} if settings_def else set()
    check_ops(ops, schemas, permissions, settings)
    extra, extra_path = {}, folder / 'paths_extra.json'
    if extra_path.exists():
        try:
            extra = json.loads(extra_path.read_text(encoding='utf-8'))
        except json.JSONDecodeError as error:
            raise TableError(extra_path.name, error.lineno, error.msg) from error
    check_reserved(folder / 'schemas.def', enums, schemas, extra)
    return Tables(ops, enums, schemas, permissions, extra)


def check_reserved(path, enums, schemas, extra):
    """Names of answers that the document or the TypeScript client already uses for its own."""
    own = {'problem', 'apierror', 'requestoptions'} | {n.lower() for n in extra.get('schemas', {})}
    for name in (*enums, *schemas):
        if name.replace('_', '') in own:
            line = schemas[name].line if name in schemas else 1
            raise TableError(path.name, line, f'the name {name} is taken: paths_extra.json or the '
                             'TypeScript client has it')
