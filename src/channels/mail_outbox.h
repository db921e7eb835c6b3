/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job "send_email": an outbound e-mail is put together and handed to the provider. A job that
 * was tried before may have been sent without our knowing (a time-out, a kill). No provider can be
 * asked, so a report of it gets its time to come (mail_account.settle_ms); then it is sent
 * again, with the same Message-ID: better twice, which most mailboxes show once, than never.
 */
#ifndef CHANNELS_MAIL_OUTBOX_H
#define CHANNELS_MAIL_OUTBOX_H

#include "channels/mail_provider.h"
#include "channels/outbox_consent.h"
#include "domain/jobs.h"

struct mail_outbox_config { /* borrowed */
    const struct mail_provider_ops *provider;
    struct mail_account account;
    const char *address;       /* the business's: From */
    const char *name;          /* beside it; "": the business's stored name */
    struct str key;            /* of the tokens, installation_secret's */
    bool reply_tokens;         /* answers are asked for at the address with a token in it */
    const char *public_url;    /* of the links to unsubscribe; NULL: there are none */
    struct outbox_night night; /* when reminders and the like wait */
    int64_t burst_max_us;      /* as in struct answer_config */
};

/* The handler of jobs of kind "send_email"; its arg is a struct mail_outbox_config. */
int mail_outbox_job(struct job_run *run, struct err *e);

/* job_kind.buried: marks the message as failed and says so in an event. */
int mail_outbox_buried(struct db *db, struct pool *p, const struct job *job, const char *why,
                       void *arg, struct err *e);

#endif
