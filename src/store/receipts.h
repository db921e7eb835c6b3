/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a repeated request count once: a provider's id of a webhook, and a client's
 * Idempotency-Key with the answer that was given. Both are written in the transaction whose
 * effects they stand for.
 */
#ifndef STORE_RECEIPTS_H
#define STORE_RECEIPTS_H

#include "store/store.h"

struct receipt {
    const char *provider, *provider_id, *kind;
    const char *message_id; /* the message it became; NULL: none */
    struct str request;     /* the raw body, for a later look */
    struct wall at;
};

/*
 * The query that takes a receipt: one row in its result when it is new, none when it was taken
 * before. `args` is storage for its arguments. It is sent together with what is read along.
 */
#define RECEIPT_ARGS 6
struct query receipts_take(const struct receipt *r, struct arg args[RECEIPT_ARGS],
                           struct rows *rows);

struct idempotent_answer {
    bool found;
    struct str operation, body_sha256, answer;
    int64_t status;
};
NODISCARD int idempotency_get(struct db *db, struct pool *p, const char *actor, const char *key,
                              struct idempotent_answer *out, struct err *e);
/* ERR_CONFLICT when the key has been used meanwhile. */
NODISCARD int idempotency_put(struct db *db, const char *actor, const char *key,
                              const char *operation, const char *body_sha256, int status,
                              struct str answer, struct wall at, struct err *e);
/* The answer, once it is known; until then it is empty. */
NODISCARD int idempotency_answer(struct db *db, const char *actor, const char *key,
                                 struct str answer, struct err *e);
/* Forgets what is older: keys, and receipts with the requests that they hold. */
NODISCARD int receipts_prune(struct db *db, struct wall keys_before, struct wall receipts_before,
                             struct err *e);

#endif
