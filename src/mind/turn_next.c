/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is meant after an appointment was made: a change of it, or the next one. Another service
 * begins another appointment, and a time that is said then is for that one. Only words of moving,
 * or a time alone with no other service under discussion, are about the one that is booked.
 */
#include "mind/turn_private.h"
#include "mind/when.h"

static bool says_move(const struct turn *t)
{
    return turn_says(t, "move|reschedule|rebook|push|shift|switch|swap|postpone|change");
}

static bool says_change(const struct turn *t)
{
    return says_move(t) || turn_says(t, "=actually|=instead|=rather|=replace|=wait|=oops") ||
           turn_says(t, "=make =it|=that");
}

/* "Another facial": the same service once more. */
static bool says_once_more(const struct turn *t)
{
    return turn_says(t, "=another|=second|=additional|=extra|=again") || turn_says(t, "=one =more");
}

static bool says_as_well(const struct turn *t)
{
    return turn_says(t, "=and|=also|=too|=plus|=now|=next|=then|=add|=besides|=both") ||
           turn_says(t, "=as =well");
}

/* Something is asked of it, or said of it, that is no wish for it. */
static bool asks_about_it(const struct turn *t)
{
    static const enum topic topics[] = {TOPIC_CARE,     TOPIC_RESULTS, TOPIC_PRICE, TOPIC_OFFER,
                                        TOPIC_DURATION, TOPIC_PAYMENT, TOPIC_TERMS, TOPIC_TEAM,
                                        TOPIC_CANCEL,   TOPIC_CONFIRM, TOPIC_ABOUT, TOPIC_HAVE};
    for (size_t i = 0; i < ARRAY_SIZE(topics); i++) {
        if (turn_has(t, topics[i])) {
            return true;
        }
    }
    return t->u.words.asks || turn_says(t, "=before|=after|=during|=loved|=was|=had");
}

/* May the turn as it was understood be a wish that is told in few words? */
static bool may_wish(enum intent i)
{
    return i == INTENT_care || i == INTENT_service_info || i == INTENT_confirm ||
           i == INTENT_small_talk || i == INTENT_other || i == INTENT_reschedule ||
           i == INTENT_provider_info || i == INTENT_location || i == INTENT_availability;
}

static bool is_other(const char *service, const struct talk *k)
{
    return service && k->done_service && strcmp(service, k->done_service) != 0;
}

/* "Now the HydraFacial", "and one more facial". */
static bool begins_next(const struct turn *t)
{
    const struct understood *u = &t->u;
    const struct talk *k = &t->memory.talk;
    if (!u->service || k->task != INTENT_none || !may_wish(u->intent) || says_change(t)) {
        return false;
    }
    bool next = is_other(u->service->key, k) || says_once_more(t);
    bool short_of = u->words.n <= u->offers.words + 2;
    return next && (short_of || says_as_well(t) || says_once_more(t)) && !asks_about_it(t);
}

/* Nothing is said but when, and what means nothing beside it. */
static bool says_only_when(const struct turn *t)
{
    static const char *const fillers[] = {"ok",    "okay", "at", "on", "the",    "please", "pls",
                                          "um",    "uh",   "oh", "so", "well",   "hmm",    "for",
                                          "sorry", "in",   "pm", "am", "thanks", "of"};
    const struct words *w = &t->u.words;
    struct when when;
    struct when_context now = {t->in->now, t->facts->zone, t->memory.talk.day, -1};
    when_find(w, &now, &when);
    for (size_t i = 0; i < w->n; i++) {
        bool known = false;
        for (size_t k = 0; k < when.n; k++) {
            known = known || (i >= when.list[k].first && i <= when.list[k].last);
        }
        for (size_t k = 0; !known && k < ARRAY_SIZE(fillers); k++) {
            known = word_is(&w->list[i], fillers[k]);
        }
        if (!known) {
            return false;
        }
    }
    return when.n > 0;
}

static bool is_under_way(const struct talk *k)
{
    return (k->task == INTENT_book || k->task == INTENT_availability) && k->service;
}

/* While the next is being made: "move the facial", which is the one that is booked. */
static bool of_first(const struct turn *t)
{
    const struct understood *u = &t->u;
    bool named = u->service && !is_other(u->service->key, &t->memory.talk);
    return u->old_day >= 0 || named ||
           (says_move(t) && turn_says(t, "=my|=first|=other|=appointment|=appt|=booking"));
}

/* "Are you sure?", of what was said to be booked. */
static bool doubts(const struct turn *t)
{
    const struct understood *u = &t->u;
    bool sure = turn_says(t, "=you|=u|=ya =sure|=certain|=positive") || turn_says(t, "=for =real");
    return t->memory.talk.task == INTENT_none && sure && u->words.n <= 8 && !u->service &&
           u->minutes < 0;
}

void turn_settle_next(struct turn *t)
{
    struct understood *u = &t->u;
    const struct talk *k = &t->memory.talk;
    bool time = u->minutes >= 0;
    if (k->done == 0 || !k->done_service || !t->in->tools || t->only_details) {
        return;
    }
    if (is_under_way(k) && u->intent == INTENT_reschedule && !of_first(t)) {
        u->intent = INTENT_book; /* "can we do four instead", of what is not booked yet */
    } else if (is_under_way(k) && u->intent == INTENT_book && is_other(k->service, k) &&
               says_move(t) && of_first(t)) {
        u->intent = INTENT_reschedule;
    } else if (doubts(t)) {
        u->intent = INTENT_confirm;
        u->asks = false;
    } else if (begins_next(t)) {
        u->intent = INTENT_book;
        u->asks = false;
    } else if (k->task != INTENT_none || u->service || !time) {
        return;
    } else if (is_other(k->service, k) && !says_change(t) && may_wish(u->intent) &&
               says_only_when(t)) {
        u->intent = INTENT_book; /* a time for the service that was talked of */
    } else if (!is_other(k->service, k) && k->asked == ASKED_ELSE && says_only_when(t) &&
               (u->intent == INTENT_book || may_wish(u->intent))) {
        u->intent = INTENT_reschedule; /* another time for what was booked just now */
    }
}
