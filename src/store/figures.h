/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of conversations that the analytics read (migration 0024), and their reading. Errors
 * are those of store/store.h.
 */
#ifndef STORE_FIGURES_H
#define STORE_FIGURES_H

#include "store/store.h"

struct figures {
    struct str heard_at, answered_at; /* p == NULL: not yet */
    const char *answered_by;          /* assistant, staff, both; NULL: nobody */
    bool escalated;
    int64_t progress;                         /* 0 to 4 */
    int64_t prompt_tokens, completion_tokens; /* of language models */
    int64_t seen; /* changes that there were before the conversation was read */
};

/* Inside store_write: they are to be found out again. */
NODISCARD int figures_stale(struct db *db, const char *conversation_id, struct err *e);
NODISCARD int figures_stale_of_appointment(struct db *db, int64_t appointment_id, struct err *e);

/* Conversations whose figures are to be found out, newest first: their ids and changes so far. */
NODISCARD int figures_wanted(struct db *db, struct pool *p, int64_t limit, struct rows *out,
                             struct err *e);
/* Inside store_write. Does nothing when the conversation has changed since: it stays wanted. */
NODISCARD int figures_put(struct db *db, const char *conversation_id, const struct figures *f,
                          struct err *e);
/* Did the customer come to an appointment of the conversation? A query of one argument: a row. */
struct query figures_kept_query(const struct arg *conversation_id, struct rows *rows);

/* Those that began in from <= t < to, each given to fn: initiated_at, channel, satisfaction_score,
 * completed_at, heard_at, answered_at, answered_by, escalated, progress. */
/* The same of those for which a language model was asked: initiated_at, channel, prompt_tokens,
 * completion_tokens. */
NODISCARD int figures_each_cost(struct db *db, struct pool *p, struct wall from, struct wall to,
                                row_fn *fn, void *arg, struct err *e);
NODISCARD int figures_each(struct db *db, struct pool *p, struct wall from, struct wall to,
                           row_fn *fn, void *arg, struct err *e);

#endif
