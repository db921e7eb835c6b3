/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of a conversation's life: begun, grown by messages, completed once, scored. Each
 * function is a part of a write transaction (inside store_write) and records the change for those
 * who watch. Times are the caller's, so that one transaction has one now.
 */
#ifndef DOMAIN_CONVERSATION_H
#define DOMAIN_CONVERSATION_H

#include "base/id.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/store.h"

/* Begins one, with its session_started event. *id_out is its id. */
NODISCARD int conversation_begin(struct db *db, struct pool *p, int64_t customer_id,
                                 const char *channel, const char *subject, struct str metadata,
                                 struct wall at, struct id *id_out, struct err *e);

/* The same with an id that the caller has made. */
NODISCARD int conversation_begin_as(struct db *db, struct pool *p, const struct id *id,
                                    int64_t customer_id, const char *channel, struct str metadata,
                                    struct wall at, struct err *e);

/* Adds a message to one that exists and moves its last activity. m->id is set when it is NULL. */
NODISCARD int conversation_add_message(struct db *db, struct pool *p, struct message_new *m,
                                       struct err *e);

/* Adds an event; details is a JSON object, empty for none. message_id may be NULL. */
NODISCARD int conversation_add_event(struct db *db, struct pool *p, const char *conversation_id,
                                     const char *message_id, const char *type, struct str details,
                                     struct wall at, struct id *id_out, struct err *e);

/*
 * Ends whatever hold there is on it. Completes it (status "completed" or "failed") and orders its
 * scoring. Completing twice changes nothing; ERR_CONFLICT when it has ended with the other status.
 */
NODISCARD int conversation_complete(struct db *db, struct pool *p, const char *id,
                                    const char *status, const char *by, struct wall at,
                                    struct err *e);

/* Makes one that has ended active again, with an event; one that is active stays as it is. */
NODISCARD int conversation_reopen(struct db *db, struct pool *p, const char *id, const char *by,
                                  struct wall at, struct err *e);

/* The lanes in which the jobs of a conversation run one after another; lives in pool. */
const char *conversation_lane(struct pool *p, const char *kind, const char *conversation_id);

#endif
