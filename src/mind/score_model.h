/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scoring a finished conversation by a language model: held to a schema, validated, mended once,
 * and else left to the local scorer. What happened is not the model's to judge: where an event says
 * what came of the conversation, that stands.
 */
#ifndef MIND_SCORE_MODEL_H
#define MIND_SCORE_MODEL_H

#include "mind/score.h"

struct model;

/*
 * m: NULL when no model is configured. out->scored_by says who judged; when the model should have
 * and could not, out->reason says so. Any thread that may block.
 */
void score_take_best(struct model *m, struct pool *p, const struct score_in *in,
                     struct score_out *out);

#endif
