/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on e-mails, beside those of store/messages.h: which conversation one belongs to, who
 * takes part in it, how much somebody wrote. What is read lives in the pool.
 */
#ifndef STORE_MAIL_THREADS_H
#define STORE_MAIL_THREADS_H

#include "store/store.h"

/* A row of the two queries that follow: conversation id, customer id, the customer's address,
 * channel, status. */

/* The conversations of those of these Message-IDs that we know, the newest message first; one may
 * come more than once. Arguments that are not needed are A_NULL. */
#define MAIL_THREADS_KNOWN_ARGS 10
struct query mail_threads_known_query(const struct arg ids[MAIL_THREADS_KNOWN_ARGS],
                                      struct rows *rows);

/* Argument: conversation id. */
struct query mail_threads_owned_query(const struct arg *conversation_id, struct rows *rows);

/* Of the e-mails of a conversation, the newest 200: direction, from_address, to_address,
 * cc_addresses (JSON; NULL: none). Argument: conversation id. */
struct query mail_threads_people_query(const struct arg *conversation_id, struct rows *rows);

/* A customer's active e-mail conversations with activity since a time, the latest first: id,
 * subject. Arguments: customer id, time. */
struct query mail_threads_open_query(const struct arg args[2], struct rows *rows);

/* What came in by e-mail from the customer of an address since a time: metadata, at most 1,000.
 * Arguments: address, time. */
struct query mail_threads_since_query(const struct arg args[2], struct rows *rows);

/* An e-mail that went out. */
struct mail_sent {
    struct str message_id, conversation_id, to_address, delivery_status;
};
/* By our own id, else by its Message-ID; either may be NULL. Locks it until the transaction's end.
 * ERR_NOT_FOUND. */
NODISCARD int mail_threads_sent(struct db *db, struct pool *p, const char *message_id,
                                const char *provider_message_id, struct mail_sent *out,
                                struct err *e);

#endif
