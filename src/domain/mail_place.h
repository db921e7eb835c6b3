/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which conversation an e-mail belongs to. Three things can say so: the token of the address that
 * it was sent to or of a Message-ID of ours, a reference to a Message-ID that we know, or, for one
 * without either, the subject of an open conversation with the same customer. None of them is
 * enough: the sender has to be one of the conversation's people, for a mail of ours may have been
 * handed on to anybody.
 *
 * A conversation's people are its customer, those who wrote in it, and those to whom we wrote.
 * Whom the customer put into Cc is none of them.
 */
#ifndef DOMAIN_MAIL_PLACE_H
#define DOMAIN_MAIL_PLACE_H

#include "base/id.h"
#include "mail/mail.h"
#include "store/mail_threads.h"
#include "store/store.h"

struct mail_place_in {
    const struct mail *mail;
    const char *from;            /* lower case; "": it does not say */
    int64_t customer_id;         /* 0: nobody we know */
    const char *const *envelope; /* addresses that it was delivered to */
    size_t n_envelope;
    struct str secret;        /* of the tokens; n == 0: none was ever made */
    const struct rows *known; /* what mail_place_query found */
    struct wall at;
};

/* The query for the conversations of the Message-IDs that it answers, to be sent with others;
 * false: it names none, and `known` has no rows. `args` is storage for its arguments. */
bool mail_place_query(const struct mail *m, struct arg args[MAIL_THREADS_KNOWN_ARGS],
                      struct rows *known, struct query *out);

struct mail_place {
    const char *by; /* "token", "reference", "subject"; NULL: it begins a conversation */
    struct id conversation_id;
    bool active;
    bool stranger; /* it points at a conversation that is none of the sender's */
};

/* Inside store_write. */
NODISCARD int mail_place_find(struct db *db, struct pool *p, const struct mail_place_in *in,
                              struct mail_place *out, struct err *e);

#endif
