/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every calendar must do, whoever keeps it, and what Google's does when Google fails. To add a
 * calendar: its file in src/domain, a stand-in, a row here.
 */
#include <stdatomic.h>

#include "base/buf.h"
#include "base/rsa.h"
#include "booking_fixture.h"
#include "domain/calendar_google.h"
#include "io/thread.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_google.h"
#include "tap.h"

#define DESK "desk@example.com" /* everybody's without one of their own */
#define ANNS "ann@example.com"
#define BUSY_MS 700

struct world {
    struct pool *pool;
    struct sandbox *sandbox;
    struct calendar *calendar;
    struct calendar_google_config config;
    struct facts facts;
    struct facts_provider providers[2];
};

static void open_builtin(struct world *w)
{
    w->calendar = NULL;
}

static void open_google(struct world *w)
{
    struct sandbox_config config = {.listen = "127.0.0.1:0", .token = "calendar-test"};
    struct err e = {0};
    OK_MSG(sandbox_new(&config, &w->sandbox, &e) == 0, "%s", e.text);
    w->config = (struct calendar_google_config){
        .api_url =
            pool_printf(w->pool, "http://127.0.0.1:%d/calendar/v3/", sandbox_port(w->sandbox)),
        .key_file = sandbox_google_key_file(w->sandbox, w->pool),
        .calendar = DESK,
        .busy_ms = BUSY_MS,
        .write_ms = BUSY_MS,
        .breaker_failures = 100,
        .breaker_open_ms = 300,
    };
    OK_MSG(calendar_google_new(&w->config, &w->calendar, &e) == 0, "%s", e.text);
}

static const struct {
    const char *name;
    void (*open)(struct world *w);
} rows[] = {{"built-in", open_builtin}, {"google", open_google}};

static void begin(struct world *w, void (*open)(struct world *w))
{
    *w = (struct world){.pool = pool_new()};
    w->facts = salon(w->pool);
    memcpy(w->providers, w->facts.providers, sizeof w->providers);
    w->providers[0].calendar = ANNS;
    w->facts.providers = w->providers;
    open(w);
}

static void end(struct world *w)
{
    calendar_free(&w->calendar);
    sandbox_free(&w->sandbox);
    pool_free(&w->pool);
}

static void each(void (*part)(struct world *w))
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct world w;
        tap_case("%s", rows[i].name);
        begin(&w, rows[i].open);
        part(&w);
        end(&w);
    }
}

static struct calendar_event event_of(const struct world *w, const char *calendar, const char *id,
                                      const char *start)
{
    return (struct calendar_event){
        .calendar = calendar,
        .id = id,
        .shared = calendar && strcmp(calendar, DESK) == 0,
        .start = local(&w->facts, start),
        .minutes = 30,
        .time_zone = w->facts.time_zone,
        .zone = w->facts.zone,
        .summary = "Haircut",
    };
}

static const struct calendar_ops *ops_of(const struct world *w)
{
    return w->calendar ? w->calendar->ops : &calendar_builtin;
}

static int put(struct world *w, const struct calendar_event *event, struct err *e)
{
    int64_t retry_after_ms = 0;
    return ops_of(w)->put(w->calendar, w->pool, event, &retry_after_ms, e);
}

static int events_in(const struct world *w, const char *calendar)
{
    return w->sandbox && calendar ? sandbox_google_events(w->sandbox, calendar) : 0;
}

static struct calendar_query days(const struct world *w, const char *from, const char *to)
{
    return (struct calendar_query){&w->facts, NULL, local(&w->facts, from), local(&w->facts, to)};
}

/* How much of that provider's time is busy, in minutes; -1: it could not be asked. */
static int busy_minutes(struct world *w, const char *provider, const char *from, const char *to)
{
    struct calendar_query q = days(w, from, to);
    struct calendar_times t;
    struct err e = {0};
    if (!OK_MSG(calendar_busy(w->calendar, w->pool, &q, &t, &e) == 0, "%s", e.text)) {
        return -1;
    }
    int64_t us = 0;
    for (size_t i = 0; i < t.n; i++) {
        OK(t.busy[i].from.us >= q.from.us && t.busy[i].to.us <= q.to.us);
        OK(t.busy[i].from.us < t.busy[i].to.us);
        if (!t.busy[i].provider || strcmp(t.busy[i].provider, provider) == 0) {
            us += t.busy[i].to.us - t.busy[i].from.us;
        }
    }
    return (int)(us / US_PER_SECOND / 60);
}

/* ---- the contract ----------------------------------------------------------------------- */

static void keeps_one(struct world *w)
{
    struct calendar_place place = calendar_place(w->calendar, &w->facts, "ann");
    struct calendar_event ev = event_of(w, place.calendar, "appointment1", "2026-03-03T14:00");
    int64_t after;
    int expected = calendar_keeps(w->calendar) ? 1 : 0;
    EQ_INT(calendar_keeps(w->calendar), place.calendar != NULL);
    EQ_INT(put(w, &ev, NULL), 0);
    EQ_INT(put(w, &ev, NULL), 0);
    EQ_INT(events_in(w, place.calendar), expected);
    ev.start = local(&w->facts, "2026-03-04T09:00");
    ev.known = true;
    EQ_INT(put(w, &ev, NULL), 0);
    EQ_INT(events_in(w, place.calendar), expected);
    EQ_INT(busy_minutes(w, "ann", "2026-03-03T00:00", "2026-03-04T00:00"), 0);
    EQ_INT(busy_minutes(w, "ann", "2026-03-04T00:00", "2026-03-05T00:00"), 30 * expected);
    EQ_INT(ops_of(w)->remove(w->calendar, w->pool, place.calendar, ev.id, &after, NULL), 0);
    EQ_INT(events_in(w, place.calendar), 0);
    EQ_INT(busy_minutes(w, "ann", "2026-03-04T00:00", "2026-03-05T00:00"), 0);
    EQ_INT(ops_of(w)->remove(w->calendar, w->pool, place.calendar, ev.id, &after, NULL), 0);
    EQ_INT(ops_of(w)->remove(w->calendar, w->pool, place.calendar, "never0was", &after, NULL), 0);
}

TEST(an_event_is_kept_once_changed_and_removed)
{
    each(keeps_one);
}

static void keeps_nobody_else(struct world *w)
{
    struct calendar_place bobs = calendar_place(w->calendar, &w->facts, "bob");
    w->providers[0].calendar = NULL; /* Ann has none of her own either */
    struct calendar_place shared = calendar_place(w->calendar, &w->facts, "bob");
    EQ_INT(bobs.shared, false);
    EQ_INT(shared.shared, calendar_keeps(w->calendar));
    struct calendar_event ev = event_of(w, shared.calendar, "appointment1", "2026-03-03T14:00");
    EQ_INT(put(w, &ev, NULL), 0);
    EQ_INT(busy_minutes(w, "ann", "2026-03-03T00:00", "2026-03-04T00:00"), 0);
    EQ_INT(busy_minutes(w, "bob", "2026-03-03T00:00", "2026-03-04T00:00"), 0);
}

TEST(an_appointment_in_a_shared_calendar_keeps_nobody_from_working)
{
    each(keeps_nobody_else);
}

/* ---- Google ----------------------------------------------------------------------------- */

static void by_hand(struct world *w, const char *calendar, const char *id, const char *start)
{
    struct calendar_event ev = event_of(w, calendar, id, start);
    ev.shared = false; /* opaque, as people's own events are */
    EQ_INT(put(w, &ev, NULL), 0);
}

TEST(whose_time_is_busy)
{
    struct world w;
    begin(&w, open_google);
    by_hand(&w, ANNS, "lunch", "2026-03-03T12:00");
    by_hand(&w, ANNS, "after0lunch", "2026-03-03T12:15"); /* they become one: 45 minutes */
    by_hand(&w, DESK, "dentist", "2026-03-03T15:00");
    EQ_INT(busy_minutes(&w, "ann", "2026-03-03T00:00", "2026-03-04T00:00"), 45);
    EQ_INT(busy_minutes(&w, "ann", "2026-03-03T12:30", "2026-03-04T00:00"), 15);
    EQ_INT(busy_minutes(&w, "bob", "2026-03-03T00:00", "2026-03-04T00:00"), 30);
    struct calendar_query q = days(&w, "2026-03-03T00:00", "2026-03-04T00:00");
    struct calendar_times t = {0};
    q.provider = "bob";
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), 0);
    EQ_INT(t.n, 1);
    EQ_STR(t.n ? t.busy[0].provider : NULL, "bob");
    OK(t.n && t.busy[0].ours_too);
    w.facts.n_providers = 0; /* a business without named ones */
    q.provider = NULL;
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), 0);
    EQ_INT(t.n, 1);
    OK(t.n && !t.busy[0].provider && t.busy[0].ours_too);
    end(&w);
}

TEST(months_are_asked_for_in_pieces)
{
    struct world w;
    begin(&w, open_google);
    by_hand(&w, ANNS, "summer", "2026-07-30T10:00");
    by_hand(&w, ANNS, "night", "2026-04-29T23:45");
    EQ_INT(busy_minutes(&w, "ann", "2026-03-01T00:00", "2026-08-01T00:00"), 60);
    end(&w);
}

TEST(a_calendar_that_cannot_be_read_takes_no_other_with_it)
{
    struct world w;
    begin(&w, open_google);
    w.providers[1].calendar = "missing@example.com";
    by_hand(&w, ANNS, "lunch", "2026-03-03T12:00");
    struct calendar_query q = days(&w, "2026-03-03T00:00", "2026-03-04T00:00");
    struct calendar_times t = {0};
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), 0);
    EQ_INT(t.n, 1);
    OK(t.unread && strstr(t.unread, "missing@example.com") && strstr(t.unread, "notFound"));
    struct calendar_event ev =
        event_of(&w, "missing@example.com", "appointment1", "2026-03-03T14:00");
    struct err e = {0};
    EQ_INT(put(&w, &ev, &e), ERR_CONFIG);
    OK_MSG(strstr(e.text, SANDBOX_GOOGLE_EMAIL), "%s", e.text);
    end(&w);
}

/* What each failure comes to, for a question and for a change. */
static const struct {
    struct sandbox_fault fault;
    int rc;
    int64_t retry_after_ms;
} failures[] = {
    {{.status = 401}, ERR_CONFIG, -1},
    {{.status = 403}, ERR_PROVIDER, -1},
    {{.status = 403, .reason = "userRateLimitExceeded"}, ERR_PROVIDER, -1},
    {{.status = 403, .reason = "forbidden"}, ERR_CONFIG, -1},
    {{.status = 429, .retry_after_s = 7}, ERR_PROVIDER, 7000},
    {{.status = 500}, ERR_PROVIDER, -1},
    {{.status = 503, .retry_after_s = 2}, ERR_PROVIDER, 2000},
    {{.status = 400}, ERR_CONFIG, -1},
    {{.trouble = TROUBLE_HANG, .hang_ms = 5000}, ERR_TIMEOUT, -1},
    {{.status = 400, .on = "token"}, ERR_CONFIG, -1},
    {{.status = 503, .on = "token", .retry_after_s = 3}, ERR_PROVIDER, 3000},
    {{.trouble = TROUBLE_HANG, .hang_ms = 5000, .on = "token"}, ERR_TIMEOUT, -1},
};

TEST(each_failure_is_told_from_the_others)
{
    for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
        struct world w;
        struct sandbox_fault fault = failures[i].fault;
        tap_case("%zu: %d %s", i, fault.status, fault.reason);
        begin(&w, open_google);
        fault.api = SANDBOX_API_GOOGLE;
        EQ_INT(sandbox_add_fault(w.sandbox, &fault, NULL), 0);
        struct calendar_query q = days(&w, "2026-03-03T00:00", "2026-03-04T00:00");
        struct calendar_times t = {0};
        struct err e = {0};
        struct mono start = mono_now();
        EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, &e), failures[i].rc);
        OK_MSG(e.text[0] && !strchr(e.text, '\n'), "%s", e.text);
        OK(mono_us_since(start) < 4 * BUSY_MS * 1000);
        struct calendar_event ev = event_of(&w, ANNS, "appointment1", "2026-03-03T14:00");
        int64_t after = 0;
        EQ_INT(w.calendar->ops->put(w.calendar, w.pool, &ev, &after, &e), failures[i].rc);
        EQ_INT(after, failures[i].retry_after_ms);
        EQ_INT(w.calendar->ops->remove(w.calendar, w.pool, ANNS, ev.id, &after, &e),
               failures[i].rc);
        sandbox_end_faults(w.sandbox);
        EQ_INT(events_in(&w, ANNS), 0);
        EQ_INT(put(&w, &ev, NULL), 0);
        EQ_INT(events_in(&w, ANNS), 1);
        end(&w);
    }
}

TEST(a_refused_token_is_renewed_once)
{
    struct world w;
    begin(&w, open_google);
    struct sandbox_fault fault = {
        .api = SANDBOX_API_GOOGLE, .status = 401, .on = "busy", .count = 1};
    EQ_INT(busy_minutes(&w, "ann", "2026-03-03T00:00", "2026-03-04T00:00"), 0);
    EQ_INT(sandbox_add_fault(w.sandbox, &fault, NULL), 0);
    EQ_INT(busy_minutes(&w, "ann", "2026-03-03T00:00", "2026-03-04T00:00"), 0);
    end(&w);
}

TEST(a_change_that_was_done_without_our_knowing)
{
    struct world w;
    begin(&w, open_google);
    struct sandbox_fault fault = {.api = SANDBOX_API_GOOGLE,
                                  .trouble = TROUBLE_HANG,
                                  .after = true,
                                  .hang_ms = 3000,
                                  .on = "events",
                                  .count = 1};
    struct calendar_event ev = event_of(&w, ANNS, "appointment1", "2026-03-03T14:00");
    EQ_INT(sandbox_add_fault(w.sandbox, &fault, NULL), 0);
    EQ_INT(put(&w, &ev, NULL), ERR_TIMEOUT);
    EQ_INT(events_in(&w, ANNS), 1);
    ev.start = local(&w.facts, "2026-03-03T16:00"); /* it was moved meanwhile */
    EQ_INT(put(&w, &ev, NULL), 0);
    EQ_INT(events_in(&w, ANNS), 1);
    EQ_INT(busy_minutes(&w, "ann", "2026-03-03T16:00", "2026-03-03T16:30"), 30);
    end(&w);
}

TEST(a_server_that_fails_is_left_alone_for_a_while)
{
    struct world w;
    begin(&w, open_google);
    calendar_free(&w.calendar);
    w.config.breaker_failures = 2;
    EQ_INT(calendar_google_new(&w.config, &w.calendar, NULL), 0);
    struct sandbox_fault fault = {.api = SANDBOX_API_GOOGLE, .status = 500};
    struct calendar_query q = days(&w, "2026-03-03T00:00", "2026-03-04T00:00");
    struct calendar_times t = {0};
    EQ_INT(sandbox_add_fault(w.sandbox, &fault, NULL), 0);
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), ERR_PROVIDER);
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), ERR_PROVIDER);
    sandbox_end_faults(w.sandbox);
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), ERR_UNAVAILABLE);
    sandbox_end_faults(w.sandbox);
    struct timespec ts = {0, 400000000};
    nanosleep(&ts, NULL);
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), 0);
    end(&w);
}

/* A turn that must be answered soon does not wait for it, and that is not Google's failure. */
TEST(it_waits_no_longer_than_the_deadline)
{
    struct world w;
    begin(&w, open_google);
    calendar_free(&w.calendar);
    w.config.busy_ms = 60000;
    w.config.breaker_failures = 1;
    EQ_INT(calendar_google_new(&w.config, &w.calendar, NULL), 0);
    struct sandbox_fault fault = {
        .api = SANDBOX_API_GOOGLE, .trouble = TROUBLE_HANG, .hang_ms = 5000};
    struct calendar_query q = days(&w, "2026-03-03T00:00", "2026-03-04T00:00");
    struct calendar_times t = {0};
    EQ_INT(sandbox_add_fault(w.sandbox, &fault, NULL), 0);
    q.deadline.ns = mono_now().ns + 200 * 1000000;
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), ERR_TIMEOUT);
    q.deadline.ns = 1;
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), ERR_TIMEOUT);
    sandbox_end_faults(w.sandbox);
    q.deadline.ns = 0;
    EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, NULL), 0);
    end(&w);
}

TEST(another_accounts_key_is_refused)
{
    struct world w;
    begin(&w, open_google);
    struct rsa_key *key CLEANUP(rsa_key_free) = rsa_key_new();
    const char *pem = rsa_key_pem(key, w.pool);
    struct buf file CLEANUP(buf_clear);
    buf_init(&file, 16384);
    const char *body = strstr(w.config.key_file.p, "\"private_key\":");
    const char *rest = strstr(body, "\",\"client_email\"");
    buf_add(&file, w.config.key_file.p, (size_t)(body - w.config.key_file.p));
    buf_puts(&file, "\"private_key\":\"");
    for (; *pem; pem++) {
        if (*pem == '\n') {
            buf_puts(&file, "\\n");
        } else {
            buf_putc(&file, *pem);
        }
    }
    buf_puts(&file, rest);
    calendar_free(&w.calendar);
    w.config.key_file = buf_str(&file);
    struct err e = {0};
    struct calendar_query q = days(&w, "2026-03-03T00:00", "2026-03-04T00:00");
    struct calendar_times t = {0};
    if (OK_MSG(calendar_google_new(&w.config, &w.calendar, &e) == 0, "%s", e.text)) {
        EQ_INT(calendar_busy(w.calendar, w.pool, &q, &t, &e), ERR_CONFIG);
        OK_MSG(strstr(e.text, "Invalid JWT Signature"), "%s", e.text);
    }
    end(&w);
}

struct crowd {
    struct world *world;
    atomic_int good;
};

static void ask_often(void *arg)
{
    struct crowd *c = arg;
    for (int i = 0; i < 10; i++) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct calendar_query q = days(c->world, "2026-03-03T00:00", "2026-03-04T00:00");
        struct calendar_times t = {0};
        int rc = calendar_busy(c->world->calendar, p, &q, &t, NULL);
        atomic_fetch_add(&c->good, rc == 0 && t.n == 1);
    }
}

TEST(many_threads_ask_at_a_time)
{
    struct world w;
    begin(&w, open_google);
    calendar_free(&w.calendar);
    w.config.busy_ms = 20000; /* a sanitizer is slow */
    EQ_INT(calendar_google_new(&w.config, &w.calendar, NULL), 0);
    by_hand(&w, ANNS, "lunch", "2026-03-03T12:00");
    struct crowd c = {.world = &w};
    struct thread *threads[8];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        threads[i] = thread_start("asks", ask_often, &c);
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        thread_join(&threads[i]);
    }
    EQ_INT(c.good, 80);
    end(&w);
}

int main(void)
{
    return tap_run();
}
