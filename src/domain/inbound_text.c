/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written for few round trips: what decides (journal, customer, conversation) is read in one,
 * and everything that follows travels with the commit. The customer's row is locked before the
 * conversation is looked for, so that two first texts of one person make one conversation.
 */
#include "domain/inbound_text.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "domain/attachment.h"
#include "domain/burst.h"
#include "domain/consent_hear.h"
#include "domain/conversation.h"
#include "domain/place.h"
#include "store/attachments.h"
#include "store/customers.h"
#include "store/jobs.h"

struct taking {
    struct pool *pool;
    const struct inbound_text *in;
    struct placing placing;
    bool closing; /* see struct place */
    struct inbound_text_result out;
};

/* Reads what decides. *current gets the conversation that there is. */
static int look_up(struct db *db, struct taking *t, struct rows *current, struct err *e)
{
    struct arg journal_args[JOURNAL_ARGS];
    struct arg by[] = {A_TEXT(t->in->from), A_TEXT(t->in->channel),
                       A_WALL(place_since(&t->placing))};
    struct rows taken, customer;
    struct query queries[] = {
        journal_take(t->in->request, t->out.message_id.text, journal_args, &taken),
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

static int order_answer(struct db *db, struct taking *t, struct err *e)
{
    const char *conversation = t->out.conversation_id.text;
    const char *payload = pool_printf(t->pool, "{\"conversation_id\":\"%s\",\"message_id\":\"%s\"}",
                                      conversation, t->out.message_id.text);
    struct wall run_at = {t->in->now.us + burst_wait(t->in->body, t->in->burst_us)};
    return jobs_add(db, "turn", conversation_lane(t->pool, "turn", conversation), str_of(payload),
                    run_at, t->in->now, e);
}

/* The conversation counts as active now, so that it stands where staff look. */
static int leave_to_staff(struct db *db, struct taking *t, struct err *e)
{
    const char *conversation = t->out.conversation_id.text;
    const char *details =
        pool_printf(t->pool, "{\"reason\":\"text came late\",\"minutes_late\":%lld}",
                    (long long)((t->in->now.us - t->in->at.us) / US_PER_SECOND / 60));
    int rc = conversations_touch(db, conversation, t->in->now, e);
    return rc < 0 ? rc
                  : conversation_add_event(db, t->pool, conversation, t->out.message_id.text,
                                           "escalation_requested", str_of(details), t->in->now,
                                           NULL, e);
}

/* The addresses of the files as a JSON array; p == NULL when there are none. */
static struct str urls_of(struct pool *p, const struct inbound_text *in)
{
    if (in->media_urls.p) {
        return in->media_urls;
    }
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1 << 16);
    struct jw j = jw_to(&b);
    jw_array(&j);
    for (size_t i = 0; i < in->n_files; i++) {
        jw_str(&j, in->files[i].url);
    }
    jw_array_end(&j);
    bool none = in->n_files == 0 || buf_failed(&b);
    return none ? (struct str){NULL, 0} : (struct str){str_dup(p, buf_str(&b)), b.len};
}

/* Each has a lane of its own: a slow one keeps nobody waiting. */
static int add_files(struct db *db, struct taking *t, struct err *e)
{
    const struct inbound_text *in = t->in;
    int rc = 0;
    for (size_t i = 0; i < in->n_files && rc == 0; i++) {
        struct id id = id_new();
        struct attachment_new a = {
            .id = id.text,
            .conversation_id = t->out.conversation_id.text,
            .message_id = t->out.message_id.text,
            .position = (int)i,
            .provider = in->request->provider,
            .url = in->files[i].url,
            .declared_type = in->files[i].type,
            .at = in->now,
        };
        rc = attachments_insert(db, &a, e);
        rc = rc < 0 ? rc : attachment_order(db, t->pool, id.text, in->now, e);
    }
    return rc;
}

/* Is it a word such as STOP? Then nobody need answer it. */
static int hear_consent(struct db *db, struct taking *t, bool *handled, struct err *e)
{
    const struct inbound_text *in = t->in;
    struct consent_heard heard = {
        .channel = in->channel,
        .conversation_id = t->out.conversation_id.text,
        .message_id = t->out.message_id.text,
        .provider_id = in->provider_id,
        .from = in->from,
        .to = in->to,
        .body = in->body,
        .opt_out_type = in->opt_out_type,
        .replies_are_ours = in->opt_out_replies,
        .business_name = in->business_name,
        .at = in->at,
        .now = in->now,
    };
    int rc = consent_hear(db, t->pool, &heard, handled, e);
    if (rc == 0 && *handled && !t->out.late) {
        rc = messages_set_processed(db, t->out.message_id.text, NULL, e);
    }
    return rc;
}

static int add_text(struct db *db, struct taking *t, struct err *e)
{
    const struct inbound_text *in = t->in;
    const char *conversation = t->out.conversation_id.text;
    struct message_new message = {
        .id = t->out.message_id.text,
        .conversation_id = conversation,
        .direction = "inbound",
        .content = in->body,
        .at = in->at,
        .processed = t->out.late || in->quiet || t->closing,
        .metadata = in->metadata,
    };
    struct sms_new sms = {
        .message_id = t->out.message_id.text,
        .from_number = in->from,
        .to_number = in->to,
        .provider_message_id = in->provider_id,
        .delivery_status = "received",
        .segments = in->segments,
        .media_urls = urls_of(t->pool, in),
    };
    int rc = conversation_add_message(db, t->pool, &message, e);
    if (rc == 0) {
        rc = messages_insert_sms(db, &sms, e);
    }
    rc = rc < 0 ? rc : add_files(db, t, e);
    bool handled = t->closing || in->quiet;
    if (rc == 0 && !handled) {
        rc = hear_consent(db, t, &handled, e);
    }
    if (rc < 0 || handled) {
        return rc;
    }
    return t->out.late ? leave_to_staff(db, t, e) : order_answer(db, t, e);
}

int inbound_text_take(struct db *db, struct pool *p, const struct inbound_text *in,
                      struct inbound_text_result *out, struct err *e)
{
    struct taking t = {.pool = p, .in = in};
    struct rows current = {0};
    struct place place = {.closing = false};
    t.placing = (struct placing){
        .channel = in->channel,
        /* "Thanks" beside a photograph is more than a farewell. */
        .inbound = in->n_files || !in->body.p ? STR("") : in->body,
        .quiet = in->quiet,
        .at = in->at,
        .rules = in->rules,
    };
    t.out.message_id = id_new();
    t.out.late = in->at.us + in->rules.idle_us < in->now.us;
    int rc = look_up(db, &t, &current, e);
    if (rc == 0 && !t.out.duplicate) {
        t.placing.customer_id = t.out.customer_id;
        rc = place_find(db, p, &t.placing, &current, &place, e);
        t.out.conversation_id = place.conversation_id;
        t.closing = place.closing;
        rc = rc < 0 ? rc : add_text(db, &t, e);
    }
    if (rc == 0) {
        *out = t.out;
    }
    return rc;
}
