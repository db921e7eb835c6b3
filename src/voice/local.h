/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all calls of the local engine (engine_local) share: the ear, the voice and, when there is
 * one, the language model that may answer before the mind does. Made by the command that serves;
 * outlives the desk.
 */
#ifndef VOICE_LOCAL_H
#define VOICE_LOCAL_H

#include "base/err.h"
#include "voice/hear.h"
#include "voice/speak.h"

struct model;
struct voice_local;

struct voice_local_config { /* copied */
    struct hear_config hear;
    struct speak_config speak;
    struct model *model; /* borrowed; NULL: none */
    int pre_roll_ms, hangover_ms;
    const char *text_from; /* our number, from which a caller who is not understood gets a text
                              message; NULL or "": none can be sent */
};

/* ERR_UNAVAILABLE: nothing hears; ERR_CONFIG: no such voice, a bad address. *out owned. */
NODISCARD int voice_local_new(const struct voice_local_config *c, struct voice_local **out,
                              struct err *e);
void voice_local_free(struct voice_local **l);

#endif
