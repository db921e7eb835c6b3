/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a whole file of vectors; see vectors.h. */
#include "vectors.h"

#include "base/buf.h"

json_t *vectors_load(struct pool *p, const char *file)
{
    const char *folder = getenv("AVA_TEST_DATA");
    char *path = pool_printf(p, "%s/%s", folder ? folder : "tests/unit/data", file);
    FILE *f = fopen(path, "re");
    if (!f) {
        fprintf(stderr, "Bail out! cannot open %s\n", path);
        abort();
    }
    struct buf text CLEANUP(buf_clear);
    buf_init(&text, 4u << 20);
    for (char part[4096]; !feof(f) && !ferror(f);) {
        buf_add(&text, part, fread(part, 1, sizeof part, f));
    }
    fclose(f);
    json_t *document = NULL;
    struct err e = {0};
    int rc = json_read(p, buf_str(&text), &document, &e);
    if (rc || !json_is_array(document) || json_array_size(document) == 0) {
        fprintf(stderr, "Bail out! %s: %s\n", path, err_text(&e, rc));
        abort();
    }
    return document;
}
