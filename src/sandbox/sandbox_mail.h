/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox as the business's e-mail: SendGrid's send API, its Inbound Parse posts in both modes
 * and its event webhook, with real signatures; an SMTP server that takes what the product sends,
 * and an IMAP server (with IDLE) from whose mailbox it can fetch. Customers write by it and read
 * what came back.
 *
 *   POST   /v3/mail/send        as SendGrid's, with its checks, errors and rate headers
 *   GET    /v3/scopes, /v3/user/webhooks/parse/settings, /v3/user/webhooks/event/settings/all
 *   POST   /sandbox/mail        {"from","to","subject","text","html","files":[{"name","type",
 *                               "data"}],"in_reply_to","by","quote"}: a customer's e-mail. data is
 *                               base64; in_reply_to a Message-ID, or "last": the last e-mail that
 *                               the customer got; by: parsed, raw (both Inbound Parse) or imap
 *   POST   /sandbox/mail/raw    ?from=&to=&by=: the same, the body being the whole e-mail
 *   GET    /sandbox/mail        ?with=&after=&limit=: both directions, oldest first
 *   GET    /sandbox/mail/file   ?seq=&n=: the bytes of a file; /sandbox/mail/source ?seq=: of all
 *   POST   /sandbox/mail/event  {"seq","event","url"}: what the customer does with an e-mail that
 *                               came by SendGrid: open, click, spamreport, unsubscribe; or bounce
 *   GET    /sandbox/mail/key    the public key with which posts are signed
 *
 * SMTP and IMAP are on the two ports after the sandbox's (any that are free when those are not, or
 * when the sandbox picked its own), on 127.0.0.1, without TLS; GET /health says which. Any user
 * name signs in, with the password that was configured.
 *
 * Who gets e-mail and does not want it: addresses that begin with "bounce" do not exist, those with
 * "full" are full (a soft bounce), "defer" is slow, "drop" was dropped before it was tried. Whoever
 * bounced, complained or unsubscribed gets nothing more by SendGrid, as there.
 *
 * Faults (POST /sandbox/faults) with "api": "mail" meet these requests, with the names and places
 * that those about texts have: sends, inbound, callbacks. By SMTP a status below 500 is a temporary
 * refusal and one from 500 on a permanent one only with "code": 5xx of SMTP's own.
 */
#ifndef SANDBOX_SANDBOX_MAIL_H
#define SANDBOX_SANDBOX_MAIL_H

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct sandbox;

#define SANDBOX_MAIL_ADDRESS "desk@in.example.org"
#define SANDBOX_MAIL_PATH "/api/webhooks/sendgrid/email"
#define SANDBOX_EVENTS_PATH "/api/webhooks/sendgrid/events"
#define SANDBOX_MAIL_USER "ava" /* of Inbound Parse's address */
#define SANDBOX_MAIL_FILES 20

/* How a customer's e-mail comes to the product. */
enum sandbox_mail_way { SANDBOX_MAIL_PARSED, SANDBOX_MAIL_RAW, SANDBOX_MAIL_IMAP };

struct sandbox_letter {      /* borrowed */
    const char *from;        /* an address, or "Name <address>" */
    const char *to;          /* NULL: the business's, or where the answered one wants answers */
    const char *subject;     /* NULL: "Re: " and that of the one that is answered, or "" */
    const char *in_reply_to; /* a Message-ID, or "last"; NULL: it begins a thread */
    struct str text, html;
    bool quote;     /* an answer has the answered text below, as mail programs do */
    struct str raw; /* the whole e-mail instead of the above; from and to are the envelope's */
    int n_files;
    struct sandbox_mail_file {
        const char *name, *type;
        struct str bytes;
    } files[SANDBOX_MAIL_FILES];
    enum sandbox_mail_way way;
};

struct sandbox_mailed {
    int64_t seq; /* of the e-mail among all: a reply has a greater one */
    char from[255], message_id[501];
    int status; /* HTTP status of the product's answer; 0: none came, or it fetches it by IMAP */
    int forged_status; /* as in struct sandbox_texted */
    char error[160];
};

/*
 * Posts the e-mail and waits for the answer (30 s at most), or lays it into the mailbox. Any thread
 * that may block. ERR_INVALID for an address that is none, ERR_NOT_FOUND when the one to be
 * answered is not there; an unfriendly product is no error, see status.
 */
NODISCARD int sandbox_send_mail(struct sandbox *s, const struct sandbox_letter *letter,
                                struct sandbox_mailed *out, struct err *e);

/* The public key of the webhooks' signatures as SendGrid shows it; lives in pool. Any thread. */
const char *sandbox_mail_key(struct sandbox *s, struct pool *p);

int sandbox_smtp_port(const struct sandbox *s);
int sandbox_imap_port(const struct sandbox *s);

#endif
