/* SPDX-License-Identifier: Apache-2.0 */
/* The row is made (with a time long past) before it is locked, so that two servers that meet a new
 * number do not both find none. */
#include "store/pace.h"

static const struct sql make = {"INSERT INTO sending_pace (sender, next_at, bulk_at) VALUES "
                                "($1, '2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z') "
                                "ON CONFLICT (sender) DO NOTHING"};
static const struct sql get = {
    "SELECT next_at, bulk_at FROM sending_pace WHERE sender = $1 {for_update}"};
static const struct sql put = {
    "UPDATE sending_pace SET next_at = $2, bulk_at = $3 WHERE sender = $1"};

int pace_get(struct db *db, struct pool *p, const char *sender, struct pace *out, struct err *e)
{
    struct rows r;
    int rc = db_exec(db, &make, ARGS(A_TEXT(sender)), e);
    if (rc == 0) {
        rc = db_rows(db, p, &get, ARGS(A_TEXT(sender)), &r, e);
    }
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_UNAVAILABLE, "a sending number's row was removed; try again");
    }
    if (rc == 0) {
        *out = (struct pace){row_wall(&r, 0, 0), row_wall(&r, 0, 1)};
    }
    return rc;
}

int pace_put(struct db *db, const char *sender, const struct pace *pace, struct err *e)
{
    return db_exec(db, &put, ARGS(A_TEXT(sender), A_WALL(pace->next_at), A_WALL(pace->bulk_at)), e);
}
