/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever sends e-mails: one file and one constant table of functions each, as channels/provider.h
 * has it for texts, and with its results. A provider knows nothing of conversations, jobs or the
 * store. None of them can be asked what it has sent, and none can be told to send once only; but
 * all take our Message-ID, which is the same at each attempt: two copies of a mail have one, by
 * which most mailboxes show it once.
 */
#ifndef CHANNELS_MAIL_PROVIDER_H
#define CHANNELS_MAIL_PROVIDER_H

#include "channels/provider.h"
#include "mail/mail_write.h"

struct mail_account { /* from the settings; borrowed */
    const char *url;  /* of the API, or of the mail server */
    const char *user;
    const char *secret;
    const char *ca_file; /* NULL: the system's */
    bool plain;          /* SMTP: encryption is not insisted on */
    bool tracking;       /* opens and clicks are told, where the provider can */
    const char *spool;   /* folder for a large mail on its way; NULL: the system's */
    int timeout_ms;
    int64_t settle_ms; /* a report of an uncertain one has come after so long */
};

struct mail_send {
    const struct mail_draft *draft;
    const char *bounces_to; /* of the envelope, where the provider lets us choose */
    const char *message_id; /* ours, which reports bring back */
};

struct mail_provider_ops {
    const char *name;
    /*
     * Sends once, never repeats by itself; blocking. out->sent.status is "sent" when it was taken,
     * sent.id what the provider calls it.
     */
    void (*send)(struct http_client *http, struct pool *p, const struct mail_account *account,
                 const struct mail_send *mail, struct provider_result *out);
};

/* mail_account.settle_ms with SMTP: nothing will tell, so there is nothing to wait for but a
 * request that is still on its way. */
#define MAIL_SMTP_SETTLE_MS 2000

extern const struct mail_provider_ops mail_provider_sendgrid, mail_provider_smtp;

#endif
