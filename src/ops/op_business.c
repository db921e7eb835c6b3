/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on what the business says of itself. Parameters go the way of a seed document
 * (domain/facts_seed.h), so that what one way refuses the other does too; answers are read back
 * from the store.
 */
#include <string.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/nearest.h"
#include "base/settings.h"
#include "domain/business.h"
#include "domain/facts_seed.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/changes.h"
#include "store/facts.h"
#include "store/store.h"

static void drop(void *document)
{
    json_decref(document);
}

static json_t *object_in(struct pool *p)
{
    json_t *object = json_object();
    pool_on_free(p, drop, object);
    return object;
}

static int load(struct op_call *c, struct facts *f, struct rows *closures, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = business_load(db, c->pool, f, e);
    }
    if (rc == 0 && closures) {
        rc = db_rows(db, c->pool, &closures_find, NO_ARGS, closures, e);
    }
    return rc;
}

/* ---- answers ---- */

static void render_entry(struct op_call *c, struct jw *j, enum facts_part part, const void *entry)
{
    json_t *object = facts_entry_to_json(c->pool, facts_kind(part), entry);
    jw_raw(j, json_dump_to_pool(c->pool, object));
}

static void render_list(struct op_call *c, struct jw *j, enum facts_part part,
                        const struct facts *f)
{
    const struct facts_kind *kind = facts_kind(part);
    size_t n;
    const char *entries = facts_list(f, part, &n);
    jw_key(j, kind->member);
    jw_array(j);
    for (size_t i = 0; i < n; i++) {
        render_entry(c, j, part, entries + i * kind->size);
    }
    jw_array_end(j);
}

/* Closures have ids, which struct facts leaves out. */
static void render_closure(struct jw *j, const struct rows *r, size_t i)
{
    jw_object(j);
    jw_kv_str(j, "id", row_str(r, i, 4));
    jw_kv_str(j, "from", row_str(r, i, 0));
    jw_kv_str(j, "to", row_str(r, i, 1));
    render_text(j, "provider", row_str(r, i, 2));
    render_text(j, "reason", row_str(r, i, 3));
    jw_object_end(j);
}

static void render_closures(struct jw *j, const struct rows *r)
{
    jw_key(j, "closures");
    jw_array(j);
    ROWS_EACH (i, *r) {
        render_closure(j, r, i);
    }
    jw_array_end(j);
}

static int answer_business(struct op_call *c, struct err *e)
{
    struct facts f;
    struct rows closures;
    int rc = load(c, &f, &closures, e);
    if (rc != 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "facts");
    render_entry(c, &j, FACTS_FACTS, &f);
    jw_key(&j, "booking");
    render_entry(c, &j, FACTS_BOOKING, &f);
    render_list(c, &j, FACTS_OPENING, &f);
    render_closures(&j, &closures);
    render_list(c, &j, FACTS_LOCATIONS, &f);
    const char *set = c->app->settings->time_zone; /* as own_zone has it */
    jw_key(&j, "zone");
    jw_text(&j, set[0] ? set : f.time_zone ? f.time_zone : "UTC");
    jw_object_end(&j);
    return 0;
}

static int answer_list(struct op_call *c, enum facts_part part, struct err *e)
{
    struct facts f;
    int rc = load(c, &f, NULL, e);
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        jw_object(&j);
        render_list(c, &j, part, &f);
        jw_object_end(&j);
    }
    return rc;
}

static int answer_entry(struct op_call *c, enum facts_part part, const char *key, struct err *e)
{
    struct facts f;
    int rc = load(c, &f, NULL, e);
    if (rc != 0) {
        return rc;
    }
    const void *entry = facts_entry_of_key(&f, part, key);
    if (!entry) {
        return err_set(e, ERR_CONFLICT, "it was taken away meanwhile");
    }
    struct jw j = jw_to(c->out);
    render_entry(c, &j, part, entry);
    return 0;
}

/* ---- writing ---- */

struct edit {
    enum facts_part part;
    const void *entry;  /* to put */
    int64_t position;   /* of it */
    const char *key;    /* to take away */
    const json_t *seed; /* facts, booking or hours to set */
    struct id id;       /* of a new closure */
};

static int write_edit(struct db *db, void *arg, struct err *e)
{
    struct edit *w = arg;
    struct wall now = wall_now();
    int rc = 0;
    if (w->seed) {
        rc = business_seed(db, w->seed, now, e);
    } else if (w->key) {
        rc = business_end(db, w->part, w->key, e);
    } else if (w->part == FACTS_CLOSURES) {
        rc = business_add_closure(db, w->entry, &w->id, e);
    } else {
        rc = business_put(db, w->part, w->entry, w->position, now, e);
    }
    return rc == 0 ? changes_add(db, "business", NULL, NULL, 0, now, e) : rc;
}

/* The parameters that are fields of that part, as the JSON object that a seed has. */
static json_t *entry_of_params(struct op_call *c, const struct facts_kind *kind)
{
    json_t *object = object_in(c->pool);
    const char *in = c->in;
    for (size_t i = 0; i < c->op->n_params; i++) {
        const struct op_param *p = &c->op->params[i];
        const char *at = in + p->offset;
        json_t *value = NULL;
        if (!facts_field_named(kind, p->name)) {
            continue;
        }
        if (p->type == OP_INT) {
            value = *(const bool *)(in + p->set_offset)
                        ? json_integer(*(const int64_t *)(const void *)at)
                        : NULL;
        } else if (p->type == OP_ARRAY) {
            value = json_incref(*(json_t *const *)(const void *)at);
        } else if (*(const char *const *)(const void *)at) {
            value = json_string(*(const char *const *)(const void *)at);
        }
        if (value) {
            json_object_set_new(object, p->name, value);
        }
    }
    return object;
}

/* What a provider or a closure names has to be there. */
static int check_names(struct op_call *c, enum facts_part part, const void *entry, struct err *e)
{
    struct facts f;
    int rc = load(c, &f, NULL, e);
    const struct facts_provider *provider = entry;
    const struct facts_closure *closure = entry;
    if (rc == 0 && part == FACTS_CLOSURES && closure->provider &&
        !facts_entry_of_key(&f, FACTS_PROVIDERS, closure->provider)) {
        rc = err_field(e, ERR_INVALID, "provider", "provider must be the key of a provider");
    }
    const char *const *s = part == FACTS_PROVIDERS ? provider->services : NULL;
    for (; rc == 0 && s && *s; s++) {
        if (!facts_entry_of_key(&f, FACTS_SERVICES, *s)) {
            rc = err_field(e, ERR_INVALID, "services", "services must be keys of services");
        }
    }
    return rc;
}

static int put_entry(struct op_call *c, enum facts_part part, int64_t position, struct err *e)
{
    union {
        struct facts_service service;
        struct facts_provider provider;
        struct facts_location location;
        struct facts_article article;
    } entry;
    const struct facts_kind *kind = facts_kind(part);
    int rc = facts_entry_of_json(c->pool, part, entry_of_params(c, kind), "", &entry, e);
    if (rc == 0 && part == FACTS_PROVIDERS) {
        rc = check_names(c, part, &entry, e);
    }
    if (rc == 0) {
        struct edit w = {.part = part, .entry = &entry, .position = position};
        rc = op_write(c, write_edit, &w, e);
    }
    return rc == 0 ? answer_entry(c, part, *facts_text_at(&entry, &kind->fields[0]), e) : rc;
}

static int end_entry(struct op_call *c, enum facts_part part, const char *key, struct err *e)
{
    struct edit w = {.part = part, .key = key};
    int rc = op_write(c, write_edit, &w, e);
    if (rc == 0) {
        buf_puts(c->out, "{\"ok\":true}");
    }
    return rc;
}

/* ---- the business ---- */

int op_show_business(struct op_call *c, struct err *e)
{
    return answer_business(c, e);
}

static int set_facts(struct op_call *c, const json_t *seed, struct err *e)
{
    struct edit w = {.seed = seed};
    int rc = op_write(c, write_edit, &w, e);
    return rc == 0 ? answer_business(c, e) : rc;
}

int op_change_business(struct op_call *c, struct err *e)
{
    const struct change_business_in *in = c->in;
    json_t *seed = object_in(c->pool);
    if (in->facts) {
        json_object_set(seed, "facts", in->facts);
    }
    if (in->booking) {
        json_object_set(seed, "booking", in->booking);
    }
    return set_facts(c, seed, e);
}

static int unknown_fact(const char *key, struct err *e)
{
    struct nearest n = nearest_to(str_of(key));
    for (enum facts_part part = FACTS_FACTS; part <= FACTS_BOOKING; part++) {
        const struct facts_kind *kind = facts_kind(part);
        for (size_t i = 0; i < kind->n_fields; i++) {
            nearest_offer(&n, kind->fields[i].name);
        }
    }
    return n.best
               ? err_field(e, ERR_INVALID, "key", "there is no such fact; is '%s' meant?", n.best)
               : err_field(e, ERR_INVALID, "key",
                           "there is no such fact; ava business show has them all");
}

int op_set_business_fact(struct op_call *c, struct err *e)
{
    const struct set_business_fact_in *in = c->in;
    enum facts_part part =
        facts_field_named(facts_kind(FACTS_BOOKING), in->key) ? FACTS_BOOKING : FACTS_FACTS;
    json_t *value = json_null();
    int64_t number;
    if (!facts_field_named(facts_kind(part), in->key)) {
        return unknown_fact(in->key, e);
    }
    if (in->value && part == FACTS_BOOKING) {
        if (!str_to_i64(str_of(in->value), &number)) {
            return err_field(e, ERR_INVALID, "value", "value must be a whole number");
        }
        value = json_integer(number);
    } else if (in->value) {
        value = json_string(in->value);
    }
    json_t *seed = object_in(c->pool), *values = json_object();
    json_object_set_new(values, in->key, value);
    json_object_set_new(seed, facts_kind(part)->member, values);
    return set_facts(c, seed, e);
}

int op_set_hours(struct op_call *c, struct err *e)
{
    const struct set_hours_in *in = c->in;
    json_t *seed = object_in(c->pool);
    json_object_set(seed, "hours", in->hours);
    return set_facts(c, seed, e);
}

/* ---- closures ---- */

int op_list_closures(struct op_call *c, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows closures;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = db_rows(db, c->pool, &closures_find, NO_ARGS, &closures, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        jw_object(&j);
        render_closures(&j, &closures);
        jw_object_end(&j);
    }
    return rc;
}

static int answer_closure(struct op_call *c, const struct id *id, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows r;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = db_rows(db, c->pool, &closures_get, ARGS(A_TEXT(id->text)), &r, e);
    }
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_CONFLICT, "it was taken away meanwhile");
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_closure(&j, &r, 0);
    }
    return rc;
}

int op_add_closure(struct op_call *c, struct err *e)
{
    const struct add_closure_in *in = c->in;
    struct facts_closure closure;
    json_t *object = entry_of_params(c, facts_kind(FACTS_CLOSURES));
    if (!in->to) {
        json_object_set_new(object, "to", json_string(in->from));
    }
    int rc = facts_entry_of_json(c->pool, FACTS_CLOSURES, object, "", &closure, e);
    if (rc == 0) {
        rc = check_names(c, FACTS_CLOSURES, &closure, e);
    }
    struct edit w = {.part = FACTS_CLOSURES, .entry = &closure, .id = id_new()};
    if (rc == 0) {
        rc = op_write(c, write_edit, &w, e);
    }
    return rc == 0 ? answer_closure(c, &w.id, e) : rc;
}

int op_delete_closure(struct op_call *c, struct err *e)
{
    const struct delete_closure_in *in = c->in;
    return end_entry(c, FACTS_CLOSURES, in->closure_id, e);
}

/* ---- what has a key ---- */

#define PLACE(in) ((in)->position_set ? (in)->position : -1)

struct ordering {
    struct op_call *call;
    enum facts_part part;
    const json_t *keys;
};

static int put_at(struct db *db, enum facts_part part, const void *entry, int64_t *position,
                  struct err *e)
{
    return business_put(db, part, entry, (*position)++, wall_now(), e);
}

/* Those that are named, in the order given; what becomes of the others is write_order's. */
static int put_named(struct db *db, const struct ordering *w, const struct facts *f, char *done,
                     int64_t *position, struct err *e)
{
    size_t n, i;
    const char *entries = facts_list(f, w->part, &n);
    json_t *key;
    json_array_foreach ((json_t *)(uintptr_t)w->keys, i, key) {
        const char *text = json_string_value(key);
        const char *entry = text ? facts_entry_of_key(f, w->part, text) : NULL;
        size_t at = entry ? (size_t)(entry - entries) / facts_kind(w->part)->size : 0;
        if (!entry || done[at]) {
            return err_field(e, ERR_INVALID, "keys", "keys must be keys of %s, each once",
                             facts_kind(w->part)->member);
        }
        done[at] = 1;
        int rc = put_at(db, w->part, entry, position, e);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int write_order(struct db *db, void *arg, struct err *e)
{
    struct ordering *w = arg;
    struct facts f;
    size_t n = 0;
    int64_t position = 0;
    int rc = business_load(db, w->call->pool, &f, e);
    const char *entries = rc == 0 ? facts_list(&f, w->part, &n) : NULL;
    char *done = pool_calloc(w->call->pool, n + 1, 1);
    if (rc == 0) {
        rc = put_named(db, w, &f, done, &position, e);
    }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (!done[i]) {
            rc = put_at(db, w->part, entries + i * facts_kind(w->part)->size, &position, e);
        }
    }
    return rc == 0 ? changes_add(db, "business", NULL, NULL, 0, wall_now(), e) : rc;
}

int op_order_business(struct op_call *c, struct err *e)
{
    const struct order_business_in *in = c->in;
    struct ordering w = {.call = c, .keys = in->keys};
    for (enum facts_part part = FACTS_FACTS; part < FACTS_PARTS; part++) {
        if (strcmp(facts_kind(part)->member, in->part) == 0) {
            w.part = part;
        }
    }
    int rc = op_write(c, write_order, &w, e);
    if (rc == 0) {
        buf_puts(c->out, "{\"ok\":true}");
    }
    return rc;
}

int op_put_location(struct op_call *c, struct err *e)
{
    const struct put_location_in *in = c->in;
    return put_entry(c, FACTS_LOCATIONS, PLACE(in), e);
}

int op_delete_location(struct op_call *c, struct err *e)
{
    const struct delete_location_in *in = c->in;
    return end_entry(c, FACTS_LOCATIONS, in->key, e);
}

int op_list_services(struct op_call *c, struct err *e)
{
    return answer_list(c, FACTS_SERVICES, e);
}

int op_put_service(struct op_call *c, struct err *e)
{
    const struct put_service_in *in = c->in;
    return put_entry(c, FACTS_SERVICES, PLACE(in), e);
}

int op_delete_service(struct op_call *c, struct err *e)
{
    const struct delete_service_in *in = c->in;
    return end_entry(c, FACTS_SERVICES, in->key, e);
}

int op_list_providers(struct op_call *c, struct err *e)
{
    return answer_list(c, FACTS_PROVIDERS, e);
}

int op_put_provider(struct op_call *c, struct err *e)
{
    const struct put_provider_in *in = c->in;
    return put_entry(c, FACTS_PROVIDERS, PLACE(in), e);
}

int op_delete_provider(struct op_call *c, struct err *e)
{
    const struct delete_provider_in *in = c->in;
    return end_entry(c, FACTS_PROVIDERS, in->key, e);
}

int op_list_faq(struct op_call *c, struct err *e)
{
    return answer_list(c, FACTS_FAQ, e);
}

int op_put_faq(struct op_call *c, struct err *e)
{
    const struct put_faq_in *in = c->in;
    return put_entry(c, FACTS_FAQ, PLACE(in), e);
}

int op_delete_faq(struct op_call *c, struct err *e)
{
    const struct delete_faq_in *in = c->in;
    return end_entry(c, FACTS_FAQ, in->key, e);
}
