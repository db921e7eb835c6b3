/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking what is busy has no effect at Google, and a change names an id of ours, so whoever calls
 * may repeat everything.
 */
#include "domain/calendar_google.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "domain/google_api.h"
#include "domain/zone.h"
#include "io/breaker.h"

#define SCOPE "https://www.googleapis.com/auth/calendar"
#define BODY_MAX_BYTES (64u << 10)
#define SLICE_US (60 * US_PER_DAY) /* of time, in one question */
#define CALENDARS_MAX 50           /* in one question */
#define BREAKER_FAILURES 3
#define BREAKER_OPEN_MS 30000

struct google {
    struct calendar calendar; /* first: what others see */
    struct google_api *api;
    char *shared; /* owned */
    int busy_ms, write_ms;
    struct breaker *breaker;
};

/* ---- whose calendar --------------------------------------------------------------------- */

static const char *calendar_of(const struct google *g, const struct facts_provider *who)
{
    const char *own = who && who->calendar && who->calendar[0] ? who->calendar : g->shared;
    return own[0] ? own : NULL;
}

static struct calendar_place place_of(const struct google *g, const struct facts *f,
                                      const struct facts_provider *who)
{
    struct calendar_place place = {calendar_of(g, who), false};
    for (size_t i = 0; place.calendar && i < f->n_providers; i++) {
        const char *other = calendar_of(g, &f->providers[i]);
        place.shared = place.shared ||
                       (&f->providers[i] != who && other && strcmp(other, place.calendar) == 0);
    }
    return place;
}

static const struct facts_provider *provider_of(const struct facts *f, const char *key)
{
    for (size_t i = 0; key && i < f->n_providers; i++) {
        if (strcmp(f->providers[i].key, key) == 0) {
            return &f->providers[i];
        }
    }
    return NULL;
}

static struct calendar_place google_place(const struct calendar *c, const struct facts *f,
                                          const char *provider)
{
    return place_of((const struct google *)c, f, provider_of(f, provider));
}

/* ---- what is busy ----------------------------------------------------------------------- */

int google_read_busy(struct pool *p, struct str answer, const char *calendar,
                     struct google_span range, struct google_span **out, size_t *n_out,
                     struct err *e)
{
    json_t *said = NULL, *one;
    size_t i, n = 0;
    if (json_read(p, answer, &said, NULL) < 0) {
        return err_set(e, ERR_PROVIDER, "Google's answer cannot be read");
    }
    const json_t *entry = json_object_get(json_object_get(said, "calendars"), calendar);
    const json_t *errors = json_object_get(entry, "errors");
    const json_t *busy = json_object_get(entry, "busy");
    if (json_array_size(errors)) {
        return err_set(e, ERR_PROVIDER, "Google cannot read the calendar %.100s: %.60s", calendar,
                       json_get_text(json_array_get(errors, 0), "reason", "no reason"));
    }
    if (!json_is_array(busy)) {
        return err_set(e, ERR_PROVIDER, "Google's answer leaves out the calendar %.100s", calendar);
    }
    struct google_span *spans = pool_calloc(p, json_array_size(busy), sizeof *spans);
    json_array_foreach (busy, i, one) {
        struct google_span s;
        if (!wall_parse(str_of(json_get_text(one, "start", "")), &s.from) ||
            !wall_parse(str_of(json_get_text(one, "end", "")), &s.to)) {
            return err_set(e, ERR_PROVIDER, "Google's answer has a time that cannot be read");
        }
        s.from.us = MAX_OF(s.from.us, range.from.us);
        s.to.us = MIN_OF(s.to.us, range.to.us);
        if (s.from.us < s.to.us) {
            spans[n++] = s;
        }
    }
    *out = spans;
    *n_out = n;
    return 0;
}

/* Those who are asked for, and how far their times have been read. */
struct reading {
    const struct google *g;
    struct google_asking ask;
    const struct calendar_query *query;
    const char *calendars[CALENDARS_MAX];
    size_t n_calendars;
    size_t room;
    struct calendar_times times;
};

static void add_calendar(struct reading *r, const char *calendar)
{
    for (size_t i = 0; calendar && i < r->n_calendars; i++) {
        if (strcmp(r->calendars[i], calendar) == 0) {
            return;
        }
    }
    if (calendar && r->n_calendars == CALENDARS_MAX) {
        r->times.unread = "there are more calendars than can be asked at a time";
    } else if (calendar) {
        r->calendars[r->n_calendars++] = calendar;
    }
}

static void list_calendars(struct reading *r)
{
    const struct facts *f = r->query->facts;
    if (r->query->provider || f->n_providers == 0) {
        add_calendar(r, calendar_of(r->g, provider_of(f, r->query->provider)));
        return;
    }
    for (size_t i = 0; i < f->n_providers; i++) {
        add_calendar(r, calendar_of(r->g, &f->providers[i]));
    }
}

static void write_question(struct buf *to, const struct reading *r, struct google_span range)
{
    struct jw j = jw_to(to);
    jw_object(&j);
    jw_key(&j, "timeMin");
    jw_wall(&j, range.from);
    jw_key(&j, "timeMax");
    jw_wall(&j, range.to);
    jw_kv_text(&j, "timeZone", "UTC");
    jw_key(&j, "items");
    jw_array(&j);
    for (size_t i = 0; i < r->n_calendars; i++) {
        jw_object(&j);
        jw_kv_text(&j, "id", r->calendars[i]);
        jw_object_end(&j);
    }
    jw_array_end(&j);
    jw_object_end(&j);
}

static void add_busy(struct reading *r, const char *provider, struct google_span s, bool shared)
{
    struct calendar_times *t = &r->times;
    if (t->n == r->room) {
        struct booking_busy *more = pool_calloc(r->ask.pool, r->room * 2 + 64, sizeof *more);
        if (t->n) {
            memcpy(more, t->busy, t->n * sizeof *more);
        }
        r->room = r->room * 2 + 64;
        t->busy = more;
    }
    t->busy[t->n++] = (struct booking_busy){provider, s.from, s.to, !shared};
}

/* The spans of a calendar belong to everybody whose it is. */
static void give_out(struct reading *r, const char *calendar, const struct google_span *spans,
                     size_t n)
{
    const struct facts *f = r->query->facts;
    size_t who = 0;
    do {
        const struct facts_provider *one = f->n_providers ? &f->providers[who] : NULL;
        struct calendar_place place = place_of(r->g, f, one);
        bool theirs = place.calendar && strcmp(place.calendar, calendar) == 0;
        for (size_t i = 0; theirs && i < n; i++) {
            add_busy(r, one ? one->key : NULL, spans[i], place.shared);
        }
    } while (++who < f->n_providers);
}

static int read_slice(struct reading *r, struct google_span range)
{
    struct buf body CLEANUP(buf_clear);
    struct http_answer answer;
    buf_init(&body, BODY_MAX_BYTES);
    write_question(&body, r, range);
    int rc = google_request(&r->ask, "POST", "/freeBusy", buf_str(&body), &answer);
    if (rc < 0 || answer.status != 200) {
        return rc < 0 ? rc : google_refused(&r->ask, &answer);
    }
    for (size_t i = 0; i < r->n_calendars; i++) {
        struct google_span *spans = NULL;
        size_t n = 0;
        struct err why = {0};
        if (google_read_busy(r->ask.pool, answer.body, r->calendars[i], range, &spans, &n, &why) <
            0) {
            r->times.unread = pool_strdup(r->ask.pool, why.text);
        } else {
            give_out(r, r->calendars[i], spans, n);
        }
    }
    return 0;
}

#define ASK_LEAST_MS 50 /* in less there is no answer: it is not asked */

/* How long it may take, of what is left until the deadline. */
static int time_for(const struct google *g, struct mono deadline)
{
    int64_t left_ms = deadline.ns ? (deadline.ns - mono_now().ns) / 1000000 : g->busy_ms;
    return (int)MAX_OF(0, MIN_OF(left_ms, g->busy_ms));
}

static int google_busy(struct calendar *c, struct pool *p, const struct calendar_query *q,
                       struct calendar_times *out, struct err *e)
{
    struct google *g = (struct google *)c;
    int ms = time_for(g, q->deadline);
    if (ms < ASK_LEAST_MS && ms < g->busy_ms) {
        return err_set(e, ERR_TIMEOUT, "there was no time left to ask Google Calendar");
    }
    if (!breaker_allows(g->breaker, mono_now())) {
        return err_set(e, ERR_UNAVAILABLE, "Google Calendar failed repeatedly and is left alone");
    }
    struct reading *r = pool_alloc(p, sizeof *r);
    r->g = g;
    r->ask = google_begin(g->api, p, ms, e);
    r->query = q;
    list_calendars(r);
    int rc = 0;
    for (struct google_span s = {q->from, q->from}; rc == 0 && r->n_calendars && s.to.us < q->to.us;
         s.from = s.to) {
        s.to.us = MIN_OF(s.from.us + SLICE_US, q->to.us);
        rc = read_slice(r, s);
    }
    google_end(&r->ask);
    bool hurried = rc == ERR_TIMEOUT && ms < g->busy_ms; /* that was the deadline's fault */
    breaker_report(g->breaker,
                   !hurried && (rc == ERR_TIMEOUT || rc == ERR_PROVIDER) ? BREAKER_BAD
                   : rc < 0 || !r->n_calendars                           ? BREAKER_UNDECIDED
                                                                         : BREAKER_GOOD,
                   mono_now());
    if (rc == 0) {
        *out = r->times;
    }
    return rc;
}

/* ---- our events ------------------------------------------------------------------------- */

static const char *events_path(struct pool *p, const char *calendar, const char *id)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, BODY_MAX_BYTES);
    buf_puts(&b, "/calendars/");
    form_encode(&b, str_of(calendar)); /* + stands for a space only, which no id has */
    buf_puts(&b, "/events");
    if (id) {
        buf_putc(&b, '/');
        form_encode(&b, str_of(id));
    }
    return str_dup(p, buf_str(&b));
}

static void write_time(struct jw *j, const char *key, const struct calendar_event *event,
                       struct wall at)
{
    int offset = zone_offset(event->zone, at) / 60;
    struct local_time local = zone_local(event->zone, at);
    int64_t year;
    int month, day;
    char text[40];
    civil_from_days(local.days, &year, &month, &day);
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:00%c%02d:%02d", (int)year, month, day,
             local.minutes / 60, local.minutes % 60, offset < 0 ? '-' : '+', abs(offset) / 60,
             abs(offset) % 60);
    jw_key(j, key);
    jw_object(j);
    jw_kv_text(j, "dateTime", text);
    jw_kv_text(j, "timeZone", event->time_zone);
    jw_object_end(j);
}

static void write_event(struct buf *to, const struct calendar_event *event, bool with_id)
{
    struct jw j = jw_to(to);
    jw_object(&j);
    if (with_id) {
        jw_kv_text(&j, "id", event->id);
    }
    jw_kv_text(&j, "status", "confirmed"); /* one that was deleted comes back */
    jw_kv_text(&j, "transparency", event->shared ? "transparent" : "opaque");
    jw_kv_text(&j, "summary", event->summary);
    jw_kv_text(&j, "description", event->description ? event->description : "");
    jw_kv_text(&j, "location", event->location ? event->location : "");
    write_time(&j, "start", event, event->start);
    write_time(&j, "end", event,
               (struct wall){event->start.us + event->minutes * 60 * US_PER_SECOND});
    jw_object_end(&j);
}

/* After Google would not change the event: because somebody deleted it? */
static int gone_or(struct google_asking *a, const struct calendar_event *event,
                   const struct http_answer *refusal)
{
    struct http_answer answer;
    json_t *said = NULL;
    int rc = google_refused(a, refusal);
    if (rc != ERR_CONFIG) {
        return rc;
    }
    if (refusal->status == 404 || refusal->status == 410) {
        return err_set(a->e, ERR_NOT_FOUND, "the event is not in the calendar");
    }
    struct err other = {0}; /* a second refusal must not speak over the first */
    struct google_asking looking = *a;
    looking.e = &other;
    bool cancelled =
        google_request(&looking, "GET", events_path(a->pool, event->calendar, event->id),
                       (struct str){NULL, 0}, &answer) == 0 &&
        answer.status == 200 && json_read(a->pool, answer.body, &said, NULL) == 0 &&
        strcmp(json_get_text(said, "status", ""), "cancelled") == 0;
    return cancelled ? err_set(a->e, ERR_NOT_FOUND, "somebody deleted the event") : rc;
}

static int change(struct google_asking *a, const struct calendar_event *event)
{
    struct buf body CLEANUP(buf_clear);
    struct http_answer answer;
    buf_init(&body, BODY_MAX_BYTES);
    write_event(&body, event, false);
    const char *path = pool_printf(a->pool, "%s?sendUpdates=none",
                                   events_path(a->pool, event->calendar, event->id));
    int rc = google_request(a, "PATCH", path, buf_str(&body), &answer);
    return rc < 0 || answer.status == 200 ? rc : gone_or(a, event, &answer);
}

static int enter(struct google_asking *a, const struct calendar_event *event)
{
    struct buf body CLEANUP(buf_clear);
    struct http_answer answer;
    buf_init(&body, BODY_MAX_BYTES);
    write_event(&body, event, true);
    const char *path =
        pool_printf(a->pool, "%s?sendUpdates=none", events_path(a->pool, event->calendar, NULL));
    int rc = google_request(a, "POST", path, buf_str(&body), &answer);
    if (rc == 0 && answer.status == 409) { /* an earlier attempt came through */
        return change(a, event);
    }
    return rc < 0 || answer.status == 200 ? rc : google_refused(a, &answer);
}

static int google_put(struct calendar *c, struct pool *p, const struct calendar_event *event,
                      int64_t *retry_after_ms, struct err *e)
{
    struct google *g = (struct google *)c;
    struct google_asking a = google_begin(g->api, p, g->write_ms, e);
    int rc = event->known ? change(&a, event) : enter(&a, event);
    google_end(&a);
    *retry_after_ms = rc < 0 ? a.retry_after_ms : -1;
    return rc;
}

static int google_remove(struct calendar *c, struct pool *p, const char *calendar, const char *id,
                         int64_t *retry_after_ms, struct err *e)
{
    struct google *g = (struct google *)c;
    struct google_asking a = google_begin(g->api, p, g->write_ms, e);
    struct http_answer answer;
    const char *path = pool_printf(p, "%s?sendUpdates=none", events_path(p, calendar, id));
    int rc = google_request(&a, "DELETE", path, (struct str){NULL, 0}, &answer);
    bool gone = rc == 0 && (answer.status == 404 || answer.status == 410);
    if (rc == 0 && !gone && answer.status != 204 && answer.status != 200) {
        rc = google_refused(&a, &answer);
    }
    google_end(&a);
    *retry_after_ms = rc < 0 ? a.retry_after_ms : -1;
    return rc;
}

/* ---- beginning and end ------------------------------------------------------------------ */

static void google_free(struct calendar *c)
{
    struct google *g = (struct google *)c;
    google_api_free(&g->api);
    breaker_free(&g->breaker);
    free(g->shared);
    free(g);
}

static const struct calendar_ops google_ops = {
    .name = "google",
    .place = google_place,
    .busy = google_busy,
    .put = google_put,
    .remove = google_remove,
    .free = google_free,
};

int calendar_google_new(const struct calendar_google_config *config, struct calendar **out,
                        struct err *e)
{
    struct google_api *api = NULL;
    int rc = google_api_new(config->api_url, SCOPE, config->key_file, &api, e);
    if (rc < 0) {
        return rc;
    }
    struct google *g = xcalloc(1, sizeof *g);
    g->calendar.ops = &google_ops;
    g->api = api;
    g->shared = xstrdup(config->calendar ? config->calendar : "");
    g->busy_ms = config->busy_ms;
    g->write_ms = config->write_ms;
    g->breaker = breaker_new(config->breaker_failures ? config->breaker_failures : BREAKER_FAILURES,
                             config->breaker_open_ms ? config->breaker_open_ms : BREAKER_OPEN_MS);
    *out = &g->calendar;
    return 0;
}
