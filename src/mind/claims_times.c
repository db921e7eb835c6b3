/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Days and times of day in what the assistant says, which is plainer than what customers write
 * (mind/when.h reads those): "Tuesday at 2 PM", "10:30", "two thirty PM", "noon", "March 9th".
 * Each time gets its day, which stands before it ("Tuesday 2 PM, Wednesday 3 PM") or, when the
 * sentence begins so, after it ("2 PM Tuesday, 3 PM Wednesday").
 */
#include "base/attr.h"
#include "base/clock.h"
#include "domain/zone.h"
#include "mind/claims_private.h"

static const struct claim_day no_day = {.from_today = -1};

static int index_in(const struct word *w, const char *const *list)
{
    for (int i = 0; list[i]; i++) {
        if (word_is(w, list[i])) {
            return i;
        }
    }
    return -1;
}

static const char *const hour_words[] = {"one",    "two",    "three", "four", "five",
                                         "six",    "seven",  "eight", "nine", "ten",
                                         "eleven", "twelve", NULL};

/* "14", "2"; -1 when it is no number of at most two digits. */
static int small_number(const struct word *w)
{
    int n = 0;
    for (size_t i = 0; i < w->text.n; i++) {
        char c = w->text.p[i];
        if (c < '0' || c > '9' || i == 2) {
            return -1;
        }
        n = n * 10 + c - '0';
    }
    return w->text.n ? n : -1;
}

/* "10:30" */
static int clock_number(const struct word *w)
{
    ptrdiff_t colon = str_index(w->text, ':', 0);
    if (colon < 1 || colon > 2 || w->text.n != (size_t)colon + 3) {
        return -1;
    }
    struct word hour = {.text = {w->text.p, (size_t)colon}};
    struct word minute = {.text = {w->text.p + colon + 1, 2}};
    int h = small_number(&hour), m = small_number(&minute);
    return h >= 0 && h < 24 && m >= 0 && m < 60 ? h * 60 + m : -1;
}

/* "thirty", "fifteen", "forty five", "oclock": minutes, and how many words they are. */
static int minute_words(const struct claims_sentence *s, size_t at, size_t *n)
{
    static const char *const tens[] = {"ten", "twenty", "thirty", "forty", "fifty", NULL};
    *n = 0;
    if (at >= s->end) {
        return 0;
    }
    const struct word *w = &s->words->list[at];
    int ten = index_in(w, tens);
    *n = 1;
    if (word_is(w, "oclock")) {
        return 0;
    }
    if (word_is(w, "fifteen")) {
        return 15;
    }
    if (ten >= 0) {
        bool five = at + 1 < s->end && word_is(&s->words->list[at + 1], "five");
        *n = five ? 2 : 1;
        return (ten + 1) * 10 + (five ? 5 : 0);
    }
    *n = 0;
    return 0;
}

enum half { HALF_NONE, HALF_AM, HALF_PM };

static enum half half_at(const struct claims_sentence *s, size_t at)
{
    if (at >= s->end) {
        return HALF_NONE;
    }
    const struct word *w = &s->words->list[at];
    return word_is(w, "am") ? HALF_AM : word_is(w, "pm") ? HALF_PM : HALF_NONE;
}

static int with_half(int minutes, enum half half)
{
    int m = minutes % 720;
    return half == HALF_PM ? m + 720 : half == HALF_AM ? m : minutes;
}

/* A bare hour is a time after "at", or beside another time of a list: "at 2", "2 or 3 PM". */
static bool hour_is_meant(const struct claims_sentence *s, size_t at, size_t last)
{
    static const char *const leads[] = {"at", "or", "around", "by", "las", "la", NULL};
    static const char *const units[] = {"minute", "minutes",  "hour",    "hours",   "day",   "days",
                                        "week",   "weeks",    "percent", "dollars", "years", "of",
                                        "areas",  "sessions", "month",   "months",  NULL};
    if (last + 1 < s->end && index_in(&s->words->list[last + 1], units) >= 0) {
        return false;
    }
    bool list = last + 2 < s->end && word_is(&s->words->list[last + 1], "or") &&
                (small_number(&s->words->list[last + 2]) > 0 ||
                 clock_number(&s->words->list[last + 2]) >= 0);
    return list || (at > s->begin && index_in(&s->words->list[at - 1], leads) >= 0);
}

/* The time that begins at a word, and its last word. */
static bool read_time(const struct claims_sentence *s, size_t at, struct claim_time *t,
                      size_t *last)
{
    const struct word *w = &s->words->list[at];
    size_t more = 0;
    *last = at;
    if (word_is(w, "noon") || word_is(w, "midday")) {
        *t = (struct claim_time){.minutes = 720};
        return true;
    }
    int minutes = clock_number(w);
    bool clock = minutes >= 0;
    if (!clock) {
        int hour = small_number(w);
        int word = index_in(w, hour_words);
        hour = word >= 0 ? word + 1 : hour;
        if (hour < 1 || hour > 12) {
            return false;
        }
        minutes = hour * 60 + minute_words(s, at + 1, &more);
    }
    *last = at + more;
    enum half half = half_at(s, *last + 1);
    if (half == HALF_NONE && !clock && !hour_is_meant(s, at, *last)) {
        return false;
    }
    *last += half != HALF_NONE;
    *t = (struct claim_time){.minutes = with_half(minutes, half),
                             .half = half == HALF_NONE && minutes < 780};
    return true;
}

bool claims_time_at(const struct claims_sentence *s, size_t at)
{
    struct claim_time t;
    size_t last;
    return at < s->end && read_time(s, at, &t, &last);
}

static int weekday_at(const struct word *w)
{
    static const char *const names[] = {
        "monday",    "tuesday", "wednesday", "thursday", "friday",  "saturday", "sunday", "mon",
        "tue",       "wed",     "thu",       "fri",      "sat",     "sun",      "lunes",  "martes",
        "miercoles", "jueves",  "viernes",   "sabado",   "domingo", NULL};
    static const char *const others[] = {"mondays", "tues", "weds", "thurs", NULL};
    int i = index_in(w, names), other = index_in(w, others);
    return i >= 0 ? i % 7 + 1 : other + 1;
}

static bool month_word(const struct word *w)
{
    static const char *const names[] = {
        "january",    "february", "march",     "april",     "may",  "june",  "july",  "august",
        "september",  "october",  "november",  "december",  "jan",  "feb",   "mar",   "apr",
        "jun",        "jul",      "aug",       "sep",       "sept", "oct",   "nov",   "dec",
        "enero",      "febrero",  "marzo",     "abril",     "mayo", "junio", "julio", "agosto",
        "septiembre", "octubre",  "noviembre", "diciembre", NULL};
    return index_in(w, names) >= 0;
}

/* "March 9", "9th", "9 March": the day of the month; 0: none. */
static int month_day_at(const struct claims_sentence *s, size_t at)
{
    static const char *const endings[] = {"st", "nd", "rd", "th", NULL};
    int n = small_number(&s->words->list[at]);
    if (n < 1 || n > 31) {
        return 0;
    }
    bool ordinal = at + 1 < s->end && index_in(&s->words->list[at + 1], endings) >= 0;
    bool month = (at > s->begin && month_word(&s->words->list[at - 1])) ||
                 (at + 1 < s->end && month_word(&s->words->list[at + 1]));
    return ordinal || month ? n : 0;
}

static bool read_day(const struct claims_sentence *s, size_t at, struct claim_day *d)
{
    const struct word *w = &s->words->list[at];
    *d = no_day;
    d->weekday = weekday_at(w);
    d->month_day = month_day_at(s, at);
    if (word_is(w, "today") || word_is(w, "tonight") || word_is(w, "hoy")) {
        d->from_today = 0;
    } else if (word_is(w, "tomorrow")) {
        d->from_today = 1;
    }
    return d->weekday || d->month_day || d->from_today >= 0;
}

bool claims_day_at(const struct claims_sentence *s, size_t at)
{
    struct claim_day d;
    return at < s->end && read_day(s, at, &d);
}

/* "Tuesday, March 3": one day, said twice. */
static void merge_day(struct claim_day *into, const struct claim_day *d, bool adjacent)
{
    if (!adjacent) {
        *into = *d;
        return;
    }
    into->weekday = d->weekday ? d->weekday : into->weekday;
    into->month_day = d->month_day ? d->month_day : into->month_day;
    into->from_today = d->from_today >= 0 ? d->from_today : into->from_today;
}

/* Times from `from` on had no day of their own yet. */
static void date_times(struct claims_sentence *s, size_t from, const struct claim_day *day)
{
    for (size_t i = from; i < s->n; i++) {
        s->times[i].day = *day;
    }
}

void claims_read_times(struct claims_sentence *s)
{
    struct claim_day d;
    size_t day_at = SIZE_MAX, undated = 0;
    bool times_first = false; /* "2 PM on Tuesday, 3 PM on Wednesday" */
    s->n = 0;
    for (size_t at = s->begin; at < s->end; at++) {
        size_t last;
        if (read_day(s, at, &d)) {
            times_first = times_first || (day_at == SIZE_MAX && s->n > 0);
            bool adjacent = day_at != SIZE_MAX && at - day_at <= 3;
            merge_day(&s->day, &d, adjacent && (s->n == 0 || s->last[s->n - 1] < day_at));
            day_at = at;
            if (times_first) {
                date_times(s, undated, &s->day);
            }
        } else if (s->n < CLAIM_TIMES_MAX && read_time(s, at, &s->times[s->n], &last)) {
            /* The first time after a day of this sentence begins a new row of undated ones. */
            undated =
                day_at != SIZE_MAX && (s->n == 0 || s->last[s->n - 1] < day_at) ? s->n : undated;
            s->times[s->n].day = s->day;
            s->first[s->n] = at;
            s->last[s->n++] = last;
            at = last;
        }
    }
}

void claims_times(const struct claims_sentence *s, struct claim *to)
{
    to->n_times = s->n;
    memcpy(to->times, s->times, s->n * sizeof *s->times);
}

static bool day_fits(const struct claim_day *d, int64_t day, int64_t today)
{
    int64_t year;
    int month, month_day;
    civil_from_days(day, &year, &month, &month_day);
    return (!d->weekday || d->weekday == weekday_of_days(day)) &&
           (!d->month_day || d->month_day == month_day) &&
           (d->from_today < 0 || today + d->from_today == day);
}

bool claim_time_fits(const struct claim_time *t, int64_t day, int minutes, int64_t today)
{
    bool time = t->minutes == minutes || (t->half && t->minutes % 720 == minutes % 720);
    return time && day_fits(&t->day, day, today);
}
