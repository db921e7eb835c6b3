/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operations on who answers a conversation share: the one who asks as a holder, the shape
 * "hold" of schemas.def, and the rules by which conversations begin.
 */
#ifndef OPS_HOLDING_H
#define OPS_HOLDING_H

#include "base/json_write.h"
#include "domain/hold.h"
#include "domain/place.h"
#include "ops/op.h"

struct settings;

/* As the settings have them. */
struct place_rules place_rules_of(const struct settings *s);

struct holder holder_of(const struct actor *actor);

/* The value of held_by: the hold, or null when nobody has it. */
void render_hold(struct jw *j, const struct hold_row *hold, const struct actor *asks);

/*
 * What was completed goes on, unless the customer is in a newer conversation (ERR_CONFLICT).
 * E-mails stand in threads beside each other. Inside store_write.
 */
NODISCARD int holding_make_active(struct db *db, struct op_call *c, const char *id,
                                  const struct standing *s, struct err *e);

#endif
