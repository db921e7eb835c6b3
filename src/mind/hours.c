/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The week as intervals in minutes; one that reaches past midnight belongs to the day on which it
 * began. All arithmetic is in local minutes, so summer time never moves an opening hour.
 */
#include "mind/hours.h"

#include "domain/zone.h"
#include "mind/say.h"

struct span {
    int opens, closes; /* minutes from the day's midnight; closes may exceed 1440 */
};

/* What is asked, of all that the text mentions. */
struct asked {
    int n;            /* different weekdays */
    bool weekdays[8]; /* 1 Monday to 7 Sunday */
    int64_t day;      /* the first; -1: none */
    int minutes;      /* since midnight; -1: no time was said */
    bool half_assumed;
};

#define SPANS_MAX 4

struct day {
    size_t n;
    struct span spans[SPANS_MAX];
};

static int minutes_of(const char *hhmm)
{
    int64_t hour = 0, minute = 0;
    struct str rest = str_of(hhmm);
    struct str head = str_cut(&rest, ':');
    bool ok = str_to_i64(head, &hour) && rest.p && str_to_i64(rest, &minute);
    return ok && hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 ? (int)(hour * 60 + minute)
                                                                       : -1;
}

static struct day day_of(const struct facts *f, int weekday)
{
    struct day d = {0};
    for (size_t i = 0; i < f->n_hours && d.n < SPANS_MAX; i++) {
        struct span s = {minutes_of(f->hours[i].opens), minutes_of(f->hours[i].closes)};
        if (f->hours[i].weekday == weekday && s.opens >= 0 && s.closes >= 0) {
            s.closes += s.closes <= s.opens ? 1440 : 0;
            d.spans[d.n++] = s;
        }
    }
    return d;
}

static int next_weekday(int weekday, int by)
{
    return (weekday - 1 + by) % 7 + 1;
}

/* When it is open at that minute: until when (minutes of that day); else -1. */
static int open_until(const struct facts *f, int weekday, int minute)
{
    struct day today = day_of(f, weekday), before = day_of(f, next_weekday(weekday, 6));
    for (size_t i = 0; i < today.n; i++) {
        if (minute >= today.spans[i].opens && minute < today.spans[i].closes) {
            return today.spans[i].closes;
        }
    }
    for (size_t i = 0; i < before.n; i++) {
        if (minute + 1440 < before.spans[i].closes) {
            return before.spans[i].closes - 1440;
        }
    }
    return -1;
}

static const char *say_spans(struct pool *p, enum channel c, const struct day *d)
{
    const char *parts[SPANS_MAX];
    for (size_t i = 0; i < d->n; i++) {
        parts[i] = pool_printf(p, "%s to %s", say_time(p, c, d->spans[i].opens),
                               say_time(p, c, d->spans[i].closes));
    }
    return say_list(p, parts, d->n);
}

static bool same_hours(const struct day *a, const struct day *b)
{
    return a->n == b->n && memcmp(a->spans, b->spans, a->n * sizeof a->spans[0]) == 0;
}

const char *hours_week(struct pool *p, const struct facts *f, enum channel c)
{
    const char *open[7], *closed[7];
    size_t n_open = 0, n_closed = 0;
    for (int first = 1, last; first <= 7; first = last + 1) {
        struct day d = day_of(f, first), next;
        for (last = first; last < 7 && (next = day_of(f, last + 1), same_hours(&d, &next));
             last++) {
        }
        if (d.n == 0) {
            for (int i = first; i <= last; i++) {
                closed[n_closed++] = say_weekday(i);
            }
            continue;
        }
        const char *days = first == last
                               ? say_weekday(first)
                               : pool_printf(p, "%s %s %s", say_weekday(first),
                                             last == first + 1 ? "and" : "to", say_weekday(last));
        open[n_open++] = pool_printf(p, "%s %s", days, say_spans(p, c, &d));
    }
    if (n_open == 0) {
        return NULL;
    }
    const char *said = open[0];
    for (size_t i = 1; i < n_open; i++) {
        said = pool_printf(p, "%s, %s", said, open[i]);
    }
    return n_closed ? pool_printf(p, "%s; closed on %s.", said, say_list(p, closed, n_closed))
                    : pool_printf(p, "%s.", said);
}

/* "today", "tomorrow (Tuesday)" or "on Tuesday", for a day so many after today. */
static const char *say_day(struct pool *p, int weekday, int after)
{
    if (after == 0) {
        return "today";
    }
    return after == 1 ? pool_printf(p, "tomorrow (%s)", say_weekday(weekday))
                      : pool_printf(p, "on %s", say_weekday(weekday));
}

/* The next opening after that minute of a day which lies `after` days from today. */
static const char *say_next(struct pool *p, const struct facts *f, enum channel c, int weekday,
                            int minute, int after)
{
    for (int i = 0; i <= 7; i++) {
        struct day d = day_of(f, next_weekday(weekday, i));
        for (size_t s = 0; s < d.n; s++) {
            if (i > 0 || d.spans[s].opens > minute) {
                return pool_printf(p, " We open %s at %s.",
                                   i == 0 && after > 0
                                       ? "that day"
                                       : say_day(p, next_weekday(weekday, i), after + i),
                                   say_time(p, c, d.spans[s].opens));
            }
        }
    }
    return "";
}

static const char *answer_now(struct pool *p, const struct facts *f, enum channel c,
                              const struct local_time *now)
{
    int until = open_until(f, now->weekday, now->minutes);
    if (until >= 0) {
        return pool_printf(p, "Yes, we are open right now, until %s.", say_time(p, c, until));
    }
    return pool_printf(p, "We are closed right now.%s",
                       say_next(p, f, c, now->weekday, now->minutes, 0));
}

/* "at 5" is the five o'clock at which the business is open, else the likelier half of the day. */
static int settle_half(const struct facts *f, int weekday, const struct asked *a)
{
    if (a->minutes == 0 && open_until(f, weekday, 1440) >= 0) {
        return 1440; /* Friday at midnight is the end of Friday */
    }
    int other = a->minutes < 720 ? a->minutes + 720 : a->minutes - 720;
    bool here = open_until(f, weekday, a->minutes) >= 0;
    bool there = a->half_assumed && open_until(f, weekday, other) >= 0;
    return there && !here ? other : a->minutes;
}

static const char *answer_time(struct pool *p, const struct facts *f, enum channel c, int weekday,
                               int after, const struct asked *a)
{
    int minute = settle_half(f, weekday, a);
    struct day d = day_of(f, weekday);
    const char *day = say_day(p, weekday, after);
    if (open_until(f, weekday, minute) >= 0) {
        return pool_printf(p, "Yes, we are open %s at %s. Our hours that day are %s.", day,
                           say_time(p, c, minute),
                           d.n ? say_spans(p, c, &d) : "those of the night before");
    }
    if (d.n == 0) {
        return pool_printf(p, "No, we are closed %s.%s", day,
                           say_next(p, f, c, weekday, 1440, after));
    }
    return pool_printf(p, "No, %s at %s we are closed. Our hours that day are %s.", day,
                       say_time(p, c, minute), say_spans(p, c, &d));
}

static const char *answer_day(struct pool *p, const struct facts *f, enum channel c, int weekday,
                              int after, bool yes)
{
    struct day d = day_of(f, weekday);
    const char *day = say_day(p, weekday, after);
    if (d.n == 0) {
        return pool_printf(p, "%swe are closed %s.%s", yes ? "No, " : "", day,
                           say_next(p, f, c, weekday, 1440, after));
    }
    return pool_printf(p, "%swe are open %s from %s.", yes ? "Yes, " : "", day,
                       say_spans(p, c, &d));
}

/* Has the day's last interval ended? */
static bool is_over(const struct facts *f, const struct local_time *now)
{
    struct day d = day_of(f, now->weekday);
    return d.n > 0 && now->minutes >= d.spans[d.n - 1].closes;
}

static const char *answer_today(struct pool *p, const struct facts *f, enum channel c,
                                const struct local_time *now, bool yes)
{
    struct day d = day_of(f, now->weekday);
    if (is_over(f, now)) {
        return pool_printf(p, "We were open today from %s and are closed now.%s",
                           say_spans(p, c, &d), say_next(p, f, c, now->weekday, now->minutes, 0));
    }
    return answer_day(p, f, c, now->weekday, 0, yes);
}

/* Several days, or days without knowing what today is: each on its own, without "tomorrow". */
static const char *answer_weekdays(struct pool *p, const struct facts *f, enum channel c,
                                   const struct asked *a)
{
    const char *parts[7];
    size_t n = 0;
    for (int weekday = 1; weekday <= 7; weekday++) {
        struct day d = day_of(f, weekday);
        if (a->weekdays[weekday]) {
            parts[n++] = d.n ? pool_printf(p, "on %s we are open from %s", say_weekday(weekday),
                                           say_spans(p, c, &d))
                             : pool_printf(p, "on %s we are closed", say_weekday(weekday));
        }
    }
    char *said = pool_printf(p, "%s.", say_list(p, parts, n));
    said[0] = 'O';
    return said;
}

static const char *capital(struct pool *p, const char *sentence)
{
    char *copy = pool_strdup(p, sentence);
    if (copy[0] >= 'a' && copy[0] <= 'z') {
        copy[0] = (char)(copy[0] - ('a' - 'A'));
    }
    return copy;
}

/* The time that a mention asks about; of a window its only bound: "until 7", "after 5". */
static int time_of(const struct when_mention *m)
{
    bool until = m->from <= 8 * 60 && m->to < 20 * 60, after = m->from >= 17 * 60;
    return m->kind == WHEN_TIME || after ? m->from : m->kind == WHEN_WINDOW && until ? m->to : -1;
}

static struct asked asked_of(const struct when *when)
{
    struct asked a = {.day = -1, .minutes = -1};
    for (size_t i = 0; i < when->n; i++) {
        const struct when_mention *m = &when->list[i];
        if (m->kind != WHEN_DATE) {
            bool first = a.minutes < 0;
            a.minutes = first ? time_of(m) : a.minutes;
            a.half_assumed = first ? m->half_assumed : a.half_assumed;
            continue;
        }
        a.day = a.day < 0 ? m->day : a.day;
        for (int64_t day = m->day; day <= m->last_day && day < m->day + 7; day++) {
            int weekday = weekday_of_days(day);
            a.n += !a.weekdays[weekday];
            a.weekdays[weekday] = true;
        }
    }
    return a;
}

const char *hours_answer(struct pool *p, const struct facts *f, enum channel c,
                         const struct hours_question *q, struct wall at)
{
    const char *week = hours_week(p, f, c);
    struct asked a = asked_of(q->when);
    if (!week) {
        return NULL;
    }
    if (a.n > 1 && a.n < 7) {
        return answer_weekdays(p, f, c, &a);
    }
    if (!f->zone || a.n == 7 || (a.n == 0 && !q->now && a.minutes < 0 && !q->closing)) {
        return pool_printf(p, "We are open %s", week);
    }
    struct local_time now = zone_local(f->zone, at);
    if (a.n == 0 && q->now && a.minutes < 0 && !q->closing) {
        return answer_now(p, f, c, &now);
    }
    int64_t day = a.n ? a.day : now.days;
    int after = (int)(day - now.days), on = weekday_of_days(day);
    if (a.minutes >= 0) {
        return capital(p, answer_time(p, f, c, on, after, &a));
    }
    if (after == 0) {
        return capital(p, answer_today(p, f, c, &now, !q->closing && !q->opening));
    }
    return capital(p, answer_day(p, f, c, on, after, !q->closing && !q->opening));
}
