/* SPDX-License-Identifier: Apache-2.0 */
/* When it is day where a recipient is: by number, by the customer's zone, and over clock changes.
 */
#include "domain/quiet.h"
#include "tap.h"

static const struct row {
    const char *address, *zone, *at, *until; /* until NULL: at once */
} rows[] = {
    /* New York, in winter: 21:00 to 08:00 is 02:00 to 13:00 UTC. */
    {"+12125550100", NULL, "2026-01-10T01:59:59Z", NULL},
    {"+12125550100", NULL, "2026-01-10T02:00:00Z", "2026-01-10T13:00:00Z"},
    {"+12125550100", NULL, "2026-01-10T12:59:59Z", "2026-01-10T13:00:00Z"},
    {"+12125550100", NULL, "2026-01-10T13:00:00Z", NULL},
    /* And in summer an hour before. */
    {"+12125550100", NULL, "2026-07-10T01:00:00Z", "2026-07-10T12:00:00Z"},
    {"+12125550100", NULL, "2026-07-10T12:00:00Z", NULL},
    /* The night in which clocks go forward, and the one in which they go back. */
    {"+12125550100", NULL, "2026-03-08T04:00:00Z", "2026-03-08T12:00:00Z"},
    {"+12125550100", NULL, "2026-11-01T03:00:00Z", "2026-11-01T13:00:00Z"},
    /* 850 is in two zones: from the eastern evening to the central morning. */
    {"+18505550100", NULL, "2026-01-10T02:00:00Z", "2026-01-10T14:00:00Z"},
    {"+18505550100", NULL, "2026-01-10T13:30:00Z", "2026-01-10T14:00:00Z"},
    {"+18505550100", NULL, "2026-01-10T14:00:00Z", NULL},
    /* Arizona has no summer time; London is not in America. */
    {"+16025550100", NULL, "2026-07-10T14:59:00Z", "2026-07-10T15:00:00Z"},
    {"+442079460958", NULL, "2026-07-10T06:59:00Z", "2026-07-10T07:00:00Z"},
    {"+442079460958", NULL, "2026-07-10T07:00:00Z", NULL},
    /* Toll-free, unknown, and e-mail: where the business is, which is Chicago. */
    {"+18005550100", NULL, "2026-01-10T13:30:00Z", "2026-01-10T14:00:00Z"},
    {"+79165550100", NULL, "2026-01-10T13:30:00Z", "2026-01-10T14:00:00Z"},
    {"ann@example.com", NULL, "2026-01-10T14:00:00Z", NULL},
    {NULL, NULL, "2026-01-10T13:30:00Z", "2026-01-10T14:00:00Z"},
    /* What is stored goes before the number, unless nobody knows it. */
    {"+12125550100", "America/Los_Angeles", "2026-01-10T13:00:00Z", "2026-01-10T16:00:00Z"},
    {"+12125550100", "Mars/Olympus", "2026-01-10T13:00:00Z", NULL},
    {"+12125550100", "", "2026-01-10T12:00:00Z", "2026-01-10T13:00:00Z"},
};

static struct wall at(const char *text)
{
    struct wall t = {0};
    OK(wall_parse(str_of(text), &t));
    return t;
}

TEST(nobody_is_woken)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct quiet_hours q = {21 * 60, 8 * 60, NULL};
    EQ_INT(zone_load(p, "America/Chicago", &q.business, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char got[WALL_TEXT_BYTES], want[WALL_TEXT_BYTES];
        const struct row *r = &rows[i];
        tap_case("%s %s", r->address ? r->address : "nobody", r->at);
        wall_format(quiet_until(p, &q, r->address, r->zone, at(r->at)), got);
        wall_format(at(r->until ? r->until : r->at), want);
        EQ_STR(got, want);
    }
    tap_case("%s", "");
}

TEST(hours_of_ones_own)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct quiet_hours none = {0, 0, NULL}, noon = {12 * 60, 13 * 60, NULL},
                       night = {22 * 60, 6 * 60, NULL};
    struct wall t = at("2026-01-10T12:30:00Z");
    EQ_INT(quiet_until(p, &none, NULL, NULL, t).us, t.us);
    EQ_INT(quiet_until(p, &noon, NULL, NULL, t).us, at("2026-01-10T13:00:00Z").us);
    EQ_INT(quiet_until(p, &night, NULL, NULL, t).us, t.us);
    EQ_INT(quiet_until(p, &night, NULL, NULL, at("2026-01-10T23:00:00Z")).us,
           at("2026-01-11T06:00:00Z").us);
    EQ_INT(quiet_until(p, &night, NULL, NULL, at("2026-01-10T05:00:00Z")).us,
           at("2026-01-10T06:00:00Z").us);
}

/* Australia's zones are three hours apart, Brazil's four: there is a time for all. With hours that
 * leave none, it must come to an end all the same. */
TEST(zones_far_apart)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct quiet_hours q = {21 * 60, 8 * 60, NULL}, nearly_always = {9 * 60, 8 * 60, NULL};
    struct wall t = at("2026-01-10T12:00:00Z");
    const char *zones[NUMBER_ZONES_MAX];
    EQ_INT(number_zones(STR("+61291234567"), zones), 5);
    EQ_INT(quiet_until(p, &q, "+61291234567", NULL, t).us, at("2026-01-11T00:00:00Z").us);
    OK(quiet_until(p, &nearly_always, "+61291234567", NULL, t).us > t.us);
}

TEST(every_zone_of_the_table_exists)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    static const struct {
        const char *zone, *areas;
    } table[] = {
#define NUMBER_ZONE(zone, country, areas) {zone, areas},
#include "domain/number_zones.def"
#undef NUMBER_ZONE
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        const struct zone *z;
        tap_case("%s", table[i].zone);
        EQ_INT(zone_load(p, table[i].zone, &z, NULL), 0);
        EQ_INT(strlen(table[i].areas) % 4, table[i].areas[0] ? 3 : 0);
    }
    tap_case("%s", "");
}

TEST(times_of_day)
{
    int m = -1;
    OK(quiet_time("21:00", &m) && m == 1260);
    OK(quiet_time("8:30", &m) && m == 510);
    OK(quiet_time("00:00", &m) && m == 0);
    static const char *const wrong[] = {"",    "21",    "24:00", "12:60", "12:5",
                                        ":30", "1:2:3", "-1:00", "ab:cd"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        tap_case("%s", wrong[i]);
        OK(!quiet_time(wrong[i], &m));
    }
    tap_case("%s", "");
}

int main(void)
{
    return tap_run();
}
