/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all calls of a server share: the store, the language model, the calendar, the engines in
 * their order, the limits, and workers for what blocks. One for the process, made by the command
 * that serves, outlives all calls.
 */
#ifndef VOICE_DESK_H
#define VOICE_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct calendar;
struct engine_ops;
struct settings;
struct store;
struct voice_desk;
struct voice_local;

struct voice_desk_config { /* borrowed; outlives the desk */
    const struct settings *settings;
    struct store *store;
    const char *instance;                    /* of this server; NULL: none */
    struct calendar *calendar;               /* NULL: the built-in one alone */
    const struct voice_local *local;         /* of the local engine; NULL: it takes no calls */
    const char *text_from;                   /* our number for texts to callers; NULL: none */
    const char *recordings;                  /* the folder for them; NULL: none are made */
    const struct engine_ops *const *engines; /* tried in this order; NULL at the end */
};

NODISCARD int voice_desk_new(const struct voice_desk_config *c, struct voice_desk **out,
                             struct err *e);
/* After the server's loops have ended: waits until every call that ended is written. */
void voice_desk_free(struct voice_desk **d);

const struct voice_desk_config *voice_desk_config(const struct voice_desk *d);

/*
 * Any thread: a place for one more call, by whichever way it comes (voice_calls_max); false: there
 * is none. Whoever took one gives it back when the call is over. `room`: is there one?
 */
bool voice_desk_enter(struct voice_desk *d);
void voice_desk_left(struct voice_desk *d);
bool voice_desk_room(const struct voice_desk *d);

/*
 * Before the first call: what is said in calls, and what they are at, is told as it happens, as
 * JSON on the call's loop, while anybody watches: {"type":"call_said"|"call_state",...}.
 */
struct voice_watch {
    bool (*anybody)(void *arg);
    void (*tell)(void *arg, struct str json);
    void *arg;
};
void voice_desk_watch(struct voice_desk *d, const struct voice_watch *w);

/*
 * Any thread: fn(arg) on a worker. What belongs to one call is run one after another when all of
 * it is given the same `lane` (any pointer that is the call's own); NULL: no order.
 */
void voice_desk_run(struct voice_desk *d, const void *lane, void (*fn)(void *arg), void *arg);

#endif
