/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page behind the link with which somebody unsubscribes from e-mails, without signing in: the
 * key in its address is the proof. Looking at it changes nothing, because mail scanners look at
 * every link; a POST with List-Unsubscribe=One-Click (RFC 8058, what mail programs send, and the
 * page's button) does. Any thread that may wait.
 */
#ifndef OPS_UNSUBSCRIBE_H
#define OPS_UNSUBSCRIBE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct app;

/* The page that asks. ERR_NOT_FOUND when the key is none of ours. */
NODISCARD int unsubscribe_ask(const struct app *app, struct pool *p, struct str key,
                              struct buf *html_out, struct err *e);

struct unsubscribe_request { /* what is kept as evidence */
    const char *remote, *request_id;
    struct str user_agent;
    struct str body; /* a form, urlencoded or in parts */
};
/*
 * Unsubscribes, and writes the page that says so; a second time changes nothing. ERR_NOT_FOUND;
 * ERR_MALFORMED when the form does not say List-Unsubscribe=One-Click; ERR_TOO_LARGE.
 */
NODISCARD int unsubscribe_do(const struct app *app, struct pool *p, struct str key,
                             const struct unsubscribe_request *r, struct buf *html_out,
                             struct err *e);

#endif
