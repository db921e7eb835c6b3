/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scoring a conversation with the scorer: what the job "score" does after completion, and what
 * the operation score_conversation does when it is given no values.
 */
#ifndef OPS_SCORING_H
#define OPS_SCORING_H

#include "domain/jobs.h"
#include "store/conversations.h"

struct model;

/*
 * Reads the conversation and scores it, by the model when there is one. Blocks as long as the model
 * does, without a database connection. The texts live in pool.
 */
struct scoring {
    struct conversation_score score;
    struct str details; /* of the event: scored_by, confidence, reason */
};
NODISCARD int scoring_judge(struct store *store, struct model *m, struct pool *p,
                            const char *conversation_id, struct scoring *out, struct err *e);

/* Writes a score with its event and change, inside store_write. */
NODISCARD int scoring_write(struct db *db, struct pool *p, const char *conversation_id,
                            const struct scoring *s, struct err *e);

/* The handler of jobs of kind "score"; its arg is the struct model, or NULL. */
int scoring_job(struct job_run *run, struct err *e);

#endif
