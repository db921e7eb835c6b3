/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on filters of the inbox that were kept under a name. A view is its owner's; one that
 * is everybody's is made, changed and taken away by its owner and by whoever may change the
 * settings.
 */
#include "base/id.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "ops/app.h"
#include "ops/holding.h"
#include "ops/ops_gen.h"
#include "store/changes.h"
#include "store/saved_views.h"

#define AT_MOST 50 /* of one owner */
#define FILTERS_MAX_BYTES 2000

struct writing {
    struct op_call *call;
    struct id id;
    struct wall now;
};

static bool is_mine(const struct op_call *c, const struct saved_view *v)
{
    struct holder who = holder_of(c->actor);
    return str_eq(v->owner_kind, str_of(who.kind)) && str_eq(v->owner_id, str_of(who.id));
}

static bool may_settings(const struct op_call *c)
{
    return c->actor->permissions & (UINT32_C(1) << PERMISSION_SETTINGS_WRITE);
}

static void render(struct jw *j, const struct op_call *c, const struct saved_view *v)
{
    bool mine = is_mine(c, v);
    jw_object(j);
    jw_kv_str(j, "id", v->id);
    jw_kv_str(j, "name", v->name);
    jw_kv_bool(j, "shared", v->shared);
    jw_kv_bool(j, "mine", mine);
    jw_kv_bool(j, "may_change", mine || (v->shared && may_settings(c)));
    jw_kv_str(j, "owner", v->owner_name);
    jw_kv_raw(j, "filters", v->filters);
    jw_object_end(j);
}

static int answer(struct op_call *c, const char *id, struct err *e)
{
    struct saved_view v;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc : saved_views_get(db, c->pool, id, &v, e);
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render(&j, c, &v);
    }
    return rc;
}

static int read_mine(struct db *db, struct op_call *c, struct rows *out, struct err *e)
{
    struct holder who = holder_of(c->actor);
    return saved_views_of(db, c->pool, who.kind, who.id, out, e);
}

int op_list_views(struct op_call *c, struct err *e)
{
    struct rows rows = {0};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc : read_mine(db, c, &rows, e);
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "views");
    jw_array(&j);
    ROWS_EACH (i, rows) {
        struct saved_view v;
        saved_view_from_row(&rows, i, &v);
        render(&j, c, &v);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

/* Is it a filter of the list of conversations? */
static bool is_filter(const char *name)
{
    static const char *const paging[] = {"page", "page_size", "cursor"};
    const struct op *list = NULL;
    for (size_t i = 0; i < n_ops && !list; i++) {
        list = strcmp(ops[i].name, "list_conversations") == 0 ? &ops[i] : NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(paging); i++) {
        if (strcmp(paging[i], name) == 0) {
            return false;
        }
    }
    for (size_t i = 0; list && i < list->n_params; i++) {
        if (strcmp(list->params[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static int check_filters(struct pool *p, const json_t *filters, struct str *out, struct err *e)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)filters, name, value) {
        if (!is_filter(name) || json_is_object(value) || json_is_array(value) ||
            json_is_null(value)) {
            return err_field(e, ERR_INVALID, "filters",
                             "filters are those of the list of conversations, with their values");
        }
    }
    *out = json_dump_to_pool(p, filters);
    return out->n > FILTERS_MAX_BYTES ? err_field(e, ERR_INVALID, "filters", "filters are too long")
                                      : 0;
}

static int make(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    struct op_call *c = w->call;
    const struct create_view_in *in = c->in;
    struct holder who = holder_of(c->actor);
    struct saved_view v = {.id = str_of(w->id.text),
                           .owner_kind = str_of(who.kind),
                           .owner_id = str_of(who.id),
                           .owner_name = str_of(who.name),
                           .name = str_of(in->name),
                           .shared = in->shared};
    struct rows there = {0};
    int rc = check_filters(c->pool, in->filters, &v.filters, e);
    rc = rc < 0 ? rc : read_mine(db, c, &there, e);
    int n = 0;
    ROWS_EACH (i, there) {
        struct saved_view one;
        saved_view_from_row(&there, i, &one);
        n += is_mine(c, &one);
    }
    if (rc == 0 && n >= AT_MOST) {
        rc = err_set(e, ERR_CONFLICT, "there are %d views already; take some away", n);
    }
    rc = rc < 0 ? rc : saved_views_insert(db, &v, w->now, e);
    return rc < 0 ? rc : changes_add(db, "view", NULL, NULL, 0, w->now, e);
}

int op_create_view(struct op_call *c, struct err *e)
{
    struct writing w = {c, id_new(), wall_now()};
    int rc = op_write(c, make, &w, e);
    return rc < 0 ? rc : answer(c, w.id.text, e);
}

/* One that whoever asks may change; what is somebody else's alone is not there. */
static int get_changeable(struct db *db, struct op_call *c, const char *id, struct saved_view *out,
                          struct err *e)
{
    int rc = saved_views_get(db, c->pool, id, out, e);
    if (rc < 0 || is_mine(c, out)) {
        return rc;
    }
    if (!out->shared) {
        return err_set(e, ERR_NOT_FOUND, "there is no view %s", id);
    }
    return may_settings(c) ? 0
                           : err_set(e, ERR_FORBIDDEN,
                                     "a view that is everybody's is changed by its owner, or by "
                                     "who may change the settings");
}

static int change(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    struct op_call *c = w->call;
    const struct update_view_in *in = c->in;
    struct saved_view v;
    int rc = get_changeable(db, c, in->view_id, &v, e);
    if (rc == 0 && in->name) {
        v.name = str_of(in->name);
    }
    if (rc == 0 && in->shared_set) {
        v.shared = in->shared;
    }
    if (rc == 0 && in->filters) {
        rc = check_filters(c->pool, in->filters, &v.filters, e);
    }
    rc = rc < 0 ? rc : saved_views_update(db, &v, e);
    return rc < 0 ? rc : changes_add(db, "view", NULL, NULL, 0, w->now, e);
}

int op_update_view(struct op_call *c, struct err *e)
{
    const struct update_view_in *in = c->in;
    struct writing w = {.call = c, .now = wall_now()};
    int rc = op_write(c, change, &w, e);
    return rc < 0 ? rc : answer(c, in->view_id, e);
}

static int take_away(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct delete_view_in *in = w->call->in;
    struct saved_view v;
    int rc = get_changeable(db, w->call, in->view_id, &v, e);
    rc = rc < 0 ? rc : saved_views_delete(db, in->view_id, e);
    return rc < 0 ? rc : changes_add(db, "view", NULL, NULL, 0, w->now, e);
}

int op_delete_view(struct op_call *c, struct err *e)
{
    struct writing w = {.call = c, .now = wall_now()};
    return op_write_ok(c, take_away, &w, e);
}
