/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an inbound text becomes, in one transaction: the provider's receipt (so that it counts
 * once), the customer found by number or made, the active conversation or a new one, the message,
 * its details, the job that will answer it, and the change for those who watch.
 */
#ifndef DOMAIN_INBOUND_TEXT_H
#define DOMAIN_INBOUND_TEXT_H

#include "base/id.h"
#include "domain/place.h"
#include "store/store.h"

struct inbound_text {
    const char *channel; /* sms, whatsapp */
    const char *provider;
    const char *provider_id; /* the provider's id of the message */
    const char *from;        /* the customer's number, E.164 or a short code */
    const char *to;
    struct str body;
    struct str media_urls; /* JSON array; p == NULL: none */
    int segments;
    struct str request; /* as it was received, kept with the receipt */
    struct wall at;
    int64_t burst_us; /* the answer waits so long for another text (domain/burst.h); 0: not */
    struct place_rules rules;
};

struct inbound_text_result {
    bool duplicate; /* taken before: nothing was changed, the rest is not set */
    int64_t customer_id;
    struct id conversation_id;
    struct id message_id;
};

/* Durable when it returns 0. Any thread. */
NODISCARD int inbound_text_take(struct store *s, struct pool *p, const struct inbound_text *in,
                                struct inbound_text_result *out, struct err *e);

#endif
