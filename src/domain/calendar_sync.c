/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order keeps every step repeatable: an event that is in the wrong place is taken away before
 * its id is forgotten, and a new id is stored before it is used.
 */
#include "domain/calendar_sync.h"

#include "base/buf.h"
#include "base/id.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "domain/booking_private.h"
#include "domain/business.h"
#include "domain/calendar.h"
#include "domain/conversation.h"
#include "store/appointments.h"

/* An appointment as it stands, and what is known of its event. */
struct entry {
    int64_t id, revision, shown; /* shown: -1 when nothing is known to be there */
    struct wall start, created;
    int minutes;
    const char *service, *provider_name, *provider_key, *status, *conversation_id, *customer_name;
    const char *event, *calendar; /* of its event; NULL: none, not known */
};

struct syncing {
    struct job_run *run;
    const struct calendar_sync_config *config;
    struct facts facts;
    struct entry entry;
    bool shows;   /* the event is there, as the appointment is */
    bool removed; /* it is not there any more, and no other is */
};

int calendar_order(struct db *db, struct pool *p, int64_t appointment, struct wall now,
                   struct err *e)
{
    const char *lane = pool_printf(p, "calendar:%lld", (long long)appointment);
    const char *payload = pool_printf(p, "{\"appointment_id\":%lld}", (long long)appointment);
    return jobs_add(db, "calendar", lane, str_of(payload), now, now, e);
}

static int read_entry(struct db *db, struct pool *p, const struct job *job, struct entry *out,
                      struct err *e)
{
    json_t *payload;
    struct rows r;
    int rc = json_read(p, job->payload, &payload, e);
    if (rc < 0) {
        return rc;
    }
    int64_t id = json_get_i64(payload, "appointment_id", 0);
    rc = db_rows(db, p, &appointments_for_calendar, ARGS(A_I64(id)), &r, e);
    if (rc < 0) {
        return rc;
    }
    if (r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no appointment %lld", (long long)id);
    }
    *out = (struct entry){
        .id = row_i64(&r, 0, 0),
        .start = row_wall(&r, 0, 1),
        .service = row_text(&r, 0, 2),
        .provider_name = row_text(&r, 0, 3),
        .provider_key = row_text(&r, 0, 4),
        .minutes = row_is_null(&r, 0, 5) ? 60 : (int)row_i64(&r, 0, 5),
        .status = row_text(&r, 0, 6),
        .conversation_id = row_text(&r, 0, 7),
        .revision = row_i64(&r, 0, 8),
        .created = row_wall(&r, 0, 9),
        .event = row_text(&r, 0, 10),
        .calendar = row_text(&r, 0, 11),
        .shown = row_is_null(&r, 0, 12) ? -1 : row_i64(&r, 0, 12),
        .customer_name = row_text(&r, 0, 13),
    };
    return 0;
}

static int read_all(struct syncing *s, struct err *e)
{
    struct pool *p = s->run->pool;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s->run->store, &db, e);
    if (rc == 0) {
        rc = read_entry(db, p, s->run->job, &s->entry, e);
    }
    if (rc == 0) {
        rc = business_load(db, p, &s->facts, e);
    }
    if (rc == 0 && s->config->time_zone[0]) {
        rc = business_set_zone(p, &s->facts, s->config->time_zone, e);
    }
    if (rc == 0 && !s->facts.zone) {
        rc = err_set(e, ERR_CONFIG, "the business has no time zone: set the fact time_zone");
    }
    return rc;
}

static int name_event(struct db *db, void *arg, struct err *e)
{
    const struct entry *v = arg;
    return db_exec(db, &appointments_name_event,
                   ARGS(A_I64(v->id), A_TEXT(v->event), A_TEXT(v->calendar)), e);
}

/* Another event than before, or the first; calendar NULL: none. Durable when it returns 0. */
static int begin_event(struct syncing *s, const char *calendar, struct err *e)
{
    struct entry *v = &s->entry;
    const char *id = NULL;
    if (calendar) {
        id = calendar_event_id(s->run->pool, v->id, v->created, v->event ? v->revision : 0);
        if (v->event && strcmp(id, v->event) == 0) { /* that one is used up */
            int64_t other;
            random_bytes(&other, sizeof other);
            id = calendar_event_id(s->run->pool, v->id, v->created, other);
        }
    }
    v->event = id;
    v->calendar = calendar;
    v->shown = -1;
    return store_write(s->run->store, name_event, v, e);
}

static const char *summary_of(const struct syncing *s)
{
    const struct entry *v = &s->entry;
    const struct facts_service *service = booking_service(&s->facts, v->service);
    const char *what = service ? service->name : v->service;
    bool named = s->config->names && v->customer_name && v->customer_name[0];
    return named ? pool_printf(s->run->pool, "%s: %s", what, v->customer_name) : what;
}

static int put(struct syncing *s, struct calendar_place place, struct err *e)
{
    const struct entry *v = &s->entry;
    const char *business = s->config->business_name[0] ? s->config->business_name
                           : s->facts.business_name    ? s->facts.business_name
                                                       : "the business";
    struct calendar_event event = {
        .calendar = place.calendar,
        .id = v->event,
        .known = v->shown >= 0,
        .shared = place.shared,
        .start = v->start,
        .minutes = v->minutes,
        .time_zone = s->facts.time_zone,
        .zone = s->facts.zone,
        .summary = summary_of(s),
        .description = pool_printf(s->run->pool,
                                   "Appointment %lld of %s%s%s. Ava keeps this entry "
                                   "up to date; change the appointment there.",
                                   (long long)v->id, business, v->provider_name ? " with " : "",
                                   v->provider_name ? v->provider_name : ""),
        .location = s->facts.address,
    };
    return s->config->calendar->ops->put(s->config->calendar, s->run->pool, &event,
                                         &s->run->retry_after_ms, e);
}

/* Enters it, under another id when somebody deleted the event there. */
static int show(struct syncing *s, struct calendar_place place, struct err *e)
{
    int rc = s->entry.event ? 0 : begin_event(s, place.calendar, e);
    if (rc == 0) {
        rc = put(s, place, e);
    }
    if (rc == ERR_NOT_FOUND) {
        rc = begin_event(s, place.calendar, e);
        rc = rc < 0 ? rc : put(s, place, e);
    }
    return rc;
}

static int sync(struct syncing *s, struct err *e)
{
    struct entry *v = &s->entry;
    struct calendar *c = s->config->calendar;
    const struct facts_provider *who =
        booking_provider(&s->facts, v->provider_key, v->provider_name);
    struct calendar_place place = calendar_place(c, &s->facts, who ? who->key : NULL);
    if (!who && s->facts.n_providers && v->calendar) { /* who is no longer with us: it stays */
        place.calendar = v->calendar;
    }
    bool stands = v->status && strcmp(v->status, "scheduled") == 0;
    bool over = v->status && (strcmp(v->status, "completed") == 0 ||
                              strcmp(v->status, "no_show") == 0); /* stays as it is there */
    if (v->event && !v->calendar) { /* another program's, which knew one calendar only */
        v->calendar = place.calendar;
        v->shown = 0;
    }
    bool moved =
        v->event && v->calendar && (!place.calendar || strcmp(v->calendar, place.calendar) != 0);
    int rc = 0;
    if (!over && v->event && v->calendar && (!stands || moved)) {
        rc = c->ops->remove(c, s->run->pool, v->calendar, v->event, &s->run->retry_after_ms, e);
    }
    s->removed = !over && v->event && !stands;
    if (rc == 0 && stands && moved) {
        rc = begin_event(s, place.calendar, e);
    }
    s->shows = stands && place.calendar;
    return rc == 0 && s->shows ? show(s, place, e) : rc;
}

static int finish(struct db *db, void *arg, struct err *e)
{
    struct syncing *s = arg;
    int rc = jobs_finish(db, s->run->pool, s->run->job, e);
    if (rc == 0 && s->removed) {
        rc = db_exec(db, &appointments_name_event, ARGS(A_I64(s->entry.id), A_NULL, A_NULL), e);
    }
    if (rc == 0 && s->shows) {
        rc = db_exec(db, &appointments_event_shows,
                     ARGS(A_I64(s->entry.id), A_I64(s->entry.revision)), e);
    }
    return rc;
}

int calendar_job(struct job_run *run, struct err *e)
{
    struct syncing s = {.run = run, .config = run->arg};
    int rc = read_all(&s, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        run->give_up = true;
        return rc;
    }
    if (rc == 0) {
        rc = sync(&s, e);
    }
    if (rc == ERR_TIMEOUT) { /* it may still be done there */
        run->retry_after_ms = CALENDAR_SETTLE_MS;
    }
    return rc < 0 ? rc : store_write(run->store, finish, &s, e);
}

int calendar_buried(struct db *db, struct pool *p, const struct job *job, const char *why,
                    void *arg, struct err *e)
{
    struct entry v;
    (void)arg;
    int rc = read_entry(db, p, job, &v, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        return 0; /* nothing is left that could be said to anybody */
    }
    if (rc < 0 || !v.conversation_id) {
        return rc;
    }
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 4096);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "what", "calendar");
    jw_kv_i64(&j, "appointment_id", v.id);
    jw_kv_text(&j, "text", why);
    jw_object_end(&j);
    return conversation_add_event(db, p, v.conversation_id, NULL, "error", buf_str(&b), wall_now(),
                                  NULL, e);
}
