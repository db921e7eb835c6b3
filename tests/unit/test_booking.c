/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of booking, on both engines: what is offered, what may be booked, and that nobody gets
 * what another has.
 */
#include <pthread.h>
#include <stdio.h>

#include "booking_fixture.h"
#include "store_fixture.h"
#include "tap.h"

#define NOW "2026-03-02T09:00" /* a Monday */

struct desk {
    struct fixture fixture;
    struct pool *pool;
    struct facts facts;
    struct wall now;
    int64_t customer;
};

static void desk_clear(struct desk *d)
{
    pool_free(&d->pool);
    fixture_clear(&d->fixture);
}

static void desk_init(struct desk *d)
{
    *d = (struct desk){.pool = pool_new()};
    fixture_init_tables(&d->fixture);
    d->facts = salon(d->pool);
    d->now = local(&d->facts, NOW);
    d->customer = add_customer(d->fixture.store, "Maya Ortiz", "+15550100001");
}

static struct booking_request wish(const struct desk *d, const char *service, const char *provider,
                                   const char *start)
{
    return (struct booking_request){
        .customer_id = d->customer,
        .service = service,
        .provider = provider,
        .start = local(&d->facts, start),
        .booked_by = "ai",
    };
}

static struct booking act(struct desk *d, booking_fn *fn, struct booking_request r)
{
    struct booking b = {0};
    EQ_INT(run_booking(d->fixture.store, d->pool, &d->facts, fn, &r, d->now, &b), 0);
    return b;
}

static struct booking book(struct desk *d, const char *service, const char *provider,
                           const char *start)
{
    return act(d, booking_make, wish(d, service, provider, start));
}

static struct booking_query ask(const struct desk *d, const char *service, const char *provider,
                                const char *from, const char *to, size_t limit)
{
    return (struct booking_query){
        .service = service,
        .provider = provider,
        .from = local(&d->facts, from),
        .to = local(&d->facts, to),
        .time_to = 1440,
        .limit = limit,
    };
}

/* "03-02 10:00 ann, 03-02 12:00 bob", or why there is none. */
static const char *found(struct desk *d, const struct booking_query *q)
{
    struct err e = {0};
    CLEANUP(store_return) struct db *db = NULL;
    struct booking_slot *slots = NULL;
    size_t n = 0;
    enum booking_status why = BOOKING_DONE;
    EQ_INT(store_borrow(d->fixture.store, &db, &e), 0);
    EQ_INT(booking_find(db, d->pool, &d->facts, q, d->now, &slots, &n, &why, &e), 0);
    const char *text = n ? "" : booking_status_name(why);
    for (size_t i = 0; i < n; i++) {
        const char *start = text_of(&d->facts, slots[i].start);
        text = pool_printf(d->pool, "%s%s%.5s %s %s", text, i ? ", " : "", start + 5, start + 11,
                           slots[i].provider ? slots[i].provider->key : "-");
    }
    return text;
}

struct closing {
    struct desk *desk;
    const struct booking_request *request;
    struct booking *out;
};

static int close_in(struct db *db, void *arg, struct err *e)
{
    struct closing *c = arg;
    return booking_close(db, c->desk->pool, &c->desk->facts, c->request, "no_show", c->desk->now,
                         c->out, e);
}

TEST(what_is_offered)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d);
    static const struct {
        const char *what, *service, *provider, *from, *to;
        size_t limit;
        const char *want;
    } cases[] = {
        {"nearest first, a morning and an afternoon of each day", "cut", NULL, "2026-03-02T00:00",
         "2026-03-09T00:00", 4,
         "03-02 10:00 ann, 03-02 12:00 ann, 03-03 09:00 ann, 03-03 12:00 ann"},
        {"one day, spread", "cut", "ann", "2026-03-03T00:00", "2026-03-04T00:00", 3,
         "03-03 09:00 ann, 03-03 12:30 ann, 03-03 16:30 ann"},
        {"a narrow window, one after another", "cut", "ann", "2026-03-03T14:00", "2026-03-03T15:00",
         4, "03-03 14:00 ann, 03-03 14:15 ann, 03-03 14:30 ann, 03-03 14:45 ann"},
        {"it must end before closing", "color", NULL, "2026-03-03T15:30", "2026-03-03T18:00", 9,
         "03-03 15:30 ann, 03-03 15:45 ann, 03-03 16:00 ann"},
        {"the notice", "cut", "ann", "2026-03-02T09:00", "2026-03-02T10:15", 9, "03-02 10:00 ann"},
        {"too soon", "cut", "ann", "2026-03-02T09:00", "2026-03-02T10:00", 9, "too_soon"},
        {"past", "cut", NULL, "2026-03-01T09:00", "2026-03-02T08:00", 9, "past"},
        {"beyond the horizon", "cut", NULL, "2026-06-01T09:00", "2026-06-08T09:00", 9, "too_far"},
        {"nobody works", "cut", NULL, "2026-03-07T00:00", "2026-03-09T00:00", 9, "closed"},
        {"closed for all", "cut", NULL, "2026-03-18T00:00", "2026-03-19T00:00", 9, "closed"},
        {"Bob is away", "cut", "bob", "2026-03-23T00:00", "2026-03-24T00:00", 9, "closed"},
        {"Ann is not", "cut", NULL, "2026-03-23T10:00", "2026-03-23T10:15", 9, "03-23 10:00 ann"},
        {"Bob does not color", "color", "bob", "2026-03-02T00:00", "2026-03-09T00:00", 9,
         "not_offered"},
        {"nobody does nails", "nails", NULL, "2026-03-02T00:00", "2026-03-09T00:00", 9,
         "not_offered"},
        {"who is zoe", "cut", "zoe", "2026-03-02T00:00", "2026-03-09T00:00", 9, "not_offered"},
        {"what is that", "tattoo", NULL, "2026-03-02T00:00", "2026-03-09T00:00", 9,
         "unknown_service"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%s", cases[i].what);
        struct booking_query q = ask(&d, cases[i].service, cases[i].provider, cases[i].from,
                                     cases[i].to, cases[i].limit);
        EQ_STR(found(&d, &q), cases[i].want);
    }
}

TEST(times_of_day)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d);
    struct booking_query q = ask(&d, "cut", NULL, "2026-03-02T00:00", "2026-03-09T00:00", 3);
    q.time_from = 17 * 60;
    q.time_to = 20 * 60;
    EQ_STR(found(&d, &q), "03-02 17:00 bob, 03-04 17:00 bob, 03-05 17:00 ann");
}

TEST(the_days_on_which_clocks_change)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d);
    /* Open around the clock on Sundays: 8 March 2026 has no 02:00 to 03:00. */
    static const struct facts_hours nights[] = {{7, "00:00", "05:00"}};
    d.facts.n_providers = 0;
    d.facts.n_hours = 1;
    d.facts.hours = nights;
    struct booking_query q = ask(&d, "color", NULL, "2026-03-08T00:30", "2026-03-08T05:00", 30);
    /* An hour from 01:15 ends at 03:15. */
    EQ_STR(found(&d, &q),
           "03-08 00:30 -, 03-08 00:45 -, 03-08 01:00 -, 03-08 01:15 -, 03-08 01:30 -, "
           "03-08 01:45 -, 03-08 03:00 -, 03-08 03:15 -, 03-08 03:30 -, 03-08 03:45 -, "
           "03-08 04:00 -");
    struct booking b = book(&d, "color", NULL, "2026-03-08T01:30");
    EQ_INT(b.status, BOOKING_DONE);
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM booked_times"), "15");
    EQ_INT(book(&d, "cut", NULL, "2026-03-08T03:30").status, BOOKING_TAKEN);
    EQ_INT(book(&d, "cut", NULL, "2026-03-08T03:45").status, BOOKING_DONE);
    /* 1 November has 01:00 to 02:00 twice; it is offered once. */
    d.now = local(&d.facts, "2026-10-20T09:00");
    q = ask(&d, "color", NULL, "2026-11-01T00:30", "2026-11-01T02:30", 30);
    EQ_STR(found(&d, &q), "11-01 00:30 -, 11-01 00:45 -, 11-01 01:00 -, 11-01 01:15 -, "
                          "11-01 01:30 -, 11-01 01:45 -, 11-01 02:00 -, 11-01 02:15 -");
}

TEST(what_may_be_booked)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d);
    static const struct {
        const char *what, *service, *provider, *start;
        enum booking_status want;
    } cases[] = {
        {"before opening", "cut", NULL, "2026-03-03T08:45", BOOKING_CLOSED},
        {"not done at closing", "cut", "ann", "2026-03-03T16:45", BOOKING_CLOSED},
        {"just done at closing", "cut", "ann", "2026-03-03T16:30", BOOKING_DONE},
        {"again", "cut", "ann", "2026-03-03T16:30", BOOKING_TAKEN},
        {"overlapping", "color", "ann", "2026-03-03T15:45", BOOKING_TAKEN},
        {"its buffer overlapping", "color", "ann", "2026-03-03T15:30", BOOKING_TAKEN},
        {"its buffer just fitting", "color", "ann", "2026-03-03T15:15", BOOKING_DONE},
        {"in a buffer", "cut", "ann", "2026-03-03T16:15", BOOKING_TAKEN},
        {"the buffer may go over closing", "color", "ann", "2026-03-04T16:00", BOOKING_DONE},
        {"not on the quarter hour", "cut", NULL, "2026-03-03T10:10", BOOKING_OFF_GRID},
        {"past", "cut", NULL, "2026-03-02T08:45", BOOKING_PAST},
        {"too soon", "cut", NULL, "2026-03-02T09:45", BOOKING_TOO_SOON},
        {"too far", "cut", NULL, "2026-05-04T10:00", BOOKING_TOO_FAR},
        {"closed that day", "cut", NULL, "2026-03-18T11:00", BOOKING_CLOSED},
        {"away", "cut", "bob", "2026-03-23T11:00", BOOKING_CLOSED},
        {"does not do it", "color", "bob", "2026-03-03T11:00", BOOKING_NOT_OFFERED},
        {"no such service", "tattoo", NULL, "2026-03-03T11:00", BOOKING_NO_SERVICE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%s", cases[i].what);
        EQ_STR(booking_status_name(
                   book(&d, cases[i].service, cases[i].provider, cases[i].start).status),
               booking_status_name(cases[i].want));
    }
    tap_case("%s", "staff");
    struct booking_request r = wish(&d, "cut", "ann", "2026-03-03T20:05");
    r.outside_hours = true;
    EQ_INT(act(&d, booking_make, r).status, BOOKING_DONE);
    EQ_INT(act(&d, booking_make, r).status, BOOKING_TAKEN);
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM appointments"), "4");
}

TEST(work_is_shared_out)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d);
    EQ_STR(book(&d, "cut", NULL, "2026-03-04T11:00").provider->key, "ann");
    EQ_STR(book(&d, "cut", NULL, "2026-03-04T13:00").provider->key, "bob");
    EQ_STR(book(&d, "cut", NULL, "2026-03-04T13:00").provider->key, "ann");
    EQ_INT(book(&d, "cut", NULL, "2026-03-04T13:00").status, BOOKING_TAKEN);
    EQ_STR(book(&d, "cut", NULL, "2026-03-04T15:00").provider->key, "bob");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT provider FROM appointments WHERE id = 1"),
           "Ann Lee");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT service_type FROM appointments WHERE id = 1"),
           "cut");
}

TEST(moving_and_cancelling)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d);
    struct booking first = book(&d, "color", "ann", "2026-03-03T10:00");
    struct booking other = book(&d, "cut", "ann", "2026-03-03T14:00");
    struct booking_request r = wish(&d, NULL, NULL, "2026-03-03T10:30");
    r.appointment_id = first.id;
    struct booking moved = act(&d, booking_move, r); /* its own time does not stand in the way */
    EQ_INT(moved.status, BOOKING_DONE);
    EQ_STR(text_of(&d.facts, moved.start), "2026-03-03T10:30");
    EQ_STR(text_of(&d.facts, moved.old_start), "2026-03-03T10:00");
    EQ_STR(moved.provider->key, "ann");
    EQ_INT(book(&d, "cut", "ann", "2026-03-03T10:00").status, BOOKING_DONE);

    r.start = local(&d.facts, "2026-03-03T13:15"); /* would run into the other one */
    moved = act(&d, booking_move, r);
    EQ_INT(moved.status, BOOKING_TAKEN);
    EQ_STR(text_of(&d.facts, moved.start), "2026-03-03T10:30");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM booked_times"), "27");
    EQ_INT(book(&d, "cut", "ann", "2026-03-03T11:00").status, BOOKING_TAKEN);

    r.customer_id = add_customer(d.fixture.store, "Else", "+15550100002");
    EQ_INT(act(&d, booking_move, r).status, BOOKING_NOT_FOUND);
    EQ_INT(act(&d, booking_cancel, r).status, BOOKING_NOT_FOUND);
    r.customer_id = d.customer;
    r.requests = "ill";
    EQ_INT(act(&d, booking_cancel, r).status, BOOKING_DONE);
    EQ_INT(act(&d, booking_cancel, r).status, BOOKING_ENDED);
    EQ_INT(act(&d, booking_move, r).status, BOOKING_ENDED);
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM booked_times"), "12");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT cancellation_reason FROM appointments WHERE "
                                         "status = 'cancelled'"),
           "ill");
    EQ_INT(book(&d, "cut", "ann", "2026-03-03T11:00").status, BOOKING_DONE);

    struct err e = {0};
    CLEANUP(store_return) struct db *db = NULL;
    struct booking *list = NULL;
    size_t n = 0;
    EQ_INT(store_borrow(d.fixture.store, &db, &e), 0);
    EQ_INT(booking_upcoming(db, d.pool, &d.facts, d.customer, d.now, &list, &n, &e), 0);
    if (EQ_INT(n, 3)) {
        EQ_STR(text_of(&d.facts, list[0].start), "2026-03-03T10:00");
        EQ_INT(list[2].id, other.id);
    }
}

TEST(what_others_cancelled_is_free)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d);
    EQ_INT(book(&d, "cut", "ann", "2026-03-03T10:00").status, BOOKING_DONE);
    fixture_script(d.fixture.store, "UPDATE appointments SET status = 'cancelled';");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM booked_times"), "6");
    EQ_INT(book(&d, "color", "ann", "2026-03-03T09:45").status, BOOKING_DONE);
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM booked_times"), "15");
}

TEST(how_it_went)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d);
    struct booking_request r = {.appointment_id = book(&d, "cut", "ann", "2026-03-03T10:00").id};
    struct booking b = {0};
    struct err e = {0};
    for (int i = 0; i < 3; i++) {
        static const enum booking_status want[] = {BOOKING_TOO_SOON, BOOKING_DONE, BOOKING_ENDED};
        struct closing c = {&d, &r, &b};
        EQ_INT(store_write(d.fixture.store, close_in, &c, &e), 0);
        EQ_INT(b.status, want[i]);
        d.now = local(&d.facts, "2026-03-03T10:30");
    }
    EQ_STR(fixture_cell(d.fixture.store, "SELECT status FROM appointments"), "no_show");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM booked_times"), "0");
}

TEST(what_others_wrote_counts)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d);
    fixture_script(d.fixture.store,
                   "INSERT INTO appointments (customer_id, appointment_datetime, service_type, "
                   "provider, duration_minutes, status) VALUES "
                   "(1, '2026-03-04T16:00:00.000000Z', 'cut', 'Ann Lee', 60, 'scheduled'),"
                   "(1, '2026-03-04T16:00:00.000000Z', 'cut', 'Robert Stone', 30, 'scheduled'),"
                   "(1, '2026-03-04T18:00:00.000000Z', 'cut', 'Ann Lee', 60, 'cancelled'),"
                   "(1, '2026-03-04T19:00:00.000000Z', 'cut', NULL, 60, 'scheduled');");
    EQ_INT(book(&d, "cut", NULL, "2026-03-04T11:00").status, BOOKING_TAKEN);
    EQ_STR(book(&d, "cut", NULL, "2026-03-04T11:30").provider->key, "bob");
    EQ_INT(book(&d, "cut", "ann", "2026-03-04T13:00").status, BOOKING_DONE);
    EQ_INT(book(&d, "cut", "ann", "2026-03-04T14:00").status, BOOKING_DONE);
    struct booking_busy busy[] = {
        {"ann", local(&d.facts, "2026-03-06T00:00"), local(&d.facts, "2026-03-06T15:00")},
        {NULL, local(&d.facts, "2026-03-06T15:30"), local(&d.facts, "2026-03-06T23:00")},
    };
    struct booking_query q = ask(&d, "cut", NULL, "2026-03-06T00:00", "2026-03-07T00:00", 9);
    q.busy = busy;
    q.n_busy = 2;
    EQ_STR(found(&d, &q), "03-06 15:00 ann");
    struct booking_request r = wish(&d, "cut", NULL, "2026-03-06T10:00");
    r.busy = busy;
    r.n_busy = 2;
    EQ_INT(act(&d, booking_make, r).status, BOOKING_TAKEN);
}

#define THREADS 50

struct racer {
    struct desk *desk;
    int slots; /* among so many times, a quarter of an hour apart... */
    int number;
    struct booking booking;
    size_t alternatives;
    int rc;
};

static int race_in(struct db *db, void *arg, struct err *e)
{
    struct racer *r = arg;
    struct desk *d = r->desk;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct booking_request wanted = wish(d, "cut", "ann", "2026-03-03T09:00");
    wanted.start.us += (int64_t)(r->number % r->slots) * 30 * 60 * US_PER_SECOND;
    struct booking b = {0};
    int rc = booking_make(db, p, &d->facts, &wanted, d->now, &b, e);
    r->booking = (struct booking){.status = b.status, .id = b.id};
    r->alternatives = 0;
    if (rc == 0 && b.status == BOOKING_TAKEN) {
        struct booking_query q = ask(d, "cut", "ann", NOW, "2026-03-10T00:00", 3);
        struct booking_slot *slots;
        rc = booking_near(db, p, &d->facts, &q, wanted.start, d->now, &slots, &r->alternatives, e);
    }
    return rc;
}

static void *race(void *arg)
{
    struct racer *r = arg;
    struct err e = {0};
    r->rc = store_write(r->desk->fixture.store, race_in, r, &e);
    return NULL;
}

static void run_race(int slots)
{
    CLEANUP(desk_clear) struct desk d;
    pthread_t threads[THREADS];
    struct racer racers[THREADS];
    desk_init(&d);
    d.fixture.config.busy_ms = 30000;
    fixture_reopen(&d.fixture);
    for (int i = 0; i < THREADS; i++) {
        racers[i] = (struct racer){.desk = &d, .slots = slots, .number = i};
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    int booked = 0, taken = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        EQ_INT(racers[i].rc, 0);
        booked += racers[i].booking.status == BOOKING_DONE && racers[i].booking.id > 0;
        taken += racers[i].booking.status == BOOKING_TAKEN && racers[i].alternatives == 3;
    }
    EQ_INT(booked, slots);
    EQ_INT(taken, THREADS - slots);
    char want[20];
    snprintf(want, sizeof want, "%d", slots);
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM appointments"), want);
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(DISTINCT appointment_datetime) FROM "
                                         "appointments"),
           want);
    snprintf(want, sizeof want, "%d", 6 * slots);
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM booked_times"), want);
}

TEST(fifty_want_one_time)
{
    run_race(1);
}

TEST(fifty_want_ten_times)
{
    run_race(10);
}

int main(void)
{
    return tap_run();
}
