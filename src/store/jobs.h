/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs table: work that a transaction decided on and that is done after its commit. A job is
 * claimed with a lease, done, and removed in the transaction that records its effects, so that it
 * counts once however often it was tried. Jobs of one lane run one at a time, in the order of
 * their ids; one that was ordered for a later time and is not due yet lets the others pass.
 */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include "store/store.h"

struct job {
    struct str id, kind, lane, payload; /* payload: JSON */
    int64_t attempts;                   /* this one included */
    struct wall first_attempted_at;     /* before this attempt; us == 0 at the first */
    struct wall due_at;                 /* when it was to be done at first */
    struct wall slot_at;                /* put off until then by jobs_put_off; us == 0: not */
    struct str owner;                   /* who claimed it: part of the proof in jobs_finish */
};

struct job_new {
    const char *kind, *lane;
    struct str payload; /* JSON */
    struct wall run_at; /* not before */
    struct wall now;
    const char *message_id; /* which it sends; NULL: it is about none */
};

/* Also asks for the wake-up of the runners. */
NODISCARD int jobs_add_new(struct db *db, const struct job_new *job, struct err *e);
NODISCARD int jobs_add(struct db *db, const char *kind, const char *lane, struct str payload,
                       struct wall run_at, struct wall now, struct err *e);

/* Claims up to `limit` due jobs of a kind for `owner` until lease_end. Inside store_write. */
NODISCARD int jobs_claim(struct db *db, struct pool *p, const char *kind, const char *owner,
                         struct wall now, struct wall lease_end, int64_t limit, struct job **out,
                         size_t *n_out, struct err *e);

/*
 * Removes a claimed job, as the first statement of the transaction that records what it did.
 * ERR_CONFLICT when the claim is no longer ours (the lease ended and another took it): the caller
 * then rolls back.
 */
NODISCARD int jobs_finish(struct db *db, struct pool *p, const struct job *job, struct err *e);

/* Gives it back to be tried at run_at, or buries it (run_at.us == 0). */
NODISCARD int jobs_retry(struct db *db, const struct job *job, struct wall run_at,
                         const char *error, struct err *e);

/* Buries a claimed job, as jobs_finish removes one: first of its transaction, and ERR_CONFLICT. */
NODISCARD int jobs_bury(struct db *db, struct pool *p, const struct job *job, const char *error,
                        struct err *e);

/* Removes what was buried before a time. */
NODISCARD int jobs_prune(struct db *db, struct wall before, struct err *e);

/*
 * Gives a claimed job back unattempted, to be claimed again at slot_at, which was reserved for it.
 * In the transaction that claimed it.
 */
NODISCARD int jobs_put_off(struct db *db, const struct job *job, struct wall slot_at,
                           struct err *e);

/* Gives a claimed job back as if it were new, ordered for run_at: it holds nobody back till then.
 */
NODISCARD int jobs_postpone(struct db *db, const struct job *job, struct wall run_at,
                            struct err *e);

/*
 * Jobs of a lane that nobody has begun, in order, locked until the transaction's end, so that
 * nobody begins them meanwhile: id, payload, message_id. Inside store_write.
 */
NODISCARD int jobs_untried(struct db *db, struct pool *p, const char *lane, struct rows *out,
                           struct err *e);

/* Removes one that jobs_untried gave. */
NODISCARD int jobs_remove(struct db *db, struct str id, struct err *e);

/* Makes the claims ready again whose lease ended. */
NODISCARD int jobs_reclaim(struct db *db, struct wall now, struct err *e);

/* The same with those of a kind that a former life of `owner` held, to be tried at run_at. */
NODISCARD int jobs_take_back(struct db *db, const char *kind, const char *owner, struct wall run_at,
                             struct err *e);

/* When the next job of a kind is due; us == 0: there is none. */
NODISCARD int jobs_next(struct db *db, struct pool *p, const char *kind, struct wall *out,
                        struct err *e);

#endif
