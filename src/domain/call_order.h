/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that we make: call-backs, reminders. One is ordered here, in the transaction that decided
 * on it, as a row of telephone_calls and the job that places it (channels/call_outbox.h). Parts of
 * a write transaction.
 */
#ifndef DOMAIN_CALL_ORDER_H
#define DOMAIN_CALL_ORDER_H

#include "base/id.h"
#include "store/store.h"

#define CALL_ORDER_JOB "call"
#define CALL_ORDER_OPENING_BYTES 400 /* it travels in a parameter of a stream, which has 500 */

struct call_order {
    const char *to, *from; /* the customer's number and ours, E.164 */
    int64_t customer_id;   /* 0: by the number */
    const char *purpose;   /* of domain/consent.h: CONSENT_STAFF, CONSENT_REMINDER, ... */
    const char *opening;   /* what is said first; NULL: the greeting */
    struct wall now;
};

/* ERR_OPTED_OUT when the customer does not want it, in words that staff may read. */
NODISCARD int call_order_add(struct db *db, struct pool *p, const struct call_order *o,
                             struct id *id_out, struct err *e);

/* The id of the call in a job's payload; NULL: none. */
const char *call_order_of_job(struct pool *p, struct str payload);

#endif
