/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Days by their number: March 9, the 9th, 3/9, and whole months. Without a year it is the next
 * such day from today on; a day that a month does not have is that of the next month which has it,
 * or none when the month was named.
 */
#include "mind/when_private.h"

struct date {
    int year, month, day;
};

static struct date date_of(int64_t days)
{
    int64_t year;
    struct date d;
    civil_from_days(days, &year, &d.month, &d.day);
    d.year = (int)year;
    return d;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

int64_t add_months(int64_t day, int months)
{
    struct date d = date_of(day);
    int at = d.month - 1 + months;
    int year = d.year + at / 12, month = at % 12 + 1;
    return days_from_civil(year, month, MIN_OF(d.day, days_in(year, month)));
}

int64_t month_of(int64_t day)
{
    struct date d = date_of(day);
    return days_from_civil(d.year, d.month, 1);
}

/* The next such day from today on; -1 when there is none within a leap day's distance. */
static int64_t next_date(const struct reader *r, int month, int day)
{
    struct date today = date_of(r->now.days);
    for (int year = today.year; year <= today.year + 8; year++) {
        if (day <= days_in(year, month) && days_from_civil(year, month, day) >= r->now.days) {
            return days_from_civil(year, month, day);
        }
    }
    return -1;
}

/* The next such day, of the month talked of when there is one. */
static int64_t next_day_of_month(const struct reader *r, int day)
{
    int64_t from = MAX_OF(r->now.days, r->month);
    struct date at = date_of(from);
    for (int i = 0; i < 12; i++) {
        if (day <= days_in(at.year, at.month) && days_from_civil(at.year, at.month, day) >= from) {
            return days_from_civil(at.year, at.month, day);
        }
        at.year += at.month == 12;
        at.month = at.month % 12 + 1;
    }
    return -1;
}

static bool exact(int year, int month, int day, struct days *out)
{
    if (year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month)) {
        return false;
    }
    *out = one_day(days_from_civil(year, month, day));
    return true;
}

static int full_year(const struct token *t)
{
    return t->digits == 4   ? t->value
           : t->digits == 2 ? t->value + (t->value < 70 ? 2000 : 1900)
                            : 0;
}

/* ", 2026", "of 2026", "twenty twenty six". */
static size_t read_year(const struct reader *r, size_t i, int *year)
{
    size_t at = skip(r, i, W_OF);
    const struct token *t = tok(r, at);
    if (t->kind == W_NUMBER && t->digits == 4 && t->value >= 1900 && t->value < 2200 &&
        goes_on_loosely(r, at) && !is(r, at + 1, W_HOUR)) {
        *year = t->value;
        return at + 1;
    }
    int low;
    if (on(r, at, W_CARD) && t->value == 20 && on(r, at + 1, W_CARD) &&
        tok(r, at + 1)->value >= 20) {
        size_t end = read_number(r, at + 1, &low);
        *year = 2000 + low;
        return end;
    }
    return 0;
}

static size_t with_year(const struct reader *r, size_t end, int month, int day, struct days *out)
{
    int year;
    size_t after = read_year(r, end, &year);
    if (after) {
        return exact(year, month, day, out) ? after : 0;
    }
    int64_t next = next_date(r, month, day);
    *out = one_day(next);
    out->month = true;
    return next >= 0 ? end : 0;
}

/* March 9, March the 9th, march ninth. */
static size_t read_month_day(const struct reader *r, size_t i, struct days *out)
{
    int day, month = tok(r, i)->value;
    size_t at = skip(r, i + 1, W_THE);
    if (!goes_on(r, i + 1) && tok(r, i + 1)->gap != GAP_DOT) {
        return 0;
    }
    size_t end = read_ordinal(r, at, &day);
    if (!end) {
        end = read_number(r, at, &day);
        bool verb = tok(r, i)->flags & F_VERB;
        if (!end || day < 1 || day > 31 || half_at(r, end) ||
            (counted_by(r, end) && !is(r, end, W_OF)) ||
            (verb && is(r, at, W_CARD) && (month == 5 || !may_follow(r, end))) ||
            (verb && is(r, end, W_OF))) {
            return 0;
        }
        const struct token *next = tok(r, end);
        if (next->kind == W_NUMBER && next->gap == GAP_DASH && day <= 12 && half_at(r, end + 1)) {
            return 0; /* in march 2-4pm */
        }
    }
    return with_year(r, end, month, day, out);
}

/* 9th of March, the ninth of march, 9 March. */
static size_t read_day_month(const struct reader *r, size_t i, struct days *out)
{
    int day;
    size_t at = skip(r, i, W_THE);
    at = is(r, i, W_THE) ? i + 1 : at;
    size_t end = read_ordinal(r, at, &day);
    bool plain = !end;
    end = end ? end : read_number(r, at, &day);
    if (!end || day < 1 || day > 31) {
        return 0;
    }
    bool of = on(r, end, W_OF);
    size_t month = end + of;
    if (!is(r, month, W_MONTH) || !(goes_on(r, month) || tok(r, month)->gap == GAP_DASH)) {
        return 0;
    }
    int next;
    bool verb = (tok(r, month)->flags & F_VERB) && !read_year(r, month + 1, &next);
    if (plain && !of && verb &&
        (!may_follow(r, month + 1) || is(r, month + 1, W_YOU) || is(r, month + 1, W_I) ||
         is(r, month + 1, W_BE) || is(r, i - 1, W_YOU) || is(r, i - 1, W_AT) ||
         is(r, month + 1, W_NOT))) {
        return 0;
    }
    if (plain && !of && day <= 12 && read_ordinal(r, month + 1, &next)) {
        return 0; /* at 2 march 9th */
    }
    return with_year(r, month + 1, tok(r, month)->value, day, out);
}

/* Is it a share or a saying and not a day: 1/2, 3/4, 24/7? */
static bool fraction(const struct reader *r, size_t i, int a, int b)
{
    bool small = (a == 1 && b >= 2 && b <= 4) || (a == 2 && b == 3) || (a == 3 && b == 4);
    size_t end = i + 2;
    bool counts = counted_by(r, end) || is(r, end, W_A) || is(r, end, W_LABEL) ||
                  (is(r, end, W_OTHER) && goes_on(r, end));
    bool rating = b == 10 && goes_on(r, end) &&
                  (is(r, end, W_OTHER) || (a == 10 && (is(r, end, W_WORD) || is(r, end, W_NO) ||
                                                       is(r, end, W_FOR) || is(r, end, W_I))));
    return (counts && (small || is(r, end, W_OF))) || rating || (a == 24 && b == 7);
}

static bool is_sep(const struct reader *r, size_t i, uint16_t sep)
{
    uint16_t gap = tok(r, i)->gap;
    return is(r, i, W_NUMBER) && (gap == sep || (sep == GAP_SLASH && gap == (sep | GAP_SPACE)));
}

/* 3/9, 3/9/26, 03-09-2026, 2026-03-09, 13.2.2026: month first, unless only the other order is. */
static size_t read_numeric(const struct reader *r, size_t i, struct days *out)
{
    const struct token *a = tok(r, i), *b = tok(r, i + 1), *c = tok(r, i + 2);
    uint16_t sep = b->gap & (GAP_SLASH | GAP_DASH | GAP_DOT);
    if (!is(r, i, W_NUMBER) || !sep || !is_sep(r, i + 1, sep) || (a->gap & GAP_MONEY)) {
        return 0;
    }
    bool three = is_sep(r, i + 2, sep);
    if (is_sep(r, i + 2 + three, sep) || (i > r->done && is_sep(r, i, sep))) {
        return 0; /* a longer row */
    }
    if (three && a->digits == 4 && b->digits <= 2 && c->digits <= 2) {
        return exact(a->value, b->value, c->value, out) ? i + 3 : 0;
    }
    if (a->digits > 2 || b->digits > 2 || (three && c->digits != 2 && c->digits != 4)) {
        return 0;
    }
    bool swapped = a->value > 12;
    int month = swapped ? b->value : a->value, day = swapped ? a->value : b->value;
    if (three) {
        return exact(full_year(c), month, day, out) ? i + 3 : 0;
    }
    if (sep != GAP_SLASH || fraction(r, i, a->value, b->value) || month < 1 || month > 12 ||
        day < 1 || half_at(r, i + 2)) {
        return 0;
    }
    *out = one_day(next_date(r, month, day));
    return out->first >= 0 ? i + 2 : 0;
}

/* What may come after a bare number of a day, besides what may follow any date. */
static bool may_follow_day(const struct reader *r, size_t end)
{
    return may_follow(r, end) || is(r, end, W_NUMBER) || is(r, end, W_PART) || is(r, end, W_HHMM) ||
           is(r, end, W_NOON) || is(r, end, W_WEEKDAY) || is(r, end, W_CARD) ||
           is(r, end, W_HALF) || is(r, end, W_EARLY) || is(r, end, W_LATE) || is(r, end, W_THROUGH);
}

/* That day of the month so many after this one. */
static bool of_month(const struct reader *r, int months, int day, struct days *out)
{
    struct date today = date_of(r->now.days);
    int64_t first = days_from_civil(today.year, today.month, 1);
    struct date m = date_of(add_months(first, months));
    return exact(m.year, m.month, day, out);
}

/* "the 9th", "9th", "the ninth", "on the 9", "the 9th of next month". */
static size_t read_day_number(const struct reader *r, size_t i, bool after_weekday,
                              struct days *out)
{
    int day;
    bool the = is(r, i, W_THE);
    size_t at = i + the, end = read_ordinal(r, at, &day);
    bool listed = r->month >= 0 && ends_finding(r, i - 1) &&
                  (is(r, i - 1, W_OR) || is(r, i - 1, W_AND)) && goes_on(r, i) &&
                  r->found[r->n_found - 1].m.kind == WHEN_DATE; /* March 15 or 16 */
    const struct token *before = tok(r, i - 1);
    bool prepared = the && goes_on(r, i) &&
                    (before->kind == W_ON || before->kind == W_BY || before->kind == W_UNTIL ||
                     before->kind == W_FOR || before->kind == W_AFTER || before->kind == W_BEFORE ||
                     before->kind == W_TO || before->kind == W_AND || before->kind == W_OR ||
                     before->kind == W_TILL || before->kind == W_FROM || before->kind == W_NOT ||
                     before->kind == W_BETWEEN);
    if (end) {
        bool letters = !is(r, at, W_NUMBER) && at + 1 == end;
        if (!after_weekday && ((letters && !(the && (prepared || day > 5))) ||
                               (!the && !letters && before->kind == W_WORD))) {
            return 0;
        }
    } else if (listed || (prepared && !is(r, i - 1, W_AND) && !is(r, i - 1, W_OR)) ||
               (after_weekday && the)) {
        end = is(r, at, W_NUMBER) ? read_number(r, at, &day) : 0;
    }
    if (!end || day < 1 || day > 31 || (listed && half_at(r, end))) {
        return 0;
    }
    if (day == 1 && is(r, end, W_GOOD) && tok(r, end)->value && before->kind != W_BE) {
        return 0; /* the 1st available */
    }
    bool one = (is(r, end, W_CARD) || is(r, end, W_NUMBER)) && tok(r, end)->value == 1 &&
               !half_at(r, end + 1) && !is(r, end + 1, W_CARD) && goes_on(r, end);
    if (one && !after_weekday) {
        return 0; /* the second one */
    }
    size_t next = skip(r, end, W_OF);
    if (next > end && (on(r, next, W_NEXT) || on(r, next, W_THIS)) && on(r, next + 1, W_MONTHS)) {
        return of_month(r, is(r, next, W_NEXT), day, out) ? next + 2 : 0;
    }
    if (next > end && on(r, next, W_THE) && on(r, next + 1, W_MONTHS)) {
        end = next + 2;
    } else if (!may_follow_day(r, end)) {
        return 0;
    }
    *out = one_day(next_day_of_month(r, day));
    return out->first >= 0 ? end : 0;
}

/* A date in the past of somebody: "born on 3/9/1985". */
static bool of_birth(const struct reader *r, size_t i)
{
    for (size_t back = 1; back <= 4 && back <= i && goes_on_loosely(r, i - back + 1); back++) {
        if (is(r, i - back, W_BIRTH)) {
            return true;
        }
    }
    return false;
}

size_t read_calendar_day(const struct reader *r, size_t i, struct days *out)
{
    size_t end = is(r, i, W_MONTH) ? read_month_day(r, i, out) : 0;
    end = end ? end : read_numeric(r, i, out);
    end = end ? end : read_day_month(r, i, out);
    return end ? end : read_day_number(r, i, true, out);
}

/* A span of a month: its beginning, middle, end or all of it, from today on. */
static void part_of_month(const struct reader *r, int year, int month, enum token_kind part,
                          struct days *out)
{
    int64_t first = days_from_civil(year, month, 1), last = first + days_in(year, month) - 1;
    out->part = PART_NONE;
    out->ambiguous = false;
    out->vague = out->month = true;
    out->first = part == W_MID ? first + 10 : part == W_LATE ? first + 20 : first;
    out->first = part == W_END ? last - 6 : out->first;
    out->last = part == W_EARLY ? first + 9 : part == W_MID ? first + 19 : last;
    if (out->first < r->now.days && out->last >= r->now.days) {
        out->first = r->now.days;
    }
}

/* "next month", "early March", "the end of the month", "in April". */
static size_t read_month(const struct reader *r, size_t i, struct days *out)
{
    struct date today = date_of(r->now.days);
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    enum token_kind part = W_OTHER;
    if (is(r, at, W_EARLY) || is(r, at, W_MID) || is(r, at, W_LATE) || is(r, at, W_BEGINNING) ||
        is(r, at, W_END)) {
        part = is(r, at, W_BEGINNING) ? W_EARLY : (enum token_kind)tok(r, at)->kind;
        at = skip(r, at + 1, W_IN);
        at = skip(r, skip(r, at, W_OF), W_THE);
    }
    bool next = on(r, at, W_NEXT) || on(r, at, W_FOLLOWING);
    size_t noun = at + (next || on(r, at, W_THIS) || on(r, at, W_COMING));
    if (on(r, noun, W_MONTHS) && !(tok(r, noun)->flags & F_PLURAL) && (noun > at || part)) {
        int64_t first = days_from_civil(today.year, today.month, 1);
        struct date m = date_of(add_months(first, next));
        part_of_month(r, m.year, m.month, part, out);
        if (out->last < r->now.days) { /* the beginning of a month that has begun */
            m = date_of(add_months(first, 1));
            part_of_month(r, m.year, m.month, part, out);
        }
        return noun + 1;
    }
    bool announced = part || noun > at || is(r, i - 1, W_IN) || is(r, i - 1, W_OF) ||
                     is(r, i - 1, W_UNTIL) || is(r, i - 1, W_SOMETIME);
    bool alone = !(tok(r, noun)->flags & F_WEAK);
    if (!(noun == i ? is(r, noun, W_MONTH) : on(r, noun, W_MONTH)) || !(announced || alone) ||
        (is(r, i - 1, W_IN) && tok(r, noun)->value == 3 && is(r, noun + 1, W_OF))) {
        return 0;
    }
    int month = tok(r, noun)->value, year = today.year + (month < today.month);
    size_t end = read_year(r, noun + 1, &year);
    part_of_month(r, year, month, part, out);
    if (!end && out->last < r->now.days) {
        part_of_month(r, year + 1, month, part, out);
    }
    return year < 1970 || year > 2199 ? 0 : end ? end : noun + 1;
}

/* "the second week of April", "the last week of next month". */
static size_t read_week_of_month(const struct reader *r, size_t i, struct days *out)
{
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    int nth = is(r, at, W_LAST) ? 5 : is(r, at, W_ORDINAL) ? tok(r, at)->value : 0;
    if (nth < 1 || nth > 5 || !on(r, at + 1, W_WEEK) ||
        !(on(r, at + 2, W_OF) || on(r, at + 2, W_IN))) {
        return 0;
    }
    size_t end = read_month(r, at + 3, out);
    if (!end || out->first == out->last) {
        return 0;
    }
    out->month = false;
    out->first = nth == 5 ? out->last - 6 : month_of(out->last) + 7LL * (nth - 1);
    out->last = out->first + 6;
    return out->last < r->now.days ? 0 : end;
}

/* Notes it, when no year has that day. */
static bool is_no_day(struct reader *r, int month, int day)
{
    bool none = month >= 1 && month <= 12 && day > days_in(2000, month) && day < 100;
    if (none) {
        r->no_month = month;
        r->no_day = day;
    }
    return none;
}

/* The 30th of February, 30 February. */
static size_t skip_no_day_month(struct reader *r, size_t i)
{
    int day;
    size_t at = is(r, i, W_THE) ? i + 1 : i, end = read_ordinal(r, at, &day);
    end = end ? end : read_number(r, at, &day);
    size_t month = end + on(r, end, W_OF);
    bool named = end && is(r, month, W_MONTH) && goes_on(r, month);
    return named && is_no_day(r, tok(r, month)->value, day) ? month + 1 : 0;
}

/* 2/30, 30/2, 2/30/2026. */
static size_t skip_no_numeric(struct reader *r, size_t i)
{
    if (!is(r, i, W_NUMBER) || !is_sep(r, i + 1, GAP_SLASH) || (i > 0 && is_sep(r, i, GAP_SLASH)) ||
        (tok(r, i)->gap & GAP_MONEY) || counted_by(r, i + 2) || half_at(r, i + 2)) {
        return 0;
    }
    int a = tok(r, i)->value, b = tok(r, i + 1)->value;
    bool year = is_sep(r, i + 2, GAP_SLASH);
    bool close = a <= 31 && b <= 31; /* no more than a day of another month could be */
    return close && (is_no_day(r, a, b) || is_no_day(r, b, a)) ? i + 2 + year : 0;
}

size_t skip_no_day(struct reader *r, size_t i)
{
    int day;
    struct days d;
    if (!is(r, i, W_MONTH) || !goes_on(r, i + 1)) {
        size_t end = skip_no_day_month(r, i);
        return end ? end : skip_no_numeric(r, i);
    }
    size_t at = skip(r, i + 1, W_THE), end = read_ordinal(r, at, &day);
    end = end ? end : read_number(r, at, &day);
    if (!end || day <= 28 || day >= 100 || read_month_day(r, i, &d)) {
        return 0;
    }
    if (day <= 40 && !counted_by(r, end)) {
        (void)is_no_day(r, tok(r, i)->value, day);
    }
    return end;
}

size_t read_calendar(const struct reader *r, size_t i, struct days *out)
{
    if (of_birth(r, i)) {
        return 0;
    }
    size_t end = is(r, i, W_MONTH) ? read_month_day(r, i, out) : 0;
    end = end ? end : read_numeric(r, i, out);
    end = end ? end : read_day_month(r, i, out);
    end = end ? end : read_week_of_month(r, i, out);
    end = end ? end : read_day_number(r, i, false, out);
    return end ? end : read_month(r, i, out);
}
