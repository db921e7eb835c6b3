/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of one conversation. Nothing here draws: ids come from the stream of its number. */
#include "base/buf.h"
#include "base/json_write.h"
#include "domain/booking.h"
#include "sandbox/demo_private.h"
#include "store/appointments.h"
#include "store/store.h"

static const struct sql put_conversation = {
    "INSERT INTO conversations (id, customer_id, channel, status, initiated_at, last_activity_at,"
    " completed_at, satisfaction_score, sentiment, outcome, subject, ai_summary, metadata,"
    " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
    " {put conversations.subject $11}, {put conversations.ai_summary $12},"
    " {put conversations.metadata {as_json $13}}, $5, $6)"};
static const struct sql put_message = {
    "INSERT INTO communication_messages (id, conversation_id, direction, content, sent_at,"
    " processed, metadata, created_at) VALUES ($1, $2, $3,"
    " {put communication_messages.content $4}, $5, {true},"
    " {put communication_messages.metadata {as_json $6}}, $5)"};
static const struct sql put_sms = {
    "INSERT INTO sms_details (message_id, from_number, to_number, provider_message_id,"
    " delivery_status, error_code, error_message, segments, delivered_at, failed_at) VALUES ($1,"
    " {put sms_details.from_number $2}, {put sms_details.to_number $3}, $4, $5, $6, $7, $8, $9,"
    " $10)"};
static const struct sql put_email = {
    "INSERT INTO email_details (message_id, subject, body_text, from_address, to_address,"
    " in_reply_to, provider_message_id, delivery_status) VALUES ($1,"
    " {put email_details.subject $2}, {put email_details.body_text $3},"
    " {put email_details.from_address $4}, {put email_details.to_address $5}, $6, $7, $8)"};
static const struct sql put_call = {
    "INSERT INTO voice_call_details (message_id, duration_seconds, transcript_segments,"
    " function_calls, audio_quality_score, interruption_count) VALUES ($1, $2,"
    " {put voice_call_details.transcript_segments {as_json $3}},"
    " {put voice_call_details.function_calls {as_json $4}}, $5, $6)"};
static const struct sql put_event = {
    "INSERT INTO communication_events (id, conversation_id, message_id, event_type, timestamp,"
    " details, created_at) VALUES ($1, $2, $3, $4, $5,"
    " {put communication_events.details {as_json $6}}, $5)"};
static const struct sql put_appointment = {
    "INSERT INTO appointments (customer_id, appointment_datetime, service_type, provider,"
    " provider_key, duration_minutes, buffer_minutes, status, booked_by, cancellation_reason,"
    " created_at, updated_at, cancelled_at, conversation_id) VALUES ($1, $2, $3, $4, $5, $6, $7,"
    " $8, $9, {put appointments.cancellation_reason $10}, $11, $12, $13, $14) RETURNING id"};
static const struct sql unassign = {
    "UPDATE appointments SET provider = NULL, provider_key = NULL WHERE id = $1"};

struct writing {
    struct db *db;
    struct pool *pool;
    const struct demo *demo;
    const struct talk *talk;
    struct rng rng;
    struct id id; /* of the conversation */
    struct id first_message;
    struct err *e;
};

/* One object of texts: name, value, name, value, ..., NULL. */
static struct str details(struct pool *p, const char *const *pairs)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 2000);
    struct jw j = jw_to(&b);
    jw_object(&j);
    for (; pairs[0]; pairs += 2) {
        jw_kv_text(&j, pairs[0], pairs[1]);
    }
    jw_object_end(&j);
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}
#define DETAILS(p, ...) details(p, (const char *const[]){__VA_ARGS__, NULL})

static int write_event(struct writing *w, const char *type, struct wall at, struct str json)
{
    struct id id = rng_id(&w->rng, at);
    return db_exec(w->db, &put_event,
                   ARGS(A_TEXT(id.text), A_TEXT(w->id.text), A_TEXT(w->first_message.text),
                        A_TEXT(type), A_WALL(at), A_STR(json)),
                   w->e);
}

static int write_conversation(struct writing *w)
{
    const struct talk *t = w->talk;
    bool open = strcmp(t->status, "active") == 0;
    struct wall done = {open ? 0 : t->ended.us};
    return db_exec(w->db, &put_conversation,
                   ARGS(A_TEXT(w->id.text), A_ID(t->person ? t->person->id : 0),
                        A_TEXT(channel_name(t->channel)), A_TEXT(t->status), A_WALL(t->began),
                        A_WALL(t->ended), A_WALL(done), A_ID(t->satisfaction), A_TEXT(t->sentiment),
                        A_TEXT(t->outcome), A_TEXT(t->subject), A_TEXT(open ? NULL : t->summary),
                        A_TEXT("{\"demo\":true}")),
                   w->e);
}

static int write_message(struct writing *w, const struct id *id, bool inbound, const char *text,
                         struct wall at)
{
    return db_exec(w->db, &put_message,
                   ARGS(A_TEXT(id->text), A_TEXT(w->id.text),
                        A_TEXT(inbound ? "inbound" : "outbound"), A_TEXT(text), A_WALL(at),
                        A_TEXT("{}")),
                   w->e);
}

static const char *hex32(struct writing *w, const char *prefix)
{
    uint64_t a = rng_next(&w->rng), b = rng_next(&w->rng);
    return pool_printf(w->pool, "%s%016llx%016llx", prefix, (unsigned long long)a,
                       (unsigned long long)b);
}

static int write_sms(struct writing *w, const struct id *id, const struct line *l)
{
    static const char *const errors[][2] = {{"30003", "Unreachable destination handset"},
                                            {"30005", "Unknown destination handset"},
                                            {"30006", "Landline or unreachable carrier"}};
    const char *theirs = w->talk->person->phone, *ours = "+15550199999";
    double fate = rng_unit(&w->rng);
    int which = fate < 0.012 && !l->inbound ? rng_below(&w->rng, 3) : -1;
    const char *status = l->inbound     ? "received"
                         : which >= 0   ? "undelivered"
                         : fate > 0.985 ? "sent"
                                        : "delivered";
    struct wall later = {l->at.us + (1 + rng_below(&w->rng, 4)) * US_PER_SECOND};
    size_t length = strlen(l->text);
    int64_t segments = length <= 160 ? 1 : (int64_t)(length + 152) / 153;
    struct arg delivered = strcmp(status, "delivered") == 0 ? A_WALL(later) : A_NULL;
    return db_exec(w->db, &put_sms,
                   ARGS(A_TEXT(id->text), A_TEXT(l->inbound ? theirs : ours),
                        A_TEXT(l->inbound ? ours : theirs), A_TEXT(hex32(w, "SM")), A_TEXT(status),
                        A_TEXT(which >= 0 ? errors[which][0] : NULL),
                        A_TEXT(which >= 0 ? errors[which][1] : NULL), A_I64(segments), delivered,
                        which >= 0 ? A_WALL(later) : A_NULL),
                   w->e);
}

static int write_email(struct writing *w, const struct id *id, const struct line *l,
                       const char **before)
{
    const char *theirs = w->talk->person->email, *ours = "desk@example.com";
    const char *message_id = pool_printf(w->pool, "<%s@example.com>", hex32(w, ""));
    const char *subject =
        *before ? pool_printf(w->pool, "Re: %s", w->talk->subject) : w->talk->subject;
    int rc = db_exec(w->db, &put_email,
                     ARGS(A_TEXT(id->text), A_TEXT(subject), A_TEXT(l->text),
                          A_TEXT(l->inbound ? theirs : ours), A_TEXT(l->inbound ? ours : theirs),
                          A_TEXT(*before), A_TEXT(message_id),
                          A_TEXT(l->inbound ? "received" : "delivered")),
                     w->e);
    *before = message_id;
    return rc;
}

static int write_lines(struct writing *w)
{
    const struct talk *t = w->talk;
    const char *before = NULL;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < t->n_lines; i++) {
        const struct line *l = &t->lines[i];
        struct id id = rng_id(&w->rng, l->at);
        rc = write_message(w, &id, l->inbound, l->text, l->at);
        if (i == 0) {
            w->first_message = id;
        }
        if (rc == 0 && t->channel == CHANNEL_SMS) {
            rc = write_sms(w, &id, l);
        } else if (rc == 0 && t->channel == CHANNEL_EMAIL) {
            rc = write_email(w, &id, l, &before);
        }
    }
    return rc;
}

static struct str segments_of(struct writing *w)
{
    const struct talk *t = w->talk;
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 20000);
    struct jw j = jw_to(&b);
    jw_array(&j);
    for (size_t i = 0; i < t->n_lines; i++) {
        jw_object(&j);
        jw_kv_text(&j, "speaker", t->lines[i].inbound ? "customer" : "assistant");
        jw_kv_text(&j, "text", t->lines[i].text);
        jw_kv_i64(&j, "timestamp", (t->lines[i].at.us - t->began.us) / US_PER_SECOND);
        jw_object_end(&j);
    }
    jw_array_end(&j);
    return (struct str){str_dup(w->pool, buf_str(&b)), b.len};
}

static const char *tool_of(enum story s)
{
    return s == STORY_BOOK     ? "book_appointment"
           : s == STORY_MOVE   ? "reschedule_appointment"
           : s == STORY_CANCEL ? "cancel_appointment"
                               : NULL;
}

/* A call is one message: the whole transcript. */
static int write_call(struct writing *w)
{
    const struct talk *t = w->talk;
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 20000);
    for (size_t i = 0; i < t->n_lines; i++) {
        buf_printf(&b, "%s%s: %s", i ? "\n" : "",
                   t->lines[i].inbound ? "Customer" : w->demo->facts->assistant_name,
                   t->lines[i].text);
    }
    const char *tool = tool_of(t->story);
    struct str call = DETAILS(w->pool, "name", tool ? tool : "", "result", "ok");
    const char *calls = tool ? pool_printf(w->pool, "[" STR_FMT "]", STR_ARG(call)) : "[]";
    w->first_message = rng_id(&w->rng, t->began);
    int rc = write_message(w, &w->first_message, true, str_dup(w->pool, buf_str(&b)), t->began);
    return rc != 0 ? rc
                   : db_exec(w->db, &put_call,
                             ARGS(A_TEXT(w->first_message.text), A_I64(demo_talk_seconds(t)),
                                  A_STR(segments_of(w)), A_TEXT(calls),
                                  A_DOUBLE(0.8 + 0.2 * rng_unit(&w->rng)),
                                  A_I64(rng_below(&w->rng, 3))),
                             w->e);
}

static int write_events(struct writing *w)
{
    const struct talk *t = w->talk;
    const char *tool = tool_of(t->story);
    bool open = strcmp(t->status, "active") == 0;
    int rc = write_event(w, "session_started", t->began,
                         DETAILS(w->pool, "channel", channel_name(t->channel)));
    if (rc == 0) {
        rc = write_event(w, "intent_detected", t->began,
                         DETAILS(w->pool, "intent", t->intent, "engine", "local"));
    }
    if (rc == 0 && tool && !open) {
        rc = write_event(w, "appointment_action", t->ended, DETAILS(w->pool, "action", tool));
    }
    if (rc == 0 && t->escalated) {
        rc = write_event(w, "escalation_requested", t->began,
                         DETAILS(w->pool, "reason", t->escalated));
    }
    if (rc == 0 && t->story == STORY_BROKEN) {
        rc = write_event(w, "error", t->ended,
                         DETAILS(w->pool, "what", "connection", "text", "the line was lost"));
    }
    if (rc == 0 && !open) {
        rc = write_event(w, "conversation_completed", t->ended, DETAILS(w->pool, "by", "idle"));
    }
    return rc;
}

/* Takes its times; where another has them it is nobody's yet. */
static int take_times(struct writing *w, int64_t id, struct wall at)
{
    const struct talk *t = w->talk;
    int minutes = t->service->duration_minutes + t->service->buffer_minutes;
    int64_t first = at.us / BOOKING_TIMES_US;
    int64_t after =
        first + (minutes * 60 * US_PER_SECOND + BOOKING_TIMES_US - 1) / BOOKING_TIMES_US;
    const char *who = t->provider ? t->provider->key : "";
    struct rows taken;
    int rc = db_rows(w->db, w->pool, &times_take,
                     ARGS(A_TEXT(who), A_I64(first), A_I64(after), A_I64(id)), &taken, w->e);
    if (rc == 0 && (int64_t)taken.n < after - first) {
        rc = db_exec(w->db, &times_keep, ARGS(A_TEXT(who), A_I64(0), A_I64(0), A_I64(id)), w->e);
        rc = rc < 0 ? rc : db_exec(w->db, &unassign, ARGS(A_I64(id)), w->e);
    }
    return rc;
}

static int write_visit(struct writing *w, struct wall at, const char *status)
{
    const struct talk *t = w->talk;
    const struct facts_provider *who = t->provider;
    bool cancelled = strcmp(status, "cancelled") == 0;
    bool booked_here = t->story == STORY_BOOK;
    struct rows row;
    int rc = db_rows(w->db, w->pool, &put_appointment,
                     ARGS(A_I64(t->person->id), A_WALL(at), A_TEXT(t->service->key),
                          A_TEXT(who ? who->name : NULL), A_TEXT(who ? who->key : ""),
                          A_I64(t->service->duration_minutes), A_I64(t->service->buffer_minutes),
                          A_TEXT(status), A_TEXT(rng_unit(&w->rng) < 0.85 ? "ai" : "staff"),
                          A_TEXT(cancelled ? "The customer cancelled" : NULL), A_WALL(t->began),
                          A_WALL(t->ended), cancelled ? A_WALL(t->ended) : A_NULL,
                          booked_here ? A_TEXT(w->id.text) : A_NULL),
                     &row, w->e);
    return rc < 0 || strcmp(status, "scheduled") != 0 ? rc : take_times(w, row_i64(&row, 0, 0), at);
}

static int write_visits(struct writing *w)
{
    const struct talk *t = w->talk;
    bool open = strcmp(t->status, "active") == 0;
    double fate = rng_unit(&w->rng);
    const char *now = t->visit.us > w->demo->config->now.us ? "scheduled"
                      : fate < 0.06                         ? "no_show"
                                                            : "completed";
    if (open || !t->person) {
        return 0;
    }
    switch (t->story) {
    case STORY_BOOK:
        return write_visit(w, t->visit, now);
    case STORY_CANCEL:
        return write_visit(w, t->old_visit, "cancelled");
    case STORY_MOVE: {
        int rc = write_visit(w, t->old_visit, "rescheduled");
        return rc != 0 ? rc : write_visit(w, t->visit, now);
    }
    default:
        return 0;
    }
}

int demo_talk_write(struct db *db, struct pool *p, const struct demo *d, const struct talk *t,
                    struct err *e)
{
    struct writing w = {.db = db, .pool = p, .demo = d, .talk = t, .e = e};
    w.rng = rng_of(~d->config->seed, (uint64_t)t->number);
    w.id = rng_id(&w.rng, t->began);
    int rc = write_conversation(&w);
    if (rc == 0) {
        rc = t->channel == CHANNEL_VOICE ? write_call(&w) : write_lines(&w);
    }
    if (rc == 0) {
        rc = write_events(&w);
    }
    return rc == 0 ? write_visits(&w) : rc;
}
