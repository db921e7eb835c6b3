/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A caller is handed to a person of the business: who is dialled, and what is said to them before
 * the two are connected. Twilio does it, told by TwiML: by a request that changes the call while
 * its media stream goes on, or, when that fails, as the answer to the question what follows the
 * stream.
 */
#ifndef VOICE_HANDOVER_H
#define VOICE_HANDOVER_H

#include "base/buf.h"
#include "channels/provider.h"
#include "store/store.h"

struct handover_config {             /* borrowed */
    const char *public_url;          /* of our webhooks */
    const char *person;              /* who is dialled, E.164; NULL or "": nobody */
    const char *number;              /* ours, which they see; NULL or "": the caller's */
    int ring_s;                      /* so long */
    struct provider_account account; /* Twilio's */
};

bool handover_possible(const struct handover_config *c);

/* The verb that dials the person; call_sid: of the caller's call. */
void handover_dial(struct buf *b, const struct handover_config *c, const char *call_sid);

/* What the person is told. summary and reason may be empty. Lives in pool. */
const char *handover_words(struct pool *p, struct str business, struct str summary,
                           struct str reason);

/* Changes the call. ERR_PROVIDER when Twilio would not, or could not be reached. Blocking. */
NODISCARD int handover_do(const struct handover_config *c, const char *call_sid, struct err *e);

#endif
