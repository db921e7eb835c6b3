/* SPDX-License-Identifier: Apache-2.0 */
/* Statements on filters of the inbox that were kept under a name. What is read lives in the pool.
 */
#ifndef STORE_SAVED_VIEWS_H
#define STORE_SAVED_VIEWS_H

#include "store/store.h"

struct saved_view {
    struct str id, owner_kind, owner_id, owner_name, name;
    bool shared;
    struct str filters; /* JSON object */
};
void saved_view_from_row(const struct rows *r, size_t i, struct saved_view *out);

/* The owner's and everybody's, by name, at most 500. */
NODISCARD int saved_views_of(struct db *db, struct pool *p, const char *owner_kind,
                             const char *owner_id, struct rows *out, struct err *e);
/* ERR_NOT_FOUND. */
NODISCARD int saved_views_get(struct db *db, struct pool *p, const char *id, struct saved_view *out,
                              struct err *e);
NODISCARD int saved_views_insert(struct db *db, const struct saved_view *v, struct wall at,
                                 struct err *e);
NODISCARD int saved_views_update(struct db *db, const struct saved_view *v, struct err *e);
NODISCARD int saved_views_delete(struct db *db, const char *id, struct err *e);

#endif
