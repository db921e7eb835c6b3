/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message is read together with whichever of the three details it has: three primary-key joins
 * cost less than three more statements. A missing detail is told by its NOT NULL column.
 */
#include "store/messages.h"

#define COLUMNS                                                                                    \
    "m.id, m.conversation_id, m.direction, m.content, m.sent_at, m.processed, m.metadata, "        \
    "v.duration_seconds, v.recording_url, v.transcript_segments, v.function_calls, "               \
    "v.interruption_count, s.from_number, s.to_number, s.provider_message_id, "                    \
    "s.delivery_status, s.segments, s.delivered_at, s.error_code, s.error_message, "               \
    "e.subject, e.from_address, e.to_address, e.body_html, e.attachments, e.opened_at, "           \
    "e.delivery_status, s.read_at, e.clicked_at, e.delivered_at, e.error_code, e.error_message"
#define FROM                                                                                       \
    " FROM communication_messages m LEFT JOIN voice_call_details v ON v.message_id = m.id "        \
    "LEFT JOIN sms_details s ON s.message_id = m.id "                                              \
    "LEFT JOIN email_details e ON e.message_id = m.id "

static const struct sql get_one = {"SELECT " COLUMNS FROM "WHERE m.id = $1"};

/* Ordered by time only, as the index has it; order_ties puts equal times in the ids' order. The
 * limit is MESSAGES_OF_CONVERSATION_MAX: no real conversation has so many. */
static const struct sql of_conversation = {
    "SELECT " COLUMNS FROM "WHERE m.conversation_id = $1 ORDER BY m.sent_at LIMIT 5000"};

static const struct sql insert = {
    "INSERT INTO communication_messages (id, conversation_id, direction, content, sent_at, "
    "processed, metadata, created_at) VALUES ($1, $2, $3, "
    "{put communication_messages.content $4}, $5, $6, "
    "{put communication_messages.metadata {as_json $7}}, $5)"};

static const struct sql set_processed = {
    "UPDATE communication_messages SET processed = {true}, processing_error = $2 WHERE id = $1"};

/* Texts that wait for an answer. */
static const struct sql waiting = {
    "SELECT id, sent_at, content FROM communication_messages WHERE conversation_id = $1 AND "
    "direction = 'inbound' AND processed = {false} ORDER BY sent_at DESC, id DESC LIMIT 200"};

static const struct sql set_waiting = {
    "UPDATE communication_messages SET processed = {false} WHERE id = $1"};

static const struct sql set_metadata = {
    "UPDATE communication_messages SET metadata = {put communication_messages.metadata "
    "{as_json $2}} WHERE id = $1"};

static const struct sql set_email_status = {
    "UPDATE email_details SET delivery_status = $2 WHERE message_id = $1"};

static const struct sql insert_voice = {
    "INSERT INTO voice_call_details (message_id, recording_url, duration_seconds, "
    "transcript_segments, function_calls, audio_quality_score, interruption_count) VALUES ($1, "
    "{put voice_call_details.recording_url $2}, $3, "
    "{put voice_call_details.transcript_segments {as_json $4}}, "
    "{put voice_call_details.function_calls {as_json $5}}, $6, $7)"};

static const struct sql insert_sms = {
    "INSERT INTO sms_details (message_id, from_number, to_number, provider_message_id, "
    "delivery_status, error_code, error_message, segments, media_urls, delivered_at, failed_at) "
    "VALUES ($1, {put sms_details.from_number $2}, {put sms_details.to_number $3}, $4, $5, $6, $7, "
    "$8, {put sms_details.media_urls {as_list $9}}, $10, $11)"};

static const struct sql insert_email = {
    "INSERT INTO email_details (message_id, subject, body_html, body_text, from_address, "
    "to_address, cc_addresses, bcc_addresses, in_reply_to, \"references\", attachments, "
    "provider_message_id, delivery_status) VALUES ($1, {put email_details.subject $2}, "
    "{put email_details.body_html $3}, {put email_details.body_text $4}, "
    "{put email_details.from_address $5}, {put email_details.to_address $6}, "
    "{put email_details.cc_addresses {as_list $7}}, "
    "{put email_details.bcc_addresses {as_list $8}}, $9, {as_list $10}, "
    "{put email_details.attachments {as_json $11}}, $12, $13)"};

#define SMS_STATE                                                                                  \
    "SELECT s.message_id, m.conversation_id, s.provider_message_id, s.delivery_status, "           \
    "s.from_number, s.to_number, m.content, c.channel, s.read_at FROM sms_details s JOIN "         \
    "communication_messages m ON m.id = s.message_id JOIN conversations c ON "                     \
    "c.id = m.conversation_id WHERE "
static const struct sql sms_by_message = {SMS_STATE "s.message_id = $1 {for_update_of s}"};
static const struct sql sms_by_provider = {SMS_STATE
                                           "s.provider_message_id = $1 {for_update_of s}"};

static const struct sql update_sms = {
    "UPDATE sms_details SET provider_message_id = coalesce($2, provider_message_id), "
    "delivery_status = coalesce($3, delivery_status), error_code = coalesce($4, error_code), "
    "error_message = coalesce($5, error_message), segments = coalesce($6, segments), "
    "delivered_at = coalesce($7, delivered_at), failed_at = coalesce($8, failed_at), "
    "read_at = coalesce($9, read_at) "
    "WHERE message_id = $1"};

static const struct sql requeue_sms = {
    "UPDATE sms_details SET delivery_status = 'queued', error_code = NULL, error_message = NULL, "
    "failed_at = NULL WHERE message_id = $1 AND provider_message_id = ''"};
static const struct sql requeue_email = {
    "UPDATE email_details SET delivery_status = 'queued', error_code = NULL, error_message = NULL, "
    "failed_at = NULL WHERE message_id = $1 AND coalesce(provider_message_id, '') = ''"};

static const struct sql sms_taken = {
    "SELECT 1 FROM sms_details WHERE provider_message_id = $1 AND message_id <> $2 LIMIT 1"};

static const struct sql last_inbound = {
    "SELECT s.provider_message_id FROM communication_messages m JOIN sms_details s ON "
    "s.message_id = m.id WHERE m.conversation_id = $1 AND m.direction = 'inbound' ORDER BY "
    "m.sent_at DESC, m.id DESC LIMIT 1"};

static const struct sql events_of = {
    "SELECT id, message_id, event_type, timestamp, details FROM communication_events WHERE "
    "conversation_id = $1 ORDER BY timestamp LIMIT 5000"};

static const struct sql insert_event = {
    "INSERT INTO communication_events (id, conversation_id, message_id, event_type, timestamp, "
    "details, created_at) VALUES ($1, $2, $3, $4, $5, "
    "{put communication_events.details {as_json $6}}, $5)"};

void message_from_row(const struct rows *r, size_t i, struct message *m)
{
    *m = (struct message){
        .id = row_str(r, i, 0),
        .conversation_id = row_str(r, i, 1),
        .direction = row_str(r, i, 2),
        .content = row_str(r, i, 3),
        .sent_at = row_str(r, i, 4),
        .processed = row_bool(r, i, 5),
        .metadata = row_str(r, i, 6),
        .has_voice = !row_is_null(r, i, 7),
        .has_sms = !row_is_null(r, i, 12),
        .has_email = !row_is_null(r, i, 20),
    };
    if (m->has_voice) {
        m->voice.duration_seconds = row_i64(r, i, 7);
        m->voice.recording_url = row_str(r, i, 8);
        m->voice.transcript_segments = row_str(r, i, 9);
        m->voice.function_calls = row_str(r, i, 10);
        m->voice.interruption_count = row_i64(r, i, 11);
    }
    if (m->has_sms) {
        m->sms.from_number = row_str(r, i, 12);
        m->sms.to_number = row_str(r, i, 13);
        m->sms.provider_message_id = row_str(r, i, 14);
        m->sms.delivery_status = row_str(r, i, 15);
        m->sms.segments = row_i64(r, i, 16);
        m->sms.delivered_at = row_str(r, i, 17);
        m->sms.error_code = row_str(r, i, 18);
        m->sms.error_message = row_str(r, i, 19);
        m->sms.read_at = row_str(r, i, 27);
    }
    if (m->has_email) {
        m->email.subject = row_str(r, i, 20);
        m->email.from_address = row_str(r, i, 21);
        m->email.to_address = row_str(r, i, 22);
        m->email.body_html = row_str(r, i, 23);
        m->email.attachments = row_str(r, i, 24);
        m->email.opened_at = row_str(r, i, 25);
        m->email.delivery_status = row_str(r, i, 26);
        m->email.clicked_at = row_str(r, i, 28);
        m->email.delivered_at = row_str(r, i, 29);
        m->email.error_code = row_str(r, i, 30);
        m->email.error_message = row_str(r, i, 31);
    }
}

/* What happened in one transaction has one time, and ids in the order in which it was written. */
static void order_ties(struct rows *r, size_t id_column, size_t time_column)
{
    for (size_t i = 1; i < r->n; i++) {
        for (size_t k = i; k > 0; k--) {
            struct str *a = r->cells + (k - 1) * r->columns, *b = a + r->columns;
            if (!str_eq(a[time_column], b[time_column]) ||
                strcmp(a[id_column].p, b[id_column].p) <= 0) {
                break;
            }
            for (size_t c = 0; c < r->columns; c++) {
                struct str swap = a[c];
                a[c] = b[c];
                b[c] = swap;
            }
        }
    }
}

void messages_in_order(struct rows *r)
{
    order_ties(r, 0, 4);
}

void events_in_order(struct rows *r)
{
    order_ties(r, 0, 3);
}

struct query messages_query(const struct arg *conversation_id, struct rows *rows)
{
    return (struct query){&of_conversation, conversation_id, 1, rows};
}

int messages_get(struct db *db, struct pool *p, const char *id, struct message *out, struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &get_one, ARGS(A_TEXT(id)), &rows, e);
    if (rc < 0) {
        return rc;
    }
    if (rows.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no message %s", id);
    }
    message_from_row(&rows, 0, out);
    return 0;
}

int messages_insert(struct db *db, const struct message_new *m, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_TEXT(m->id), A_TEXT(m->conversation_id), A_TEXT(m->direction),
                        A_STR(m->content), A_WALL(m->at), A_BOOL(m->processed),
                        A_STR(m->metadata.n ? m->metadata : STR("{}"))),
                   e);
}

int messages_set_processed(struct db *db, const char *id, const char *error, struct err *e)
{
    return db_exec(db, &set_processed, ARGS(A_TEXT(id), A_TEXT(error)), e);
}

struct query messages_waiting_query(const struct arg *conversation_id, struct rows *rows)
{
    return (struct query){&waiting, conversation_id, 1, rows};
}

int messages_set_waiting(struct db *db, const char *id, struct err *e)
{
    return db_exec(db, &set_waiting, ARGS(A_TEXT(id)), e);
}

int messages_set_metadata(struct db *db, const char *id, struct str metadata, struct err *e)
{
    return db_exec(db, &set_metadata, ARGS(A_TEXT(id), A_STR(metadata)), e);
}

int messages_set_email_status(struct db *db, const char *id, const char *delivery_status,
                              struct err *e)
{
    return db_exec(db, &set_email_status, ARGS(A_TEXT(id), A_TEXT(delivery_status)), e);
}

int messages_insert_voice(struct db *db, const struct voice_new *v, struct err *e)
{
    return db_exec(db, &insert_voice,
                   ARGS(A_TEXT(v->message_id), A_TEXT(v->recording_url), A_I64(v->duration_seconds),
                        A_STR(v->transcript_segments), A_STR(v->function_calls),
                        v->has_quality ? A_DOUBLE(v->audio_quality_score) : A_NULL,
                        A_I64(v->interruption_count)),
                   e);
}

int messages_insert_sms(struct db *db, const struct sms_new *s, struct err *e)
{
    return db_exec(db, &insert_sms,
                   ARGS(A_TEXT(s->message_id), A_TEXT(s->from_number), A_TEXT(s->to_number),
                        A_TEXT(s->provider_message_id), A_TEXT(s->delivery_status),
                        A_TEXT(s->error_code), A_TEXT(s->error_message), A_I64(s->segments),
                        A_STR(s->media_urls), A_WALL(s->delivered_at), A_WALL(s->failed_at)),
                   e);
}

int messages_insert_email(struct db *db, const struct email_new *m, struct err *e)
{
    return db_exec(db, &insert_email,
                   ARGS(A_TEXT(m->message_id), A_TEXT(m->subject), A_TEXT(m->body_html),
                        A_TEXT(m->body_text), A_TEXT(m->from_address), A_TEXT(m->to_address),
                        A_STR(m->cc_addresses), A_STR(m->bcc_addresses), A_TEXT(m->in_reply_to),
                        A_STR(m->references), A_STR(m->attachments), A_TEXT(m->provider_message_id),
                        A_TEXT(m->delivery_status)),
                   e);
}

int messages_sms_state(struct db *db, struct pool *p, const char *message_id,
                       const char *provider_message_id, struct sms_state *out, struct err *e)
{
    struct rows r;
    const struct sql *sql = message_id ? &sms_by_message : &sms_by_provider;
    const char *key = message_id ? message_id : provider_message_id;
    int rc = db_rows(db, p, sql, ARGS(A_TEXT(key)), &r, e);
    if (rc < 0) {
        return rc;
    }
    if (r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such text message");
    }
    *out = (struct sms_state){row_str(&r, 0, 0), row_str(&r, 0, 1), row_str(&r, 0, 2),
                              row_str(&r, 0, 3), row_str(&r, 0, 4), row_str(&r, 0, 5),
                              row_str(&r, 0, 6), row_str(&r, 0, 7), !row_is_null(&r, 0, 8)};
    return 0;
}

int messages_update_sms(struct db *db, const struct sms_update *u, struct err *e)
{
    return db_exec(db, &update_sms,
                   ARGS(A_TEXT(u->message_id), A_TEXT(u->provider_message_id),
                        A_TEXT(u->delivery_status), A_TEXT(u->error_code), A_TEXT(u->error_message),
                        A_ID(u->segments), A_WALL(u->delivered_at), A_WALL(u->failed_at),
                        A_WALL(u->read_at)),
                   e);
}

int messages_requeue(struct db *db, const char *message_id, struct err *e)
{
    int rc = db_exec(db, &requeue_sms, ARGS(A_TEXT(message_id)), e);
    return rc < 0 ? rc : db_exec(db, &requeue_email, ARGS(A_TEXT(message_id)), e);
}

int messages_sms_taken(struct db *db, struct pool *p, const char *provider_message_id,
                       const char *message_id, bool *out, struct err *e)
{
    struct rows r;
    int rc =
        db_rows(db, p, &sms_taken, ARGS(A_TEXT(provider_message_id), A_TEXT(message_id)), &r, e);
    if (rc == 0) {
        *out = r.n > 0;
    }
    return rc;
}

int messages_last_inbound(struct db *db, struct pool *p, const char *conversation_id,
                          struct str *provider_id_out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &last_inbound, ARGS(A_TEXT(conversation_id)), &r, e);
    if (rc == 0) {
        *provider_id_out = r.n ? row_str(&r, 0, 0) : STR("");
    }
    return rc;
}

struct query events_query(const struct arg *conversation_id, struct rows *rows)
{
    return (struct query){&events_of, conversation_id, 1, rows};
}

void event_from_row(const struct rows *r, size_t i, struct event_row *out)
{
    *out = (struct event_row){row_str(r, i, 0), row_str(r, i, 1), row_str(r, i, 2),
                              row_str(r, i, 3), row_str(r, i, 4)};
}

int events_insert(struct db *db, const struct event_new *ev, struct err *e)
{
    return db_exec(db, &insert_event,
                   ARGS(A_TEXT(ev->id), A_TEXT(ev->conversation_id), A_TEXT(ev->message_id),
                        A_TEXT(ev->type), A_WALL(ev->at),
                        A_STR(ev->details.n ? ev->details : STR("{}"))),
                   e);
}
