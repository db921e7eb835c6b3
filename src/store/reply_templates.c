/* SPDX-License-Identifier: Apache-2.0 */
/* Few rows, read whole. */
#include "store/reply_templates.h"

#define COLUMNS "id, name, channel, body, updated_at"

static const struct sql all = {"SELECT " COLUMNS " FROM reply_templates ORDER BY name LIMIT 1000"};
static const struct sql get = {"SELECT " COLUMNS " FROM reply_templates WHERE id = $1"};
static const struct sql insert = {
    "INSERT INTO reply_templates (id, name, channel, body, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $5)"};
static const struct sql update = {
    "UPDATE reply_templates SET name = $2, channel = $3, body = $4, updated_at = $5 WHERE id = $1"};
static const struct sql delete_one = {"DELETE FROM reply_templates WHERE id = $1"};

void reply_template_from_row(const struct rows *r, size_t i, struct reply_template *out)
{
    *out = (struct reply_template){row_str(r, i, 0), row_str(r, i, 1), row_str(r, i, 2),
                                   row_str(r, i, 3), row_str(r, i, 4)};
}

int reply_templates_all(struct db *db, struct pool *p, struct rows *out, struct err *e)
{
    return db_rows(db, p, &all, NO_ARGS, out, e);
}

int reply_templates_get(struct db *db, struct pool *p, const char *id, struct reply_template *out,
                        struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get, ARGS(A_TEXT(id)), &r, e);
    if (rc == 0 && r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no template %s", id);
    }
    if (rc == 0) {
        reply_template_from_row(&r, 0, out);
    }
    return rc;
}

int reply_templates_insert(struct db *db, const char *id, const char *name, const char *channel,
                           const char *body, struct wall at, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_TEXT(id), A_TEXT(name), A_TEXT(channel), A_TEXT(body), A_WALL(at)), e);
}

int reply_templates_update(struct db *db, const char *id, const char *name, const char *channel,
                           const char *body, struct wall at, struct err *e)
{
    return db_exec(db, &update,
                   ARGS(A_TEXT(id), A_TEXT(name), A_TEXT(channel), A_TEXT(body), A_WALL(at)), e);
}

int reply_templates_delete(struct db *db, const char *id, struct err *e)
{
    return db_exec(db, &delete_one, ARGS(A_TEXT(id)), e);
}
