/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which engine answers: what the guards answer is never asked of a model; then the model, when
 * there is one; and when it cannot, the local engine, which always can, with an `error` event that
 * says why. Files that came with the text are passed on to a person whoever answers, and the reply
 * says so.
 */
#ifndef MIND_TURN_CHOICE_H
#define MIND_TURN_CHOICE_H

#include "mind/turn.h"

struct model;

/* m: NULL when no model is configured. out->engine says who answered. Any thread that may block. */
NODISCARD int turn_take_best(struct model *m, struct pool *p, const struct turn_in *in,
                             struct turn_out *out, struct err *e);

#endif
