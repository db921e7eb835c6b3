/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a word that stops or starts messages does when it comes in: the ledger, the events for the
 * staff, and the one confirmation that may follow, in the transaction that stores the text. So a
 * STOP holds from the moment at which its provider was told that we have it.
 */
#ifndef DOMAIN_CONSENT_HEAR_H
#define DOMAIN_CONSENT_HEAR_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

struct db;
struct pool;

struct consent_heard {
    const char *channel, *conversation_id, *message_id, *provider_id;
    const char *from, *to; /* the customer's address, and ours that it came to ("": not known) */
    struct str body;
    /* What the provider says that it did itself: STOP, START or HELP; NULL: it does not say. */
    const char *opt_out_type;
    /* Twilio's own handling of the words is off, so nobody else answers them. */
    bool replies_are_ours;
    const char *business_name; /* "" or NULL: as the store has it */
    struct wall at;            /* when it was sent */
    struct wall now;
};

/*
 * Acts on the text if it is such a word, and says so in *handled_out: nobody has to answer it then.
 * Its message must have been written. Inside store_write.
 */
NODISCARD int consent_hear(struct db *db, struct pool *p, const struct consent_heard *h,
                           bool *handled_out, struct err *e);

/*
 * The event of an opt-out or an opt-in ("opt_out", "opt_in"), for whatever way it came: word (NULL:
 * none), source.
 */
NODISCARD int consent_note(struct db *db, struct pool *p, const char *conversation_id,
                           const char *message_id, bool granted, const char *word,
                           const char *source, struct wall at, struct err *e);

/* A sentence that asks for no more messages: revokes them. Its event and answer are the caller's.
 */
NODISCARD int consent_hear_sentence(struct db *db, struct pool *p, const struct consent_heard *h,
                                    struct err *e);

/* The event of a message that was not written, or not sent: what for, and why not. */
NODISCARD int consent_note_withheld(struct db *db, struct pool *p, const char *conversation_id,
                                    const char *message_id, const char *purpose, const char *why,
                                    struct wall at, struct err *e);

#endif
