/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on calls of the telephone network, as the network tells of them. Those with a db that
 * writes are inside store_write. What is read lives in the pool.
 */
#ifndef STORE_TELEPHONE_CALLS_H
#define STORE_TELEPHONE_CALLS_H

#include "store/store.h"

struct telephone_call {
    struct str id, call_sid; /* call_sid.p == NULL: not placed yet */
    bool outbound;
    struct str caller, called; /* the customer's number and ours; p == NULL: not known */
    struct str status, ending; /* ending.p == NULL: not ended by us */
    struct str summary, reason, purpose, opening;
    struct str machine,
        machine_message; /* an answering machine took it, and hears that; p == NULL */
    int64_t sequence, customer_id;
};

struct telephone_call_new {
    const char *id, *call_sid; /* call_sid NULL: it is to be placed */
    bool outbound;
    const char *caller, *called, *status;
    int64_t customer_id;
    const char *purpose, *opening;
    struct wall at;
};
/* When there is one with that call_sid, only the numbers that it lacks. */
NODISCARD int telephone_calls_insert(struct db *db, const struct telephone_call_new *c,
                                     struct err *e);

/* ERR_NOT_FOUND when there is none. By the network's name, or by ours (the other NULL). */
NODISCARD int telephone_calls_get(struct db *db, struct pool *p, const char *call_sid,
                                  const char *id, struct telephone_call *out, struct err *e);

/* What the network calls one of ours, from now on. Nothing when it has another name already. */
NODISCARD int telephone_calls_name(struct db *db, const char *id, const char *call_sid,
                                   struct wall at, struct err *e);

/*
 * How it stands by the report of that number (-1: it has none), made when it is not known.
 * *news_out: it is later than what there was; else nothing was changed. A call that is over stays
 * over.
 */
struct telephone_report {
    const char *call_sid, *status;
    bool final, outbound;
    int64_t sequence;
    struct wall at;
};
NODISCARD int telephone_calls_report(struct db *db, struct pool *p,
                                     const struct telephone_report *r, bool *news_out,
                                     struct err *e);

/* One of ours that never got a name: it was not placed. */
NODISCARD int telephone_calls_set_status(struct db *db, const char *id, const char *status,
                                         struct wall at, struct err *e);

/* Why its stream is ended by us; made when it is not known. summary and reason may be NULL. */
NODISCARD int telephone_calls_end(struct db *db, const char *call_sid, const char *ending,
                                  const char *summary, const char *reason, struct wall at,
                                  struct err *e);

/* An answering machine took it. message NULL: it takes none. */
NODISCARD int telephone_calls_set_machine(struct db *db, const char *call_sid, const char *machine,
                                          const char *message, struct wall at, struct err *e);

/* It is not ended by us: it goes on in another stream. Nothing when it is not known. */
NODISCARD int telephone_calls_go_on(struct db *db, const char *call_sid, struct wall at,
                                    struct err *e);

/* Forgets those that nothing was heard of since that time. */
NODISCARD int telephone_calls_prune(struct db *db, struct wall before, struct err *e);

#endif
