/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A visitor of the web chat goes on by text or e-mail: what they give is a number or an address,
 * which anybody can say. So nothing that belongs to it is told in the chat, and the chat does not
 * become its customer's; that customer gets one message that holds nothing of what was said, and
 * the assistant goes on from there where the chat was, unless it is a conversation that was there
 * already.
 */
#ifndef DOMAIN_CHAT_MOVE_H
#define DOMAIN_CHAT_MOVE_H

#include "base/id.h"
#include "domain/channel.h"
#include "domain/place.h"
#include "store/store.h"

struct chat_move {
    const char *key_hash; /* the visitor */
    enum channel channel; /* CHANNEL_SMS or CHANNEL_EMAIL */
    const char *to;       /* theirs: in E.164, or an address in lower case */
    const char *from;     /* the business's */
    const char *subject;  /* of an e-mail */
    struct str note;      /* what the message says */
    struct place_rules rules;
    struct wall now;
};

/*
 * Part of a write transaction. The chat's conversation is completed. ERR_NOT_FOUND when nothing was
 * said in it yet, or it has moved already; ERR_OPTED_OUT when no messages are wanted there.
 */
NODISCARD int chat_move(struct db *db, struct pool *p, const struct chat_move *m, struct err *e);

#endif
