/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of the local engine in the making: what was understood, what will be said. Shared by the
 * files of its policy (turn_*.c) only.
 */
#ifndef MIND_TURN_PRIVATE_H
#define MIND_TURN_PRIVATE_H

#include <jansson.h>

#include "mind/lines.h"
#include "mind/memory.h"
#include "mind/sentences.h"
#include "mind/tools.h"
#include "mind/turn.h"
#include "mind/understand.h"

#define PARTS_MAX 8

struct turn {
    struct pool *pool;
    const struct turn_in *in;
    const struct facts *facts;
    struct speaker speaker;
    struct understood u;
    struct memory memory;
    int64_t today;                /* local date of the business; 0 when its zone is not known */
    const char *parts[PARTS_MAX]; /* answers from facts, in the order in which they are said */
    size_t n_parts;
    int misses;         /* clarifications that had failed in a row before it */
    bool only_details;  /* nothing but a name or contact is told (turn_details.c) */
    bool article;       /* an article of the business has answered */
    bool queued;        /* of two services in this turn one waits */
    bool ask_second;    /* it only says that a second person comes too */
    bool unknown;       /* a part says that something is not known */
    const char *action; /* the sentence about what is arranged, passed on, refused or returned */
    bool action_first;
    const char *calendar_url; /* of what was booked or moved; NULL: none is given */
    struct turn_out out;
    struct turn_event **event_end;
};

static inline bool turn_has(const struct turn *t, enum topic topic)
{
    return t->u.topics.has[topic];
}

/* Is the phrase (words_find) among what was said? */
static inline bool turn_says(const struct turn *t, const char *phrase)
{
    size_t first, last;
    return words_find(&t->u.words, phrase, 0, &first, &last);
}

/* After a booking: is the turn about it, or does it begin or go on with the next? Settles the
 * intent. */
void turn_settle_next(struct turn *t);

/* --- two appointments in one request (turn_two.c) --- */

/* "Botox on Monday and a facial on Thursday": the turn is the first wish, the second waits. */
void turn_split(struct turn *t, const struct understand_in *whole);

/* Two services without a time of their own, before it is asked which is first. */
void turn_queue_second(struct turn *t);

/* Which of the two is first, that there are two people, and what is said for the second. Before the
 * turn is noted in the memory. */
void turn_note_two(struct turn *t);

/* Asks for the second person's name and time. */
void turn_ask_second(struct turn *t);

/* After an appointment was made, or given up: what waited for it. `before` is the talk before it
 * was ended. */
void turn_go_on(struct turn *t, const struct talk *before);

/* Says in which order, when this turn has begun with the first of two. */
void turn_say_queue(struct turn *t);

/* Books what talk tells, when it tells all; else offers times (turn_arrange.c). */
void turn_book_wish(struct turn *t);

/* Adds an answer; one that was given before begins otherwise. */
void turn_add_part(struct turn *t, enum topic topic, const char *text);

/* A person of the staff should look; raised once a turn. */
void turn_want_person(struct turn *t, const char *reason);

/* Says a line, in another wording than the last time. */
void turn_say(struct turn *t, enum line l, const struct line_words *words);

/* All that the facts answer of what was asked. */
void turn_answer_facts(struct turn *t);

void turn_answer_hours(struct turn *t);

/* A service that is not in the facts: neither a yes nor a no would be honest. */
void turn_answer_unlisted(struct turn *t);

/* The article of the business that answers the question; false: there is none. */
bool turn_answer_article(struct turn *t);

/* What only the intent tells, when no topic of the phrase table did. */
void turn_answer_intent(struct turn *t);

/* Preparation or aftercare of the service talked of; false: nothing is known of it. */
bool turn_answer_care(struct turn *t);

/* --- arranging (turn_arrange.c, turn_change.c); only with tools --- */

/* Makes, moves, cancels or confirms; false: the intent is none of these. */
bool turn_arrange(struct turn *t);

/* Calls a tool with json_pack's arguments taken over; NULL: it failed (turn_not_possible says so).
 */
json_t *turn_call(struct turn *t, const char *tool, json_t *args);
void turn_not_possible(struct turn *t);

/* Sets a member of a tool's arguments; NULL: leaves it out. */
void turn_put(json_t *args, const char *key, const char *value);

/* The service that is talked of, as it is called; NULL: none. */
const char *turn_service_name(const struct turn *t);

/* --- what is offered (turn_offer.c) --- */

/* What is free as wished; else what is near it. */
void turn_offer_times(struct turn *t);

/* Nothing is free as wished, and `found` says why: what is near it. */
void turn_offer_near(struct turn *t, const json_t *found);

/* After a refusal: what the tool found near it, or what there is at all. */
void turn_offer_instead(struct turn *t, const json_t *result);

/* Offers times for what is wanted; `line_many` and `line_one` say how. false: none were found. */
bool turn_offer(struct turn *t, const json_t *slots, enum line line_many, enum line line_one);

/* Times free as wished, or near it. NULL: the calendar is not there. */
json_t *turn_free_times(struct turn *t, const char *provider, bool as_wished);

/* "Anything later?": turns the wish away from what was offered (turn_wish.c). The hours that it
 * sets are those of one search. */
void turn_look_elsewhere(struct turn *t);

/* "A facial on Christmas Eve": wishes for that day, so that what is near it is offered. */
void turn_wish_for_holiday(struct turn *t);

/* "What's the latest you have?": asks about one of the times on offer and does not choose it. true:
 * it is told and offered. */
bool turn_asks_edge(struct turn *t);

/* The times that are on offer, in words. */
const char *turn_offers(struct turn *t);

/* "2026-03-03T14:00" and back. */
const char *turn_local_text(struct pool *p, int64_t day, int minutes);
bool turn_local_read(const char *text, int64_t *day_out, int *minutes_out);

const char *turn_when(struct turn *t, int64_t day, int minutes);
const char *turn_when_of(struct turn *t, const char *local);

/* "No wait, keep it", after a cancellation and before anything else: books what was cancelled
 * again. false: the turn says no such thing. */
bool turn_take_back(struct turn *t);

void turn_reschedule(struct turn *t);
void turn_cancel(struct turn *t);
void turn_confirm(struct turn *t);

/* Has the caller said yes to the one time that was read back to them? What was read, not heard,
 * needs no such yes. */
bool turn_is_sure(const struct turn *t);

/* Is the wished time taken by the customer's own appointment of that service? Then says so. */
bool turn_is_theirs(struct turn *t);

/* "Could I push it back an hour": wishes for the time so far from the given one. false: it is not
 * said by how much. */
bool turn_shift(struct turn *t, int64_t day, int minutes);

/* In the middle of an arrangement something was not understood: asks again, then for a person. */
void turn_ask_again(struct turn *t);

/* Is what was asked last still unanswered, for the second time? Then a person is wanted. */
bool turn_missed(struct turn *t);

/* The link to what a tool has booked or moved, to be given with the reply. */
void turn_give_link(struct turn *t, const json_t *result);

/* --- details that are told without having been asked for (turn_details.c) --- */

/* Does the turn tell only a name, a number or an address? Before it is noted in the memory. */
bool turn_only_details(const struct turn *t);

/* The rest of a name that was given, as the particular that it is. */
void turn_hear_full_name(struct turn *t);

/* Keeps them, and says what came of it. */
void turn_note_details(struct turn *t);

/* --- the reply put together (turn_reply.c) --- */

/* Fills the reply of t->out, and what goes with it. */
void turn_compose(struct turn *t);

#endif
