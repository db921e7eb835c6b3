/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of a call is locked first, and its state decides, so that two who finish a call at the
 * same time, its own server and one that takes it for lost, write it once.
 */
#include "domain/voice_call.h"

#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "domain/conversation.h"
#include "domain/phone.h"
#include "store/changes.h"
#include "store/customers.h"
#include "store/voice_calls.h"

#define KEPT_BYTES (16u << 20) /* the limits of a call's record lie far below */

/* What was said and done in the forms in which it is stored. */
struct remains {
    struct str content, segments, function_calls, measures;
    int64_t interruptions;
    double quality;
    int64_t duration_ms;
};

/* ---- the beginning ---- */

static struct str metadata_of(struct pool *p, const struct voice_call *c)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 8192);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "session_id", c->session_id);
    jw_kv_text(&j, "transport", c->transport);
    jw_kv_text(&j, "direction", c->outbound ? "outbound" : "inbound");
    jw_kv_text(&j, "phone_number", c->caller);
    jw_kv_text(&j, "called", c->called);
    if (c->test) {
        jw_kv_bool(&j, "test", true);
    }
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(p, buf_str(&b)), b.len};
}

static int find_customer(struct db *db, struct pool *p, const struct voice_call *c, int64_t *out,
                         struct err *e)
{
    *out = c->test ? 0 : c->customer_id;
    if (*out || c->test || !c->caller || !phone_is_e164(str_of(c->caller))) {
        return 0;
    }
    return customers_find_or_make(db, p, c->caller, c->at, out, e);
}

static int begin(struct db *db, struct pool *p, const struct voice_call *c, int64_t *customer_out,
                 struct err *e)
{
    struct voice_call_insert row = {
        .id = c->id.text,
        .conversation_id = c->conversation_id.text,
        .server_id = c->server.text,
        .transport = c->transport,
        .session_id = c->session_id,
        .outbound = c->outbound,
        .at = c->at,
    };
    int rc = find_customer(db, p, c, customer_out, e);
    if (rc == 0) {
        rc = conversation_begin_as(db, p, &c->conversation_id, *customer_out, "voice",
                                   metadata_of(p, c), c->at, e);
    }
    return rc < 0 ? rc : voice_calls_insert(db, &row, e);
}

int voice_call_begin(struct db *db, struct pool *p, const struct voice_call *c,
                     int64_t *customer_id_out, struct err *e)
{
    struct voice_call_row row;
    int64_t customer_id = 0;
    int rc = voice_calls_lock(db, p, c->id.text, &row, e);
    if (rc == 0 && row.there) {
        customer_id = row.customer_id;
    } else if (rc == 0) {
        rc = begin(db, p, c, &customer_id, e);
    }
    if (rc == 0) {
        *customer_id_out = customer_id;
    }
    return rc;
}

/* ---- the forms ---- */

static void write_seconds(struct jw *j, int64_t ms)
{
    jw_key(j, "timestamp");
    jw_double(j, (double)ms / 1000);
}

static void write_segments(struct jw *j, const struct voice_talk *t)
{
    jw_array(j);
    for (size_t i = 0; i < t->n_lines; i++) {
        jw_object(j);
        jw_kv_text(j, "speaker", t->lines[i].customer ? "customer" : "assistant");
        jw_kv_text(j, "text", t->lines[i].text);
        write_seconds(j, t->lines[i].at_ms);
        if (t->lines[i].cut) {
            jw_kv_bool(j, "interrupted", true);
        }
        jw_object_end(j);
    }
    jw_array_end(j);
}

static void write_function_calls(struct jw *j, const struct voice_talk *t)
{
    jw_array(j);
    for (size_t i = 0; i < t->n_tools; i++) {
        jw_object(j);
        jw_kv_text(j, "name", t->tools[i].name);
        jw_kv_raw(j, "args", t->tools[i].args);
        jw_kv_raw(j, "result", t->tools[i].result);
        write_seconds(j, t->tools[i].at_ms);
        jw_object_end(j);
    }
    jw_array_end(j);
}

/* What `write` writes of the talk; lives in pool. */
static int written(struct pool *p, void (*write)(struct jw *j, const struct voice_talk *t),
                   const struct voice_talk *t, struct str *out, struct err *e)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, KEPT_BYTES);
    struct jw j = jw_to(&b);
    write(&j, t);
    if (buf_failed(&b)) {
        return err_set(e, ERR_TOO_LARGE, "more was said in the call than can be stored");
    }
    *out = (struct str){str_dup(p, buf_str(&b)), b.len};
    return 0;
}

static void write_kept(struct jw *j, const struct voice_talk *t)
{
    jw_object(j);
    jw_key(j, "segments");
    write_segments(j, t);
    jw_key(j, "function_calls");
    write_function_calls(j, t);
    jw_kv_i64(j, "interruptions", t->interruptions);
    jw_key(j, "quality");
    jw_double(j, t->quality);
    jw_kv_raw(j, "measures", t->measures.n ? t->measures : STR("{}"));
    jw_object_end(j);
}

/* The transcript as text: one `Speaker: text` a line. */
static struct str content_of(struct pool *p, size_t n, const struct voice_line *lines)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, KEPT_BYTES);
    for (size_t i = 0; i < n; i++) {
        buf_puts(&b, i ? "\n" : "");
        buf_puts(&b, lines[i].customer ? "Customer: " : "Ava: ");
        for (const char *c = lines[i].text; *c; c++) {
            buf_putc(&b, *c == '\n' || *c == '\r' ? ' ' : *c);
        }
    }
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

static int remains_of_talk(struct pool *p, const struct voice_talk *t, struct remains *out,
                           struct err *e)
{
    int rc = written(p, write_segments, t, &out->segments, e);
    if (rc == 0) {
        rc = written(p, write_function_calls, t, &out->function_calls, e);
    }
    out->content = content_of(p, t->n_lines, t->lines);
    out->measures = t->measures;
    out->interruptions = t->interruptions;
    out->quality = t->quality;
    return rc;
}

/* The same of what was kept of a lost one; of one of which nothing was kept: nothing. */
static int remains_of_kept(struct pool *p, struct str kept, struct remains *out, struct err *e)
{
    json_t *document = NULL;
    *out = (struct remains){.segments = STR("[]"), .function_calls = STR("[]"), .quality = -1};
    out->content = STR("");
    if (kept.n == 0) {
        return 0;
    }
    int rc = json_read(p, kept, &document, e);
    if (rc < 0) {
        return rc;
    }
    json_t *segments = json_object_get(document, "segments");
    size_t n = json_array_size(segments);
    struct voice_line *lines = pool_calloc(p, n, sizeof *lines);
    for (size_t i = 0; i < n; i++) {
        json_t *s = json_array_get(segments, i);
        lines[i].customer = strcmp(json_get_text(s, "speaker", ""), "customer") == 0;
        lines[i].text = json_get_text(s, "text", "");
    }
    out->content = content_of(p, n, lines);
    out->segments = json_dump_to_pool(p, segments);
    out->function_calls = json_dump_to_pool(p, json_object_get(document, "function_calls"));
    out->measures = json_dump_to_pool(p, json_object_get(document, "measures"));
    out->interruptions = json_get_i64(document, "interruptions", 0);
    out->quality = json_number_value(json_object_get(document, "quality"));
    return 0;
}

/* ---- while it goes on ---- */

/* Those that the row does not count yet. */
static int add_events(struct db *db, struct pool *p, const struct voice_call_row *row,
                      const struct voice_talk *t, const char *message_id, struct err *e)
{
    size_t there = (size_t)row->events_kept;
    size_t first = there > t->first_event ? there - t->first_event : 0;
    int rc = 0;
    for (size_t i = first; i < t->n_events && rc == 0; i++) {
        struct wall at = {row->started_at.us + t->events[i].at_ms * 1000};
        rc = conversation_add_event(db, p, row->conversation_id.p, message_id, t->events[i].type,
                                    t->events[i].details, at, NULL, e);
    }
    return rc;
}

int voice_call_keep(struct db *db, struct pool *p, const struct voice_call *c,
                    const struct voice_talk *t, struct wall at, bool *live_out, struct err *e)
{
    struct voice_call_row row;
    struct str kept;
    int rc = voice_calls_lock(db, p, c->id.text, &row, e);
    bool live = rc == 0 && row.there && row.live;
    if (rc < 0 || !live) {
        *live_out = rc == 0 ? false : *live_out;
        return rc;
    }
    rc = written(p, write_kept, t, &kept, e);
    if (rc == 0) {
        rc = add_events(db, p, &row, t, NULL, e);
    }
    int64_t events = MAX_OF(row.events_kept, (int64_t)(t->first_event + t->n_events));
    if (rc == 0) {
        rc = voice_calls_keep(db, c->id.text, kept, events, at, e);
    }
    if (rc == 0) {
        rc = conversations_touch(db, c->conversation_id.text, at, e);
    }
    if (rc == 0) {
        rc = changes_add(db, "conversation", c->conversation_id.text, NULL, 0, at, e);
    }
    if (rc == 0) {
        *live_out = true;
    }
    return rc;
}

/* ---- the end ---- */

static struct str message_metadata(struct pool *p, const struct voice_call_row *row,
                                   const struct remains *r, const struct voice_ending *end)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 1u << 20);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_str(&j, "call_id", row->id);
    jw_kv_str(&j, "session_id", row->session_id);
    jw_kv_str(&j, "transport", row->transport);
    jw_kv_text(&j, "ended_by", end->by);
    jw_kv_text(&j, "why", end->why);
    jw_kv_raw(&j, "measures", r->measures.n ? r->measures : STR("{}"));
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(p, buf_str(&b)), b.len};
}

static int add_message(struct db *db, struct pool *p, const struct voice_call_row *row,
                       const struct remains *r, const struct voice_ending *end,
                       const char *message_id, struct err *e)
{
    struct message_new message = {
        .id = message_id,
        .conversation_id = row->conversation_id.p,
        .direction = "inbound",
        .content = r->content,
        .at = row->started_at,
        .processed = true,
        .metadata = message_metadata(p, row, r, end),
    };
    struct voice_new voice = {
        .message_id = message_id,
        .duration_seconds = (r->duration_ms + 500) / 1000,
        .interruption_count = r->interruptions,
        .transcript_segments = r->segments,
        .function_calls = r->function_calls,
        .has_quality = r->quality >= 0,
        .audio_quality_score = r->quality,
    };
    int rc = conversation_add_message(db, p, &message, e);
    return rc < 0 ? rc : messages_insert_voice(db, &voice, e);
}

/* The row is locked, and live. */
static int finish(struct db *db, struct pool *p, const struct voice_call_row *row,
                  const struct voice_talk *t, const struct remains *r,
                  const struct voice_ending *end, struct err *e)
{
    struct id message_id = id_new();
    const char *conversation = row->conversation_id.p;
    int rc = add_message(db, p, row, r, end, message_id.text, e);
    if (rc == 0 && t) {
        rc = add_events(db, p, row, t, message_id.text, e);
    }
    if (rc == 0) {
        rc = conversations_touch(db, conversation, end->at, e);
    }
    if (rc == 0) {
        rc = voice_calls_end(db, row->id.p, message_id.text, end->at, e);
    }
    if (rc == 0) {
        rc = conversation_complete(db, p, conversation, end->failed ? "failed" : "completed",
                                   end->by, end->at, e);
        rc = rc == ERR_CONFLICT ? 0 : rc; /* a member of the staff has ended it meanwhile */
    }
    return rc;
}

int voice_call_finish(struct db *db, struct pool *p, const struct voice_call *c,
                      const struct voice_talk *t, const struct voice_ending *end, bool *done_out,
                      struct err *e)
{
    struct voice_call_row row;
    struct remains r = {.quality = -1};
    int64_t customer_id;
    int rc = voice_calls_lock(db, p, c->id.text, &row, e);
    if (rc == 0 && !row.there) {
        rc = begin(db, p, c, &customer_id, e);
        row = (struct voice_call_row){
            .live = true,
            .id = str_of(c->id.text),
            .conversation_id = str_of(c->conversation_id.text),
            .transport = str_of(c->transport),
            .session_id = str_of(c->session_id),
            .started_at = c->at,
        };
    }
    if (rc == 0 && row.live) {
        r.duration_ms = (end->at.us - row.started_at.us) / 1000;
        rc = remains_of_talk(p, t, &r, e);
        rc = rc < 0 ? rc : finish(db, p, &row, t, &r, end, e);
    }
    if (rc == 0) {
        *done_out = row.live;
    }
    return rc;
}

int voice_call_finish_lost(struct db *db, struct pool *p, const char *id, struct wall now,
                           bool *done_out, struct err *e)
{
    struct voice_call_row row;
    struct remains r;
    struct voice_ending end = {true, "lease", "the server that had the call is gone", now};
    int rc = voice_calls_lock(db, p, id, &row, e);
    bool live = rc == 0 && row.there && row.live;
    if (live) {
        rc = remains_of_kept(p, row.kept, &r, e);
        r.duration_ms = row.kept_at.us ? (row.kept_at.us - row.started_at.us) / 1000 : 0;
    }
    if (live && rc == 0) {
        rc = finish(db, p, &row, NULL, &r, &end, e);
    }
    if (rc == 0) {
        *done_out = live;
    }
    return rc;
}

/* ---- whose calls they are ---- */

int voice_call_renew(struct db *db, const struct id *server, const char *instance,
                     struct wall until, struct err *e)
{
    int rc = voice_servers_put(db, server->text, instance, until, e);
    return rc < 0 || !instance ? rc : voice_servers_end_others(db, server->text, instance, e);
}

int voice_call_leave(struct db *db, const struct id *server, struct err *e)
{
    return voice_servers_remove(db, server->text, e);
}
