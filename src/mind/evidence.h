/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tools of a turn confirmed, and whether a reply's claims (mind/claims.h) rest on it. A
 * claim that does not is refuted with a sentence that tells a model what to do instead. Pure; any
 * thread.
 */
#ifndef MIND_EVIDENCE_H
#define MIND_EVIDENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "domain/facts.h"
#include "mind/claims.h"

/* A local moment of the business. */
struct evidence_moment {
    int64_t day; /* since 1970-01-01 */
    int minutes;
};

#define EVIDENCE_MAX 64
#define EVIDENCE_HEARD_MAX 128
struct evidence {
    bool booked, moved, cancelled;               /* in this turn */
    size_t n_free, n_own;                        /* beyond the maximum the rest is not known */
    struct evidence_moment free[EVIDENCE_MAX];   /* times to be had */
    struct evidence_moment own[EVIDENCE_MAX];    /* the customer's appointments, new ones too */
    size_t n_heard;                              /* full: no time is strange any more */
    struct claim_time heard[EVIDENCE_HEARD_MAX]; /* times that a customer or a fact named */
    struct claims said;                          /* by the assistant before: offers made then */
    const json_t *done; /* the last result that booked, moved or cancelled; NULL: none */
};

/* Takes a tool's result into account. Borrows it. */
void evidence_add(struct evidence *v, const char *tool, const json_t *result);

/* Times offered in the message before were true then, and may be named again. */
void evidence_add_said(struct pool *p, struct evidence *v, struct str reply_before);

/* Times in the customer's words, read as they write (mind/when.h). */
struct when_context;
void evidence_add_heard(struct pool *p, struct evidence *v, struct str text,
                        const struct when_context *c);

/* Times in facts: opening hours, articles, what tools tell of them. */
void evidence_add_told(struct pool *p, struct evidence *v, struct str text);
void evidence_add_facts(struct pool *p, struct evidence *v, const struct facts *f);

/*
 * NULL when all claims hold; else what is wrong. `intent` is the turn's; `today` in days since
 * 1970-01-01, -1 when it is not known. Lives in pool.
 */
const char *evidence_refutes(struct pool *p, const struct evidence *v, const struct claims *c,
                             const char *intent, int64_t today);

/* "YYYY-MM-DDTHH:MM"; false when it is not. */
bool evidence_moment_of(const char *text, struct evidence_moment *out);

#endif
