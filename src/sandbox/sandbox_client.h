/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talks to a running sandbox through its own interface: for `ava sandbox text` and for tests that
 * have the sandbox in another process. Blocking; the calling thread's.
 */
#ifndef SANDBOX_SANDBOX_CLIENT_H
#define SANDBOX_SANDBOX_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct http_client;

/*
 * One request to the sandbox's own interface at a whole address; its JSON answer lives in pool.
 * ERR_UNAVAILABLE when no sandbox answers there; what it refuses is ERR_INVALID.
 */
NODISCARD int sandbox_client_ask(struct http_client *http, struct pool *p, const char *method,
                                 const char *url, struct str body, json_t **out, struct err *e);

struct sandbox_exchange { /* texts live in pool */
    const char *message_sid;
    int product_status;        /* HTTP status with which the product took the text; 0: not at all */
    const char *product_error; /* why it did not, or NULL */
    bool replied;
    struct str reply;
};

struct sandbox_attached {  /* what a text has beside it; all NULL: nothing */
    const char *to;        /* another number of the business */
    const char *media_url; /* a file's address, */
    struct str media;      /* or its bytes */
    const char *media_type;
    bool meta; /* it comes by Meta */
};

/*
 * Lets the sandbox at `url` (http://127.0.0.1:8025) send `body` as a text of `from` (with
 * "whatsapp:" before it if it is that), with what is attached (NULL: nothing), and waits up to
 * wait_ms for the first reply to it. ERR_INVALID for a number or body that is none;
 * ERR_UNAVAILABLE when no sandbox answers there. No reply is no error: see `replied`.
 */
NODISCARD int sandbox_client_text(struct http_client *http, struct pool *p, const char *url,
                                  const char *from, struct str body,
                                  const struct sandbox_attached *attached, int wait_ms,
                                  struct sandbox_exchange *out, struct err *e);

struct sandbox_correspondence { /* texts live in pool */
    int product_status;         /* as in struct sandbox_exchange; 0 by IMAP too */
    const char *product_error;  /* or NULL */
    bool replied;
    const char *from, *from_name, *to, *subject; /* of the reply */
    struct str text;
    int n_files;
};

/*
 * The same of an e-mail: `letter` is the body of POST /sandbox/mail (sandbox/sandbox_mail.h).
 */
NODISCARD int sandbox_client_mail(struct http_client *http, struct pool *p, const char *url,
                                  struct str letter, int wait_ms,
                                  struct sandbox_correspondence *out, struct err *e);

#endif
