/* SPDX-License-Identifier: Apache-2.0 */
/* What operations on the staff's work with conversations share. */
#ifndef OPS_DESK_CALL_H
#define OPS_DESK_CALL_H

#include "ops/op.h"
#include "ops/render.h"

/* The id of the member of the staff who asks; NULL: a program or a command. */
const char *desk_user(const struct op_call *c);

/* Answers with a conversation as it now is. */
NODISCARD int desk_answer(struct op_call *c, const char *conversation_id, struct err *e);

/* The member "notes" of an open object: rows of notes_query. */
void desk_render_notes(struct jw *j, const struct op_call *c, const struct rows *notes);
bool desk_is_mine(const struct op_call *c, const struct note *n);

#endif
