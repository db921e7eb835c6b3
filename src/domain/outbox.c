/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All messages of a conversation share a lane of jobs, so they leave in the order in which they
 * were written. The job's payload says what its sender must know before it reads the message: from
 * which number it goes and whether it may wait.
 */
#include "domain/outbox.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/consent.h"
#include "domain/conversation.h"
#include "domain/sms_text.h"
#include "domain/whatsapp.h"
#include "store/changes.h"
#include "store/customers.h"
#include "store/jobs.h"
#include "store/waiting.h"

#define BODY_MAX_BYTES (256u << 10)
#define METADATA_MAX_BYTES (64u << 10)

static const char *const voices[] = {
    [OUTBOX_ASSISTANT] = "assistant", [OUTBOX_STAFF] = "staff", [OUTBOX_AUTOMATION] = "automation"};

static const char *const purposes[] = {[OUTBOX_ANSWER] = "answer",
                                       [OUTBOX_STAFF_MESSAGE] = "staff",
                                       [OUTBOX_REMINDER] = "reminder",
                                       [OUTBOX_MARKETING] = "marketing",
                                       [OUTBOX_CONFIRMATION] = "confirmation"};

const char *outbox_job_kind(enum channel c)
{
    switch (c) {
    case CHANNEL_SMS:
    case CHANNEL_WHATSAPP:
        return "send";
    case CHANNEL_EMAIL:
        return "send_email";
    case CHANNEL_VOICE:
    case CHANNEL_WEB:
        break;
    }
    return NULL;
}

static bool is_text(enum channel c)
{
    return c == CHANNEL_SMS || c == CHANNEL_WHATSAPP;
}

/* May it be written at all? Before anything is. */
static int check(const struct outbox_message *m, struct err *e)
{
    if (m->channel == CHANNEL_VOICE) {
        return err_field(e, ERR_INVALID, "channel", "nothing can be sent into a call");
    }
    bool bare = m->has_files && is_text(m->channel); /* a picture says enough */
    if ((m->body.n == 0 && !bare) || m->body.n > BODY_MAX_BYTES || !utf8_valid(m->body)) {
        return err_field(e, ERR_INVALID, "content",
                         "a message has between 1 and %u bytes of valid UTF-8", BODY_MAX_BYTES);
    }
    if (outbox_job_kind(m->channel) && (!m->to || !m->to[0])) {
        return err_field(e, ERR_INVALID, "to",
                         "nobody is there to send it to: the address is empty");
    }
    if (outbox_job_kind(m->channel) && (!m->from || !m->from[0])) {
        return err_field(e, ERR_INVALID, "from",
                         "the business has no address of its own on this channel yet");
    }
    if (m->channel == CHANNEL_EMAIL && (!m->email.subject || !m->email.subject[0])) {
        return err_field(e, ERR_INVALID, "subject", "an e-mail has a subject");
    }
    return 0;
}

enum outbox_purpose outbox_purpose_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(purposes); i++) {
        if (strcmp(name, purposes[i]) == 0) {
            return (enum outbox_purpose)i;
        }
    }
    return OUTBOX_ANSWER;
}

bool outbox_is_bulk(enum outbox_purpose purpose)
{
    return purpose == OUTBOX_REMINDER || purpose == OUTBOX_MARKETING;
}

/* Does the recipient want it? */
static int check_consent(struct db *db, struct pool *p, const struct outbox_message *m,
                         struct err *e)
{
    struct consent_verdict v = {.allowed = true};
    int rc = 0;
    if (outbox_job_kind(m->channel) && m->purpose != OUTBOX_CONFIRMATION) {
        rc = consent_check(db, p, m->to, channel_name(m->channel), purposes[m->purpose], &v, e);
    }
    if (rc == 0 && !v.allowed) {
        rc = err_set(e, ERR_OPTED_OUT, "%s", consent_refusal(p, &v, channel_name(m->channel)));
    }
    return rc;
}

/* An answer follows what the customer wrote; for what else is said it may be too late. */
static int check_window(struct db *db, struct pool *p, const struct outbox_message *m,
                        struct err *e)
{
    bool answers = m->purpose == OUTBOX_ANSWER || m->purpose == OUTBOX_CONFIRMATION;
    if (m->channel != CHANNEL_WHATSAPP || m->is_template || answers) {
        return 0;
    }
    struct wall at = {MAX_OF(m->now.us, m->not_before.us)};
    return whatsapp_window_check(db, p, m->conversation_id, at, e);
}

/* When it may go at the soonest. */
static int earliest(struct db *db, struct pool *p, const struct outbox_message *m, struct wall *out,
                    struct err *e)
{
    const char *zone = NULL;
    *out = (struct wall){MAX_OF(m->not_before.us, m->now.us)};
    if (!m->quiet || !outbox_is_bulk(m->purpose)) {
        return 0;
    }
    int rc = customers_zone(db, p, m->conversation_id, &zone, e);
    if (rc == 0) {
        *out = quiet_until(p, m->quiet, m->to, zone, *out);
    }
    return rc;
}

/* What we know, and then what the caller has: two objects made one. */
static int metadata_of(struct pool *p, const struct outbox_message *m, struct str *out,
                       struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, METADATA_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "said_by", voices[m->voice]);
    jw_kv_text(&j, "purpose", purposes[m->purpose]);
    if (m->user_id) {
        jw_kv_text(&j, "user_id", m->user_id);
    }
    if (m->user_name) {
        jw_kv_text(&j, "user", m->user_name);
    }
    if (m->metadata.n > 2) { /* more than {} */
        buf_putc(&b, ',');
        buf_put_str(&b, (struct str){m->metadata.p + 1, m->metadata.n - 1});
    } else {
        jw_object_end(&j);
    }
    if (buf_failed(&b)) {
        return err_set(e, ERR_INVALID, "the message's metadata is too long");
    }
    *out = (struct str){str_dup(p, buf_str(&b)), b.len};
    return 0;
}

static int add_details(struct db *db, const struct outbox_message *m, const char *id,
                       struct pool *p, struct err *e)
{
    if (is_text(m->channel)) {
        struct sms_new sms = {
            .message_id = id,
            .from_number = m->from,
            .to_number = m->to,
            .provider_message_id = "",
            .delivery_status = "queued",
            .segments = m->channel == CHANNEL_SMS ? sms_measure(m->body).segments : 1,
        };
        return messages_insert_sms(db, &sms, e);
    }
    if (m->channel == CHANNEL_EMAIL) {
        struct email_new mail = {
            .message_id = id,
            .subject = m->email.subject,
            .body_html = m->email.html,
            .body_text = str_dup(p, m->body),
            .from_address = m->from,
            .to_address = m->to,
            .references = m->email.references,
            .in_reply_to = m->email.in_reply_to,
            .delivery_status = "queued",
        };
        return messages_insert_email(db, &mail, e);
    }
    return 0;
}

static int order_sending(struct db *db, struct pool *p, const struct outbox_message *m,
                         const char *id, struct err *e)
{
    const char *kind = outbox_job_kind(m->channel);
    if (!kind) {
        return 0;
    }
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, METADATA_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "conversation_id", m->conversation_id);
    jw_kv_text(&j, "message_id", id);
    jw_kv_text(&j, "channel", channel_name(m->channel));
    jw_kv_text(&j, "from", m->from);
    jw_kv_text(&j, "said_by", voices[m->voice]);
    jw_kv_text(&j, "purpose", purposes[m->purpose]);
    if (m->is_template) {
        jw_kv_bool(&j, "template", true);
    }
    if (m->has_files) {
        jw_kv_bool(&j, "files", true);
    }
    jw_object_end(&j);
    if (buf_failed(&b)) {
        return err_set(e, ERR_INVALID, "the message's addresses are too long");
    }
    struct job_new job = {
        .kind = kind,
        .lane = conversation_lane(p, "send", m->conversation_id),
        .payload = buf_str(&b),
        .now = m->now,
        .message_id = id,
    };
    int rc = earliest(db, p, m, &job.run_at, e);
    return rc < 0 ? rc : jobs_add_new(db, &job, e);
}

int outbox_add(struct db *db, struct pool *p, const struct outbox_message *m, struct id *id_out,
               struct err *e)
{
    struct id id = id_new();
    struct message_new message = {
        .id = id.text,
        .conversation_id = m->conversation_id,
        .direction = "outbound",
        .content = m->body,
        .at = m->now,
        .processed = true,
    };
    int rc = check(m, e);
    if (rc == 0) {
        rc = check_consent(db, p, m, e);
    }
    if (rc == 0) {
        rc = check_window(db, p, m, e);
    }
    if (rc == 0) {
        rc = metadata_of(p, m, &message.metadata, e);
    }
    if (rc == 0) {
        rc = conversation_add_message(db, p, &message, e);
    }
    if (rc == 0) {
        rc = add_details(db, m, id.text, p, e);
    }
    if (rc == 0) {
        rc = order_sending(db, p, m, id.text, e);
    }
    if (rc == 0 && id_out) {
        *id_out = id;
    }
    return rc;
}

/* The message's metadata with why it was not sent. */
static int mark_metadata(struct db *db, struct pool *p, const struct message *m, const char *why,
                         struct err *e)
{
    json_t *document;
    int rc = json_read(p, m->metadata.n ? m->metadata : STR("{}"), &document, e);
    if (rc == 0 && !json_is_object(document)) {
        rc = err_set(e, ERR_INTERNAL, "a message's metadata is no object");
    }
    if (rc < 0) {
        return rc;
    }
    json_object_set_new(document, "cancelled", json_string(why));
    return messages_set_metadata(db, m->id.p, json_dump_to_pool(p, document), e);
}

int outbox_take_back(struct db *db, struct pool *p, const char *message_id, const char *why,
                     struct wall now, struct err *e)
{
    struct message m;
    int rc = messages_get(db, p, message_id, &m, e);
    if (rc < 0) {
        return rc == ERR_NOT_FOUND ? 0 : rc; /* erased meanwhile */
    }
    rc = mark_metadata(db, p, &m, why, e);
    if (rc == 0 && m.has_sms) {
        struct sms_update failed = {.message_id = message_id,
                                    .delivery_status = "failed",
                                    .error_message = why,
                                    .failed_at = now};
        rc = messages_update_sms(db, &failed, e);
    }
    if (rc == 0 && m.has_email) {
        rc = messages_set_email_status(db, message_id, "failed", e);
    }
    return rc < 0 ? rc : changes_add(db, "message", m.conversation_id.p, message_id, 0, now, e);
}

int outbox_cancel(struct db *db, struct pool *p, const char *conversation_id,
                  enum outbox_whose whose, const char *why, struct wall now, int *n_out,
                  struct err *e)
{
    struct rows jobs;
    int n = 0;
    int rc = jobs_untried(db, p, conversation_lane(p, "send", conversation_id), &jobs, e);
    for (size_t i = 0; rc == 0 && i < jobs.n; i++) {
        json_t *payload;
        rc = json_read(p, row_str(&jobs, i, 1), &payload, e);
        const char *voice = rc == 0 ? json_get_text(payload, "said_by", "") : "";
        bool assistant = strcmp(voice, voices[OUTBOX_ASSISTANT]) == 0;
        if (rc < 0 || (whose == OUTBOX_OF_ASSISTANT && !assistant)) {
            continue;
        }
        rc = jobs_remove(db, row_str(&jobs, i, 0), e);
        if (rc == 0) {
            rc = outbox_take_back(db, p, json_get_text(payload, "message_id", ""), why, now, e);
        }
        n++;
    }
    if (rc == 0 && n_out) {
        *n_out = n;
    }
    return rc;
}

bool outbox_is_of_staff(struct pool *p, struct str metadata)
{
    json_t *document;
    return metadata.n > 2 && json_read(p, metadata, &document, NULL) == 0 &&
           strcmp(json_get_text(document, "said_by", ""), voices[OUTBOX_STAFF]) == 0;
}

/* Why a message that nothing is to be done for cannot be tried again. */
static int nothing_to_retry(struct db *db, struct pool *p, const char *message_id, struct err *e)
{
    struct message m;
    int rc = messages_get(db, p, message_id, &m, e);
    if (rc < 0) {
        return rc;
    }
    if (str_eq(m.direction, STR("inbound"))) {
        return err_set(e, ERR_CONFLICT, "the message came from the customer");
    }
    if (outbox_was_cancelled(p, m.metadata)) {
        return err_set(e, ERR_CONFLICT, "the message was taken back before it was sent");
    }
    return err_set(e, ERR_CONFLICT,
                   "the provider has taken the message; if it could not deliver "
                   "it, write a new one");
}

int outbox_retry(struct db *db, struct pool *p, const char *message_id, struct wall now,
                 struct err *e)
{
    struct waiting w;
    int rc = waiting_get(db, p, message_id, &w, e);
    if (rc == ERR_NOT_FOUND) {
        return nothing_to_retry(db, p, message_id, e);
    }
    if (rc == 0 && str_eq(w.state, STR("running"))) {
        return err_set(e, ERR_CONFLICT, "the message is being sent at this moment");
    }
    if (rc == 0) {
        rc = waiting_again(db, w.job_id, now, e);
    }
    if (rc == 0) {
        rc = messages_requeue(db, message_id, e);
    }
    return rc < 0 ? rc : changes_add(db, "message", w.conversation_id.p, message_id, 0, now, e);
}

bool outbox_was_cancelled(struct pool *p, struct str metadata)
{
    json_t *document;
    return metadata.n > 2 && json_read(p, metadata, &document, NULL) == 0 &&
           json_object_get(document, "cancelled") != NULL;
}
