/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The web chat beside its operations: what both the operations and the live connections
 * (api/chat.h) need. Any thread that may wait.
 */
#ifndef OPS_CHAT_H
#define OPS_CHAT_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/id.h"
#include "base/pool.h"
#include "base/str.h"

struct app;
struct chat_limits;
struct settings;

/* How often a visitor and an address may do what. Returned owned. */
NODISCARD struct chat_limits *chat_limits_new(const struct settings *s);
void chat_limits_free(struct chat_limits **l);

/* Is the web chat on at all? ERR_NOT_FOUND, in words that say how to turn it on. */
NODISCARD int chat_is_on(const struct app *app, struct err *e);

/* May a page of that site have the chat: one of the setting's, or the server's own? origin.n == 0:
 * no browser said where the request is from, so there is nothing to protect. ERR_FORBIDDEN. */
NODISCARD int chat_site_allowed(const struct app *app, const char *public_url, struct str origin,
                                struct err *e);

/* How far a reader of a chat has got. */
struct chat_mark {
    struct wall newest;     /* message's time; us == 0: none was read */
    struct id conversation; /* the visitor's last one; text[0] == 0: there is none */
};

/*
 * A chat_thread (schemas.def) as JSON, with the messages since shortly before the mark's time. A
 * commit may come a little later than the message's time says, so what is near that time is sent
 * again; its reader knows messages by their ids. Moves the mark.
 */
NODISCARD int chat_thread_write(const struct app *app, struct pool *p, const char *key_hash,
                                struct chat_mark *mark, struct buf *out, struct err *e);

#endif
