/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of a call is locked first, and its state decides, so that two who finish a call at the
 * same time, its own server and one that takes it for lost, write it once.
 */
#include "domain/voice_call_private.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "domain/conversation.h"
#include "domain/phone.h"
#include "store/changes.h"
#include "store/customers.h"
#include "store/telephone_calls.h"
#include "store/voice_calls.h"

/* A part of a call, with the row of the call, which is locked. */
struct part {
    struct voice_call_row row;
    bool present; /* it is the present one of a call that goes on */
    bool resumed;
    int64_t later_ms; /* it began so long after the call */
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

/* Of a row that is there. */
static struct part part_of(const struct voice_call *c, const struct voice_call_row *row)
{
    struct str own = str_of(c->id.text);
    bool resumed = !str_eq(row->id, own);
    return (struct part){
        .row = *row,
        .present = row->live && str_eq(row->part.p ? row->part : row->id, own),
        .resumed = resumed,
        .later_ms = resumed ? MAX_OF((c->at.us - row->started_at.us) / 1000, 0) : 0,
    };
}

static int insert(struct db *db, struct pool *p, const struct voice_call *c, struct part *out,
                  struct err *e)
{
    struct voice_call_insert row = {
        .id = c->id.text,
        .conversation_id = c->conversation_id.text,
        .server_id = c->server.text,
        .transport = c->transport,
        .session_id = c->session_id,
        .holder = c->holder,
        .outbound = c->outbound,
        .at = c->at,
    };
    int64_t customer_id = 0;
    int rc = find_customer(db, p, c, &customer_id, e);
    if (rc == 0) {
        rc = conversation_begin_as(db, p, &c->conversation_id, customer_id, "voice",
                                   metadata_of(p, c), c->at, e);
    }
    if (rc == 0) {
        rc = voice_calls_insert(db, &row, e);
    }
    if (rc == 0) {
        rc = changes_add(db, "call", c->conversation_id.text, NULL, 0, c->at, e);
    }
    *out = (struct part){
        .row = {.there = true,
                .live = true,
                .id = str_of(c->id.text),
                .part = str_of(c->id.text),
                .conversation_id = str_of(c->conversation_id.text),
                .transport = str_of(c->transport),
                .session_id = str_of(c->session_id),
                .started_at = c->at,
                .customer_id = customer_id},
        .present = true,
    };
    return rc;
}

/* The call of row goes on in this part. */
static int take_over(struct db *db, struct pool *p, const struct voice_call *c,
                     struct voice_call_row *row, struct part *out, struct err *e)
{
    struct voice_call_part part = {
        .call_id = row->id.p,
        .id = c->id.text,
        .server_id = c->server.text,
        .earlier = row->kept,
        .at = c->at,
    };
    int64_t later_ms = MAX_OF((c->at.us - row->started_at.us) / 1000, 0);
    const char *details = pool_printf(p, "{\"after_seconds\":%lld.%03lld}",
                                      (long long)(later_ms / 1000), (long long)(later_ms % 1000));
    int rc = voice_calls_add_part(db, &part, e);
    if (rc == 0) {
        rc = conversation_add_event(db, p, row->conversation_id.p, NULL, "call_resumed",
                                    str_of(details), c->at, NULL, e);
    }
    if (rc == 0) {
        rc = changes_add(db, "call", row->conversation_id.p, NULL, 0, c->at, e);
    }
    if (rc == 0) {
        rc = telephone_calls_go_on(db, c->session_id, c->at, e);
    }
    row->part = str_of(c->id.text);
    row->earlier = row->kept;
    row->events_kept = 0;
    row->waits_until = (struct wall){0};
    *out = part_of(c, row);
    return rc;
}

/* The part, which is begun when it was not. */
static int begin(struct db *db, struct pool *p, const struct voice_call *c, struct part *out,
                 struct err *e)
{
    struct voice_call_row row;
    int rc = voice_calls_lock(db, p, c->id.text, &row, e);
    if (rc == 0 && row.there) {
        *out = part_of(c, &row);
        return 0;
    }
    if (rc == 0) {
        rc = voice_calls_lock_session(db, p, c->transport, c->session_id, c->holder, &row, e);
    }
    if (rc < 0) {
        return rc;
    }
    return row.there ? take_over(db, p, c, &row, out, e) : insert(db, p, c, out, e);
}

int voice_call_begin(struct db *db, struct pool *p, const struct voice_call *c,
                     struct voice_begun *out, struct err *e)
{
    struct part part = {.present = false};
    struct voice_line *lines = NULL;
    *out = (struct voice_begun){.resumed = false};
    int rc = begin(db, p, c, &part, e);
    if (rc == 0) {
        rc = voice_kept_lines(p, part.row.earlier, &lines, &out->n_lines, e);
    }
    if (rc == 0 && !(id_parse(part.row.id, &out->call_id) &&
                     id_parse(part.row.conversation_id, &out->conversation_id))) {
        rc = err_set(e, ERR_INTERNAL, "a call has no id");
    }
    out->customer_id = part.row.customer_id;
    out->resumed = part.resumed;
    out->before_ms = part.later_ms;
    out->lines = lines;
    return rc;
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

/* What of a part is written while the call goes on. */
struct keeping {
    const struct voice_talk *talk;  /* of this part */
    const struct voice_ending *end; /* when it waits for the next; else NULL */
    struct wall waits_until, at;
};

static int keep(struct db *db, struct pool *p, const struct part *part, const struct keeping *k,
                struct err *e)
{
    const struct voice_call_row *row = &part->row;
    struct voice_talk all;
    struct str kept;
    int rc = voice_talk_joined(p, row->earlier, k->talk, part->later_ms, &all, e);
    if (rc == 0) {
        rc = voice_kept_write(p, &all, k->end, &kept, e);
    }
    if (rc == 0) {
        rc = add_events(db, p, row, &all, NULL, e);
    }
    int64_t events = MAX_OF(row->events_kept, (int64_t)(all.first_event + all.n_events));
    if (rc == 0) {
        rc = voice_calls_keep(db, row->id.p, kept, events, k->waits_until, k->at, e);
    }
    if (rc == 0) {
        rc = conversations_touch(db, row->conversation_id.p, k->at, e);
    }
    return rc < 0 ? rc : changes_add(db, "call", row->conversation_id.p, NULL, 0, k->at, e);
}

int voice_call_keep(struct db *db, struct pool *p, const struct voice_call *c,
                    const struct voice_talk *t, struct wall at, struct voice_kept *out,
                    struct err *e)
{
    struct voice_call_row row;
    struct keeping keeping = {.talk = t, .at = at};
    int rc = voice_calls_lock(db, p, c->id.text, &row, e);
    struct part part = {.present = false};
    if (rc == 0 && row.there) {
        part = part_of(c, &row);
    }
    if (part.present) {
        rc = keep(db, p, &part, &keeping, e);
    }
    if (rc == 0) {
        *out = (struct voice_kept){part.present, part.present ? part.row.wish.p : NULL};
    }
    return rc;
}

/* ---- what the staff want of it ---- */

int voice_call_wish(struct db *db, struct pool *p, const char *conversation_id, const char *wish,
                    struct wall at, struct err *e)
{
    struct voice_call_row row;
    int rc = voice_calls_lock_conversation(db, p, conversation_id, &row, e);
    if (rc == 0 && !row.there) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no such call");
    }
    if (rc == 0 && !row.live) {
        rc = err_set(e, ERR_CONFLICT, "the call is over");
    }
    if (rc == 0 && strcmp(wish, VOICE_WISH_TRANSFER) == 0 &&
        !str_eq(row.transport, STR("twilio"))) {
        rc = err_set(e, ERR_CONFLICT,
                     "only callers on the telephone can be put through to a person");
    }
    if (rc == 0) {
        rc = voice_calls_set_wish(db, row.id.p, wish, e);
    }
    return rc < 0 ? rc : changes_add(db, "call_wish", conversation_id, NULL, 0, at, e);
}

/* ---- the end ---- */

static struct str message_metadata(struct pool *p, const struct voice_call_row *row,
                                   const struct voice_remains *r, const struct voice_ending *end)
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
                       const struct voice_remains *r, const struct voice_ending *end,
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
                  const struct voice_talk *t, const struct voice_remains *r,
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
        rc = changes_add(db, "call", conversation, NULL, 0, end->at, e);
    }
    if (rc == 0) {
        rc = conversation_complete(db, p, conversation, end->failed ? "failed" : "completed",
                                   end->by, end->at, e);
        rc = rc == ERR_CONFLICT ? 0 : rc; /* a member of the staff has ended it meanwhile */
    }
    return rc;
}

/* This part has ended, and so has the call. */
static int finish_part(struct db *db, struct pool *p, const struct part *part,
                       const struct voice_talk *t, const struct voice_ending *end, struct err *e)
{
    struct voice_talk all;
    struct voice_remains r = {.quality = -1};
    int rc = voice_talk_joined(p, part->row.earlier, t, part->later_ms, &all, e);
    if (rc == 0) {
        rc = voice_remains_of_talk(p, &all, &r, e);
    }
    r.duration_ms = (end->at.us - part->row.started_at.us) / 1000;
    return rc < 0 ? rc : finish(db, p, &part->row, &all, &r, end, e);
}

int voice_call_finish(struct db *db, struct pool *p, const struct voice_call *c,
                      const struct voice_talk *t, const struct voice_ending *end, bool *done_out,
                      struct err *e)
{
    struct part part;
    int rc = begin(db, p, c, &part, e);
    if (rc == 0 && part.present) {
        rc = finish_part(db, p, &part, t, end, e);
    }
    if (rc == 0) {
        *done_out = part.present;
    }
    return rc;
}

/* Has the telephone network said so? */
static int is_over(struct db *db, struct pool *p, const struct voice_call *c, bool *over_out,
                   struct err *e)
{
    static const char *const last[] = {"completed", "busy", "no-answer", "failed", "canceled"};
    struct telephone_call call = {.status = STR("")};
    int rc = telephone_calls_get(db, p, c->session_id, NULL, &call, e);
    *over_out = false;
    for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(last); i++) {
        *over_out = *over_out || str_eq(call.status, str_of(last[i]));
    }
    return rc == ERR_NOT_FOUND ? 0 : rc;
}

int voice_call_wait(struct db *db, struct pool *p, const struct voice_call *c,
                    const struct voice_talk *t, const struct voice_ending *end, struct wall until,
                    bool *done_out, struct err *e)
{
    struct part part;
    struct keeping keeping = {t, end, until, end->at};
    bool over = false;
    int rc = begin(db, p, c, &part, e);
    if (rc == 0 && part.present) {
        rc = is_over(db, p, c, &over, e);
    }
    if (rc == 0 && part.present) {
        rc = over ? finish_part(db, p, &part, t, end, e) : keep(db, p, &part, &keeping, e);
    }
    if (rc == 0) {
        *done_out = part.present;
    }
    return rc;
}

/* From what was kept; the row is locked, and live. */
static int finish_kept(struct db *db, struct pool *p, const struct voice_call_row *row,
                       struct wall now, struct err *e)
{
    struct voice_remains r;
    struct wall last = row->kept_at.us ? row->kept_at : row->started_at;
    struct voice_ending end = {true, "lease", "the server that had the call is gone", now};
    int rc = voice_remains_of_kept(p, row->kept, &r, &end, e);
    if (row->waits_until.us) {
        last = end.at;
        end.at = now;
    }
    r.duration_ms = MAX_OF((last.us - row->started_at.us) / 1000, 0);
    return rc < 0 ? rc : finish(db, p, row, NULL, &r, &end, e);
}

int voice_call_finish_lost(struct db *db, struct pool *p, const char *id, struct wall now,
                           struct wall gone, bool *done_out, struct err *e)
{
    struct voice_call_row row;
    bool lost = false;
    int rc = voice_calls_lock(db, p, id, &row, e);
    if (rc == 0 && row.there && row.live) { /* it may have come back meanwhile */
        rc = voice_calls_is_lost(db, p, row.id.p, now, gone, &lost, e);
    }
    if (rc == 0 && lost) {
        rc = finish_kept(db, p, &row, now, e);
    }
    if (rc == 0) {
        *done_out = lost;
    }
    return rc;
}

int voice_call_over(struct db *db, struct pool *p, const char *transport, const char *session_id,
                    struct wall now, struct err *e)
{
    struct voice_call_row row;
    int rc = voice_calls_lock_session(db, p, transport, session_id, NULL, &row, e);
    bool waits = rc == 0 && row.there && row.waits_until.us;
    return waits ? finish_kept(db, p, &row, now, e) : rc;
}

/* ---- whose calls they are ---- */

int voice_call_renew(struct db *db, const struct id *server, const char *instance, struct wall now,
                     struct wall until, struct err *e)
{
    int rc = voice_servers_put(db, server->text, instance, until, e);
    return rc < 0 || !instance ? rc : voice_servers_end_others(db, server->text, instance, now, e);
}

int voice_call_leave(struct db *db, const struct id *server, struct err *e)
{
    return voice_servers_remove(db, server->text, e);
}
