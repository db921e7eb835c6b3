/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times of day. read_clock() reads what has the form of a time; find_time() decides whether a
 * number is one, by what announces it ("at", a day before it) and by what follows. From 7:00 to
 * 11:59 means the morning, 12 noon, 1:00 to 6:59 the afternoon, unless it was said.
 */
#include "mind/when_private.h"

#define NOON 720
#define DAY_MINUTES 1440

/* An hour of the clock as most people mean it. */
static int likely(int minutes)
{
    return minutes >= 60 && minutes < 7 * 60 ? minutes + NOON : minutes;
}

/* pm, p.m., "p m", 2p: the place after it; *half 'a' or 'p'. */
static size_t read_half(const struct reader *r, size_t i, char *half)
{
    const struct token *t = tok(r, i);
    bool near = goes_on(r, i) || t->gap == GAP_DOT;
    if (near && (t->kind == W_AM || t->kind == W_PM)) {
        *half = t->kind == W_AM ? 'a' : 'p';
        return i + 1;
    }
    if (near && (t->kind == W_A || t->kind == W_P)) {
        *half = t->kind == W_A ? 'a' : 'p';
        uint16_t gap = tok(r, i + 1)->gap;
        if (is(r, i + 1, W_M) &&
            (gap == GAP_DOT || gap == GAP_SPACE || gap == (GAP_DOT | GAP_SPACE))) {
            return i + 2;
        }
        return t->gap == 0 && is(r, i - 1, W_NUMBER) && (gap || i + 1 >= r->n) ? i + 1 : 0;
    }
    return 0;
}

static void set_half(struct clock_time *c, char half)
{
    int hour = c->minutes / 60;
    if (hour >= 1 && hour <= 12) {
        c->minutes = hour % 12 * 60 + c->minutes % 60 + (half == 'p' ? NOON : 0);
    }
    c->half_known = c->certain = true;
}

/* An hour of 1 to 12 in digits or letters. */
static size_t read_hour(const struct reader *r, size_t i, int *hour)
{
    size_t end = is(r, i, W_CARD) && tok(r, i)->value > 12 ? 0 : read_number(r, i, hour);
    bool fits = end && *hour >= 1 && *hour <= 12 && (is(r, i, W_CARD) || tok(r, i)->digits <= 2);
    return fits ? end : 0;
}

/* "half past one", "half 1", "quarter to five", "ten past three", "20 minutes after 2". */
static size_t read_past_to(const struct reader *r, size_t i, struct clock_time *out)
{
    size_t at = is(r, i, W_A) && on(r, i + 1, W_QUARTER) ? i + 1 : i;
    int minute = is(r, at, W_HALF) ? 30 : is(r, at, W_QUARTER) ? 15 : 0, hour;
    bool named = minute > 0;
    size_t word = named ? at + 1 : read_number(r, at, &minute);
    if (!word || minute < 1 || minute > 30) {
        return 0;
    }
    bool minutes = !named && on(r, word, W_MINUTE);
    word += minutes;
    bool round = minute % 5 == 0;
    bool to = on(r, word, W_TO) || on(r, word, W_TILL) || (on(r, word, W_BEFORE) && round) ||
              (on(r, word, W_OF) && named);
    bool past = on(r, word, W_PAST) || (on(r, word, W_AFTER) && round);
    bool half_one = is(r, at, W_HALF) && !to && !past;
    size_t end = goes_on(r, word + !half_one) ? read_hour(r, word + !half_one, &hour) : 0;
    if (!(to || past || half_one) || !end || (half_one && to) || counted_by(r, end) ||
        (is(r, at, W_HALF) && to)) {
        return 0;
    }
    /* "10 to 2" is a window unless something makes it a time */
    bool timely = named || minutes || past || is(r, word, W_TILL) || is(r, i - 1, W_AT) ||
                  is(r, i - 1, W_AROUND) || minute == 20 || minute == 25;
    if (!timely || (is(r, i - 1, W_FROM) && !named) || (is(r, word, W_TILL) && !round)) {
        return 0;
    }
    *out = (struct clock_time){.certain = true, .with_minutes = true};
    out->minutes = (hour * 60 + (to ? DAY_MINUTES - minute : minute)) % DAY_MINUTES;
    out->minutes += out->minutes < 60 ? NOON : 0;
    out->minutes = likely(out->minutes);
    return end;
}

/* The minutes after an hour: "thirty", "oh five", "15", also ".30". 0 when there are none. */
static size_t read_minutes(const struct reader *r, size_t i, int *minute, bool *dotted)
{
    const struct token *t = tok(r, i);
    *dotted = t->gap == GAP_DOT && t->kind == W_NUMBER && t->digits == 2;
    if (*dotted) {
        *minute = t->value;
        return t->value < 60 ? i + 1 : 0;
    }
    if (t->gap != GAP_SPACE && t->gap != GAP_DASH) {
        return 0;
    }
    if ((t->kind == W_OH || t->kind == W_O) && on(r, i + 1, W_CARD) && tok(r, i + 1)->value < 10) {
        *minute = tok(r, i + 1)->value;
        return i + 2;
    }
    size_t end = t->gap == GAP_SPACE || t->kind == W_CARD ? read_number(r, i, minute) : 0;
    bool two = end && (t->kind == W_CARD ? *minute >= 10 : t->digits == 2);
    return two && *minute < 60 && (t->kind == W_NUMBER || *minute % 5 == 0 || end - i == 2) ? end
                                                                                            : 0;
}

/* 2, 2:30, 14:30, 230pm, "two thirty": without what follows. */
static size_t read_digits(const struct reader *r, size_t i, struct clock_time *out)
{
    const struct token *t = tok(r, i);
    int hour, minute;
    bool dotted;
    *out = (struct clock_time){.word = t->kind == W_CARD};
    if (t->kind == W_HHMM && t->value >= 0 && !(t->gap & GAP_MONEY)) {
        out->minutes = t->value;
        out->certain = out->with_minutes = true;
        return i + 1;
    }
    if (t->kind == W_NUMBER && t->digits >= 3 && t->digits <= 4 && t->value % 100 < 60 &&
        t->value >= 0 && t->value < 2400 && !(t->gap & GAP_MONEY)) {
        out->minutes = t->value / 100 * 60 + t->value % 100;
        out->with_minutes = true;
        return i + 1;
    }
    char half;
    if (t->kind == W_NUMBER && t->digits == 2 && t->value > 12 && t->value < 24 &&
        (is(r, i - 1, W_AT) || read_half(r, i + 1, &half)) && !(t->gap & GAP_MONEY)) {
        out->minutes = t->value * 60; /* at 14, 14pm */
        return i + 1;
    }
    size_t end = read_hour(r, i, &hour);
    if (!end) {
        return 0;
    }
    out->minutes = hour * 60;
    size_t after = read_minutes(r, end, &minute, &dotted);
    if (after && !counted_by(r, after) && (!dotted || is(r, end, W_NUMBER))) {
        out->minutes += minute;
        out->with_minutes = true;
        return after;
    }
    return dotted && after ? 0 : end;
}

static size_t read_suffixes(const struct reader *r, size_t end, struct clock_time *out)
{
    char half;
    size_t after = read_half(r, end, &half);
    if (is(r, end, W_ISH) && !(tok(r, end)->gap & GAP_STOP)) {
        out->vague = out->certain = true;
        end++;
        after = read_half(r, end, &half);
    }
    bool o_clock = on(r, end, W_O) && on(r, end + 1, W_CLOCK);
    if (on(r, end, W_OCLOCK) || o_clock) {
        out->certain = true;
        end += o_clock ? 2 : 1;
        after = read_half(r, end, &half);
    }
    if (after) {
        set_half(out, half);
        end = after;
        if (is(r, end, W_ISH) && !(tok(r, end)->gap & GAP_STOP)) {
            out->vague = true;
            end++;
        }
    }
    return skip(r, end, W_SHARP);
}

static size_t read_plain(const struct reader *r, size_t i, struct clock_time *out)
{
    size_t end = read_digits(r, i, out);
    const struct token *t = tok(r, i);
    if (!end || in_number_row(r, i) || (is(r, end, W_ORDMARK) && tok(r, end)->gap == 0)) {
        return 0;
    }
    if (tok(r, end)->gap == GAP_COMMA && is(r, end, W_NUMBER) && tok(r, end)->digits >= 2) {
        return 0; /* 1,200 and 12:75 */
    }
    bool compact = t->kind == W_NUMBER && t->digits >= 3;
    if (compact && t->digits == 4 && on(r, end, W_HOUR)) {
        out->half_known = out->certain = true;
        return end + 1;
    }
    size_t after = read_suffixes(r, end, out);
    bool clear_hour = out->minutes >= 13 * 60 || out->minutes < 60;
    if (!out->half_known) {
        bool zero = t->kind == W_HHMM && t->digits == 5 && out->minutes < 10 * 60;
        out->half_known = clear_hour || zero; /* 14:30, 09:00 */
        out->minutes = zero ? out->minutes : likely(out->minutes);
    }
    bool counted = !out->certain && counted_by(r, after);
    bool percent = tok(r, after)->gap & GAP_PERCENT;
    bool date = (tok(r, end)->gap & GAP_SLASH) && is(r, end, W_NUMBER);
    bool day_month = !out->certain && !out->with_minutes && on(r, end, W_MONTH) &&
                     !(tok(r, end)->flags & F_VERB);
    bool labelled = i > 0 && is(r, i - 1, W_LABEL) && goes_on(r, i) && !out->half_known;
    return counted || percent || date || day_month || labelled ||
                   (tok(r, i)->gap & GAP_SLASH && i > r->done && is(r, i - 1, W_NUMBER))
               ? 0
               : after;
}

size_t read_clock(const struct reader *r, size_t i, struct clock_time *out)
{
    size_t noon = is(r, i, W_NUMBER) && tok(r, i)->value == 12 ? i + 1 : i;
    noon += is(r, i, W_CARD) && tok(r, i)->value == 12;
    if (is(r, noon, W_NOON) || is(r, noon, W_MIDNIGHT) ||
        (noon == i && is(r, i, W_MID) && on(r, i + 1, W_DAY))) {
        *out = (struct clock_time){.half_known = true, .certain = true};
        out->minutes = is(r, noon, W_MIDNIGHT) ? 0 : NOON;
        out->vague = tok(r, noon)->value > 0;
        size_t end = noon + (is(r, noon, W_MID) ? 2 : 1);
        bool ish = is(r, end, W_ISH) && !(tok(r, end)->gap & GAP_STOP);
        out->vague = out->vague || ish;
        return end + ish;
    }
    size_t end = read_past_to(r, i, out);
    if (end) {
        return read_suffixes(r, end, out);
    }
    return read_plain(r, i, out);
}

static int announced_by_phrase(const struct reader *r, size_t i)
{
    const struct token *before = tok(r, i - 1), *two = tok(r, i - 2);
    const struct finding *last = r->n_found ? &r->found[r->n_found - 1] : NULL;
    bool one = is(r, i, W_CARD) && tok(r, i)->value == 1;
    switch (before->kind) {
    case W_FOR: /* "put me down for 3", but not "a massage for 2" */
        return ends_finding(r, i - 1) || two->kind == W_WORD || two->kind == W_ME ||
               two->kind == W_LEADER;
    case W_OR:
    case W_AND:
    case W_TO:
        return (before->kind == W_TO && moves(r, i - 1)) ||
               (ends_finding(r, i - 1) && last->m.kind != WHEN_DATE);
    case W_BE: /* "is 3 ok?", but not "she is 8" */
        return i < 2 || (before->gap & GAP_STOP);
    case W_THE: /* make it the 11 */
        return (two->flags & F_LEAD) && is(r, i, W_NUMBER);
    default:
        if (ends_finding(r, i)) { /* "Thursday 3"; "the Thursday one" is none */
            return last->m.kind != WHEN_TIME && !one;
        }
        return (before->flags & F_LEAD) || (tok(r, i)->gap & GAP_COMMA);
    }
}

/* What makes a number a time: 2 announces it strongly, 1 only when what follows allows it. */
static int announced(const struct reader *r, size_t i, bool *vague)
{
    const struct token *before = tok(r, i - 1), *t = tok(r, i);
    if (t->gap & (GAP_AT | GAP_ABOUT)) {
        *vague = t->gap & GAP_ABOUT;
        return 2;
    }
    if ((t->gap & GAP_STOP) || i == 0) {
        return 1;
    }
    if (t->gap & ~(unsigned)(GAP_SPACE | GAP_COMMA | GAP_DASH)) {
        return 0;
    }
    if (t->gap == 0) {
        return before->kind == W_AT ? 2 : 0;
    }
    switch (before->kind) {
    case W_AT:
        return 2;
    case W_AROUND:
        *vague = true;
        return is(r, i - 2, W_AT) ? 2 : 1;
    case W_NO:
    case W_NOT:
    case W_BUT:
    case W_BY:
    case W_FROM:
    case W_TILL:
    case W_UNTIL:
    case W_THAN:
    case W_EXCEPT:
    case W_THEN:
        return 1;
    default:
        return announced_by_phrase(r, i);
    }
}

static bool is_time(const struct reader *r, size_t i, size_t end, struct clock_time *c)
{
    const struct token *next = tok(r, i + 1);
    bool listed = (tok(r, i)->gap & GAP_LINE) && is(r, i, W_NUMBER) && end == i + 1 &&
                  (next->gap & GAP_STOP) && !(next->gap & GAP_LINE) && end < r->n;
    bool vague = false; /* the numbers of a list begin their lines: 2. Is there parking? */
    int strength = listed ? 0 : announced(r, i, &vague);
    bool follows = may_follow(r, end) || (tok(r, end)->gap & (GAP_DASH | GAP_SLASH));
    const struct token *t = tok(r, i);
    c->vague = c->vague || (vague && strength);
    if (c->certain) {
        return true;
    }
    bool compact = t->kind == W_NUMBER && t->digits >= 3;
    if (compact) { /* "at 930"; "230 works", but not "around 300" */
        bool quarter = c->minutes % 15 == 0 && c->minutes % 60 != 0 && c->minutes >= 60;
        return follows && (strength == 2 || (strength && !vague && quarter));
    }
    if (tok(r, i + 1)->gap == GAP_DOT) { /* 9.30 works */
        return strength && follows && c->minutes % 15 == 0;
    }
    if (c->with_minutes) { /* one thirty */
        return !(t->gap & (GAP_DOT | GAP_SLASH)) &&
               (strength || (follows && c->minutes % 5 == 0 && t->gap));
    }
    bool one = c->word && t->value == 1;
    if (strength == 2) {
        return !one || follows;
    }
    if (strength == 1 && one && !ends_finding(r, i) && !is(r, i - 1, W_AROUND)) {
        return false; /* "one works for me" */
    }
    bool day_next = is(r, end, W_TODAY) || is(r, end, W_TOMORROW) || is(r, end, W_TONIGHT) ||
                    (is(r, end, W_WEEKDAY) && may_follow(r, end)) ||
                    (is(r, end, W_ON) && is(r, end + 1, W_WEEKDAY)) ||
                    (is(r, end, W_THIS) && is(r, end + 1, W_PART)) ||
                    (is(r, end, W_IN) && on(r, end + 1, W_THE) && is(r, end + 2, W_PART));
    if (strength == 1) {
        bool starts = i == 0 || (t->gap & (GAP_STOP | GAP_COMMA));
        bool verb = is(r, end, W_YOU) || is(r, end, W_I) || is(r, end, W_AND) || is(r, end, W_TO);
        return follows && !(starts && verb);
    }
    return day_next && !one && !is(r, i - 1, W_LABEL) && goes_on(r, i) && !is(r, i - 1, W_THE);
}

size_t find_time(struct reader *r, size_t i)
{
    struct clock_time c;
    size_t end = read_clock(r, i, &c);
    if (!end || !is_time(r, i, end, &c)) {
        return 0;
    }
    struct finding *f = report(r, WHEN_TIME, i, end);
    f->m.from = f->m.to = c.minutes;
    f->m.vague = c.vague;
    f->half_known = c.half_known;
    return end;
}

/* "an hour", "half an hour", "30 minutes", "an hour and a half": in minutes. */
static size_t read_duration(const struct reader *r, size_t i, int *minutes)
{
    int amount;
    bool vague;
    if (is(r, i, W_HALF)) {
        size_t at = skip(r, i + 1, W_A);
        *minutes = 30;
        return on(r, at, W_HOUR) ? at + 1 : 0;
    }
    bool half_a = is(r, i, W_A) && on(r, i + 1, W_HALF) && on(r, i + 2, W_HOUR);
    if (half_a) {
        *minutes = 30;
        return i + 3;
    }
    size_t unit = read_amount(r, i, &amount, &vague);
    if (!unit || !goes_on(r, unit) || !(is(r, unit, W_HOUR) || is(r, unit, W_MINUTE))) {
        return 0;
    }
    *minutes = is(r, unit, W_HOUR) ? amount * 60 : amount;
    if (is(r, unit, W_HOUR) && on(r, unit + 1, W_AND) && on(r, unit + 2, W_A) &&
        on(r, unit + 3, W_HALF)) {
        *minutes += 30;
        return unit + 4;
    }
    return unit + 1;
}

/* From now on, as the clock on the wall will show it: also over a change of summer time. */
static size_t report_from_now(struct reader *r, size_t i, size_t end, int minutes)
{
    struct wall then = {r->c->now.us + minutes * 60 * US_PER_SECOND};
    struct local_time at = when_local(r->c, then);
    struct days d = one_day(at.days);
    report_days(r, i, end, &d);
    struct finding *f = report(r, WHEN_TIME, i, end);
    f->m.from = f->m.to = at.minutes;
    f->m.vague = f->half_known = f->from_now = true;
    return end;
}

size_t find_relative_time(struct reader *r, size_t i)
{
    int said = r->c->said_from, minutes;
    size_t at = is(r, i, W_THE) ? i + 1 : i;
    if (is(r, at, W_SAME) && on(r, at + 1, W_TIME)) {
        if (said < 0) {
            return 0;
        }
        struct finding *f = report(r, WHEN_TIME, i, at + 2);
        f->m.from = f->m.to = said;
        f->half_known = true;
        return at + 2;
    }
    bool in = is(r, i, W_IN);
    size_t end = read_duration(r, i + in, &minutes);
    if (!end) {
        return 0;
    }
    if (in) {
        return is(r, end, W_OTHER) || minutes > 7 * DAY_MINUTES
                   ? 0
                   : report_from_now(r, i, skip(r, end, W_TIME), minutes);
    }
    if (on(r, end, W_FROM) && on(r, end + 1, W_NOW)) {
        return report_from_now(r, i, end + 2, minutes);
    }
    bool that = on(r, end + 1, W_THAT) && may_follow(r, end + 2);
    bool alone = tok(r, end + 1)->gap & (GAP_STOP | GAP_COMMA);
    bool after = on(r, end, W_LATER) || (on(r, end, W_AFTER) && (that || alone));
    bool before = on(r, end, W_EARLIER) || (on(r, end, W_BEFORE) && (that || alone));
    int then = said + (after ? minutes : -minutes);
    if ((!after && !before) || said < 0 || then < 0 || then >= DAY_MINUTES) {
        return 0;
    }
    end += 1 + (that ? 1 : 0);
    struct finding *f = report(r, WHEN_TIME, i, end);
    f->m.from = f->m.to = then;
    f->half_known = true;
    return end;
}
