/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two appointments in one request: two services, each with its day, or two people. They are made
 * one after the other. What waits is kept with the arrangement and said, so that nobody believes
 * it to be booked.
 */
#include "mind/say.h"
#include "mind/turn_private.h"

#define KIN                                                                                        \
    "sister|brother|mom|mother|mum|dad|father|husband|wife|friend|daughter|son|partner|boyfriend|" \
    "girlfriend|cousin|aunt|uncle|roommate|fiance|fiancee|bestie|niece|grandma|coworker"

#define WORDS_SPLIT_MAX 60 /* who says more tells a story */

static bool has_time(const struct understood *u)
{
    return u->day >= 0 || u->span_from >= 0 || u->minutes >= 0 || u->window_from >= 0;
}

/* --- two services --- */

/* The words from..end, as they were said. */
static struct str part_of(struct pool *p, const struct words *w, size_t from, size_t end)
{
    const char *text = "";
    for (size_t i = from; i < end; i++) {
        const struct word *word = &w->list[i];
        struct str before = i > from ? word->before : (struct str){"", 0};
        text = pool_printf(p, "%s%.*s%.*s", text, (int)before.n, before.p, (int)word->text.n,
                           word->text.p);
    }
    return str_of(text);
}

/* May the second wish begin with this word? */
static bool joins(const struct word *w)
{
    return word_is(w, "and") || word_is(w, "then") || word_is(w, "plus") || word_is(w, "also") ||
           str_index(w->before, ',', 0) >= 0 || str_index(w->before, ';', 0) >= 0 ||
           str_index(w->before, '.', 0) >= 0;
}

static bool wishes_for_two(const struct turn *t)
{
    const struct understood *u = &t->u;
    bool books = u->intent == INTENT_book || u->intent == INTENT_availability ||
                 u->intent == INTENT_service_info || u->intent == INTENT_reschedule;
    bool changes = turn_says(t, "cancel*|move|reschedule|change|switch|swap|push|postpone");
    return t->in->tools && !changes && u->offers.n == 2 && u->words.n <= WORDS_SPLIT_MAX && books &&
           !turn_has(t, TOPIC_PRICE) && !turn_has(t, TOPIC_RESCHEDULE) &&
           !(u->acts & ACTS(correct)) && u->choice < 0;
}

static bool splits_at(struct turn *t, const struct understand_in *whole, size_t at,
                      struct understood *first, struct understood *second)
{
    const struct words *w = &t->u.words;
    struct understand_in part = *whole;
    part.text = part_of(t->pool, w, 0, at);
    understand(t->pool, &part, first);
    part.text = part_of(t->pool, w, at, w->n);
    understand(t->pool, &part, second);
    bool services = first->service && second->service && first->service != second->service;
    return services && has_time(first) && has_time(second);
}

static int64_t day_of(const struct understood *u)
{
    return u->day >= 0 ? u->day : u->span_from;
}

void turn_split(struct turn *t, const struct understand_in *whole)
{
    struct understood *u = &t->u, first, second;
    struct talk *k = &t->memory.talk;
    size_t at = u->offers.first[0] + 1, last = wishes_for_two(t) ? u->offers.first[1] : 0;
    while (at <= last && !(joins(&u->words.list[at]) && splits_at(t, whole, at, &first, &second))) {
        at++;
    }
    if (at > last) {
        return;
    }
    u->intent = INTENT_book;
    u->asks = false;
    u->service = first.service;
    u->provider = first.provider;
    u->offers.n = 1;
    u->offers.found[0] = first.service;
    u->day = first.day < 0 && first.span_from < 0 ? day_of(&second) : first.day;
    u->span_from = first.span_from;
    u->span_to = first.span_to;
    u->minutes = first.minutes;
    u->window_from = first.window_from;
    u->window_to = first.window_to;
    u->other_day = first.other_day;
    u->other_minutes = first.other_minutes;
    k->next_service = second.service->key;
    k->next = (struct talk_offer){day_of(&second) >= 0 ? day_of(&second) : u->day, second.minutes,
                                  second.provider ? second.provider->key : NULL};
    t->queued = true;
}

void turn_queue_second(struct turn *t)
{
    const struct offers *o = &t->u.offers;
    struct talk *k = &t->memory.talk;
    bool both = false;
    for (size_t i = o->first[0] + 1; o->n == 2 && i <= o->first[1]; i++) {
        both = both || joins(&t->u.words.list[i]);
    }
    if (both && !turn_says(t, "=or")) {
        k->service = o->found[0]->key;
        k->next_service = o->found[1]->key;
        k->next = (struct talk_offer){k->day, -1, NULL};
    }
}

/* "Which shall I book first?": the other one waits. */
static void note_which_first(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    const struct facts_service *s = t->u.service;
    if (k->asked != ASKED_SERVICE || !k->next_service || !s) {
        return;
    }
    if (turn_says(t, "=just|=only|=instead") || !k->service) {
        k->next_service = NULL;
    } else if (strcmp(s->key, k->next_service) == 0) {
        k->next_service = k->service;
    } else if (strcmp(s->key, k->service) != 0) {
        k->next_service = NULL;
    }
}

/* --- two people --- */

static bool says_two(const struct turn *t)
{
    static const char *const phrases[] = {
        "=me|=i|=myself =and " KIN,
        KIN " =and =i|=me|=myself",
        "=my " KIN " =too|=both|=also",
        "=both|=two|=2 =of =us",
        "=us|=we =both",
        "=two|=2 people|persons|friends|guests",
        "=me =and =both",
    };
    for (size_t i = 0; i < ARRAY_SIZE(phrases); i++) {
        if (turn_says(t, phrases[i])) {
            return true;
        }
    }
    return false;
}

/* The answer about the second: a name is theirs, and any time is for them. */
static void hear_second(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    struct understood *u = &t->u;
    bool named = u->people.name != NULL;
    if (named) {
        k->person_name = u->people.name;
        u->people.name = NULL;
    }
    if (turn_says(t, "=same") && u->day < 0 && u->minutes < 0) {
        u->day = k->next.day;
        u->minutes = k->next.minutes;
    }
    bool other = u->intent == INTENT_cancel || u->intent == INTENT_reschedule ||
                 u->intent == INTENT_emergency || u->intent == INTENT_opt_out ||
                 u->intent == INTENT_medical || u->intent == INTENT_complaint;
    if (!other && (named || u->minutes >= 0 || u->day >= 0)) {
        u->intent = INTENT_book;
    }
}

void turn_note_two(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    struct understood *u = &t->u;
    note_which_first(t);
    if (k->person == SECOND_ASKED) {
        hear_second(t);
        return;
    }
    bool books = u->intent == INTENT_book || u->intent == INTENT_availability;
    bool after = k->task == INTENT_none && k->done > 0 && k->asked == ASKED_ELSE;
    bool small = u->intent == INTENT_small_talk || u->intent == INTENT_other ||
                 u->intent == INTENT_confirm || u->intent == INTENT_reschedule;
    if (!t->in->tools || !(books || (after && small)) || !says_two(t)) {
        return;
    }
    t->ask_second = after && !u->service && !has_time(u);
    u->intent = t->ask_second ? INTENT_book : u->intent;
    k->person = SECOND_WAITS;
}

void turn_ask_second(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    turn_say(t, LINE_ask_second, &(struct line_words){0});
    k->task = INTENT_book;
    k->person = SECOND_ASKED;
    k->asked = ASKED_NAME;
}

/* --- one after the other --- */

/* What was said without its invitation to say more, when more follows at once. */
static const char *told(struct turn *t, const char *said)
{
    static const struct str ends[] = {STR(" Is there anything else?"),
                                      STR(" Just write when you would like a time."),
                                      STR(" Just say when you would like a time.")};
    struct str s = str_of(said);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        s.n -= str_ends(s, ends[i]) ? ends[i].n : 0;
    }
    return pool_strndup(t->pool, s.p, s.n);
}

void turn_go_on(struct turn *t, const struct talk *before)
{
    struct talk *k = &t->memory.talk;
    const char *said = t->action;
    if (before->next_service) {
        k->person = before->person;
        k->task = INTENT_book;
        k->service = before->next_service;
        k->provider = before->next.provider;
        k->day = before->next.day;
        k->minutes = before->next.minutes;
        t->u.choice = -1;
        t->u.later = t->u.earlier = false;
        turn_book_wish(t);
    } else if (before->person == SECOND_WAITS) {
        k->next = (struct talk_offer){before->day, before->minutes, NULL};
        turn_ask_second(t);
    } else {
        return;
    }
    if (said && t->action && t->action != said) {
        t->action = pool_printf(t->pool, "%s %s", told(t, said), t->action);
    }
}

void turn_say_queue(struct turn *t)
{
    const struct talk *k = &t->memory.talk;
    const struct facts_service *first = offers_of_key(t->facts, k->service);
    const struct facts_service *next = offers_of_key(t->facts, k->next_service);
    if (t->queued && t->action && first && next) {
        t->action =
            pool_printf(t->pool, "First %s, then %s. %s", first->name, next->name, t->action);
    }
}
