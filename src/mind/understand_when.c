/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mentions of days and times become one wish: of two days that are joined by "or" a span, of
 * one that replaces another the last, and in "move my Tuesday appointment to Friday" the first is
 * that of the appointment there is.
 */
#include "domain/zone.h"
#include "mind/understand_private.h"

#define word_among understand_among

static bool said_between(const struct reading *r, const struct when_mention *a,
                         const struct when_mention *b, const char *const *list, size_t n)
{
    for (size_t i = a->last + 1; i < b->first && i < r->u->words.n; i++) {
        if (word_among(&r->u->words.list[i], list, n)) {
            return true;
        }
    }
    return false;
}

/* Does the mention say where an appointment is moved to? */
static bool is_target(const struct reading *r, const struct when_mention *m)
{
    static const char *const tos[] = {"to", "for", "until", "till", "into", "instead"};
    static const char *const fillers[] = {"the", "on", "maybe", "a", "this", "next", "like", "say"};
    size_t at = m->first;
    while (at > 0 && word_among(&r->u->words.list[at - 1], fillers, ARRAY_SIZE(fillers))) {
        at--;
    }
    bool before = at > 0 && word_among(&r->u->words.list[at - 1], tos, 5);
    bool after = m->last + 1 < r->u->words.n && word_is(&r->u->words.list[m->last + 1], "instead");
    return before || after;
}

/* Does the mention say when the appointment is that there is: "my Tuesday appointment"? */
static bool is_present(const struct reading *r, const struct when_mention *m)
{
    static const char *const mine[] = {"my", "from", "our", "the"};
    static const char *const things[] = {"appointment", "appt", "booking", "visit",       "session",
                                         "one",         "slot", "apt",     "appointments"};
    const struct words *w = &r->u->words;
    size_t next = m->last + 1;
    next += next < w->n && word_is(&w->list[next], "s"); /* tomorrow's */
    bool names = next < w->n && word_among(&w->list[next], things, ARRAY_SIZE(things));
    bool owned = m->first > 0 && word_among(&w->list[m->first - 1], mine, 2);
    bool after = false; /* "my appointment on Tuesday" */
    for (size_t back = 1; back <= 4 && back <= m->first; back++) {
        after = after || word_among(&w->list[m->first - back], things, 5);
    }
    return names || owned || after;
}

static void take_day(struct reading *r, const struct when_mention *m)
{
    struct understood *u = r->u;
    if (m->day == m->last_day) {
        u->day = m->day;
        u->span_from = u->span_to = -1;
        u->other_day = m->ambiguous ? m->other_day : -1;
    } else {
        u->day = -1;
        u->span_from = m->day;
        u->span_to = m->last_day;
    }
}

static void take_time(struct reading *r, const struct when_mention *m)
{
    struct understood *u = r->u;
    if (m->kind == WHEN_TIME) {
        u->minutes = m->from;
        u->other_minutes = m->ambiguous ? m->other_from : -1;
    } else {
        u->window_from = m->from;
        u->window_to = m->to;
    }
}

/* Is the later mention said instead of the earlier one? */
static bool replaces(const struct reading *r, const struct when_mention *a,
                     const struct when_mention *b)
{
    static const char *const marks[] = {"no",     "actually",   "wait", "sorry",   "instead",
                                        "rather", "meant",      "mean", "scratch", "make",
                                        "oops",   "correction", "nope"};
    bool before = said_between(r, a, b, marks, ARRAY_SIZE(marks));
    bool after =
        b->last + 1 < r->u->words.n && word_among(&r->u->words.list[b->last + 1], marks + 4, 1);
    return before || after;
}

static bool moving(const struct reading *r)
{
    return reading_has(r, TOPIC_RESCHEDULE) || reading_has(r, TOPIC_CANCEL) ||
           r->talk->task == INTENT_reschedule;
}

/* "... move my facial to Monday": the verb and the day in one sentence. */
static bool moves_to(const struct reading *r, const struct when_mention *m)
{
    static const char *const verbs[] = {"move", "change", "switch",   "reschedule",
                                        "push", "rebook", "postpone", "shift"};
    const struct words *w = &r->u->words;
    bool verb = false;
    for (size_t i = m->first; i > 0 && w->list[i - 1].sentence == w->list[m->first].sentence; i--) {
        verb = verb || word_among(&w->list[i - 1], verbs, ARRAY_SIZE(verbs));
    }
    return verb && is_target(r, m);
}

/* A weekday within a span: "next week, Tuesday". */
static bool take_within(struct reading *r, const struct when_mention *span,
                        const struct when_mention *one)
{
    int64_t day = span->day + (one->day - span->day) % 7;
    day += day < span->day ? 7 : 0;
    if (span->day == span->last_day || one->day != one->last_day || day > span->last_day) {
        return false;
    }
    take_day(r, &(struct when_mention){.day = day, .last_day = day});
    return true;
}

/* Two days in one turn. */
static void take_second_day(struct reading *r, const struct when_mention *a,
                            const struct when_mention *b)
{
    static const char *const ors[] = {"or", "and", "either"};
    struct understood *u = r->u;
    bool other = is_target(r, b) || (moving(r) && !is_present(r, b));
    if (is_present(r, a) && other && !is_target(r, a)) {
        u->old_day = a->day;
        take_day(r, b);
    } else if (moves_to(r, b) && !is_target(r, a)) {
        take_day(r, b);
    } else if (moving(r) && is_present(r, b) && is_target(r, a)) {
        u->old_day = b->day;
    } else if (replaces(r, a, b)) {
        take_day(r, b);
    } else if (said_between(r, a, b, ors, ARRAY_SIZE(ors))) {
        int64_t from = MIN_OF(a->day, b->day), to = MAX_OF(a->last_day, b->last_day);
        take_day(r, &(struct when_mention){.day = from, .last_day = to});
    } else if (!take_within(r, a, b)) {
        (void)take_within(r, b, a);
    }
}

bool understand_names_weekday(const struct word *w)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun",
                                       "lun", "mar", "mie", "jue", "vie", "sab", "dom",
                                       "mer", "jeu", "ven", "sam", "dim", "gio", "ter"};
    for (size_t i = 0; w->text.n >= 3 && i < ARRAY_SIZE(days); i++) {
        if (memcmp(w->text.p, days[i], 3) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * A weekday alone is the one that was offered, or the one in the week that is talked of: "Tuesday
 * instead" after "Monday the 18th" is the 19th.
 */
static void set_in_context(const struct reading *r, struct when_mention *m, int64_t today)
{
    const struct talk *t = r->talk;
    const struct words *w = &r->u->words;
    bool one_word =
        m->first == m->last || (m->first + 1 == m->last && word_is(&w->list[m->first], "the"));
    bool bare = m->kind == WHEN_DATE && one_word && m->day == m->last_day &&
                understand_names_weekday(&w->list[m->last]);
    if (!bare) {
        return;
    }
    for (size_t i = 0; i < t->n_offers; i++) {
        if ((t->offers[i].day - m->day) % 7 == 0) {
            m->day = m->last_day = t->offers[i].day;
            return;
        }
    }
    int64_t said = t->n_offers ? t->offers[0].day : t->day;
    int64_t same_week = said - weekday_of_days(said) + weekday_of_days(m->day);
    if (said > today && same_week >= today) {
        m->day = m->last_day = same_week;
    }
}

static size_t digits_of(const struct word *w)
{
    for (size_t i = 0; i < w->text.n; i++) {
        if (w->text.p[i] < '0' || w->text.p[i] > '9') {
            return 0;
        }
    }
    return w->text.n;
}

/* A date of numbers alone: "2026-03-09", "03/09/2026". */
static bool is_numeric_date(const struct words *w, const struct when_mention *m)
{
    size_t first = digits_of(&w->list[m->first]), last = digits_of(&w->list[m->last]);
    return m->kind == WHEN_DATE && m->last == m->first + 2 && digits_of(&w->list[m->first + 1]) &&
           first && last && (first == 4) != (last == 4);
}

/* Is the word a part of such a date? */
static bool in_numeric_date(const struct reading *r, size_t at)
{
    for (size_t i = 0; i < r->when.n; i++) {
        const struct when_mention *m = &r->when.list[i];
        if (at >= m->first && at <= m->last && is_numeric_date(&r->u->words, m)) {
            return true;
        }
    }
    return false;
}

/* Does the word stand in a row of digits that is as long as a telephone number? */
static bool in_phone(const struct reading *r, size_t at)
{
    const struct words *w = &r->u->words;
    size_t from = at, to = at, digits = digits_of(&w->list[at]);
    if (!digits || in_numeric_date(r, at)) {
        return false;
    }
    while (from > 0 && w->list[from].before.n <= 2 && digits_of(&w->list[from - 1]) &&
           !in_numeric_date(r, from - 1)) {
        digits += digits_of(&w->list[--from]);
    }
    while (to + 1 < w->n && w->list[to + 1].before.n <= 2 && digits_of(&w->list[to + 1]) &&
           !in_numeric_date(r, to + 1)) {
        digits += digits_of(&w->list[++to]);
    }
    return digits >= 7;
}

/* "1. How long ..." at the beginning of a line. */
static bool numbers_line(const struct words *w, size_t at)
{
    struct str before = w->list[at].before;
    bool begins = at == 0 || memchr(before.p, '\n', before.n);
    bool dotted =
        at + 1 < w->n && w->list[at + 1].before.n == 2 && strchr(".)", w->list[at + 1].before.p[0]);
    return begins && dotted && digits_of(&w->list[at]) == 1;
}

/* "Morning, I drive a rig": a greeting. "Morning would be best" is not one. */
static bool only_greets(const struct reading *r, const struct when_mention *m)
{
    static const char *const parts[] = {"morning", "mornin", "afternoon", "evening"};
    static const char *const goes_on[] = {
        "is",   "are",  "or",     "works",   "would", "please", "on",          "of",        "if",
        "only", "best", "thanks", "ideally", "and",   "slot",   "appointment", "preferably"};
    const struct words *w = &r->u->words;
    if (m->first != 0 || m->last != 0 || w->n < 3 || r->talk->last != INTENT_none ||
        !word_among(&w->list[0], parts, ARRAY_SIZE(parts))) {
        return false;
    }
    for (size_t i = 0; i < r->when.n; i++) {
        if (r->when.list[i].first > m->last && r->when.list[i].first <= m->last + 2) {
            return false; /* "afternoon of the 12th" */
        }
    }
    return !word_among(&w->list[1], goes_on, ARRAY_SIZE(goes_on));
}

/* "Saturdays" is no day, "any time" no time, and "I work until four" no wish. */
static bool means_nothing(const struct reading *r, const struct when_mention *m)
{
    static const char *const plurals[] = {"mondays",   "tuesdays", "wednesdays",
                                          "thursdays", "fridays",  "saturdays",
                                          "sundays",   "weekends", "weekdays"};
    const struct words *w = &r->u->words;
    bool plural =
        m->kind == WHEN_DATE && word_among(&w->list[m->last], plurals, ARRAY_SIZE(plurals));
    static const char *const ones[] = {"next", "this", "coming"};
    plural = plural && !(m->last > 0 && word_among(&w->list[m->last - 1], ones, 3));
    bool any = m->kind == WHEN_WINDOW && m->from <= 480 && m->to >= 1200;
    bool works =
        m->kind == WHEN_WINDOW && m->first > 0 &&
        word_among(&w->list[m->first - 1], (const char *const[]){"work", "working", "works"}, 3);
    bool one = m->kind == WHEN_TIME && m->first == m->last && word_is(&w->list[m->first], "one") &&
               r->talk->n_offers > 0 && !(m->first > 0 && word_is(&w->list[m->first - 1], "at"));
    bool later = m->kind == WHEN_WINDOW && word_is(&w->list[m->first], "later");
    return only_greets(r, m) || understand_of_other(r, m) || plural || any || works || one ||
           later || in_phone(r, m->first) || numbers_line(w, m->first);
}

/* "I get off at four": the day is free from then on. */
static bool ends_work(const struct reading *r, const struct when_mention *m)
{
    static const char *const ends[] = {"off", "out", "done", "finish", "finished"};
    static const char *const whose[] = {"get", "gets", "getting", "im", "am", "i", "shes", "hes"};
    static const char *const between[] = {"at", "work", "of", "from", "around", "by"};
    const struct words *w = &r->u->words;
    size_t at = m->first;
    while (at > 0 && word_among(&w->list[at - 1], between, ARRAY_SIZE(between))) {
        at--;
    }
    return m->kind == WHEN_TIME && !m->negated && at > 1 &&
           word_among(&w->list[at - 1], ends, ARRAY_SIZE(ends)) &&
           word_among(&w->list[at - 2], whose, ARRAY_SIZE(whose));
}

/* Seven means the evening where nobody opens before eight. */
static int open_half(const struct facts *f, const struct when_mention *m)
{
    bool early = f->n_hours == 0;
    for (size_t i = 0; i < f->n_hours; i++) {
        early = early || strcmp(f->hours[i].opens, "08:00") < 0;
    }
    bool seven = m->kind == WHEN_TIME && m->half_assumed && m->from / 60 == 7;
    return seven && !early ? m->from + 720 : m->from;
}

static void settle_mentions(struct reading *r)
{
    int64_t today = zone_local(r->in->facts->zone, r->in->now).days;
    size_t kept = 0;
    for (size_t i = 0; i < r->when.n; i++) {
        if (!means_nothing(r, &r->when.list[i])) {
            struct when_mention m = r->when.list[i];
            m.from = open_half(r->in->facts, &m);
            if (ends_work(r, &m)) {
                m.kind = WHEN_WINDOW;
                m.to = 20 * 60;
            }
            set_in_context(r, &m, today);
            r->when.list[kept++] = m;
        }
    }
    r->when.n = kept;
}

static void take_days(struct reading *r)
{
    const struct when_mention *first = NULL;
    for (size_t i = 0; i < r->when.n; i++) {
        const struct when_mention *m = &r->when.list[i];
        if (m->kind != WHEN_DATE || m->negated) {
            continue;
        }
        r->u->any_such_day = understand_any_such(r, m);
        if (!first) {
            take_day(r, m);
        } else {
            take_second_day(r, first, m);
        }
        first = m;
    }
    for (size_t i = 0; i < r->when.n && r->u->span_from < r->u->span_to; i++) {
        const struct when_mention *m = &r->when.list[i];
        bool no = m->kind == WHEN_DATE && m->negated; /* "next week, any day but Monday" */
        r->u->span_from += no && m->day <= r->u->span_from && m->last_day >= r->u->span_from;
        r->u->span_to -= no && m->day <= r->u->span_to && m->last_day >= r->u->span_to;
    }
    bool only = first && r->u->old_day < 0 && r->u->day >= 0;
    if (only && moving(r) && is_present(r, first) && !is_target(r, first) &&
        r->talk->task != INTENT_reschedule) {
        r->u->old_day = r->u->day;
    }
}

static void take_times(struct reading *r)
{
    const struct when_mention *first = NULL;
    for (size_t i = 0; i < r->when.n; i++) {
        const struct when_mention *m = &r->when.list[i];
        if (m->kind == WHEN_DATE || m->negated) {
            continue;
        }
        bool instead = first && (replaces(r, first, m) || (moving(r) && is_target(r, m)));
        if (!first || instead || (first->kind == WHEN_WINDOW && m->kind == WHEN_TIME)) {
            take_time(r, m);
            first = m;
        }
    }
    if (r->u->minutes >= 0) { /* "Tuesday morning at ten" */
        r->u->window_from = r->u->window_to = -1;
    }
}

void understand_forget_when(struct understood *u)
{
    u->day = u->span_from = u->span_to = u->other_day = u->old_day = -1;
    u->minutes = u->window_from = u->window_to = u->other_minutes = -1;
}

void understand_when(struct reading *r)
{
    const struct talk *t = r->talk;
    int64_t said_day = t->day;
    if (said_day < 0 && t->n_offers) {
        said_day = t->offers[0].day;
    }
    int said_from = t->minutes >= 0 ? t->minutes : t->n_offers == 1 ? t->offers[0].minutes : -1;
    const struct facts *f = r->in->facts;
    if (f->zone) {
        struct when_context c = {r->in->now, f->zone, said_day, said_from};
        when_find(&r->u->words, &c, &r->when);
        settle_mentions(r);
    }
    r->u->no_month = r->when.no_month;
    r->u->no_day = r->when.no_day;
    take_days(r);
    take_times(r);
    bool any = false, kept = false;
    for (size_t i = 0; i < r->when.n; i++) {
        any = any || r->when.list[i].negated;
        kept = kept || !r->when.list[i].negated;
    }
    r->u->negated_when = any && !kept;
}

bool understand_in_time(const struct reading *r, size_t at)
{
    for (size_t i = 0; i < r->when.n; i++) {
        const struct when_mention *m = &r->when.list[i];
        if (m->kind == WHEN_TIME && at >= m->first && at <= m->last) {
            return true;
        }
    }
    return false;
}
