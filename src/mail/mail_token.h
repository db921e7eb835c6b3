/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread token: a conversation's id that only we can have written, for the reply address
 * (desk+TOKEN@in.example.org) and the Message-ID (<TOKEN.MESSAGE@in.example.org>) of what we send,
 * so that an answer finds its conversation whatever a mail program does to the headers.
 *
 * base32 in lower case, 39 characters, because peers may fold the case of a local part, which has
 * room for 64 (RFC 5321 4.5.3.1.1): 16 bytes of id and 8 of HMAC-SHA256. It proves that somebody
 * has seen a mail of the conversation, not who: the sender has to be one of its people as well.
 * Any thread.
 */
#ifndef MAIL_MAIL_TOKEN_H
#define MAIL_MAIL_TOKEN_H

#include "base/id.h"
#include "base/pool.h"
#include "base/str.h"

#define MAIL_TOKEN_CHARACTERS 39

/* Lives in pool. `secret` is the installation's; `conversation` a UUID. NULL when it is none. */
const char *mail_token_make(struct pool *p, struct str secret, const char *conversation);

/* Is it one that was made with this secret? Its conversation then. In any case of letters. */
NODISCARD bool mail_token_check(struct str secret, struct str token, struct id *conversation_out);

/* "desk+TOKEN@in.example.org" of "desk@in.example.org"; NULL when the local part has no room. */
const char *mail_token_address(struct pool *p, const char *address, const char *token);

/* "<TOKEN.MESSAGE@host>", MESSAGE being the message's id without its hyphens. NULL for no UUID. */
const char *mail_token_message_id(struct pool *p, const char *token, const char *message,
                                  const char *host);

/* What has a token's shape in an address or a Message-ID, in lower case; NULL when nothing has. */
const char *mail_token_find(struct pool *p, struct str text);

/* The message's id that one of our Message-IDs names. */
NODISCARD bool mail_token_message(struct str message_id, struct id *message_out);

#endif
