/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person at a telephone who does what a script says, 20 ms at a time: speaks, is silent, presses
 * keys, waits until the other side has finished, interrupts it, hangs up. Knows nothing of how the
 * telephone is connected. Pure; one thread.
 */
#ifndef SANDBOX_SANDBOX_ACTOR_H
#define SANDBOX_SANDBOX_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define ACTOR_TICK_MS 20
#define ACTOR_FRAME 160 /* bytes of a tick in µ-law */
#define ACTOR_KEY_MS 100
#define ACTOR_QUIET_MS 700      /* of silence after which the other side has finished */
#define ACTOR_PATIENCE_MS 15000 /* a wait ends without an answer, too */

enum actor_step_kind {
    STEP_SOUND,     /* says `sound`; the words, when they are known, are `text` */
    STEP_SILENCE,   /* for ms */
    STEP_PRESS,     /* the keys in `text`, one after another */
    STEP_WAIT,      /* until the other side has spoken and then been quiet for ms */
    STEP_INTERRUPT, /* until the other side has spoken for ms */
    STEP_STALL,     /* sends nothing at all for ms, not even silence, and takes nothing */
    STEP_CRASH,     /* is gone without a word, as when the network breaks */
    STEP_HANGUP,
};

struct actor_step {
    enum actor_step_kind kind;
    const char *text; /* borrowed */
    struct str sound; /* µ-law, 8 kHz; borrowed */
    int ms;
    int patience_ms; /* of STEP_WAIT and STEP_INTERRUPT */
};

struct actor {
    const struct actor_step *steps; /* borrowed */
    size_t n, at;
    size_t done; /* bytes or keys of the step, or ms */
    int heard_ms, quiet_ms;
};

/* What a tick brought. */
struct actor_does {
    uint8_t frame[ACTOR_FRAME];
    bool speaks;        /* frame has words in it, not silence */
    const char *begins; /* the words that begin with this frame; "" when they are not known */
    bool finished;      /* the words ended with it */
    char digit;         /* '\0': none */
    bool stalls, crashes, hangs_up;
    bool gave_up; /* a wait ended without an answer */
};

void actor_init(struct actor *c, const struct actor_step *steps, size_t n);

/* hears: the other side makes a sound now. At the end of the script the caller hangs up. */
void actor_tick(struct actor *c, bool hears, struct actor_does *out);

#endif
