/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The realtime engine: a call led by a model that hears and speaks itself, over a WebSocket to its
 * server (OpenAI's Realtime interface or a compatible one). This file is its life: the session's
 * beginning, its renewal when the connection breaks, and its end.
 *
 * Two things are made ready beside each other, the connection and the instructions (on a worker,
 * as they come from the store). When the server has taken both the caller is greeted. A connection
 * that breaks is replaced once, and again when the last one held for a while, by a session that is
 * told what was said so far; else the engine has failed and the call goes on with the next one.
 */
#include "base/log.h"
#include "base/metrics.h"
#include "io/ws_client.h"
#include "voice/realtime_private.h"

#define MESSAGE_BYTES (4u << 20)
#define QUEUE_BYTES (1u << 20)
#define HELD_FOR_GOOD_MS 60000
#define DIGITS_MS 1500

static struct realtime *of(struct engine *en)
{
    return (struct realtime *)(void *)en;
}

struct realtime *realtime_ref(struct realtime *r)
{
    r->refs++;
    return r;
}

void realtime_unref(struct realtime *r)
{
    if (--r->refs) {
        return;
    }
    realtime_reply_clear(r);
    realtime_mind_free(&r->mind);
    const char *const texts[] = {r->start.call_id, r->start.session_id, r->start.conversation_id,
                                 r->start.caller, r->start.greeting};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        free((void *)(uintptr_t)texts[i]);
    }
    buf_clear(&r->held);
    free(r->update);
    free(r);
}

bool realtime_over(const struct realtime *r)
{
    return r->stopped || r->failed;
}

void realtime_send(struct realtime *r, struct str frame)
{
    if (r->ws) {
        ws_put_text(r->ws, frame);
    }
}

/* --- patience --- */

void realtime_expect(struct realtime *r, const char *what)
{
    r->owed = what;
    r->owed_since_ms = what ? realtime_now_ms() : 0;
    if (what && !r->watching && r->patience) {
        r->watching = true;
        loop_timer_set(r->patience, r->settings->realtime_timeout);
    }
}

static void on_patience(void *arg)
{
    struct realtime *r = arg;
    r->watching = false;
    if (!r->owed || realtime_over(r)) {
        return;
    }
    int64_t left = r->owed_since_ms + r->settings->realtime_timeout - realtime_now_ms();
    if (left > 0) {
        r->watching = true;
        loop_timer_set(r->patience, left);
        return;
    }
    char why[120];
    snprintf(why, sizeof why, "the model's server owes %s", r->owed);
    realtime_broken(r, why);
}

/* --- the connection --- */

static void on_open(struct ws *ws, void *arg)
{
    (void)ws;
    (void)arg; /* the server speaks first */
}

static void on_message(struct ws *ws, void *arg, bool is_text, struct str data)
{
    struct realtime *r = arg;
    if (is_text && ws == r->ws && !realtime_over(r)) {
        realtime_frame(r, data);
    }
}

static void on_closed(struct ws *ws, void *arg)
{
    struct realtime *r = arg;
    if (ws == r->ws && !realtime_over(r)) {
        char why[160];
        snprintf(why, sizeof why, "the model's server is gone: %d %.100s", ws_close_code(ws),
                 ws_why_closed(ws));
        realtime_broken(r, why);
    }
    realtime_unref(r);
}

static const struct ws_ops ops = {
    .open = on_open,
    .message = on_message,
    .closed = on_closed,
    .message_max_bytes = MESSAGE_BYTES,
    .queue_max_bytes = QUEUE_BYTES,
};

static int dial(struct realtime *r, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const struct settings *s = r->settings;
    const char *key = s->realtime_key[0] ? s->realtime_key : s->openai_api_key;
    const char *headers[4] = {0};
    size_t n = 0;
    /* In the peer's log, too, it is known which call this is. Meant to be another one each time. */
    const char *name = "X-Client-Request-Id: ";
    headers[n++] = r->connections == 0
                       ? pool_printf(p, "%s%s", name, r->start.session_id)
                       : pool_printf(p, "%s%s/%d", name, r->start.session_id, r->connections + 1);
    if (key[0]) {
        headers[n++] = pool_printf(p, "Authorization: Bearer %s", key);
    }
    if (r->beta) {
        headers[n++] = "OpenAI-Beta: realtime=v1";
    }
    struct ws_peer peer = {
        .url = realtime_address(p, s),
        .headers = headers,
        .ca_file = s->realtime_ca_file,
        .connect_ms = (int)s->realtime_timeout,
        .ping_ms = (int)s->socket_silence / 2,
    };
    int rc = ws_connect(r->start.loop, &peer, &ops, r, &r->ws, e);
    if (rc == 0) {
        realtime_ref(r);
        r->connections++;
        r->created = r->configured = false;
        realtime_expect(r, "a session");
    }
    return rc;
}

static void hang_up(struct realtime *r)
{
    if (r->ws) {
        struct ws *ws = r->ws;
        r->ws = NULL; /* what it still says is not for us */
        ws_close(ws, 1000, "");
        ws_unref(&ws);
    }
}

void realtime_fail(struct realtime *r, const char *why)
{
    if (realtime_over(r)) {
        return;
    }
    r->failed = true;
    metric_add(METRIC_realtime_failures_total, 1);
    log_warn("realtime engine failed", LOG_TEXT("call", r->start.call_id), LOG_TEXT("why", why));
    realtime_expect(r, NULL);
    hang_up(r);
    r->start.events->failed(r->start.call, why);
}

void realtime_broken(struct realtime *r, const char *why)
{
    if (realtime_over(r)) {
        return;
    }
    bool held = r->configured && mono_us_since(r->configured_at) > HELD_FOR_GOOD_MS * 1000LL;
    struct err e = {0};
    hang_up(r);
    realtime_reply_reset(r);
    if (realtime_over(r) || (r->connections > 1 && !held)) {
        realtime_fail(r, why);
        return;
    }
    log_warn("realtime session is begun again", LOG_TEXT("call", r->start.call_id),
             LOG_TEXT("why", why));
    metric_add(METRIC_realtime_reconnects_total, 1);
    r->connections = held ? 0 : r->connections;
    if (dial(r, &e) < 0) {
        realtime_fail(r, why);
        return;
    }
    realtime_prepare(r);
}

void realtime_prepared(struct realtime *r, char *update, size_t n)
{
    if (update) {
        free(r->update);
        r->update = update;
        r->update_n = n;
    }
    if (r->created && r->update && !r->configured) {
        realtime_send(r, (struct str){r->update, r->update_n});
        free(r->update);
        r->update = NULL;
    }
}

/* --- what the call asks of it --- */

static void on_digits(void *arg)
{
    struct realtime *r = arg;
    if (realtime_over(r) || !r->n_digits) {
        return;
    }
    char text[96];
    snprintf(text, sizeof text, "(The caller pressed on the keypad: %.*s)", (int)r->n_digits,
             r->digits);
    r->n_digits = 0;
    realtime_note_line(r, CALL_CUSTOMER, str_of(text));
    if (r->configured) { /* else it is among the lines that the session is told */
        realtime_send_item(r, "user", str_of(text));
        realtime_say_wish(r, NULL);
    }
}

static int check(const struct settings *s, struct err *e)
{
    if (strcmp(s->realtime_protocol, "ga") != 0 && strcmp(s->realtime_protocol, "beta") != 0) {
        return settings_refuse(s, SETTING_realtime_protocol, e, "must be ga or beta");
    }
    if (!s->realtime_model[0]) {
        return settings_refuse(s, SETTING_realtime_model, e, "must not be empty");
    }
    return 0;
}

static int start(const struct engine_start *s, struct engine **out, struct err *e)
{
    const struct settings *settings = voice_desk_config(s->desk)->settings;
    int rc = check(settings, e);
    if (rc < 0) {
        return rc;
    }
    struct realtime *r = xcalloc(1, sizeof *r);
    r->engine.ops = &engine_realtime;
    r->start = *s;
    r->start.call_id = xstrdup(s->call_id);
    r->start.session_id = xstrdup(s->session_id);
    r->start.conversation_id = s->conversation_id ? xstrdup(s->conversation_id) : NULL;
    r->start.caller = s->caller ? xstrdup(s->caller) : NULL;
    r->start.greeting = s->greeting ? xstrdup(s->greeting) : NULL;
    r->settings = settings;
    r->beta = strcmp(settings->realtime_protocol, "beta") == 0;
    r->refs = 1;
    buf_init(&r->held, REALTIME_HELD_BYTES);
    buf_init(&r->said, REALTIME_SAID_BYTES);
    buf_init(&r->heard, REALTIME_SAID_BYTES);
    for (size_t i = 0; i < s->n_lines; i++) {
        realtime_note_line(r, s->lines[i].who, str_of(s->lines[i].text));
    }
    r->start.lines = NULL;
    r->patience = loop_timer_new(s->loop, on_patience, r);
    r->digits_timer = loop_timer_new(s->loop, on_digits, r);
    rc = dial(r, e);
    if (rc < 0) {
        loop_timer_free(&r->patience);
        loop_timer_free(&r->digits_timer);
        realtime_unref(r);
        return rc;
    }
    realtime_prepare(r);
    *out = &r->engine;
    return 0;
}

static void audio(struct engine *en, struct str base64)
{
    struct realtime *r = of(en);
    if (r->configured) {
        realtime_send_sound(r, base64);
    } else if (!r->failed && r->held.len + base64.n < r->held.max) {
        buf_put_str(&r->held, base64);
        buf_putc(&r->held, '\n');
    }
}

static void text(struct engine *en, struct str text)
{
    struct realtime *r = of(en);
    if (realtime_over(r)) {
        return;
    }
    r->turns++;
    r->corrections = 0;
    r->unanswered = true;
    realtime_note_line(r, CALL_CUSTOMER, text);
    realtime_guard(r, text);
    if (r->configured) {
        realtime_send_item(r, "user", text);
        realtime_say_wish(r, NULL);
    }
}

static void digit(struct engine *en, char digit)
{
    struct realtime *r = of(en);
    if (!realtime_over(r) && r->n_digits < sizeof r->digits - 1) {
        r->digits[r->n_digits++] = digit;
        loop_timer_set(r->digits_timer, digit == '#' ? 1 : DIGITS_MS);
    }
}

static void commit(struct engine *en)
{
    struct realtime *r = of(en);
    if (r->configured && !realtime_over(r)) {
        r->committing = true;
        realtime_send_plain(r, "input_audio_buffer.commit");
    }
}

static void say(struct engine *en, const char *words)
{
    struct realtime *r = of(en);
    if (!realtime_over(r)) {
        realtime_say_wish(r, words);
    }
}

static void interrupt(struct engine *en, int64_t heard_ms)
{
    struct realtime *r = of(en);
    if (!realtime_over(r)) {
        realtime_interrupt(r, heard_ms);
    }
}

static void stop(struct engine **en)
{
    struct realtime *r = of(*en);
    *en = NULL;
    r->stopped = true;
    hang_up(r);
    loop_timer_free(&r->patience);
    loop_timer_free(&r->digits_timer);
    realtime_unref(r);
}

const struct engine_ops engine_realtime = {
    .name = "realtime",
    .start = start,
    .audio = audio,
    .text = text,
    .digit = digit,
    .commit = commit,
    .say = say,
    .interrupt = interrupt,
    .stop = stop,
};
