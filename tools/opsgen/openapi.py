# SPDX-License-Identifier: Apache-2.0
"""Writes the OpenAPI 3.1 document from the tables and src/ops/paths_extra.json.

Members of answers may be added later, so answers are open; bodies of requests are closed, because
the server refuses unknown members.
"""
import json

from opsgen.tables import bounds_of

PLAIN = {
    'text': {'type': 'string'}, 'int': {'type': 'integer'}, 'number': {'type': 'number'},
    'bool': {'type': 'boolean'}, 'uuid': {'type': 'string', 'format': 'uuid'},
    'time': {'type': 'string', 'format': 'date-time'}, 'object': {'type': 'object'},
    'array': {'type': 'array', 'items': {}},
}


def camel(name):
    """conversation_page -> ConversationPage"""
    return ''.join(part.capitalize() for part in name.split('_'))


def ref(name):
    return {'$ref': f'#/components/schemas/{camel(name)}'}


def nullable(shape, values=None):
    if '$ref' in shape and values is None:
        return {'anyOf': [shape, {'type': 'null'}]}
    if values is not None:
        return {'type': ['string', 'null'], 'enum': [*values, None]}
    return {**shape, 'type': [shape['type'], 'null']}


def member_shape(tables, member):
    if member.type in ('enum', 'schema'):
        shape = ref(member.of)
    else:
        shape = dict(PLAIN[member.type])
    if member.many:
        shape = {'type': 'array', 'items': shape}
    if member.nullable:
        listed = tables.enums[member.of] if member.type == 'enum' and not member.many else None
        shape = nullable(shape, listed)
    return {**shape, 'description': member.doc}


def schema_shape(tables, schema):
    shape = {'type': 'object', 'description': schema.doc,
             'properties': {m.name: member_shape(tables, m) for m in schema.members}}
    required = [m.name for m in schema.members if not m.optional]
    return {**shape, 'required': required} if required else shape


def problem_shape():
    def text(doc):
        return {'type': 'string', 'description': doc}
    fault = {'type': 'object', 'required': ['field', 'message'],
             'properties': {'field': text('The parameter at fault'), 'message': text('Why')}}
    return {'type': 'object', 'description': 'What went wrong (RFC 9457).',
            'properties': {'type': text('Which problem it is'), 'title': text('It in a few words'),
                           'status': {'type': 'integer', 'description': 'The HTTP status'},
                           'detail': text('What is wrong and what to do'),
                           'instance': text('The request\'s id, as in X-Request-Id'),
                           'errors': {'type': 'array', 'items': fault,
                                      'description': 'The parameters at fault'}},
            'required': ['type', 'title', 'status']}


def param_shape(tables, param):
    """A parameter's value as JSON Schema. Bounds of a text count bytes, which x-max-bytes says."""
    shape = {'type': 'string', 'enum': list(tables.enums[param.enum])} if param.enum else dict(
        PLAIN[param.type])
    low, high = bounds_of(param)
    if param.type == 'text':
        if low:
            shape['minLength'] = (low + 3) // 4
        shape.update({'maxLength': high, 'x-max-bytes': high})
    elif param.type in ('int', 'number'):
        if param.min is not None:
            shape['minimum'] = param.min
        if param.max is not None:
            shape['maximum'] = param.max
    if param.default is not None:
        shape['default'] = (param.default if param.type in ('text', 'enum')
                            else json.loads(param.default))
    return shape


def body_shape(tables, op):
    members = {}
    for param in op.of('body'):
        shape = param_shape(tables, param)
        if not param.required:
            shape = nullable(shape, tables.enums[param.enum] if param.enum else None) | {
                k: v for k, v in shape.items() if k == 'default'}
        members[param.name] = {**shape, 'description': param.doc}
    shape = {'type': 'object', 'properties': members, 'additionalProperties': False}
    required = [p.name for p in op.of('body') if p.required]
    return {**shape, 'required': required} if required else shape


def tag_of(path):
    parts = [p for p in path[1:].split('/') if p not in ('api', 'admin')]
    return parts[0]


def operation(tables, op):
    out = {'operationId': op.name, 'summary': op.says, 'tags': [tag_of(op.path)]}
    parameters = [{'name': p.name, 'in': p.where, 'required': p.required, 'description': p.doc,
                   'schema': param_shape(tables, p)} for p in op.of('path') + op.of('query')]
    if op.idempotent:
        parameters.append({'$ref': '#/components/parameters/IdempotencyKey'})
    if parameters:
        out['parameters'] = parameters
    body = op.of('body')
    if body:
        out['requestBody'] = {'required': any(p.required for p in body), 'content': {
            'application/json': {'schema': body_shape(tables, op)}}}
    out['responses'] = {
        str(op.status): {'description': op.says, 'content': {op.media: {'schema': {'type': 'string'}}}}
        if op.media else {'description': tables.schemas[op.schema].doc,
                          'content': {'application/json': {'schema': ref(op.schema)}}},
        'default': {'$ref': '#/components/responses/Problem'},
    }
    out['x-permission'] = op.permission
    if op.cli:
        out['x-cli'] = f'ava {op.cli}'
    if op.permission == 'open':
        out['security'] = []
    return out


def components(tables):
    schemas = {camel(n): {'type': 'string', 'enum': v} for n, v in tables.enums.items()}
    schemas |= {camel(n): schema_shape(tables, s) for n, s in tables.schemas.items()}
    schemas['Problem'] = problem_shape()
    schemas |= tables.extra.get('schemas', {})
    key = {'name': 'Idempotency-Key', 'in': 'header', 'required': False,
           'schema': {'type': 'string', 'minLength': 1, 'maxLength': 200},
           'description': 'A text of your choice: the same key with the same request gets the first '
                          'answer again, and nothing is done twice'}
    problem = {'description': 'It was refused or failed',
               'content': {'application/problem+json': {'schema': ref('problem')}}}
    return {
        'schemas': schemas, 'parameters': {'IdempotencyKey': key} | tables.extra.get('parameters', {}),
        'responses': {'Problem': problem},
        'securitySchemes': {
            'token': {'type': 'http', 'scheme': 'bearer', 'description': 'An API token'},
            'session': {'type': 'apiKey', 'in': 'cookie', 'name': 'ava_session',
                        'description': 'A staff member\'s sign-in, from POST /api/session. A request '
                                       'that changes something also needs X-Ava-Request: 1, which '
                                       'other sites cannot send'},
        },
    }


def build(tables, version):
    """The document as nested dicts, paths in the order of the tables."""
    paths = {}
    for op in tables.ops:
        if op.path:
            paths.setdefault(op.path, {})[op.method.lower()] = operation(tables, op)
    for path, item in tables.extra.get('paths', {}).items():
        paths.setdefault(path, {}).update(item)
    return {
        'openapi': '3.1.0',
        'info': {'title': 'Ava', 'version': version,
                 'description': 'The front desk server of an appointment business.',
                 'license': {'name': 'Apache-2.0', 'identifier': 'Apache-2.0'}},
        'servers': [{'url': '/'}],
        'security': [{'token': []}, {'session': []}],
        'paths': paths,
        'components': components(tables),
    }


def compact(document):
    return json.dumps(document, ensure_ascii=False, separators=(',', ':')) + '\n'


def readable(document):
    return json.dumps(document, ensure_ascii=False, indent=2) + '\n'
