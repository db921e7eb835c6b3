/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running an operation, and Idempotency-Key: the key's row is written in the transaction of the
 * effects, the answer right after it. A repeated request finds the answer; one that finds the row
 * without an answer (the server was killed in between, or is still at it) is refused, which is
 * safe: the effects are there once.
 */
#include "base/json_write.h"
#include "base/log.h"
#include "ops/app.h"
#include "ops/op.h"
#include "store/idempotency.h"

struct writing {
    struct op_call *call;
    store_write_fn *fn;
    void *arg;
};

static int write_with_key(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    struct op_call *c = w->call;
    if (c->idempotency_key) {
        int rc = idempotency_put(db, c->actor->id, c->idempotency_key, c->op->name, c->body_sha256,
                                 c->status, STR(""), wall_now(), e);
        if (rc < 0) {
            return rc;
        }
    }
    return w->fn(db, w->arg, e);
}

int op_write(struct op_call *call, store_write_fn *fn, void *arg, struct err *e)
{
    struct writing w = {call, fn, arg};
    return store_write(call->app->store, write_with_key, &w, e);
}

int op_write_ok(struct op_call *call, store_write_fn *fn, void *arg, struct err *e)
{
    int rc = op_write(call, fn, arg, e);
    if (rc == 0) {
        struct jw j = jw_to(call->out);
        jw_object(&j);
        jw_kv_bool(&j, "ok", true);
        jw_object_end(&j);
    }
    return rc;
}

static int find_answer(struct op_call *c, struct idempotent_answer *was, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    return rc < 0 ? rc : idempotency_get(db, c->pool, c->actor->id, c->idempotency_key, was, e);
}

/* The answer of then, if this is the same request. */
static int repeat(struct op_call *c, const struct idempotent_answer *was, struct err *e)
{
    if (!str_eq(was->operation, str_of(c->op->name)) ||
        !str_eq(was->body_sha256, str_of(c->body_sha256))) {
        return err_field(e, ERR_INVALID, "Idempotency-Key",
                         "this key was used for another request; take a new one");
    }
    if (was->answer.n == 0) {
        return err_set(e, ERR_CONFLICT,
                       "the first request with this key is under way, or was done without its "
                       "answer being recorded; look before you send it with another key");
    }
    c->status = (int)was->status;
    buf_put_str(c->out, was->answer);
    return 0;
}

static int record_answer(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    return idempotency_answer(db, c->actor->id, c->idempotency_key, buf_str(c->out), e);
}

int op_run(struct op_call *c, struct err *e)
{
    if (!c->idempotency_key) {
        return c->op->fn(c, e);
    }
    struct idempotent_answer was;
    int rc = find_answer(c, &was, e);
    if (rc < 0 || was.found) {
        return rc < 0 ? rc : repeat(c, &was, e);
    }
    rc = c->op->fn(c, e);
    if (rc == ERR_CONFLICT && find_answer(c, &was, NULL) == 0 && was.found) {
        buf_reset(c->out); /* the same request, at the same time, was first */
        return repeat(c, &was, e);
    }
    if (rc == 0 && store_write(c->app->store, record_answer, c, NULL) < 0) {
        log_warn("the answer to an idempotency key was not recorded", LOG_TEXT("op", c->op->name));
    }
    return rc;
}
