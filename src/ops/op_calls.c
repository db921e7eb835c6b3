/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on calls that the assistant makes. */
#include "base/settings.h"
#include "domain/call_order.h"
#include "domain/consent.h"
#include "domain/phone.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/customers.h"
#include "store/telephone_calls.h"

struct ordering {
    struct op_call *call;
    struct call_order order;
    struct id id;
};

static int read_phone(struct op_call *c, const char *field, const char *text, const char **out,
                      struct err *e)
{
    char number[PHONE_BYTES];
    struct err why = {0};
    int rc = phone_normalize(str_of(text), c->app->settings->country, number, &why);
    if (rc < 0) {
        return err_field(e, ERR_INVALID, field, "%s", err_text(&why, rc));
    }
    *out = pool_strdup(c->pool, number);
    return 0;
}

/* A customer at the number on file. */
static int read_customer(struct op_call *c, int64_t id, const char **to_out, struct err *e)
{
    struct customer customer = {.id = 0};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = customers_get(db, c->pool, id, &customer, e);
    }
    if (rc == 0 && (!customer.phone.p || customer.phone.n == 0)) {
        rc = err_field(e, ERR_INVALID, "customer_id", "the customer has no number on file");
    }
    return rc < 0 ? rc : read_phone(c, "customer_id", customer.phone.p, to_out, e);
}

static int read_order(struct op_call *c, struct call_order *o, struct err *e)
{
    const struct place_call_in *in = c->in;
    const struct settings *s = c->app->settings;
    const char *from = in->from ? in->from : s->twilio_number;
    if (!in->to == !in->customer_id_set) {
        return err_field(e, ERR_INVALID, "to", "give either to or customer_id");
    }
    if (!from[0]) {
        return err_field(e, ERR_INVALID, "from", "twilio_number is not set");
    }
    if (!s->twilio_account_sid[0] || !s->twilio_auth_token[0]) {
        return err_set(e, ERR_CONFIG,
                       "no calls can be made: twilio_account_sid and "
                       "twilio_auth_token are not set");
    }
    *o = (struct call_order){
        .customer_id = in->customer_id_set ? in->customer_id : 0,
        .purpose = strcmp(in->purpose, "callback") == 0 ? CONSENT_STAFF : in->purpose,
        .opening = in->say,
        .now = wall_now(),
    };
    int rc = read_phone(c, "from", from, &o->from, e);
    if (rc < 0) {
        return rc;
    }
    return in->to ? read_phone(c, "to", in->to, &o->to, e)
                  : read_customer(c, in->customer_id, &o->to, e);
}

static int order(struct db *db, void *arg, struct err *e)
{
    struct ordering *o = arg;
    return call_order_add(db, o->call->pool, &o->order, &o->id, e);
}

static int answer_call(struct op_call *c, const char *id, struct err *e)
{
    struct telephone_call call = {.outbound = false};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = telephone_calls_get(db, c->pool, NULL, id, &call, e);
    }
    if (rc == 0 && !call.outbound) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no such call");
    }
    if (rc < 0) {
        return rc;
    }
    bool staff = call.purpose.p && str_eq(call.purpose, STR(CONSENT_STAFF));
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_str(&j, "id", call.id);
    jw_kv_text(&j, "to", call.caller.p);
    jw_kv_text(&j, "from", call.called.p);
    jw_kv_text(&j, "purpose", staff ? "callback" : call.purpose.p);
    jw_kv_str(&j, "status", call.status);
    jw_kv_text(&j, "call_sid", call.call_sid.p);
    jw_kv_text(&j, "machine", call.machine.p);
    jw_object_end(&j);
    return 0;
}

int op_place_call(struct op_call *c, struct err *e)
{
    struct ordering o = {.call = c};
    int rc = read_order(c, &o.order, e);
    if (rc == 0) {
        rc = op_write(c, order, &o, e);
    }
    return rc < 0 ? rc : answer_call(c, o.id.text, e);
}

int op_show_placed_call(struct op_call *c, struct err *e)
{
    const struct show_placed_call_in *in = c->in;
    return answer_call(c, in->call_id, e);
}
