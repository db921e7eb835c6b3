/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones against known offsets, the edges of summer time, and damaged files. */
#include "tap.h"

#include "base/pool.h"
#include "domain/zone.h"

static const struct zone *zone_of(struct pool *p, const char *name)
{
    const struct zone *z = NULL;
    EQ_INT(zone_load(p, name, &z, NULL), 0);
    return z;
}

static struct wall at(const char *text)
{
    struct wall t = {0};
    OK(wall_parse(str_of(text), &t));
    return t;
}

TEST(offsets)
{
    static const struct {
        const char *zone, *at;
        int minutes;
    } rows[] = {
        {"UTC", "2026-07-01T00:00:00Z", 0},
        {"America/New_York", "2026-03-08T06:59:59Z", -300},
        {"America/New_York", "2026-03-08T07:00:00Z", -240},
        {"America/New_York", "2026-11-01T05:59:59Z", -240},
        {"America/New_York", "2026-11-01T06:00:00Z", -300},
        {"America/New_York", "2090-07-01T00:00:00Z", -240}, /* beyond the last transition */
        {"America/New_York", "2090-12-01T00:00:00Z", -300},
        {"America/New_York", "1900-01-01T00:00:00Z", -300},
        {"Europe/London", "2026-03-29T01:00:00Z", 60},
        {"Europe/London", "2060-03-28T00:59:59Z", 0},
        {"Europe/London", "2060-03-28T01:00:00Z", 60},
        {"Europe/Dublin", "2055-01-10T00:00:00Z", 0}, /* negative summer time */
        {"Europe/Dublin", "2055-07-10T00:00:00Z", 60},
        {"Australia/Sydney", "2050-01-10T00:00:00Z", 660}, /* the southern half */
        {"Australia/Sydney", "2050-07-10T00:00:00Z", 600},
        {"Asia/Kolkata", "2026-01-01T00:00:00Z", 330},
        {"Asia/Kathmandu", "2050-01-01T00:00:00Z", 345},
        {"America/Sao_Paulo", "2050-01-01T00:00:00Z", -180},
    };
    CLEANUP(pool_free) struct pool *p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s at %s", rows[i].zone, rows[i].at);
        const struct zone *z = zone_of(p, rows[i].zone);
        if (OK(z)) {
            EQ_INT(zone_offset(z, at(rows[i].at)) / 60, rows[i].minutes);
        }
    }
}

TEST(local_times_and_back)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const struct zone *z = zone_of(p, "America/New_York");
    struct local_time t = zone_local(z, at("2026-03-10T15:00:00Z"));
    EQ_INT(t.weekday, 2);
    EQ_INT(t.minutes, 11 * 60);
    EQ_INT(t.days, days_from_civil(2026, 3, 10));
    for (int64_t hour = 0; hour < 24 * 400; hour++) { /* every hour of a year and more */
        struct wall moment = {at("2026-01-01T00:30:00Z").us + hour * 3600 * US_PER_SECOND};
        struct local_time local = zone_local(z, moment);
        int64_t back = zone_moment(z, local.days, local.minutes).us;
        int64_t early = moment.us - back; /* an hour, in the second of the two in autumn */
        OK_MSG(early == 0 || early == 3600 * US_PER_SECOND, "hour %d", (int)hour);
    }
    /* 02:30 does not exist on 8 March; 01:30 is there twice on 1 November. */
    EQ_INT(zone_moment(z, days_from_civil(2026, 3, 8), 150).us, at("2026-03-08T07:30:00Z").us);
    EQ_INT(zone_moment(z, days_from_civil(2026, 11, 1), 90).us, at("2026-11-01T05:30:00Z").us);
}

TEST(names_that_are_none)
{
    static const char *const names[] = {"",
                                        "Nowhere/City",
                                        "../../../etc/passwd",
                                        "/etc/passwd",
                                        "America/",
                                        "America//New_York",
                                        "America",
                                        "zone.tab",
                                        "a b",
                                        NULL};
    CLEANUP(pool_free) struct pool *p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const struct zone *z = NULL;
        struct err e = {0};
        tap_case("%s", names[i] ? names[i] : "NULL");
        OK(zone_load(p, names[i], &z, &e) < 0);
        OK(!z && e.text[0]);
    }
}

TEST(damaged_files_are_refused_or_read)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    char bytes[8192];
    FILE *f = fopen("/usr/share/zoneinfo/America/New_York", "rb");
    if (!OK(f)) {
        return;
    }
    size_t n = fread(bytes, 1, sizeof bytes, f);
    OK(fclose(f) == 0);
    for (size_t cut = 0; cut < n; cut++) { /* the sanitizer watches */
        const struct zone *z = NULL;
        struct str part = {pool_strndup(p, bytes, cut), cut};
        OK(zone_parse(p, part, &z, NULL) < 0);
        if (cut % 64 == 0) {
            pool_clear(p);
        }
    }
    for (size_t i = 0; i < n; i++) {
        const struct zone *z = NULL;
        char *copy = pool_strndup(p, bytes, n);
        copy[i] = (char)(copy[i] ^ 0xFF);
        if (zone_parse(p, (struct str){copy, n}, &z, NULL) == 0) {
            (void)zone_offset(z, at("2026-07-01T00:00:00Z"));
            (void)zone_offset(z, at("2099-07-01T00:00:00Z"));
        }
        pool_clear(p);
    }
}

int main(void)
{
    return tap_run();
}
