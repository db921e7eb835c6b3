/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is free and what of it is offered: as wished, else near it, at most three times, and in
 * which words. What was wished and is not to be had is never passed over in silence.
 */
#include "base/json_read.h"
#include "mind/hours.h"
#include "mind/offers.h"
#include "mind/providers.h"
#include "mind/say.h"
#include "mind/turn_private.h"

#define OFFERED_MAX 3

static const char *date_text(struct pool *p, int64_t day)
{
    return pool_strndup(p, turn_local_text(p, day, 0), 10);
}

static const char *time_text(struct pool *p, int minutes)
{
    return pool_printf(p, "%02d:%02d", minutes / 60, minutes % 60);
}

/* Only a provider who was asked for is named in offers. */
static const char *with_wished(const struct turn *t)
{
    const struct facts_provider *who = provider_of_key(t->facts, t->memory.talk.provider);
    return who ? who->name : NULL;
}

/* The days and times of day that are wished, as check_availability takes them. */
static void put_wish(struct turn *t, json_t *args)
{
    const struct talk *k = &t->memory.talk;
    int from = k->minutes >= 0 ? k->minutes : k->window_from;
    int to = k->minutes >= 0 ? k->minutes + 1 : k->window_to;
    int64_t first = k->day >= 0 ? k->day : k->span_from;
    int64_t last = k->day >= 0 ? k->day : k->span_to;
    if (first >= 0) {
        turn_put(args, "date_from", date_text(t->pool, first));
        turn_put(args, "date_to", date_text(t->pool, MAX_OF(first, last)));
    }
    if (from >= 0) {
        turn_put(args, "time_from", time_text(t->pool, from));
        turn_put(args, "time_to", time_text(t->pool, MIN_OF(to, 1439)));
    }
}

json_t *turn_free_times(struct turn *t, const char *provider, bool as_wished)
{
    struct talk *k = &t->memory.talk;
    json_t *args = json_pack("{s:s, s:i}", "service", k->service, "limit", OFFERED_MAX);
    turn_put(args, "provider", provider);
    if (as_wished) {
        put_wish(t, args);
    } else if (k->day >= 0 || k->span_from >= 0) {
        int64_t from = k->day >= 0 ? k->day : k->span_from;
        turn_put(args, "date_from", date_text(t->pool, MAX_OF(from, t->today)));
        turn_put(args, "date_to", date_text(t->pool, MAX_OF(from, t->today) + 14));
    }
    return turn_call(t, "check_availability", args);
}

bool turn_offer(struct turn *t, const json_t *slots, enum line line_many, enum line line_one)
{
    struct talk *k = &t->memory.talk;
    struct say_time_of_day times[OFFERED_MAX];
    size_t n = 0, i;
    json_t *slot;
    json_array_foreach (slots, i, slot) {
        struct talk_offer *o = &k->offers[n];
        if (n < OFFERED_MAX &&
            turn_local_read(json_get_text(slot, "start", ""), &o->day, &o->minutes)) {
            o->provider = json_get_text(slot, "provider", NULL);
            times[n++] = (struct say_time_of_day){o->day, o->minutes};
        }
    }
    k->n_offers = n;
    if (n == 0) {
        return false;
    }
    struct line_words words = {
        .service = turn_service_name(t),
        .with = with_wished(t),
        .offers = say_times(t->pool, t->in->channel, times, n, t->today),
        .when = k->day >= 0 && k->minutes >= 0 ? turn_when(t, k->day, k->minutes) : "That time",
    };
    enum line l = n == 1 ? line_one : line_many;
    if (l == LINE_closed_then && k->day >= 0 && hours_closed_on(t->facts, k->day)) {
        const char *why = hours_closed_on(t->facts, k->day);
        words.when =
            pool_printf(t->pool, "%s%s%s%s", say_date(t->pool, t->in->channel, k->day, t->today),
                        why[0] ? " (" : "", why, why[0] ? ")" : "");
        l = LINE_closed_day;
    } else if (l == LINE_not_offered) {
        const struct facts_service *s = offers_of_key(t->facts, k->service);
        words.list = s ? providers_of_service(t->pool, t->facts, s) : "";
    }
    turn_say(t, l, &words);
    k->asked = n == 1 ? ASKED_WHETHER_BOOK : ASKED_WHICH;
    return true;
}

static void nothing_free(struct turn *t)
{
    const struct talk before = t->memory.talk;
    turn_say(t, LINE_nothing_free,
             &(struct line_words){.service = turn_service_name(t), .with = with_wished(t)});
    turn_want_person(t, "no_availability");
    talk_end(&t->memory.talk);
    if (before.next_service) {
        turn_go_on(t, &before);
    }
}

void turn_offer_near(struct turn *t, const json_t *found)
{
    const char *why = json_get_text(found, "reason", "");
    bool elsewhere = t->u.later || t->u.earlier;
    bool closed = strcmp(why, "closed") == 0 && !elsewhere;
    bool not_theirs = strcmp(why, "not_offered") == 0;
    bool far = strcmp(why, "too_far") == 0;
    if (far) { /* near it there is nothing either: the next times there are */
        t->memory.talk.day = t->memory.talk.span_from = t->memory.talk.span_to = -1;
    }
    if (not_theirs) {
        t->memory.talk.provider = NULL;
    }
    json_t *near = turn_free_times(t, t->memory.talk.provider, not_theirs);
    if (not_theirs && json_array_size(json_object_get(near, "slots")) == 0) {
        near = turn_free_times(t, NULL, false);
    }
    if (!near) {
        turn_not_possible(t);
        return;
    }
    enum line many = far          ? LINE_too_far
                     : not_theirs ? LINE_not_offered
                     : closed     ? LINE_closed_then
                                  : LINE_other_many;
    enum line one = many == LINE_other_many ? LINE_other_one : many;
    if (!turn_offer(t, json_object_get(near, "slots"), many, one)) {
        nothing_free(t);
    }
}

static bool same_offers(const struct talk *a, const struct talk *b)
{
    for (size_t i = 0; i < a->n_offers && a->n_offers == b->n_offers; i++) {
        if (a->offers[i].day != b->offers[i].day || a->offers[i].minutes != b->offers[i].minutes) {
            return false;
        }
    }
    return a->n_offers == b->n_offers && a->n_offers > 0;
}

/* What was on offer is on offer again: the turn told nothing new, or only the hour of them all. */
static void offered_again(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    const char *days[TALK_OFFERS_MAX];
    bool hour = t->u.minutes >= 0 && t->u.day < 0;
    k->misses = t->misses;
    if ((!hour || t->memory.lines[LINE_ask_day] > 0) && turn_missed(t)) {
        return;
    }
    if (!hour) {
        return;
    }
    for (size_t i = 0; i < k->n_offers; i++) {
        days[i] = say_date(t->pool, t->in->channel, k->offers[i].day, t->today);
    }
    turn_say(t, LINE_ask_day, &(struct line_words){.list = say_choice(t->pool, days, k->n_offers)});
}

void turn_offer_times(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    const struct talk before = *k;
    json_t *found = turn_free_times(t, k->provider, true);
    if (!found) {
        turn_not_possible(t);
    } else if (!turn_offer(t, json_object_get(found, "slots"), LINE_offer_many, LINE_offer_one)) {
        turn_offer_near(t, found);
    } else if (before.asked == ASKED_WHICH && k->n_offers > 1 && same_offers(&before, k)) {
        offered_again(t);
    }
}

/* The wording for a time that could not be had. */
static enum line refusal(const char *status)
{
    static const struct {
        const char *status;
        enum line line;
    } rows[] = {{"taken", LINE_gone},      {"closed", LINE_closed_then},
                {"past", LINE_past},       {"too_soon", LINE_too_soon},
                {"too_far", LINE_too_far}, {"not_offered", LINE_not_offered}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strcmp(status, rows[i].status) == 0) {
            return rows[i].line;
        }
    }
    return LINE_gone;
}

void turn_offer_instead(struct turn *t, const json_t *result)
{
    enum line l = refusal(json_get_text(result, "status", ""));
    if (l == LINE_not_offered) {
        t->memory.talk.provider = NULL;
    }
    if (turn_offer(t, json_object_get(result, "alternatives"), l, l)) {
        return;
    }
    json_t *near = turn_free_times(t, t->memory.talk.provider, false);
    if (!near) {
        turn_not_possible(t);
    } else if (!turn_offer(t, json_object_get(near, "slots"), l, l)) {
        nothing_free(t);
    }
}
