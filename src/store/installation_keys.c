/* SPDX-License-Identifier: Apache-2.0 */
/* Of several servers that start at once the first one's stays. */
#include "store/installation_keys.h"

static const struct sql add_key = {
    "INSERT INTO installation_keys (name, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT "
    "(name) DO NOTHING"};
static const struct sql get_key = {"SELECT secret FROM installation_keys WHERE name = $1"};

int installation_key(struct db *db, struct pool *p, const char *name, const char *fresh,
                     struct wall now, const char **out, struct err *e)
{
    struct rows r;
    int rc = db_exec(db, &add_key, ARGS(A_TEXT(name), A_TEXT(fresh), A_WALL(now)), e);
    if (rc == 0) {
        rc = db_rows(db, p, &get_key, ARGS(A_TEXT(name)), &r, e);
    }
    if (rc) {
        return rc;
    }
    if (r.n == 0) {
        return err_set(e, ERR_INTERNAL, "the installation's key %s is not there", name);
    }
    *out = row_text(&r, 0, 0);
    return 0;
}

struct query installation_key_query(const struct arg *name, struct rows *rows)
{
    return (struct query){&get_key, name, 1, rows};
}
