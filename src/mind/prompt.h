/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a language model is told of a turn: who it is, the rules, the channel's manner, the
 * business's facts, the time, the customer's own appointments, and the conversation so far, newest
 * first as far as the budget goes. The customer's phone number and e-mail address are not told; of
 * other customers nothing is known here at all. Pure; any thread.
 */
#ifndef MIND_PROMPT_H
#define MIND_PROMPT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/pool.h"
#include "base/str.h"
#include "mind/turn.h"

struct prompt_in {
    const struct turn_in *turn;
    const json_t *customer; /* search_customer's result; NULL: not known */
    int history_tokens;     /* a token is taken for four bytes */
};

/* A chat-completions "messages" array. Lives in pool. */
json_t *prompt_messages(struct pool *p, const struct prompt_in *in);

/*
 * The same for a model that hears and speaks itself: one text, without the conversation so far. It
 * is told of two more tools than mind/tools.def has: transfer_call and end_call. Lives in pool.
 */
struct str prompt_spoken(struct pool *p, const struct prompt_in *in);

/* A message from us amid the conversation, that the customer has not written. */
json_t *prompt_note(const char *text);

/* A tool's result as the model may see it: without phone numbers, e-mail addresses and links. */
struct str prompt_result(struct pool *p, const json_t *result);

#endif
