/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on messages: adding one, and adding what its channel knows of it. */
#include "base/json_read.h"
#include "domain/conversation.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/changes.h"

/* Answers with a message as it now is. */
static int answer_message(struct op_call *c, const char *id, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct message m;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = messages_get(db, c->pool, id, &m, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_message(&j, &m);
    }
    return rc;
}

struct adding {
    struct op_call *call;
    const char *message_id;
};

static int add(struct db *db, void *arg, struct err *e)
{
    struct adding *a = arg;
    struct pool *p = a->call->pool;
    const struct add_message_in *in = a->call->in;
    struct conversation there;
    int rc = conversations_get(db, p, in->conversation_id, &there, e);
    if (rc < 0) {
        return rc;
    }
    struct message_new m = {
        .conversation_id = in->conversation_id,
        .direction = in->direction,
        .content = str_of(in->content),
        .at = in->sent_at.us ? in->sent_at : wall_now(),
        .metadata = json_dump_to_pool(p, in->metadata),
    };
    rc = conversation_add_message(db, p, &m, e);
    a->message_id = m.id;
    return rc;
}

int op_add_message(struct op_call *c, struct err *e)
{
    struct adding a = {.call = c};
    int rc = op_write(c, add, &a, e);
    return rc < 0 ? rc : answer_message(c, a.message_id, e);
}

/* What the three details have in common: the message must be there, and must not have any. */
static int open_message(struct db *db, struct pool *p, const char *id, struct message *m,
                        struct err *e)
{
    int rc = messages_get(db, p, id, m, e);
    if (rc == 0 && (m->has_voice || m->has_sms || m->has_email)) {
        rc = err_set(e, ERR_CONFLICT, "the message has its details already");
    }
    return rc;
}

static int note_change(struct db *db, const struct message *m, struct err *e)
{
    return changes_add(db, "message", m->conversation_id.p, m->id.p, 0, wall_now(), e);
}

static int add_voice(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct add_voice_details_in *in = c->in;
    struct message m;
    int rc = open_message(db, c->pool, in->message_id, &m, e);
    struct voice_new v = {
        .message_id = in->message_id,
        .recording_url = in->recording_url,
        .duration_seconds = in->duration_seconds,
        .interruption_count = in->interruption_count,
        .transcript_segments = json_dump_to_pool(c->pool, in->transcript_segments),
        .function_calls = json_dump_to_pool(c->pool, in->function_calls),
        .has_quality = in->audio_quality_score_set,
        .audio_quality_score = in->audio_quality_score,
    };
    if (rc == 0) {
        rc = messages_insert_voice(db, &v, e);
    }
    return rc == 0 ? note_change(db, &m, e) : rc;
}

int op_add_voice_details(struct op_call *c, struct err *e)
{
    const struct add_voice_details_in *in = c->in;
    int rc = op_write(c, add_voice, c, e);
    return rc < 0 ? rc : answer_message(c, in->message_id, e);
}

static int add_sms(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct add_sms_details_in *in = c->in;
    struct message m;
    int rc = open_message(db, c->pool, in->message_id, &m, e);
    struct sms_new s = {
        .message_id = in->message_id,
        .from_number = in->from_number,
        .to_number = in->to_number,
        .provider_message_id = in->provider_message_id,
        .delivery_status = in->delivery_status,
        .error_code = in->error_code,
        .error_message = in->error_message,
        .segments = in->segments,
        .media_urls = json_dump_to_pool(c->pool, in->media_urls),
        .delivered_at = in->delivered_at,
        .failed_at = in->failed_at,
    };
    if (rc == 0) {
        rc = messages_insert_sms(db, &s, e);
    }
    return rc == 0 ? note_change(db, &m, e) : rc;
}

int op_add_sms_details(struct op_call *c, struct err *e)
{
    const struct add_sms_details_in *in = c->in;
    int rc = op_write(c, add_sms, c, e);
    return rc < 0 ? rc : answer_message(c, in->message_id, e);
}

static int add_email(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct add_email_details_in *in = c->in;
    struct message m;
    int rc = open_message(db, c->pool, in->message_id, &m, e);
    struct email_new mail = {
        .message_id = in->message_id,
        .subject = in->subject,
        .body_html = in->body_html,
        .body_text = in->body_text,
        .from_address = in->from_address,
        .to_address = in->to_address,
        .cc_addresses = json_dump_to_pool(c->pool, in->cc_addresses),
        .bcc_addresses = json_dump_to_pool(c->pool, in->bcc_addresses),
        .references = json_dump_to_pool(c->pool, in->references),
        .attachments = json_dump_to_pool(c->pool, in->attachments),
        .in_reply_to = in->in_reply_to,
        .provider_message_id = in->provider_message_id,
        .delivery_status = in->delivery_status,
    };
    if (rc == 0) {
        rc = messages_insert_email(db, &mail, e);
    }
    return rc == 0 ? note_change(db, &m, e) : rc;
}

int op_add_email_details(struct op_call *c, struct err *e)
{
    const struct add_email_details_in *in = c->in;
    int rc = op_write(c, add_email, c, e);
    return rc < 0 ? rc : answer_message(c, in->message_id, e);
}
