/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server as a whole: the store, the HTTP interface, the live hub and the job runners, put
 * together from the settings and taken apart in the right order.
 */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include "base/err.h"
#include "base/settings.h"

struct server;
struct store;

/*
 * Starts serving; takes the store, whatever it returns. The settings are borrowed for its life.
 * When it returns 0, requests are answered. *out returned owned.
 */
NODISCARD int server_start(const struct settings *s, struct store **store, struct server **out,
                           struct err *e);

int server_port(const struct server *srv);
struct store *server_store(const struct server *srv);

/* From now on SIGTERM and SIGINT end nothing by themselves: one that has come, or comes, ends the
 * wait. Main thread. */
void server_catch_signals(void);
void server_wait(void);

/* Graceful: finishes what is in hand. Accepts NULL. */
void server_stop(struct server **srv);

#endif
