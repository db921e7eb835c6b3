/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping account of an arrangement. The wish that was said last replaces the one before: a new day
 * forgets the old span, a new time the old window, and offers that were made are gone as soon as
 * something else is wanted.
 */
#include "mind/talk.h"

#include "mind/understand.h"

struct talk talk_none(void)
{
    return (struct talk){.task = INTENT_none,
                         .topic = INTENT_none,
                         .last = INTENT_none,
                         .day = -1,
                         .span_from = -1,
                         .span_to = -1,
                         .minutes = -1,
                         .window_from = -1,
                         .window_to = -1,
                         .other_day = -1,
                         .other_minutes = -1};
}

void talk_end(struct talk *t)
{
    struct talk kept = talk_none();
    kept.service = t->service;
    kept.name = t->name;
    kept.done = t->done;
    kept.done_service = t->done_service;
    kept.day = t->day;
    kept.topic = t->topic;
    kept.last = t->last;
    *t = kept;
}

static bool is_task(enum intent i)
{
    return i == INTENT_book || i == INTENT_reschedule || i == INTENT_cancel ||
           i == INTENT_availability;
}

static void note_when(struct talk *t, const struct understood *u)
{
    bool days = u->day >= 0 || u->span_from >= 0;
    if (u->day >= 0 && u->day != u->old_day) {
        t->day = u->day;
        t->span_from = t->span_to = -1;
    } else if (u->span_from >= 0) {
        t->day = -1;
        t->span_from = u->span_from;
        t->span_to = u->span_to;
    }
    if (u->minutes >= 0) {
        t->minutes = u->minutes;
        t->window_from = t->window_to = -1;
    } else if (u->window_from >= 0) {
        t->minutes = -1;
        t->window_from = u->window_from;
        t->window_to = u->window_to;
    } else if (days && t->n_offers && t->asked != ASKED_DAY) {
        t->minutes = -1; /* another day: the time that went with the offer before is gone */
    }
}

void talk_note(struct talk *t, const struct understood *u)
{
    if (is_task(u->intent) && u->intent != t->task) {
        bool same_matter =
            (t->task == INTENT_availability && u->intent == INTENT_book) || t->task == INTENT_none;
        if (!same_matter) {
            talk_end(t);
            t->day = -1;
        }
        t->task = u->intent;
    }
    if (u->service && (is_task(u->intent) || u->intent == INTENT_service_info ||
                       u->intent == INTENT_provider_info || u->intent == INTENT_care)) {
        t->service = u->service->key;
    }
    if (u->choice >= 0 || u->service || u->day >= 0 || u->minutes >= 0 || u->window_from >= 0 ||
        u->people.name) {
        t->misses = 0;
    }
    if (u->provider) {
        t->provider = u->provider->key;
    }
    if (u->people.name) {
        t->name = u->people.name;
    }
    if (is_task(u->intent)) {
        note_when(t, u);
    }
    t->last = u->intent;
    if (u->intent != INTENT_other && u->intent != INTENT_thanks && u->intent != INTENT_goodbye &&
        u->intent != INTENT_small_talk && u->intent != INTENT_greeting) {
        t->topic = u->intent;
    }
}
