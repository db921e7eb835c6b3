/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates and times by a table of what people write and say, at several moments; then what must hold
 * of any text: mentions in order, within the text, and none of what a text of nothing but numbers
 * or of ten thousand words could do.
 */
#include "tap.h"

#include <stdio.h>

#include "base/buf.h"
#include "domain/zone.h"
#include "mind/when.h"

static const struct moment {
    const char *zone, *now, *said_day;
    int said_from;
} WED = {"America/New_York", "2026-03-04T10:00:00-05:00", NULL, -1},
  SAID = {"America/New_York", "2026-03-04T10:00:00-05:00", "2026-03-10T00:00:00Z", 840},
  SUN = {"America/New_York", "2026-03-15T21:00:00-04:00", NULL, -1},
  END = {"America/New_York", "2026-03-31T12:00:00-04:00", NULL, -1},
  APR = {"America/New_York", "2026-04-12T12:00:00-04:00", NULL, -1},
  EVE = {"America/New_York", "2026-12-31T16:00:00-05:00", NULL, -1},
  FEB28 = {"America/New_York", "2026-02-28T10:00:00-05:00", NULL, -1},
  LEAP = {"America/New_York", "2028-02-29T10:00:00-05:00", NULL, -1},
  GAP = {"America/New_York", "2026-03-08T01:30:00-05:00", NULL, -1},
  OVERLAP = {"America/New_York", "2026-11-01T01:30:00-04:00", NULL, -1},
  AUCKLAND = {"Pacific/Auckland", "2026-03-04T10:00:00-05:00", NULL, -1};

static const struct row {
    const struct moment *at;
    const char *text, *mentions;
} rows[] = {
#define WHEN(at, text, mentions) {&at, text, mentions},
#include "when_rows.def"
#include "when_rows_more.def"
#include "when_rows_none.def"
#undef WHEN
};

static const char *const vocables[] = {
#define WORD(text, kind, value, flags) text,
#include "mind/when_words.def"
#undef WORD
};

static void put_day(struct buf *b, int64_t day)
{
    int64_t year;
    int month, of_month;
    civil_from_days(day, &year, &month, &of_month);
    buf_printf(b, "%04d-%02d-%02d", (int)year, month, of_month);
}

static void put_minutes(struct buf *b, int minutes)
{
    buf_printf(b, "%02d:%02d", minutes / 60, minutes % 60);
}

static void put_mention(struct buf *b, const struct when_mention *m)
{
    buf_puts(b, b->len ? " " : "");
    buf_puts(b, m->past ? "<" : "");
    buf_puts(b, m->vague ? "~" : "");
    buf_puts(b, m->negated ? "!" : "");
    if (m->kind == WHEN_DATE) {
        put_day(b, m->day);
        if (m->last_day != m->day) {
            buf_puts(b, "..");
            put_day(b, m->last_day);
        }
    } else {
        put_minutes(b, m->from);
        if (m->kind == WHEN_WINDOW) {
            buf_puts(b, "-");
            put_minutes(b, m->to);
        }
    }
    if (m->ambiguous) {
        buf_puts(b, "=");
        if (m->kind == WHEN_DATE) {
            put_day(b, m->other_day);
        } else {
            put_minutes(b, m->other_from);
        }
    }
}

static struct when_context context_of(struct pool *p, const struct moment *at)
{
    struct when_context c = {.said_day = -1, .said_from = at->said_from};
    OK(zone_load(p, at->zone, &c.zone, NULL) == 0);
    OK(wall_parse(str_of(at->now), &c.now));
    struct wall said;
    if (at->said_day && OK(wall_parse(str_of(at->said_day), &said))) {
        c.said_day = said.us / US_PER_DAY;
    }
    return c;
}

static struct when find(struct pool *p, const struct when_context *c, struct str text)
{
    struct words w;
    struct when found;
    words_read(p, text, &w);
    when_find(&w, c, &found);
    OK(found.n <= WHEN_MAX);
    for (size_t i = 0; i < found.n; i++) {
        const struct when_mention *m = &found.list[i];
        OK(m->first <= m->last && m->last < w.n);
        OK(i == 0 || m->first >= found.list[i - 1].first);
        OK(m->kind == WHEN_DATE ? m->day <= m->last_day && m->day >= 0
                                : m->from >= 0 && m->from <= m->to && m->to < 1440);
    }
    return found;
}

TEST(what_people_say)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(pool_free) struct pool *p = pool_new();
        struct when_context c = context_of(p, rows[i].at);
        tap_case("\"%s\"", rows[i].text);
        struct when found = find(p, &c, str_of(rows[i].text));
        struct buf b;
        buf_init(&b, 4096);
        for (size_t k = 0; k < found.n; k++) {
            put_mention(&b, &found.list[k]);
        }
        EQ_VIEW(buf_str(&b), rows[i].mentions);
        buf_clear(&b);
    }
    OK(ARRAY_SIZE(rows) >= 400);
}

TEST(the_table_is_sorted)
{
    for (size_t i = 1; i < ARRAY_SIZE(vocables); i++) {
        OK_MSG(strcmp(vocables[i - 1], vocables[i]) < 0, "%s", vocables[i]);
    }
}

TEST(which_words_it_were)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct when_context c = context_of(p, &WED);
    struct when found = find(p, &c, STR("can I come next tuesday at 2 p.m. please"));
    EQ_INT(found.n, 2);
    EQ_INT(found.list[0].first, 3);
    EQ_INT(found.list[0].last, 4);
    EQ_INT(found.list[1].first, 6);
    EQ_INT(found.list[1].last, 8);
}

/* A day that no year has is told apart from no day; what only looks like one is neither. */
TEST(days_that_there_are_not)
{
    static const struct {
        const char *text;
        int month, day;
    } no_days[] = {
        {"february 30 at 2pm", 2, 30},
        {"feb 30th", 2, 30},
        {"the 30th of february", 2, 30},
        {"31 april", 4, 31},
        {"on 2/30", 2, 30},
        {"30/2/2026", 2, 30},
        {"june 31st", 6, 31},
        {"february 29", 0, 0},
        {"february 28 at 10:30", 0, 0},
        {"march 31", 0, 0},
        {"2/30 units", 0, 0},
        {"march 9 or 30 minutes", 0, 0},
        {"30 minutes in february", 0, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(no_days); i++) {
        CLEANUP(pool_free) struct pool *p = pool_new();
        struct when_context c = context_of(p, &WED);
        tap_case("\"%s\"", no_days[i].text);
        struct when found = find(p, &c, str_of(no_days[i].text));
        EQ_INT(found.no_month, no_days[i].month);
        EQ_INT(found.no_day, no_days[i].day);
    }
}

TEST(huge_and_odd_texts)
{
    static const char *const pieces[] = {"tuesday ", "3/",    "1 ",    "9th of ", "between 2 and ",
                                         "half ",    "next ", "at ",   "12:",     "the day after ",
                                         "in ",      "a1",    "2026-", "march "};
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct when_context c = context_of(p, &WED);
    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
        struct buf b;
        buf_init(&b, 65536);
        tap_case("\"%s\" again and again", pieces[i]);
        while (b.len < 20000) {
            buf_puts(&b, pieces[i]);
        }
        (void)find(p, &c, buf_str(&b));
        buf_clear(&b);
    }
}

int main(void)
{
    return tap_run();
}
