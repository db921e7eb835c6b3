# SPDX-License-Identifier: Apache-2.0
"""Writes ops_gen.h, ops_gen.c and openapi_gen.c from the tables."""
import re

from opsgen.tables import INT_MAX, INT_MIN, bounds_of

HEAD = '''/* SPDX-License-Identifier: Apache-2.0 */
/* Made by tools/gen_ops.py from the tables in src/ops. Do not edit. */
'''

C_TYPES = {
    'text': 'const char *', 'int': 'int64_t ', 'number': 'double ', 'bool': 'bool ',
    'uuid': 'const char *', 'time': 'struct wall ', 'object': 'json_t *', 'array': 'json_t *',
    'enum': 'const char *',
}
WITH_SET = ('int', 'number', 'bool')


def quote(text):
    """A C string literal; non-ASCII bytes in octal, which cannot run into what follows."""
    if text is None:
        return 'NULL'
    out = ''
    for byte in text.encode('utf-8'):
        if byte in b'"\\':
            out += '\\' + chr(byte)
        elif 32 <= byte < 127 and byte != ord('?'):  # ? could begin a trigraph
            out += chr(byte)
        else:
            out += f'\\{byte:03o}'
    return f'"{out}"'


def number(value):
    return {INT_MIN: 'INT64_MIN', INT_MAX: 'INT64_MAX'}.get(value, f'INT64_C({value})')


def header(tables):
    out = [HEAD + '#ifndef OPS_OPS_GEN_H\n#define OPS_OPS_GEN_H\n\n'
           '#include <jansson.h>\n#include <stdbool.h>\n#include <stdint.h>\n\n'
           '#include "base/clock.h"\n#include "ops/op.h"\n\n'
           '/* Bit numbers in actor.permissions. */\nenum permission {\n'
           '    PERMISSION_NONE = -1, /* open to everybody */\n']
    for bit, (c_name, name, doc) in enumerate(tables.permissions):
        out.append(f'    PERMISSION_{c_name} = {bit}, /* {name}: {doc} */\n')
    out.append(f'    PERMISSION_COUNT = {len(tables.permissions)},\n}};\n\n'
               '/* Every permission, as the bits of actor.permissions. */\n'
               f'#define PERMISSIONS_ALL UINT32_C({2**len(tables.permissions) - 1:#x})\n\n'
               '/* As in ops.def. */\n'
               'extern const char *const permission_names[PERMISSION_COUNT];\n\n'
               '/* Does who holds these bits have that permission? PERMISSION_NONE: yes. */\n'
               'static inline bool permission_held(uint32_t held, int permission)\n{\n'
               '    return permission == PERMISSION_NONE || (held >> permission & 1U);\n}\n\n')
    for name, values in tables.enums.items():
        out.append(f'/* {", ".join(values)}; NULL-terminated. */\n'
                   f'extern const char *const enum_{name}[];\n')
    for op in tables.ops:
        out.append(f'\n/* {op.says} */\nstruct {op.name}_in {{\n')
        for param in op.params:
            out.append(f'    {C_TYPES[param.type]}{param.name};\n')
            if param.type in WITH_SET:
                out.append(f'    bool {param.name}_set;\n')
        if not op.params:
            out.append('    char none; /* it has no parameters */\n')
        out.append(f'}};\nop_fn op_{op.name};\n')
    out.append('\n/* X(name) for each operation. */\n#define OPS_EACH(X)')
    for op in tables.ops:
        out.append(f' \\\n    X({op.name})')
    out.append('\n\n#endif\n')
    return ''.join(out)


def param_row(op, param):
    low, high = bounds_of(param)
    set_offset = (f'offsetof(struct {op.name}_in, {param.name}_set)'
                  if param.type in WITH_SET else '0')
    values = f'enum_{param.enum}' if param.enum else 'NULL'
    return (f'    {{{quote(param.name)}, OP_{param.type.upper()}, OP_{param.where.upper()}, '
            f'{str(param.required).lower()}, {quote(param.default)}, {number(low)}, '
            f'{number(high)}, {values}, offsetof(struct {op.name}_in, {param.name}), '
            f'{set_offset}, {quote(param.doc)}}},\n')


def op_row(tables, op):
    held = {name: c_name for c_name, name, _ in tables.permissions}
    permission = 'PERMISSION_' + held.get(op.permission, 'NONE')
    return (f'    {{{quote(op.name)}, {"HTTP_" + op.method if op.method else "0"}, '
            f'{quote(op.path)}, {quote(op.cli)}, {permission}, {quote(op.says)}, {op.status}, '
            f'{str(op.idempotent).lower()}, {str(op.quick).lower()}, '
            f'{quote(" %s " % " ".join(op.quick_with) if op.quick_with else None)}, {quote(op.media)}, sizeof(struct {op.name}_in), {len(op.params)}, '
            f'{"params_" + op.name if op.params else "NULL"}, op_{op.name}}},\n')


class Node:
    """A node of the route tree: what may follow one segment."""

    def __init__(self):
        self.literals = {}
        self.any = None
        self.routes = []  # (method, index of the operation)


def route_tree(ops):
    root = Node()
    for index, op in enumerate(ops):
        if not op.path:
            continue
        node = root
        for part in op.path[1:].split('/'):
            if part.startswith('{'):
                node.any = node.any or Node()
                node = node.any
            else:
                node = node.literals.setdefault(part, Node())
        node.routes.append((op.method, index))
    return root


def route_tables(ops):
    """The tree as three arrays; nodes in breadth-first order, so that a node's edges are together."""
    nodes = [route_tree(ops)]
    node_rows, edge_rows, route_rows = [], [], []
    for node in nodes:  # grows while it runs
        first_edge, first_route = len(edge_rows), len(route_rows)
        for literal in sorted(node.literals):
            edge_rows.append(f'    {{STR({quote(literal)}), {len(nodes)}}},\n')
            nodes.append(node.literals[literal])
        any_index = 0
        if node.any:
            any_index = len(nodes)
            nodes.append(node.any)
        route_rows += [f'    {{HTTP_{method}, {index}}},\n' for method, index in node.routes]
        node_rows.append(f'    {{{first_edge}, {len(node.literals)}, {any_index}, {first_route}, '
                         f'{len(node.routes)}}},\n')
    return (f'const struct op_node op_nodes[] = {{\n{"".join(node_rows)}}};\n\n'
            f'const struct op_edge op_edges[] = {{\n{"".join(edge_rows)}    {{{{NULL, 0}}, 0}},\n}};'
            f'\n\nconst struct op_route op_routes[] = {{\n{"".join(route_rows)}    {{0, 0}},\n}};\n')


def source(tables):
    out = [HEAD + '#include "ops_gen.h"\n\n#include <stddef.h>\n\n#include "io/http.h"\n'
           '#include "ops/op_private.h"\n\n'
           'const char *const permission_names[PERMISSION_COUNT] = {\n']
    out += [f'    {quote(name)},\n' for _, name, _ in tables.permissions]
    out.append('};\n\n')
    for name, values in tables.enums.items():
        listed = ', '.join(quote(v) for v in values)
        out.append(f'const char *const enum_{name}[] = {{{listed}, NULL}};\n')
    for op in tables.ops:
        if op.params:
            out.append(f'\nstatic const struct op_param params_{op.name}[] = {{\n')
            out += [param_row(op, param) for param in op.params]
            out.append('};\n')
    out.append('\nconst struct op ops[] = {\n')
    out += [op_row(tables, op) for op in tables.ops]
    out.append(f'}};\nconst size_t n_ops = {len(tables.ops)};\n\n')
    out.append(route_tables(tables.ops))
    return ''.join(out)


def document(text):
    """The OpenAPI document as bytes of a constant."""
    pieces = re.findall(r'(?s).{1,90}', text)
    body = '\n'.join('    ' + quote(piece) for piece in pieces)
    return (HEAD + '#include "ops/op.h"\n\n'
            f'static const char text[] =\n{body};\n\n'
            'const struct str openapi_document = {text, sizeof text - 1};\n')
