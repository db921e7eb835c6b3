/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the local engine share. local.c is the call's side, on the loop: its sound in,
 * its events, its digits. local_turn.c is what workers do: hearing, thinking, speaking.
 */
#ifndef VOICE_LOCAL_PRIVATE_H
#define VOICE_LOCAL_PRIVATE_H

#include <stdatomic.h>

#include "base/pool.h"
#include "voice/desk.h"
#include "voice/ears.h"
#include "voice/engine.h"
#include "voice/local.h"
#include "voice/resample.h"

#define LOCAL_LINES 24
#define LOCAL_DIGITS 24
#define LOCAL_PIECE 1600 /* a tenth of a second */

struct voice_local {
    struct hear *hear;
    struct speak *speak;
    struct model *model;
    int pre_roll_ms, hangover_ms;
    char *text_from; /* owned; NULL: none */
};

struct local_line {
    enum call_speaker who;
    char *text; /* owned */
};

/* How a turn came. */
enum local_heard {
    LOCAL_TYPED,
    LOCAL_BY_EAR, /* of a server, which hears names as well */
    LOCAL_POORLY, /* by pocketsphinx */
};

#define LOCAL_ASKED_TEXT (-1) /* whether we shall write a text message */

struct local {
    struct engine engine;      /* first */
    struct engine_start start; /* its texts are ours */
    const struct voice_local *shared;
    const char *business, *zone_name; /* settings that go before the facts; borrowed */

    /* The loop's. */
    int refs; /* the call's and each task's */
    bool stopped;
    struct ears *ears;
    struct resample *in;
    struct pool *scratch;
    int16_t piece[LOCAL_PIECE]; /* samples on their way to a worker */
    size_t n_piece;
    char digits[LOCAL_DIGITS + 1];
    struct loop_timer *digits_due;
    bool replying;

    /* Anybody's. */
    atomic_uint reply; /* number of the one that is wanted; another's sound is dropped */
    atomic_int what;   /* enum hear_what: what is likely to be said next */
    atomic_int asked;  /* enum asked (mind/talk.h), or LOCAL_ASKED_TEXT: what digits answer */

    /* Of the lane of hearing. */
    struct hearing *hearing;
    bool deaf_now; /* this turn could not be begun */

    /* Of the lane of thinking and speaking. */
    struct str state; /* owned; of mind/turn.h */
    struct local_line lines[LOCAL_LINES];
    size_t n_lines;
    int turns;
    int misses; /* turns in a row that could not be understood */
};

/* From a worker to the call; text is copied. */
enum local_note {
    LOCAL_READY,
    LOCAL_HEARD, /* also hands the turn on; flag: it was heard poorly */
    LOCAL_UNHEARD,
    LOCAL_BEGAN,
    LOCAL_AUDIO,
    LOCAL_SAID,
    LOCAL_DONE,
    LOCAL_TOOL,
    LOCAL_NOTICED,
    LOCAL_TRANSFER,
    LOCAL_GOODBYE,
    LOCAL_FAILED,
    LOCAL_OVER, /* the task is done */
};

struct local_news {
    struct local *local;
    struct pool *pool; /* the news's own */
    enum local_note note;
    unsigned reply; /* which it belongs to; 0: none */
    struct str text, more;
    const char *name;
    bool flag;
    const struct turn_event *events;
};

void local_tell(struct local *l, struct local_news news); /* any thread; copies */

/* Tasks; from the loop. */
void local_hear_begin(struct local *l);
void local_hear_samples(struct local *l, const int16_t *samples, size_t n);
void local_hear_end(struct local *l);
void local_think(struct local *l, struct str text, enum local_heard how);
void local_miss(struct local *l); /* nothing was understood */
void local_say_words(struct local *l, const char *text);
void local_prepare(struct local *l);

void local_unref(struct local *l); /* the loop */

#endif
