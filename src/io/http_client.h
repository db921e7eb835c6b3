/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One blocking HTTP request by libcurl, for job runners and commands: never on a loop thread.
 * Connections are kept and reused by the calling thread's client.
 */
#ifndef IO_HTTP_CLIENT_H
#define IO_HTTP_CLIENT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"
#include "io/spool.h"

struct http_client; /* one thread at a time */

NODISCARD struct http_client *http_client_new(void);
void http_client_free(struct http_client **c);

struct http_call {
    const char *method; /* "GET", "POST", ... */
    const char *url;
    const char *basic_user; /* HTTP Basic; NULL: none */
    const char *basic_password;
    const char *const *headers;    /* "Name: value", NULL-terminated; NULL: none */
    struct str body;               /* sent when n > 0 or the method is POST, PUT or PATCH */
    const struct spooled *content; /* instead of body, read as it is sent; NULL: body */
    int timeout_ms;                /* for all of it */
    int connect_timeout_ms;
    size_t answer_max_bytes;
    const char *const *wanted; /* names of headers of the answer, NULL-terminated; NULL: none */
    bool no_redirects;         /* a GET is not led elsewhere: see the answer's location */
    bool public_only; /* connect to addresses of the public internet only (io/address.h), and to
                         no proxy: for addresses that an outsider chose */
};

struct http_answer {
    int status;
    struct str body;
    int64_t retry_after_ms; /* from Retry-After; -1 when absent */
    const char **wanted;    /* the values of call->wanted, in its order; NULL where there is none */
    const char *location;   /* with no_redirects, where it leads, whole; NULL: nowhere */
    bool may_have_arrived;  /* on failure: the request may have been acted upon all the same */
    bool not_public;        /* on failure: the address was none of the public internet */
};

/*
 * 0 when an HTTP answer came, whatever its status. ERR_TIMEOUT, ERR_PROVIDER (could not connect,
 * connection lost), ERR_TOO_LARGE; answer->may_have_arrived then says whether it is safe to
 * repeat. The answer lives in pool. Certificates are always verified.
 */
NODISCARD int http_client_call(struct http_client *c, struct pool *p, const struct http_call *call,
                               struct http_answer *answer, struct err *e);

#endif
