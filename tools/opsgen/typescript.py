# SPDX-License-Identifier: Apache-2.0
"""Writes web/src/api.ts: a type for each schema and enum, a function for each operation."""
import re

from opsgen.openapi import camel

PLAIN = {'text': 'string', 'int': 'number', 'number': 'number', 'bool': 'boolean',
         'uuid': 'string', 'time': 'string', 'object': 'Record<string, unknown>',
         'array': 'unknown[]'}

HEAD = '''// SPDX-License-Identifier: Apache-2.0
// Made by tools/gen_reference from src/ops/*.def. Do not edit.
/* eslint-disable */

/** What went wrong (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  errors?: { field: string; message: string }[];
}

/** An answer that is no success. `problem` is what the server said, or what stands for it. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "ApiError";
    this.status = problem.status;
    this.problem = problem;
  }
}

export interface RequestOptions {
  signal?: AbortSignal;
  /** The same key with the same request gets the first answer again. */
  idempotencyKey?: string;
}

let base = "";
const headersOfAll: Record<string, string> = {};

/** Where the server is; '' (the default): where the page came from. */
export function setBaseUrl(url: string): void {
  base = url.replace(/\\/+$/, "");
}

/** A header for every request, such as Authorization; undefined takes it away. */
export function setHeader(name: string, value: string | undefined): void {
  if (value === undefined) delete headersOfAll[name];
  else headersOfAll[name] = value;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const found = (await response.json()) as Partial<Problem>;
    if (typeof found.title === "string") {
      return { type: "about:blank", ...found, title: found.title, status: response.status };
    }
  } catch {
    // Not JSON: something between us and the server answered.
  }
  return { type: "about:blank", title: response.statusText || "No answer", status: response.status };
}

async function send<T>(
  method: string,
  path: string,
  query: Record<string, unknown>,
  body: object | undefined,
  options: RequestOptions,
): Promise<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  const headers: Record<string, string> = { Accept: "application/json", ...headersOfAll };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (options.idempotencyKey !== undefined) headers["Idempotency-Key"] = options.idempotencyKey;
  const text = search.toString();
  const response = await fetch(base + path + (text ? `?${text}` : ""), {
    method,
    headers,
    credentials: "same-origin",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!response.ok) throw new ApiError(await problemOf(response));
  return (await response.json()) as T;
}
'''


def lower_camel(name):
    whole = camel(name)
    return whole[0].lower() + whole[1:]


def member_type(member):
    kind = camel(member.of) if member.of else PLAIN[member.type]
    if member.many:
        kind += '[]'
    return f'{kind} | null' if member.nullable else kind


def types(tables):
    out = []
    for name, values in tables.enums.items():
        listed = ''.join(f'\n  | "{v}"' for v in values)
        out.append(f'\nexport type {camel(name)} ={listed};\n')
    for name, schema in tables.schemas.items():
        out.append(f'\n/** {schema.doc} */\nexport interface {camel(name)} {{\n')
        for member in schema.members:
            mark = '?' if member.optional else ''
            out.append(f'  /** {member.doc} */\n  {member.name}{mark}: {member_type(member)};\n')
        out.append('}\n')
    return ''.join(out)


def params_interface(op):
    out = [f'\nexport interface {camel(op.name)}Params {{\n']
    for param in op.params:
        kind = camel(param.enum) if param.enum else PLAIN[param.type]
        mark = '' if param.required else '?'
        null = ' | null' if param.where == 'body' and not param.required else ''
        doc = param.doc + (f' (default: {param.default})' if param.default is not None else '')
        out.append(f'  /** {doc} */\n  {param.name}{mark}: {kind}{null};\n')
    out.append('}\n')
    return ''.join(out)


def picked(params):
    if not params:
        return '{}'
    return '{' + ''.join(f'\n    {p.name}: params.{p.name},' for p in params) + '\n  }'


def function(op):
    path = f'"{op.path}"'
    if op.of('path'):
        path = '`' + re.sub(r'\{(\w+)\}', r'${encodeURIComponent(params.\1)}', op.path) + '`'
    arguments = 'options: RequestOptions = {}'
    if op.params:
        otherwise = '' if any(p.required for p in op.params) else ' = {}'
        arguments = f'params: {camel(op.name)}Params{otherwise}, {arguments}'
    body = picked(op.of('body')) if op.of('body') else 'undefined'
    return (f'\n/** {op.says} */\n'
            f'export function {lower_camel(op.name)}(\n  {arguments},\n'
            f'): Promise<{camel(op.schema)}> {{\n'
            f'  const path = {path};\n'
            f'  return send("{op.method}", path, {picked(op.of("query"))}, {body}, options);\n}}\n')


def client(tables):
    out = [HEAD, types(tables)]
    for op in tables.ops:
        if op.path and not op.media:
            out.append((params_interface(op) if op.params else '') + function(op))
    return ''.join(out)
