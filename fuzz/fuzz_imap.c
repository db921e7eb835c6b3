/* SPDX-License-Identifier: Apache-2.0 */
/* What a mailbox's server may say: the first byte is the size of the pieces in which it comes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/pool.h"
#include "channels/imap_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    uint64_t literals;
};

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static int take_literal(void *arg, struct str line, uint64_t size, struct str piece, struct err *e)
{
    struct heard *h = arg;
    (void)e;
    must(piece.n <= size && line.p);
    h->literals += piece.n;
    return 0;
}

static int take_response(void *arg, struct str line, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    (void)arg, (void)e;
    must(line.n > 0 && !memchr(line.p, '\n', line.n));
    struct str rest = line;
    while (imap_next_number(&rest)) {
        must(rest.n < line.n);
    }
    (void)imap_uid_of(line);
    (void)imap_is_search(line);
    (void)imap_has_word(line, "IDLE");
    (void)imap_quote(p, line);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct heard h = {0};
    struct imap_scan s = {.on_literal = take_literal, .on_response = take_response, .arg = &h};
    imap_scan_init(&s);
    size_t piece = data[0] + 1u;
    int rc = 0;
    for (size_t at = 1; at < size && rc == 0; at += piece) {
        size_t n = MIN_OF(piece, size - at);
        rc = imap_scan_bytes(&s, (struct str){(const char *)data + at, n}, NULL);
    }
    must(h.literals < size);
    imap_scan_clear(&s);
    return 0;
}
