/* SPDX-License-Identifier: Apache-2.0 */
/* Day words by table, then the first number that can be a time of day. */
#include "mind/moment.h"

/* May and sun are words of their own: short forms count only when they are spelt exactly. */
static const struct {
    const char *phrase;
    int weekday;
} weekday_words[] = {
    {"monday|=mon", 1},
    {"tuesday|=tue|=tues", 2},
    {"wednesday|=wed|=weds|wendesday", 3},
    {"thursday|=thu|=thur|=thurs", 4},
    {"friday|=fri", 5},
    {"saturday|=sat", 6},
    {"sunday|=sun", 7},
};

static void find_day(const struct words *w, struct moment *m)
{
    size_t first, last;
    for (size_t i = 0; i < ARRAY_SIZE(weekday_words); i++) {
        if (words_find(w, weekday_words[i].phrase, 0, &first, &last)) {
            m->day = DAY_WEEKDAY;
            m->weekdays[weekday_words[i].weekday] = true;
        }
    }
    if (words_find(w, "weekend", 0, &first, &last)) {
        m->day = DAY_WEEKDAY;
        m->weekdays[6] = m->weekdays[7] = true;
    }
    if (m->day == DAY_WEEKDAY) {
        return;
    }
    if (words_find(w, "=day =after tomorrow", 0, &first, &last)) {
        m->day = DAY_AFTER_TOMORROW;
    } else if (words_find(w, "tomorrow|=tmrw|=tmr|=tomorow|tommorrow|=2moro", 0, &first, &last)) {
        m->day = DAY_TOMORROW;
    } else if (words_find(w, "=today|tonight|=todays", 0, &first, &last)) {
        m->day = DAY_TODAY;
    } else if (words_find(w, "=now|currently|=still", 0, &first, &last) ||
               words_find(w, "=at moment", 0, &first, &last)) {
        m->day = DAY_NOW;
    }
}

static const char *const hour_names[] = {"twelve", "one",   "two",   "three", "four", "five",
                                         "six",    "seven", "eight", "nine",  "ten",  "eleven"};

/* The number of a word: "5", "17", "five"; minutes with it when it is H:MM. */
static bool read_hour(const struct word *w, int64_t *hour, int64_t *minute)
{
    struct str rest = w->text;
    struct str head = str_cut(&rest, ':');
    *minute = 0;
    if (str_to_i64(head, hour)) {
        return *hour >= 0 && *hour <= 23 && head.n <= 2 &&
               (!rest.p || (str_to_i64(rest, minute) && *minute < 60));
    }
    for (size_t i = 0; i < ARRAY_SIZE(hour_names); i++) {
        if (word_is(w, hour_names[i])) {
            *hour = i ? (int64_t)i : 12;
            return true;
        }
    }
    return false;
}

/* am or pm after the number, also "p m" from "p.m.". 'a', 'p' or 0. */
static char half_after(const struct words *w, size_t at)
{
    if (at + 1 >= w->n) {
        return 0;
    }
    const struct word *next = &w->list[at + 1];
    if (word_is(next, "am") || word_is(next, "pm")) {
        return next->text.p[0];
    }
    bool split = (word_is(next, "a") || word_is(next, "p")) && at + 2 < w->n &&
                 word_is(&w->list[at + 2], "m");
    return split ? next->text.p[0] : 0;
}

static bool announces_time(const struct words *w, size_t at)
{
    static const char *const before[] = {"at",    "by",   "until",  "till",  "til", "before",
                                         "after", "past", "around", "about", "from"};
    for (size_t i = 0; at > 0 && i < ARRAY_SIZE(before); i++) {
        if (word_is(&w->list[at - 1], before[i])) {
            return true;
        }
    }
    return false;
}

static bool read_time(const struct words *w, size_t at, struct moment *m)
{
    int64_t hour, minute;
    if (word_is(&w->list[at], "noon") || word_is(&w->list[at], "midday")) {
        m->minutes = 12 * 60;
        return true;
    }
    if (!read_hour(&w->list[at], &hour, &minute)) {
        return false;
    }
    char half = half_after(w, at);
    bool with_minutes = str_index(w->list[at].text, ':', 0) >= 0;
    bool clock = at + 1 < w->n && word_is(&w->list[at + 1], "oclock");
    if (!half && !with_minutes && !clock && !announces_time(w, at)) {
        return false;
    }
    if (half && hour >= 1 && hour <= 12) {
        hour = hour % 12 + (half == 'p' ? 12 : 0);
    }
    m->minutes = (int)(hour * 60 + minute);
    m->half_known = half != 0 || hour > 12 || hour == 0;
    return true;
}

struct moment moment_find(const struct words *w)
{
    struct moment m = {.minutes = -1, .half_known = true};
    find_day(w, &m);
    for (size_t i = 0; i < w->n && m.minutes < 0; i++) {
        (void)read_time(w, i, &m);
    }
    return m;
}
