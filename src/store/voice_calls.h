/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on calls and on the servers that have them (domain/voice_call.h has the rules).
 */
#ifndef STORE_VOICE_CALLS_H
#define STORE_VOICE_CALLS_H

#include "store/store.h"

struct voice_call_row {
    bool there, live;
    struct str id, part, conversation_id, transport, session_id; /* part: the present one's id */
    struct wall started_at, kept_at;
    struct wall waits_until;  /* us == 0: its connection is there */
    struct str kept, earlier; /* JSON; n == 0: none */
    struct str wish;          /* n == 0: none */
    int64_t events_kept, customer_id;
};

/* Locks it until the transaction's end: the call of that id, or that has a part of that id.
 * *out.there: it exists. */
NODISCARD int voice_calls_lock(struct db *db, struct pool *p, const char *id,
                               struct voice_call_row *out, struct err *e);
/* The same of the newest call of a session and holder (NULL: none) that goes on as far as the store
 * knows. */
NODISCARD int voice_calls_lock_session(struct db *db, struct pool *p, const char *transport,
                                       const char *session_id, const char *holder,
                                       struct voice_call_row *out, struct err *e);

/* The same of the call of a conversation. */
NODISCARD int voice_calls_lock_conversation(struct db *db, struct pool *p,
                                            const char *conversation_id, struct voice_call_row *out,
                                            struct err *e);
/* Until its server has kept it again. */
NODISCARD int voice_calls_set_wish(struct db *db, const char *id, const char *wish, struct err *e);

struct voice_call_insert {
    const char *id, *conversation_id, *server_id, *transport, *session_id;
    const char *holder; /* NULL: none */
    bool outbound;
    struct wall at;
};
NODISCARD int voice_calls_insert(struct db *db, const struct voice_call_insert *c, struct err *e);

/* It goes on in a part of that id; `earlier` is what was kept of it. */
struct voice_call_part {
    const char *call_id, *id, *server_id;
    struct str earlier;
    struct wall at;
};
NODISCARD int voice_calls_add_part(struct db *db, const struct voice_call_part *part,
                                   struct err *e);

/* waits_until.us == 0: its connection is there. */
NODISCARD int voice_calls_keep(struct db *db, const char *id, struct str kept, int64_t events_kept,
                               struct wall waits_until, struct wall at, struct err *e);
NODISCARD int voice_calls_end(struct db *db, const char *id, const char *message_id, struct wall at,
                              struct err *e);

/* The newest call of a session: ids of call, conversation and message ("" while it goes on).
 * ERR_NOT_FOUND. */
struct voice_call_ids {
    struct str id, conversation_id, message_id;
    bool live;
};
NODISCARD int voice_calls_of_session(struct db *db, struct pool *p, const char *session_id,
                                     struct voice_call_ids *out, struct err *e);

/* The newest call of a session, for who watches it; of one that is not there yet nothing, live. */
struct voice_call_said {
    struct str conversation_id;
    bool live;
    struct str kept; /* while it goes on: JSON, with the lines as "segments"; n == 0: none yet */
    struct str segments; /* once it has ended: JSON, the lines */
};
NODISCARD int voice_calls_said(struct db *db, struct pool *p, const char *session_id,
                               struct voice_call_said *out, struct err *e);

/* Those that go on as far as the store knows, oldest first; conversation_id NULL: all. */
struct voice_call_live {
    struct str id, conversation_id, transport;
    bool outbound, waits;
    struct wall started_at, kept_at;    /* kept_at.us == 0: not yet */
    struct str started_text, kept_text; /* the same as texts */
    struct str kept;                    /* JSON; n == 0: none */
    struct str metadata;                /* of the conversation, JSON */
    int64_t customer_id;                /* 0: not known */
    struct str name, phone, email;      /* the customer's */
};
NODISCARD int voice_calls_live(struct db *db, struct pool *p, const char *conversation_id,
                               int64_t limit, struct voice_call_live **out, size_t *n_out,
                               struct err *e);

/* Has the session one whose connection or server is gone, and that may be gone on with? */
NODISCARD int voice_calls_may_resume(struct db *db, struct pool *p, const char *session_id,
                                     struct wall now, bool *may_out, struct err *e);

/*
 * Ids of those that go on as far as the store knows, but nobody will go on with: their server has
 * been gone since `gone`, or they have waited for their connection until now.
 */
NODISCARD int voice_calls_lost(struct db *db, struct pool *p, struct wall now, struct wall gone,
                               int64_t limit, struct rows *ids_out, struct err *e);
/* Is it one of them? */
NODISCARD int voice_calls_is_lost(struct db *db, struct pool *p, const char *id, struct wall now,
                                  struct wall gone, bool *lost_out, struct err *e);

/* A server's lease; instance may be NULL. */
NODISCARD int voice_servers_put(struct db *db, const char *id, const char *instance,
                                struct wall until, struct err *e);
/* The leases of the other lives of that instance are over, as of now at the latest. */
NODISCARD int voice_servers_end_others(struct db *db, const char *id, const char *instance,
                                       struct wall now, struct err *e);
NODISCARD int voice_servers_remove(struct db *db, const char *id, struct err *e);
/* Forgets those whose lease ended before. */
NODISCARD int voice_servers_prune(struct db *db, struct wall before, struct err *e);

#endif
