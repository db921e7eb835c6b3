/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any expression of a day: today, in three days, a week from Friday, the day after, by the 9th.
 * The words before and after a day that bound it ("after Tuesday") make it a span.
 */
#include "mind/when_private.h"

/* today, tomorrow, tonight, "this morning", "the day after tomorrow". */
static size_t read_near(const struct reader *r, size_t i, struct days *out)
{
    const struct token *t = tok(r, i), *next = tok(r, i + 1);
    bool glued = t->kind == W_NUMBER && t->value == 2 && t->digits == 1 && next->gap == 0;
    *out = one_day(r->now.days);
    if (t->kind == W_TODAY || (glued && next->kind == W_DAY)) {
        return i + 1 + glued;
    }
    if (t->kind == W_TONIGHT || (glued && next->kind == W_NITE) ||
        (t->kind == W_TO && on(r, i + 1, W_NITE))) {
        out->part = PART_EVENING;
        return t->kind == W_TONIGHT ? i + 1 : i + 2;
    }
    if (t->kind == W_TOMORROW && t->value == 9 && i > 0 && is(r, i - 1, W_THE)) {
        return 0; /* por la manana */
    }
    if (t->kind == W_TOMORROW || (glued && next->kind == W_MORROW) ||
        (t->kind == W_TO && on(r, i + 1, W_MORROW))) {
        *out = one_day(r->now.days + 1);
        return t->kind == W_TOMORROW ? i + 1 : i + 2;
    }
    bool early = is(r, i, W_THIS) && (is(r, i + 1, W_EARLY) || is(r, i + 1, W_LATE));
    size_t part = i + 1 + early;
    if (is(r, i, W_THIS) && on(r, part, W_PART) && !(tok(r, part)->flags & F_WEAK)) {
        out->part = tok(r, part)->value; /* the window is read on its own: see find_days */
        return part + 1;
    }
    if (is(r, i, W_LATER) && on(r, i + 1, W_TODAY)) {
        return i + 2;
    }
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    if (is(r, at, W_DAY) && on(r, at + 1, W_AFTER) && on(r, at + 2, W_TOMORROW)) {
        *out = one_day(r->now.days + 2);
        return at + 3;
    }
    return 0;
}

/* One day that others can be counted from: no span, no count. */
static size_t read_anchor(const struct reader *r, size_t i, struct days *out)
{
    size_t at = skip(r, i, W_THE);
    if (is(r, at, W_NOW)) {
        *out = one_day(r->now.days);
        return at + 1;
    }
    if (is(r, at, W_THAT) && r->c->said_day >= 0) {
        *out = one_day(r->c->said_day);
        return on(r, at + 1, W_DAY) ? at + 2 : may_follow(r, at + 1) ? at + 1 : 0;
    }
    size_t end = read_near(r, i, out);
    end = end ? end : read_weekday(r, i, out);
    end = end ? end : read_calendar(r, i, out);
    return end && out->first == out->last ? end : 0;
}

static int64_t moved(int64_t day, int amount, enum token_kind unit)
{
    return unit == W_DAY    ? day + amount
           : unit == W_WEEK ? day + 7LL * amount
                            : add_months(day, amount);
}

static bool is_unit(const struct reader *r, size_t i)
{
    return is(r, i, W_DAY) || is(r, i, W_WEEK) || is(r, i, W_MONTHS);
}

/* "in 3 days", "a week from Friday", "two weeks later", "two Fridays from now". */
static size_t read_counted(const struct reader *r, size_t i, struct days *out)
{
    int amount;
    bool vague, in = is(r, i, W_IN);
    size_t unit = read_amount(r, i + in, &amount, &vague);
    struct days from;
    if (!unit || !goes_on(r, unit)) {
        return 0;
    }
    enum token_kind kind = (enum token_kind)tok(r, unit)->kind;
    size_t after = unit + 1, end;
    if (kind == W_WEEKDAY && on(r, after, W_FROM) && on(r, after + 1, W_NOW)) {
        int ahead = (tok(r, unit)->value - r->now.weekday + 7) % 7;
        *out = one_day(r->now.days + (ahead ? ahead : 7) + 7LL * (amount - 1));
        return amount >= 1 ? after + 2 : 0;
    }
    if (!is_unit(r, unit)) {
        return 0;
    }
    bool counts_from = on(r, after, W_FROM) || on(r, after, W_ON) || on(r, after, W_AFTER);
    if (counts_from && (end = read_anchor(r, after + 1, &from))) {
        if (on(r, after, W_ON) && !is(r, after + 1, W_WEEKDAY)) {
            return 0;
        }
        *out = one_day(moved(from.first, amount, kind));
        out->ambiguous = from.ambiguous;
        out->other = moved(from.other, amount, kind);
        out->vague = vague;
        return end;
    }
    if (on(r, after, W_BEFORE) && kind != W_MONTHS && (end = read_anchor(r, after + 1, &from))) {
        *out = one_day(moved(from.first, -amount, kind));
        return end;
    }
    bool later = on(r, after, W_LATER), earlier = on(r, after, W_EARLIER);
    if (later || earlier) {
        int64_t said = r->c->said_day;
        *out = one_day(moved(said, later ? amount : -amount, kind));
        out->vague = vague;
        return said >= 0 ? after + 1 : 0;
    }
    if (in && !is(r, after, W_OTHERWISE) && !is(r, after, W_LABEL)) {
        *out = one_day(moved(r->now.days, amount, kind));
        out->vague = vague || kind != W_DAY;
        return on(r, after, W_TIME) ? after + 1 : after;
    }
    return 0;
}

/* "that day", "the same day", "the day after", "the next day", "the day before Friday". */
static size_t read_said(const struct reader *r, size_t i, struct days *out)
{
    int64_t said = r->c->said_day;
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    bool same = is(r, at, W_THAT) || is(r, at, W_SAME);
    bool that_same = is(r, at, W_THAT) && on(r, at + 1, W_SAME);
    if (said >= 0 && (on(r, at + 1 + that_same, W_DAY) || on(r, at + 1, W_DATE)) && same) {
        *out = one_day(said);
        return at + 2 + that_same;
    }
    if (said >= 0 && (is(r, at, W_NEXT) || is(r, at, W_FOLLOWING)) && on(r, at + 1, W_DAY)) {
        *out = one_day(said + 1);
        return at + 2;
    }
    if (!is(r, at, W_DAY) || (tok(r, at)->flags & F_PLURAL) || is(r, i - 1, W_ANY)) {
        return 0;
    }
    int by = on(r, at + 1, W_AFTER) ? 1 : on(r, at + 1, W_BEFORE) ? -1 : 0;
    struct days from;
    size_t end = by ? read_anchor(r, at + 2, &from) : 0;
    if (end) {
        *out = one_day(from.first + by);
        out->ambiguous = from.ambiguous;
        out->other = from.other + by;
        return end;
    }
    if (by && said >= 0 && may_follow(r, at + 2)) {
        *out = one_day(said + by);
        return at + 2;
    }
    return 0;
}

/* "the week of March 9" */
static size_t read_week_of(const struct reader *r, size_t i, struct days *out)
{
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    if (!is(r, at, W_WEEK) || !on(r, at + 1, W_OF)) {
        return 0;
    }
    struct days day;
    size_t end = read_anchor(r, at + 2, &day);
    out->first = day.first - (weekday_of_days(day.first) - 1);
    out->last = out->first + 6;
    out->vague = true;
    out->first =
        end && out->first < r->now.days && out->last >= r->now.days ? r->now.days : out->first;
    return end;
}

static size_t read_days(const struct reader *r, size_t i, struct days *out)
{
    static size_t (*const readers[])(const struct reader *, size_t, struct days *) = {
        read_near, read_counted, read_said, read_week_of, read_week, read_weekday, read_calendar};
    for (size_t k = 0; k < ARRAY_SIZE(readers); k++) {
        *out = one_day(0);
        size_t end = readers[k](r, i, out);
        if (end) {
            return end;
        }
    }
    return 0;
}

/* "tomorrow, Tuesday", "March 10 (Tuesday)": one day said twice. */
static size_t said_twice(const struct reader *r, size_t end, const struct days *d)
{
    struct days again;
    size_t at = skip(r, end, W_THE);
    if (d->first != d->last || !goes_on_loosely(r, at)) {
        return end;
    }
    size_t after = is(r, at, W_WEEKDAY) && tok(r, at)->value == weekday_of_days(d->first)
                       ? at + 1
                       : read_calendar(r, at, &again);
    bool same =
        after && (is(r, at, W_WEEKDAY) || (again.first == d->first && again.last == d->first));
    return same ? after : end;
}

/* What a word before a day makes of it: "after Tuesday", "by the 9th", "until next week". */
static bool bind(const struct reader *r, size_t i, struct days *d)
{
    enum token_kind before =
        goes_on(r, i) && i > r->done ? (enum token_kind)tok(r, i - 1)->kind : W_OTHER;
    int64_t today = r->now.days;
    bool not_until = is(r, i - 2, W_NOT);
    if (before == W_AFTER ||
        ((before == W_BEFORE || before == W_UNTIL || before == W_TILL) && not_until)) {
        d->first = d->last + (before == W_AFTER);
        d->last = d->first + 6;
    } else if ((before == W_BEFORE || before == W_BY || before == W_UNTIL || before == W_TILL) &&
               d->first > today) {
        d->last = before == W_BEFORE ? d->first - 1 : d->last;
        d->first = today;
    } else {
        return false;
    }
    d->ambiguous = false;
    d->vague = true;
    return true;
}

/* "March 9-12", "the 9th to the 12th", "tomorrow through Friday": the place after it, or end. */
static size_t up_to(const struct reader *r, size_t i, size_t end, struct days *d)
{
    bool word = on(r, end, W_TO) || on(r, end, W_THROUGH) || on(r, end, W_UNTIL) ||
                on(r, end, W_TILL) || (on(r, end, W_AND) && is(r, i - 1, W_BETWEEN));
    bool dash = (tok(r, end)->gap & GAP_DASH) && !(tok(r, end)->gap & GAP_STOP);
    struct days last;
    int day;
    if (d->first != d->last || !(word || dash) || moves(r, i)) {
        return end;
    }
    size_t at = end + word, after = read_days(r, at, &last);
    if (!after && d->month && (after = read_number(r, at, &day))) { /* of the same month */
        int64_t first = month_of(d->first);
        last = one_day(first + day - 1);
        after = day <= 31 && month_of(last.first) == first && may_follow(r, after) &&
                        !half_at(r, after) && !counted_by(r, after)
                    ? after
                    : 0;
    }
    if (!after || last.first != last.last || last.first <= d->first) {
        return end;
    }
    d->last = last.first;
    d->vague = true;
    d->ambiguous = false;
    return after;
}

/* "July 4th weekend": the weekend nearest to the day. */
static size_t with_weekend(const struct reader *r, size_t end, struct days *d)
{
    if (d->first != d->last || !on(r, end, W_WEEKEND) || (tok(r, end)->flags & F_PLURAL)) {
        return end;
    }
    int weekday = weekday_of_days(d->first);
    d->first += weekday <= 2 ? -1 - weekday : 6 - weekday;
    d->last = d->first + 1;
    return end + 1;
}

/* What was said of a week or a month holds for the rest of its sentence. */
static void remember(struct reader *r, const struct days *d)
{
    r->week = d->week ? d->first - (weekday_of_days(d->first) - 1) : r->week;
    r->month = d->month ? month_of(d->first) : r->month;
}

size_t find_days(struct reader *r, size_t i)
{
    struct days d;
    if (is(r, i, W_NOW) && (is(r, i - 1, W_BETWEEN) || is(r, i - 1, W_FROM))) {
        d = one_day(r->now.days);
        size_t until = up_to(r, i, i + 1, &d);
        if (until > i + 1) {
            report_days(r, i, until, &d);
            return until;
        }
    }
    size_t end = read_days(r, i, &d);
    if (!end) {
        return 0;
    }
    remember(r, &d);
    if (d.part != PART_NONE && is(r, i, W_THIS)) { /* the part is found next, on its own */
        d.part = PART_NONE;
        report_days(r, i, i + 1, &d);
        return i + 1;
    }
    end = said_twice(r, end, &d);
    end = up_to(r, i, with_weekend(r, end, &d), &d);
    size_t first = bind(r, i, &d) ? i - 1 : i;
    report_days(r, first, end, &d);
    if (d.part != PART_NONE) {
        report_part(r, i, end, (enum part)d.part);
    }
    return end;
}

size_t skip_past(const struct reader *r, size_t i)
{
    if (is(r, i, W_YESTERDAY)) {
        return on(r, i + 1, W_PART) ? i + 2 : i + 1;
    }
    if (is(r, i, W_LAST) && !(on(r, i + 1, W_WEEK) && on(r, i + 2, W_OF))) {
        size_t at = i + 1;
        bool noun = on(r, at, W_WEEKDAY) || on(r, at, W_WEEK) || on(r, at, W_WEEKEND) ||
                    on(r, at, W_MONTH) || on(r, at, W_MONTHS) || on(r, at, W_YEAR) ||
                    on(r, at, W_PART);
        return noun ? at + 1 : 0;
    }
    int amount;
    bool vague;
    size_t unit = read_amount(r, i, &amount, &vague);
    bool counts = unit && (is_unit(r, unit) || on(r, unit, W_HOUR) || on(r, unit, W_MINUTE) ||
                           on(r, unit, W_YEAR));
    return counts && on(r, unit + 1, W_AGO) ? unit + 2 : 0;
}
