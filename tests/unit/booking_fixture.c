/* SPDX-License-Identifier: Apache-2.0 */
/* The facts are literals; only the zone is read. */
#include "booking_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "domain/zone.h"
#include "store/customers.h"

static const struct facts_service services[] = {
    {.key = "cut",
     .name = "Haircut",
     .duration_minutes = 30,
     .price_from_cents = 4000,
     .price_to_cents = 4000},
    {.key = "color",
     .name = "Color",
     .duration_minutes = 60,
     .buffer_minutes = 15,
     .price_from_cents = 9000,
     .price_to_cents = 15050,
     .preparation = "Come with dry hair."},
    {.key = "nails",
     .name = "Nails",
     .duration_minutes = 45,
     .price_from_cents = -1,
     .price_to_cents = -1},
};
static const char *const anns[] = {"cut", "color", NULL};
static const char *const bobs[] = {"cut", NULL};
static const char *const bobs_names[] = {"Robert Stone", NULL};
static const struct facts_hours anns_hours[] = {
    {1, "09:00", "17:00"}, {2, "09:00", "17:00"}, {3, "09:00", "17:00"},
    {4, "12:00", "20:00"}, {5, "09:00", "17:00"},
};
static const struct facts_hours bobs_hours[] = {{1, "10:00", "18:00"}, {3, "10:00", "18:00"}};
static const struct facts_hours hours[] = {
    {1, "09:00", "18:00"}, {2, "09:00", "18:00"}, {3, "09:00", "18:00"},
    {4, "09:00", "20:00"}, {5, "09:00", "18:00"}, {6, "10:00", "14:00"},
};
static const struct facts_provider providers[] = {
    {.key = "ann",
     .name = "Ann Lee",
     .title = "Stylist",
     .services = anns,
     .n_hours = 5,
     .hours = anns_hours},
    {.key = "bob",
     .name = "Bob Stone",
     .services = bobs,
     .synonyms = bobs_names,
     .n_hours = 2,
     .hours = bobs_hours},
};
static struct facts_closure closures[2];

struct facts salon(struct pool *p)
{
    struct facts f = {
        .business_name = "The Salon",
        .time_zone = "America/New_York",
        .booking_notice_minutes = 60,
        .booking_horizon_days = 60,
        .n_services = ARRAY_SIZE(services),
        .services = services,
        .n_providers = ARRAY_SIZE(providers),
        .providers = providers,
        .n_hours = ARRAY_SIZE(hours),
        .hours = hours,
        .n_closures = ARRAY_SIZE(closures),
        .closures = closures,
    };
    if (zone_load(p, f.time_zone, &f.zone, NULL) != 0) {
        printf("Bail out! no time zones\n");
        exit(1);
    }
    int64_t march = days_from_civil(2026, 3, 1) - 1;
    closures[0] = (struct facts_closure){march + 18, march + 18, NULL, "inventory"};
    closures[1] = (struct facts_closure){march + 23, march + 23, "bob", NULL};
    return f;
}

struct wall local(const struct facts *f, const char *text)
{
    int year, month, day, hour, minute;
    if (sscanf(text, "%d-%d-%dT%d:%d", &year, &month, &day, &hour, &minute) != 5) {
        printf("Bail out! %s is no time\n", text);
        exit(1);
    }
    return zone_moment(f->zone, days_from_civil(year, month, day), hour * 60 + minute);
}

const char *text_of(const struct facts *f, struct wall at)
{
    static _Thread_local char texts[4][40];
    static _Thread_local unsigned next;
    struct local_time t = zone_local(f->zone, at);
    int64_t year;
    int month, day;
    civil_from_days(t.days, &year, &month, &day);
    char *text = texts[next++ % 4];
    snprintf(text, sizeof texts[0], "%04d-%02d-%02dT%02d:%02d", (int)year % 10000, month % 100,
             day % 100, t.minutes / 60, t.minutes % 60);
    return text;
}

struct adding {
    struct customer_new customer;
    int64_t id;
};

static int add_one(struct db *db, void *arg, struct err *e)
{
    struct adding *a = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    return customers_insert(db, p, &a->customer, &a->id, e);
}

int64_t add_customer(struct store *s, const char *name, const char *phone)
{
    struct adding a = {.customer = {.name = name, .phone = phone, .at = wall_now()}};
    struct err e = {0};
    if (store_write(s, add_one, &a, &e) != 0) {
        printf("Bail out! no customer: %s\n", e.text);
        exit(1);
    }
    return a.id;
}

struct run {
    booking_fn *fn;
    struct pool *pool;
    const struct facts *facts;
    const struct booking_request *request;
    struct wall now;
    struct booking *out;
};

static int run_one(struct db *db, void *arg, struct err *e)
{
    struct run *r = arg;
    return r->fn(db, r->pool, r->facts, r->request, r->now, r->out, e);
}

int run_booking(struct store *s, struct pool *p, const struct facts *f, booking_fn *fn,
                const struct booking_request *r, struct wall now, struct booking *out)
{
    struct run run = {fn, p, f, r, now, out};
    struct err e = {0};
    int rc = store_write(s, run_one, &run, &e);
    if (rc < 0) {
        printf("# %s\n", e.text);
    }
    return rc;
}
