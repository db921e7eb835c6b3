/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making an appointment. The calendar is asked at once (turn_offer.c), and a time that is chosen is
 * booked at once, or, when it was heard and not read, offered alone and booked after a yes; that it
 * is booked is said only after the tool has said so.
 */
#include "base/json_read.h"
#include "mind/hours.h"
#include "mind/invite.h"
#include "mind/offers.h"
#include "mind/providers.h"
#include "mind/say.h"
#include "mind/turn_private.h"

static void release(void *json)
{
    json_decref(json);
}

json_t *turn_call(struct turn *t, const char *tool, json_t *args)
{
    if (args) {
        pool_on_free(t->pool, release, args);
    }
    json_t *result = tools_call(t->in->tools, tool, args);
    return json_object_get(result, "error") ? NULL : result;
}

void turn_not_possible(struct turn *t)
{
    turn_say(t, LINE_not_possible, &(struct line_words){0});
    turn_want_person(t, "calendar");
}

const char *turn_local_text(struct pool *p, int64_t day, int minutes)
{
    int64_t year;
    int month, dom;
    civil_from_days(day, &year, &month, &dom);
    return pool_printf(p, "%04lld-%02d-%02dT%02d:%02d", (long long)year, month, dom, minutes / 60,
                       minutes % 60);
}

bool turn_local_read(const char *text, int64_t *day_out, int *minutes_out)
{
    int64_t year, month, dom, hour, minute;
    struct str s = str_of(text);
    if (s.n < 16 || !str_to_i64((struct str){s.p, 4}, &year) ||
        !str_to_i64((struct str){s.p + 5, 2}, &month) ||
        !str_to_i64((struct str){s.p + 8, 2}, &dom) ||
        !str_to_i64((struct str){s.p + 11, 2}, &hour) ||
        !str_to_i64((struct str){s.p + 14, 2}, &minute)) {
        return false;
    }
    *day_out = days_from_civil(year, (int)month, (int)dom);
    *minutes_out = (int)(hour * 60 + minute);
    return true;
}

const char *turn_when(struct turn *t, int64_t day, int minutes)
{
    return say_when(t->pool, t->in->channel, day, minutes, t->today);
}

const char *turn_when_of(struct turn *t, const char *local)
{
    int64_t day;
    int minutes;
    return local && turn_local_read(local, &day, &minutes) ? turn_when(t, day, minutes) : "";
}

const char *turn_service_name(const struct turn *t)
{
    const struct facts_service *s = offers_of_key(t->facts, t->memory.talk.service);
    return s ? s->name : NULL;
}

bool turn_missed(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    if (++k->misses < 2) {
        return false;
    }
    k->misses = 0;
    turn_say(t, LINE_handed, &(struct line_words){0});
    turn_want_person(t, "not_understood");
    return true;
}

void turn_put(json_t *args, const char *key, const char *value)
{
    if (value) {
        json_object_set_new(args, key, json_string(value));
    }
}

void turn_give_link(struct turn *t, const json_t *result)
{
    t->calendar_url = invite_url(t->pool, t->in, result);
}

static void say_booked(struct turn *t, const json_t *result)
{
    struct talk *k = &t->memory.talk;
    const struct talk before = *k;
    bool second = k->person == SECOND_ASKED;
    k->done = json_get_i64(result, "appointment_id", 0);
    k->done_service = json_get_text(result, "service", k->service);
    struct line_words words = {
        .service = json_get_text(result, "service_name", turn_service_name(t)),
        .when = turn_when_of(t, json_get_text(result, "start", NULL)),
        .with = json_get_text(result, "provider_name", NULL),
        .list = k->person_name ? k->person_name : "The second person",
    };
    turn_say(t, second ? LINE_booked_second : LINE_booked, &words);
    turn_give_link(t, result);
    talk_end(k);
    k->asked = ASKED_ELSE;
    turn_go_on(t, &before);
}

static bool has_name(const struct turn *t)
{
    return t->in->customer_name || t->memory.talk.name;
}

static bool is_reachable(const struct turn *t)
{
    return t->in->customer_phone || t->in->customer_email || t->u.people.phone || t->u.people.email;
}

/*
 * Before details are asked for, as if the time were theirs for the asking: is it free? One that was
 * offered is, as far as is known, and so is one that was looked up when the first detail was asked
 * for. false: what there is instead has been said.
 */
static bool is_free(struct turn *t, const char *provider)
{
    struct talk *k = &t->memory.talk;
    const struct understood *u = &t->u;
    bool looked_up = (k->asked == ASKED_NAME || k->asked == ASKED_CONTACT) && u->day < 0 &&
                     u->minutes < 0 && !u->service && !u->provider;
    if (u->choice >= 0 || looked_up) {
        return true;
    }
    json_t *found = turn_free_times(t, provider, true);
    if (json_array_size(json_object_get(found, "slots")) > 0) {
        return true;
    }
    if (found) {
        turn_offer_near(t, found);
        k->minutes = -1;
    } else {
        turn_not_possible(t);
    }
    return false;
}

/* Name first, and a way to reach them where the channel does not tell. false: it is asked for. */
static bool has_details(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    bool another = t->u.day >= 0 || t->u.minutes >= 0 || t->u.service;
    if (!has_name(t)) {
        if (k->asked == ASKED_NAME && !another && turn_missed(t)) {
            return false;
        }
        if (another) {
            t->memory.lines[LINE_ask_name] = 0; /* the wording that says for when it is now */
        }
        turn_say(t, LINE_ask_name,
                 &(struct line_words){.service = turn_service_name(t),
                                      .when = turn_when(t, k->day, k->minutes)});
        k->asked = ASKED_NAME;
        return false;
    }
    if (!is_reachable(t)) {
        if (k->asked == ASKED_CONTACT && turn_missed(t)) {
            return false;
        }
        turn_say(t, LINE_ask_contact, &(struct line_words){0});
        k->asked = ASKED_CONTACT;
        return false;
    }
    return true;
}

/* The same wish once more, after something was booked here, and not for a second person? */
static bool asks_again(const struct turn *t)
{
    size_t first, last;
    return t->memory.talk.done > 0 && t->memory.talk.person != SECOND_ASKED &&
           !words_find(&t->u.words, "=another|=also|=two|=both|=second|=too|=her|=him|=my", 0,
                       &first, &last);
}

/* Of the second person the name, asked for once. false: it is. */
static bool knows_second(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    bool asks =
        k->person == SECOND_ASKED && !k->person_name && t->memory.lines[LINE_second_name] == 0;
    if (asks) {
        turn_say(t, LINE_second_name, &(struct line_words){0});
        k->asked = ASKED_NAME;
    }
    return !asks;
}

static void put_second(struct turn *t, json_t *args)
{
    const struct talk *k = &t->memory.talk;
    if (k->person == SECOND_ASKED) {
        turn_put(args, "requests",
                 k->person_name ? pool_printf(t->pool, "For %s", k->person_name)
                                : "For a second person");
    }
}

static void book_now(struct turn *t, const char *provider)
{
    struct talk *k = &t->memory.talk;
    if (!knows_second(t)) {
        return;
    }
    bool details = has_name(t) && is_reachable(t);
    if (!details && (!is_free(t, provider) || !has_details(t))) {
        return;
    }
    if (asks_again(t) && turn_is_theirs(t)) {
        talk_end(k);
        k->asked = ASKED_ELSE;
        return;
    }
    json_t *args = json_pack("{s:s, s:s}", "service", k->service, "start",
                             turn_local_text(t->pool, k->day, k->minutes));
    turn_put(args, "provider", provider);
    /* An ear that cannot tell names is asked for none: the call has given one. */
    turn_put(args, "name", k->name ? k->name : t->in->by_ear ? t->in->customer_name : NULL);
    turn_put(args, "phone", t->u.people.phone);
    turn_put(args, "email", t->u.people.email);
    put_second(t, args);
    json_t *result = turn_call(t, "book_appointment", args);
    const char *status = result ? json_get_text(result, "status", "") : "";
    if (!result || strcmp(status, "invalid") == 0) {
        turn_not_possible(t);
    } else if (strcmp(status, "booked") == 0) {
        say_booked(t, result);
    } else if (strcmp(status, "needs_name") == 0) {
        k->name = NULL;
        turn_say(t, LINE_ask_name,
                 &(struct line_words){.service = turn_service_name(t),
                                      .when = turn_when(t, k->day, k->minutes)});
        k->asked = ASKED_NAME;
    } else if (strcmp(status, "taken") == 0 && k->person != SECOND_ASKED && turn_is_theirs(t)) {
        talk_end(k);
        k->asked = ASKED_ELSE;
    } else {
        turn_offer_instead(t, result);
        k->minutes = -1;
    }
}

/* Two readings of a time or a date: ask, unless only one of them can be meant. */
static bool ask_reading(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    const struct understood *u = &t->u;
    const char *two[2];
    struct talk_offer a = {.day = k->day, .minutes = k->minutes}, b = a;
    if (u->other_minutes >= 0) {
        a.minutes = MIN_OF(k->minutes, u->other_minutes);
        b.minutes = MAX_OF(k->minutes, u->other_minutes);
        two[0] = say_time(t->pool, t->in->channel, a.minutes);
        two[1] = say_time(t->pool, t->in->channel, b.minutes);
        k->asked = ASKED_HALF;
    } else if (u->other_day >= 0) {
        a.day = MIN_OF(k->day, u->other_day);
        b.day = MAX_OF(k->day, u->other_day);
        two[0] = say_date(t->pool, t->in->channel, a.day, t->today);
        two[1] = say_date(t->pool, t->in->channel, b.day, t->today);
        k->asked = ASKED_DAY;
    } else {
        return false;
    }
    k->offers[0] = a; /* so that "the second" and "the fifth" choose one */
    k->offers[1] = b;
    k->n_offers = 2;
    turn_say(t, k->asked == ASKED_HALF ? LINE_ask_half : LINE_ask_day,
             &(struct line_words){.list = pool_printf(t->pool, "%s or %s", two[0], two[1])});
    return true;
}

/* The second time with what there is. */
static void ask_which_service(struct turn *t, bool again)
{
    size_t first, last;
    bool lost = again || words_find(&t->u.words, "recommend*|suggest*", 0, &first, &last);
    const char *list = lost ? offers_list(t->pool, t->facts, t->in->channel) : NULL;
    turn_say(t, list ? LINE_ask_service_of : LINE_ask_service, &(struct line_words){.list = list});
    t->memory.talk.asked = ASKED_SERVICE;
}

static void ask_service(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    bool again = k->asked == ASKED_SERVICE;
    if (again && turn_missed(t)) {
        return;
    }
    if (t->u.offers.n > 1) {
        const char *names[OFFERS_MAX];
        for (size_t i = 0; i < t->u.offers.n; i++) {
            names[i] = t->u.offers.found[i]->name;
        }
        turn_queue_second(t);
        turn_say(t, LINE_which_service,
                 &(struct line_words){.list = say_list(t->pool, names, t->u.offers.n)});
    } else {
        ask_which_service(t, again);
    }
    k->asked = ASKED_SERVICE;
}

/* A no to what was offered, without another wish. true: it was answered. */
static bool declined(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    const struct understood *u = &t->u;
    bool no = u->acts & ACTS(negate);
    bool wishes = u->day >= 0 || u->minutes >= 0 || u->window_from >= 0 || u->span_from >= 0 ||
                  u->service || u->provider || (u->acts & ACTS(request_alternatives));
    bool asked = k->n_offers > 0 || k->asked == ASKED_NAME || k->asked == ASKED_CONTACT;
    if (!no || wishes || !asked || u->people.name || u->people.phone || u->people.email) {
        return false;
    }
    const struct talk before = *k;
    turn_say(t, k->done ? LINE_nothing_more : LINE_dropped, &(struct line_words){0});
    talk_end(k);
    if (before.next_service) {
        turn_go_on(t, &before);
    }
    return true;
}

const char *turn_offers(struct turn *t)
{
    const struct talk *k = &t->memory.talk;
    struct say_time_of_day times[TALK_OFFERS_MAX];
    for (size_t i = 0; i < k->n_offers; i++) {
        times[i] = (struct say_time_of_day){k->offers[i].day, k->offers[i].minutes};
    }
    return say_times(t->pool, t->in->channel, times, k->n_offers, t->today);
}

void turn_ask_again(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    if (k->asked == ASKED_DAY || k->asked == ASKED_HALF) {
        k->n_offers = 0; /* two readings, no times that are free */
    }
    if (turn_missed(t)) {
        return;
    }
    if (!offers_of_key(t->facts, k->service)) {
        ask_which_service(t, k->asked == ASKED_SERVICE);
        return;
    }
    struct line_words words = {.service = turn_service_name(t), .offers = turn_offers(t)};
    turn_say(t, k->n_offers ? LINE_ask_again : LINE_ask_when, &words);
}

/* Offers were made, and the turn says nothing that could be an answer. */
static bool no_answer(const struct turn *t)
{
    const struct understood *u = &t->u;
    unsigned answers =
        ACTS(affirm) | ACTS(negate) | ACTS(request_alternatives) | ACTS(select) | ACTS(correct);
    bool says = u->choice >= 0 || u->service || u->provider || u->day >= 0 || u->span_from >= 0 ||
                u->minutes >= 0 || u->window_from >= 0 || u->people.name || u->people.phone ||
                u->people.email || u->negated_when || u->asks || u->later || u->earlier;
    return t->memory.talk.n_offers > 0 && !says && !(u->acts & answers);
}

/* "Ok see you then", though none of the times was chosen: they must not think that it is booked. */
static bool leaves_undecided(struct turn *t)
{
    const struct understood *u = &t->u;
    const struct talk *k = &t->memory.talk;
    bool reading = k->asked == ASKED_DAY || k->asked == ASKED_HALF;
    bool says = u->choice >= 0 || u->service || u->provider || u->minutes >= 0 ||
                u->span_from >= 0 || u->window_from >= 0 || u->asks;
    if (!(u->acts & ACTS(goodbye)) || (u->acts & ACTS(negate)) || says || reading ||
        k->n_offers < 2) {
        return false;
    }
    struct line_words words = {.service = turn_service_name(t), .offers = turn_offers(t)};
    turn_say(t, LINE_not_yet, &words);
    return true;
}

/* "Yes", when several times are on offer: to which? true: it was asked. */
static bool agrees_to_several(struct turn *t)
{
    const struct understood *u = &t->u;
    const struct talk *k = &t->memory.talk;
    bool says = u->choice >= 0 || u->service || u->provider || u->day >= 0 || u->span_from >= 0 ||
                u->minutes >= 0 || u->window_from >= 0 || u->people.name || u->people.phone ||
                u->people.email || u->asks || u->later || u->earlier;
    bool only_yes = (u->acts & ACTS(affirm)) &&
                    !(u->acts & (ACTS(negate) | ACTS(request_alternatives) | ACTS(correct)));
    if (k->asked != ASKED_WHICH || k->n_offers < 2 || says || !only_yes) {
        return false;
    }
    struct line_words words = {.service = turn_service_name(t), .offers = turn_offers(t)};
    if (!turn_missed(t)) {
        turn_say(t, LINE_not_yet, &words);
    }
    return true;
}

bool turn_is_sure(const struct turn *t)
{
    const struct talk *k = &t->memory.talk;
    const struct understood *u = &t->u;
    bool agreed = k->n_offers == 1 && u->choice == 0;
    /* The name and the way to reach them are asked for after the yes. */
    bool before = (k->asked == ASKED_NAME || k->asked == ASKED_CONTACT) && u->day < 0 &&
                  u->minutes < 0 && !u->service;
    return !t->in->by_ear || agreed || before;
}

static void book(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    const char *provider = k->provider;
    if (declined(t) || leaves_undecided(t) || turn_asks_edge(t) || agrees_to_several(t)) {
        return;
    }
    if (no_answer(t)) {
        turn_ask_again(t);
        return;
    }
    if (t->u.choice >= 0 && (size_t)t->u.choice < k->n_offers) {
        const struct talk_offer *o = &k->offers[t->u.choice];
        k->day = o->day;
        k->minutes = o->minutes;
        provider = o->provider;
        k->task = INTENT_book;
    }
    int window_from = k->window_from, window_to = k->window_to;
    turn_look_elsewhere(t);
    bool set_hours = k->window_from != window_from || k->window_to != window_to;
    if (!offers_of_key(t->facts, k->service) ||
        (t->u.offers.n > 1 && t->u.choice < 0 && !(t->u.acts & ACTS(correct)))) {
        ask_service(t);
        return;
    }
    turn_wish_for_holiday(t);
    bool details = t->u.people.name || t->u.people.phone || t->u.people.email;
    if (t->u.choice < 0 && !details && ask_reading(t)) {
        return;
    }
    if (k->day >= 0 && k->minutes >= 0 && k->task == INTENT_book && turn_is_sure(t)) {
        book_now(t, provider);
        return;
    }
    turn_offer_times(t);
    if (set_hours) {
        k->window_from = window_from;
        k->window_to = window_to;
    }
}

void turn_book_wish(struct turn *t)
{
    const struct talk *k = &t->memory.talk;
    if (!offers_of_key(t->facts, k->service)) {
        return;
    }
    if (k->day >= 0 && k->minutes >= 0 && !t->in->by_ear) {
        book_now(t, k->provider);
    } else {
        turn_offer_times(t);
    }
}

/* "February 30": which day is meant? */
static bool asks_for_real_day(struct turn *t)
{
    if (!t->u.no_month || t->u.day >= 0 || t->u.span_from >= 0) {
        return false;
    }
    turn_say(t, LINE_no_such_day,
             &(struct line_words){.when = say_month_day(t->pool, t->u.no_month, t->u.no_day)});
    t->memory.talk.n_offers = 0;
    t->memory.talk.asked = ASKED_WHEN;
    return true;
}

bool turn_take_back(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    size_t first, last;
    const char *service = k->undone_service;
    struct talk_offer undone = k->undone;
    bool keeps =
        words_find(&t->u.words, "=keep =it|=that|=this|=my|=the|=them", 0, &first, &last) ||
        words_find(&t->u.words, "=dont|=not =cancel", 0, &first, &last) ||
        words_find(&t->u.words, "=undo|=mistake", 0, &first, &last);
    bool more = t->u.day >= 0 || t->u.minutes >= 0 || t->u.service || t->u.asks;
    if (!service || !keeps || more || k->asked != ASKED_ELSE || !t->in->tools) {
        return false;
    }
    t->u.intent = k->task = INTENT_book;
    k->service = service;
    k->day = undone.day;
    k->minutes = undone.minutes;
    k->undone_service = NULL;
    book_now(t, undone.provider);
    return true;
}

bool turn_arrange(struct turn *t)
{
    switch (t->u.intent) {
    case INTENT_book:
    case INTENT_availability:
        if (t->ask_second) {
            turn_ask_second(t);
        } else if (!asks_for_real_day(t)) {
            book(t);
            turn_say_queue(t);
        }
        return true;
    case INTENT_reschedule:
        if (!asks_for_real_day(t)) {
            turn_reschedule(t);
        }
        return true;
    case INTENT_cancel:
        turn_cancel(t);
        return true;
    case INTENT_confirm:
        turn_confirm(t);
        return true;
    default:
        return false;
    }
}
