/* SPDX-License-Identifier: Apache-2.0 */
/* Few rows, read whole. */
#include "store/saved_views.h"

#define COLUMNS "id, owner_kind, owner_id, owner_name, name, shared, filters"

static const struct sql of_owner = {"SELECT " COLUMNS " FROM saved_views WHERE shared = {true} OR "
                                    "(owner_kind = $1 AND owner_id = $2) ORDER BY name, id "
                                    "LIMIT 500"};
static const struct sql get = {"SELECT " COLUMNS " FROM saved_views WHERE id = $1"};
static const struct sql insert = {
    "INSERT INTO saved_views (id, owner_kind, owner_id, owner_name, name, shared, filters, "
    "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
static const struct sql update = {
    "UPDATE saved_views SET name = $2, shared = $3, filters = $4 WHERE id = $1"};
static const struct sql delete_one = {"DELETE FROM saved_views WHERE id = $1"};

void saved_view_from_row(const struct rows *r, size_t i, struct saved_view *out)
{
    *out =
        (struct saved_view){row_str(r, i, 0), row_str(r, i, 1),  row_str(r, i, 2), row_str(r, i, 3),
                            row_str(r, i, 4), row_bool(r, i, 5), row_str(r, i, 6)};
}

int saved_views_of(struct db *db, struct pool *p, const char *owner_kind, const char *owner_id,
                   struct rows *out, struct err *e)
{
    return db_rows(db, p, &of_owner, ARGS(A_TEXT(owner_kind), A_TEXT(owner_id)), out, e);
}

int saved_views_get(struct db *db, struct pool *p, const char *id, struct saved_view *out,
                    struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get, ARGS(A_TEXT(id)), &r, e);
    if (rc == 0 && r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no view %s", id);
    }
    if (rc == 0) {
        saved_view_from_row(&r, 0, out);
    }
    return rc;
}

int saved_views_insert(struct db *db, const struct saved_view *v, struct wall at, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_STR(v->id), A_STR(v->owner_kind), A_STR(v->owner_id),
                        A_STR(v->owner_name), A_STR(v->name), A_BOOL(v->shared), A_STR(v->filters),
                        A_WALL(at)),
                   e);
}

int saved_views_update(struct db *db, const struct saved_view *v, struct err *e)
{
    return db_exec(db, &update,
                   ARGS(A_STR(v->id), A_STR(v->name), A_BOOL(v->shared), A_STR(v->filters)), e);
}

int saved_views_delete(struct db *db, const char *id, struct err *e)
{
    return db_exec(db, &delete_one, ARGS(A_TEXT(id)), e);
}
