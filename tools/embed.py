#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes C source of files: embed.py OUTPUT HEADER NAME=FILE ...

Each becomes `const struct str NAME`, whose bytes end in a NUL that n does not count.
HEADER is the include that declares the names.
"""
import sys


def main():
    output, header, *pairs = sys.argv[1:]
    lines = ["/* Made by tools/embed.py; not edited by hand. */", f'#include "{header}"', ""]
    for pair in pairs:
        name, path = pair.split("=", 1)
        with open(path, "rb") as f:
            data = f.read()
        lines.append(f"static const unsigned char {name}_bytes[] = {{")
        for i in range(0, len(data), 20):
            lines.append("    " + ",".join(str(b) for b in data[i:i + 20]) + ",")
        lines.append("    0};")
        lines.append(f"const struct str {name} = {{(const char *){name}_bytes, {len(data)}}};")
        lines.append("")
    with open(output, "w", encoding="ascii") as f:
        f.write("\n".join(lines))


if __name__ == "__main__":
    main()
