/* SPDX-License-Identifier: Apache-2.0 */
/* Local times are asked of the zones each time, so summer time needs no thought here. */
#include "domain/quiet.h"

#include <stdio.h>

#define ROUNDS_MAX 16 /* of moving from one zone's morning to another's */
#define US_PER_MINUTE (60 * US_PER_SECOND)

static const struct number_zone {
    const char *zone;
    int country;
    const char *areas; /* three digits each, with spaces between */
} table[] = {
#define NUMBER_ZONE(zone, country, areas) {zone, country, areas},
#include "domain/number_zones.def"
#undef NUMBER_ZONE
};

static bool has_area(const char *areas, struct str digits)
{
    for (const char *a = areas; *a; a += a[3] ? 4 : 3) {
        if (digits.n >= 3 && memcmp(a, digits.p, 3) == 0) {
            return true;
        }
    }
    return false;
}

size_t number_zones(struct str number, const char *out[NUMBER_ZONES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(table) && n < NUMBER_ZONES_MAX; i++) {
        char code[8];
        int digits = snprintf(code, sizeof code, "+%d", table[i].country);
        if (!str_starts(number, (struct str){code, (size_t)digits})) {
            continue;
        }
        struct str rest = {number.p + digits, number.n - (size_t)digits};
        if (table[i].areas[0] == '\0' || has_area(table[i].areas, rest)) {
            out[n++] = table[i].zone;
        }
    }
    return n;
}

bool quiet_time(const char *text, int *minutes_out)
{
    struct str rest = str_of(text);
    struct str hour = str_cut(&rest, ':');
    int64_t h, m;
    bool ok = rest.p && hour.n >= 1 && hour.n <= 2 && rest.n == 2 && str_to_i64(hour, &h) &&
              str_to_i64(rest, &m) && h >= 0 && h <= 23 && m >= 0 && m <= 59;
    if (ok) {
        *minutes_out = (int)(h * 60 + m);
    }
    return ok;
}

static bool is_quiet(const struct quiet_hours *q, int minutes)
{
    return q->from < q->to ? minutes >= q->from && minutes < q->to
                           : q->from != q->to && (minutes >= q->from || minutes < q->to);
}

/* When it ends being quiet there; `at` itself when it is not. */
static struct wall morning(const struct quiet_hours *q, const struct zone *z, struct wall at)
{
    if (!z) { /* UTC */
        int64_t days = at.us / US_PER_DAY;
        int minutes = (int)(at.us % US_PER_DAY / US_PER_MINUTE);
        if (!is_quiet(q, minutes)) {
            return at;
        }
        return (struct wall){(days + (minutes >= q->to)) * US_PER_DAY + q->to * US_PER_MINUTE};
    }
    struct local_time local = zone_local(z, at);
    if (!is_quiet(q, local.minutes)) {
        return at;
    }
    return zone_moment(z, local.days + (local.minutes >= q->to), q->to);
}

/* Where the recipient may be; one that is NULL is UTC. At least one. */
static size_t zones_of(struct pool *p, const struct quiet_hours *q, const char *address,
                       const char *zone_name, const struct zone *out[NUMBER_ZONES_MAX])
{
    const char *names[NUMBER_ZONES_MAX];
    size_t n = 0;
    if (zone_name && zone_name[0] && zone_load(p, zone_name, &out[0], NULL) == 0) {
        return 1;
    }
    size_t named = address ? number_zones(str_of(address), names) : 0;
    for (size_t i = 0; i < named; i++) {
        n += zone_load(p, names[i], &out[n], NULL) == 0;
    }
    if (n == 0) {
        out[n++] = q->business;
    }
    return n;
}

struct wall quiet_until(struct pool *p, const struct quiet_hours *q, const char *address,
                        const char *zone_name, struct wall at)
{
    const struct zone *zones[NUMBER_ZONES_MAX];
    if (q->from == q->to) {
        return at;
    }
    size_t n = zones_of(p, q, address, zone_name, zones);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct wall before = at;
        for (size_t i = 0; i < n; i++) {
            at = morning(q, zones[i], at);
        }
        if (at.us == before.us) {
            break;
        }
    }
    return at;
}
