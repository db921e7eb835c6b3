/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows: the parts of a day, what lies before or after a time, and from one time to another.
 * An open end is the day's: 8:00 or 20:00.
 */
#include "mind/when_private.h"

#define OPENS (8 * 60)
#define ENDS (20 * 60)
#define NOON 720

void part_window(enum part p, int *from, int *to)
{
    static const int windows[][2] = {{540, 720}, {720, 1020}, {1020, 1200}, {1020, 1200}};
    *from = windows[p][0];
    *to = windows[p][1];
}

static size_t window(struct reader *r, size_t first, size_t end, int from, int to)
{
    struct finding *f = report(r, WHEN_WINDOW, first, end);
    f->m.from = from;
    f->m.to = to;
    f->half_known = true;
    return end;
}

/* early, mid or late: the window of that share of a part. */
static void share_window(enum part p, enum token_kind share, int *from, int *to)
{
    static const int windows[][3][2] = {{{480, 600}, {600, 690}, {630, 720}},
                                        {{720, 840}, {810, 930}, {900, 1020}},
                                        {{1020, 1110}, {1080, 1170}, {1110, 1200}},
                                        {{1020, 1110}, {1080, 1170}, {1110, 1200}}};
    int k = share == W_EARLY || share == W_BEGINNING || share == W_EARLIER ? 0
            : share == W_MID                                               ? 1
                                                                           : 2;
    *from = windows[p][k][0];
    *to = windows[p][k][1];
}

static bool is_share(const struct reader *r, size_t i)
{
    return is(r, i, W_EARLY) || is(r, i, W_MID) || is(r, i, W_LATE) || is(r, i, W_LATER) ||
           is(r, i, W_EARLIER) || is(r, i, W_END) || is(r, i, W_BEGINNING);
}

/* Is it a greeting or a thing: "good morning", "Morning, can I ...", "night cream"? */
static bool no_part(const struct reader *r, size_t i)
{
    bool good = (is(r, i - 1, W_GOOD) && goes_on(r, i)) && !is(r, i - 2, W_BE);
    bool greets = i == 0 && (tok(r, 1)->gap & (GAP_COMMA | GAP_STOP)) && r->n > 2 &&
                  !is(r, 1, W_OR) && !is(r, 1, W_WEEKDAY) && !is(r, 1, W_BE) &&
                  !(tok(r, 1)->flags & F_LEAD && !is(r, 1, W_DO)) && !(tok(r, 0)->flags & F_PLURAL);
    bool thing = goes_on(r, i + 1) && (is(r, i + 1, W_OTHERWISE) || is(r, i + 1, W_UNIT));
    return good || greets || thing || (tok(r, i)->flags & F_WEAK && r->done != i);
}

/* The share before a day whose part follows: "late Thursday afternoon". */
static size_t share_before_day(const struct reader *r, size_t i)
{
    size_t first = ends_finding(r, i) && r->found[r->n_found - 1].m.kind == WHEN_DATE
                       ? r->found[r->n_found - 1].m.first
                       : 0;
    bool there =
        first > 0 && goes_on(r, i) && (is(r, first - 1, W_EARLY) || is(r, first - 1, W_LATE));
    return there ? first - 1 : r->n + 1;
}

/* morning, "in the evening", "early in the afternoon", "late morning". */
static size_t find_part(struct reader *r, size_t i)
{
    size_t at = i, share = r->n + 1;
    if (is_share(r, at)) {
        share = at++;
        at = skip(r, skip(r, at, W_IN), W_OF);
        at = skip(r, at, W_THE);
    }
    size_t part = at;
    enum part p;
    if (is(r, part, W_PART) && (part == i || goes_on(r, part))) {
        p = (enum part)tok(r, part)->value;
    } else if (is(r, part, W_TOMORROW) && tok(r, part)->value == 9 && is(r, part - 1, W_THE)) {
        p = PART_MORNING; /* por la manana */
    } else if (share == r->n + 1 && (is(r, part, W_AM) || is(r, part, W_PM)) && goes_on(r, part) &&
               (is(r, i - 1, W_THE) || is(r, i - 1, W_TOMORROW) ||
                (is(r, i - 1, W_OR) && is(r, i - 2, W_AM)) ||
                (on(r, i + 1, W_OR) && on(r, i + 2, W_PM)) || tok(r, i)->flags & F_PLURAL ||
                (is(r, i - 1, W_WEEKDAY) && !is(r, i + 1, W_I)))) {
        p = is(r, part, W_AM) ? PART_MORNING : PART_AFTERNOON;
    } else {
        return 0;
    }
    if (no_part(r, part)) {
        return 0;
    }
    int from, to;
    part_window(p, &from, &to);
    share = share > r->n ? share_before_day(r, i) : share;
    if (share < r->n) {
        share_window(p, (enum token_kind)tok(r, share)->kind, &from, &to);
    }
    window(r, i, part + 1, from, to);
    r->found[r->n_found - 1].part = (int)p;
    return part + 1;
}

/* after work, after school, before lunch */
static size_t find_after_work(struct reader *r, size_t i)
{
    bool after = is(r, i, W_AFTER);
    if (after && (on(r, i + 1, W_WORK) || on(r, i + 1, W_SCHOOL))) {
        return window(r, i, i + 2, is(r, i + 1, W_WORK) ? 1020 : 900, ENDS);
    }
    if ((after || is(r, i, W_BEFORE)) && on(r, i + 1, W_LUNCH)) {
        return window(r, i, i + 2, after ? 780 : OPENS, after ? ENDS : NOON);
    }
    return 0;
}

/* the end of the day, late in the day, early in the day */
static size_t find_end_of_day(struct reader *r, size_t i)
{
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    bool early = is(r, at, W_EARLY);
    if (!(early || is(r, at, W_END) || is(r, at, W_LATE) || is(r, at, W_LATER)) ||
        (at > i && !goes_on(r, at))) {
        return 0;
    }
    size_t day = skip(r, skip(r, at + 1, W_IN), W_OF);
    day = skip(r, day, W_THE);
    return day > at + 1 && on(r, day, W_DAY)
               ? window(r, i, day + 1, early ? OPENS : 960, early ? 600 : ENDS)
               : 0;
}

/* lunchtime, first thing, any time, all day */
static size_t find_saying(struct reader *r, size_t i)
{
    if (is(r, i, W_LUNCH)) {
        bool time = on(r, i + 1, W_HOUR) || on(r, i + 1, W_TIME);
        return time || !counted_by(r, i + 1) ? window(r, i, i + 1 + time, 690, 810) : 0;
    }
    if (is(r, i, W_ORDINAL) && tok(r, i)->value == 1 && on(r, i + 1, W_THING)) {
        bool morning = on(r, i + 2, W_IN) && on(r, i + 3, W_THE) && on(r, i + 4, W_PART);
        return window(r, i, morning ? i + 5 : i + 2, OPENS, 600);
    }
    if ((is(r, i, W_ALL) && on(r, i + 1, W_DAY)) || (is(r, i, W_ANY) && on(r, i + 1, W_TIME))) {
        return window(r, i, i + 2, OPENS, ENDS);
    }
    return is(r, i, W_ANYTIME) ? window(r, i, i + 1, OPENS, ENDS) : 0;
}

/* Early or late beside a day: "early tomorrow", "Tuesday early". */
static size_t find_early(struct reader *r, size_t i)
{
    size_t after = i + 1 + on(r, i + 1, W_ON) + 1;
    bool other =
        on(r, after, W_PART) || is(r, i - 1, W_BE) || is(r, i - 1, W_I) || is(r, i - 1, W_TOO);
    bool day_next = on(r, i + 1, W_TOMORROW) || on(r, i + 1, W_TODAY) || on(r, i + 1, W_WEEKDAY) ||
                    (on(r, i + 1, W_ON) && on(r, i + 2, W_WEEKDAY));
    bool day_before = r->n_found > 0 && r->done == i && goes_on(r, i) && may_follow(r, i + 1) &&
                      r->found[r->n_found - 1].m.kind == WHEN_DATE;
    if (!other && (day_next || day_before) && (is(r, i, W_EARLY) || is(r, i, W_LATE))) {
        bool early = is(r, i, W_EARLY);
        return window(r, i, i + 1, early ? OPENS : 900, early ? 600 : 1020);
    }
    return 0;
}

/* Two times as a range: what one says of its half holds for the other as well. */
static void settle_range(struct clock_time *a, struct clock_time *b)
{
    if (a->half_known && !b->half_known) {
        int m = b->minutes % NOON;
        b->minutes = m > a->minutes ? m : m + NOON;
    } else if (b->half_known && !a->half_known) {
        int m = a->minutes % NOON;
        a->minutes = m + NOON < b->minutes ? m + NOON : m;
    } else if (!a->half_known) {
        int m = b->minutes % NOON;
        b->minutes = m > a->minutes ? m : m + NOON;
    }
}

/* between 2 and 4, from 2 to 4, 2-4pm. */
static size_t find_range(struct reader *r, size_t i)
{
    bool between = is(r, i, W_BETWEEN), from = is(r, i, W_FROM);
    struct clock_time a, b;
    size_t second = i + (between || from);
    if (second > i && !goes_on(r, second)) {
        return 0;
    }
    size_t end = read_clock(r, second, &a);
    if (!end) {
        return 0;
    }
    bool dash = tok(r, end)->gap & GAP_DASH;
    bool word = on(r, end, W_TO) || on(r, end, W_TILL) || on(r, end, W_UNTIL) ||
                on(r, end, W_THROUGH) || (on(r, end, W_AND) && between);
    size_t last = word ? read_clock(r, end + 1, &b) : dash ? read_clock(r, end, &b) : 0;
    if (!last) {
        return 0;
    }
    bool sure = between || from || a.certain || b.certain;
    bool vague = false, day = r->n_found > 0 && r->done == second;
    bool announced_here = day || second == 0 || (tok(r, second)->gap & (GAP_STOP | GAP_COMMA)) ||
                          is(r, second - 1, W_AT) || is(r, second - 1, W_AROUND) ||
                          (tok(r, second - 1)->flags & F_LEAD) || is(r, second - 1, W_OR);
    bool dated = tok(r, second)->digits > 2 && !a.certain; /* 1000-2000 */
    if (dated || (word && moves(r, i)) || (!sure && !(announced_here && may_follow(r, last))) ||
        tok(r, last)->gap & GAP_DASH) {
        return 0;
    }
    settle_range(&a, &b);
    if (b.minutes <= a.minutes) {
        return 0;
    }
    struct finding *f = report(r, WHEN_WINDOW, i, last);
    f->m.from = a.minutes;
    f->m.to = b.minutes;
    f->m.vague = vague;
    f->half_known = a.half_known || b.half_known;
    f->range = true;
    return last;
}

/* The "or later", "or earlier", "onwards" after a time. */
static int open_side(const struct reader *r, size_t end, size_t *after)
{
    bool alternative = on(r, end, W_OR) || on(r, end, W_AND);
    size_t at = end + alternative;
    *after = at + 1;
    if ((on(r, at, W_ONWARDS) && !is(r, end, W_OR)) ||
        (alternative && (on(r, at, W_LATER) || (on(r, at, W_AFTER) && may_follow(r, at + 1))))) {
        return 1;
    }
    if (alternative && (on(r, at, W_EARLIER) || (on(r, at, W_BEFORE) && may_follow(r, at + 1)))) {
        return -1;
    }
    if (on(r, end, W_ON) && (tok(r, end + 1)->gap & (GAP_STOP | GAP_COMMA))) {
        *after = end + 1;
        return 1; /* from 3 on */
    }
    return 0;
}

/* What bounds the time after it: 1 after, -1 before, 0 nothing; *at is where the time begins. */
static int read_bound(const struct reader *r, size_t i, size_t *at)
{
    bool starting = is(r, i, W_STARTING) && (on(r, i + 1, W_AT) || on(r, i + 1, W_FROM));
    bool than = on(r, i + 1, W_THAN);
    int side = 0;
    *at = starting || than ? i + 2 : i + 1;
    switch (tok(r, i)->kind) {
    case W_AFTER:
    case W_PAST:
        side = 1;
        break;
    case W_BEFORE:
    case W_BY:
    case W_UNTIL:
    case W_TILL:
        side = -1;
        break;
    case W_LATER:
    case W_EARLIER:
        side = !than ? 0 : is(r, i, W_LATER) ? 1 : -1;
        break;
    case W_FROM:
        side = !moves(r, i);
        break;
    default:
        side = starting;
    }
    *at = side ? skip(r, skip(r, *at, W_AROUND), W_AT) : i;
    return side;
}

/* Is the number that was read as a time a count: "after one session", "before 300 ..."? */
static bool no_bound(const struct reader *r, size_t at, size_t end, const struct clock_time *c)
{
    const struct token *t = tok(r, at);
    bool one = c->word && t->value == 1 && !may_follow(r, end);
    bool odd = t->kind == W_NUMBER && t->digits > 2;
    bool noun = is(r, end, W_OTHER) && goes_on(r, end);
    return !c->certain && (one || odd || noun);
}

/* after 3, before noon, by 4, until 3, no later than 4, from 3 on, 5 or later. */
static size_t find_bound(struct reader *r, size_t i)
{
    size_t at, after;
    int side = read_bound(r, i, &at);
    bool from = is(r, i, W_FROM) || is(r, i, W_STARTING);
    struct clock_time c;
    size_t end = at == i || goes_on(r, at) ? read_clock(r, at, &c) : 0;
    if (!end || no_bound(r, at, end, &c)) {
        return 0;
    }
    int open = open_side(r, end, &after);
    bool to = is(r, end, W_TO) || !may_follow(r, end);
    if (!open && (!side || (from && to))) {
        return 0;
    }
    if (is(r, i - 1, W_NOT) || is(r, i - 1, W_NO)) {
        side = is(r, i, W_UNTIL) || is(r, i, W_TILL) ? 1 : -side; /* no later than 4 */
    }
    side = open ? open : side;
    end = open ? after : end;
    struct finding *f = report(r, WHEN_WINDOW, i, end);
    f->half_known = c.half_known;
    f->m.from = side > 0 ? c.minutes : MIN_OF(OPENS, c.minutes);
    f->m.to = side < 0 ? c.minutes : c.minutes < ENDS ? ENDS : 1439;
    if (!c.half_known && side < 0 && c.minutes <= OPENS) { /* before 7 */
        f->m.from = OPENS;
        f->m.to = c.minutes + NOON;
    }
    return end;
}

size_t find_window(struct reader *r, size_t i)
{
    static size_t (*const finders[])(struct reader *, size_t) = {
        find_range, find_after_work, find_end_of_day, find_saying,
        find_part,  find_early,      find_bound};
    for (size_t k = 0; k < ARRAY_SIZE(finders); k++) {
        size_t end = finders[k](r, i);
        if (end) {
            return end;
        }
    }
    return 0;
}
