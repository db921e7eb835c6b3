/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which conversation a message belongs to: the customer's active one on that channel, one that was
 * completed a moment ago, or a new one. Part of a write transaction in which the customer is
 * locked, so that two first messages make one conversation.
 */
#ifndef DOMAIN_PLACE_H
#define DOMAIN_PLACE_H

#include "base/id.h"
#include "store/store.h"

struct place_rules {
    int64_t idle_us;   /* an active one without a message for so long is completed */
    int64_t reopen_us; /* a completed one takes what comes within so long of its last message */
};

struct placing {
    int64_t customer_id;
    const char *channel;
    struct str inbound; /* the customer's words; p == NULL: it is the business that writes */
    bool quiet;         /* nobody expects an answer, such as a reaction */
    struct wall at;
    struct place_rules rules;
};

struct place {
    struct id conversation_id;
    bool closing; /* thanks and the like to what is completed: it stays so, and needs no answer */
};

/* The third argument of conversations_current: what counts as a moment ago. */
struct wall place_since(const struct placing *in);

/* `current` is what conversations_current has found. */
NODISCARD int place_find(struct db *db, struct pool *p, const struct placing *in,
                         const struct rows *current, struct place *out, struct err *e);

#endif
