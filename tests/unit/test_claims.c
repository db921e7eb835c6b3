/* SPDX-License-Identifier: Apache-2.0 */
/* What replies claim, by the table claim_rows.def, and whether moments fit what was said. */
#include "mind/claims.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/pool.h"
#include "tap.h"

static const struct {
    const char *reply, *claims;
} rows[] = {
#define CLAIM(reply, claims) {reply, claims},
#include "claim_rows.def"
#undef CLAIM
};

static char *written(struct pool *p, const struct claims *c)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1000);
    for (size_t i = 0; i < c->n; i++) {
        const struct claim *one = &c->list[i];
        if (one->kind == CLAIM_FREE || one->kind == CLAIM_TIME) {
            buf_printf(&b, "%c%zu", one->kind == CLAIM_FREE ? 'f' : 't', one->n_times);
        } else {
            buf_putc(&b, (one->deed ? "BMC" : "bmc")[one->kind]);
        }
    }
    return str_dup(p, buf_str(&b));
}

TEST(claims_are_found_and_nothing_else)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct claims c;
        tap_case("%s", rows[i].reply);
        claims_find(p, str_of(rows[i].reply), &c);
        EQ_STR(written(p, &c), rows[i].claims);
        pool_clear(p);
    }
}

/* Monday, 2026-03-02 */
static int64_t today(void)
{
    return days_from_civil(2026, 3, 2);
}

static const struct {
    const char *reply;
    const char *fits; /* of the first time said */
    const char *not_fits;
} moments[] = {
    {"I have Tuesday at 2 PM.", "2026-03-03T14:00", "2026-03-04T14:00"},
    {"I have Tuesday at 2 PM.", "2026-03-10T14:00", "2026-03-03T02:00"},
    {"I have Tuesday, March 3 at 2 PM.", "2026-03-03T14:00", "2026-03-10T14:00"},
    {"I have 2 PM on Tuesday or 3 PM on Friday.", "2026-03-03T14:00", "2026-03-06T14:00"},
    {"How about tomorrow at 2?", "2026-03-03T14:00", "2026-03-02T14:00"},
    {"How about today at 10:30 am?", "2026-03-02T10:30", "2026-03-02T22:30"},
    {"Is two fifteen PM on the 9th free for you?", "2026-03-09T14:15", "2026-03-10T14:15"},
    {"Noon is available.", "2026-03-09T12:00", "2026-03-10T00:00"},
    {"I can do 14:00 on Friday.", "2026-03-06T14:00", "2026-03-06T02:00"},
    {"Tuesday is good. I have 9 AM.", "2026-03-03T09:00", "2026-03-04T09:00"},
    {"We have forty five minutes free at ten forty five AM on Saturday", "2026-03-07T10:45",
     "2026-03-07T10:40"},
};

static void split(const char *text, int64_t *day, int *minutes)
{
    struct wall at = {0};
    char full[32];
    snprintf(full, sizeof full, "%s:00Z", text);
    OK(wall_parse(str_of(full), &at));
    *day = at.us / US_PER_DAY;
    *minutes = (int)(at.us % US_PER_DAY / (60 * US_PER_SECOND));
}

TEST(moments_fit_what_was_said)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
        struct claims c;
        int64_t day;
        int minutes;
        tap_case("%s", moments[i].reply);
        claims_find(p, str_of(moments[i].reply), &c);
        if (!OK(c.n == 1 && c.list[0].n_times >= 1)) {
            continue;
        }
        split(moments[i].fits, &day, &minutes);
        OK(claim_time_fits(&c.list[0].times[0], day, minutes, today()));
        split(moments[i].not_fits, &day, &minutes);
        OK(!claim_time_fits(&c.list[0].times[0], day, minutes, today()));
    }
}

TEST(a_reply_of_any_size_is_read)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1u << 20);
    for (int i = 0; i < 5000; i++) {
        buf_puts(&b, "I've booked 2 PM, 3 PM, 4 PM on Tuesday. I have 5 PM free. ");
    }
    struct claims c;
    claims_find(p, buf_str(&b), &c);
    EQ_INT(c.n, CLAIMS_MAX);
}

int main(void)
{
    return tap_run();
}
