/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A desk with a language model, for tests: the salon of booking_fixture.h with a store, Maya Ortiz
 * as its customer, the sandbox's model, and a conversation by text message on Monday, 2 March 2026
 * at nine.
 */
#ifndef MODEL_FIXTURE_H
#define MODEL_FIXTURE_H

#include "booking_fixture.h"
#include "mind/model.h"
#include "mind/tools.h"
#include "mind/turn.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_model.h"
#include "store_fixture.h"

#define PHONE "+15550100001"
#define SAID_MAX 40

struct desk {
    struct fixture fixture;
    struct pool *pool;
    struct facts facts;
    struct tools_config config;
    struct sandbox *sandbox;
    struct model *model;
    struct model_config model_config;
    struct turn_said said[SAID_MAX];
    size_t n_said;
    struct turn_in in;
    struct turn_out out;
    struct err err;
    int turns;
    int64_t took_ms;
};

void desk_init(struct desk *d);
void desk_clear(struct desk *d);

/* Another model, with the config as it is now. */
void desk_renew(struct desk *d);

/* Queues answers, written with ` for " and ~ for a quote within quotes. */
void desk_script(struct desk *d, const char *json);

#define REPLY(text, intent)                                                                        \
    "{`reply`:{`reply`:`" text "`,`intent`:`" intent                                               \
    "`,`confidence`:0.8,`wants_person`:false,`reason`:null,`ends`:false}}"

/* One turn; `best`: with guards and the local engine. What was said is remembered. */
int desk_turn(struct desk *d, bool best, const char *text);

/* Does the last request to the model have that text in it? */
bool desk_asked(struct desk *d, const char *what);

#endif
