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
