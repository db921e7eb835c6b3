/* SPDX-License-Identifier: Apache-2.0 */
/* What the backends of speech synthesis share: each is a constant table. */
#ifndef VOICE_SPEAK_PRIVATE_H
#define VOICE_SPEAK_PRIVATE_H

#include "voice/speak.h"

/* Where the samples of one sentence go: resampled to what was asked for. */
struct speak_out {
    int rate; /* asked for */
    samples_fn *fn;
    void *arg;
    struct resample *resample; /* made at the first samples */
    bool stopped;              /* fn wanted no more */
};

/* false: no more is wanted. `rate` is the same for all of a sentence. */
bool speak_put(struct speak_out *o, int rate, const int16_t *samples, size_t n);

struct speak_ops {
    const char *name;
    int (*open)(const struct speak_config *c, void **out, struct err *e);
    void (*close)(void *backend);
    /* Gives what it makes to speak_put and ends, with 0, when that says false. */
    int (*say)(void *backend, struct str sentence, struct speak_out *out, struct err *e);
};

extern const struct speak_ops speak_flite;
extern const struct speak_ops speak_server;

#endif
