/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a message of the web chat becomes, in one transaction: its request in the journal (so that
 * it counts once), the visitor, their active conversation or a new one, the message, the job that
 * will answer it, and the change for those who watch. Whoever chats is nobody's customer until a
 * booking or the staff says whose the conversation is: anybody can say a number.
 */
#ifndef DOMAIN_INBOUND_CHAT_H
#define DOMAIN_INBOUND_CHAT_H

#include "base/id.h"
#include "domain/place.h"
#include "store/journal.h"

struct inbound_chat {
    const struct journal_entry *request;
    const char *key_hash;  /* the visitor */
    const char *client_id; /* what the visitor's browser calls the message */
    const char *origin;    /* the site; "" when it is not known */
    struct str page;       /* the page there; n == 0: not told */
    struct str text;
    struct wall at;   /* when it came */
    struct wall now;  /* later, when it is processed again */
    int64_t burst_us; /* the answer waits so long for another message; 0: not */
    struct place_rules rules;
};

struct inbound_chat_result {
    bool duplicate; /* taken before: nothing was changed, the rest is not set */
    struct id conversation_id;
    struct id message_id;
};

/* Part of a write transaction (inside store_write), of which it must be the first. */
NODISCARD int inbound_chat_take(struct db *db, struct pool *p, const struct inbound_chat *in,
                                struct inbound_chat_result *out, struct err *e);

#endif
