/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail handed to a mail server by SMTP (RFC 5321), with libcurl. Blocking, for job runners; the
 * connection is kept and used again by the same client. Certificates are always verified.
 */
#ifndef IO_SMTP_CLIENT_H
#define IO_SMTP_CLIENT_H

#include "io/http_client.h"

struct smtp_call {
    const char *url;      /* smtps://host:465, or smtp://host:587 */
    const char *user;     /* NULL or "": does not sign in */
    const char *password; /* borrowed */
    bool plain;           /* with smtp://: encrypt when the server can, and go on when it cannot */
    const char *ca_file;  /* PEM; trusted instead of the system's; NULL: the system's */
    const char *from;     /* of the envelope; bounces go there */
    const char *to;
    struct spooled mail; /* with CRLF ends; read as it is sent */
    int timeout_ms;
    int connect_timeout_ms;
};

/* How far it came. */
enum smtp_outcome {
    SMTP_TAKEN,     /* the server is answerable for it now */
    SMTP_REFUSED,   /* for good, with a code of 500 and above */
    SMTP_LATER,     /* certainly not taken */
    SMTP_UNCERTAIN, /* all of it was sent and no answer came */
    SMTP_SETUP,     /* certainly not taken; wrong password, no encryption, no such host */
};

struct smtp_answer {
    enum smtp_outcome outcome;
    int code;       /* the server's last reply's; 0: none */
    char status[8]; /* and its enhanced one, "5.1.1" (RFC 3463); "" */
    char text[200]; /* in words */
};

/* The client is the worker's; HTTP and SMTP calls may be mixed. */
void smtp_client_send(struct http_client *c, const struct smtp_call *call, struct smtp_answer *out);

#endif
