/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each tick belongs to one step; steps that take no time (a wait that is over) make room for the
 * next one within the tick.
 */
#include "sandbox/sandbox_actor.h"

#include <string.h>

#define SILENCE 0xFF

void actor_init(struct actor *c, const struct actor_step *steps, size_t n)
{
    *c = (struct actor){.steps = steps, .n = n};
}

static void next_step(struct actor *c)
{
    c->at++;
    c->done = 0;
    c->heard_ms = c->quiet_ms = 0;
}

static void speak(struct actor *c, const struct actor_step *s, struct actor_does *out)
{
    size_t n = s->sound.n - c->done;
    if (n > ACTOR_FRAME) {
        n = ACTOR_FRAME;
    }
    if (n) {
        memcpy(out->frame, s->sound.p + c->done, n);
    }
    if (c->done == 0) {
        out->begins = s->text ? s->text : "";
    }
    c->done += n;
    out->speaks = true;
    if (c->done == s->sound.n) {
        out->finished = true;
        next_step(c);
    }
}

static void press(struct actor *c, const struct actor_step *s, struct actor_does *out)
{
    size_t key = c->done / ACTOR_KEY_MS, n = strlen(s->text);
    if (c->done % ACTOR_KEY_MS == 0 && key < n) {
        out->digit = s->text[key];
    }
    c->done += ACTOR_TICK_MS;
    if (c->done >= n * ACTOR_KEY_MS) {
        next_step(c);
    }
}

/* A wait's tick; true when it is over and the tick is still free. */
static bool wait_tick(struct actor *c, const struct actor_step *s, bool hears,
                      struct actor_does *out)
{
    bool over = s->kind == STEP_WAIT ? c->heard_ms && c->quiet_ms >= s->ms
                                     : c->heard_ms >= (s->ms ? s->ms : 1);
    bool late = (int)c->done >= s->patience_ms;
    if (over || late) {
        out->gave_up = out->gave_up || !over;
        next_step(c);
        return true;
    }
    c->done += ACTOR_TICK_MS;
    c->heard_ms += hears ? ACTOR_TICK_MS : 0;
    c->quiet_ms = hears ? 0 : c->quiet_ms + ACTOR_TICK_MS;
    if (hears && s->kind == STEP_WAIT) {
        c->done = 0; /* whoever is spoken to listens to the end */
    }
    return false;
}

static void pass_time(struct actor *c, const struct actor_step *s, struct actor_does *out)
{
    out->stalls = s->kind == STEP_STALL;
    c->done += ACTOR_TICK_MS;
    if ((int)c->done >= s->ms) {
        next_step(c);
    }
}

void actor_tick(struct actor *c, bool hears, struct actor_does *out)
{
    *out = (struct actor_does){0};
    memset(out->frame, SILENCE, sizeof out->frame);
    while (c->at < c->n) {
        const struct actor_step *s = &c->steps[c->at];
        switch (s->kind) {
        case STEP_SOUND:
            speak(c, s, out);
            return;
        case STEP_SILENCE:
        case STEP_STALL:
            pass_time(c, s, out);
            return;
        case STEP_PRESS:
            press(c, s, out);
            return;
        case STEP_WAIT:
        case STEP_INTERRUPT:
            if (!wait_tick(c, s, hears, out)) {
                return;
            }
            break;
        case STEP_CRASH:
            out->crashes = true;
            return;
        case STEP_HANGUP:
            out->hangs_up = true;
            return;
        }
    }
    out->hangs_up = true;
}
