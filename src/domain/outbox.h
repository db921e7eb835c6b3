/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox: every message that goes to a customer, whoever says it, is written here, in the
 * transaction that decided on it: the message, the details of its channel, and the job that hands
 * it to a provider after the commit (channels/outbox.h). Both functions are parts of a write
 * transaction (inside store_write). Any thread.
 */
#ifndef DOMAIN_OUTBOX_H
#define DOMAIN_OUTBOX_H

#include "base/id.h"
#include "domain/channel.h"
#include "domain/quiet.h"
#include "store/store.h"

/* Who says it: message metadata "said_by". */
enum outbox_voice { OUTBOX_ASSISTANT, OUTBOX_STAFF, OUTBOX_AUTOMATION };

/* What for: message metadata "purpose". Reminders and marketing are not urgent: they take at most
 * half of a sending number's pace, so that answers need not wait behind them. */
enum outbox_purpose {
    OUTBOX_ANSWER,
    OUTBOX_STAFF_MESSAGE,
    OUTBOX_REMINDER,
    OUTBOX_MARKETING,
    OUTBOX_CONFIRMATION, /* that no more messages will come: the one that may follow an opt-out */
};

struct outbox_email { /* what an e-mail has besides; all may be NULL but the subject */
    const char *subject, *html, *in_reply_to;
    struct str references; /* JSON array; p == NULL: none */
};

struct outbox_message {
    const char *conversation_id;
    enum channel channel;  /* of the conversation; CHANNEL_VOICE cannot be sent */
    const char *from, *to; /* E.164 numbers, or e-mail addresses */
    struct str body;
    enum outbox_voice voice;
    enum outbox_purpose purpose;
    const char *user_id, *user_name; /* of the staff member who says it; else NULL */
    struct wall not_before;          /* us == 0: at once */
    /* When reminders and marketing wait for the recipient's morning; NULL: the sender sees to it.
     */
    const struct quiet_hours *quiet;
    struct wall now;
    struct str metadata; /* JSON object with more of it; empty: none */
    struct outbox_email email;
    bool has_files; /* attachments are added to it in this transaction; a text may be empty then */
    bool is_template; /* WhatsApp: body and metadata are whatsapp_template_fill's */
};

/*
 * Writes it and orders its sending; a message of the channel web is only written, the page fetches
 * it. *id_out (may be NULL) is the message's id. ERR_INVALID when it cannot be sent as it is, with
 * the field that is wrong; ERR_OPTED_OUT when the customer does not want it (domain/consent.h), in
 * words that staff may read. Nothing is written then.
 *
 * On WhatsApp whoever has not written for a day gets templates only (domain/whatsapp.h): other
 * messages than answers are ERR_INVALID then, in words that say what to do.
 */
NODISCARD int outbox_add(struct db *db, struct pool *p, const struct outbox_message *m,
                         struct id *id_out, struct err *e);

/* Whose messages outbox_cancel takes back. */
enum outbox_whose { OUTBOX_OF_ASSISTANT, OUTBOX_OF_ANYBODY };

/*
 * Takes back what is to be sent in a conversation and no attempt was made for: the message stays,
 * failed, with `why` in words and in its metadata ("cancelled"). What a sender has begun with is
 * not touched, and whatever is taken back here no sender begins with, on other servers neither.
 * *n_out (may be NULL): how many.
 */
NODISCARD int outbox_cancel(struct db *db, struct pool *p, const char *conversation_id,
                            enum outbox_whose whose, const char *why, struct wall now, int *n_out,
                            struct err *e);

/*
 * Marks one message as outbox_cancel does; its job is the caller's. 0 also when it is not there any
 * more.
 */
NODISCARD int outbox_take_back(struct db *db, struct pool *p, const char *message_id,
                               const char *why, struct wall now, struct err *e);

/* Is it of a kind that may wait: for the number's pace, and until it is day? */
bool outbox_is_bulk(enum outbox_purpose purpose);
/* By its name in metadata and jobs; an unknown one counts as an answer. */
enum outbox_purpose outbox_purpose_of(const char *name);

/*
 * Has a message that was given up, or waits to be tried again, tried at once; what may have been
 * sent is looked for first. ERR_NOT_FOUND when there is no such message, ERR_CONFLICT when there is
 * nothing to try again: it was sent, taken back, or is being sent at this moment.
 */
NODISCARD int outbox_retry(struct db *db, struct pool *p, const char *message_id, struct wall now,
                           struct err *e);

/* Was the message with this metadata taken back, so that the customer never saw it? */
bool outbox_was_cancelled(struct pool *p, struct str metadata);

/* Was it said by a person of the staff? */
bool outbox_is_of_staff(struct pool *p, struct str metadata);

/* The job's kind for a channel, and so the set of senders; NULL: nothing is sent. */
const char *outbox_job_kind(enum channel c);

#endif
