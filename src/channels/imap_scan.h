/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of an IMAP server, cut into responses (RFC 9051 section 4.3): lines, in which literals
 * ("{12}" and then twelve bytes) may stand. A response is handed over whole, without its literals;
 * those are handed over as they come, since a mail is one. Whatever else a response means is the
 * caller's business.
 */
#ifndef CHANNELS_IMAP_SCAN_H
#define CHANNELS_IMAP_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define IMAP_LINE_MAX_BYTES (1u << 20) /* room for a hundred thousand numbers */

struct imap_scan {
    /* A piece of a literal; `line` is the response before it, without the {n}. */
    int (*on_literal)(void *arg, struct str line, uint64_t size, struct str piece, struct err *e);
    int (*on_response)(void *arg, struct str line, struct err *e);
    void *arg;
    /* The rest is the scanner's own. */
    struct buf line;
    uint64_t size, left; /* of the literal */
};

void imap_scan_init(struct imap_scan *s);
void imap_scan_clear(struct imap_scan *s);

/* ERR_TOO_LARGE for a line without end, or what a function returned; the connection is then of no
 * use any more. */
NODISCARD int imap_scan_bytes(struct imap_scan *s, struct str bytes, struct err *e);

/* The number of a message's UID in a FETCH response; 0: it has none. */
uint32_t imap_uid_of(struct str line);

/* The numbers of a SEARCH response. false when it is none. */
bool imap_is_search(struct str line);
/* The next of its numbers, which is cut off; 0: there are no more. */
uint32_t imap_next_number(struct str *line);

/* Is the word among those of the line? In any case of letters. */
bool imap_has_word(struct str line, const char *word);

/* A mailbox's name as a quoted string; NULL when it cannot be one. Lives in pool. */
const char *imap_quote(struct pool *p, struct str name);

#endif
