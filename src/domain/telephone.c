/* SPDX-License-Identifier: Apache-2.0 */
/* A call that never reached its stream has no conversation: whatever is to remain of it gets one.
 */
#include "domain/telephone.h"

#include "base/json_write.h"
#include "domain/attachment.h"
#include "domain/conversation.h"
#include "domain/voice_call.h"
#include "store/customers.h"
#include "store/voice_calls.h"

#define CHANNEL "voice"
#define TRANSPORT "twilio"
#define DETAILS_BYTES 2048

/* The conversation in which it was held; p == NULL: none. */
static int conversation_of(struct db *db, struct pool *p, const char *call_sid, struct str *out,
                           struct err *e)
{
    struct voice_call_ids ids = {.live = false};
    int rc = voice_calls_of_session(db, p, call_sid, &ids, e);
    *out = ids.conversation_id;
    return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* A conversation for a call that has none; ended is the caller's to say. */
static int begin_for(struct db *db, struct pool *p, const struct telephone_call *c,
                     const char *subject, struct wall at, struct id *out, struct err *e)
{
    int64_t customer = c->customer_id;
    int rc = 0;
    if (!customer && c->caller.p) {
        rc = customers_find_or_make(db, p, c->caller.p, at, &customer, e);
    }
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, DETAILS_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "call_sid", c->call_sid.p);
    jw_kv_text(&j, "direction", c->outbound ? "outbound" : "inbound");
    jw_kv_text(&j, "caller", c->caller.p);
    jw_object_end(&j);
    return rc < 0 ? rc
                  : conversation_begin(db, p, customer, CHANNEL, subject, buf_str(&b), at, out, e);
}

static bool came_to_nothing(const char *status)
{
    return strcmp(status, "busy") == 0 || strcmp(status, "no-answer") == 0 ||
           strcmp(status, "failed") == 0 || strcmp(status, "canceled") == 0;
}

/* One of ours that nobody took. why: in words; NULL. */
static int note_unanswered(struct db *db, struct pool *p, const struct telephone_call *c,
                           const char *status, const char *why, struct wall at, struct err *e)
{
    struct id conversation;
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, DETAILS_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "status", status);
    jw_kv_text(&j, "purpose", c->purpose.p);
    jw_kv_text(&j, "text", why);
    jw_object_end(&j);
    int rc = begin_for(db, p, c, "Call that was not answered", at, &conversation, e);
    if (rc == 0) {
        rc = conversation_add_event(db, p, conversation.text, NULL, "call_not_answered",
                                    buf_str(&b), at, NULL, e);
    }
    return rc < 0 ? rc
                  : conversation_complete(db, p, conversation.text, "failed", "telephone", at, e);
}

int telephone_not_placed(struct db *db, struct pool *p, const struct telephone_call *c,
                         const char *why, struct wall at, struct err *e)
{
    int rc = telephone_calls_set_status(db, str_dup(p, c->id), "failed", at, e);
    return rc < 0 ? rc : note_unanswered(db, p, c, "failed", why, at, e);
}

int telephone_report(struct db *db, struct pool *p, const struct telephone_report *r,
                     bool *news_out, struct err *e)
{
    struct telephone_call c;
    int rc = telephone_calls_report(db, p, r, news_out, e);
    if (rc == 0 && *news_out && r->final) {
        rc = voice_call_over(db, p, TRANSPORT, r->call_sid, r->at, e);
    }
    if (rc < 0 || !*news_out || !came_to_nothing(r->status)) {
        return rc;
    }
    rc = telephone_calls_get(db, p, r->call_sid, NULL, &c, e);
    return rc < 0 || !c.outbound ? rc : note_unanswered(db, p, &c, r->status, NULL, r->at, e);
}

int telephone_dialled(struct db *db, struct pool *p, const struct telephone_dialled *d,
                      struct err *e)
{
    struct str conversation;
    int rc = conversation_of(db, p, d->call_sid, &conversation, e);
    if (rc < 0 || !conversation.p) {
        return rc;
    }
    const char *details = pool_printf(p, "{\"answered\":%s,\"status\":\"%s\"}",
                                      d->answered ? "true" : "false", d->status);
    rc = conversation_add_event(db, p, conversation.p, NULL, "person_dialled", str_of(details),
                                d->at, NULL, e);
    if (rc == 0 && !d->answered) {
        rc = conversation_add_event(db, p, conversation.p, NULL, "escalation_requested",
                                    STR("{\"reason\":\"nobody took the call\"}"), d->at, NULL, e);
    }
    return rc;
}

/* ---- an answering machine ---- */

static int note_machine(struct db *db, struct pool *p, const char *conversation,
                        const struct telephone_machine *m, struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, DETAILS_BYTES + 4096);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "answered_by", m->answered_by);
    jw_kv_text(&j, "text", m->message);
    jw_object_end(&j);
    return conversation_add_event(db, p, conversation, NULL, "machine_answered", buf_str(&b), m->at,
                                  NULL, e);
}

int telephone_machine(struct db *db, struct pool *p, const struct telephone_machine *m,
                      struct err *e)
{
    struct telephone_call c;
    struct str conversation = {NULL, 0};
    struct err gone = {0};
    int rc = telephone_calls_get(db, p, m->call_sid, NULL, &c, e);
    if (rc == ERR_NOT_FOUND || (rc == 0 && (!c.outbound || str_eq(c.status, STR("completed"))))) {
        return 0;
    }
    if (rc == 0) {
        rc = telephone_calls_set_machine(db, m->call_sid, m->answered_by, m->message, m->at, e);
    }
    if (rc == 0) {
        rc = conversation_of(db, p, m->call_sid, &conversation, e);
    }
    if (rc < 0 || !conversation.p) {
        return rc;
    }
    rc = note_machine(db, p, conversation.p, m, e);
    if (rc == 0) {
        rc = voice_call_wish(db, p, conversation.p, VOICE_WISH_MACHINE, m->at, &gone);
    }
    if (rc == ERR_NOT_FOUND || rc == ERR_CONFLICT) { /* she has ended it already */
        rc = 0;
    } else if (rc < 0 && gone.code) {
        *e = gone;
    }
    return rc;
}

/* ---- voicemail ---- */

struct leaving_message {
    struct pool *pool;
    const struct voicemail *mail;
    struct id conversation_id, message_id, attachment_id;
};

static int place(struct db *db, struct leaving_message *l, bool *fresh_out, struct err *e)
{
    const struct voicemail *v = l->mail;
    struct str conversation;
    struct telephone_call c = {.call_sid = str_of(v->call_sid)};
    int rc = conversation_of(db, l->pool, v->call_sid, &conversation, e);
    if (rc < 0 || conversation.p) {
        if (rc == 0 && !id_parse(conversation, &l->conversation_id)) {
            rc = err_set(e, ERR_INTERNAL, "the call's conversation has no id");
        }
        *fresh_out = false;
        return rc;
    }
    rc = telephone_calls_get(db, l->pool, v->call_sid, NULL, &c, e);
    if (rc < 0 && rc != ERR_NOT_FOUND) {
        return rc;
    }
    *fresh_out = true;
    return begin_for(db, l->pool, &c, "Voicemail", v->at, &l->conversation_id, e);
}

static int add_message(struct db *db, struct leaving_message *l, struct err *e)
{
    const struct voicemail *v = l->mail;
    struct pool *p = l->pool;
    const char *words = v->duration_s < 0
                            ? "Voicemail."
                            : pool_printf(p, "Voicemail of %lld second%s.",
                                          (long long)v->duration_s, v->duration_s == 1 ? "" : "s");
    struct message_new m = {
        .id = l->message_id.text,
        .conversation_id = l->conversation_id.text,
        .direction = "inbound",
        .content = str_of(words),
        .at = v->at,
        .processed = true, /* a person listens to it */
        .metadata = str_of(
            pool_printf(p, "{\"voicemail\":true,\"recording_sid\":\"%s\"}", v->recording_sid)),
    };
    struct voice_new voice = {
        .message_id = l->message_id.text,
        .recording_url = pool_printf(p, "/api/admin/attachments/%s", l->attachment_id.text),
        .duration_seconds = v->duration_s < 0 ? 0 : v->duration_s,
    };
    int rc = conversation_add_message(db, p, &m, e);
    return rc < 0 ? rc : messages_insert_voice(db, &voice, e);
}

static int add_recording(struct db *db, struct leaving_message *l, struct err *e)
{
    const struct voicemail *v = l->mail;
    struct attachment_new a = {
        .id = l->attachment_id.text,
        .conversation_id = l->conversation_id.text,
        .message_id = l->message_id.text,
        .provider = v->provider,
        .url = str_of(v->url),
        .declared_type = STR("audio/wav"),
        .filename = STR("voicemail.wav"),
        .at = v->at,
    };
    int rc = attachments_insert(db, &a, e);
    return rc < 0 ? rc : attachment_order(db, l->pool, a.id, v->at, e);
}

int telephone_voicemail(struct db *db, struct pool *p, const struct voicemail *v,
                        const char **message_id_out, struct err *e)
{
    struct leaving_message l = {p, v, {""}, id_new(), id_new()};
    bool fresh = false;
    int rc = place(db, &l, &fresh, e);
    if (rc == 0) {
        rc = add_message(db, &l, e);
    }
    if (rc == 0) {
        rc = add_recording(db, &l, e);
    }
    if (rc == 0) {
        const char *details = pool_printf(p, "{\"reason\":\"voicemail\",\"attachment\":\"%s\"}",
                                          l.attachment_id.text);
        rc = conversation_add_event(db, p, l.conversation_id.text, l.message_id.text,
                                    "escalation_requested", str_of(details), v->at, NULL, e);
    }
    if (rc == 0 && fresh) { /* nothing more is said in it */
        rc = conversation_complete(db, p, l.conversation_id.text, "completed", "telephone", v->at,
                                   e);
    }
    if (rc == 0) {
        *message_id_out = pool_strdup(p, l.message_id.text);
    }
    return rc;
}
