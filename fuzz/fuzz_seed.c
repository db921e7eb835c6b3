/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of seed documents, whose parts come over HTTP too. Beyond not crashing: what is
 * refused has a sentence, and what was read prints as a document that reads the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/utf8.h"
#include "domain/facts_seed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool held)
{
    if (!held) {
        abort();
    }
}

static void there_and_back(struct pool *p, const json_t *document)
{
    struct facts first, second;
    struct err e = {0};
    if (facts_of_json(p, document, &first, &e) != 0) {
        check(e.text[0] && utf8_valid(str_of(e.text)) && utf8_valid(str_of(e.field)));
        return;
    }
    json_t *printed = facts_to_json(p, &first);
    check(facts_of_json(p, printed, &second, NULL) == 0);
    check(json_equal(printed, facts_to_json(p, &second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p = pool_new();
    json_t *document;
    if (json_read(p, (struct str){(const char *)data, size}, &document, NULL) == 0) {
        there_and_back(p, document);
    }
    pool_free(&p);
    return 0;
}
