/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of providers, from their arrival to their effects: one way for all of them, for those
 * that come in by webhook, those that are processed again from the journal, and those that never
 * came and were found in the provider's list. Request and effects are one transaction, so a request
 * that was answered with success is never lost and never counts twice, and nothing slow happens
 * before the answer: what takes time is a job.
 *
 * Bytes that are no text, such as e-mails and forms with files, come in entry.raw. The journal has
 * them as they are when they are UTF-8 and in base64 else, with "Body-Encoding" among the headers;
 * of large ones that were processed it keeps the beginning only ("Body-Kept"), for their files are
 * in the store already, and so it does of those that are nothing of the kind, such as 30 MB of
 * noise where an e-mail should be.
 *
 * To add a kind of request: a file with a `struct inbox_kind`, declared below and listed in
 * inbox.c; and a webhook that checks who sent it and calls inbox_take. One HTTP request with
 * several messages in it is several requests here, each with the part of the body that concerns it.
 */
#ifndef CHANNELS_INBOX_H
#define CHANNELS_INBOX_H

#include "base/id.h"
#include "domain/inbound_mail.h"
#include "domain/place.h"
#include "store/journal.h"

/* journal_entry.proof of what was read from the provider's own list. */
#define INBOX_PROOF_LIST "list"

struct inbox_config {   /* borrowed */
    const char *number; /* the business's own, for a request that does not name it */
    int64_t burst_us;   /* see struct inbound_text */
    struct place_rules rules;
    bool opt_out_replies;
    const char *business_name;
    const char *machine_message; /* for answering machines; NULL or "": one is made */
    struct mail_desk mail;
    const char *spool; /* folder for large files on their way; NULL: the system's */
};

/* Of a raw request that was processed, so much is kept when it is longer. */
#define INBOX_RAW_KEPT_BYTES (256u << 10)

/* A request on its way. */
struct inbox_work {
    struct pool *pool;
    const struct inbox_config *config;
    struct journal_entry entry;
    struct wall now;
    void *read; /* read() leaves here what apply() wants */
    /* apply()'s; may be set more than once, as a transaction may be run again. */
    bool duplicate;      /* its effects were had before: nothing was changed */
    bool late;           /* stored for the staff, not answered */
    const char *message; /* what it became or is about; NULL: nothing */
    bool partial;        /* read from the journal, which has kept only its beginning: read() need
                            not make sense of it, and apply() finds that it was had */
};

struct inbox_kind {
    const char *provider, *kind; /* as in the journal */
    bool light;                  /* small, and told in a few statements: many share a transaction */
    /*
     * Reads entry.target, headers and body, and names the request in entry.provider_id as soon as
     * it can, also when it then fails. No database. A negative return means that it cannot be
     * processed: such a request is kept as failed.
     */
    int (*read)(struct inbox_work *w, struct err *e);
    /*
     * The effects, inside store_write. Its first round trip takes the entry (journal_take); when
     * that gives no row it sets w->duplicate and changes nothing.
     */
    int (*apply)(struct db *db, struct inbox_work *w, struct err *e);
};

extern const struct inbox_kind inbox_twilio_message, inbox_twilio_status;
extern const struct inbox_kind inbox_twilio_call, inbox_twilio_call_status, inbox_twilio_recording,
    inbox_twilio_call_dialled, inbox_twilio_call_taken;
extern const struct inbox_kind inbox_meta_message, inbox_meta_status;
extern const struct inbox_kind inbox_sendgrid_event;
extern const struct inbox_kind inbox_mail_message; /* a raw mail, by IMAP or from an MTA */
extern const struct inbox_kind inbox_sendgrid_message;
extern const struct inbox_kind inbox_web_message; /* of channels/web_chat.h */

struct inbox_result {
    bool duplicate;
    bool late;
    bool kept; /* on failure: the journal has it as failed, so that it can be processed again */
    struct id message_id; /* text[0] == 0: none */
};

/*
 * Takes a request whose sender is proven. entry->id may be NULL (a new one is given), provider_id
 * is set by the kind. Durable when it returns 0. A request that is genuine but cannot be processed
 * is kept as failed and the reason returned; only when the store itself is not to be had
 * (ERR_UNAVAILABLE, ERR_FULL) it is not kept, and whoever sent it must send it again. Any thread
 * that may wait.
 */
NODISCARD int inbox_take(struct store *s, struct pool *p, const struct inbox_config *config,
                         const struct journal_entry *entry, struct inbox_result *out,
                         struct err *e);

/* What came of one of several. */
struct inbox_outcome {
    struct inbox_result result;
    int code;        /* 0, or why it failed */
    const char *why; /* in words, when it failed */
};

/* So many of a light kind are taken together at most: what waits for their rows waits little. */
#define INBOX_TOGETHER_MAX 100

/*
 * The same of several, at most INBOX_TOGETHER_MAX: those of light kinds in one transaction. When it
 * fails, each has one of its own, so that one that cannot be processed holds up none of the others.
 * Negative only when the store is not to be had: what was not kept must be sent again then, and
 * what comes again counts once.
 */
NODISCARD int inbox_take_all(struct store *s, struct pool *p, const struct inbox_config *config,
                             const struct journal_entry *entries, size_t n,
                             struct inbox_outcome *out, struct err *e);

/* Is that kind of request a light one? */
bool inbox_is_light(const char *provider, const char *kind);

/* Processes a stored one again. What it had already is not had twice. ERR_NOT_FOUND. */
NODISCARD int inbox_replay(struct store *s, struct pool *p, const struct inbox_config *config,
                           const char *id, struct inbox_result *out, struct err *e);

/* The same of several light ones, as inbox_take_all does it. */
NODISCARD int inbox_replay_all(struct store *s, struct pool *p, const struct inbox_config *config,
                               const char *const *ids, size_t n, struct inbox_outcome *out,
                               struct err *e);

#endif
