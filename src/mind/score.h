/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scoring a finished conversation: how satisfied was the customer, in what mood, and what came of
 * it. What cannot be judged is said to be so (score 0, a reason), never made up. Pure: reads its
 * input, writes into the pool.
 */
#ifndef MIND_SCORE_H
#define MIND_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/pool.h"
#include "base/str.h"

struct score_message {
    bool inbound; /* from the customer; a call's transcript in one message is, too */
    struct str content;
    struct wall at; /* us == 0: not known */
};
struct score_event {
    const char *type;   /* of ops/events.def */
    struct str details; /* JSON, may be empty */
};
struct score_in {
    const char *channel; /* "voice", "sms", ...; NULL or another: not known */
    size_t n_messages;
    const struct score_message *messages; /* in their order */
    size_t n_events;
    const struct score_event *events;
};

struct score_out {
    int satisfaction;      /* 1 to 10; 0: nothing to judge by, see reason */
    const char *sentiment; /* positive, neutral, negative, mixed; NULL: nothing to judge by */
    const char *outcome;   /* of conversations.outcome; never NULL */
    const char *subject;   /* at most 60 characters */
    const char *summary;   /* one or two sentences */
    const char *scored_by; /* "local", "model" */
    double confidence;     /* 0 to 1 */
    const char *reason;    /* what the judgement rests on, for staff */
    /* What a language model needed for it, also in vain; NULL and 0: none was asked. */
    const char *model;
    int64_t prompt_tokens, completion_tokens;
};

void score_local(struct pool *p, const struct score_in *in, struct score_out *out);

#endif
