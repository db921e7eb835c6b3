/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which backend speaks. flite stands behind a server: a sentence that the server cannot give, it
 * says, so that a call goes on in another voice rather than in silence.
 */
#include "voice/speak.h"

#include <stdlib.h>

#include "base/pool.h"
#include "voice/speak_private.h"

struct speak {
    const struct speak_ops *ops;
    void *backend;
    void *spare; /* flite's; NULL: it is the backend already */
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
        **out = (struct speak){ops, backend, spare};
    }
    return rc;
}

void speak_free(struct speak **s)
{
    if (s && *s) {
        (*s)->ops->close((*s)->backend);
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

int speak_say(struct speak *s, struct str sentence, int rate, samples_fn *out, void *arg,
              struct err *e)
{
    struct speak_out o = {.rate = rate, .fn = out, .arg = arg};
    int rc = s->ops->say(s->backend, sentence, &o, e);
    if (rc < 0 && s->spare && !o.resample) {
        rc = speak_flite.say(s->spare, sentence, &o, e);
    }
    if (rc == 0 && o.resample && !o.stopped) {
        resample_end(o.resample, out, arg);
    }
    resample_free(&o.resample);
    return rc;
}
