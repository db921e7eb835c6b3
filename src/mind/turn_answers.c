/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers from the business's facts. What a fact does not say is said not to be known; nothing is
 * guessed and nothing here knows a trade.
 */
#include "mind/articles.h"
#include "mind/hours.h"
#include "mind/providers.h"
#include "mind/say.h"
#include "mind/turn_private.h"

/* "on Monday, May 25 (Memorial Day)", "from ... to ...". */
static const char *closure_days(struct turn *t, const struct facts_closure *c)
{
    enum channel channel = t->in->channel;
    const char *first = say_date(t->pool, channel, c->first_day, t->today);
    const char *why = c->reason && c->reason[0] ? pool_printf(t->pool, " (%s)", c->reason) : "";
    return c->first_day == c->last_day
               ? pool_printf(t->pool, "%s%s", say_on(t->pool, first), why)
               : pool_printf(t->pool, "from %s to %s%s", first,
                             say_date(t->pool, channel, c->last_day, t->today), why);
}

/* A day that was asked for and falls into a closure, or a holiday that was named. */
static const struct facts_closure *closure_meant(struct turn *t, const struct when *when)
{
    const struct facts *f = t->facts;
    for (size_t i = 0; t->today && i < when->n; i++) {
        const struct when_mention *m = &when->list[i];
        for (size_t k = 0; m->kind == WHEN_DATE && k < f->n_closures; k++) {
            const struct facts_closure *c = &f->closures[k];
            if (!c->provider && m->day == m->last_day && m->day >= c->first_day &&
                m->day <= c->last_day) {
                return c;
            }
        }
    }
    return turn_has(t, TOPIC_HOLIDAY) && t->today
               ? hours_closure_named(t->pool, f, &t->u.words, t->today)
               : NULL;
}

static void answer_holiday(struct turn *t)
{
    const char *week = hours_week(t->pool, t->facts, t->in->channel);
    t->unknown = true;
    turn_add_part(t, TOPIC_HOLIDAY,
                  week ? pool_printf(t->pool,
                                     "I do not know our hours on holidays. The regular "
                                     "ones are %s",
                                     week)
                       : "I do not know our hours on holidays.");
}

void turn_answer_hours(struct turn *t)
{
    size_t first, last;
    struct when when;
    struct when_context now = {t->in->now, t->facts->zone, -1, -1};
    when_find(&t->u.words, &now, &when);
    struct hours_question q = {.when = &when};
    q.now = words_find(&t->u.words, "=now|currently|=still", 0, &first, &last) ||
            words_find(&t->u.words, "=at moment", 0, &first, &last);
    q.closing = words_find(&t->u.words, "close|closing|closes|shut|late|=til|=till|=until", 0,
                           &first, &last);
    q.opening = words_find(&t->u.words, "when|what|how", 0, &first, &last);
    const struct facts_closure *closed = closure_meant(t, &when);
    if (closed) {
        turn_add_part(t, TOPIC_HOLIDAY,
                      pool_printf(t->pool, "We are closed %s.", closure_days(t, closed)));
        return;
    }
    if (turn_has(t, TOPIC_HOLIDAY)) {
        answer_holiday(t);
        return;
    }
    const char *answer = hours_answer(t->pool, t->facts, t->in->channel, &q, t->in->now);
    t->unknown = t->unknown || !answer;
    turn_add_part(t, TOPIC_HOURS, answer ? answer : "I do not have our opening hours here.");
}

/* One fact read out, or the admission that it is not there. */
static void answer_fact(struct turn *t, enum topic topic, const char *fact, const char *before,
                        const char *what)
{
    if (!turn_has(t, topic)) {
        return;
    }
    t->unknown = t->unknown || !fact;
    bool stop = fact && fact[0] && strchr(".!?", fact[strlen(fact) - 1]);
    turn_add_part(t, topic,
                  fact ? pool_printf(t->pool, "%s%s%s", before, fact, stop ? "" : ".")
                       : pool_printf(t->pool, "I have nothing about %s here.", what));
}

static void answer_place(struct turn *t)
{
    const struct facts *f = t->facts;
    size_t first, last;
    bool only_parking =
        turn_has(t, TOPIC_PARKING) &&
        !words_find(&t->u.words, "address*|located|location|find", 0, &first, &last) &&
        !words_find(&t->u.words, "=where =are|=is =you|=it|=the", 0, &first, &last);
    if (!only_parking) {
        answer_fact(t, TOPIC_LOCATION, f->address, "Our address is ", "our address");
    }
    if (turn_has(t, TOPIC_DIRECTIONS) && !f->directions && f->address) {
        answer_fact(t, TOPIC_DIRECTIONS, f->address, "You find us at ", "the way");
    } else {
        answer_fact(t, TOPIC_DIRECTIONS, f->directions, "", "the way to us");
    }
    answer_fact(t, TOPIC_PARKING, f->parking, "", "parking");
    answer_fact(t, TOPIC_PHONE, f->phone, "You can call us at ", "our telephone number");
}

/* The services that were named now, or else the one talked of before. */
static void answer_services(struct turn *t, enum topic topic, enum offer_aspect aspect)
{
    const struct facts_service *before = offers_of_key(t->facts, t->memory.talk.service);
    if (t->u.offers.n == 0 && before) {
        t->u.offers.found[t->u.offers.n++] = before;
    }
    bool unknown = false;
    const char *said = NULL;
    for (size_t i = 0; i < t->u.offers.n; i++) {
        const char *one =
            offer_answer(t->pool, t->facts, t->in->channel, t->u.offers.found[i],
                         t->u.offers.n > 1 && aspect == OFFER_ALL ? OFFER_PRICE : aspect, &unknown);
        said = said ? pool_printf(t->pool, "%s %s", said, one) : one;
    }
    if (!said && topic == TOPIC_PRICE) {
        said = offers_prices(t->pool, t->facts, t->in->channel);
    } else if (!said && topic == TOPIC_DURATION) {
        return; /* how long what takes? */
    }
    t->unknown = t->unknown || unknown || !said;
    turn_add_part(t, topic, said ? said : "I have no prices here.");
}

static void answer_offers(struct turn *t)
{
    bool named = t->u.offers.n > 0;
    size_t first, last;
    bool fee = words_find(&t->u.words, "=fee|=fees|=charge|=charged|=penalty", 0, &first, &last) &&
               words_find(&t->u.words, "cancel*|reschedule*|=late|=miss|=missed|=noshow", 0, &first,
                          &last);
    if (turn_has(t, TOPIC_PRICE) && fee && !named && t->facts->cancellation_policy) {
        turn_add_part(t, TOPIC_TERMS, t->facts->cancellation_policy);
    } else if (turn_has(t, TOPIC_PRICE)) {
        answer_services(t, TOPIC_PRICE, OFFER_PRICE);
    } else if (turn_has(t, TOPIC_DURATION) && !t->action) {
        answer_services(t, TOPIC_DURATION, OFFER_DURATION);
    } else if (named && (turn_has(t, TOPIC_HAVE) || turn_has(t, TOPIC_ABOUT)) && !t->action) {
        answer_services(t, TOPIC_HAVE, OFFER_ALL);
    } else if (turn_has(t, TOPIC_OFFER) && !named) {
        const char *list = offers_list(t->pool, t->facts, t->in->channel);
        t->unknown = t->unknown || !list;
        turn_add_part(t, TOPIC_OFFER, list ? list : "I have no list of our services here.");
    } else if (named && !t->action && t->n_parts == 0) {
        /* A service was named in a question that is not understood: what is known, and a person. */
        t->unknown = t->unknown || t->u.words.n > t->u.offers.words + 3;
        answer_services(t, TOPIC_HAVE, OFFER_ALL);
    }
}

void turn_answer_unlisted(struct turn *t)
{
    const char *list = offers_list(t->pool, t->facts, t->in->channel);
    t->unknown = true;
    turn_add_part(t, TOPIC_HAVE,
                  pool_printf(t->pool, "I do not find that among our services.%s%s",
                              list ? " " : "", list ? list : ""));
}

/* A tool's caller may judge for itself; what is said to a customer must be about the question. */
#define ARTICLE_SURE 0.55

bool turn_answer_article(struct turn *t)
{
    struct article_match best;
    if (articles_search(t->pool, t->facts, t->in->text, &best, 1) == 0 ||
        best.score < ARTICLE_SURE) {
        return false;
    }
    turn_add_part(t, TOPIC_HAVE, best.article->answer);
    t->article = true;
    return true;
}

/* Deposits, vouchers and the like only when the payment fact has that word. */
static void answer_payment(struct turn *t)
{
    const char *fact = t->facts->payment;
    const char *policy = t->facts->cancellation_policy;
    if (turn_has(t, TOPIC_TERMS)) {
        struct str word = t->u.words.list[t->u.topics.first[TOPIC_TERMS]].text;
        const char *stem = pool_strndup(t->pool, word.p, MIN_OF(word.n, (size_t)6));
        if (policy && strcasestr("cancellation late missed no-show fee policy", stem)) {
            turn_add_part(t, TOPIC_TERMS, policy);
            return;
        }
        bool in_fact = fact && strcasestr(fact, stem);
        if (!in_fact && turn_answer_article(t)) {
            return;
        }
        if (!in_fact) {
            t->unknown = true;
            turn_add_part(t, TOPIC_TERMS, "I have nothing about that here.");
            return;
        }
        t->u.topics.has[TOPIC_PAYMENT] = true;
    }
    answer_fact(t, TOPIC_PAYMENT, fact, "", "payment and fees");
}

/* Somebody who was named, else who gives the service talked of, else the team. */
static void answer_team(struct turn *t)
{
    const struct facts_service *s =
        t->u.service ? t->u.service : offers_of_key(t->facts, t->memory.talk.service);
    const char *who = NULL;
    if (t->u.provider && t->u.day >= 0 && t->u.day >= t->today) {
        who = provider_on_day(t->pool, t->facts, t->in->channel, t->u.provider, t->u.day, t->today);
    } else if (t->u.provider && (turn_has(t, TOPIC_TEAM) || t->u.intent == INTENT_provider_info)) {
        who = provider_answer(t->pool, t->facts, t->u.provider);
    } else if (turn_has(t, TOPIC_TEAM) && s) {
        who = providers_of_service(t->pool, t->facts, s);
    }
    if (who) {
        turn_add_part(t, TOPIC_TEAM, who);
    } else {
        answer_fact(t, TOPIC_TEAM, t->facts->team, "", "who gives which service");
    }
}

bool turn_answer_care(struct turn *t)
{
    const struct facts_service *s =
        t->u.service ? t->u.service : offers_of_key(t->facts, t->memory.talk.service);
    size_t first, last;
    bool after =
        words_find(&t->u.words, "=after|aftercare|=post|afterwards|following", 0, &first, &last);
    bool before =
        words_find(&t->u.words, "=before|prepare|preparation|=prep|prior|ahead|bring|wear|avoid", 0,
                   &first, &last);
    if (!s || (!s->preparation && !s->aftercare)) {
        return false;
    }
    bool both = before == after;
    const char *said = "";
    if (s->preparation && (both || before)) {
        said = pool_printf(t->pool, "Before %s: %s", s->name, s->preparation);
    }
    if (s->aftercare && (both || after)) {
        said = pool_printf(t->pool, "%s%sAfter %s: %s", said, said[0] ? " " : "", s->name,
                           s->aftercare);
    }
    if (!said[0]) {
        return false;
    }
    turn_add_part(t, TOPIC_CARE, said);
    return true;
}

void turn_answer_facts(struct turn *t)
{
    if (turn_has(t, TOPIC_HOURS) || turn_has(t, TOPIC_HOLIDAY)) {
        turn_answer_hours(t);
    }
    answer_place(t);
    answer_payment(t);
    answer_team(t);
    answer_offers(t);
}

/* What only the intent tells, when no topic of the phrase table did. */
void turn_answer_intent(struct turn *t)
{
    const struct facts *f = t->facts;
    size_t first, last;
    bool cancels = words_find(&t->u.words, "cancel*|=late|miss|missed|noshow|reschedule*|policy", 0,
                              &first, &last);
    bool cheap = words_find(&t->u.words, "=cheapest", 0, &first, &last) ||
                 words_find(&t->u.words, "=least =expensive", 0, &first, &last);
    const char *least = cheap ? offers_cheapest(t->pool, f, t->in->channel) : NULL;
    if (least && !t->u.service) {
        turn_add_part(t, TOPIC_PRICE, least);
        return;
    }
    bool asks_article = t->u.intent == INTENT_payment || t->u.intent == INTENT_service_info ||
                        t->u.intent == INTENT_location || t->u.intent == INTENT_care ||
                        t->u.intent == INTENT_other || t->u.intent == INTENT_provider_info;
    if (t->u.intent == INTENT_payment && cancels && f->cancellation_policy) {
        turn_add_part(t, TOPIC_TERMS, f->cancellation_policy);
    } else if (asks_article && turn_answer_article(t)) {
        return;
    } else if (t->u.intent == INTENT_payment && f->payment) {
        turn_add_part(t, TOPIC_PAYMENT, f->payment);
    } else if (t->u.intent == INTENT_provider_info) {
        t->u.topics.has[TOPIC_TEAM] = true;
        answer_team(t);
    } else if (t->u.intent == INTENT_service_info && t->u.service) {
        answer_services(t, TOPIC_HAVE, OFFER_ALL);
    } else if (t->u.intent == INTENT_location) {
        turn_answer_hours(t); /* "Saturday?": a bare moment */
    }
}
