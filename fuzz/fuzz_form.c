/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The readers of what comes from outside as text: forms, percent-encoding, base64, JSON. Beyond
 * not crashing: what was decoded is what was encoded, and what was accepted is valid UTF-8.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/json_read.h"
#include "base/pool.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool held)
{
    if (!held) {
        abort();
    }
}

/* A form written from what was read reads the same. */
static void form_there_and_back(struct pool *p, struct str text)
{
    struct form first, second;
    if (form_parse(p, text, &first, NULL)) {
        return;
    }
    struct buf again;
    buf_init(&again, text.n * 3 + 4096);
    for (size_t i = 0; i < first.n; i++) {
        check(utf8_valid(first.pairs[i].name) && utf8_valid(first.pairs[i].value));
        if (again.len) {
            buf_putc(&again, '&');
        }
        form_encode(&again, first.pairs[i].name);
        buf_putc(&again, '=');
        form_encode(&again, first.pairs[i].value);
    }
    check(!buf_failed(&again));
    check(form_parse(p, buf_str(&again), &second, NULL) == 0 && second.n == first.n);
    for (size_t i = 0; i < first.n; i++) {
        check(str_eq(first.pairs[i].name, second.pairs[i].name));
        check(str_eq(first.pairs[i].value, second.pairs[i].value));
    }
    buf_clear(&again);
}

static void base64_there_and_back(struct pool *p, struct str bytes)
{
    struct str back = {0};
    check(base64_decode(p, str_of(base64_encode(p, bytes.p, bytes.n)), &back));
    check(str_eq(back, bytes));
    check(base64_decode(p, str_of(base64url_encode(p, bytes.p, bytes.n)), &back));
    check(str_eq(back, bytes));
    if (base64_decode(p, bytes, &back)) {
        check(back.n <= bytes.n);
    }
}

static void json_there_and_back(struct pool *p, struct str text)
{
    json_t *document = NULL, *again = NULL;
    struct err e = {0};
    if (json_read(p, text, &document, &e)) {
        check(e.text[0] && utf8_valid(str_of(e.text)));
        return;
    }
    struct str dumped = json_dump_to_pool(p, document);
    check(utf8_valid(dumped));
    check(json_read(p, dumped, &again, NULL) == 0 && json_equal(document, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct pool *p = pool_new();
    form_there_and_back(p, text);
    check(percent_decode(p, text, true).n <= size && percent_decode(p, text, false).n <= size);
    base64_there_and_back(p, text);
    json_there_and_back(p, text);
    check(utf8_valid(utf8_repair(p, text)));
    pool_free(&p);
    return 0;
}
