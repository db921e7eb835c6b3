/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the tokens, each reader tried at each place, the longest sense first; then what
 * only the neighbours can say: which half of the day, what was refused, what is over already.
 */
#include "mind/when_private.h"

#define NOON 720
#define END_OF_DAY 1439

struct finding *report(struct reader *r, enum when_kind kind, size_t first, size_t end)
{
    static const struct finding nothing = {.part = PART_NONE, .half_known = true};
    size_t at = MIN_OF(r->n_found, (size_t)FINDINGS_MAX - 1);
    r->found[at] = nothing;
    r->found[at].m.kind = kind;
    r->found[at].m.first = first;
    r->found[at].m.last = end - 1;
    r->n_found = at + 1;
    return &r->found[at];
}

void report_days(struct reader *r, size_t first, size_t end, const struct days *d)
{
    struct finding *f = report(r, WHEN_DATE, first, end);
    f->m.day = d->first;
    f->m.last_day = d->last;
    f->m.vague = d->vague;
    f->m.ambiguous = d->ambiguous;
    f->m.other_day = d->other;
    f->m.past = d->last < r->now.days;
    int64_t end_of_days = days_from_civil(2200, 1, 1);
    f->gone = d->first < 0 || d->last < d->first || d->last >= end_of_days ||
              (d->ambiguous && (d->other < 0 || d->other >= end_of_days));
}

void report_part(struct reader *r, size_t first, size_t end, enum part p)
{
    struct finding *f = report(r, WHEN_WINDOW, first, end);
    part_window(p, &f->m.from, &f->m.to);
    f->part = (int)p;
}

static void scan(struct reader *r)
{
    for (size_t i = 0; i < r->n && r->n_found < FINDINGS_MAX - 1;) {
        const struct token *t = tok(r, i);
        if (t->gap & GAP_STOP) {
            r->week = r->month = -1;
        }
        if (t->kind == W_OTHER || t->kind == W_WORD) {
            i++;
            continue;
        }
        size_t end = skip_past(r, i);
        end = end ? end : skip_no_day(r, i);
        if (end) {
            i = end;
            continue;
        }
        end = find_relative_time(r, i);
        end = end ? end : find_days(r, i);
        end = end ? end : find_window(r, i);
        end = end ? end : find_time(r, i);
        if (end) {
            r->done = end;
        }
        i = end ? end : i + 1;
    }
}

/* --- the half of the day --- */

/* Are two findings in one breath: at most a few small words and no sentence's end between? */
static bool near(const struct reader *r, const struct finding *a, const struct finding *b)
{
    if (b->m.first > a->m.last + 4) {
        return false;
    }
    for (size_t i = a->m.last + 1; i <= b->m.first; i++) {
        if ((tok(r, i)->gap & GAP_STOP) || is(r, i, W_OR) || is(r, i, W_BUT) || is(r, i, W_NOT)) {
            return false;
        }
    }
    return true;
}

static int in_part(int minutes, int part, bool *inside)
{
    int m = minutes % NOON;
    int evening_from = part == PART_NIGHT ? 6 * 60 : 4 * 60;
    if (part == PART_MORNING) {
        *inside = m >= 5 * 60;
        return m;
    }
    if (part == PART_NIGHT && m < 5 * 60) {
        *inside = false;
        return m; /* 12 and 2 at night */
    }
    *inside = part == PART_AFTERNOON ? m < 7 * 60 : m >= evening_from;
    return m + NOON;
}

/* The part of the day that stands beside a time decides its half and is then no window of its own.
 */
static void merge_part(struct finding *time, struct finding *part, bool follows)
{
    if (!time->half_known) {
        bool inside;
        int was = time->m.from;
        time->m.from = in_part(was, part->part, &inside);
        int to = in_part(time->m.to, part->part, &inside);
        if (time->m.kind == WHEN_WINDOW && to <= time->m.from) {
            to = MIN_OF(to + NOON, END_OF_DAY);
        }
        time->m.to = MAX_OF(to, time->m.from);
        time->m.ambiguous = was % NOON < 60 && part->part == PART_MORNING;
        time->m.other_from = NOON + was % NOON;
        time->half_known = true;
    }
    if (follows) {
        time->m.last = MAX_OF(time->m.last, part->m.last);
    }
    part->gone = true;
    part->part = PART_NONE;
}

/* An after or before bound keeps its open end where the day ends. */
static bool halves(const struct finding *f)
{
    return f->m.kind == WHEN_TIME || (f->m.kind == WHEN_WINDOW && f->range);
}

static void decide_halves(struct reader *r)
{
    for (size_t i = 0; i < r->n_found; i++) {
        struct finding *time = &r->found[i];
        if (!halves(time)) {
            continue;
        }
        for (size_t k = i + 1; k < r->n_found && k <= i + 2; k++) {
            if (r->found[k].part != PART_NONE && near(r, time, &r->found[k])) {
                merge_part(time, &r->found[k], r->found[k].m.first <= time->m.last + 3);
                break;
            }
            if (r->found[k].m.kind != WHEN_DATE) {
                break;
            }
        }
        for (size_t k = i; k-- > 0 && k + 2 >= i;) {
            bool inside = true;
            if (r->found[k].part != PART_NONE) {
                (void)in_part(time->m.from, r->found[k].part, &inside);
                if (near(r, &r->found[k], time) && (inside || time->half_known)) {
                    merge_part(time, &r->found[k], false);
                }
                break;
            }
            if (r->found[k].m.kind != WHEN_DATE) {
                break;
            }
        }
    }
}

/* The one part of the day in the text, though far away, if the time can be in it. */
static void decide_far_halves(struct reader *r)
{
    int part = PART_NONE;
    for (size_t i = 0; i < r->n_found; i++) {
        if (r->found[i].part != PART_NONE && !r->found[i].m.negated) {
            if (part != PART_NONE) {
                return;
            }
            part = r->found[i].part;
        }
    }
    for (size_t i = 0; part != PART_NONE && i < r->n_found; i++) {
        struct finding *f = &r->found[i];
        bool inside;
        if (f->m.kind == WHEN_TIME && !f->half_known) {
            int minutes = in_part(f->m.from, part, &inside);
            f->m.from = f->m.to = inside ? minutes : f->m.from;
            f->half_known = inside;
        }
    }
}

/* --- refusals --- */

/* A no stands before it: "not Tuesday", "can't do Thursday", "anything but 3". */
static bool refused_before(const struct reader *r, size_t from, size_t first)
{
    for (size_t i = first, steps = 0; i > from && steps < 6; i--, steps++) {
        if (tok(r, i)->gap & (GAP_STOP | GAP_COMMA)) {
            return false;
        }
        const struct token *t = tok(r, i - 1);
        bool question = is(r, i - 2, W_WHY) || is(r, i, W_YOU) || is(r, i - 2, W_YOU);
        switch (t->kind) {
        case W_NOT:
            return !question && !is(r, i, W_UNTIL) && !is(r, i, W_TILL) && !is(r, i, W_BEFORE) &&
                   !is(r, i, W_AFTER) && !is(r, i, W_EARLIER) && !is(r, i, W_LATER) &&
                   !is(r, i, W_OUT) && steps < (t->value ? 3u : 5u);
        case W_CANT:
        case W_BUSY:
            return !question && !is(r, i, W_OTHER) &&
                   !(is(r, i, W_BE) && (is(r, i + 1, W_LATE) || is(r, i + 1, W_EARLY)));
        case W_NOTHING:
            return steps == 0;
        case W_EXCEPT:
            return true;
        case W_THAN:
            return is(r, i - 2, W_RATHER) || is(r, i - 2, W_OTHER) || is(r, i - 2, W_UNIT);
        case W_OF:
            if (is(r, i - 2, W_INSTEAD)) {
                return true;
            }
            break;
        case W_NO:
            return steps == 0 && (tok(r, first)->flags & F_PLURAL);
        case W_BUT:
            return is(r, i - 2, W_ANYTHING) || is(r, i - 2, W_TIME) || is(r, i - 2, W_ANYTIME) ||
                   (is(r, i - 2, W_DAY) && (is(r, i - 3, W_ANY)));
        case W_CAN:
        case W_IF:
        case W_BE:
            if (t->kind == W_IF || t->kind == W_CAN) {
                return false;
            }
            break;
        default:
            break;
        }
    }
    return false;
}

/* A no stands after it: "Thursday doesn't work", "3 is no good", "Friday I can't". */
static size_t refused_after(const struct reader *r, size_t end, size_t until)
{
    for (size_t i = end, steps = 0; i < until && steps < 4; i++, steps++) {
        if (tok(r, i)->gap & (GAP_STOP | GAP_COMMA)) {
            return 0;
        }
        const struct token *t = tok(r, i), *next = tok(r, i + 1);
        bool alone = (next->gap & (GAP_STOP | GAP_COMMA)) || next->kind == W_BUT;
        switch (t->kind) {
        case W_CANT:
            return next->kind == W_DO || next->kind == W_GOOD || next->kind == W_WORK ||
                           next->kind == W_BE || alone
                       ? i + 1
                       : 0;
        case W_NOT:
        case W_NO:
            return next->kind == W_DO || next->kind == W_GOOD || next->kind == W_WORK ? i + 1 : 0;
        case W_OUT:
            return is(r, i - 1, W_BE) && alone ? i + 1 : 0;
        case W_EARLY:
        case W_LATE:
        case W_EARLIER:
            return is(r, i - 1, W_TOO) ? i + 1 : 0;
        case W_BUSY:
            return is(r, i - 1, W_I) || is(r, i - 2, W_I) || is(r, i - 1, W_BE) ? i + 1 : 0;
        case W_DO:
        case W_BE:
        case W_I:
        case W_CAN:
        case W_AT:
        case W_ALL:
        case W_GOOD:
            break;
        case W_WORD:
        case W_TOO:
            break;
        default:
            return 0;
        }
    }
    return 0;
}

static bool conditional(const struct reader *r, size_t from, size_t first)
{
    for (size_t i = first; i > from && i + 3 > first; i--) {
        if (is(r, i - 1, W_IF)) {
            return true;
        }
    }
    return false;
}

/* Is a finding tied to the one before it: "Thursday or Friday", "Thursday at 3"? */
static bool tied(const struct reader *r, const struct finding *a, const struct finding *b)
{
    if (b->m.first <= a->m.last + 1 && !(tok(r, b->m.first)->gap & (GAP_STOP | GAP_COMMA))) {
        return true;
    }
    for (size_t i = a->m.last + 1; i <= b->m.first; i++) {
        bool last = i == b->m.first;
        if (tok(r, i)->gap & GAP_STOP) {
            return false;
        }
        if (!last && !is(r, i, W_OR) && !is(r, i, W_AND) && !is(r, i, W_AT) && !is(r, i, W_ON) &&
            !is(r, i, W_AROUND) && !is(r, i, W_IN) && !is(r, i, W_THE)) {
            return false;
        }
        if ((tok(r, i)->gap & GAP_COMMA) && !is(r, i, W_OR) && !is(r, i, W_AND)) {
            return false;
        }
    }
    return true;
}

static void find_refusals(struct reader *r)
{
    size_t from = 0;
    for (size_t i = 0; i < r->n_found; i++) {
        struct finding *f = &r->found[i], *before = i ? &r->found[i - 1] : NULL;
        size_t until = i + 1 < r->n_found ? r->found[i + 1].m.first : r->n;
        bool chained = before && before->m.first != f->m.first && tied(r, before, f);
        bool twin = before && before->m.first == f->m.first;
        f->m.negated = twin ? before->m.negated
                            : refused_before(r, from, f->m.first) ||
                                  (chained && before->m.negated && !before->settled);
        size_t no =
            f->m.negated ? 0 : refused_after(r, f->m.last + 1, MAX_OF(until, f->m.last + 1));
        f->settled = no > 0;
        if (no && !conditional(r, from, f->m.first)) {
            f->m.negated = true;
            for (size_t k = i; k > 0 && tied(r, &r->found[k - 1], &r->found[k]); k--) {
                r->found[k - 1].m.negated = true;
            }
        }
        from = MAX_OF(no, f->m.last + 1);
    }
}

/* --- what is over --- */

/* A time of today that has passed; the day stays what was said. */
static void mark_past(struct reader *r)
{
    bool today = false, other = false;
    for (size_t i = 0; i < r->n_found; i++) {
        const struct when_mention *m = &r->found[i].m;
        if (m->kind == WHEN_DATE && !m->negated) {
            today = today || (m->day == r->now.days && m->last_day == m->day);
            other = other || m->last_day > r->now.days;
        }
    }
    for (size_t i = 0; today && !other && i < r->n_found; i++) {
        struct when_mention *m = &r->found[i].m;
        m->past = m->kind != WHEN_DATE ? m->to <= r->now.minutes && !r->found[i].from_now : m->past;
    }
}

static void drop_gone(struct reader *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_found; i++) {
        if (!r->found[i].gone) {
            r->found[n++] = r->found[i];
        }
    }
    r->n_found = n;
}

struct local_time when_local(const struct when_context *c, struct wall at)
{
    if (c->zone) {
        return zone_local(c->zone, at);
    }
    int64_t days = at.us / US_PER_DAY - (at.us % US_PER_DAY < 0);
    return (struct local_time){days, weekday_of_days(days),
                               (int)((at.us - days * US_PER_DAY) / (60 * US_PER_SECOND))};
}

void when_find(const struct words *w, const struct when_context *c, struct when *out)
{
    struct reader r;
    r.c = c;
    r.now = when_local(c, c->now);
    r.n_found = r.done = 0;
    r.week = r.month = -1;
    r.no_month = r.no_day = 0;
    when_tokens(&r, w);
    scan(&r);
    decide_halves(&r);
    drop_gone(&r);
    find_refusals(&r);
    decide_far_halves(&r);
    mark_past(&r);
    out->no_month = r.no_month;
    out->no_day = r.no_day;
    out->n = MIN_OF(r.n_found, (size_t)WHEN_MAX);
    for (size_t i = 0; i < out->n; i++) {
        out->list[i] = r.found[i].m;
        out->list[i].half_assumed = !r.found[i].half_known;
    }
}
