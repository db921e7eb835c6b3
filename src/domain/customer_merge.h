/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two customers who are one person: what they become, and how that is taken back. Nothing is lost:
 * conversations, appointments, calls and notes become those of the one that is kept; what only the
 * other one has of name, number, address and time zone is taken over; texts of both stay; a warning
 * of either (allergies, pregnancy) holds; and who opted out on one number or address of a channel
 * has on all of them. The other's record stays, leads to the kept one by its id, number and
 * address, and keeps what it was, so that a merge can be undone.
 */
#ifndef DOMAIN_CUSTOMER_MERGE_H
#define DOMAIN_CUSTOMER_MERGE_H

#include "store/customer_merges.h"

#define CUSTOMER_MERGE_STRICTER_MAX 64

/* A consent that becomes stricter. */
struct merge_consent {
    const char *address, *channel, *purpose;
    const char *was; /* "granted" or "none" */
};

struct merge_plan {
    struct customer kept, other;
    struct customer_counts kept_has, other_has;
    struct customer_new result; /* of the kept one */
    const char *created_at;
    bool takes_phone, takes_email; /* which the other one then has no more */
    struct rows addresses_kept, addresses_other;
    size_t n_consents;
    struct merge_consent consents[CUSTOMER_MERGE_STRICTER_MAX];
};

/*
 * What would come of it. ERR_NOT_FOUND; ERR_INVALID with the field "other_id" for one and the same;
 * ERR_CONFLICT when one of them is merged already. Locks both inside store_write.
 */
NODISCARD int customer_merge_plan(struct db *db, struct pool *p, int64_t kept_id, int64_t other_id,
                                  struct wall now, struct merge_plan *out, struct err *e);

/* Who merges. */
struct merge_actor {
    const char *actor; /* user:ID, token:ID, command */
    const char *name;
};

/* Does it; *id_out lives in pool. Inside store_write. */
NODISCARD int customer_merge(struct db *db, struct pool *p, int64_t kept_id, int64_t other_id,
                             const struct merge_actor *who, struct wall now, const char **id_out,
                             struct err *e);

/*
 * Takes a merge back. What came after it stays the kept one's, and so does what was changed of them
 * since. ERR_NOT_FOUND; ERR_CONFLICT when it is undone already, when the kept one was merged into
 * another since, or somebody else has the number by now. Inside store_write.
 */
NODISCARD int customer_merge_undo(struct db *db, struct pool *p, const char *merge_id,
                                  const struct merge_actor *who, struct wall now, int64_t *kept_out,
                                  int64_t *merged_out, struct err *e);

#endif
