/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live connections of the web chat's visitors (WebSockets at /ws/chat): what is said in a visitor's
 * chat goes to every window that has its key. The first frame says who it is and up to where it has
 * read; after that it only listens, since what a visitor says is an operation (chat_send). One
 * thread of the hub's own keeps the list and reads; the feed of changes tells it when.
 */
#ifndef API_CHAT_H
#define API_CHAT_H

#include "base/err.h"

struct app;
struct chat_hub;
struct live;
extern const struct ws_ops chat_ws_ops;

/* Begins to listen to the live hub, which ends first. Returned owned. */
NODISCARD struct chat_hub *chat_hub_start(const struct app *app, struct live *live);
/* After http_server_stop and live_stop, before the store is closed. Accepts NULL. */
void chat_hub_free(struct chat_hub **h);

/* What a new socket is opened with (ws_arg). */
struct chat_entry *chat_entry_new(struct chat_hub *h);

#endif
