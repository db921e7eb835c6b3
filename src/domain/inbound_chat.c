/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The visitor's row is locked before the conversation is looked for, so that two first messages,
 * from two windows with one key, make one conversation.
 */
#include "domain/inbound_chat.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "domain/burst.h"
#include "domain/conversation.h"
#include "store/jobs.h"
#include "store/web_visitors.h"

struct taking {
    struct pool *pool;
    const struct inbound_chat *in;
    struct placing placing;
    struct str visitor_id;
    struct rows current;
    struct inbound_chat_result out;
};

static int look_up(struct db *db, struct taking *t, struct err *e)
{
    const struct inbound_chat *in = t->in;
    struct arg journal_args[JOURNAL_ARGS];
    struct arg by[] = {A_TEXT(in->key_hash), A_WALL(place_since(&t->placing))};
    struct rows taken, visitor, customer;
    struct query queries[] = {
        journal_take(in->request, t->out.message_id.text, journal_args, &taken),
        {&web_visitors_lock, by, 1, &visitor},
        {&web_conversations_current, by, 2, &t->current},
        {&web_visitors_customer, by, 1, &customer},
    };
    int rc = db_many(db, t->pool, queries, ARRAY_SIZE(queries), e);
    if (rc < 0) {
        return rc;
    }
    t->out.duplicate = taken.n == 0;
    t->placing.customer_id = customer.n ? row_i64(&customer, 0, 0) : 0;
    if (t->out.duplicate || visitor.n) {
        t->visitor_id = visitor.n ? row_str(&visitor, 0, 0) : (struct str){NULL, 0};
        return 0;
    }
    /* Not there; or made a moment ago by somebody whose commit we now wait for. */
    rc =
        web_visitors_find_or_make(db, t->pool, in->key_hash, in->origin, in->at, &t->visitor_id, e);
    return rc < 0 ? rc
                  : db_rows(db, t->pool, &web_conversations_current, by, ARRAY_SIZE(by),
                            &t->current, e);
}

/* A conversation that was begun now is the visitor's. */
static int own_conversation(struct db *db, struct taking *t, struct err *e)
{
    struct str id = str_of(t->out.conversation_id.text);
    bool known = t->current.n && str_eq(row_str(&t->current, 0, 0), id);
    return known ? 0 : web_conversations_insert(db, id.p, t->visitor_id, t->in->at, e);
}

static struct str metadata_of(struct pool *p, const struct inbound_chat *in)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 8192);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "client_id", in->client_id);
    if (in->page.n) {
        jw_kv_str(&j, "page", in->page);
    }
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(p, buf_str(&b)), b.len};
}

static int order_answer(struct db *db, struct taking *t, struct err *e)
{
    const char *conversation = t->out.conversation_id.text;
    const char *payload = pool_printf(t->pool, "{\"conversation_id\":\"%s\",\"message_id\":\"%s\"}",
                                      conversation, t->out.message_id.text);
    struct wall run_at = {t->in->now.us + burst_wait(t->in->text, t->in->burst_us)};
    return jobs_add(db, "turn", conversation_lane(t->pool, "turn", conversation), str_of(payload),
                    run_at, t->in->now, e);
}

int inbound_chat_take(struct db *db, struct pool *p, const struct inbound_chat *in,
                      struct inbound_chat_result *out, struct err *e)
{
    struct taking t = {.pool = p, .in = in};
    struct place place = {.closing = false};
    t.placing =
        (struct placing){.channel = "web", .inbound = in->text, .at = in->at, .rules = in->rules};
    t.out.message_id = id_new();
    int rc = look_up(db, &t, e);
    if (rc < 0 || t.out.duplicate) {
        *out = t.out;
        return rc;
    }
    rc = place_find(db, p, &t.placing, &t.current, &place, e);
    t.out.conversation_id = place.conversation_id;
    rc = rc < 0 ? rc : own_conversation(db, &t, e);
    struct message_new message = {
        .id = t.out.message_id.text,
        .conversation_id = t.out.conversation_id.text,
        .direction = "inbound",
        .content = in->text,
        .at = in->at,
        .processed = place.closing,
        .metadata = metadata_of(p, in),
    };
    rc = rc < 0 ? rc : conversation_add_message(db, p, &message, e);
    if (rc == 0 && !place.closing) {
        rc = order_answer(db, &t, e);
    }
    if (rc == 0) {
        *out = t.out;
    }
    return rc;
}
