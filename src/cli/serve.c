/* SPDX-License-Identifier: Apache-2.0 */
/* ava serve. */
#include "base/log.h"
#include "cli/command.h"
#include "cli/server.h"
#include "store/schema.h"
#include "store/store.h"

int command_serve(struct command_run *run, struct err *e)
{
    struct store *store = NULL;
    struct server *server = NULL;
    server_catch_signals();
    int rc = command_no_more(run, e);
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    if (rc == 0) {
        rc = schema_check(store, e);
    }
    if (rc == 0) {
        rc = server_start(run->settings, &store, &server, e);
    }
    if (rc == 0) {
        server_wait();
    }
    server_stop(&server);
    store_free(&store);
    return rc;
}
