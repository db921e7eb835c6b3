/* SPDX-License-Identifier: Apache-2.0 */
/* Appointments booked, moved and cancelled, and what Google's stand-in then shows. */
#include "domain/calendar_sync.h"

#include "base/json_read.h"
#include "booking_fixture.h"
#include "domain/calendar_google.h"
#include "io/http_client.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_google.h"
#include "store_fixture.h"
#include "tap.h"

#define DESK "desk@example.com"
#define ANNS "ann@example.com"
#define TIMEOUT_MS 700

struct world {
    struct fixture fixture;
    struct pool *pool;
    struct sandbox *sandbox;
    struct calendar *calendar;
    struct calendar_sync_config config;
    struct facts facts;
    int64_t customer;
    struct wall now;
    struct http_client *http;
};

static void world_clear(struct world *w)
{
    calendar_free(&w->calendar);
    sandbox_free(&w->sandbox);
    http_client_free(&w->http);
    fixture_clear(&w->fixture);
    pool_free(&w->pool);
}

static void world_init(struct world *w)
{
    struct err e = {0};
    struct sandbox_config config = {.listen = "127.0.0.1:0", .token = "calendar-test"};
    *w = (struct world){.pool = pool_new(), .http = http_client_new()};
    fixture_init_tables(&w->fixture);
    OK(fixture_script(w->fixture.store,
                      "INSERT INTO business_facts (key, value, updated_at) VALUES "
                      "('time_zone', 'America/New_York', '2026-01-01 00:00:00'), "
                      "('address', '1 Main Street', '2026-01-01 00:00:00');"
                      "INSERT INTO services (id, key, name, duration_minutes, position, active) "
                      "VALUES ('018f0000-0000-7000-8000-000000000001', 'cut', 'Haircut', 30, 0, "
                      "{true});"
                      "INSERT INTO providers (id, key, name, calendar, position, active) VALUES "
                      "('018f0000-0000-7000-8000-000000000002', 'ann', 'Ann Lee', '" ANNS
                      "', 0, {true}), "
                      "('018f0000-0000-7000-8000-000000000003', 'bob', 'Bob Stone', NULL, 1, "
                      "{true})") == 0);
    w->facts = salon(w->pool);
    w->now = local(&w->facts, "2026-03-02T08:00");
    w->customer = add_customer(w->fixture.store, "Maya Ortiz", "+15550100001");
    OK_MSG(sandbox_new(&config, &w->sandbox, &e) == 0, "%s", e.text);
    struct calendar_google_config google = {
        .api_url =
            pool_printf(w->pool, "http://127.0.0.1:%d/calendar/v3", sandbox_port(w->sandbox)),
        .key_file = sandbox_google_key_file(w->sandbox, w->pool),
        .calendar = DESK,
        .busy_ms = TIMEOUT_MS,
        .write_ms = TIMEOUT_MS,
    };
    OK_MSG(calendar_google_new(&google, &w->calendar, &e) == 0, "%s", e.text);
    w->config = (struct calendar_sync_config){w->calendar, "", "", false};
}

static struct booking_request request_of(const struct world *w, const char *provider,
                                         const char *start)
{
    return (struct booking_request){
        .customer_id = w->customer,
        .service = "cut",
        .provider = provider,
        .start = local(&w->facts, start),
        .booked_by = "ai",
        .calendar = w->calendar,
    };
}

static int64_t book(struct world *w, const char *provider, const char *start)
{
    struct booking made = {0};
    struct booking_request r = request_of(w, provider, start);
    EQ_INT(run_booking(w->fixture.store, w->pool, &w->facts, booking_make, &r, w->now, &made), 0);
    EQ_INT(made.status, BOOKING_DONE);
    return made.id;
}

static void change(struct world *w, booking_fn *fn, int64_t id, const char *provider,
                   const char *start)
{
    struct booking made = {0};
    struct booking_request r = request_of(w, provider, start);
    r.appointment_id = id;
    EQ_INT(run_booking(w->fixture.store, w->pool, &w->facts, fn, &r, w->now, &made), 0);
    EQ_INT(made.status, BOOKING_DONE);
}

struct claiming {
    struct pool *pool;
    struct job *jobs;
    size_t n;
};

static int claim(struct db *db, void *arg, struct err *e)
{
    struct claiming *c = arg;
    struct wall far = {wall_now().us + US_PER_DAY * 365};
    return jobs_claim(db, c->pool, "calendar", "test", far, (struct wall){far.us + 60000000}, 1,
                      &c->jobs, &c->n, e);
}

static int give_back(struct db *db, void *arg, struct err *e)
{
    return jobs_retry(db, arg, wall_now(), "again", e);
}

/* Does the next job; 1 when there is none. A job that fails is left for another try. */
static int work(struct world *w, int64_t *retry_after_ms)
{
    struct claiming c = {.pool = w->pool};
    struct err e = {0};
    EQ_INT(store_write(w->fixture.store, claim, &c, NULL), 0);
    if (c.n == 0) {
        return 1;
    }
    struct job_run run = {w->fixture.store, w->pool, w->http, c.jobs, &w->config, -1, false};
    int rc = calendar_job(&run, &e);
    *retry_after_ms = run.retry_after_ms;
    if (rc < 0 && !run.give_up) {
        EQ_INT(store_write(w->fixture.store, give_back, c.jobs, NULL), 0);
    }
    return rc;
}

/* Does all jobs; each must succeed. */
static void work_all(struct world *w)
{
    int64_t after;
    int rc;
    while ((rc = work(w, &after)) == 0) {
    }
    EQ_INT(rc, 1);
}

/* All events of the stand-in as JSON. */
static json_t *shown(struct world *w)
{
    struct http_answer answer;
    json_t *all = NULL;
    struct http_call call = {
        .method = "GET",
        .url =
            pool_printf(w->pool, "http://127.0.0.1:%d/sandbox/calendar", sandbox_port(w->sandbox)),
        .timeout_ms = 20000,
        .connect_timeout_ms = 5000,
        .answer_max_bytes = 1u << 20,
    };
    EQ_INT(http_client_call(w->http, w->pool, &call, &answer, NULL), 0);
    EQ_INT(json_read(w->pool, answer.body, &all, NULL), 0);
    return all;
}

static const json_t *event_at(struct world *w, size_t i)
{
    return json_object_get(json_array_get(json_object_get(shown(w), "events"), i), "event");
}

static const char *start_of(struct world *w, size_t i)
{
    return json_get_text(json_object_get(event_at(w, i), "start"), "dateTime", NULL);
}

static void control(struct world *w, const char *method, const char *path)
{
    struct http_answer answer;
    struct http_call call = {
        .method = method,
        .url = pool_printf(w->pool, "http://127.0.0.1:%d%s", sandbox_port(w->sandbox), path),
        .timeout_ms = 20000,
        .connect_timeout_ms = 5000,
        .answer_max_bytes = 1u << 20,
    };
    EQ_INT(http_client_call(w->http, w->pool, &call, &answer, NULL), 0);
    EQ_INT(answer.status, 200);
}

#define CELL(w, sql) fixture_cell((w)->fixture.store, sql)

TEST(an_appointment_is_shown_moved_and_taken_away)
{
    struct world w CLEANUP(world_clear);
    world_init(&w);
    int64_t id = book(&w, "ann", "2026-03-03T14:00");
    EQ_STR(CELL(&w, "SELECT count(*) FROM jobs WHERE kind = 'calendar'"), "1");
    work_all(&w);
    EQ_INT(sandbox_google_events(w.sandbox, ANNS), 1);
    EQ_STR(start_of(&w, 0), "2026-03-03T14:00:00-05:00");
    const json_t *event = event_at(&w, 0);
    EQ_STR(json_get_text(json_object_get(event, "end"), "dateTime", NULL),
           "2026-03-03T14:30:00-05:00");
    EQ_STR(json_get_text(json_object_get(event, "start"), "timeZone", NULL), "America/New_York");
    EQ_STR(json_get_text(event, "summary", NULL), "Haircut"); /* whose it is stays with us */
    EQ_STR(json_get_text(event, "location", NULL), "1 Main Street");
    EQ_STR(json_get_text(event, "transparency", NULL), "opaque");
    EQ_STR(CELL(&w, "SELECT calendar_event_id FROM appointments"),
           json_get_text(event, "id", NULL));
    EQ_STR(CELL(&w, "SELECT calendar_id FROM appointments"), ANNS);
    EQ_STR(CELL(&w, "SELECT calendar_revision FROM appointments"), "0");

    change(&w, booking_move, id, "ann", "2026-03-10T10:00");
    change(&w, booking_move, id, "ann", "2026-03-09T10:00"); /* two jobs, one state */
    work_all(&w);
    EQ_INT(sandbox_google_events(w.sandbox, ANNS), 1);
    EQ_STR(start_of(&w, 0), "2026-03-09T10:00:00-04:00"); /* after the change of clocks */
    EQ_STR(CELL(&w, "SELECT calendar_revision FROM appointments"), "2");

    change(&w, booking_cancel, id, NULL, "2026-03-09T10:00");
    work_all(&w);
    EQ_INT(sandbox_google_events(w.sandbox, ANNS), 0);
    EQ_STR(CELL(&w, "SELECT count(*) FROM jobs"), "0");
    EQ_STR(CELL(&w, "SELECT calendar_id FROM appointments"), NULL);
    EQ_STR(CELL(&w, "SELECT calendar_event_id FROM appointments"), NULL);
    EQ_INT(json_get_i64(shown(&w), "tokens", 0), 1); /* one was enough for all of it */
}

TEST(another_provider_is_another_calendar)
{
    struct world w CLEANUP(world_clear);
    world_init(&w);
    w.config.names = true;
    int64_t id = book(&w, "ann", "2026-03-09T14:00");
    work_all(&w);
    change(&w, booking_move, id, "bob", "2026-03-09T14:00");
    work_all(&w);
    EQ_INT(sandbox_google_events(w.sandbox, ANNS), 0);
    EQ_INT(sandbox_google_events(w.sandbox, DESK), 1);
    EQ_STR(json_get_text(event_at(&w, 1), "summary", NULL), "Haircut: Maya Ortiz");
    change(&w, booking_move, id, "ann", "2026-03-09T15:00"); /* whose first id is used up */
    work_all(&w);
    EQ_INT(sandbox_google_events(w.sandbox, ANNS), 1);
    EQ_INT(sandbox_google_events(w.sandbox, DESK), 0);
    EQ_STR(CELL(&w, "SELECT calendar_id FROM appointments"), ANNS);
    change(&w, booking_cancel, id, NULL, "2026-03-09T15:00");
    work_all(&w);
    EQ_INT(sandbox_google_events(w.sandbox, ANNS), 0);
}

/* Google takes each request and is silent about it, at each of the requests in turn. */
TEST(nothing_is_shown_twice_however_it_fails)
{
    for (int nth = 0; nth < 6; nth++) {
        struct world w CLEANUP(world_clear);
        int64_t after = -1;
        world_init(&w);
        tap_case("request %d", nth);
        struct sandbox_fault quiet = {.api = SANDBOX_API_GOOGLE,
                                      .trouble = nth % 2 ? TROUBLE_STATUS : TROUBLE_HANG,
                                      .status = 503,
                                      .after = true,
                                      .hang_ms = 2000,
                                      .retry_after_s = nth % 2 ? 9 : 0,
                                      .on = "events",
                                      .count = 1};
        int64_t id = book(&w, "ann", "2026-03-09T14:00");
        if (nth / 2 == 0) {
            EQ_INT(sandbox_add_fault(w.sandbox, &quiet, NULL), 0);
            EQ_INT(work(&w, &after), nth % 2 ? ERR_PROVIDER : ERR_TIMEOUT);
            EQ_INT(after, nth % 2 ? 9000 : CALENDAR_SETTLE_MS);
            EQ_INT(sandbox_google_events(w.sandbox, ANNS), 1);
        }
        work_all(&w);
        EQ_INT(sandbox_google_events(w.sandbox, ANNS), 1);
        change(&w, booking_move, id, "bob", "2026-03-09T15:00");
        if (nth / 2 == 1) {
            EQ_INT(sandbox_add_fault(w.sandbox, &quiet, NULL), 0);
            OK(work(&w, &after) < 0);
        }
        work_all(&w);
        EQ_INT(sandbox_google_events(w.sandbox, ANNS), 0);
        EQ_INT(sandbox_google_events(w.sandbox, DESK), 1);
        change(&w, booking_cancel, id, NULL, "2026-03-09T15:00");
        if (nth / 2 == 2) {
            EQ_INT(sandbox_add_fault(w.sandbox, &quiet, NULL), 0);
            OK(work(&w, &after) < 0);
        }
        work_all(&w);
        EQ_INT(sandbox_google_events(w.sandbox, ANNS), 0);
        EQ_INT(sandbox_google_events(w.sandbox, DESK), 0);
    }
}

TEST(cancelled_before_it_was_ever_shown)
{
    struct world w CLEANUP(world_clear);
    world_init(&w);
    int64_t id = book(&w, "ann", "2026-03-09T14:00");
    change(&w, booking_cancel, id, NULL, "2026-03-09T14:00");
    work_all(&w);
    EQ_INT(json_array_size(json_object_get(shown(&w), "events")), 0);
}

TEST(what_somebody_deleted_by_hand_comes_back_when_it_is_moved)
{
    struct world w CLEANUP(world_clear);
    world_init(&w);
    int64_t id = book(&w, "ann", "2026-03-09T14:00");
    work_all(&w);
    control(&w, "DELETE",
            pool_printf(w.pool, "/sandbox/calendar?calendar=" ANNS "&id=%s",
                        CELL(&w, "SELECT calendar_event_id FROM appointments")));
    EQ_INT(sandbox_google_events(w.sandbox, ANNS), 0);
    change(&w, booking_move, id, "ann", "2026-03-09T15:00");
    work_all(&w);
    EQ_INT(sandbox_google_events(w.sandbox, ANNS), 1);
    EQ_STR(start_of(&w, 1), "2026-03-09T15:00:00-04:00");
    change(&w, booking_cancel, id, NULL, "2026-03-09T15:00");
    work_all(&w);
    EQ_INT(sandbox_google_events(w.sandbox, ANNS), 0);
}

TEST(an_event_of_another_program_is_taken_over)
{
    struct world w CLEANUP(world_clear);
    world_init(&w);
    int64_t id = book(&w, "bob", "2026-03-09T14:00");
    work_all(&w);
    /* As the voice-only system has it: an id, and one calendar that goes without saying. */
    EQ_INT(fixture_script(w.fixture.store,
                          "UPDATE appointments SET calendar_id = NULL, calendar_revision = NULL"),
           0);
    change(&w, booking_move, id, "bob", "2026-03-09T15:00");
    work_all(&w);
    EQ_INT(sandbox_google_events(w.sandbox, DESK), 1);
    EQ_INT(json_array_size(json_object_get(shown(&w), "events")), 1);
    EQ_STR(start_of(&w, 0), "2026-03-09T15:00:00-04:00");
}

static int bury(struct db *db, void *arg, struct err *e)
{
    struct world *w = arg;
    struct claiming c = {.pool = w->pool};
    int rc = claim(db, &c, e);
    return rc < 0 ? rc
                  : calendar_buried(db, w->pool, c.jobs, "Google refuses: HTTP 403", &w->config, e);
}

TEST(staff_are_told_when_it_is_given_up)
{
    struct world w CLEANUP(world_clear);
    world_init(&w);
    EQ_INT(fixture_script(
               w.fixture.store,
               "INSERT INTO conversations (id, customer_id, channel, status, initiated_at, "
               "last_activity_at) VALUES ('018f0000-0000-7000-8000-00000000000a', 1, 'sms', "
               "'active', '2026-03-02 08:00:00', '2026-03-02 08:00:00')"),
           0);
    (void)book(&w, "ann", "2026-03-09T14:00");
    EQ_INT(fixture_script(w.fixture.store, "UPDATE appointments SET conversation_id = "
                                           "'018f0000-0000-7000-8000-00000000000a'"),
           0);
    EQ_INT(store_write(w.fixture.store, bury, &w, NULL), 0);
    EQ_STR(CELL(&w, "SELECT event_type FROM communication_events"), "error");
    const char *details = CELL(&w, "SELECT details FROM communication_events");
    OK_MSG(strstr(details, "calendar") && strstr(details, "HTTP 403"), "%s", details);
}

TEST(without_a_calendar_there_is_no_job)
{
    struct world w CLEANUP(world_clear);
    world_init(&w);
    struct booking made = {0};
    struct booking_request r = request_of(&w, "ann", "2026-03-09T14:00");
    r.calendar = NULL;
    EQ_INT(run_booking(w.fixture.store, w.pool, &w.facts, booking_make, &r, w.now, &made), 0);
    EQ_STR(CELL(&w, "SELECT count(*) FROM jobs"), "0");
}

int main(void)
{
    return tap_run();
}
