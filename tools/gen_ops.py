#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes everything that follows from src/ops/*.def.

    gen_ops.py --out FOLDER      ops_gen.h, ops_gen.c, openapi_gen.c and openapi.json (the build)
    gen_ops.py --typescript      the TypeScript client, on standard output
    gen_ops.py --reference DIR   the pages of docs/reference/

The same tables give the same bytes, always. A table that cannot be read is one line, file:line:
what is wrong, and exit status 1; nothing is written then.
"""
import argparse
import pathlib
import sys

from opsgen import c, openapi, reference, tables, typescript

ROOT = pathlib.Path(__file__).resolve().parent.parent


def write_build(read, version, folder):
    document = openapi.build(read, version)
    files = {
        'ops_gen.h': c.header(read),
        'ops_gen.c': c.source(read),
        'openapi_gen.c': c.document(openapi.compact(document)),
        'openapi.json': openapi.readable(document),
    }
    write_files(folder, files)


def write_files(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding='utf-8')


def main():
    parser = argparse.ArgumentParser(description='Makes what follows from src/ops/*.def')
    parser.add_argument('--tables', type=pathlib.Path, default=ROOT / 'src/ops',
                        help='folder with ops.def, schemas.def and permissions.def')
    parser.add_argument('--settings', type=pathlib.Path,
                        help='settings.def, whose names no parameter may have')
    parser.add_argument('--version', default='0', help='version of the product, for OpenAPI')
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('--out', type=pathlib.Path, help='folder for what the build needs')
    what.add_argument('--typescript', action='store_true', help='print the TypeScript client')
    what.add_argument('--reference', type=pathlib.Path, help='folder for the reference pages')
    options = parser.parse_args()
    try:
        read = tables.read_tables(options.tables, options.settings)
        if options.out:
            write_build(read, options.version, options.out)
        elif options.typescript:
            sys.stdout.write(typescript.client(read))
        else:
            write_files(options.reference, reference.pages(read, ROOT))
    except tables.TableError as error:
        sys.exit(f'gen_ops.py: {error}')


if __name__ == '__main__':
    main()
