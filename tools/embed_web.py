#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the built page into C: embed_web.py DIST OUTPUT DEPFILE

Writes the table that src/api/assets.h declares, sorted by path: every file of DIST with its type,
ETag and bytes, and its gzip form where that is worth it; index.html is at /, another page such as
call.html at /call. What vite put into assets/ has its hash in
its name and never changes. Where DIST has not been built there is one page that says how to.
"""
import gzip
import hashlib
import pathlib
import sys

TYPES = {
    '.css': 'text/css; charset=utf-8',
    '.html': 'text/html; charset=utf-8',
    '.ico': 'image/x-icon',
    '.js': 'text/javascript; charset=utf-8',
    '.json': 'application/json',
    '.png': 'image/png',
    '.svg': 'image/svg+xml',
    '.txt': 'text/plain; charset=utf-8',
    '.webmanifest': 'application/manifest+json',
    '.webp': 'image/webp',
    '.woff2': 'font/woff2',
}
COMPRESSED_ALREADY = {'.ico', '.png', '.webp', '.woff2'}
NOT_BUILT = '''<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Ava</title></head>
<body>
<h1>The page has not been built</h1>
<p>This server was built without it. Run <code>./run</code> once to build the page; everything
else of this server works.</p>
</body>
</html>
'''


def read(dist):
    """path -> bytes of everything to serve, and the files and folders that decide it."""
    if not (dist / 'index.html').is_file():
        return {'/': NOT_BUILT.encode(), '/call': NOT_BUILT.encode()}, [dist.parent]
    files = sorted(f for f in dist.rglob('*') if f.is_file())
    folders = [dist] + sorted(f for f in dist.rglob('*') if f.is_dir())
    served = {}
    for file in files:
        if file.suffix not in TYPES:
            sys.exit(f'embed_web.py: {file}: which type has this? Add it to TYPES.')
        path = '/' + file.relative_to(dist).as_posix()
        if file.suffix == '.html':
            path = '/' if path == '/index.html' else path.removesuffix('.html')
        served[path] = file.read_bytes()
    return served, files + folders


def array(name, data):
    rows = [f'static const unsigned char {name}[] = {{']
    rows += ['    ' + ','.join(map(str, data[i:i + 24])) + ',' for i in range(0, len(data), 24)]
    return rows + ['    0};']


def view(name, data):
    return f'{{(const char *){name}, {len(data)}}}' if data else '{NULL, 0}'


def source(served):
    lines = ['/* Made by tools/embed_web.py; not edited by hand. */', '#include "api/assets.h"', '']
    table = []
    for i, (path, data) in enumerate(sorted(served.items())):
        suffix = pathlib.PurePosixPath(path).suffix or '.html'
        packed = b'' if suffix in COMPRESSED_ALREADY else gzip.compress(data, 9, mtime=0)
        if len(packed) > len(data) * 0.9:
            packed = b''
        lines += array(f'bytes_{i}', data)
        if packed:
            lines += array(f'gzip_{i}', packed)
        etag = hashlib.sha256(data).hexdigest()[:20]
        table.append(
            f'    {{.path = "{path}",\n     .content_type = "{TYPES[suffix]}",\n'
            f'     .etag = "\\"{etag}\\"",\n'
            f'     .immutable = {"true" if path.startswith("/assets/") else "false"},\n'
            f'     .bytes = {view(f"bytes_{i}", data)},\n'
            f'     .gzip = {view(f"gzip_{i}", packed)}}},')
    lines += ['', 'const struct web_asset web_assets[] = {', *table, '};',
              f'const size_t web_assets_n = {len(served)};', '']
    return '\n'.join(lines)


def main():
    dist, output, depfile = (pathlib.Path(a) for a in sys.argv[1:4])
    served, inputs = read(dist)
    output.write_text(source(served), encoding='ascii')
    escaped = ' '.join(str(i).replace(' ', '\\ ') for i in inputs)
    depfile.write_text(f'{output}: {escaped}\n', encoding='utf-8')


if __name__ == '__main__':
    main()
