/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on messages, the details each channel adds to them, and the events of a conversation.
 * Times read are texts in canonical form. What is read lives in the pool.
 */
#ifndef STORE_MESSAGES_H
#define STORE_MESSAGES_H

#include "store/store.h"

struct message {
    struct str id, conversation_id, direction, content, sent_at, metadata;
    bool processed;

    bool has_voice;
    struct {
        struct str recording_url, transcript_segments, function_calls;
        int64_t duration_seconds, interruption_count;
    } voice;

    bool has_sms;
    struct {
        struct str from_number, to_number, provider_message_id, delivery_status, delivered_at;
        struct str read_at; /* by the customer, where the channel tells */
        struct str error_code, error_message;
        int64_t segments;
    } sms;

    bool has_email;
    struct {
        struct str subject, from_address, to_address, body_html, attachments, opened_at;
        struct str delivery_status, clicked_at, delivered_at, error_code, error_message;
    } email;
};

/* One message; ERR_NOT_FOUND when there is none. */
NODISCARD int messages_get(struct db *db, struct pool *p, const char *id, struct message *out,
                           struct err *e);

/* Messages of a conversation by sent_at, with their details: a query of one argument, whose result
 * messages_in_order then puts into its exact order. */
struct query messages_query(const struct arg *conversation_id, struct rows *rows);
void messages_in_order(struct rows *rows);
void message_from_row(const struct rows *r, size_t i, struct message *m);

struct message_new {
    const char *id, *conversation_id, *direction;
    struct str content;
    struct wall at;
    bool processed;
    struct str metadata; /* JSON; empty: {} */
};
NODISCARD int messages_insert(struct db *db, const struct message_new *m, struct err *e);
NODISCARD int messages_set_processed(struct db *db, const char *id, const char *error,
                                     struct err *e);

/* The inbound ones of a conversation that are not processed, newest first, at most 200: a query of
 * one argument; rows of id, sent_at, content. */
struct query messages_waiting_query(const struct arg *conversation_id, struct rows *rows);
/* Not processed any more. */
NODISCARD int messages_set_waiting(struct db *db, const char *id, struct err *e);

/* Puts another metadata document (JSON) in place of the one that is there. */
NODISCARD int messages_set_metadata(struct db *db, const char *id, struct str metadata,
                                    struct err *e);

struct voice_new {
    const char *message_id, *recording_url;
    int64_t duration_seconds, interruption_count;
    struct str transcript_segments, function_calls; /* JSON; p == NULL: none */
    bool has_quality;
    double audio_quality_score;
};
NODISCARD int messages_insert_voice(struct db *db, const struct voice_new *v, struct err *e);

struct sms_new {
    const char *message_id, *from_number, *to_number;
    const char *provider_message_id; /* "": not yet known */
    const char *delivery_status, *error_code, *error_message;
    int64_t segments;
    struct str media_urls; /* JSON array; p == NULL: none */
    struct wall delivered_at, failed_at;
};
NODISCARD int messages_insert_sms(struct db *db, const struct sms_new *s, struct err *e);

struct email_new {
    const char *message_id, *subject, *body_html, *body_text, *from_address, *to_address;
    struct str cc_addresses, bcc_addresses, references, attachments; /* JSON; p == NULL: none */
    const char *in_reply_to, *provider_message_id, *delivery_status;
};
NODISCARD int messages_insert_email(struct db *db, const struct email_new *m, struct err *e);

/* The delivery_status of an e-mail; nothing for a message that is none. */
NODISCARD int messages_set_email_status(struct db *db, const char *id, const char *delivery_status,
                                        struct err *e);

/* Where an outbound text is. By message id when `message_id` is given, else by provider id. */
struct sms_state {
    struct str message_id, conversation_id, provider_message_id, delivery_status;
    struct str from_number, to_number, content, channel;
    bool read; /* by the customer */
};
/* ERR_NOT_FOUND when there is none. Locks the row until the transaction's end. */
NODISCARD int messages_sms_state(struct db *db, struct pool *p, const char *message_id,
                                 const char *provider_message_id, struct sms_state *out,
                                 struct err *e);

/* NULL and 0 keep what is there. */
struct sms_update {
    const char *message_id, *provider_message_id, *delivery_status, *error_code, *error_message;
    int64_t segments;
    struct wall delivered_at, failed_at, read_at;
};
NODISCARD int messages_update_sms(struct db *db, const struct sms_update *u, struct err *e);

/* A text or an e-mail that failed before a provider took it is queued again, without its error. */
NODISCARD int messages_requeue(struct db *db, const char *message_id, struct err *e);

/* Does a provider's message belong to another message of ours than this one? */
NODISCARD int messages_sms_taken(struct db *db, struct pool *p, const char *provider_message_id,
                                 const char *message_id, bool *out, struct err *e);

/* The provider's id of the last text that came in there; n == 0 when there is none. */
NODISCARD int messages_last_inbound(struct db *db, struct pool *p, const char *conversation_id,
                                    struct str *provider_id_out, struct err *e);

struct event_row {
    struct str id, message_id, event_type, timestamp, details;
};
/* Events of a conversation by time: a query of one argument, and what puts its result in order. */
struct query events_query(const struct arg *conversation_id, struct rows *rows);
void events_in_order(struct rows *rows);
void event_from_row(const struct rows *r, size_t i, struct event_row *out);

struct event_new {
    const char *id, *conversation_id, *message_id, *type;
    struct wall at;
    struct str details; /* JSON; empty: {} */
};
NODISCARD int events_insert(struct db *db, const struct event_new *ev, struct err *e);

/* A conversation is read whole, up to so many messages and events: no real one has as many. */
#define MESSAGES_OF_CONVERSATION_MAX 5000

#endif
