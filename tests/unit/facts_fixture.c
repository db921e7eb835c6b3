/* SPDX-License-Identifier: Apache-2.0 */
/* Ends the program where a test could do nothing but fail. */
#include "facts_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "domain/facts_seed.h"

#define SEED_MAX_BYTES 262144

json_t *seed_of_file(struct pool *p, const char *file)
{
    const char *folder = getenv("AVA_TEST_DATA");
    char *path = pool_printf(p, "%s/%s", folder ? folder : "tests/unit/data", file);
    char *bytes = pool_alloc(p, SEED_MAX_BYTES);
    json_t *doc = NULL;
    struct err e = {.text = "cannot be read"};
    FILE *f = fopen(path, "rbe");
    size_t n = f ? fread(bytes, 1, SEED_MAX_BYTES, f) : 0;
    if (f) {
        (void)fclose(f);
    }
    if (n == 0 || json_read(p, (struct str){bytes, n}, &doc, &e) != 0) {
        fprintf(stderr, "%s: %s\n", path, e.text);
        exit(1);
    }
    return doc;
}

const struct facts *facts_of_seed(struct pool *p, const char *file)
{
    struct facts *f = pool_alloc(p, sizeof *f);
    struct err e = {0};
    if (facts_of_json(p, seed_of_file(p, file), f, &e) != 0) {
        fprintf(stderr, "%s: %s\n", file, e.text);
        exit(1);
    }
    return f;
}
