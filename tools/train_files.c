/* SPDX-License-Identifier: Apache-2.0 */
/* The build's own files: what is wrong with one ends the build. */
#include "train_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

static int is_json(const struct dirent *entry)
{
    return str_ends(str_of(entry->d_name), STR(".json"));
}

static void add_path(struct pool *p, struct paths *to, char *path)
{
    if (to->n % 1024 == 0) {
        char **wider = pool_calloc(p, (size_t)to->n + 1024, sizeof *wider);
        if (to->n) {
            memcpy(wider, to->list, (size_t)to->n * sizeof *wider);
        }
        to->list = wider;
    }
    to->list[to->n++] = path;
}

static void add_folder(struct pool *p, struct paths *to, const char *folder)
{
    struct dirent **found;
    int n = scandir(folder, &found, is_json, alphasort);
    if (n < 0) {
        fail(folder, 0, "cannot be read");
    }
    for (int i = 0; i < n; i++) {
        add_path(p, to, pool_printf(p, "%s/%s", folder, found[i]->d_name));
        free(found[i]);
    }
    free(found);
}

struct paths paths_of(struct pool *p, int n, char **args)
{
    struct paths out = {0};
    for (int i = 0; i < n; i++) {
        struct stat st;
        if (stat(args[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            add_folder(p, &out, args[i]);
        } else {
            add_path(p, &out, args[i]);
        }
    }
    return out;
}
