/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A response of the realtime model's stand-in, step by step as its timer goes off: begun, thought
 * of, spoken in pieces faster than they are heard, functions called, done; or cancelled in between.
 * And what can go wrong with one.
 */
#include <math.h>

#include "base/codec.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "sandbox/sandbox_realtime_private.h"

#define THINK_MS 20
#define PIECE_MS 240   /* of sound in one event */
#define PIECE_EVERY 40 /* ms between them: six times as fast as it is heard */
#define MS_PER_LETTER 60
#define VOICE_LEAST_MS 480
#define VOICE_MOST_MS 60000
#define EXACT "Say exactly these words, and nothing else: \""

static bool fails(const struct talk *t, const char *fault)
{
    return strcmp(json_get_text(t->response.script, "fault", ""), fault) == 0;
}

/* --- the voice --- */

static void make_tone(struct talk *t)
{
    int rate = audio_rate(t->out), n = rate * TALK_TONE_MS / 1000;
    bool ulaw = t->out == AUDIO_ULAW_8K;
    unsigned char *bytes = xmalloc((size_t)n * 2);
    for (int i = 0; i < n; i++) {
        /* 400 Hz fits into the piece, so that pieces join without a click. */
        int16_t v = (int16_t)(6000 * sin(2 * 3.14159265358979 * 400 * i / rate));
        if (ulaw) {
            bytes[i] = ulaw_of(v);
        } else {
            bytes[2 * i] = (unsigned char)((uint16_t)v & 0xff);
            bytes[2 * i + 1] = (unsigned char)((uint16_t)v >> 8);
        }
    }
    free(t->tone);
    t->tone = xstrdup(base64_encode(t->scratch, bytes, (size_t)n * (ulaw ? 1 : 2)));
    t->tone_n = strlen(t->tone);
    free(bytes);
}

static const char *name_of(const struct talk *t, const char *present, const char *beta)
{
    return t->beta ? beta : present;
}

/* One event with so much sound; pieces of TALK_TONE_MS are whole groups of base64. */
static void emit_sound(struct talk *t, int64_t ms)
{
    char id[TALK_ID];
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 64u << 20);
    talk_id(t, "event", id);
    buf_printf(&b,
               "{\"type\":\"%s\",\"event_id\":\"%s\",\"response_id\":\"%s\",\"item_id\":\"%s\","
               "\"output_index\":0,\"content_index\":0,\"delta\":\"",
               name_of(t, "response.output_audio.delta", "response.audio.delta"), id,
               t->response.id, t->response.item);
    for (int64_t i = 0; i < ms / TALK_TONE_MS; i++) {
        buf_add(&b, t->tone, t->tone_n);
    }
    buf_puts(&b, "\"}");
    talk_emit_text(t, buf_str(&b));
}

/* --- events of a response --- */

static json_t *of_response(const struct talk *t, const char *type)
{
    return json_pack("{s:s,s:s,s:s,s:i}", "type", type, "response_id", t->response.id, "item_id",
                     t->response.item, "output_index", (int)json_array_size(t->response.output));
}

static json_t *of_part(const struct talk *t, const char *type)
{
    json_t *event = of_response(t, type);
    json_object_set_new(event, "content_index", json_integer(0));
    return event;
}

static void emit_item(struct talk *t, const char *type, const json_t *item)
{
    talk_emit(t, json_pack("{s:s,s:s,s:i,s:O}", "type", type, "response_id", t->response.id,
                           "output_index", (int)json_array_size(t->response.output), "item", item));
}

static json_t *response_object(struct talk *t, const char *status, json_t *details)
{
    struct talk_response *r = &t->response;
    int words = r->words ? (int)strlen(r->words) / 4 : 0;
    json_t *usage = json_null();
    if (strcmp(status, "in_progress") != 0) {
        usage = json_pack("{s:i,s:i,s:i,s:{s:i,s:i,s:i},s:{s:i,s:i}}", "total_tokens", 100 + words,
                          "input_tokens", 100, "output_tokens", words, "input_token_details",
                          "text_tokens", 60, "audio_tokens", 40, "cached_tokens", 0,
                          "output_token_details", "text_tokens", words / 2, "audio_tokens",
                          words - words / 2);
    }
    const json_t *metadata = json_object_get(r->asked, "metadata");
    return json_pack("{s:s,s:s,s:s,s:o,s:O,s:o,s:O?,s:s}", "object", "realtime.response", "id",
                     r->id, "status", status, "status_details", details, "output", r->output,
                     "usage", usage, "metadata", metadata, "conversation_id", "conv_sandbox");
}

static void item_begins(struct talk *t, json_t *item)
{
    struct talk_response *r = &t->response;
    snprintf(r->item, sizeof r->item, "%s", json_get_text(item, "id", ""));
    json_object_set_new(item, "object", json_string("realtime.item"));
    json_object_set_new(item, "status", json_string("in_progress"));
    emit_item(t, "response.output_item.added", item);
    talk_add(t, item, NULL, false);
}

static void item_ends(struct talk *t, const char *status)
{
    struct talk_response *r = &t->response;
    struct talk_item *item = talk_find(t, r->item);
    if (!item) { /* the client has deleted it meanwhile */
        r->item[0] = '\0';
        return;
    }
    json_object_set_new(item->json, "status", json_string(status));
    emit_item(t, "response.output_item.done", item->json);
    if (!t->beta) {
        talk_tell_item(t, item, "conversation.item.done");
    }
    json_array_append_new(r->output, json_deep_copy(item->json));
    r->item[0] = '\0';
}

/* --- words --- */

static void words_begin(struct talk *t)
{
    char id[TALK_ID];
    struct talk_response *r = &t->response;
    int64_t ms =
        json_get_i64(r->script, "voice_ms", (int64_t)utf8_length(str_of(r->words)) * MS_PER_LETTER);
    ms = MAX_OF(MIN_OF(ms, VOICE_MOST_MS),
                json_object_get(r->script, "voice_ms") ? 0 : VOICE_LEAST_MS);
    r->total_ms = (ms + TALK_TONE_MS - 1) / TALK_TONE_MS * TALK_TONE_MS;
    make_tone(t);
    talk_id(t, "item", id);
    item_begins(t, json_pack("{s:s,s:s,s:s,s:[]}", "id", id, "type", "message", "role", "assistant",
                             "content"));
    json_t *event = of_part(t, "response.content_part.added");
    json_object_set_new(event, "part", json_pack("{s:s,s:s}", "type", "audio", "transcript", ""));
    talk_emit(t, event);
    t->spoke = true;
}

/* The words that go with the sound so far. */
static void emit_words(struct talk *t)
{
    struct talk_response *r = &t->response;
    size_t n = strlen(r->words);
    size_t until = r->total_ms ? (size_t)((int64_t)n * r->sent_ms / r->total_ms) : n;
    struct str rest = {r->words + r->words_sent, n - r->words_sent};
    struct str piece = utf8_prefix(rest, until > r->words_sent ? until - r->words_sent : 0);
    if (r->sent_ms >= r->total_ms) {
        piece = rest;
    }
    if (!piece.n) {
        return;
    }
    r->words_sent += piece.n;
    json_t *event = of_part(
        t, name_of(t, "response.output_audio_transcript.delta", "response.audio_transcript.delta"));
    json_object_set_new(event, "delta", json_stringn(piece.p, piece.n));
    talk_emit(t, event);
}

static void words_end(struct talk *t, const char *status)
{
    struct talk_response *r = &t->response;
    char *said = pool_strndup(t->scratch, r->words, r->words_sent);
    talk_emit(t, of_part(t, name_of(t, "response.output_audio.done", "response.audio.done")));
    json_t *event = of_part(
        t, name_of(t, "response.output_audio_transcript.done", "response.audio_transcript.done"));
    json_object_set_new(event, "transcript", json_string(said));
    talk_emit(t, event);
    event = of_part(t, "response.content_part.done");
    json_object_set_new(event, "part", json_pack("{s:s,s:s}", "type", "audio", "transcript", said));
    talk_emit(t, event);
    struct talk_item *item = talk_find(t, r->item);
    if (item) {
        free(item->words);
        item->words = xstrdup(said);
        item->audio_ms = r->sent_ms;
        json_object_set_new(item->json, "content",
                            json_pack("[{s:s,s:s}]", "type", name_of(t, "output_audio", "audio"),
                                      "transcript", said));
    }
    item_ends(t, status);
    free(r->words);
    r->words = NULL;
}

/* --- functions --- */

static void call(struct talk *t, const json_t *one)
{
    char id[TALK_ID], call_id[TALK_ID];
    struct talk_response *r = &t->response;
    const char *name = json_get_text(one, "name", "");
    const json_t *given = json_object_get(one, "arguments");
    struct str args = json_is_string(given) ? str_of(json_string_value(given))
                      : given               ? json_dump_to_pool(t->scratch, given)
                                            : STR("{}");
    talk_id(t, "item", id);
    talk_id(t, "call", call_id);
    json_t *item = json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", id, "type", "function_call", "name",
                             name, "call_id", call_id, "arguments", "");
    item_begins(t, item);
    json_t *event = of_response(t, "response.function_call_arguments.delta");
    json_object_set_new(event, "call_id", json_string(call_id));
    json_object_set_new(event, "delta", json_stringn(args.p, args.n));
    talk_emit(t, event);
    event = of_response(t, "response.function_call_arguments.done");
    json_object_set_new(event, "call_id", json_string(call_id));
    if (!t->beta) {
        json_object_set_new(event, "name", json_string(name));
    }
    json_object_set_new(event, "arguments", json_stringn(args.p, args.n));
    talk_emit(t, event);
    struct talk_item *added = talk_find(t, r->item);
    if (added) {
        json_object_set_new(added->json, "arguments", json_stringn(args.p, args.n));
    }
    item_ends(t, "completed");
}

/* --- the end --- */

void talk_response_clear(struct talk *t)
{
    struct talk_response *r = &t->response;
    json_decref(r->asked);
    json_decref(r->script);
    json_decref(r->output);
    json_decref(r->calls);
    free(r->words);
    *r = (struct talk_response){.step = TALK_IDLE};
    loop_timer_stop(t->timer);
}

static void done(struct talk *t, const char *status, json_t *details)
{
    json_t *response = response_object(t, status, details);
    talk_emit(t, json_pack("{s:s,s:o}", "type", "response.done", "response", response));
    talk_emit(t, json_pack("{s:s,s:[{s:s,s:i,s:i,s:f},{s:s,s:i,s:i,s:f}]}", "type",
                           "rate_limits.updated", "rate_limits", "name", "requests", "limit", 1000,
                           "remaining", 999, "reset_seconds", 60.0, "name", "tokens", "limit",
                           50000, "remaining", 49000, "reset_seconds", 1.0));
    talk_response_clear(t);
}

void talk_cancel(struct talk *t, const char *reason)
{
    struct talk_response *r = &t->response;
    if (r->item[0] && r->words) {
        words_end(t, "incomplete");
    } else if (r->item[0]) {
        item_ends(t, "incomplete");
    }
    done(t, "cancelled", json_pack("{s:s,s:s}", "type", "cancelled", "reason", reason));
}

/* --- what can go wrong --- */

static void fail(struct talk *t)
{
    const char *code = json_get_text(t->response.script, "code", "server_error");
    json_t *error = json_pack("{s:s,s:s}", "type", "server_error", "code", code);
    done(t, "failed", json_pack("{s:s,s:o}", "type", "failed", "error", error));
}

static void emit_strangers(struct talk *t)
{
    talk_emit(t, json_pack("{s:s,s:{s:[[[i,i]],s]}}", "type", "response.weather.delta", "weather",
                           "layers", 1, 2, "a \"quoted\" } bracket"));
    talk_emit(t, json_pack("{s:s,s:i,s:n}", "type", "session.mood", "delta", 7, "item"));
    talk_emit(t, json_pack("{s:i}", "type", 5));
}

/* All that a response tells, told once more after its end, and its sound before its item. */
static void finish_awkwardly(struct talk *t)
{
    struct talk_response *r = &t->response;
    char item[TALK_ID];
    snprintf(item, sizeof item, "%s", r->item);
    json_t *late = of_part(
        t, name_of(t, "response.output_audio_transcript.done", "response.audio_transcript.done"));
    json_object_set_new(late, "transcript", json_string(r->words ? r->words : ""));
    if (r->words) {
        words_end(t, "completed");
    }
    json_t *response = response_object(t, "completed", json_null());
    json_t *event = json_pack("{s:s,s:O}", "type", "response.done", "response", response);
    snprintf(r->item, sizeof r->item, "%s", item);
    talk_emit(t, event);
    emit_sound(t, PIECE_MS);
    talk_emit(t, late);
    talk_emit(t, json_pack("{s:s,s:o}", "type", "response.done", "response", response));
    talk_response_clear(t);
}

/* --- its course --- */

static void after(struct talk *t, enum talk_step step, int64_t ms)
{
    t->response.step = step;
    loop_timer_set(t->timer, ms);
}

static void created(struct talk *t)
{
    json_t *response = response_object(t, "in_progress", json_null());
    talk_emit(t, json_pack("{s:s,s:o}", "type", "response.created", "response", response));
}

/* Words that the client wants said as they are. */
static char *exact_words(const json_t *asked)
{
    const char *told = json_get_text(asked, "instructions", NULL);
    const char *at = told ? strstr(told, EXACT) : NULL;
    const char *end = at ? strrchr(told, '"') : NULL;
    at = at ? at + strlen(EXACT) : NULL;
    if (!at || end < at) {
        return NULL;
    }
    char *words = xmalloc((size_t)(end - at) + 1);
    memcpy(words, at, (size_t)(end - at));
    words[end - at] = '\0';
    return words;
}

void talk_answer(struct talk *t, const json_t *asked, const char *about)
{
    struct talk_response *r = &t->response;
    if (r->step != TALK_IDLE) {
        talk_error(t, "conversation_already_has_active_response", NULL, about,
                   "Conversation already has an active response in progress. Wait until the "
                   "response is finished before creating a new one.");
        return;
    }
    r->asked = asked ? json_deep_copy(asked) : NULL;
    r->words = exact_words(asked);
    r->output = json_array();
    if (!r->words) {
        r->script = t->turn ? t->turn : talk_take_turn(t->sandbox);
        t->turn = NULL;
    }
    if (fails(t, "stall")) {
        talk_response_clear(t);
        return;
    }
    talk_id(t, "resp", r->id);
    after(t, TALK_THINK, THINK_MS + json_get_i64(r->script, "delay_ms", 0));
    if (!fails(t, "error") && !fails(t, "close")) {
        created(t);
    }
}

static void think(struct talk *t)
{
    struct talk_response *r = &t->response;
    const char *says = json_get_text(r->script, "says", NULL);
    const json_t *calls = json_object_get(r->script, "calls");
    if (fails(t, "error")) {
        const char *code = json_get_text(r->script, "code", "server_error");
        talk_error(t, code, NULL, NULL, "an error that was asked for");
        talk_response_clear(t);
        return;
    }
    if (fails(t, "close")) {
        talk_response_clear(t);
        ws_close(t->ws, 1011, "a close that was asked for");
        return;
    }
    if (fails(t, "malformed")) {
        talk_emit_text(t, STR("{\"type\":\"response.output_audio.delta\",\"delta\":\"AAAA"));
    }
    if (fails(t, "failed")) {
        fail(t);
        return;
    }
    if (says || calls) {
        r->words = says ? xstrdup(says) : NULL;
        r->calls = calls ? json_deep_copy(calls) : NULL;
    } else if (!r->words) {
        talk_think(t);
    }
    if (r->words) {
        words_begin(t);
    }
    after(t, r->words ? TALK_SPEAK : TALK_CALL, 0);
}

/* true: it went wrong as it was to. */
static bool goes_wrong_amid(struct talk *t)
{
    struct talk_response *r = &t->response;
    if (fails(t, "unknown")) {
        emit_strangers(t);
    }
    if (r->sent_ms * 2 < r->total_ms) {
        return false;
    }
    if (fails(t, "cut")) {
        talk_response_clear(t);
        ws_close(t->ws, 1011, "a cut that was asked for");
        return true;
    }
    return fails(t, "hang"); /* the timer is not set again */
}

static void speak(struct talk *t)
{
    struct talk_response *r = &t->response;
    int64_t left = r->total_ms - r->sent_ms;
    int64_t piece = fails(t, "huge") ? left : MIN_OF(left, PIECE_MS);
    emit_words(t);
    if (piece > 0) {
        emit_sound(t, piece);
    }
    r->sent_ms += piece;
    struct talk_item *item = talk_find(t, r->item);
    if (item) {
        item->audio_ms = r->sent_ms;
    }
    if (goes_wrong_amid(t)) {
        return;
    }
    if (r->sent_ms < r->total_ms) {
        after(t, TALK_SPEAK, PIECE_EVERY);
        return;
    }
    emit_words(t);
    if (fails(t, "awkward") && !r->calls) {
        finish_awkwardly(t);
        return;
    }
    words_end(t, "completed");
    after(t, TALK_CALL, 0);
}

void talk_step(void *talk)
{
    struct talk *t = talk;
    struct talk_response *r = &t->response;
    size_t i;
    json_t *one;
    pool_clear(t->scratch);
    switch (r->step) {
    case TALK_IDLE:
        break;
    case TALK_THINK:
        think(t);
        break;
    case TALK_SPEAK:
        speak(t);
        break;
    case TALK_CALL:
    case TALK_DONE:
        json_array_foreach (r->calls, i, one) {
            call(t, one);
        }
        done(t, "completed", json_null());
        break;
    }
}
