/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on customers who may be one: suggestions, preview, merge and its undoing. */
#include "base/settings.h"
#include "domain/consent.h"
#include "domain/customer_merge.h"
#include "domain/customer_twins.h"
#include "ops/app.h"
#include "ops/customer_answer.h"
#include "ops/holding.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/changes.h"
#include "store/consents.h"

/* ---- one customer ---- */

static void render_address(struct jw *j, const char *kind, struct str address, int64_t id)
{
    if (address.n) {
        jw_object(j);
        jw_kv_text(j, "kind", kind);
        jw_kv_str(j, "address", address);
        jw_kv_i64(j, "customer_id", id);
        jw_object_end(j);
    }
}

void render_identities(struct jw *j, const struct rows *addresses)
{
    jw_key(j, "identities");
    jw_array(j);
    for (size_t i = 0; i < addresses->n; i++) {
        int64_t id = row_i64(addresses, i, 0);
        render_address(j, "phone", row_str(addresses, i, 2), id);
        render_address(j, "email", row_str(addresses, i, 3), id);
    }
    jw_array_end(j);
}

static void render_merges(struct jw *j, const struct rows *merges)
{
    jw_key(j, "merges");
    jw_array(j);
    ROWS_EACH (i, *merges) {
        jw_object(j);
        jw_kv_str(j, "merge_id", row_str(merges, i, 0));
        jw_kv_i64(j, "customer_id", row_i64(merges, i, 1));
        jw_kv_str(j, "name", row_str(merges, i, 2));
        jw_kv_str(j, "by", row_str(merges, i, 3));
        jw_kv_str(j, "at", row_str(merges, i, 4));
        jw_object_end(j);
    }
    jw_array_end(j);
}

/* What holds now on each number and address. */
static int consents_of(struct op_call *c, struct db *db, const struct rows *addresses,
                       struct rows *out, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < addresses->n; i++) {
        struct rows some;
        rc = consents_current(db, c->pool, row_text(addresses, i, 2),
                              consent_key(c->pool, row_text(addresses, i, 3)), &some, e);
        if (rc < 0 || some.n == 0) {
            continue;
        }
        size_t cells = out->n * some.columns, more = some.n * some.columns;
        struct str *all = pool_calloc(c->pool, cells + more, sizeof *all);
        if (cells) {
            memcpy(all, out->cells, cells * sizeof *all);
        }
        memcpy(all + cells, some.cells, more * sizeof *all);
        *out = (struct rows){out->n + some.n, some.columns, all};
    }
    return rc;
}

bool op_sees_medical(const struct op_call *c)
{
    return c->actor->permissions & (UINT32_C(1) << PERMISSION_CUSTOMERS_MEDICAL);
}

int customer_value(struct op_call *c, struct db *db, struct jw *j, int64_t id, struct err *e)
{
    struct customer row;
    struct rows addresses, merges, consent = {0};
    int rc = customers_get(db, c->pool, id, &row, e);
    rc = rc < 0 ? rc : customer_addresses(db, c->pool, row.id, &addresses, e);
    rc = rc < 0 ? rc : customer_merges_of(db, c->pool, row.id, &merges, e);
    rc = rc < 0 ? rc : consents_of(c, db, &addresses, &consent, e);
    if (rc == 0) {
        jw_object(j);
        render_customer_members(j, &row, op_sees_medical(c));
        render_consents_now(j, &consent);
        render_identities(j, &addresses);
        render_merges(j, &merges);
        jw_object_end(j);
    }
    return rc;
}

int customer_answer(struct op_call *c, struct db *db, int64_t id, struct err *e)
{
    struct jw j = jw_to(c->out);
    return customer_value(c, db, &j, id, e);
}

/* ---- suggestions ---- */

static int render_twins(struct op_call *c, struct db *db, const struct customer_twins *twins,
                        size_t n, struct err *e)
{
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "pairs");
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        struct customer one, other;
        int rc = customers_get(db, c->pool, twins[i].one, &one, e);
        rc = rc < 0 ? rc : customers_get(db, c->pool, twins[i].other, &other, e);
        if (rc < 0) {
            return rc;
        }
        if (one.id == other.id) {
            continue; /* merged just now */
        }
        jw_object(&j);
        jw_kv_text(&j, "reason", twin_reasons[twins[i].reason]);
        jw_key(&j, "one");
        render_customer_brief(&j, &one);
        jw_key(&j, "other");
        render_customer_brief(&j, &other);
        jw_object_end(&j);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

int op_list_duplicates(struct op_call *c, struct err *e)
{
    const struct list_duplicates_in *in = c->in;
    CLEANUP(store_return) struct db *db = NULL;
    struct customer_twins *twins = NULL;
    size_t n = 0;
    int rc = store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc
                : customer_twins_find(db, c->pool, in->customer_id, c->app->settings->country,
                                      (size_t)in->limit, &twins, &n, e);
    return rc < 0 ? rc : render_twins(c, db, twins, n, e);
}

/* ---- preview ---- */

static void render_side(struct jw *j, const char *key, const struct customer *customer,
                        const struct customer_counts *has, const struct rows *addresses,
                        bool medical)
{
    jw_key(j, key);
    jw_object(j);
    jw_key(j, "customer");
    render_customer(j, customer, medical);
    jw_kv_i64(j, "conversations", has->conversations);
    jw_kv_i64(j, "appointments", has->appointments);
    jw_kv_i64(j, "notes", has->notes);
    render_identities(j, addresses);
    jw_object_end(j);
}

static struct customer result_of(const struct merge_plan *m)
{
    struct customer result = m->kept;
    const struct customer_new *r = &m->result;
#define TEXT_OR_NONE(s) ((s) ? str_of(s) : (struct str){NULL, 0})
    result.name = str_of(r->name);
    result.phone = TEXT_OR_NONE(r->phone);
    result.email = TEXT_OR_NONE(r->email);
    result.notes = TEXT_OR_NONE(r->notes);
    result.time_zone = TEXT_OR_NONE(r->time_zone);
    result.created_at = TEXT_OR_NONE(m->created_at);
#undef TEXT_OR_NONE
    result.is_new_client = r->is_new_client;
    result.has_allergies = r->has_allergies;
    result.is_pregnant = r->is_pregnant;
    return result;
}

static void render_plan(struct jw *j, const struct merge_plan *m, bool medical)
{
    struct customer result = result_of(m);
    jw_object(j);
    render_side(j, "kept", &m->kept, &m->kept_has, &m->addresses_kept, medical);
    render_side(j, "other", &m->other, &m->other_has, &m->addresses_other, medical);
    jw_key(j, "result");
    render_customer(j, &result, medical);
    jw_key(j, "refused");
    jw_array(j);
    for (size_t i = 0; i < m->n_consents; i++) {
        const struct merge_consent *c = &m->consents[i];
        jw_object(j);
        jw_kv_text(j, "address", c->address);
        jw_kv_text(j, "channel", c->channel);
        jw_kv_text(j, "purpose", c->purpose);
        jw_kv_text(j, "was", c->was);
        jw_object_end(j);
    }
    jw_array_end(j);
    jw_object_end(j);
}

int op_preview_merge(struct op_call *c, struct err *e)
{
    const struct preview_merge_in *in = c->in;
    CLEANUP(store_return) struct db *db = NULL;
    struct merge_plan *plan = pool_calloc(c->pool, 1, sizeof *plan);
    int rc = store_borrow(c->app->store, &db, e);
    rc = rc < 0
             ? rc
             : customer_merge_plan(db, c->pool, in->customer_id, in->other_id, wall_now(), plan, e);
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_plan(&j, plan, op_sees_medical(c));
    }
    return rc;
}

/* ---- merging ---- */

struct merge_call {
    struct op_call *call;
    const char *merge_id;
    int64_t kept, other;
};

static struct merge_actor actor_of(const struct op_call *c)
{
    struct holder h = holder_of(c->actor);
    return (struct merge_actor){
        c->actor->kind == ACTOR_COMMAND ? "command" : pool_printf(c->pool, "%s:%s", h.kind, h.id),
        h.name};
}

static int merge(struct db *db, void *arg, struct err *e)
{
    struct merge_call *m = arg;
    struct merge_actor who = actor_of(m->call);
    return customer_merge(db, m->call->pool, m->kept, m->other, &who, wall_now(), &m->merge_id, e);
}

static int undo(struct db *db, void *arg, struct err *e)
{
    struct merge_call *m = arg;
    struct merge_actor who = actor_of(m->call);
    return customer_merge_undo(db, m->call->pool, m->merge_id, &who, wall_now(), &m->kept,
                               &m->other, e);
}

static int answer_done(const struct merge_call *m, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct op_call *c = m->call;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_text(&j, "merge_id", m->merge_id);
    jw_kv_i64(&j, "other_id", m->other);
    jw_key(&j, "customer");
    rc = customer_value(c, db, &j, m->kept, e);
    jw_object_end(&j);
    return rc;
}

int op_merge_customers(struct op_call *c, struct err *e)
{
    const struct merge_customers_in *in = c->in;
    struct merge_call m = {.call = c, .kept = in->customer_id, .other = in->other_id};
    int rc = op_write(c, merge, &m, e);
    return rc < 0 ? rc : answer_done(&m, e);
}

int op_undo_merge(struct op_call *c, struct err *e)
{
    const struct undo_merge_in *in = c->in;
    struct merge_call m = {.call = c, .merge_id = in->merge_id};
    int rc = op_write(c, undo, &m, e);
    return rc < 0 ? rc : answer_done(&m, e);
}

static int set_distinct(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct set_distinct_in *in = c->in;
    struct customer one, other;
    int rc = customers_get(db, c->pool, in->customer_id, &one, e);
    rc = rc < 0 ? rc : customers_get(db, c->pool, in->other_id, &other, e);
    if (rc == 0 && one.id == other.id) {
        rc = err_field(e, ERR_INVALID, "other_id", "these are one customer");
    }
    if (rc < 0) {
        return rc;
    }
    struct wall now = wall_now();
    rc = in->distinct
             ? customer_distinct_put(db, one.id, other.id, holder_of(c->actor).name, now, e)
             : customer_distinct_delete(db, one.id, other.id, e);
    rc = rc < 0 ? rc : changes_add(db, "customer", NULL, NULL, one.id, now, e);
    return rc < 0 ? rc : changes_add(db, "customer", NULL, NULL, other.id, now, e);
}

int op_set_distinct(struct op_call *c, struct err *e)
{
    return op_write_ok(c, set_distinct, c, e);
}
