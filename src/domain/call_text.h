/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text message to a caller who cannot be heard: it goes on with the conversation that this
 * customer has by text, or begins one. Once a call.
 */
#ifndef DOMAIN_CALL_TEXT_H
#define DOMAIN_CALL_TEXT_H

#include "domain/place.h"
#include "store/store.h"

struct call_text {
    const char *conversation_id; /* the call's */
    const char *from, *to;       /* our number and the customer's, E.164 */
    struct str body;
    struct place_rules rules;
    struct wall now;
};

/* Does the customer take such texts, as far as the ledger of consents knows? With any db. */
NODISCARD int call_text_allowed(struct db *db, struct pool *p, const char *to, bool *allowed_out,
                                struct err *e);

/*
 * Part of a write transaction. ERR_CONFLICT: the call has had one; ERR_OPTED_OUT and the other
 * errors of outbox_add: nothing is written.
 */
NODISCARD int call_text_send(struct db *db, struct pool *p, const struct call_text *t,
                             struct err *e);

#endif
