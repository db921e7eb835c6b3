/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to one number have a lane: nobody is called twice at a time. */
#include "domain/call_order.h"

#include "base/json_read.h"
#include "domain/consent.h"
#include "store/customers.h"
#include "store/jobs.h"
#include "store/telephone_calls.h"

int call_order_add(struct db *db, struct pool *p, const struct call_order *o, struct id *id_out,
                   struct err *e)
{
    struct consent_verdict v = {.allowed = true};
    struct id id = id_new();
    int64_t customer = o->customer_id;
    int rc = consent_check(db, p, o->to, "voice", o->purpose, &v, e);
    if (rc == 0 && !v.allowed) {
        return err_set(e, ERR_OPTED_OUT, "%s", consent_refusal(p, &v, "voice"));
    }
    if (rc == 0 && !customer) {
        rc = customers_find_or_make(db, p, o->to, o->now, &customer, e);
    }
    struct telephone_call_new call = {
        .id = id.text,
        .outbound = true,
        .caller = o->to,
        .called = o->from,
        .status = "queued",
        .customer_id = customer,
        .purpose = o->purpose,
        .opening = o->opening,
        .at = o->now,
    };
    if (rc == 0) {
        rc = telephone_calls_insert(db, &call, e);
    }
    if (rc == 0) {
        *id_out = id;
        rc = jobs_add(db, CALL_ORDER_JOB, pool_printf(p, "call:%s", o->to),
                      str_of(pool_printf(p, "{\"call_id\":\"%s\"}", id.text)), o->now, o->now, e);
    }
    return rc;
}

const char *call_order_of_job(struct pool *p, struct str payload)
{
    json_t *document;
    const char *id =
        json_read(p, payload, &document, NULL) ? NULL : json_get_text(document, "call_id", NULL);
    return id ? pool_strdup(p, id) : NULL;
}
