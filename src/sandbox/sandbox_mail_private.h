/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sandbox's files about e-mail share. An e-mail with all that belongs to it lives in a
 * pool of its own, which is built by whoever makes it and then handed to the desk.
 */
#ifndef SANDBOX_SANDBOX_MAIL_PRIVATE_H
#define SANDBOX_SANDBOX_MAIL_PRIVATE_H

#include <jansson.h>

#include "base/ecdsa.h"
#include "mail/mail.h"
#include "sandbox/sandbox_mail.h"
#include "sandbox/sandbox_private.h"

#define MAILS_MAX 4000
#define MAILS_BYTES ((size_t)256 << 20) /* of all together */
#define MAIL_STEPS_MAX 16384
#define MAIL_EVENTS_MAX 12 /* shown with an e-mail */
#define SUPPRESSED_MAX 256
#define MAIL_PASSWORD_BYTES 128
#define MAIL_ID_BYTES 24 /* 22 characters */

struct line_server;
struct line_conn;

struct sandbox_mail {
    struct pool *pool;
    int64_t seq;
    bool inbound;
    const char *way;        /* parsed, raw, imap, sendgrid, smtp */
    char id[MAIL_ID_BYTES]; /* X-Message-Id */
    struct str raw;         /* p == NULL by the send API */
    const char *from, *from_name, *to, *reply_to, *subject, *message_id, *in_reply_to;
    const char *envelope_from, *envelope_to;
    const char *const *references;
    size_t n_references;
    const char *const *headers; /* "Name: value", of the send API; NULL-terminated */
    const char *recipients[32]; /* addresses */
    int n_recipients;
    struct str text, html, reply_text;
    const struct sandbox_mail_file *files;
    size_t n_files;
    const json_t *custom_args, *categories; /* in the pool */
    struct wall created;
    size_t bytes;

    /* The desk's alone. */
    const char *status;
    const char *events[MAIL_EVENTS_MAX];
    int n_events;
    enum sandbox_trouble trouble;
    bool posted;
    int product_status;
    bool seen, deleted, expunged; /* of the mailbox */
};

/* What becomes of an e-mail at one recipient, and when it is reported. */
struct mail_step {
    int64_t seq;
    int recipient;
    struct mono due;
    const char *event;
    char *url; /* owned; NULL: none */
};

struct sandbox_mails {
    char address[255], api_key[MAIL_PASSWORD_BYTES], inbound_secret[MAIL_PASSWORD_BYTES];
    char smtp_password[MAIL_PASSWORD_BYTES], imap_password[MAIL_PASSWORD_BYTES];
    struct ecdsa_key *key;
    struct line_server *smtp, *imap;
    struct thread *poster;
    struct bell *bell;
    struct http_client *http; /* the poster's */

    /* The desk's. */
    struct sandbox_mail *ring[MAILS_MAX]; /* by seq % MAILS_MAX */
    int64_t first, next;
    size_t bytes;
    struct mail_step steps[MAIL_STEPS_MAX]; /* ring, in the order in which they are due */
    size_t steps_first, n_steps;
    struct {
        char address[255];
        const char *why;
    } suppressed[SUPPRESSED_MAX]; /* ring */
    size_t suppressed_next;
    int64_t minute, requests; /* of the rate that is told */
};

/* sandbox_mail.c */
NODISCARD int sandbox_mails_start(struct sandbox *s, const struct sandbox_config *c, struct err *e);
void sandbox_mails_stop(struct sandbox *s);  /* threads and ports, while the desk still works */
void sandbox_mails_clear(struct sandbox *s); /* what they have left */
/* An e-mail to be filled, and to be given to the desk by mail_add or freed. Any thread. */
struct sandbox_mail *mail_new(bool inbound, const char *way);
void mail_free(struct sandbox_mail **m);
/* Takes raw apart: all that is not set yet. ERR_... as mail_read. */
NODISCARD int mail_fill(struct sandbox_mail *m, struct err *e);
struct sandbox_mail *mail_at(struct sandbox *s, int64_t seq); /* desk; or NULL */
/* Desk: it belongs to the desk from here on. */
void mail_add(struct sandbox *s, struct sandbox_mail *m);
/* Desk: that address's e-mail is for the customer. */
bool mail_is_to(const struct sandbox_mail *m, const char *address);

/* sandbox_mail_send.c: POST /v3/mail/send */
void sandbox_mail_api(struct sandbox *s, struct http_request *req, struct http_response *res);
struct mail_accepted {
    int64_t seq;
    char id[MAIL_ID_BYTES];
};
/* Any thread: an e-mail of the product that was accepted, with the fault that it met or NULL. It
 * is the desk's from here on. */
struct mail_accepted mail_accept(struct sandbox *s, struct sandbox_mail *m,
                                 const struct sandbox_fault *fault);

/* sandbox_mail_events.c */
void mail_events_of(struct sandbox *s, struct sandbox_mail *m); /* desk: lets them happen */
void mail_step_later(struct sandbox *s, const struct sandbox_mail *m, int recipient,
                     const char *event, const char *url, int ms);    /* desk */
const char *mail_suppressed(struct sandbox *s, const char *address); /* desk; why, or NULL */
void mail_poster(void *arg);                                         /* a thread's function */
int mail_event_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                       struct err *e);

/* sandbox_mail_post.c: signed posts to the product. seal: see sandbox_private.h. */
struct mail_post {
    const char *path;
    const char *content_type;
    struct str body;
    bool basic; /* with the password of the inbound address */
};
NODISCARD int mail_post(struct sandbox *s, struct http_client *http, struct pool *p,
                        const struct mail_post *post, enum sandbox_seal seal, int *status_out,
                        struct err *e);

/* sandbox_mail_form.c: what Inbound Parse posts of an e-mail; p == NULL when it is too large. */
struct str mail_form_of(struct pool *p, const struct sandbox_mail *m, const char *boundary);

/* sandbox_mail_control.c: what is under /sandbox/mail. */
int sandbox_mail_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                         struct err *e);

/* sandbox_smtp.c, sandbox_imap.c: a connection's function. */
void sandbox_smtp_serve(void *arg, struct line_conn *c);
void sandbox_imap_serve(void *arg, struct line_conn *c);
/* AUTH and AUTHENTICATE PLAIN: is the password of this base64 the right one? */
bool mail_plain_ok(struct str base64, const char *password);

#endif
