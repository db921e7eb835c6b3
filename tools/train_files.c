/* SPDX-License-Identifier: Apache-2.0 */
/* The build's own files: what is wrong with one ends the build. */
#include "train_files.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

void fail(const char *file, size_t line, const char *what)
{
    fprintf(stderr, "%s:%zu: %s\n", file, line, what);
    exit(1);
}

struct str read_whole(struct pool *p, const char *path)
{
    CLEANUP(buf_clear) struct buf b;
    char part[65536];
    size_t n;
    FILE *f = fopen(path, "rbe");
    if (!f) {
        fail(path, 0, "cannot be read");
    }
    buf_init(&b, 64u << 20);
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        buf_add(&b, part, n);
    }
    fclose(f);
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}
