/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on e-mails as they are sent and answered; that they are messages with details is
 * store/messages.h's business. What is read lives in the pool.
 */
#ifndef STORE_MAILS_H
#define STORE_MAILS_H

#include "store/store.h"

struct mail_state {
    struct str message_id, conversation_id, channel, direction;
    struct str subject, from_address, to_address;
    struct str text, html;          /* html.n == 0: none */
    struct str in_reply_to;         /* with < >; n == 0: none */
    struct str references;          /* a JSON array of texts with < >; n == 0: none */
    struct str provider_message_id; /* of one that came in its Message-ID; n == 0: none */
    struct str delivery_status;     /* n == 0: none */
    struct str metadata;            /* of the message, JSON */
    int64_t attempts_untaken;       /* so many attempts at sending it were certainly not taken */
    bool opened, clicked;
};

/* ERR_NOT_FOUND when there is none. Inside store_write, locks the row until the transaction's end.
 */
NODISCARD int mails_get(struct db *db, struct pool *p, const char *message_id,
                        struct mail_state *out, struct err *e);
/* The outbound one that a provider knows by that id. */
NODISCARD int mails_of_provider(struct db *db, struct pool *p, const char *provider_message_id,
                                struct mail_state *out, struct err *e);

/*
 * What the next e-mail of a conversation goes on from: the last that came in or, when none has, the
 * first that was sent. ERR_NOT_FOUND when it has none at all.
 */
NODISCARD int mails_thread(struct db *db, struct pool *p, const char *conversation_id,
                           struct mail_state *out, struct err *e);

/* NULL and 0 keep what is there. */
struct mail_update {
    const char *message_id, *provider_message_id, *delivery_status, *error_code, *error_message;
    struct wall delivered_at, failed_at, opened_at, clicked_at;
};
NODISCARD int mails_update(struct db *db, const struct mail_update *u, struct err *e);

/* All so many attempts made until now were certainly not taken; 0: one may have been. */
NODISCARD int mails_set_untaken(struct db *db, const char *message_id, int64_t attempts,
                                struct err *e);

#endif
