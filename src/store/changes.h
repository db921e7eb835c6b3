/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The feed of what changed, written in the transaction that changes it and read by the live
 * sockets. Ids grow, but on PostgreSQL a smaller id may be committed after a larger one: a reader
 * that saw a gap looks again for what may still come (changes_after, changes_among).
 */
#ifndef STORE_CHANGES_H
#define STORE_CHANGES_H

#include "store/store.h"

struct change {
    int64_t id;
    /* kind: conversation, message, event, customer, appointment, business, note, tag,
     * reply_template, view; call (one that goes on
     * began, has more, or ended), call_wish (the staff want something of one) */
    struct str at, kind;
    struct str conversation_id, message_id;
    int64_t customer_id;
};

/* Also asks for the wake-up of those who watch. ids may be NULL, customer_id 0. */
NODISCARD int changes_add(struct db *db, const char *kind, const char *conversation_id,
                          const char *message_id, int64_t customer_id, struct wall at,
                          struct err *e);

/* Those with id > after, ascending, at most limit. */
NODISCARD int changes_after(struct db *db, struct pool *p, int64_t after, int64_t limit,
                            struct change **out, size_t *n_out, struct err *e);

/* The largest id, 0 when there is none. */
NODISCARD int changes_last(struct db *db, struct pool *p, int64_t *out, struct err *e);

/* Forgets those older than `before`. */
NODISCARD int changes_prune(struct db *db, struct wall before, struct err *e);

#endif
