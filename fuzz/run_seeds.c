/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzzer's function over files, without the fuzzer: each file of the folders named on the
 * command line, whole, and each of its halves, which cost nothing and are cut where it hurts.
 * A broken promise aborts, as under the fuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int seeds;

static void run_one(const char *bytes, size_t n)
{
    uint8_t *copy = xmalloc(n ? n : 1); /* of exactly that size, so that a read beyond is seen */
    memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void run_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "re");
    if (!f) {
        printf("Bail out! cannot open %s\n", path);
        exit(1);
    }
    struct buf b;
    buf_init(&b, 16u << 20);
    for (char part[65536]; !feof(f) && !ferror(f);) {
        buf_add(&b, part, fread(part, 1, sizeof part, f));
    }
    fclose(f);
    run_one(buf_str(&b).p, b.len);
    run_one(buf_str(&b).p, b.len / 2);
    run_one(buf_str(&b).p + b.len / 2, b.len - b.len / 2);
    buf_clear(&b);
    printf("ok %d - %s\n", ++seeds, name);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    run_one("", 0);
    for (int i = 1; i < argc; i++) {
        struct dirent **names;
        int n = scandir(argv[i], &names, NULL, alphasort);
        for (int k = 0; k < n; k++) {
            if (names[k]->d_name[0] != '.') {
                run_file(argv[i], names[k]->d_name);
            }
            free(names[k]);
        }
        if (n >= 0) {
            free(names);
        }
    }
    printf("1..%d\n", seeds);
    return seeds ? 0 : 1;
}
