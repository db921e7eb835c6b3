/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a text is about, by the phrase table (phrases.def): every topic that occurs, not only one,
 * because people ask two things at once. Nothing here depends on the trade. Any thread.
 */
#ifndef MIND_TOPICS_H
#define MIND_TOPICS_H

#include <stdbool.h>
#include <stddef.h>

#include "mind/words.h"

enum topic {
    TOPIC_EMERGENCY,
    TOPIC_OPT_OUT,
    TOPIC_INJECTION, /* tries to change the assistant's rules, or to see them */
    TOPIC_PRIVACY,   /* asks about other people's data */
    TOPIC_MEDICAL,
    TOPIC_COMPLAINT,
    TOPIC_PERSON,
    TOPIC_CANCEL,
    TOPIC_CANT, /* cannot come, or not then */
    TOPIC_RESCHEDULE,
    TOPIC_OTHER_TIME, /* wants other times than those */
    TOPIC_BOOK,
    TOPIC_AVAILABILITY,
    TOPIC_CONFIRM,
    TOPIC_HOURS,
    TOPIC_HOLIDAY,
    TOPIC_LOCATION,
    TOPIC_DIRECTIONS,
    TOPIC_PARKING,
    TOPIC_PHONE,
    TOPIC_PRICE,
    TOPIC_OFFER, /* what do you offer */
    TOPIC_HAVE,  /* do you have (this) */
    TOPIC_ABOUT, /* what is (this); means nothing without a service */
    TOPIC_DURATION,
    TOPIC_RESULTS, /* how long does the effect last */
    TOPIC_PAYMENT,
    TOPIC_TERMS, /* deposits, vouchers, fees: what the payment fact may or may not say */
    TOPIC_TEAM,
    TOPIC_CARE,
    TOPIC_BOT,
    TOPIC_NAME,
    TOPIC_HOW_ARE_YOU,
    TOPIC_GREETING,
    TOPIC_THANKS,
    TOPIC_GOODBYE,
    TOPIC_YES,
    TOPIC_NO,
    N_TOPICS
};

struct topics {
    bool has[N_TOPICS];
    bool weak[N_TOPICS];    /* only a hint was found: it counts when nothing else does */
    size_t first[N_TOPICS]; /* the phrase's first word */
};

void topics_find(const struct words *w, struct topics *out);

/* Is it an exact word of the phrase table? */
bool phrase_word(struct str word);

/* What a text of symbols only says. */
enum picture_mood { PICTURE_NONE, PICTURE_OTHER, PICTURE_GLAD, PICTURE_ANGRY };
enum picture_mood picture_mood_of(struct str text);

#endif
