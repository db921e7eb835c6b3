/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weekdays, weeks and weekends. A week begins on Monday. A weekday alone is the next one after
 * today; "next Friday" is that of the following week, and has a second reading while this week's
 * still lies ahead by more than a day (nobody calls tomorrow "next Friday").
 */
#include "mind/when_private.h"

static int64_t monday_of(int64_t day)
{
    return day - (weekday_of_days(day) - 1);
}

/* The first such day after that one. */
static int64_t weekday_after(int64_t day, int weekday)
{
    int ahead = (weekday - weekday_of_days(day) + 7) % 7;
    return day + (ahead ? ahead : 7);
}

/* "this week", "next week", "the week after next", "the week after": its Monday. */
static size_t read_week_name(const struct reader *r, size_t i, int64_t *monday)
{
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    int64_t this_monday = monday_of(r->now.days), said = r->c->said_day;
    if ((is(r, at, W_THIS) || is(r, at, W_NEXT) || is(r, at, W_COMING) || is(r, at, W_FOLLOWING)) &&
        on(r, at + 1, W_WEEK) && !(tok(r, at + 1)->flags & F_PLURAL)) {
        bool coming = is(r, at, W_COMING);
        size_t end = at + 2;
        *monday = this_monday + (is(r, at, W_THIS) ? 0 : 7);
        if (is(r, at, W_FOLLOWING) && said >= 0) {
            *monday = monday_of(said) + 7;
        }
        return coming && at > i && is(r, i, W_THIS) ? 0 : end;
    }
    if (is(r, at, W_WEEK) && on(r, at + 1, W_AFTER)) {
        if (on(r, at + 2, W_NEXT)) {
            *monday = this_monday + 14;
            return skip(r, at + 3, W_WEEK);
        }
        bool that = on(r, at + 2, W_THAT);
        bool alone = that || may_follow(r, at + 2);
        if (said >= 0 && alone && !is(r, at + 2, W_THE)) {
            *monday = monday_of(said) + 7;
            return at + 2 + that;
        }
    }
    return 0;
}

/* early, mid, late, beginning of, end of: W_OTHER when none stands there. */
static size_t read_share(const struct reader *r, size_t i, enum token_kind *share)
{
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    const struct token *t = tok(r, at);
    *share = W_OTHER;
    switch (t->kind) {
    case W_EARLY:
    case W_MID:
    case W_LATE:
        *share = t->kind;
        break;
    case W_EARLIER:
    case W_BEGINNING:
        *share = W_EARLY;
        break;
    case W_LATER:
    case W_END:
        *share = W_LATE;
        break;
    default:
        return i;
    }
    return skip(r, skip(r, at + 1, W_IN), W_OF);
}

static void share_of_week(const struct reader *r, int64_t monday, enum token_kind share,
                          struct days *out)
{
    static const int first[] = {0, 1, 3, 0}, last[] = {1, 3, 4, 6};
    int k = share == W_EARLY ? 0 : share == W_MID ? 1 : share == W_LATE ? 2 : 3;
    out->first = monday + first[k];
    out->last = monday + last[k];
    if (out->last < r->now.days && share != W_OTHER) {
        out->first += 7; /* the end of a week that has passed it */
        out->last += 7;
    }
    out->first = out->first < r->now.days ? r->now.days : out->first;
}

static size_t read_weekend(const struct reader *r, size_t i, struct days *out)
{
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    bool modified =
        is(r, at, W_THIS) || is(r, at, W_NEXT) || is(r, at, W_COMING) || is(r, at, W_FOLLOWING);
    bool next = is(r, at, W_NEXT) || is(r, at, W_FOLLOWING);
    size_t noun = at + modified;
    noun += modified && is(r, at, W_THIS) && on(r, noun, W_COMING);
    if (!is(r, noun, W_WEEKEND) || (noun > i && !on(r, noun, W_WEEKEND))) {
        return 0;
    }
    const struct token *before = tok(r, noun - 1);
    if (noun == i && goes_on(r, i) &&
        (before->kind == W_OTHER || (before->kind == W_GOOD && before->value != 1) ||
         (before->kind == W_WORD && before->value == 1))) {
        return 0; /* have a nice weekend */
    }
    int64_t saturday = monday_of(r->now.days) + 5;
    size_t end = noun + 1;
    out->vague = tok(r, noun)->flags & F_PLURAL;
    if (on(r, end, W_AFTER) && on(r, end + 1, W_NEXT)) {
        saturday += 14;
        end += 2;
    } else if (next) {
        out->ambiguous = r->now.weekday <= 3;
        out->other = saturday;
        saturday += 7;
    }
    out->first = saturday < r->now.days ? r->now.days : saturday;
    out->last = saturday + 1;
    return end;
}

size_t read_week(const struct reader *r, size_t i, struct days *out)
{
    enum token_kind share;
    int64_t monday;
    *out = one_day(0);
    size_t at = read_share(r, i, &share), end;
    if (at == i && (end = read_weekend(r, i, out))) {
        return end;
    }
    if (at > i && !goes_on(r, at)) {
        return 0;
    }
    end = read_week_name(r, at, &monday);
    if (!end && share != W_OTHER) { /* the end of the week */
        size_t noun = skip(r, at, W_THE);
        monday = monday_of(r->now.days);
        end = on(r, noun, W_WEEK) && !(tok(r, noun)->flags & F_PLURAL) ? noun + 1 : 0;
    }
    if (!end) {
        return 0;
    }
    struct days day;
    size_t next = skip(r, end, W_ON);
    if (share == W_OTHER && is(r, next, W_WEEKDAY) && goes_on_loosely(r, next) &&
        !(tok(r, next)->flags & F_WEAK && !may_follow(r, next + 1))) { /* next week Friday */
        *out = one_day(monday + tok(r, next)->value - 1);
        out->week = true;
        size_t after = read_calendar_day(r, next + 1, &day);
        return after && day.first == out->first ? after : next + 1;
    }
    out->vague = out->week = true;
    share_of_week(r, monday, share, out);
    if (is(r, i, W_LATER) && is(r, at, W_THIS)) { /* later this week */
        out->first = MIN_OF(r->now.days + 1, monday + 6);
        out->last = monday + 6;
    }
    return end;
}

/* After these "sat" or "sun" is the day. */
static const bool before_weekday[] = {
    [W_ON] = true,        [W_THIS] = true,     [W_NEXT] = true,    [W_COMING] = true,
    [W_FOLLOWING] = true, [W_BY] = true,       [W_FOR] = true,     [W_BEFORE] = true,
    [W_AFTER] = true,     [W_OR] = true,       [W_AND] = true,     [W_UNTIL] = true,
    [W_TILL] = true,      [W_TO] = true,       [W_THROUGH] = true, [W_NOT] = true,
    [W_NO] = true,        [W_BUT] = true,      [W_WEEKDAY] = true, [W_AROUND] = true,
    [W_FROM] = true,      [W_BETWEEN] = true,  [W_EXCEPT] = true,  [W_TODAY] = true,
    [W_TOMORROW] = true,  [W_ANYTIME] = true,  [W_GOOD] = true,    [W_DO] = true,
    [W_LEADER] = true,    [W_ANYTHING] = true, [W_PM] = true,      [W_AM] = true,
    [W_BE] = true,        [W_SOMETIME] = true, [W_NUMBER] = true,  [W_TIME] = true,
    [W_WORD] = true,      [W_STREET] = false,
};

/* Is "sat", "sun", "mon", "wed" the day here? */
static bool means_weekday(const struct reader *r, size_t i)
{
    const struct token *t = tok(r, i), *before = tok(r, i - 1), *next = tok(r, i + 1);
    if (before->kind == W_OTHERWISE ||
        (before->kind == W_GOOD && before->value == 2 && t->value == 5 && goes_on(r, i) &&
         (is(r, i - 2, W_GOOD) || is(r, i - 2, W_ON) || (i == 1 && r->n == 2)))) {
        return false; /* Black Friday, Good Friday */
    }
    if (!(t->flags & F_WEAK)) {
        return true;
    }
    bool glued_time = next->kind == W_NUMBER || next->kind == W_HHMM || next->kind == W_WEEKDAY ||
                      next->kind == W_MONTH || next->kind == W_NOON || next->kind == W_PM ||
                      next->kind == W_AM || next->kind == W_THROUGH || next->kind == W_EARLY ||
                      next->kind == W_LATE || next->kind == W_CARD;
    if (!(may_follow(r, i + 1) || glued_time || (next->gap & (GAP_SLASH | GAP_DASH))) ||
        (next->kind == W_BE && t->value == 7) || next->kind == W_I) {
        return false;
    }
    if (t->gap & (GAP_STOP | GAP_COMMA | GAP_SLASH | GAP_DASH) || i == r->done) {
        return next->kind != W_ON && next->kind != W_IN && next->kind != W_THE;
    }
    if (before->kind == W_OTHER) { /* "facial wed 4", but not "lots of sun" */
        return t->value != 7 && (glued_time || next->kind == W_PART || (next->gap & GAP_STOP));
    }
    return before_weekday[before->kind] || (before->flags & F_LEAD);
}

/* The weekday with what stands before it: this, next, coming, following. */
static size_t read_named(const struct reader *r, size_t i, struct days *out)
{
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    const struct token *how = tok(r, at);
    bool modified = how->kind == W_THIS || how->kind == W_NEXT || how->kind == W_COMING ||
                    how->kind == W_FOLLOWING;
    size_t noun = at + modified;
    noun += modified && how->kind == W_THIS && (on(r, noun, W_COMING) || on(r, noun, W_NEXT));
    if (!is(r, noun, W_WEEKDAY) || (noun > i && !goes_on(r, noun)) || !means_weekday(r, noun)) {
        return 0;
    }
    int weekday = tok(r, noun)->value;
    int64_t today = r->now.days, coming = weekday_after(today, weekday);
    *out = one_day(coming);
    out->vague = (tok(r, noun)->flags & F_PLURAL) || is(r, i - 1, W_A);
    if (how->kind == W_THIS && noun == at + 1 && weekday == r->now.weekday) {
        out->first = out->last = today;
    } else if (!modified && r->week >= 0 && !out->vague && r->week + weekday - 1 >= today) {
        out->first = out->last = r->week + weekday - 1; /* next week, on Thursday */
    } else if (how->kind == W_FOLLOWING && r->c->said_day >= 0) {
        out->first = out->last = weekday_after(r->c->said_day, weekday);
    } else if (how->kind == W_NEXT) {
        int64_t sunday = monday_of(today) + 6;
        bool doubtful = r->now.weekday == 7 ? coming > today + 1 : coming >= today + 2;
        if (r->now.weekday == 7 && coming > today + 1) {
            out->ambiguous = true; /* from Sunday, this week and the next are the same */
            out->other = coming + 7;
        } else if (coming <= sunday || (r->now.weekday == 7 && coming == today + 1)) {
            out->first = out->last = coming + 7;
            out->ambiguous = doubtful || coming == today;
            out->other = coming;
        }
    }
    return noun + 1;
}

/* "Tuesday the 10th", "Tuesday, March 10", "3/10": the date, if it is that weekday. */
static size_t with_date(const struct reader *r, size_t end, struct days *out)
{
    struct days date;
    size_t at = skip(r, end, W_ON);
    if (!goes_on_loosely(r, at) || (tok(r, end)->gap & GAP_DASH && is(r, at, W_NUMBER))) {
        return end;
    }
    size_t after = read_calendar_day(r, at, &date);
    if (!after || date.first != date.last) {
        return end;
    }
    if (weekday_of_days(date.first) != weekday_of_days(out->first)) {
        date.ambiguous = true; /* either the day or its number is wrong */
        date.other = out->first;
    }
    *out = date;
    return after;
}

size_t read_weekday(const struct reader *r, size_t i, struct days *out)
{
    int64_t monday;
    size_t end = read_named(r, i, out);
    if (!end) {
        return 0;
    }
    int weekday = weekday_of_days(out->first);
    bool plain = !is(r, i, W_NEXT) && !is(r, i, W_THIS);
    size_t at = skip(r, end, W_OF);
    size_t after = goes_on_loosely(r, at) ? read_week_name(r, at, &monday) : 0;
    if (plain && after) { /* Friday of next week */
        *out = one_day(monday + weekday - 1);
        out->week = true;
        return with_date(r, after, out);
    }
    if (plain && on(r, end, W_WEEK) && !(tok(r, end)->flags & F_PLURAL)) { /* Friday week */
        *out = one_day(weekday_after(r->now.days, weekday) + 7);
        return end + 1;
    }
    if (plain && on(r, end, W_AFTER) && on(r, end + 1, W_NEXT) && !is(r, end + 2, W_WEEKDAY) &&
        !is(r, end + 2, W_WEEK)) { /* the Friday after next */
        *out = one_day(monday_of(r->now.days) + 14 + weekday - 1);
        return end + 2;
    }
    bool to = is(r, end, W_TO) || is(r, end, W_THROUGH) || is(r, end, W_UNTIL) ||
              is(r, end, W_TILL) || (is(r, end, W_AND) && is(r, i - 1, W_BETWEEN));
    size_t second = end + (to && goes_on(r, end));
    if (is(r, second, W_WEEKDAY) && goes_on(r, second) &&
        (second > end || (tok(r, second)->gap & GAP_DASH))) {
        int64_t last = weekday_after(out->first, tok(r, second)->value);
        if (!moves(r, i)) { /* "move it from Monday to Friday" names two days */
            out->last = last;
            out->vague = true;
            return second + 1;
        }
    }
    return with_date(r, end, out);
}
