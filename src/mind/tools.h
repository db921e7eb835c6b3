/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tools with which an engine looks things up and acts during a turn: what they are called and
 * take is tools.def, which also makes the language model's tool descriptions. Both engines use
 * these, so what one may do the other may, and a call is recorded the same way.
 *
 * A tool that writes does so in a transaction of its own, with its result, under a key made of the
 * turn and the call's number: a turn that is taken again after a kill gets the recorded result and
 * changes nothing. What was read before it in the turn is recorded with it, so that the turn taken
 * again sees what it saw then, and not what it has done since. A box serves one turn; one thread.
 */
#ifndef MIND_TOOLS_H
#define MIND_TOOLS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/pool.h"
#include "domain/facts.h"

struct calendar;
struct store;
struct tools;

struct tools_config {
    struct store *store; /* NULL: only the facts are there; what needs the store answers an error */
    const struct facts *facts;
    struct wall now;
    int64_t customer_id;         /* 0: not known; may change what was booked in the conversation */
    const char *conversation_id; /* NULL: none */
    const char *message_id;      /* the inbound message; NULL: none */
    const char *turn_key; /* names the turn, the same when it is taken again; at most 150 bytes */
    struct calendar *calendar; /* the one outside; NULL: the built-in one alone */
    bool again;                /* it may have been taken before */
};

struct tool_call {
    const char *name;
    json_t *args, *result;
    bool wrote;  /* it changed something that stands, whatever becomes of the turn */
    bool failed; /* the result is {"error": "..."}: unknown tool, bad arguments, store not there */
    const char *unchecked; /* why the calendar outside was not looked at, in a sentence; the result
                              has "calendar": "not checked". NULL: it was, or had not to be */
    const struct tool_call *next;
};

/* Lives in pool; config is borrowed for as long. */
struct tools *tools_new(struct pool *p, const struct tools_config *config);

/* What is asked outside must be answered by then; ns == 0: each in its own time, as at first. */
void tools_until(struct tools *t, struct mono deadline);

/*
 * Calls a tool. Borrows args (NULL: none); the result lives in the pool and is never NULL: what
 * went wrong is {"error": "what to do"}.
 */
json_t *tools_call(struct tools *t, const char *name, json_t *args);

/*
 * The same without arguments and without being noted as a call: what an engine wants to know before
 * it begins. Only tools that read. A turn taken again is told what it was told then.
 */
json_t *tools_peek(struct tools *t, const char *name);

/* The calls so far, oldest first. */
const struct tool_call *tools_calls(const struct tools *t);

/* The tools as a chat-completions "tools" array; lives in pool. */
json_t *tools_describe(struct pool *p);

#endif
