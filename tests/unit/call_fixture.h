/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call with a caller, an engine, a clock and writers that do only what the test tells them. What
 * the call does to the engine and to the transport is written into one log, in its order:
 *
 *     "clear; interrupt 300; state listening; "
 */
#ifndef CALL_FIXTURE_H
#define CALL_FIXTURE_H

#include "base/settings.h"
#include "store_fixture.h"
#include "voice/call.h"
#include "voice/desk_private.h"
#include "voice/engine.h"

struct stage {
    struct fixture db;
    struct settings settings;
    struct voice_desk *desk;
    struct call *call;
    struct engine_start start; /* of the engine that was started last */
    char lines[2000];          /* what it was told of before: "customer: ...; " */
    const char *conversation;  /* start.conversation_id, copied; NULL */
    int64_t heard_ms;          /* what the transport answers to clear */
    int engines_refused;       /* so many do not start */
    bool cannot_transfer;
};

extern struct stage stage;
extern const struct engine_events *engine_tells; /* of the call, to be called with stage.call */

/* Callers may be sent texts, in the stages to come. */
extern bool stage_texts;

/* Everything fresh: the store with its tables, a desk with two engines "one" and "two". */
void stage_init(void);
void stage_clear(void);
/* The desk alone: ended, when all that could not be written is tried again, and a fresh one. */
void stage_new_desk(void);

/* A call, begun: the store has it, the engine is started. */
void stage_call(const struct call_who *who);
/* The same while the store does not answer yet. */
void stage_call_unwritten(const struct call_who *who);
/* The same, greeted, and the caller has heard it. */
void stage_greeted(const struct call_who *who);
extern const struct call_who stage_caller;

/* The log since the last look; static storage. */
const char *stage_log(void);

void stage_pass(int64_t ms); /* time, and what falls due in it */
void stage_writers(void);    /* do all they have, and the call hears of it */
int stage_unwritten(void);   /* what they have not done yet */

/* A reply of so many ms of sound, given at once. */
void stage_reply(const char *text, int64_t ms);

/* The caller says something for so long. */
void stage_says(const char *text, int64_t ms);
void stage_hang_up(void); /* they do; the call is written */

#endif
