/* SPDX-License-Identifier: Apache-2.0 */
/* As channels/outbox.c does it with texts: the claim of the job is durable before the attempt. */
#include "channels/call_outbox.h"

#include "base/fault.h"
#include "base/metrics.h"
#include "channels/twilio_calls.h"
#include "channels/twiml.h"
#include "domain/call_order.h"
#include "domain/telephone.h"

#define CLOCK_SKEW_US (60 * US_PER_SECOND)
#define FOUND_MAX 20

struct placing_call {
    struct job_run *run;
    const struct call_outbox_config *config;
    struct telephone_call call;
    struct outbox_leaving leaving;
    struct provider_result result;
};

static int find_call(struct placing_call *c, struct err *e)
{
    const char *id = call_order_of_job(c->run->pool, c->run->job->payload);
    CLEANUP(store_return) struct db *db = NULL;
    int rc = id ? store_borrow(c->run->store, &db, e)
                : err_set(e, ERR_MALFORMED, "the job names no call");
    return rc < 0 ? rc : telephone_calls_get(db, c->run->pool, NULL, id, &c->call, e);
}

/* One in Twilio's list that no other call of ours is: it is this one. */
static int look_back(struct placing_call *c, bool *found_out, struct err *e)
{
    struct pool *p = c->run->pool;
    struct twilio_call_found found[FOUND_MAX];
    struct wall since = {c->run->job->first_attempted_at.us - CLOCK_SKEW_US};
    int n = twilio_call_find(c->run->http, p, &c->config->account, c->call.called.p,
                             c->call.caller.p, since, found, FOUND_MAX, e);
    if (n <= 0) {
        return n;
    }
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->run->store, &db, e);
    for (int i = 0; i < n && rc == 0 && !*found_out; i++) {
        struct telephone_call other;
        int known = telephone_calls_get(db, p, found[i].sid, NULL, &other, e);
        rc = known == ERR_NOT_FOUND ? 0 : known;
        if (known == ERR_NOT_FOUND) {
            c->result = (struct provider_result){
                .failure = PROVIDER_OK, .sent = {.id = found[i].sid, .status = found[i].status}};
            *found_out = true;
        }
    }
    return rc;
}

static void place_it(struct placing_call *c)
{
    struct pool *p = c->run->pool;
    const char *id = str_dup(p, c->call.id);
    struct twilio_call_new call = {
        .from = c->call.called.p,
        .to = c->call.caller.p,
        .url = pool_printf(p, "%s%s?call=%s" TWILIO_INSIST, c->config->public_url,
                           TWILIO_VOICE_PATH, id),
        .status_url = pool_printf(p, "%s%s?call=%s" TWILIO_INSIST, c->config->public_url,
                                  TWILIO_CALL_STATUS_PATH, id),
        .machine_url = c->config->machines
                           ? pool_printf(p, "%s%s?call=%s" TWILIO_INSIST, c->config->public_url,
                                         TWILIO_MACHINE_PATH, id)
                           : NULL,
        .ring_s = c->config->ring_s,
    };
    twilio_call_place(c->run->http, p, &c->config->account, &call, &c->result);
}

static int hand_over(struct placing_call *c, struct err *e)
{
    bool found = false;
    int rc = c->run->job->attempts > 1 ? look_back(c, &found, e) : 0;
    if (rc < 0 || found) {
        return rc;
    }
    fault_point("call_decided");
    struct sms_state whom = {.to_number = c->call.caller, .channel = STR("voice")};
    rc = outbox_may_leave(c->run->store, c->run->pool, &whom, c->call.purpose.p, &c->config->night,
                          wall_now(), &c->leaving, e);
    if (rc == 0 && c->leaving.leave == LEAVE_NOW) {
        place_it(c);
    }
    return rc;
}

/* It is not placed, for good. */
static int give_up(struct db *db, struct placing_call *c, const char *why, struct err *e)
{
    int rc = jobs_bury(db, c->run->pool, c->run->job, why, e);
    return rc < 0 ? rc : telephone_not_placed(db, c->run->pool, &c->call, why, wall_now(), e);
}

static int record_call(struct db *db, void *arg, struct err *e)
{
    struct placing_call *c = arg;
    struct pool *p = c->run->pool;
    if (c->leaving.leave == LEAVE_LATER) {
        return jobs_postpone(db, c->run->job, c->leaving.at, e);
    }
    if (c->leaving.leave == LEAVE_NEVER) {
        return give_up(db, c, c->leaving.why, e);
    }
    if (c->result.failure != PROVIDER_OK) {
        return give_up(db, c, c->result.text, e);
    }
    int rc = jobs_finish(db, p, c->run->job, e);
    if (rc == 0 && c->result.sent.id) {
        rc = telephone_calls_name(db, str_dup(p, c->call.id), c->result.sent.id, wall_now(), e);
    }
    return rc;
}

int call_outbox_job(struct job_run *run, struct err *e)
{
    struct placing_call c = {.run = run, .config = run->arg};
    int rc = find_call(&c, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        run->give_up = true;
        return rc;
    }
    if (rc == 0 && !c.call.call_sid.p) { /* else a webhook has named it: it is placed */
        rc = hand_over(&c, e);
    }
    if (rc < 0) {
        return rc;
    }
    bool late = c.result.failure == PROVIDER_LATER,
         perhaps = c.result.failure == PROVIDER_UNCERTAIN;
    if (late || perhaps) {
        run->retry_after_ms = perhaps ? MAX_OF(c.result.retry_after_ms, c.config->settle_ms)
                                      : c.result.retry_after_ms;
        return err_set(e, ERR_PROVIDER, "%s", c.result.text);
    }
    fault_point("call_answered");
    return store_write(run->store, record_call, &c, e);
}

int call_outbox_buried(struct db *db, struct pool *p, const struct job *job, const char *why,
                       void *arg UNUSED, struct err *e)
{
    const char *id = call_order_of_job(p, job->payload);
    struct telephone_call call;
    int rc = id ? telephone_calls_get(db, p, NULL, id, &call, e) : ERR_NOT_FOUND;
    if (rc < 0) {
        return rc == ERR_NOT_FOUND ? 0 : rc;
    }
    return call.call_sid.p ? 0 : telephone_not_placed(db, p, &call, why, wall_now(), e);
}
