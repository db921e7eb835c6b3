/* SPDX-License-Identifier: Apache-2.0 */
/* One customer with what they agreed to, how they are reached and who was merged into them: the
 * answer of several operations. */
#ifndef OPS_CUSTOMER_ANSWER_H
#define OPS_CUSTOMER_ANSWER_H

#include "base/json_write.h"
#include "ops/op.h"
#include "store/store.h"

/* May whoever asks know of allergies and pregnancy? To others they are unknown. */
bool op_sees_medical(const struct op_call *c);

/* Writes the answer. ERR_NOT_FOUND. */
NODISCARD int customer_answer(struct op_call *c, struct db *db, int64_t id, struct err *e);

/* The same as a value of an answer. */
NODISCARD int customer_value(struct op_call *c, struct db *db, struct jw *j, int64_t id,
                             struct err *e);

/* "identities" of rows of customer_addresses. */
void render_identities(struct jw *j, const struct rows *addresses);

#endif
