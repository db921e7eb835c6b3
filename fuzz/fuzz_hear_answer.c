/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a speech server may answer when it was asked what a caller said: words that can be stored
 * and understood, or nothing.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "voice/hear_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct heard heard = {.text = STR("")};
    struct err e = {0};
    if (hear_answer_read(p, (struct str){(const char *)data, size}, &heard, &e) < 0) {
        must(e.code == ERR_PROVIDER && e.text[0]);
        must(heard.text.n == 0);
        return 0;
    }
    must(heard.text.n <= HEAR_TEXT_MAX && heard.text.p[heard.text.n] == '\0');
    must(utf8_valid(heard.text) && strlen(heard.text.p) == heard.text.n);
    must(str_trim(heard.text).n == heard.text.n);
    must(heard.text.n ? heard.confidence > 0 && heard.confidence <= 1 : heard.confidence == 0);
    return 0;
}
