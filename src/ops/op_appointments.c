/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Booking by the staff. The rules are domain/booking.h's; this file turns its refusals into errors
 * that name the field at fault and, where a time cannot be had, some that can.
 */
#include <stdio.h>

#include "base/log.h"
#include "base/settings.h"
#include "domain/booking.h"
#include "domain/business.h"
#include "domain/calendar.h"
#include "domain/zone.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/appointments.h"
#include "store/changes.h"

#define DAYS_WANTED 14
#define ALTERNATIVES 3

static int load_facts(struct op_call *c, struct db *db, struct facts *f, struct err *e)
{
    int rc = business_load(db, c->pool, f, e);
    const char *zone = c->app->settings->time_zone;
    return rc == 0 && zone[0] ? business_set_zone(c->pool, f, zone, e) : rc;
}

static const char *local_text(struct pool *p, const struct facts *f, struct wall at)
{
    struct local_time t = zone_local(f->zone, at);
    int64_t year;
    int month, day;
    civil_from_days(t.days, &year, &month, &day);
    return pool_printf(p, "%04d-%02d-%02dT%02d:%02d", (int)year, month, day, t.minutes / 60,
                       t.minutes % 60);
}

/*
 * What is busy in the calendar outside. When it cannot be asked, the staff's wish is done all the
 * same, by our own appointments; *unchecked_out is then why (NULL: it was asked).
 */
static struct calendar_times ask_calendar(struct op_call *c, const struct calendar_query *q,
                                          const char **unchecked_out)
{
    struct calendar_times times = {0};
    struct err why = {0};
    *unchecked_out = NULL;
    if (!q->facts->zone || q->from.us >= q->to.us) {
        return times;
    }
    int rc = calendar_busy(c->app->calendar, c->pool, q, &times, &why);
    if (rc < 0 || times.unread) {
        *unchecked_out = rc < 0 ? pool_strdup(c->pool, err_text(&why, rc)) : times.unread;
        log_warn("the calendar was not checked", LOG_TEXT("why", *unchecked_out));
    }
    return times;
}

/* ---- free times ---- */

static int read_days(const char *field, const char *text, int64_t otherwise, int64_t *out,
                     struct err *e)
{
    char whole[40];
    struct wall at;
    *out = otherwise;
    if (!text) {
        return 0;
    }
    snprintf(whole, sizeof whole, "%.20sT00:00:00Z", text);
    if (!wall_parse(str_of(whole), &at)) {
        return err_field(e, ERR_MALFORMED, field, "%s must be a day such as 2026-03-09", field);
    }
    *out = at.us / US_PER_DAY;
    return 0;
}

static void render_availability(struct op_call *c, const struct facts *f, const char *service,
                                const struct booking_slot *slots, size_t n, enum booking_status why,
                                bool unchecked)
{
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_text(&j, "service", service);
    jw_key(&j, "slots");
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        const struct facts_provider *who = slots[i].provider;
        jw_object(&j);
        jw_key(&j, "start");
        jw_wall(&j, slots[i].start);
        jw_kv_text(&j, "local_start", local_text(c->pool, f, slots[i].start));
        jw_kv_text(&j, "provider", who ? who->key : NULL);
        jw_kv_text(&j, "provider_name", who ? who->name : NULL);
        jw_object_end(&j);
    }
    jw_array_end(&j);
    jw_kv_text(&j, "reason", why == BOOKING_DONE ? NULL : booking_status_name(why));
    jw_kv_text(&j, "calendar", unchecked ? "not checked" : NULL);
    jw_object_end(&j);
}

static int no_service(struct err *e)
{
    return err_field(e, ERR_INVALID, "service", "there is no service of that key");
}

int op_list_availability(struct op_call *c, struct err *e)
{
    const struct list_availability_in *in = c->in;
    CLEANUP(store_return) struct db *db = NULL;
    struct facts f = {0};
    struct wall now = wall_now();
    int64_t first = 0, last = 0;
    const struct calendar *calendar;
    int rc = op_calendar(c, &calendar, e);
    if (rc == 0) {
        rc = store_borrow(c->app->store, &db, e);
    }
    if (rc == 0) {
        rc = load_facts(c, db, &f, e);
    }
    if (rc == 0) {
        rc = read_days("date_from", in->date_from, f.zone ? zone_local(f.zone, now).days : 0,
                       &first, e);
    }
    if (rc == 0) {
        rc = read_days("date_to", in->date_to, first + DAYS_WANTED - 1, &last, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct booking_query q = {
        .service = in->service,
        .provider = in->provider,
        .time_to = 1440,
        .limit = (size_t)in->limit,
    };
    if (f.zone) {
        q.from = zone_moment(f.zone, first, 0);
        q.to = zone_moment(f.zone, last + 1, 0);
    }
    struct wall latest = {booking_horizon(&f, now).us + US_PER_DAY};
    struct calendar_query busy = {
        &f, in->provider, {MAX_OF(q.from.us, now.us - US_PER_DAY)}, {MIN_OF(q.to.us, latest.us)}};
    const char *unchecked;
    store_return(&db); /* the calendar may take its time */
    struct calendar_times times = ask_calendar(c, &busy, &unchecked);
    q.n_busy = times.n;
    q.busy = times.busy;
    struct booking_slot *slots = NULL;
    size_t n = 0;
    enum booking_status why = BOOKING_DONE;
    rc = store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc : booking_find(db, c->pool, &f, &q, now, &slots, &n, &why, e);
    if (rc == 0 && why == BOOKING_NO_SERVICE) {
        rc = no_service(e);
    }
    if (rc == 0) {
        render_availability(c, &f, in->service, slots, n, why, unchecked != NULL);
    }
    return rc;
}

/* ---- one appointment ---- */

static void render_detail(struct jw *j, const struct rows *r)
{
    struct appointment a;
    appointment_from_row(r, 0, &a);
    int64_t minutes = a.duration_minutes ? a.duration_minutes : 60;
    jw_object(j);
    jw_kv_i64(j, "id", a.id);
    jw_kv_i64(j, "customer_id", a.customer_id);
    render_text(j, "customer_name", a.customer_name);
    jw_kv_str(j, "appointment_datetime", a.appointment_datetime);
    jw_key(j, "ends_at");
    jw_wall(j, (struct wall){row_wall(r, 0, 3).us + minutes * 60 * US_PER_SECOND});
    jw_kv_str(j, "service_type", a.service_type);
    render_text(j, "provider", a.provider);
    render_text(j, "provider_key", row_str(r, 0, 13).n ? row_str(r, 0, 13) : (struct str){NULL, 0});
    jw_kv_i64(j, "duration_minutes", minutes);
    jw_kv_i64(j, "buffer_minutes", row_i64(r, 0, 14));
    render_text(j, "status", a.status);
    render_text(j, "booked_by", a.booked_by);
    render_text(j, "special_requests", a.special_requests);
    render_text(j, "cancellation_reason", a.cancellation_reason);
    render_text(j, "conversation_id", row_str(r, 0, 15));
    jw_kv_i64(j, "revision", row_i64(r, 0, 16));
    render_text(j, "cancelled_at", a.cancelled_at);
    render_text(j, "created_at", a.created_at);
    render_text(j, "updated_at", row_str(r, 0, 17));
    jw_object_end(j);
}

static int answer_appointment(struct op_call *c, int64_t id, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows r = {0};
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = db_rows(db, c->pool, &appointments_whole, ARGS(A_I64(id)), &r, e);
    }
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no appointment %lld", (long long)id);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_detail(&j, &r);
    }
    return rc;
}

int op_show_appointment(struct op_call *c, struct err *e)
{
    const struct show_appointment_in *in = c->in;
    return answer_appointment(c, in->appointment_id, e);
}

/* ---- booking, moving, cancelling ---- */

struct booking_act {
    struct op_call *call;
    struct booking_request request;
    const char *status; /* of an update: how it went */
    int64_t id;         /* of what was made */
};

/* "; free are 2026-03-09T10:00 (Ann Lee), 2026-03-09T10:15 (Ann Lee)", or "". */
static int other_times(struct op_call *c, struct db *db, const struct facts *f,
                       const struct booking_request *r, const char *service, const char **out,
                       struct err *e)
{
    struct wall now = wall_now(), middle = {MAX_OF(now.us, r->start.us)};
    struct booking_query q = {
        .service = service,
        .provider = r->provider,
        .from = {middle.us - DAYS_WANTED * US_PER_DAY},
        .to = {middle.us + DAYS_WANTED * US_PER_DAY},
        .time_to = 1440,
        .limit = ALTERNATIVES,
        .except_appointment = r->appointment_id,
        .n_busy = r->n_busy,
        .busy = r->busy,
    };
    struct booking_slot *slots = NULL;
    size_t n = 0;
    int rc = booking_near(db, c->pool, f, &q, middle, now, &slots, &n, e);
    const char *text = "";
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const struct facts_provider *who = slots[i].provider;
        text = pool_printf(c->pool, "%s%s %s%s%s%s", text,
                           i ? "," : "; free near it:", local_text(c->pool, f, slots[i].start),
                           who ? " (" : "", who ? who->name : "", who ? ")" : "");
    }
    *out = text;
    return rc;
}

/* The error of a refusal. */
static int refuse(struct op_call *c, struct db *db, const struct facts *f,
                  const struct booking_request *r, const struct booking *b, struct err *e)
{
    const char *others = "";
    const char *service = r->service ? r->service : b->service_key;
    switch (b->status) {
    case BOOKING_NOT_FOUND:
        return err_set(e, ERR_NOT_FOUND, "there is no appointment %lld",
                       (long long)r->appointment_id);
    case BOOKING_ENDED:
        return err_set(e, ERR_CONFLICT, "the appointment is cancelled or over");
    case BOOKING_NO_SERVICE:
        return no_service(e);
    case BOOKING_NOT_OFFERED:
        return err_field(e, ERR_INVALID, "provider", "nobody of that key gives this service");
    case BOOKING_OFF_GRID:
        return err_field(e, ERR_INVALID, "start",
                         r->outside_hours
                             ? "start must be a multiple of five minutes"
                             : "start must be on the quarter hour, unless outside_hours is set");
    case BOOKING_PAST:
        return err_field(e, ERR_INVALID, "start", "start must lie in the future");
    default:
        break;
    }
    int rc = other_times(c, db, f, r, service, &others, e);
    if (rc < 0) {
        return rc;
    }
    if (b->status == BOOKING_TAKEN) {
        return err_field(e, ERR_CONFLICT, "start", "that time is taken%s", others);
    }
    return err_field(e, ERR_INVALID, "start", "%s (outside_hours overrides it)%s",
                     b->status == BOOKING_TOO_SOON  ? "that is too soon from now"
                     : b->status == BOOKING_TOO_FAR ? "that is too far ahead"
                                                    : "nobody who gives it works then",
                     others);
}

/* Before the transaction: what is busy around the wanted start. */
static int look_around(struct booking_act *a, struct err *e)
{
    struct booking_request *r = &a->request;
    struct op_call *c = a->call;
    struct facts f = {0};
    const char *unchecked;
    int rc = op_calendar(c, &r->calendar, e);
    if (rc < 0) {
        return rc;
    }
    if (!calendar_keeps(r->calendar)) {
        return 0;
    }
    CLEANUP(store_return) struct db *db = NULL;
    struct rows row = {0};
    rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = load_facts(c, db, &f, e);
    }
    if (rc == 0 && r->start.us == 0) { /* moved to another provider at its time */
        rc = db_rows(db, c->pool, &appointments_whole, ARGS(A_I64(r->appointment_id)), &row, e);
    }
    store_return(&db);
    if (rc < 0) {
        return rc;
    }
    struct wall now = wall_now(), start = row.n ? row_wall(&row, 0, 3) : r->start;
    struct wall middle = {MAX_OF(now.us, start.us)};
    struct calendar_query q = {&f,
                               NULL,
                               {middle.us - DAYS_WANTED * US_PER_DAY},
                               {middle.us + (DAYS_WANTED + 1) * US_PER_DAY}};
    struct calendar_times times = ask_calendar(c, &q, &unchecked);
    r->n_busy = times.n;
    r->busy = times.busy;
    return 0;
}

static int make(struct db *db, void *arg, struct err *e)
{
    struct booking_act *a = arg;
    struct facts f = {0};
    struct booking b = {0};
    struct customer customer;
    int rc = load_facts(a->call, db, &f, e);
    if (rc == 0) {
        rc = customers_get(db, a->call->pool, a->request.customer_id, &customer, e);
        if (rc == ERR_NOT_FOUND) {
            rc = err_field(e, ERR_INVALID, "customer_id", "there is no such customer");
        }
    }
    if (rc == 0 && a->request.conversation_id) {
        struct conversation conversation;
        rc = conversations_get(db, a->call->pool, a->request.conversation_id, &conversation, e);
        if (rc == ERR_NOT_FOUND) {
            rc = err_field(e, ERR_INVALID, "conversation_id", "there is no such conversation");
        }
    }
    if (rc == 0) {
        rc = booking_make(db, a->call->pool, &f, &a->request, wall_now(), &b, e);
    }
    if (rc == 0 && b.status != BOOKING_DONE) {
        rc = refuse(a->call, db, &f, &a->request, &b, e);
    }
    if (rc == 0) {
        a->id = b.id;
    }
    return rc;
}

int op_create_appointment(struct op_call *c, struct err *e)
{
    const struct create_appointment_in *in = c->in;
    struct booking_act a = {
        .call = c,
        .request = {.customer_id = in->customer_id,
                    .service = in->service,
                    .provider = in->provider,
                    .start = in->start,
                    .booked_by = "staff",
                    .requests = in->special_requests,
                    .conversation_id = in->conversation_id,
                    .outside_hours = in->outside_hours},
    };
    int rc = look_around(&a, e);
    rc = rc < 0 ? rc : op_write(c, make, &a, e);
    return rc < 0 ? rc : answer_appointment(c, a.id, e);
}

static int note(struct booking_act *a, struct db *db, struct err *e)
{
    struct rows r = {0};
    int rc = db_rows(db, a->call->pool, &appointments_lock, ARGS(A_I64(a->request.appointment_id)),
                     &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no appointment %lld",
                     (long long)a->request.appointment_id);
    }
    if (rc == 0) {
        rc = db_exec(
            db, &appointments_note,
            ARGS(A_I64(a->request.appointment_id), A_TEXT(a->request.requests), A_WALL(wall_now())),
            e);
    }
    return rc < 0 ? rc
                  : changes_add(db, "appointment", NULL, NULL, row_i64(&r, 0, 1), wall_now(), e);
}

static int update(struct db *db, void *arg, struct err *e)
{
    struct booking_act *a = arg;
    const struct booking_request *r = &a->request;
    struct facts f = {0};
    struct booking b = {0};
    int rc = load_facts(a->call, db, &f, e);
    if (rc == 0 && (r->start.us || r->provider || r->service)) {
        rc = booking_move(db, a->call->pool, &f, r, wall_now(), &b, e);
    } else if (rc == 0 && r->requests) {
        rc = note(a, db, e);
    }
    if (rc == 0 && b.status != BOOKING_DONE) {
        rc = refuse(a->call, db, &f, r, &b, e);
    }
    if (rc < 0 || !a->status) {
        return rc;
    }
    rc = booking_close(db, a->call->pool, &f, r, a->status, wall_now(), &b, e);
    if (rc == 0 && b.status == BOOKING_TOO_SOON) {
        return err_field(e, ERR_INVALID, "status", "it has not begun; cancel it instead");
    }
    return rc == 0 && b.status != BOOKING_DONE ? refuse(a->call, db, &f, r, &b, e) : rc;
}

int op_update_appointment(struct op_call *c, struct err *e)
{
    const struct update_appointment_in *in = c->in;
    struct booking_act a = {
        .call = c,
        .request = {.appointment_id = in->appointment_id,
                    .service = in->service,
                    .provider = in->provider,
                    .start = in->start,
                    .requests = in->special_requests,
                    .outside_hours = in->outside_hours},
        .status = in->status,
    };
    const struct booking_request *r = &a.request;
    int rc = r->start.us || r->provider || r->service ? look_around(&a, e) : 0;
    rc = rc < 0 ? rc : op_write(c, update, &a, e);
    return rc < 0 ? rc : answer_appointment(c, in->appointment_id, e);
}

static int cancel(struct db *db, void *arg, struct err *e)
{
    struct booking_act *a = arg;
    struct facts f = {0};
    struct booking b = {0};
    int rc = load_facts(a->call, db, &f, e);
    if (rc == 0) {
        rc = booking_cancel(db, a->call->pool, &f, &a->request, wall_now(), &b, e);
    }
    return rc == 0 && b.status != BOOKING_DONE ? refuse(a->call, db, &f, &a->request, &b, e) : rc;
}

int op_cancel_appointment(struct op_call *c, struct err *e)
{
    const struct cancel_appointment_in *in = c->in;
    struct booking_act a = {
        .call = c,
        .request = {.appointment_id = in->appointment_id, .requests = in->reason},
    };
    int rc = op_calendar(c, &a.request.calendar, e);
    rc = rc < 0 ? rc : op_write(c, cancel, &a, e);
    return rc < 0 ? rc : answer_appointment(c, in->appointment_id, e);
}

static int restore(struct db *db, void *arg, struct err *e)
{
    struct booking_act *a = arg;
    struct facts f = {0};
    struct booking b = {0};
    int rc = load_facts(a->call, db, &f, e);
    if (rc == 0) {
        rc = booking_restore(db, a->call->pool, &f, &a->request, wall_now(), &b, e);
    }
    if (rc < 0 || b.status == BOOKING_DONE) {
        return rc;
    }
    switch (b.status) {
    case BOOKING_ENDED:
        return err_set(e, ERR_CONFLICT, "the appointment is not cancelled");
    case BOOKING_PAST:
        return err_set(e, ERR_CONFLICT, "its time is over");
    case BOOKING_TAKEN:
        return err_set(e, ERR_CONFLICT, "its time is taken by now; book another one");
    default:
        return refuse(a->call, db, &f, &a->request, &b, e);
    }
}

int op_restore_appointment(struct op_call *c, struct err *e)
{
    const struct restore_appointment_in *in = c->in;
    struct booking_act a = {.call = c, .request = {.appointment_id = in->appointment_id}};
    int rc = op_calendar(c, &a.request.calendar, e);
    rc = rc < 0 ? rc : op_write(c, restore, &a, e);
    return rc < 0 ? rc : answer_appointment(c, in->appointment_id, e);
}
