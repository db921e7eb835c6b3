/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a client's repeated request count once: its Idempotency-Key with the answer that was
 * given, written in the transaction whose effects it stands for. (A provider's requests have the
 * journal, store/journal.h.)
 */
#ifndef STORE_IDEMPOTENCY_H
#define STORE_IDEMPOTENCY_H

#include "store/store.h"

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
/* Forgets what is older. */
NODISCARD int idempotency_prune(struct db *db, struct wall before, struct err *e);

#endif
