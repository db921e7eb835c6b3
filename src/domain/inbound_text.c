/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written for few round trips: what decides (receipt, customer, conversation) is read in one,
 * and everything that follows travels with the commit. The customer's row is locked before the
 * conversation is looked for, so that two first texts of one person make one conversation.
 */
#include "domain/inbound_text.h"

#include "domain/burst.h"
#include "domain/conversation.h"
#include "domain/place.h"
#include "store/customers.h"
#include "store/jobs.h"
#include "store/receipts.h"

struct taking {
    struct pool *pool;
    const struct inbound_text *in;
    struct placing placing;
    struct inbound_text_result out;
};

/* Reads what decides. *current gets the conversation that there is. */
static int look_up(struct db *db, struct taking *t, struct rows *current, struct err *e)
{
    struct receipt receipt = {t->in->provider,        t->in->provider_id, "message",
                              t->out.message_id.text, t->in->request,     t->in->at};
    struct arg receipt_args[RECEIPT_ARGS];
    struct arg by[] = {A_TEXT(t->in->from), A_TEXT(t->in->channel),
                       A_WALL(place_since(&t->placing))};
    struct rows taken, customer;
    struct query queries[] = {
        receipts_take(&receipt, receipt_args, &taken),
        {&customers_lock, by, 1, &customer},
        {&conversations_current, by, 3, current},
    };
    int rc = db_many(db, t->pool, queries, ARRAY_SIZE(queries), e);
    if (rc < 0) {
        return rc;
    }
    t->out.duplicate = taken.n == 0;
    if (t->out.duplicate || customer.n) {
        t->out.customer_id = row_i64(&customer, 0, 0);
        return 0;
    }
    /* Not there; or made a moment ago by somebody whose commit we now wait for. */
    rc = customers_find_or_make(db, t->pool, t->in->from, t->in->at, &t->out.customer_id, e);
    return rc < 0 ? rc : db_rows(db, t->pool, &conversations_current, by, 3, current, e);
}

static int add_text(struct db *db, struct taking *t, bool closing, struct err *e)
{
    const struct inbound_text *in = t->in;
    const char *conversation = t->out.conversation_id.text;
    struct message_new message = {
        .id = t->out.message_id.text,
        .conversation_id = conversation,
        .direction = "inbound",
        .content = in->body,
        .at = in->at,
        .processed = closing,
    };
    struct sms_new sms = {
        .message_id = t->out.message_id.text,
        .from_number = in->from,
        .to_number = in->to,
        .provider_message_id = in->provider_id,
        .delivery_status = "received",
        .segments = in->segments,
        .media_urls = in->media_urls,
    };
    int rc = conversation_add_message(db, t->pool, &message, e);
    if (rc == 0) {
        rc = messages_insert_sms(db, &sms, e);
    }
    if (rc == 0 && !closing) {
        const char *payload =
            pool_printf(t->pool, "{\"conversation_id\":\"%s\",\"message_id\":\"%s\"}", conversation,
                        t->out.message_id.text);
        struct wall run_at = {in->at.us + burst_wait(in->body, in->burst_us)};
        rc = jobs_add(db, "turn", conversation_lane(t->pool, "turn", conversation), str_of(payload),
                      run_at, in->at, e);
    }
    return rc;
}

static int take(struct db *db, void *arg, struct err *e)
{
    struct taking *t = arg;
    const struct inbound_text *in = t->in;
    struct rows current = {0};
    struct place place;
    t->out.message_id = id_new();
    t->placing =
        (struct placing){0, in->channel, in->body.p ? in->body : STR(""), in->at, in->rules};
    int rc = look_up(db, t, &current, e);
    if (rc < 0 || t->out.duplicate) {
        return rc;
    }
    t->placing.customer_id = t->out.customer_id;
    rc = place_find(db, t->pool, &t->placing, &current, &place, e);
    if (rc < 0) {
        return rc;
    }
    t->out.conversation_id = place.conversation_id;
    return add_text(db, t, place.closing, e);
}

int inbound_text_take(struct store *s, struct pool *p, const struct inbound_text *in,
                      struct inbound_text_result *out, struct err *e)
{
    struct taking t = {.pool = p, .in = in};
    int rc = store_write(s, take, &t, e);
    if (rc == 0) {
        *out = t.out;
    }
    return rc;
}
