/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a conversation stands: what is being arranged, what is known of it, what was offered and
 * what was asked last. The local engine keeps it exactly, in its state document; `ava understand`,
 * which is given only the words that were said, reads it out of them (talk_listen). Pure.
 */
#ifndef MIND_TALK_H
#define MIND_TALK_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/pool.h"
#include "domain/facts.h"
#include "mind/intent.h"

struct understood;

enum asked {
    ASKED_NOTHING,
    ASKED_WHETHER_PERSON,
    ASKED_SERVICE,
    ASKED_WHEN,
    ASKED_WHICH, /* of the times offered */
    ASKED_NAME,
    ASKED_CONTACT,
    ASKED_WHETHER_BOOK,
    ASKED_WHETHER_CANCEL,
    ASKED_APPOINTMENT, /* which of the customer's own */
    ASKED_HALF,        /* morning or afternoon, of two readings of a time */
    ASKED_DAY,         /* which of two readings of a date */
    ASKED_ELSE,        /* anything else? */
    N_ASKED
};

/* A time that was offered. Local to the business. */
struct talk_offer {
    int64_t day;          /* days since 1970-01-01 */
    int minutes;          /* since midnight */
    const char *provider; /* key; NULL: none named */
};

#define TALK_OFFERS_MAX 6

/* Where the appointment of a second person stands that came up with the first's. */
enum second {
    SECOND_NONE,
    SECOND_WAITS, /* until the first is booked */
    SECOND_ASKED, /* for their name and time: what is said now is for them */
};

struct talk {
    enum intent task; /* book, reschedule, cancel, availability or none */
    enum asked asked;
    const char *service, *provider, *name; /* keys; NULL: not known */
    int64_t day;                           /* the one wanted or talked of; -1 */
    int64_t span_from, span_to;            /* days wanted; -1 */
    int minutes;                           /* the time wanted; -1 */
    int window_from, window_to;            /* times wanted; -1 */
    int64_t other_day;                     /* the other reading, when asked; -1 */
    int other_minutes;
    size_t n_offers;
    struct talk_offer offers[TALK_OFFERS_MAX];
    int64_t appointment;      /* the customer's, that is to be moved or cancelled; 0 */
    int64_t done;             /* the appointment that was just made or moved; 0 */
    const char *done_service; /* its key; NULL: not known */
    /* What was cancelled just now, that it may be taken back; service NULL: nothing. */
    struct talk_offer undone;
    const char *undone_service;
    /* What waits until this one is booked; service NULL: nothing. Its day and minutes may be -1.
     * With a second person: when the first one comes. */
    struct talk_offer next;
    const char *next_service;
    enum second person;
    const char *person_name; /* of the second person; NULL: not known */
    enum intent topic;       /* of the last turn that asked something */
    enum intent last;        /* of the turn before, whatever it was */
    int misses;              /* clarifications that failed in a row */
};

struct talk talk_none(void);

/* Takes what a turn said into what is known. */
void talk_note(struct talk *t, const struct understood *u);

/* Forgets the arrangement, when it was done or given up. */
void talk_end(struct talk *t);

/* A line of the assistant's own, written by whomever: what it offered, asked and said was done. */
void talk_listen(struct pool *p, struct talk *t, struct str said, const struct facts *f,
                 struct wall now);

#endif
