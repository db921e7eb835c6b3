/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on the visitors of the web chat and what was said in it. A visitor is known by the
 * hash of a key that only their browser has. What is read lives in the pool.
 */
#ifndef STORE_WEB_VISITORS_H
#define STORE_WEB_VISITORS_H

#include "store/store.h"

/* Locks the visitor with that key: a row with the id, or none. Argument: key hash. */
extern const struct sql web_visitors_lock;

/* The visitor with that key, made when there is none. Waits for one who is just making it. */
NODISCARD int web_visitors_find_or_make(struct db *db, struct pool *p, const char *key_hash,
                                        const char *origin, struct wall at, struct str *id_out,
                                        struct err *e);

/* Nothing opens it any more. *found_out: there was one with that key. */
NODISCARD int web_visitors_forget_key(struct db *db, struct pool *p, const char *key_hash,
                                      bool *found_out, struct err *e);

/* The visitor's active conversation, else the one completed last since a time: id,
 * last_activity_at, status. Arguments: key hash, time. */
extern const struct sql web_conversations_current;

/* Whose the visitor is, as far as an earlier conversation of theirs told: a row with a customer's
 * id, or none. Argument: key hash. */
extern const struct sql web_visitors_customer;

NODISCARD int web_conversations_insert(struct db *db, const char *conversation_id,
                                       struct str visitor_id, struct wall at, struct err *e);

/* Notes that it goes on in another conversation. */
NODISCARD int web_conversations_move(struct db *db, const char *conversation_id,
                                     const char *moved_to, struct err *e);

/* Where it goes on; p == NULL: nowhere, or it is no conversation of the web chat. */
NODISCARD int web_conversations_moved(struct db *db, struct pool *p, const char *conversation_id,
                                      struct str *out, struct err *e);

/* The key hash of the visitor whose conversation it is; p == NULL: nobody's. */
NODISCARD int web_visitors_of(struct db *db, struct pool *p, const char *conversation_id,
                              struct str *key_hash_out, struct err *e);

/* The message that a request of the web chat became, by the request's name in the journal: its id
 * and time. ERR_NOT_FOUND. */
NODISCARD int web_visitors_message(struct db *db, struct pool *p, const char *request_name,
                                   struct str *id_out, struct str *at_out, struct err *e);

/* How the visitor's last conversation stands. */
struct web_standing {
    struct str conversation_id; /* p == NULL: there is none yet */
    struct str status;
    bool moved;
    bool held;          /* by a person, now */
    bool waits;         /* for an answer */
    bool person_wanted; /* somebody of the staff should look, and has not written yet */
};
struct web_message {
    struct str id, direction, content, sent_at, metadata;
};
/* That, and the newest messages after a time (us == 0: any), oldest first, at most `limit`. */
NODISCARD int web_visitors_read(struct db *db, struct pool *p, const char *key_hash,
                                struct wall after, struct wall now, int64_t limit,
                                struct web_standing *standing_out, struct web_message **out,
                                size_t *n_out, struct err *e);

#endif
