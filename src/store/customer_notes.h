/* SPDX-License-Identifier: Apache-2.0 */
/* What the staff note of a customer, beside what they note in a conversation. Lives in the pool. */
#ifndef STORE_CUSTOMER_NOTES_H
#define STORE_CUSTOMER_NOTES_H

#include "store/store.h"

struct customer_note {
    struct str id, author_kind, author_id, author_name, content, created_at;
    int64_t customer_id;
    struct str conversation_id; /* of a note in a conversation; p == NULL */
};
void customer_note_from_row(const struct rows *r, size_t i, struct customer_note *n);

/* Of a customer's conversations before a point of a timeline, newest first. Arguments:
 * customer id, time (exclusive when the id is smaller), id, limit. */
extern const struct sql customer_notes_before;
/* Of the customer alone. */
extern const struct sql customer_own_notes_before;

/* The row of one. ERR_NOT_FOUND. */
NODISCARD int customer_notes_row(struct db *db, struct pool *p, const char *id, struct rows *out,
                                 struct err *e);
NODISCARD int customer_notes_insert(struct db *db, const struct customer_note *n, struct err *e);
NODISCARD int customer_notes_delete(struct db *db, const char *id, struct err *e);

#endif
