/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live sockets: every change of the feed to everybody who watches. One thread of the hub's own
 * keeps the list and reads the feed; the event loops and commits only hand it work. On PostgreSQL,
 * where a smaller id may be committed after a larger one, a gap in the ids is looked at again
 * for a while, so a client may see ids out of order, and none is left out.
 */
#ifndef API_LIVE_H
#define API_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct actor;
struct change;
struct http_request;
struct store;
struct live;
extern const struct ws_ops live_ws_ops;

/* Starts the hub at the feed's present end. *out returned owned. */
NODISCARD int live_start(struct store *s, struct live **out, struct err *e);

/* From a moment on each change is given to fn too, on the hub's thread: it must not take long.
 * A few may be given, for good. */
void live_watch(struct live *l, void (*fn)(void *arg, const struct change *c), void *arg);

/* Is anybody there? Any thread. */
bool live_watched(const struct live *l);
/* To everybody who is there, a JSON message that is none of the feed. Any thread; copied. */
void live_tell(struct live *l, struct str text);

/* Ends its threads; sockets must be closed already (http_server_stop). Accepts NULL. */
void live_stop(struct live *l);
/* After live_stop and after the store is closed, which may ring until then. Accepts NULL. */
void live_free(struct live **l);

/* What a new socket is opened with (ws_arg): changes after `since` come first; -1: none. It lasts
 * as long as whoever asked by `req`, `who`, may watch. */
struct live_entry *live_entry_new(struct live *l, int64_t since, const struct http_request *req,
                                  const struct actor *who);

#endif
