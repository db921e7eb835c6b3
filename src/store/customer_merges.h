/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on customers who turned out to be one: the merges that were made, what each moved, and
 * the addresses that one has by them. The rules are in domain/customer_merge.h. What is read lives
 * in the pool.
 */
#ifndef STORE_CUSTOMER_MERGES_H
#define STORE_CUSTOMER_MERGES_H

#include "store/customers.h"

/* One of two that are locked for a merge. */
struct merging {
    struct customer row;
    int64_t merged_into; /* 0: a customer */
};
/* Locks both, the smaller id first. ERR_NOT_FOUND when one is not there. */
NODISCARD int customer_merges_lock(struct db *db, struct pool *p, int64_t one, int64_t other,
                                   struct merging *one_out, struct merging *other_out,
                                   struct err *e);

/* The numbers and addresses of a customer, their own first: id of the record that has it, its
 * name, phone, email. */
NODISCARD int customer_addresses(struct db *db, struct pool *p, int64_t id, struct rows *out,
                                 struct err *e);

/* How much somebody has: conversations, appointments, notes of the staff on them. */
struct customer_counts {
    int64_t conversations, appointments, notes;
};
NODISCARD int customer_counts_get(struct db *db, struct pool *p, int64_t id,
                                  struct customer_counts *out, struct err *e);

struct customer_merge {
    const char *id;
    int64_t kept_id, merged_id;
    const char *actor, *actor_name;
    struct str snapshot; /* JSON */
    struct wall at;
};
NODISCARD int customer_merges_insert(struct db *db, const struct customer_merge *m, struct err *e);
/* Everything of the merged one becomes the other's and is remembered; their record leads there. The
 * conversations that are still open: their ids. */
NODISCARD int customer_merges_move(struct db *db, struct pool *p, const struct customer_merge *m,
                                   struct rows *open_out, struct err *e);
/* Remembers a consent that the merge wrote, and what held before it: granted or none. */
NODISCARD int customer_merges_add_consent(struct db *db, const char *merge_id,
                                          const char *consent_id, const char *was, struct err *e);

struct customer_merge_row {
    struct str id, snapshot, actor_name, at, undone_at, undone_by;
    int64_t kept_id, merged_id;
};
/* Locked. ERR_NOT_FOUND. */
NODISCARD int customer_merges_get(struct db *db, struct pool *p, const char *id,
                                  struct customer_merge_row *out, struct err *e);
/* Those into a customer that are not undone, newest first: id, merged_id, name of the merged, by
 * whom, at. */
NODISCARD int customer_merges_of(struct db *db, struct pool *p, int64_t kept_id, struct rows *out,
                                 struct err *e);
/* The consents that a merge wrote, in their order: id, was, address, channel, purpose. */
NODISCARD int customer_merges_consents(struct db *db, struct pool *p, const char *id,
                                       struct rows *out, struct err *e);
/* What was moved and is still the kept one's goes back, and is the merged one's again. */
NODISCARD int customer_merges_move_back(struct db *db, const struct customer_merge_row *m,
                                        const char *by, struct wall at, struct err *e);

/* All of a customer's record, with created_at, by its own id whatever it is merged into. */
NODISCARD int customer_merges_write(struct db *db, int64_t id, const struct customer_new *c,
                                    const char *created_at, struct err *e);
/* Their number, address, or both (true) are another's from now on. */
NODISCARD int customer_merges_give(struct db *db, int64_t id, bool phone, bool email,
                                   struct err *e);

/* Each customer, newest first, at most `limit`: id, name, phone, email. */
NODISCARD int customers_each(struct db *db, struct pool *p, int64_t limit, row_fn *each, void *arg,
                             struct err *e);
/* Those who are said not to be the same as that one: ids. id 0: all pairs, low_id and high_id. */
NODISCARD int customer_distinct_of(struct db *db, struct pool *p, int64_t id, struct rows *out,
                                   struct err *e);
NODISCARD int customer_distinct_put(struct db *db, int64_t one, int64_t other, const char *by,
                                    struct wall at, struct err *e);
NODISCARD int customer_distinct_delete(struct db *db, int64_t one, int64_t other, struct err *e);

#endif
