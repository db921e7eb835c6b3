/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wished where the words do not name a day or a time: it follows from what was offered, or
 * from the days on which the business is closed.
 */
#include "mind/hours.h"
#include "mind/turn_private.h"

#define LATE_MINUTES (16 * 60) /* after it "later" means another day */

void turn_look_elsewhere(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    bool elsewhere = (t->u.acts & ACTS(request_alternatives)) || t->u.later || t->u.earlier;
    bool reading = k->asked == ASKED_DAY || k->asked == ASKED_HALF;
    if (!elsewhere || reading || k->n_offers == 0 || t->u.minutes >= 0 || t->u.day >= 0 ||
        t->u.window_from >= 0 || t->u.span_from >= 0) {
        return;
    }
    const struct talk_offer *first = &k->offers[0], *last = &k->offers[k->n_offers - 1];
    bool one_day = first->day == last->day;
    k->minutes = -1;
    if (t->u.later && last->minutes >= LATE_MINUTES) {
        k->day = -1;
        k->span_from = last->day + 1;
        k->span_to = last->day + 21;
    } else if (t->u.later && one_day) {
        k->day = first->day;
        k->window_from = last->minutes + 1;
        k->window_to = 1439;
    } else if (t->u.earlier && one_day && first->minutes > 0) {
        k->day = first->day;
        k->window_from = 0;
        k->window_to = first->minutes;
    } else if (t->u.earlier) {
        k->day = -1;
        k->span_from = t->today;
        k->span_to = MAX_OF(t->today, first->day);
    } else {
        k->day = -1;
        k->span_from = last->day + 1;
        k->span_to = last->day + 21;
    }
}

void turn_wish_for_holiday(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    const struct facts_closure *c = NULL;
    if (turn_has(t, TOPIC_HOLIDAY) && t->u.day < 0 && t->u.span_from < 0 && t->u.choice < 0) {
        c = hours_closure_named(t->pool, t->facts, &t->u.words, t->today);
    }
    if (c) {
        k->day = MAX_OF(c->first_day, t->today);
        k->span_from = k->span_to = -1;
        t->u.topics.has[TOPIC_HOLIDAY] = false; /* the offer says that it is closed */
    }
}

/* Minutes that are named as a length: "an hour", "half an hour", "30 minutes"; 0: none. */
static int length_named(const struct words *w)
{
    static const struct {
        const char *phrase;
        int minutes;
    } rows[] = {
        {"=half =hour", 30},
        {"=30|=thirty min|mins|minutes", 30},
        {"=15|=fifteen min|mins|minutes", 15},
        {"=2|=two|=couple hours|hrs", 120},
        {"=an|=one|=1|=a hour|hr", 60},
    };
    size_t first, last;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (words_find(w, rows[i].phrase, 0, &first, &last)) {
            return rows[i].minutes;
        }
    }
    return 0;
}

bool turn_shift(struct turn *t, int64_t day, int minutes)
{
    struct talk *k = &t->memory.talk;
    const struct words *w = &t->u.words;
    size_t first, last;
    bool later = t->u.later || words_find(w, "=push|=move =back", 0, &first, &last);
    bool earlier = t->u.earlier || words_find(w, "=up|=forward", 0, &first, &last);
    int by = length_named(w);
    int wished = later ? minutes + by : minutes - by;
    if (by == 0 || later == earlier || t->u.day >= 0 || t->u.minutes >= 0 || wished < 0 ||
        wished >= 1440) {
        return false;
    }
    k->day = day;
    k->minutes = wished;
    k->window_from = k->window_to = -1;
    return true;
}

bool turn_asks_edge(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    size_t first, last;
    bool asks = words_find(&t->u.words, "=whats|=what|=which|=when latest|earliest|soonest|last", 0,
                           &first, &last);
    if (!asks || !t->u.from_choice || (size_t)t->u.choice >= k->n_offers) {
        return false;
    }
    k->offers[0] = k->offers[t->u.choice];
    k->n_offers = 1;
    k->day = k->offers[0].day;
    k->minutes = -1;
    turn_say(t, LINE_edge, &(struct line_words){.offers = turn_offers(t)});
    k->asked = ASKED_WHETHER_BOOK;
    return true;
}
