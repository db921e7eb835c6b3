/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a realtime model's server tells. Events may come in another order than is usual, twice, or
 * for a response that is over: whatever does not fit is passed over.
 */
#include "base/json_read.h"
#include "base/log.h"
#include "base/metrics.h"
#include "voice/realtime_private.h"

#define HEARD_BYTES 4096
#define FAILURES_MAX 2 /* responses in a row */

/* --- errors --- */

enum remedy {
    REMEDY_NONE,    /* nothing is lost by it */
    REMEDY_WAIT,    /* what was asked for is asked for again when the active response is done */
    REMEDY_RENEW,   /* this session is over, another may do */
    REMEDY_GIVE_UP, /* no session will do */
};

static const struct error_row {
    const char *code;
    enum remedy remedy;
} error_rows[] = {
    {"conversation_already_has_active_response", REMEDY_WAIT},
    {"response_cancel_not_active", REMEDY_NONE},
    {"input_audio_buffer_commit_empty", REMEDY_NONE},
    {"item_truncate_invalid_item_id", REMEDY_NONE},
    {"item_delete_invalid_item_id", REMEDY_NONE},
    {"session_expired", REMEDY_RENEW},
    {"server_error", REMEDY_RENEW},
    {"rate_limit_exceeded", REMEDY_GIVE_UP},
    {"insufficient_quota", REMEDY_GIVE_UP},
    {"invalid_api_key", REMEDY_GIVE_UP},
    {"model_not_found", REMEDY_GIVE_UP},
};

static enum remedy remedy_of(const char *code)
{
    for (size_t i = 0; i < ARRAY_SIZE(error_rows); i++) {
        if (strcmp(error_rows[i].code, code) == 0) {
            return error_rows[i].remedy;
        }
    }
    return REMEDY_NONE; /* most errors leave the session as it was */
}

static void on_error(struct realtime *r, const json_t *error)
{
    const char *type = json_get_text(error, "type", "");
    const char *code = json_get_text(error, "code", type);
    const char *about = json_get_text(error, "event_id", "");
    enum remedy remedy = remedy_of(code);
    char why[160];
    snprintf(why, sizeof why, "the model's server: %.100s", code[0] ? code : "an unknown error");
    log_debug("realtime error", LOG_TEXT("call", r->start.call_id), LOG_TEXT("code", code));
    if (remedy == REMEDY_WAIT) {
        realtime_refused(r);
    } else if (remedy == REMEDY_RENEW) {
        realtime_broken(r, why);
    } else if (remedy == REMEDY_GIVE_UP || !r->configured) {
        realtime_fail(r, why); /* the session that we want is not taken: a second try is the same */
    } else if (strcmp(code, "input_audio_buffer_commit_empty") == 0) {
        r->committing = false;
    } else if (r->asked && strncmp(about, "ask", 3) == 0) {
        realtime_broken(r, why); /* what was asked for will not come */
    }
}

/* --- the session --- */

static void on_created(struct realtime *r)
{
    r->created = true;
    if (r->update) {
        realtime_prepared(r, NULL, 0);
    }
}

static void replay(struct realtime *r)
{
    for (size_t i = 0; i < r->n_lines; i++) {
        bool ours = r->lines[i].who == CALL_ASSISTANT;
        realtime_send_item(r, ours ? "assistant" : "user", str_of(r->lines[i].text));
    }
}

static void send_held(struct realtime *r)
{
    struct str rest = buf_str(&r->held);
    for (struct str one; rest.p && (one = str_cut(&rest, '\n')).p;) {
        if (one.n) {
            realtime_send_sound(r, one);
        }
    }
    buf_clear(&r->held);
}

/* What was done must be told, even when its session is gone. What the caller said last has no
 * answer; if it was not even written down, it is gone. */
void realtime_go_on(struct realtime *r)
{
    bool known = r->n_lines && r->lines[r->n_lines - 1].who == CALL_CUSTOMER;
    if (r->tools_running) {
        return; /* until they are back */
    }
    if (r->receipt) {
        realtime_say_wish(r, r->receipt);
    } else if (known || r->cut_short) {
        realtime_say_wish(r, NULL);
    } else if (r->unanswered) {
        realtime_say_wish(r, "I am sorry, I did not catch that. Could you say it again?");
    }
}

static void on_updated(struct realtime *r)
{
    if (r->configured || !r->created) {
        return; /* of a later update, or none of ours */
    }
    r->configured = true;
    r->configured_at = mono_now();
    metric_add(METRIC_realtime_sessions_total, 1);
    realtime_expect(r, NULL);
    replay(r);
    send_held(r);
    bool again = r->was_ready;
    if (!again) { /* what the caller is owed then, the call knows */
        r->was_ready = true;
        r->start.events->ready(r->start.call);
    }
    if (realtime_over(r)) {
        return;
    }
    if (r->start.greeting) {
        char *greeting = (char *)(uintptr_t)r->start.greeting;
        r->start.greeting = NULL; /* once, whatever becomes of it */
        realtime_say_wish(r, greeting);
        free(greeting);
    } else if (again) {
        realtime_go_on(r);
    }
    realtime_pump(r);
}

/* --- the caller --- */

static void on_speech(struct realtime *r, bool began)
{
    if (began) {
        r->turns++;
        r->corrections = 0;
        r->due = false;
        buf_reset(&r->heard);
        realtime_expect(r, NULL);
        r->start.events->speech_started(r->start.call);
        return;
    }
    r->unanswered = r->due = true;
    realtime_expect(r, "an answer to the caller");
    r->start.events->speech_stopped(r->start.call);
}

static void on_heard(struct realtime *r, struct pool *p, const struct realtime_event *e)
{
    if (e->kind == REALTIME_HEARD_DELTA) {
        buf_put_str(&r->heard, realtime_text(p, e->delta));
        r->start.events->heard(r->start.call, buf_str(&r->heard), false);
        return;
    }
    struct str text = str_trim(realtime_text(p, e->transcript));
    buf_reset(&r->heard);
    if (!text.n) {
        return;
    }
    realtime_note_line(r, CALL_CUSTOMER, text);
    r->start.events->heard(r->start.call, text, true);
    if (!realtime_over(r)) {
        realtime_guard(r, text);
    }
}

static void on_committed(struct realtime *r)
{
    if (r->committing) {
        r->committing = false;
        r->unanswered = true;
        realtime_say_wish(r, NULL);
    }
}

/* --- responses --- */

static void on_response_created(struct realtime *r, const json_t *response)
{
    realtime_granted(r);
    r->active = true;
    r->spoke = r->due = false;
    r->muted = r->drop_next;
    r->drop_next = false;
    snprintf(r->response, sizeof r->response, "%s", json_get_text(response, "id", ""));
    if (r->muted) {
        realtime_send_cancel(r);
    }
    realtime_forget_calls(r);
    realtime_expect(r, "the sound of a response");
}

/* Is it about the response that is active and wanted? Some servers leave the id out. */
static bool is_wanted(const struct realtime *r, const struct realtime_event *e)
{
    bool other = e->response_id.p && r->response[0] && !str_eq(e->response_id, str_of(r->response));
    return r->active && !r->muted && !other;
}

static void on_said(struct realtime *r, struct pool *p, const struct realtime_event *e)
{
    realtime_began(r);
    bool whole = e->kind == REALTIME_SAID;
    struct str text = realtime_text(p, whole ? e->transcript : e->delta);
    if (whole) { /* the deltas were a part of it */
        r->said.len = r->said_items;
        if (r->said_items && r->said.data[r->said_items - 1] != ' ') {
            buf_putc(&r->said, ' ');
        }
    }
    buf_put_str(&r->said, text);
    r->said_items = whole ? r->said.len : r->said_items;
    r->start.events->said(r->start.call, buf_str(&r->said), false);
    if (whole && !realtime_over(r)) {
        realtime_check(r, text);
    }
}

static void note_call(struct realtime *r, const json_t *item)
{
    const char *id = json_get_text(item, "call_id", "");
    if (strcmp(json_get_text(item, "type", ""), "function_call") != 0 || !id[0] ||
        r->n_calls == REALTIME_CALLS) {
        return;
    }
    for (size_t i = 0; i < r->n_calls; i++) {
        if (strcmp(r->calls[i].id, id) == 0) {
            return;
        }
    }
    r->calls[r->n_calls++] = (struct realtime_call){
        .id = xstrdup(id),
        .name = xstrdup(json_get_text(item, "name", "")),
        .args = xstrdup(json_get_text(item, "arguments", "{}")),
    };
    realtime_expect(r, "the end of a response");
}

/* One that came to nothing: asked for once more, then given up. */
static void on_failed_response(struct realtime *r, const json_t *response)
{
    const json_t *details = json_object_get(response, "status_details");
    const json_t *error = json_object_get(details, "error");
    const char *code = json_get_text(error, "code", json_get_text(error, "type", "a failure"));
    char why[160];
    snprintf(why, sizeof why, "the model's server: response failed, %.80s", code);
    if (remedy_of(code) == REMEDY_GIVE_UP || ++r->failures >= FAILURES_MAX) {
        realtime_fail(r, why);
    } else {
        realtime_say_wish(r, r->has_granted ? r->granted.words : NULL);
    }
}

static void on_response_done(struct realtime *r, const json_t *response)
{
    const char *status = json_get_text(response, "status", "completed");
    const char *id = json_get_text(response, "id", r->response);
    bool failed = strcmp(status, "failed") == 0, completed = strcmp(status, "completed") == 0;
    size_t i;
    json_t *item;
    if (!r->active || (r->response[0] && strcmp(id, r->response) != 0)) {
        return;
    }
    r->active = false;
    realtime_expect(r, NULL);
    json_array_foreach (json_object_get(response, "output"), i, item) {
        note_call(r, item);
    }
    bool wanted = !r->muted;
    r->muted = false;
    realtime_reply_over(r);
    if (realtime_over(r)) {
        return;
    }
    if (failed && wanted && !r->spoke) {
        on_failed_response(r, response);
    } else if (completed && r->n_calls) {
        realtime_run_calls(r);
    }
    r->failures = failed ? r->failures : 0;
    realtime_forget_calls(r);
    realtime_settled(r);
    if (r->spoke && !realtime_over(r)) {
        realtime_part(r);
    }
    if (!realtime_over(r)) {
        realtime_pump(r);
    }
}

/* --- all of them --- */

/* A member that is an object, read; NULL: there is none. */
static const json_t *object(struct pool *p, struct str text)
{
    json_t *o = NULL;
    return text.n && json_read(p, text, &o, NULL) == 0 && json_is_object(o) ? o : NULL;
}

static void rare(struct realtime *r, struct pool *p, const struct realtime_event *e)
{
    switch (e->kind) {
    case REALTIME_ERROR:
        on_error(r, object(p, e->error));
        break;
    case REALTIME_SESSION_CREATED:
        on_created(r);
        break;
    case REALTIME_SESSION_UPDATED:
        on_updated(r);
        break;
    case REALTIME_SPEECH_STARTED:
    case REALTIME_SPEECH_STOPPED:
        on_speech(r, e->kind == REALTIME_SPEECH_STARTED);
        break;
    case REALTIME_COMMITTED:
        on_committed(r);
        break;
    case REALTIME_HEARD_DELTA:
    case REALTIME_HEARD:
        on_heard(r, p, e);
        break;
    case REALTIME_RESPONSE_CREATED:
        on_response_created(r, object(p, e->response));
        break;
    case REALTIME_RESPONSE_DONE:
        on_response_done(r, object(p, e->response));
        break;
    case REALTIME_ITEM_DONE:
        if (is_wanted(r, e)) {
            note_call(r, object(p, e->item));
        }
        break;
    case REALTIME_SAID_DELTA:
    case REALTIME_SAID:
        if (is_wanted(r, e)) {
            on_said(r, p, e);
        }
        break;
    case REALTIME_HEARD_NOT:
    case REALTIME_AUDIO_DELTA:
    case REALTIME_AUDIO_DONE:
    case REALTIME_UNKNOWN:
        break;
    }
}

void realtime_frame(struct realtime *r, struct str frame)
{
    struct realtime_event e;
    if (!realtime_event_scan(frame, &e)) {
        realtime_broken(r, "the model's server sent a frame that is no JSON object");
        return;
    }
    if (e.kind == REALTIME_AUDIO_DELTA) {
        if (is_wanted(r, &e)) {
            realtime_expect(r, "the rest of a response");
            realtime_began(r);
            realtime_sound(r, &e);
        }
        return;
    }
    if (e.kind == REALTIME_UNKNOWN || e.kind == REALTIME_AUDIO_DONE) {
        return;
    }
    struct pool *p CLEANUP(pool_free) = pool_new();
    rare(r, p, &e);
}
