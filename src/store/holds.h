/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on who answers a conversation: the person who holds it, and the texts that wait for an
 * answer. What decides on them locks the conversation's row first (conversations_lock), so that the
 * rows read here cannot change before the transaction's end.
 */
#ifndef STORE_HOLDS_H
#define STORE_HOLDS_H

#include "store/store.h"

/* The last hold of a conversation. */
struct hold_row {
    bool there; /* somebody held it once; the rest is set */
    bool over;  /* given back */
    struct str conversation_id, kind, id, name;
    struct str note; /* for the assistant; p == NULL: none */
    struct wall since, ends_at;
};

/* For those who read it along with other things: a query of one argument, and its result. */
struct query holds_query(const struct arg *conversation_id, struct rows *rows);
void hold_from_row(const struct rows *r, struct hold_row *out);

NODISCARD int holds_put(struct db *db, const struct hold_row *h, struct err *e);

/* Ends one. note may be NULL. */
NODISCARD int holds_end(struct db *db, const char *conversation_id, const char *note,
                        struct wall at, struct err *e);

/* Conversations whose hold ran out and was not ended, oldest first: rows of one id. */
NODISCARD int holds_lapsed(struct db *db, struct pool *p, struct wall now, int64_t limit,
                           struct rows *ids_out, struct err *e);

#endif
