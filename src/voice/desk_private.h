/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the desk is to the calls alone: their clock, and those who write. Tests put others in their
 * place.
 */
#ifndef VOICE_DESK_PRIVATE_H
#define VOICE_DESK_PRIVATE_H

#include "base/id.h"
#include "io/loop.h"
#include "voice/desk.h"

struct call_paper;
struct call_copy;

/* Time and threads, as a call needs them. */
struct call_plugs {
    int64_t (*now_us)(void); /* monotonic */
    struct wall (*wall)(void);
    void *(*timer_new)(struct loop *l, void (*fn)(void *arg), void *arg);
    void (*timer_set)(void *timer, int64_t ms); /* ms < 0: stops it */
    void (*timer_free)(void **timer);
    /* On a writer, in the order of the lane. */
    void (*write)(struct voice_desk *d, const void *lane, void (*fn)(void *arg), void *arg);
    /* On the loop. */
    void (*back)(struct loop *l, void (*fn)(void *arg), void *arg);
};

extern const struct call_plugs call_plugs_real;

void voice_desk_plug(struct voice_desk *d, const struct call_plugs *plugs);
const struct call_plugs *voice_desk_plugs(const struct voice_desk *d);

/* The lease by which its calls live. */
struct id voice_desk_server(const struct voice_desk *d);

void voice_desk_write(struct voice_desk *d, const void *lane, void (*fn)(void *arg), void *arg);

const struct voice_watch *voice_desk_watcher(const struct voice_desk *d); /* fn NULL: nobody */

/* The lane in which the calls of a session are written, one after another. */
const void *voice_desk_lane(const struct voice_desk *d, const char *session_id);

/*
 * A call that has begun has to be written: the desk waits for it when it is freed. `later` has a
 * writer try again in `ms`, sooner when the desk stops; false: it has stopped for good.
 */
void voice_desk_open(struct voice_desk *d);
void voice_desk_closed(struct voice_desk *d);
bool voice_desk_later(struct voice_desk *d, int64_t ms, const void *lane, void (*fn)(void *arg),
                      void *arg);

#endif
