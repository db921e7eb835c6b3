/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A visitor of the web chat goes on by text: what they give is a number, which anybody can say. So
 * nothing that belongs to the number is told in the chat, and the chat does not become its
 * customer's; the number's customer gets one message that holds nothing of what was said, and the
 * assistant goes on from there where the chat was, unless that customer is in a conversation
 * already.
 */
#ifndef DOMAIN_CHAT_MOVE_H
#define DOMAIN_CHAT_MOVE_H

#include "base/id.h"
#include "domain/place.h"
#include "store/store.h"

struct chat_move {
    const char *key_hash; /* the visitor */
    const char *number;   /* theirs, in E.164 */
    const char *from;     /* the business's */
    struct str note;      /* what the message says */
    struct place_rules rules;
    struct wall now;
};

/*
 * Part of a write transaction. The chat's conversation is completed. ERR_NOT_FOUND when nothing was
 * said in it yet, or it has moved already; ERR_OPTED_OUT when the number wants no texts.
 */
NODISCARD int chat_move_to_texts(struct db *db, struct pool *p, const struct chat_move *m,
                                 struct err *e);

#endif
