/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A turn by a language model: it is told the facts and the conversation, calls the turn's tools,
 * and answers in the form of mind/model_reply.h. The deterministic layer stays in charge: a reply
 * whose claims no tool confirmed is refused, once with a chance to do better. Guards and the local
 * engine's place when this fails are mind/turn_choice.h's.
 */
#ifndef MIND_TURN_MODEL_H
#define MIND_TURN_MODEL_H

#include "mind/turn.h"

struct model;

/*
 * 0, or an error when the model cannot answer (within its time, its form, or honestly) and nothing
 * was done yet. When a tool had booked, moved or cancelled before the model failed, it is 0 and the
 * reply says just that. `intent` stands in when the model names none; may be NULL. Any thread that
 * may block.
 */
NODISCARD int turn_model_take(struct model *m, const char *intent, struct pool *p,
                              const struct turn_in *in, struct turn_out *out, struct err *e);

#endif
