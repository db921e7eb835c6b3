/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations by more than channel, status and customer: the filters of the inbox, and words of
 * the customer's name, number, address or the subject. What is read lives in the pool. Errors are
 * those of store/store.h.
 *
 * Personal columns may be sealed in the database, so words are looked for here, in what was read:
 * in the FIND_LOOKED_AT newest conversations that the other filters leave, and, from the cursor on,
 * in as many again.
 */
#ifndef STORE_CONVERSATION_FIND_H
#define STORE_CONVERSATION_FIND_H

#include "store/conversations.h"

/* A total is exact up to here; beyond it is FIND_COUNTED + 1. */
#define FIND_COUNTED 10000
#define FIND_LOOKED_AT 20000

enum choice { CHOICE_ANY, CHOICE_NO, CHOICE_YES };

struct conversation_wanted {
    struct conversation_filter is;
    const char *assigned_to; /* a member of the staff; NULL: whoever's */
    bool unassigned;
    enum choice unread; /* by is.user_id */
    enum choice needs_person, snoozed;
    const char *outcome, *sentiment;
    const char *tag;         /* an id */
    struct wall from, to;    /* began in from <= t < to; us == 0: open */
    const char *answered_by; /* assistant, staff, both */
    enum choice escalated;
    enum choice model; /* a language model was asked for it */
    int64_t progress;  /* at least; 0: any */
    const char *words; /* NULL: none looked for */
    /* Whether one that began then is wanted; looked at as words are. NULL: any is. */
    bool (*began)(void *arg, struct wall at);
    void *began_arg;
};

struct conversation_found {
    int64_t total;
    bool more_than_total; /* there are, or may be, more than total */
    size_t n;
    struct conversation *rows;
    bool more; /* there is a next page, or there is more to look at */
    struct str last_at, last_id;
};

NODISCARD int conversations_find(struct db *db, struct pool *p, const struct conversation_wanted *w,
                                 const struct page_at *at, struct conversation_found *out,
                                 struct err *e);

#endif
