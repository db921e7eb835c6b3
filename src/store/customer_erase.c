/* SPDX-License-Identifier: Apache-2.0 */
/* A statement for each table that has something of a customer. */
#include "store/customer_erase.h"

#define TALKS "(SELECT id FROM conversations WHERE customer_id = $1)"
#define MESSAGES                                                                                   \
    "(SELECT m.id FROM communication_messages m JOIN conversations c ON c.id = m.conversation_id " \
    "WHERE c.customer_id = $1)"
#define RECORDS "(id = $1 OR merged_into = $1)"

static const struct sql hindrances = {
    "SELECT (SELECT count(*) FROM appointments WHERE customer_id = $1 AND status = 'scheduled' AND "
    "appointment_datetime > $2), (SELECT count(*) FROM voice_calls v JOIN conversations c ON "
    "c.id = v.conversation_id WHERE c.customer_id = $1 AND v.live = {true}), (SELECT count(*) FROM "
    "jobs j JOIN conversations c ON j.lane = 'send:' || {as_text c.id} OR j.lane = 'turn:' || "
    "{as_text c.id} WHERE c.customer_id = $1 AND j.state = 'running')"};

static const struct sql metadata_of = {
    "SELECT m.id, m.metadata FROM communication_messages m JOIN conversations c ON "
    "c.id = m.conversation_id WHERE c.customer_id = $1 AND m.direction = 'outbound'"};
static const struct sql details_of = {
    "SELECT ev.id, ev.details FROM communication_events ev JOIN conversations c ON "
    "c.id = ev.conversation_id WHERE c.customer_id = $1 AND ev.event_type IN ('session_started', "
    "'intent_detected', 'function_called', 'appointment_action', 'conversation_scored', "
    "'model_asked')"};
static const struct sql set_metadata = {
    "UPDATE communication_messages SET metadata = {put communication_messages.metadata {as_json "
    "$2}} WHERE id = $1"};
static const struct sql set_details = {
    "UPDATE communication_events SET details = {put communication_events.details {as_json $2}} "
    "WHERE id = $1"};
static const struct sql entries_of = {
    "SELECT id FROM appointments WHERE customer_id = $1 AND calendar_event_id IS NOT NULL"};

/* Jobs go first: nothing is to be said any more. Argument: customer. */
static const struct sql deletes[] = {
    {"DELETE FROM jobs WHERE state <> 'running' AND lane IN (SELECT k.kind || {as_text c.id} FROM "
     "conversations c CROSS JOIN (SELECT 'send:' AS kind UNION ALL SELECT 'turn:' UNION ALL SELECT "
     "'score:') k WHERE c.customer_id = $1)"},
    {"DELETE FROM uploads WHERE conversation_id IN " TALKS},
    {"DELETE FROM attachments WHERE conversation_id IN " TALKS},
    {"DELETE FROM conversation_states WHERE conversation_id IN " TALKS},
    {"DELETE FROM conversation_notes WHERE conversation_id IN " TALKS},
    {"DELETE FROM conversation_tags WHERE conversation_id IN " TALKS},
    {"DELETE FROM web_visitors WHERE id IN (SELECT visitor_id FROM web_conversations WHERE "
     "conversation_id IN " TALKS ")"},
    {"DELETE FROM customer_notes WHERE customer_id = $1"},
    {"DELETE FROM customer_distinct WHERE low_id = $1 OR high_id = $1"},
    {"DELETE FROM customer_merges WHERE kept_id = $1 OR merged_id = $1 OR merged_id IN (SELECT id "
     "FROM customers WHERE merged_into = $1)"},
    {"UPDATE conversation_holds SET note = NULL, over = {true} WHERE conversation_id IN " TALKS},
    {"UPDATE appointments SET special_requests = NULL, cancellation_reason = NULL, link_key = NULL "
     "WHERE customer_id = $1"},
    {"UPDATE voice_calls SET kept = NULL, earlier = NULL, holder = NULL WHERE conversation_id "
     "IN " TALKS},
    {"UPDATE telephone_calls SET caller = NULL, called = NULL, summary = NULL, opening = NULL, "
     "machine_message = NULL, "
     "reason = NULL WHERE customer_id = $1"},
    {"UPDATE voice_call_details SET recording_url = NULL, transcript_segments = NULL, "
     "function_calls = NULL WHERE message_id IN " MESSAGES},
};

/* Arguments: customer, then an empty text for each personal column that is blanked. */
struct blank {
    struct sql sql;
    int texts;
};
static const struct blank texts[] = {
    {{"UPDATE communication_messages SET content = {put communication_messages.content $2}, "
      "processing_error = NULL, processed = {true} WHERE conversation_id IN " TALKS},
     1},
    {{"UPDATE email_details SET subject = {put email_details.subject $2}, body_html = NULL, "
      "body_text = {put email_details.body_text $3}, from_address = {put "
      "email_details.from_address $4}, to_address = {put email_details.to_address $5}, "
      "cc_addresses = NULL, bcc_addresses = NULL, attachments = NULL, in_reply_to = NULL, "
      "\"references\" = NULL, provider_message_id = NULL, error_message = NULL WHERE message_id "
      "IN " MESSAGES},
     4},
    {{"UPDATE sms_details SET from_number = {put sms_details.from_number $2}, to_number = {put "
      "sms_details.to_number $3}, media_urls = NULL, error_message = NULL, provider_message_id = "
      "'' WHERE message_id IN " MESSAGES},
     2},
    {{"UPDATE inbound_requests SET body = {put inbound_requests.body $2}, headers = "
      "{empty_json}, target = '' WHERE message_id IN " MESSAGES},
     1},
};

/* Arguments: customer, the empty object. */
static const struct sql objects[] = {
    {"UPDATE communication_messages SET metadata = {put communication_messages.metadata {as_json "
     "$2}} WHERE conversation_id IN " TALKS},
    {"UPDATE communication_events SET details = {put communication_events.details {as_json $2}} "
     "WHERE conversation_id IN " TALKS},
};

/* Arguments: customer, the empty object, when. */
static const struct sql blank_talks = {
    "UPDATE conversations SET subject = NULL, ai_summary = NULL, metadata = {put "
    "conversations.metadata {as_json $2}}, status = CASE WHEN status = 'active' THEN 'completed' "
    "ELSE status END, completed_at = coalesce(completed_at, $3), needs_person = {false}, "
    "snoozed_until = NULL, updated_at = $3 WHERE customer_id = $1"};

static const struct sql blank_records = {"UPDATE customers SET name = {put customers.name $2}, "
                                         "phone = NULL, email = NULL, notes = NULL, "
                                         "is_new_client = NULL, has_allergies = NULL, is_pregnant "
                                         "= NULL, time_zone = NULL, updated_at = "
                                         "$3, erased_at = $3, erased_by = $4 WHERE " RECORDS};

static const struct sql forget_contact = {
    "DELETE FROM whatsapp_contacts WHERE {match whatsapp_contacts.address $1}"};

int customer_erase_hindrances(struct db *db, struct pool *p, int64_t id, struct wall now,
                              struct customer_erase_hindrances *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &hindrances, ARGS(A_I64(id), A_WALL(now)), &r, e);
    if (rc == 0) {
        *out = (struct customer_erase_hindrances){row_i64(&r, 0, 0), row_i64(&r, 0, 1),
                                                  row_i64(&r, 0, 2)};
    }
    return rc;
}

int customer_erase_metadata(struct db *db, struct pool *p, int64_t id, struct rows *out,
                            struct err *e)
{
    return db_rows(db, p, &metadata_of, ARGS(A_I64(id)), out, e);
}

int customer_erase_details(struct db *db, struct pool *p, int64_t id, struct rows *out,
                           struct err *e)
{
    return db_rows(db, p, &details_of, ARGS(A_I64(id)), out, e);
}

int customer_erase_set_metadata(struct db *db, const char *message_id, struct str metadata,
                                struct err *e)
{
    return db_exec(db, &set_metadata, ARGS(A_TEXT(message_id), A_STR(metadata)), e);
}

int customer_erase_set_details(struct db *db, const char *event_id, struct str details,
                               struct err *e)
{
    return db_exec(db, &set_details, ARGS(A_TEXT(event_id), A_STR(details)), e);
}

int customer_erase_entries(struct db *db, struct pool *p, int64_t id, struct rows *out,
                           struct err *e)
{
    return db_rows(db, p, &entries_of, ARGS(A_I64(id)), out, e);
}

int customer_erase_content(struct db *db, int64_t id, const char *name, const char *by,
                           struct wall at, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(deletes); i++) {
        rc = db_exec(db, &deletes[i], ARGS(A_I64(id)), e);
    }
    const struct arg none[] = {A_I64(id), A_TEXT(""), A_TEXT(""), A_TEXT(""), A_TEXT("")};
    for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(texts); i++) {
        rc = db_exec(db, &texts[i].sql, none, (size_t)texts[i].texts + 1, e);
    }
    for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(objects); i++) {
        rc = db_exec(db, &objects[i], ARGS(A_I64(id), A_TEXT("{}")), e);
    }
    rc = rc < 0 ? rc : db_exec(db, &blank_talks, ARGS(A_I64(id), A_TEXT("{}"), A_WALL(at)), e);
    return rc < 0 ? rc
                  : db_exec(db, &blank_records,
                            ARGS(A_I64(id), A_TEXT(name), A_WALL(at), A_TEXT(by)), e);
}

int customer_erase_address(struct db *db, const char *address, struct err *e)
{
    return db_exec(db, &forget_contact, ARGS(A_TEXT(address)), e);
}
