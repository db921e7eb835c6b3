/* SPDX-License-Identifier: Apache-2.0 */
/* Statements on what the staff answer again and again. What is read lives in the pool. */
#ifndef STORE_REPLY_TEMPLATES_H
#define STORE_REPLY_TEMPLATES_H

#include "store/store.h"

struct reply_template {
    struct str id, name;
    struct str channel; /* p == NULL: any */
    struct str body, updated_at;
};
void reply_template_from_row(const struct rows *r, size_t i, struct reply_template *out);

/* By name, at most 1,000. */
NODISCARD int reply_templates_all(struct db *db, struct pool *p, struct rows *out, struct err *e);
/* ERR_NOT_FOUND. */
NODISCARD int reply_templates_get(struct db *db, struct pool *p, const char *id,
                                  struct reply_template *out, struct err *e);
/* channel NULL: any. ERR_CONFLICT when the name is another's. */
NODISCARD int reply_templates_insert(struct db *db, const char *id, const char *name,
                                     const char *channel, const char *body, struct wall at,
                                     struct err *e);
NODISCARD int reply_templates_update(struct db *db, const char *id, const char *name,
                                     const char *channel, const char *body, struct wall at,
                                     struct err *e);
NODISCARD int reply_templates_delete(struct db *db, const char *id, struct err *e);

#endif
