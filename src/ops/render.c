/* SPDX-License-Identifier: Apache-2.0 */
/* One function for each schema; members in the order in which schemas.def has them. */
#include "ops/render.h"

#include "base/codec.h"
#include "base/utf8.h"

static void render_count(struct jw *j, const char *key, int64_t n)
{
    if (n) {
        jw_kv_i64(j, key, n);
    } else {
        jw_kv_null(j, key);
    }
}

/* What both forms of a conversation end with. */
static void conversation_members(struct jw *j, const struct conversation *c)
{
    jw_kv_str(j, "channel", c->channel);
    jw_kv_str(j, "status", c->status);
    jw_kv_str(j, "initiated_at", c->initiated_at);
    jw_kv_str(j, "last_activity_at", c->last_activity_at);
    render_text(j, "completed_at", c->completed_at);
    render_count(j, "satisfaction_score", c->satisfaction_score);
    render_text(j, "sentiment", c->sentiment);
    render_text(j, "outcome", c->outcome);
    render_text(j, "subject", c->subject);
    render_text(j, "ai_summary", c->ai_summary);
    jw_kv_raw(j, "metadata", c->metadata);
    jw_key(j, "assigned_to");
    if (c->assigned_to.p) {
        jw_object(j);
        jw_kv_str(j, "id", c->assigned_to);
        jw_kv_str(j, "name", c->assigned_name);
        jw_object_end(j);
    } else {
        jw_null(j);
    }
    jw_kv_bool(j, "needs_person", c->needs_person);
    render_text(j, "snoozed_until", c->snoozed_until);
    jw_kv_raw(j, "tags", c->tags);
    if (c->has_unread) {
        jw_kv_bool(j, "unread", c->unread);
    }
}

#define PREVIEW_BYTES 160

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* One line of at most PREVIEW_BYTES, in `room`. Of a call, its last line that says something. */
static struct str preview_of(struct str content, bool call, char room[PREVIEW_BYTES])
{
    struct str s = str_trim(content);
    if (call) {
        size_t from = s.n;
        while (from > 0 && s.p[from - 1] != '\n') {
            from--;
        }
        s = (struct str){s.p + from, s.n - from};
    }
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < PREVIEW_BYTES; i++) {
        char c = is_blank(s.p[i]) ? ' ' : s.p[i];
        if (c != ' ' || (n && room[n - 1] != ' ')) {
            room[n++] = c;
        }
    }
    /* What was cut in the middle of a sequence ends before it. */
    return n < PREVIEW_BYTES ? (struct str){room, n}
                             : utf8_prefix((struct str){room, n}, PREVIEW_BYTES - 1);
}

static void render_last(struct jw *j, const struct conversation *c)
{
    char room[PREVIEW_BYTES];
    if (!c->has_last) {
        return;
    }
    if (c->last_content.p) {
        bool call = str_eq(c->channel, STR("voice"));
        jw_kv_str(j, "preview", preview_of(c->last_content, call, room));
    } else {
        jw_kv_null(j, "preview");
    }
    render_text(j, "preview_direction", c->last_direction);
}

void render_conversation_row(struct jw *j, const struct conversation *c)
{
    jw_object(j);
    jw_kv_str(j, "id", c->id);
    render_count(j, "customer_id", c->customer_id);
    render_text(j, "customer_name", c->customer_name);
    render_text(j, "customer_phone", c->customer_phone);
    conversation_members(j, c);
    render_last(j, c);
    jw_object_end(j);
}

void render_conversation(struct jw *j, const struct conversation *c)
{
    jw_object(j);
    jw_kv_str(j, "id", c->id);
    jw_key(j, "customer");
    if (c->customer_id) {
        const struct customer brief = {.id = c->customer_id,
                                       .name = c->customer_name,
                                       .phone = c->customer_phone,
                                       .email = c->customer_email};
        render_customer_brief(j, &brief);
    } else {
        jw_null(j);
    }
    conversation_members(j, c);
    jw_object_end(j);
}

static void render_voice(struct jw *j, const struct message *m)
{
    jw_key(j, "voice");
    jw_object(j);
    jw_kv_i64(j, "duration_seconds", m->voice.duration_seconds);
    render_text(j, "recording_url", m->voice.recording_url);
    jw_kv_raw(j, "transcript_segments", m->voice.transcript_segments);
    jw_kv_raw(j, "function_calls", m->voice.function_calls);
    jw_kv_i64(j, "interruption_count", m->voice.interruption_count);
    jw_object_end(j);
}

static void render_sms(struct jw *j, const struct message *m)
{
    jw_key(j, "sms");
    jw_object(j);
    jw_kv_str(j, "from_number", m->sms.from_number);
    jw_kv_str(j, "to_number", m->sms.to_number);
    jw_kv_str(j, "provider_message_id", m->sms.provider_message_id);
    render_text(j, "delivery_status", m->sms.delivery_status);
    jw_kv_i64(j, "segments", m->sms.segments);
    render_text(j, "delivered_at", m->sms.delivered_at);
    render_text(j, "read_at", m->sms.read_at);
    render_text(j, "error_code", m->sms.error_code);
    render_text(j, "error_message", m->sms.error_message);
    jw_object_end(j);
}

static void render_email(struct jw *j, const struct message *m)
{
    jw_key(j, "email");
    jw_object(j);
    jw_kv_str(j, "subject", m->email.subject);
    jw_kv_str(j, "from_address", m->email.from_address);
    jw_kv_str(j, "to_address", m->email.to_address);
    render_text(j, "body_html", m->email.body_html);
    jw_kv_raw(j, "attachments", m->email.attachments);
    render_text(j, "opened_at", m->email.opened_at);
    render_text(j, "clicked_at", m->email.clicked_at);
    render_text(j, "delivered_at", m->email.delivered_at);
    render_text(j, "delivery_status", m->email.delivery_status);
    render_text(j, "error_code", m->email.error_code);
    render_text(j, "error_message", m->email.error_message);
    jw_object_end(j);
}

void render_attachment(struct jw *j, const struct attachment *a)
{
    char url[80];
    snprintf(url, sizeof url, "/api/admin/attachments/" STR_FMT, STR_ARG(a->id));
    bool stored = str_eq(a->state, STR("stored"));
    jw_object(j);
    jw_kv_str(j, "id", a->id);
    jw_kv_i64(j, "position", a->position);
    jw_kv_str(j, "state", a->state);
    jw_kv_str(j, "declared_type", a->declared_type);
    render_text(j, "content_type", a->content_type);
    if (stored) {
        jw_kv_i64(j, "size_bytes", a->size_bytes);
    } else {
        jw_kv_null(j, "size_bytes");
    }
    render_text(j, "sha256", a->sha256);
    render_text(j, "filename", a->filename);
    render_text(j, "reason", a->reason);
    jw_kv_text(j, "url", stored ? url : NULL);
    jw_object_end(j);
}

static void render_files(struct jw *j, struct str message_id, const struct rows *files)
{
    bool any = false;
    ROWS_EACH (i, *files) {
        struct attachment a;
        attachment_from_row(files, i, &a);
        if (!str_eq(a.message_id, message_id)) {
            continue;
        }
        if (!any) {
            jw_key(j, "attachments");
            jw_array(j);
            any = true;
        }
        render_attachment(j, &a);
    }
    if (any) {
        jw_array_end(j);
    }
}

static void message_members(struct jw *j, const struct message *m)
{
    jw_kv_str(j, "id", m->id);
    jw_kv_str(j, "direction", m->direction);
    jw_kv_str(j, "content", m->content);
    jw_kv_str(j, "sent_at", m->sent_at);
    jw_kv_bool(j, "processed", m->processed);
    jw_kv_raw(j, "metadata", m->metadata);
    if (m->has_voice) {
        render_voice(j, m);
    }
    if (m->has_sms) {
        render_sms(j, m);
    }
    if (m->has_email) {
        render_email(j, m);
    }
}

void render_message(struct jw *j, const struct message *m)
{
    jw_object(j);
    message_members(j, m);
    jw_object_end(j);
}

void render_message_files(struct jw *j, const struct message *m, const struct rows *files)
{
    jw_object(j);
    message_members(j, m);
    render_files(j, m->id, files);
    jw_object_end(j);
}

void render_note(struct jw *j, const struct note *n, bool mine)
{
    jw_object(j);
    jw_kv_str(j, "id", n->id);
    jw_kv_str(j, "conversation_id", n->conversation_id);
    jw_kv_str(j, "author", n->author_name);
    jw_kv_bool(j, "mine", mine);
    jw_kv_str(j, "content", n->content);
    jw_kv_str(j, "created_at", n->created_at);
    jw_object_end(j);
}

void render_event(struct jw *j, const struct event_row *ev)
{
    jw_object(j);
    jw_kv_str(j, "id", ev->id);
    jw_kv_str(j, "event_type", ev->event_type);
    jw_kv_str(j, "timestamp", ev->timestamp);
    jw_kv_raw(j, "details", ev->details);
    render_text(j, "message_id", ev->message_id);
    jw_object_end(j);
}

static void brief_members(struct jw *j, const struct customer *c)
{
    jw_kv_i64(j, "id", c->id);
    jw_kv_str(j, "name", c->name);
    render_text(j, "phone", c->phone);
    render_text(j, "email", c->email);
}

void render_customer_brief(struct jw *j, const struct customer *c)
{
    jw_object(j);
    brief_members(j, c);
    jw_object_end(j);
}

static void render_tristate(struct jw *j, const char *key, enum tristate t)
{
    jw_key(j, key);
    if (t == TRI_UNKNOWN) {
        jw_null(j);
    } else {
        jw_bool(j, t == TRI_YES);
    }
}

void render_customer_members(struct jw *j, const struct customer *c, bool medical)
{
    brief_members(j, c);
    render_tristate(j, "is_new_client", c->is_new_client);
    render_tristate(j, "has_allergies", medical ? c->has_allergies : TRI_UNKNOWN);
    render_tristate(j, "is_pregnant", medical ? c->is_pregnant : TRI_UNKNOWN);
    render_text(j, "notes", c->notes);
    render_text(j, "zone", c->time_zone);
    render_text(j, "created_at", c->created_at);
    render_text(j, "updated_at", c->updated_at);
    render_text(j, "erased_at", c->erased_at);
}

void render_customer(struct jw *j, const struct customer *c, bool medical)
{
    jw_object(j);
    render_customer_members(j, c, medical);
    jw_object_end(j);
}

void render_appointment(struct jw *j, const struct appointment *a)
{
    jw_object(j);
    jw_kv_i64(j, "id", a->id);
    jw_kv_i64(j, "customer_id", a->customer_id);
    render_text(j, "customer_name", a->customer_name);
    jw_kv_str(j, "appointment_datetime", a->appointment_datetime);
    jw_kv_str(j, "service_type", a->service_type);
    render_text(j, "provider", a->provider);
    render_count(j, "duration_minutes", a->duration_minutes);
    render_text(j, "status", a->status);
    render_text(j, "booked_by", a->booked_by);
    render_text(j, "special_requests", a->special_requests);
    render_text(j, "cancellation_reason", a->cancellation_reason);
    render_text(j, "cancelled_at", a->cancelled_at);
    render_text(j, "created_at", a->created_at);
    render_text(j, "provider_key", a->provider_key);
    jw_kv_i64(j, "buffer_minutes", a->buffer_minutes);
    if (a->listed) {
        render_text(j, "service_name", a->service_name);
        jw_kv_bool(j, "conflicts", a->conflicts);
    }
    jw_object_end(j);
}

void render_page(struct jw *j, int64_t total, int64_t page, int64_t page_size)
{
    jw_kv_i64(j, "total", total);
    jw_kv_i64(j, "page", page);
    jw_kv_i64(j, "page_size", page_size);
    jw_kv_i64(j, "total_pages", (total + page_size - 1) / page_size);
}

char *cursor_make(struct pool *p, struct str at, struct str id)
{
    const char *plain = pool_printf(p, STR_FMT "|" STR_FMT, STR_ARG(at), STR_ARG(id));
    return base64url_encode(p, plain, strlen(plain));
}

int cursor_read(struct pool *p, const char *cursor, const char **at_out, const char **id_out,
                struct err *e)
{
    struct str plain;
    struct wall at;
    struct id id;
    int64_t number;
    if (base64_decode(p, str_of(cursor), &plain)) {
        struct str rest = plain;
        struct str time = str_cut(&rest, '|');
        if (rest.p && wall_parse(time, &at) && (id_parse(rest, &id) || str_to_i64(rest, &number))) {
            *at_out = str_dup(p, time);
            *id_out = str_dup(p, rest);
            return 0;
        }
    }
    return err_field(e, ERR_MALFORMED, "cursor",
                     "the cursor is not one of ours; take next_cursor of the page before");
}
