/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on conversations: reading pages and whole ones, and the writes that the domain's
 * rules decide on. Times are texts in canonical form, as they are stored and sent. What is read
 * lives in the pool. Errors are those of store/store.h.
 */
#ifndef STORE_CONVERSATIONS_H
#define STORE_CONVERSATIONS_H

#include "base/id.h"
#include "store/store.h"

struct conversation {
    struct str id;
    int64_t customer_id; /* 0: not known */
    struct str customer_name, customer_phone, customer_email;
    struct str channel, status;
    struct str initiated_at, last_activity_at, completed_at;
    int64_t satisfaction_score; /* 0: none */
    struct str sentiment, outcome, subject, ai_summary, metadata;
    struct str assigned_to, assigned_name; /* p == NULL: nobody */
    struct str snoozed_until;              /* p == NULL: it is not put off */
    struct str tags;                       /* ids, a JSON array */
    bool needs_person;

    /* Of rows of a list or timeline only: the last message, whole. */
    bool has_last;
    struct str last_content, last_direction;
    /* Of rows of a list only: the asking member of the staff has not seen it. */
    bool has_unread, unread;
};

struct conversation_filter {
    int64_t customer_id; /* 0: any */
    const char *channel; /* NULL: any */
    const char *status;
    const char *user_id; /* of the staff, who asks: for what is unread; NULL: nobody of them */
};

/* Where a page begins: by number (cursor_at NULL) or behind the last row of the page before. */
struct page_at {
    int64_t page; /* from 1 */
    int64_t page_size;
    const char *cursor_at;
    const char *cursor_id;
};

struct conversation_page {
    int64_t total; /* exact; known before the first row */
    int64_t n;     /* rows of the page so far */
    bool more;     /* there is a next page */
    /* Where that one begins; in the pool. */
    struct str last_at, last_id;
};

/* Takes a row of the page, which ends with the call. */
typedef void conversation_fn(void *arg, const struct conversation_page *page,
                             const struct conversation *row);

/* When it fails, some rows may have been given to fn already. */
NODISCARD int conversations_page(struct db *db, struct pool *p, const struct conversation_filter *f,
                                 const struct page_at *at, conversation_fn *fn, void *arg,
                                 struct conversation_page *out, struct err *e);

/* What the list says of one conversation: a query of two arguments, the id and the asking member of
 * the staff (or NULL). */
extern const struct sql conversations_list_row;

/* Says whose it is, when nobody knew yet. */
NODISCARD int conversations_set_customer(struct db *db, const char *id, int64_t customer_id,
                                         struct wall at, struct err *e);

/* ERR_NOT_FOUND when there is none. */
NODISCARD int conversations_get(struct db *db, struct pool *p, const char *id,
                                struct conversation *out, struct err *e);

/* For those who read it along with other things in one round trip: the query with its one argument,
 * and a row of its result. */
struct query conversations_query(const struct arg *id, struct rows *rows);
void conversation_from_row(const struct rows *r, size_t i, struct conversation *c);

/* Conversations of a customer before a point in time, for a timeline: the same two halves.
 * Arguments: customer id, time (exclusive when the id is smaller), id, limit, channel (NULL: any).
 */
extern const struct sql conversations_before;

/* The active conversation of the customer with that number, else the one completed last since a
 * time: id, last_activity_at and status. Arguments: phone, channel, time. */
extern const struct sql conversations_current;

/* An active conversation of the customer on that channel; p == NULL: none. */
NODISCARD int conversations_active_of(struct db *db, struct pool *p, int64_t customer_id,
                                      struct str channel, struct str *id_out, struct err *e);

struct conversation_new {
    const char *id;
    int64_t customer_id;
    const char *channel;
    struct wall at;
    const char *subject;
    struct str metadata; /* JSON; empty: {} */
};
NODISCARD int conversations_insert(struct db *db, const struct conversation_new *c, struct err *e);

/* Moves last_activity_at forward, never back. */
NODISCARD int conversations_touch(struct db *db, const char *id, struct wall at, struct err *e);

/* *changed_out: it was active. */
NODISCARD int conversations_finish(struct db *db, struct pool *p, const char *id,
                                   const char *status, struct wall at, bool *changed_out,
                                   struct err *e);

/* What is NULL or 0 keeps its value. */
struct conversation_score {
    int64_t satisfaction_score;
    const char *sentiment, *outcome, *subject, *ai_summary;
};
NODISCARD int conversations_set_score(struct db *db, const char *id,
                                      const struct conversation_score *s, struct wall at,
                                      struct err *e);

/* Active conversations of the text channels without activity since `before`, oldest first. */
NODISCARD int conversations_idle(struct db *db, struct pool *p, struct wall before, int64_t limit,
                                 struct rows *ids_out, struct err *e);

/* The assistant's state of a conversation: one row of one column, or none. */
struct query conversations_state_query(const struct arg *id, struct rows *rows);
/* `before` is the state that it replaces (empty: none), for conversations_restore_state. */
NODISCARD int conversations_put_state(struct db *db, const char *id, struct str state,
                                      struct str before, struct wall at, struct err *e);
/* Back to the state before the last put. */
NODISCARD int conversations_restore_state(struct db *db, struct pool *p, const char *id,
                                          struct wall at, struct err *e);

/*
 * Locks a conversation until the transaction's end: who decides on who answers it goes one after
 * another. A query of one argument: a row of status, customer_id and channel, or none.
 */
struct query conversations_lock_query(const struct arg *id, struct rows *rows);

/* Active again. *changed_out: it was not. */
NODISCARD int conversations_reopen(struct db *db, struct pool *p, const char *id, struct wall at,
                                   bool *changed_out, struct err *e);

#endif
