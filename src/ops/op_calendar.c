/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Appointments for other people's calendars. Google's is filled by jobs; they are ordered here when
 * they were not by the bookings themselves. The file of one is what its customer gets: it says
 * what they have booked and how to prepare, and nothing of them. The feed is the staff's.
 */
#include "ops/calendar.h"

#include "base/json_write.h"
#include "base/settings.h"
#include "domain/access.h"
#include "domain/booking.h"
#include "domain/business.h"
#include "domain/calendar.h"
#include "domain/calendar_sync.h"
#include "domain/ical.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "store/appointments.h"
#include "store/customers.h"

#define FEED_MAX 5000
#define SYNC_MAX 1000
#define FEED_PAST_US (30 * US_PER_DAY)
#define LINK_KEY_BYTES 26 /* 128 bits in base32 */
#define LINK_PAST_US (30 * US_PER_DAY)

static const struct facts_service *service_of(const struct facts *f, const char *key)
{
    for (size_t i = 0; i < f->n_services; i++) {
        if (strcmp(f->services[i].key, key) == 0) {
            return &f->services[i];
        }
    }
    return NULL;
}

/* A row of appointments_whole; the words for it are the caller's. */
static struct ical_visit visit_of(const struct rows *r, size_t i)
{
    return (struct ical_visit){
        .id = row_i64(r, i, 0),
        .start = row_wall(r, i, 3),
        .minutes = row_is_null(r, i, 6) ? 60 : (int)row_i64(r, i, 6),
        .created = row_wall(r, i, 12),
        .updated = row_wall(r, i, 17),
        .revision = row_i64(r, i, 16),
        .cancelled = str_eq(row_str(r, i, 7), STR("cancelled")),
    };
}

static const char *service_name(const struct facts *f, const struct rows *r, size_t i)
{
    const struct facts_service *s = service_of(f, row_text(r, i, 4));
    return s ? s->name : row_text(r, i, 4);
}

static int write_calendar(struct pool *p, const struct ical_head *head,
                          const struct ical_visit *visits, size_t n, struct buf *out, struct err *e)
{
    struct str text;
    int rc = ical_write(p, head, visits, n, &text, e);
    if (rc == 0) {
        buf_put_str(out, text);
    }
    return rc;
}

/* One appointment, as its customer may have it. */
static int write_visit(struct pool *p, const struct facts *f, const struct rows *r,
                       enum ical_method method, struct buf *out, struct err *e)
{
    struct ical_visit v = visit_of(r, 0);
    const struct facts_service *service = service_of(f, row_text(r, 0, 4));
    const char *who = row_text(r, 0, 5), *name = service_name(f, r, 0);
    v.summary = f->business_name ? pool_printf(p, "%s at %s", name, f->business_name) : name;
    v.description = pool_printf(p, "%s%s%s%s", who ? "With " : "", who ? who : "", who ? ".\n" : "",
                                service && service->preparation ? service->preparation : "");
    v.location = f->address;
    struct ical_head head = {.method = method};
    return write_calendar(p, &head, &v, 1, out, e);
}

int op_appointment_calendar(struct op_call *c, struct err *e)
{
    const struct appointment_calendar_in *in = c->in;
    CLEANUP(store_return) struct db *db = NULL;
    struct facts f = {0};
    struct rows r = {0};
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = business_load(db, c->pool, &f, e);
    }
    if (rc == 0) {
        rc = db_rows(db, c->pool, &appointments_whole, ARGS(A_I64(in->appointment_id)), &r, e);
    }
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no appointment %lld",
                     (long long)in->appointment_id);
    }
    return rc < 0 ? rc : write_visit(c->pool, &f, &r, ICAL_NONE, c->out, e);
}

/* Is it what a key looks like? (What is not need not be looked for, and may hold any byte.) */
static bool is_key(struct str key)
{
    for (size_t i = 0; i < key.n; i++) {
        if ((key.p[i] < 'a' || key.p[i] > 'z') && (key.p[i] < '2' || key.p[i] > '7')) {
            return false;
        }
    }
    return key.n == LINK_KEY_BYTES;
}

int calendar_of_link(const struct app *app, struct pool *p, struct str key, struct buf *out,
                     struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct facts f = {0};
    struct rows r = {0};
    struct wall from = {wall_now().us - LINK_PAST_US};
    int rc = is_key(key) ? store_borrow(app->store, &db, e) : 0;
    if (rc == 0 && db) {
        rc = db_rows(db, p, &appointments_of_link, ARGS(A_STR(key), A_WALL(from)), &r, e);
    }
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no such appointment");
    }
    if (rc == 0) {
        rc = business_load(db, p, &f, e);
    }
    return rc < 0 ? rc : write_visit(p, &f, &r, ICAL_PUBLISH, out, e);
}

/* What begins from 30 days ago on; provider NULL: everybody's. */
static int write_feed(struct db *db, struct pool *p, const char *provider, bool with_requests,
                      struct buf *out, struct err *e)
{
    struct facts f = {0};
    struct rows r = {0};
    struct wall from = {wall_now().us - FEED_PAST_US};
    int rc = business_load(db, p, &f, e);
    if (rc == 0) {
        rc = db_rows(db, p, &appointments_feed,
                     ARGS(A_WALL(from), A_I64(FEED_MAX), A_TEXT(provider)), &r, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct ical_visit *visits = pool_calloc(p, r.n, sizeof *visits);
    ROWS_EACH (i, r) {
        const char *customer = row_text(&r, i, 2), *who = row_text(&r, i, 5);
        visits[i] = visit_of(&r, i);
        visits[i].summary =
            pool_printf(p, "%s%s%s%s%s%s", service_name(&f, &r, i), customer ? ", " : "",
                        customer ? customer : "", who ? " (" : "", who ? who : "", who ? ")" : "");
        visits[i].description = with_requests ? row_text(&r, i, 9) : NULL;
        visits[i].location = f.address;
    }
    struct ical_head head = {.method = ICAL_PUBLISH,
                             .name = f.business_name ? f.business_name : "Appointments"};
    return write_calendar(p, &head, visits, r.n, out, e);
}

int op_calendar_feed(struct op_call *c, struct err *e)
{
    const struct calendar_feed_in *in = c->in;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    return rc < 0 ? rc : write_feed(db, c->pool, in->provider, true, c->out, e);
}

int calendar_of_feed(const struct app *app, struct pool *p, struct str key, struct buf *out,
                     struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    const char *provider = "";
    int rc = store_borrow(app->store, &db, e);
    if (rc == 0) {
        rc = feeds_provider(db, p, access_hash(p, key), &provider, e);
    }
    return rc < 0 ? rc : write_feed(db, p, provider[0] ? provider : NULL, false, out, e);
}

struct syncing {
    struct op_call *call;
    int64_t ordered;
};

static int order_missing(struct db *db, void *arg, struct err *e)
{
    struct syncing *s = arg;
    struct wall now = wall_now();
    struct rows r = {0};
    int rc = db_rows(db, s->call->pool, &appointments_not_shown, ARGS(A_WALL(now), A_I64(SYNC_MAX)),
                     &r, e);
    for (size_t i = 0; rc == 0 && i < r.n; i++) {
        rc = calendar_order(db, s->call->pool, row_i64(&r, i, 0), now, e);
    }
    s->ordered = (int64_t)r.n;
    return rc;
}

struct renewing {
    struct op_call *call;
    int64_t appointment_id;
    const char *path;
};

static int renew_link(struct db *db, void *arg, struct err *e)
{
    struct renewing *r = arg;
    return booking_renew_link(db, r->call->pool, r->appointment_id, &r->path, e);
}

int op_renew_calendar_link(struct op_call *c, struct err *e)
{
    const struct renew_calendar_link_in *in = c->in;
    struct renewing r = {.call = c, .appointment_id = in->appointment_id};
    int rc = op_write(c, renew_link, &r, e);
    if (rc == 0) {
        const char *where = settings_public_url(c->app->settings, c->pool);
        struct jw j = jw_to(c->out);
        jw_object(&j);
        jw_kv_i64(&j, "appointment_id", r.appointment_id);
        jw_kv_text(&j, "url", pool_printf(c->pool, "%s%s", where, r.path));
        jw_object_end(&j);
    }
    return rc;
}

int op_calendar(const struct op_call *c, const struct calendar **out, struct err *e)
{
    if (c->app->calendar_wrong) {
        return err_set(e, ERR_CONFIG, "%s", c->app->calendar_wrong);
    }
    *out = c->app->calendar;
    return 0;
}

int op_sync_calendar(struct op_call *c, struct err *e)
{
    struct syncing s = {.call = c};
    const struct calendar *calendar;
    int rc = op_calendar(c, &calendar, e);
    if (rc < 0) {
        return rc;
    }
    if (!calendar_keeps(calendar)) {
        return err_set(e, ERR_CONFLICT,
                       "no calendar outside is set up: set google_credentials, and restart");
    }
    rc = op_write(c, order_missing, &s, e);
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        jw_object(&j);
        jw_kv_i64(&j, "ordered", s.ordered);
        jw_object_end(&j);
    }
    return rc;
}
