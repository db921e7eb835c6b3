/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which backend speaks. flite stands behind a server: a sentence that the server cannot give, it
 * says, so that a call goes on in another voice rather than in silence. What was said lately in the
 * proper voice is kept and given again.
 */
#include "voice/speak.h"

#include <stdlib.h>

#include "base/pool.h"
#include "voice/speak_kept.h"
#include "voice/speak_private.h"

#define PIECE 800 /* samples */

struct speak {
    const struct speak_ops *ops;
    void *backend;
    void *spare; /* flite's; NULL: it is the backend already */
    struct speak_kept *kept;
};

/* Samples on their way out, and a copy of them for another time. */
struct copying {
    samples_fn *fn;
    void *arg;
    int16_t *samples; /* owned */
    size_t n, room;
};

int speak_new(const struct speak_config *c, struct speak **out, struct err *e)
{
    const struct speak_ops *ops = c->url && c->url[0] ? &speak_server : &speak_flite;
    void *backend = NULL;
    void *spare = NULL;
    int rc = ops->open(c, &backend, e);
    if (rc == 0 && ops != &speak_flite) {
        rc = speak_flite.open(&(struct speak_config){.voice = NULL}, &spare, e);
    }
    if (rc == 0) {
        *out = xcalloc(1, sizeof **out);
        **out = (struct speak){ops, backend, spare, speak_kept_new()};
    }
    return rc;
}

void speak_free(struct speak **s)
{
    if (s && *s) {
        (*s)->ops->close((*s)->backend);
        speak_kept_free(&(*s)->kept);
        free(*s);
        *s = NULL;
    }
}

const char *speak_name(const struct speak *s)
{
    return s->ops->name;
}

bool speak_put(struct speak_out *o, int rate, const int16_t *samples, size_t n)
{
    if (!o->resample) {
        o->resample = resample_new(rate, o->rate);
    }
    if (!o->stopped && !resample_run(o->resample, samples, n, o->fn, o->arg)) {
        o->stopped = true;
    }
    return !o->stopped;
}

static bool copy_out(void *arg, const int16_t *samples, size_t n)
{
    struct copying *c = arg;
    if (c->n + n > c->room) {
        c->room = MAX_OF(2 * c->room, c->n + n);
        c->samples = xrealloc(c->samples, c->room * sizeof *samples);
    }
    if (n > 0) {
        memcpy(c->samples + c->n, samples, n * sizeof *samples);
        c->n += n;
    }
    return c->fn(c->arg, samples, n);
}

static int make(struct speak *s, struct str sentence, int rate, struct copying *c, struct err *e)
{
    struct speak_out o = {.rate = rate, .fn = copy_out, .arg = c};
    int rc = s->ops->say(s->backend, sentence, &o, e);
    bool proper = rc == 0;
    if (rc < 0 && s->spare && !o.resample) {
        rc = speak_flite.say(s->spare, sentence, &o, e);
    }
    if (rc == 0 && o.resample && !o.stopped) {
        resample_end(o.resample, copy_out, c);
        if (proper) {
            speak_kept_add(s->kept, sentence, rate, c->samples, c->n);
        }
    }
    resample_free(&o.resample);
    return rc;
}

int speak_say(struct speak *s, struct str sentence, int rate, samples_fn *out, void *arg,
              struct err *e)
{
    struct copying c = {.fn = out, .arg = arg};
    int rc = 0;
    c.samples = speak_kept_find(s->kept, sentence, rate, &c.n);
    if (c.samples) {
        bool more = true;
        for (size_t i = 0; more && i < c.n; i += PIECE) {
            more = out(arg, c.samples + i, MIN_OF(c.n - i, PIECE));
        }
    } else {
        rc = make(s, sentence, rate, &c, e);
    }
    free(c.samples);
    return rc;
}
