/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on customers and appointments. */
#include "base/json_read.h"
#include "base/settings.h"
#include "domain/phone.h"
#include "domain/zone.h"
#include "ops/app.h"
#include "ops/customer_answer.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/changes.h"

int op_list_customers(struct op_call *c, struct err *e)
{
    const struct list_customers_in *in = c->in;
    struct page_at at = {in->page, in->page_size, NULL, NULL};
    if (in->cursor) {
        int rc = cursor_read(c->pool, in->cursor, &at.cursor_at, &at.cursor_id, e);
        if (rc) {
            return rc;
        }
    }
    CLEANUP(store_return) struct db *db = NULL;
    struct customer_page page;
    int64_t last = 0;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0 && in->q) {
        rc = customers_find_words(db, c->pool, in->q, &at, &page, &last, e);
    } else if (rc == 0) {
        rc = customers_page(db, c->pool, &at, &page, e);
        last = rc == 0 && page.more ? page.rows[page.n - 1].id : 0;
    }
    if (rc) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    render_page(&j, page.total, in->page, in->page_size);
    jw_key(&j, "customers");
    jw_array(&j);
    for (size_t i = 0; i < page.n; i++) {
        render_customer(&j, &page.rows[i], op_sees_medical(c));
    }
    jw_array_end(&j);
    /* The order is by id alone; the cursor's time is only what the form asks for. */
    jw_kv_text(&j, "next_cursor",
               page.more ? cursor_make(c->pool, STR("1970-01-01T00:00:00Z"),
                                       str_of(pool_printf(c->pool, "%lld", (long long)last)))
                         : NULL);
    jw_object_end(&j);
    return 0;
}

static int answer_customer(struct op_call *c, int64_t id, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    return rc < 0 ? rc : customer_answer(c, db, id, e);
}

struct making {
    struct op_call *call;
    struct customer_new customer;
    int64_t id;
};

static int make(struct db *db, void *arg, struct err *e)
{
    struct making *m = arg;
    int rc = customers_insert(db, m->call->pool, &m->customer, &m->id, e);
    return rc < 0 ? rc : changes_add(db, "customer", NULL, NULL, m->id, m->customer.at, e);
}

static int check_zone(struct op_call *c, const char *zone, struct err *e)
{
    const struct zone *z;
    if (!zone || zone_load(c->pool, zone, &z, NULL) == 0) {
        return 0;
    }
    return err_field(e, ERR_INVALID, "zone",
                     "zone is the name of a time zone such as America/Chicago");
}

static int set_zone(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct set_customer_zone_in *in = c->in;
    struct wall now = wall_now();
    int rc = customers_set_zone(db, c->pool, in->customer_id, in->zone, now, e);
    return rc < 0 ? rc : changes_add(db, "customer", NULL, NULL, in->customer_id, now, e);
}

int op_set_customer_zone(struct op_call *c, struct err *e)
{
    const struct set_customer_zone_in *in = c->in;
    int rc = check_zone(c, in->zone, e);
    if (rc == 0) {
        rc = op_write(c, set_zone, c, e);
    }
    return rc < 0 ? rc : answer_customer(c, in->customer_id, e);
}

static enum tristate tri(bool set, bool value)
{
    return !set ? TRI_UNKNOWN : value ? TRI_YES : TRI_NO;
}

static int read_phone(struct op_call *c, const char *text, const char **out, struct err *e)
{
    char phone[PHONE_BYTES];
    int rc = phone_normalize(str_of(text), c->app->settings->country, phone, e);
    if (rc < 0 && e) {
        snprintf(e->field, sizeof e->field, "phone");
    }
    if (rc == 0) {
        *out = pool_strdup(c->pool, phone);
    }
    return rc;
}

static int check_medical(const struct op_call *c, bool allergies, bool pregnant, struct err *e)
{
    if ((!allergies && !pregnant) || op_sees_medical(c)) {
        return 0;
    }
    return err_field(e, ERR_FORBIDDEN, allergies ? "has_allergies" : "is_pregnant",
                     "what is medical needs customers.medical");
}

int op_create_customer(struct op_call *c, struct err *e)
{
    const struct create_customer_in *in = c->in;
    struct making m = {
        .call = c,
        .customer = {.name = in->name,
                     .email = in->email,
                     .notes = in->notes,
                     .time_zone = in->zone,
                     .is_new_client = in->is_new_client ? TRI_YES : TRI_NO,
                     .has_allergies = tri(in->has_allergies_set, in->has_allergies),
                     .is_pregnant = tri(in->is_pregnant_set, in->is_pregnant),
                     .at = wall_now()},
    };
    int rc = check_zone(c, in->zone, e);
    rc = rc < 0 ? rc : check_medical(c, in->has_allergies_set, in->is_pregnant_set, e);
    if (rc < 0) {
        return rc;
    }
    rc = in->phone ? read_phone(c, in->phone, &m.customer.phone, e) : 0;
    rc = rc < 0 ? rc : op_write(c, make, &m, e);
    return rc < 0 ? rc : answer_customer(c, m.id, e);
}

struct changing {
    struct op_call *call;
    const char *phone; /* normalized; NULL: none, or as it is */
};

/* What is given, nothing when it is empty, and what there is when it is absent. */
static const char *changed(const char *given, struct str now)
{
    return !given ? now.p : given[0] ? given : NULL;
}

static enum tristate changed_tri(bool set, bool value, enum tristate now)
{
    return set ? tri(true, value) : now;
}

static int change(struct db *db, void *arg, struct err *e)
{
    struct changing *m = arg;
    const struct update_customer_in *in = m->call->in;
    struct customer was;
    int rc = customers_lock_one(db, m->call->pool, in->customer_id, &was, e);
    if (rc < 0) {
        return rc;
    }
    const struct customer_new now = {
        .name = changed(in->name, was.name),
        .phone = in->phone ? m->phone : was.phone.p,
        .email = changed(in->email, was.email),
        .notes = changed(in->notes, was.notes),
        .time_zone = changed(in->zone, was.time_zone),
        .is_new_client = changed_tri(in->is_new_client_set, in->is_new_client, was.is_new_client),
        .has_allergies = changed_tri(in->has_allergies_set, in->has_allergies, was.has_allergies),
        .is_pregnant = changed_tri(in->is_pregnant_set, in->is_pregnant, was.is_pregnant),
        .at = wall_now(),
    };
    rc = customers_update(db, was.id, &now, e);
    return rc < 0 ? rc : changes_add(db, "customer", NULL, NULL, was.id, now.at, e);
}

int op_update_customer(struct op_call *c, struct err *e)
{
    const struct update_customer_in *in = c->in;
    struct changing m = {.call = c};
    int rc = in->zone && in->zone[0] ? check_zone(c, in->zone, e) : 0;
    rc = rc < 0 ? rc : check_medical(c, in->has_allergies_set, in->is_pregnant_set, e);
    if (rc == 0 && in->phone && in->phone[0]) {
        rc = read_phone(c, in->phone, &m.phone, e);
    }
    rc = rc < 0 ? rc : op_write(c, change, &m, e);
    return rc < 0 ? rc : answer_customer(c, in->customer_id, e);
}

int op_show_customer(struct op_call *c, struct err *e)
{
    const struct show_customer_in *in = c->in;
    return answer_customer(c, in->customer_id, e);
}

/* Later than anything, so that the newest come first. */
#define END_OF_TIME "9999-01-01T00:00:00.000000Z"
#define LAST_NUMBER 2147483647

static void render_call(struct jw *j, const struct rows *r, size_t i)
{
    jw_object(j);
    jw_kv_str(j, "id", row_str(r, i, 0));
    struct pool *scratch = pool_new();
    json_t *metadata = NULL;
    struct str document = row_str(r, i, 1);
    if (document.n == 0 || json_read(scratch, document, &metadata, NULL) < 0) {
        metadata = NULL;
    }
    const char *session = json_get_text(metadata, "session_id", NULL);
    jw_kv_text(j, "session_id", json_get_text(metadata, "legacy_session_id", session));
    pool_free(&scratch);
    render_text(j, "phone_number", row_str(r, i, 2));
    jw_kv_str(j, "started_at", row_str(r, i, 3));
    render_text(j, "ended_at", row_str(r, i, 4));
    static const char *const counts[] = {"duration_seconds", "satisfaction_score"};
    for (size_t k = 0; k < ARRAY_SIZE(counts); k++) {
        jw_key(j, counts[k]);
        if (row_is_null(r, i, 5 + k)) {
            jw_null(j);
        } else {
            jw_i64(j, row_i64(r, i, 5 + k));
        }
    }
    render_text(j, "sentiment", row_str(r, i, 7));
    render_text(j, "outcome", row_str(r, i, 8));
    jw_object_end(j);
}

int op_customer_history(struct op_call *c, struct err *e)
{
    const struct customer_history_in *in = c->in;
    CLEANUP(store_return) struct db *db = NULL;
    int64_t kept;
    int rc = store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc : customers_kept(db, c->pool, in->customer_id, &kept, e);
    if (rc < 0) {
        return rc;
    }
    struct arg id = A_I64(kept);
    struct arg all[] = {id, A_TEXT(END_OF_TIME), A_I64(LAST_NUMBER), A_I64(100)};
    struct rows customer, appointments, calls;
    struct query queries[] = {
        customers_query(&id, &customer),
        {&appointments_before, all, ARRAY_SIZE(all), &appointments},
        {&calls_of_customer, &id, 1, &calls},
    };
    if (rc == 0) {
        rc = db_many(db, c->pool, queries, ARRAY_SIZE(queries), e);
    }
    if (rc == 0 && customer.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no customer %lld", (long long)in->customer_id);
    }
    if (rc) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    struct customer row;
    customer_from_row(&customer, 0, &row);
    jw_object(&j);
    jw_key(&j, "customer");
    render_customer(&j, &row, op_sees_medical(c));
    jw_key(&j, "appointments");
    jw_array(&j);
    ROWS_EACH (i, appointments) {
        struct appointment a;
        appointment_from_row(&appointments, i, &a);
        render_appointment(&j, &a);
    }
    jw_array_end(&j);
    jw_key(&j, "calls");
    jw_array(&j);
    ROWS_EACH (i, calls) {
        render_call(&j, &calls, i);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

/* A day or a time; a day as the end of a span is meant whole. */
static int read_day(const char *field, const char *text, bool is_end, struct wall *out,
                    struct err *e)
{
    char whole[40];
    if (!text) {
        return 0;
    }
    if (strlen(text) == 10) {
        snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
        if (wall_parse(str_of(whole), out)) {
            out->us += is_end ? US_PER_DAY : 0;
            return 0;
        }
    }
    if (wall_parse(str_of(text), out)) {
        return 0;
    }
    return err_field(e, ERR_MALFORMED, field, "%s must be a day such as 2026-03-09 or a time",
                     field);
}

int op_list_appointments(struct op_call *c, struct err *e)
{
    const struct list_appointments_in *in = c->in;
    struct appointment_filter filter = {.status = in->status, .provider = in->provider};
    int rc = read_day("start_date", in->start_date, false, &filter.from, e);
    if (rc == 0) {
        rc = read_day("end_date", in->end_date, true, &filter.to, e);
    }
    if (rc) {
        return rc;
    }
    CLEANUP(store_return) struct db *db = NULL;
    struct appointment_page page;
    rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = appointments_page(db, c->pool, &filter, in->page, in->page_size, &page, e);
    }
    if (rc) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    render_page(&j, page.total, in->page, in->page_size);
    jw_key(&j, "appointments");
    jw_array(&j);
    for (size_t i = 0; i < page.n; i++) {
        render_appointment(&j, &page.rows[i]);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}
