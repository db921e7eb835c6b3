/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line is a connection with the access token that was got over it; threads take one and give it
 * back, so nothing is shared that could need a lock. Asking what is busy has no effect there and a
 * change has an id of ours, so everything may be repeated; only a refused token is repeated here.
 */
#include "domain/calendar_google.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "domain/google_account.h"
#include "domain/zone.h"
#include "io/breaker.h"
#include "io/http_client.h"

#define SCOPE "https://www.googleapis.com/auth/calendar"
#define LINES_MAX 16
#define BODY_MAX_BYTES (64u << 10)
#define ANSWER_MAX_BYTES (4u << 20)
#define CONNECT_MS 3000
#define TOKEN_MARGIN_S 300 /* a token is renewed so long before its end */
#define SLICE_US (60 * US_PER_DAY) /* of time, in one question */
#define CALENDARS_MAX 50           /* in one question */
#define BREAKER_FAILURES 3
#define BREAKER_OPEN_MS 30000

struct line {
    struct http_client *http;
    char *authorization; /* owned; NULL: no token yet */
    struct mono until;   /* the token is good */
};

struct google {
    struct calendar calendar; /* first: what others see */
    struct google_account *account;
    char *api_url, *shared; /* owned */
    int busy_ms, write_ms;
    struct breaker *breaker;
    _Atomic(struct line *) idle[LINES_MAX];
};

/* ---- lines ------------------------------------------------------------------------------ */

static struct line *take_line(struct google *g)
{
    for (size_t i = 0; i < LINES_MAX; i++) {
        struct line *l = atomic_exchange(&g->idle[i], NULL);
        if (l) {
            return l;
        }
    }
    struct line *l = xcalloc(1, sizeof *l);
    l->http = http_client_new();
    return l;
}

static void drop_line(struct line *l)
{
    if (l) {
        http_client_free(&l->http);
        free(l->authorization);
        free(l);
    }
}

static void give_line(struct google *g, struct line *l)
{
    for (size_t i = 0; i < LINES_MAX; i++) {
        struct line *none = NULL;
        if (atomic_compare_exchange_strong(&g->idle[i], &none, l)) {
            return;
        }
    }
    drop_line(l);
}

/* ---- requests --------------------------------------------------------------------------- */

struct asking {
    struct google *g;
    struct line *line;
    struct pool *pool;
    struct mono deadline;
    int64_t retry_after_ms;
    struct err *e;
};

static struct asking begin(struct google *g, struct pool *p, int ms, struct err *e)
{
    struct mono deadline = {mono_now().ns + ms * 1000000LL};
    return (struct asking){g, take_line(g), p, deadline, -1, e};
}

/* A request that runs into the deadline ends with ERR_TIMEOUT. */
static int call(struct asking *a, struct http_call *http, struct http_answer *answer)
{
    int64_t left_ms = (a->deadline.ns - mono_now().ns) / 1000000;
    if (left_ms <= 0) {
        return err_set(a->e, ERR_TIMEOUT, "Google took too long");
    }
    http->timeout_ms = (int)left_ms;
    http->connect_timeout_ms = MIN_OF(http->timeout_ms, CONNECT_MS);
    http->answer_max_bytes = ANSWER_MAX_BYTES;
    int rc = http_client_call(a->line->http, a->pool, http, answer, a->e);
    if (rc == 0) {
        a->retry_after_ms = answer->retry_after_ms;
    }
    return rc == ERR_TOO_LARGE ? err_set(a->e, ERR_PROVIDER, "Google's answer is too large") : rc;
}

static bool is_for_later(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

static bool is_a_limit(const char *reason)
{
    static const char *const limits[] = {"rateLimitExceeded", "userRateLimitExceeded",
                                         "calendarUsageLimitsExceeded", "quotaExceeded",
                                         "dailyLimitExceeded"};
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        if (strcmp(limits[i], reason) == 0) {
            return true;
        }
    }
    return false;
}

/* The error of an answer that is not the wanted one. */
static int refused(struct asking *a, const struct http_answer *answer)
{
    json_t *said = NULL;
    if (json_read(a->pool, answer->body, &said, NULL) < 0) {
        said = NULL;
    }
    const json_t *error = json_object_get(said, "error");
    const json_t *first = json_array_get(json_object_get(error, "errors"), 0);
    const char *reason = json_get_text(first, "reason", "no reason");
    bool later =
        is_for_later(answer->status) || (answer->status == 403 && is_a_limit(reason));
    return err_set(a->e, later ? ERR_PROVIDER : ERR_CONFIG,
                   "Google Calendar %s: HTTP %d, %.60s: %.200s (account %s)",
                   later ? "cannot do it now" : "refuses", answer->status, reason,
                   json_get_text(error, "message", "without more words"),
                   google_account_email(a->g->account));
}

static int no_token(struct asking *a, const struct http_answer *answer)
{
    json_t *said = NULL;
    if (json_read(a->pool, answer->body, &said, NULL) < 0) {
        said = NULL;
    }
    if (json_is_object(json_object_get(said, "error"))) {
        return refused(a, answer);
    }
    const char *error = json_get_text(said, "error", "no reason");
    if (is_for_later(answer->status) || strcmp(error, "temporarily_unavailable") == 0 ||
        strcmp(error, "server_error") == 0 || strcmp(error, "internal_failure") == 0) {
        return err_set(a->e, ERR_PROVIDER, "Google gave no token: HTTP %d", answer->status);
    }
    return err_set(a->e, ERR_CONFIG, "Google refuses the service account %s: %.60s, %.200s",
                   google_account_email(a->g->account), error,
                   json_get_text(said, "error_description", "without more words"));
}

static int get_token(struct asking *a)
{
    struct line *l = a->line;
    struct http_answer answer;
    struct str assertion;
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, BODY_MAX_BYTES);
    if (l->authorization && mono_now().ns < l->until.ns) {
        return 0;
    }
    int rc = google_account_assertion(a->g->account, a->pool, SCOPE, wall_now(), &assertion, a->e);
    if (rc < 0) {
        return rc;
    }
    form_add(&body, "grant_type", STR("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    form_add(&body, "assertion", assertion);
    static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded", NULL};
    struct http_call http = {.method = "POST",
                             .url = google_account_token_url(a->g->account),
                             .headers = headers,
                             .body = buf_str(&body)};
    rc = call(a, &http, &answer);
    if (rc < 0) {
        return rc;
    }
    json_t *said = NULL;
    if (answer.status != 200 || json_read(a->pool, answer.body, &said, NULL) < 0) {
        return no_token(a, &answer);
    }
    const char *token = json_get_text(said, "access_token", NULL);
    if (!token || !token[0] || strpbrk(token, "\r\n")) {
        return err_set(a->e, ERR_PROVIDER, "Google's answer has no token");
    }
    int64_t seconds = MIN_OF(json_get_i64(said, "expires_in", 3600), 86400);
    l->until.ns = mono_now().ns + MAX_OF(seconds - TOKEN_MARGIN_S, 0) * 1000000000LL;
    free(l->authorization);
    l->authorization = xstrdup(pool_printf(a->pool, "Authorization: Bearer %s", token));
    return 0;
}

/* One request with a token, with a new one when that is not accepted. */
static int request(struct asking *a, const char *method, const char *path, struct str body,
                   struct http_answer *answer)
{
    for (int attempt = 1;; attempt++) {
        int rc = get_token(a);
        if (rc < 0) {
            return rc;
        }
        const char *headers[] = {a->line->authorization, "Content-Type: application/json", NULL};
        struct http_call http = {
            .method = method,
            .url = pool_printf(a->pool, "%s%s", a->g->api_url, path),
            .headers = headers,
            .body = body,
        };
        rc = call(a, &http, answer);
        if (rc < 0 || answer->status != 401 || attempt == 2) {
            return rc;
        }
        free(a->line->authorization);
        a->line->authorization = NULL;
    }
}

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
        place.shared =
            place.shared || (&f->providers[i] != who && other && strcmp(other, place.calendar) == 0);
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
    struct asking ask;
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
        add_calendar(r, calendar_of(r->ask.g, provider_of(f, r->query->provider)));
        return;
    }
    for (size_t i = 0; i < f->n_providers; i++) {
        add_calendar(r, calendar_of(r->ask.g, &f->providers[i]));
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
        struct calendar_place place = place_of(r->ask.g, f, one);
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
    int rc = request(&r->ask, "POST", "/freeBusy", buf_str(&body), &answer);
    if (rc < 0 || answer.status != 200) {
        return rc < 0 ? rc : refused(&r->ask, &answer);
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

static int google_busy(struct calendar *c, struct pool *p, const struct calendar_query *q,
                       struct calendar_times *out, struct err *e)
{
    struct google *g = (struct google *)c;
    if (!breaker_allows(g->breaker, mono_now())) {
        return err_set(e, ERR_UNAVAILABLE, "Google Calendar failed repeatedly and is left alone");
    }
    struct reading *r = pool_alloc(p, sizeof *r);
    r->ask = begin(g, p, g->busy_ms, e);
    r->query = q;
    list_calendars(r);
    int rc = 0;
    for (struct google_span s = {q->from, q->from}; rc == 0 && r->n_calendars && s.to.us < q->to.us;
         s.from = s.to) {
        s.to.us = MIN_OF(s.from.us + SLICE_US, q->to.us);
        rc = read_slice(r, s);
    }
    give_line(g, r->ask.line);
    breaker_report(g->breaker,
                   rc == ERR_TIMEOUT || rc == ERR_PROVIDER ? BREAKER_BAD
                   : rc < 0 || !r->n_calendars             ? BREAKER_UNDECIDED
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
static int gone_or(struct asking *a, const struct calendar_event *event,
                   const struct http_answer *refusal)
{
    struct http_answer answer;
    json_t *said = NULL;
    int rc = refused(a, refusal);
    if (rc != ERR_CONFIG) {
        return rc;
    }
    if (refusal->status == 404 || refusal->status == 410) {
        return err_set(a->e, ERR_NOT_FOUND, "the event is not in the calendar");
    }
    struct err *keep = a->e, other = {0};
    a->e = &other;
    bool cancelled =
        request(a, "GET", events_path(a->pool, event->calendar, event->id), (struct str){NULL, 0},
                &answer) == 0 &&
        answer.status == 200 && json_read(a->pool, answer.body, &said, NULL) == 0 &&
        strcmp(json_get_text(said, "status", ""), "cancelled") == 0;
    a->e = keep;
    return cancelled ? err_set(a->e, ERR_NOT_FOUND, "somebody deleted the event") : rc;
}

static int change(struct asking *a, const struct calendar_event *event)
{
    struct buf body CLEANUP(buf_clear);
    struct http_answer answer;
    buf_init(&body, BODY_MAX_BYTES);
    write_event(&body, event, false);
    const char *path =
        pool_printf(a->pool, "%s?sendUpdates=none", events_path(a->pool, event->calendar, event->id));
    int rc = request(a, "PATCH", path, buf_str(&body), &answer);
    return rc < 0 || answer.status == 200 ? rc : gone_or(a, event, &answer);
}

static int enter(struct asking *a, const struct calendar_event *event)
{
    struct buf body CLEANUP(buf_clear);
    struct http_answer answer;
    buf_init(&body, BODY_MAX_BYTES);
    write_event(&body, event, true);
    const char *path =
        pool_printf(a->pool, "%s?sendUpdates=none", events_path(a->pool, event->calendar, NULL));
    int rc = request(a, "POST", path, buf_str(&body), &answer);
    if (rc == 0 && answer.status == 409) { /* an earlier attempt came through */
        return change(a, event);
    }
    return rc < 0 || answer.status == 200 ? rc : refused(a, &answer);
}

static int google_put(struct calendar *c, struct pool *p, const struct calendar_event *event,
                      int64_t *retry_after_ms, struct err *e)
{
    struct google *g = (struct google *)c;
    struct asking a = begin(g, p, g->write_ms, e);
    int rc = event->known ? change(&a, event) : enter(&a, event);
    give_line(g, a.line);
    *retry_after_ms = rc < 0 ? a.retry_after_ms : -1;
    return rc;
}

static int google_remove(struct calendar *c, struct pool *p, const char *calendar, const char *id,
                         int64_t *retry_after_ms, struct err *e)
{
    struct google *g = (struct google *)c;
    struct asking a = begin(g, p, g->write_ms, e);
    struct http_answer answer;
    const char *path = pool_printf(p, "%s?sendUpdates=none", events_path(p, calendar, id));
    int rc = request(&a, "DELETE", path, (struct str){NULL, 0}, &answer);
    bool gone = rc == 0 && (answer.status == 404 || answer.status == 410);
    if (rc == 0 && !gone && answer.status != 204 && answer.status != 200) {
        rc = refused(&a, &answer);
    }
    give_line(g, a.line);
    *retry_after_ms = rc < 0 ? a.retry_after_ms : -1;
    return rc;
}

/* ---- beginning and end ------------------------------------------------------------------ */

static void google_free(struct calendar *c)
{
    struct google *g = (struct google *)c;
    for (size_t i = 0; i < LINES_MAX; i++) {
        drop_line(atomic_exchange(&g->idle[i], NULL));
    }
    google_account_free(&g->account);
    breaker_free(&g->breaker);
    free(g->api_url);
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
    struct google_account *account = NULL;
    int rc = google_account_read(config->key_file, &account, e);
    if (rc < 0) {
        return rc;
    }
    struct google *g = xcalloc(1, sizeof *g);
    g->calendar.ops = &google_ops;
    g->account = account;
    g->api_url = xstrdup(config->api_url);
    for (size_t n = strlen(g->api_url); n && g->api_url[n - 1] == '/'; n--) {
        g->api_url[n - 1] = '\0';
    }
    g->shared = xstrdup(config->calendar ? config->calendar : "");
    g->busy_ms = config->busy_ms;
    g->write_ms = config->write_ms;
    g->breaker =
        breaker_new(config->breaker_failures ? config->breaker_failures : BREAKER_FAILURES,
                    config->breaker_open_ms ? config->breaker_open_ms : BREAKER_OPEN_MS);
    *out = &g->calendar;
    return 0;
}
