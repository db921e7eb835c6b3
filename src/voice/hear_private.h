/* SPDX-License-Identifier: Apache-2.0 */
/* What the backends of speech recognition share: each is a constant table. */
#ifndef VOICE_HEAR_PRIVATE_H
#define VOICE_HEAR_PRIVATE_H

#include "voice/hear.h"

struct hear_ops {
    const char *name;
    int (*open)(const struct hear_config *c, void **out, struct err *e);
    void (*close)(void *backend);
    int (*learn)(void *backend, const struct facts *f, struct err *e);
    /* One call's. */
    void *(*line_new)(void *backend, enum hear_line line);
    void (*line_free)(void *line);
    int (*begin)(void *line, enum hear_what what, struct err *e);
    void (*samples)(void *line, const int16_t *samples, size_t n);
    int (*end)(void *line, struct pool *p, struct heard *out, struct err *e); /* p == NULL: drop */
};

extern const struct hear_ops hear_sphinx;
extern const struct hear_ops hear_server;

#endif
