/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bidirectional Media Stream from Twilio's side (Twilio docs, "Media Streams: WebSocket
 * messages"): connected, start, 20 ms of the caller at a time, keys, marks that come back, stop;
 * media, mark and clear come in. TwiML goes on when the product closes the socket.
 */
#include "base/json_read.h"
#include "channels/twilio_signature.h"
#include "io/ws_client.h"
#include "sandbox/sandbox_voice_private.h"

#define MESSAGE_MAX_BYTES ((uint32_t)4 << 20)
#define QUEUE_MAX_BYTES ((uint32_t)1 << 20)
#define WAITS_MAX_BYTES ((size_t)8000 * 600)
#define CONNECT_MS 10000

/* ---- out ---- */

static struct jw begin(struct voice_stream *st, const char *event)
{
    buf_reset(&st->out);
    struct jw j = jw_to(&st->out);
    jw_object(&j);
    jw_kv_text(&j, "event", event);
    return j;
}

static void kv_number(struct jw *j, const char *key, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    jw_kv_text(j, key, text);
}

static void number(struct voice_stream *st, struct jw *j)
{
    kv_number(j, "sequenceNumber", ++st->sequence);
    jw_kv_text(j, "streamSid", st->sid);
}

static void put(struct voice_stream *st, struct jw *j)
{
    jw_object_end(j);
    ws_put_text(st->ws, buf_str(&st->out));
}

static void put_start(struct voice_stream *st)
{
    const struct voice_leg *leg = st->leg;
    struct jw j = begin(st, "connected");
    jw_kv_text(&j, "protocol", "Call");
    jw_kv_text(&j, "version", "1.0.0");
    put(st, &j);
    j = begin(st, "start");
    number(st, &j);
    jw_key(&j, "start");
    jw_object(&j);
    jw_kv_text(&j, "accountSid", st->voice->s->account);
    jw_kv_text(&j, "streamSid", st->sid);
    jw_kv_text(&j, "callSid", leg->sid);
    jw_key(&j, "tracks");
    jw_array(&j);
    jw_text(&j, "inbound");
    jw_array_end(&j);
    jw_key(&j, "mediaFormat");
    jw_object(&j);
    jw_kv_text(&j, "encoding", "audio/x-mulaw");
    jw_kv_i64(&j, "sampleRate", 8000);
    jw_kv_i64(&j, "channels", 1);
    jw_object_end(&j);
    jw_key(&j, "customParameters");
    jw_object(&j);
    for (const struct twiml *t = st->verb->children->children; t; t = t->next) {
        jw_key_text(&j, str_of(twiml_get(t, "name", "")));
        jw_text(&j, twiml_get(t, "value", ""));
    }
    jw_object_end(&j);
    jw_object_end(&j);
    put(st, &j);
}

/* A member that is an object with the call's track and one or more texts. */
static void put_sound(struct voice_stream *st, const uint8_t frame[ACTOR_FRAME])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char payload[(ACTOR_FRAME + 2) / 3 * 4 + 1];
    size_t at = 0;
    for (size_t i = 0; i < ACTOR_FRAME; i += 3) {
        size_t left = MIN_OF((size_t)3, ACTOR_FRAME - i);
        uint32_t v = (uint32_t)frame[i] << 16 | (left > 1 ? (uint32_t)frame[i + 1] << 8 : 0) |
                     (left > 2 ? frame[i + 2] : 0);
        payload[at++] = digits[v >> 18];
        payload[at++] = digits[v >> 12 & 63];
        payload[at++] = left > 1 ? digits[v >> 6 & 63] : '=';
        payload[at++] = left > 2 ? digits[v & 63] : '=';
    }
    struct jw j = begin(st, "media");
    number(st, &j);
    jw_key(&j, "media");
    jw_object(&j);
    jw_kv_text(&j, "track", "inbound");
    kv_number(&j, "chunk", ++st->chunk);
    kv_number(&j, "timestamp", st->leg->now_ms - st->began_ms);
    jw_kv_str(&j, "payload", (struct str){payload, at});
    jw_object_end(&j);
    put(st, &j);
    st->leg->frames_sent++;
}

static void put_digit(struct voice_stream *st, char digit)
{
    struct jw j = begin(st, "dtmf");
    number(st, &j);
    jw_key(&j, "dtmf");
    jw_object(&j);
    jw_kv_text(&j, "track", "inbound_track");
    jw_kv_text(&j, "digit", (char[]){digit, '\0'});
    jw_object_end(&j);
    put(st, &j);
}

static void put_due_marks(struct voice_stream *st)
{
    char name[PLAYBACK_MARK_BYTES];
    while (st->open && !(st->leg && st->leg->stalls) && playback_due(&st->playback, name)) {
        struct jw j = begin(st, "mark");
        number(st, &j);
        jw_key(&j, "mark");
        jw_object(&j);
        jw_kv_text(&j, "name", name);
        jw_object_end(&j);
        put(st, &j);
        if (st->leg) {
            st->leg->marks++;
        }
    }
}

static void put_stop(struct voice_stream *st, const struct voice_leg *leg)
{
    struct jw j = begin(st, "stop");
    number(st, &j);
    jw_key(&j, "stop");
    jw_object(&j);
    jw_kv_text(&j, "accountSid", st->voice->s->account);
    jw_kv_text(&j, "callSid", leg->sid);
    jw_object_end(&j);
    put(st, &j);
}

/* ---- in ---- */

static void complain(struct voice_stream *st, const char *why, int code)
{
    voice_moment(st->leg, "error", why, code);
    st->stopped = true;
    ws_close(st->ws, 1008, why);
}

static void take_sound(struct voice_stream *st, struct pool *p, const json_t *message)
{
    const char *payload = json_get_text(json_object_get(message, "media"), "payload", NULL);
    struct str sound;
    if (!payload || !base64_decode(p, str_of(payload), &sound)) {
        complain(st, "media without a payload in base64", 31951);
    } else if (!playback_add(&st->playback, sound)) {
        complain(st, "more sound waits than may", 31931);
    } else {
        st->leg->heard_bytes += (int64_t)sound.n;
        st->heard_bytes += (int64_t)sound.n;
    }
}

static void take_clear(struct voice_stream *st)
{
    struct voice_leg *leg = st->leg;
    size_t dropped = playback_clear(&st->playback);
    char since[32];
    snprintf(since, sizeof since, "%lld", (long long)(leg->now_ms - leg->spoke_ms));
    leg->clears++;
    voice_moment(leg, "cleared", since, (int64_t)dropped / 8);
    put_due_marks(st);
}

static void on_message(struct ws *ws UNUSED, void *arg, bool is_text, struct str data)
{
    struct voice_stream *st = arg;
    if (!st->leg || st->stopped) {
        return;
    }
    struct pool *p CLEANUP(pool_free) = pool_new();
    json_t *message = NULL;
    if (!is_text || json_read(p, data, &message, NULL)) {
        complain(st, "a message that is no JSON", 31950);
        return;
    }
    struct str event = str_of(json_get_text(message, "event", ""));
    if (strcmp(json_get_text(message, "streamSid", ""), st->sid) != 0) {
        complain(st, "a message without the stream's streamSid", 31951);
    } else if (str_eq(event, STR("media"))) {
        take_sound(st, p, message);
    } else if (str_eq(event, STR("clear"))) {
        take_clear(st);
    } else if (str_eq(event, STR("mark"))) {
        const char *name = json_get_text(json_object_get(message, "mark"), "name", NULL);
        if (!name || !playback_mark(&st->playback, str_of(name))) {
            complain(st, name ? "too many marks wait" : "a mark without a name", 31951);
            return;
        }
        put_due_marks(st);
    } else {
        complain(st, "an event that Twilio does not know", 31951);
    }
}

/* ---- life ---- */

static void report(struct voice_stream *st, struct voice_leg *leg, const char *event,
                   const char *why)
{
    if (!st->status_url || !leg) {
        return;
    }
    char date[WALL_RFC2822_BYTES];
    wall_format_rfc2822(wall_now(), date);
    struct form_pair fields[] = {
        {STR("StreamSid"), str_of(st->sid)}, {STR("StreamName"), str_of(st->name)},
        {STR("StreamEvent"), str_of(event)}, {STR("Timestamp"), str_of(date)},
        {STR("StreamError"), str_of(why)},
    };
    voice_post(leg, st->status_url, fields, why ? 5 : 4, SANDBOX_ON_CALLBACKS, NULL);
}

static void on_open(struct ws *ws UNUSED, void *arg)
{
    struct voice_stream *st = arg;
    st->open = true;
    if (st->leg) {
        st->began_ms = st->leg->now_ms;
        voice_moment(st->leg, "stream", st->sid, 0);
        report(st, st->leg, "stream-started", NULL);
        put_start(st);
    }
}

static void on_closed(struct ws *ws, void *arg)
{
    struct voice_stream *st = arg;
    struct voice_leg *leg = st->leg;
    bool was_open = st->open;
    char why[160];
    snprintf(why, sizeof why, "%u %.140s", ws_close_code(ws), ws_why_closed(ws));
    st->open = false;
    if (leg) {
        leg->stream = NULL;
        voice_moment(leg, was_open ? "closed" : "error", why,
                     was_open ? st->heard_bytes / 8 : 31920);
        report(st, leg, was_open ? "stream-stopped" : "stream-error", was_open ? NULL : why);
        struct form_pair fields[] = {{STR("StreamSid"), str_of(st->sid)}};
        if (leg->live && leg->doing == DOING_STREAM) {
            voice_verb_over(leg, fields, 1);
        }
    }
    ws_unref(&st->ws);
    playback_free(&st->playback);
    buf_clear(&st->out);
    free(st);
}

static const struct ws_ops ops = {
    .open = on_open,
    .message = on_message,
    .closed = on_closed,
    .message_max_bytes = MESSAGE_MAX_BYTES,
    .queue_max_bytes = QUEUE_MAX_BYTES,
};

static bool is_here(const char *url)
{
    static const char *const hosts[] = {"ws://127.0.0.1", "ws://localhost", "ws://[::1]"};
    for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
        if (str_starts(str_of(url), str_of(hosts[i]))) {
            return true;
        }
    }
    return false;
}

/* Twilio takes wss alone; a product on this machine may do without. A query is dropped. */
static const char *stream_url(struct voice_leg *leg, const struct twiml *noun)
{
    const char *url = twiml_get(noun, "url", "");
    if (!str_starts(str_of(url), STR("wss://")) && !is_here(url)) {
        voice_moment(leg, "error", "a stream's url begins with wss://", 31901);
        return NULL;
    }
    return pool_strndup(leg->doc_pool, url, strcspn(url, "?#"));
}

static int connect_to(struct voice_stream *st, struct voice_leg *leg, const char *url,
                      struct err *e)
{
    struct pool *p = leg->doc_pool;
    struct sandbox *s = st->voice->s;
    const char *headers[] = {
        pool_printf(p, "X-Twilio-Signature: %s",
                    twilio_sign(p, str_of(s->token), str_of(url), NULL)),
        "User-Agent: Twilio.TmeWs/1.0",
        NULL,
    };
    struct ws_peer peer = {.url = url, .headers = headers, .connect_ms = CONNECT_MS};
    return ws_connect(atomic_load(&st->voice->loop), &peer, &ops, st, &st->ws, e);
}

void voice_stream(struct voice_leg *leg)
{
    const struct twiml *noun = leg->verb->children;
    const char *url = noun ? stream_url(leg, noun) : NULL;
    leg->doing = DOING_STREAM;
    if (!url) {
        voice_verb_over(leg, NULL, 0);
        return;
    }
    struct voice_stream *st = xcalloc(1, sizeof *st);
    st->voice = leg->voice;
    st->leg = leg;
    st->verb = leg->verb;
    st->name = twiml_get(noun, "name", st->sid);
    const char *callback = twiml_get(noun, "statusCallback", NULL);
    st->status_url = callback ? voice_url(leg, callback) : NULL;
    voice_make_sid(st->sid, "MZ", leg->seq);
    playback_init(&st->playback, WAITS_MAX_BYTES);
    buf_init(&st->out, 16u << 10);
    leg->stream = st;
    struct err e = {0};
    if (connect_to(st, leg, url, &e)) {
        voice_moment(leg, "error", e.text, 31920);
        leg->stream = NULL;
        free(st);
        voice_verb_over(leg, NULL, 0);
    }
}

void voice_stream_leave(struct voice_leg *leg, bool cut)
{
    struct voice_stream *st = leg->stream;
    leg->stream = NULL;
    st->leg = NULL;
    voice_moment(leg, "left", st->sid, st->heard_bytes / 8);
    if (cut) {
        ws_cut(st->ws);
        return;
    }
    if (st->open) {
        put_stop(st, leg);
        report(st, leg, "stream-stopped", NULL);
    }
    ws_close(st->ws, 1000, "");
}

void voice_stream_hear(struct voice_leg *leg, uint8_t frame[PLAYBACK_FRAME])
{
    struct voice_stream *st = leg->stream;
    if (st && st->open && !leg->stalls) {
        playback_take(&st->playback, frame);
        put_due_marks(st);
    }
}

bool voice_stream_opens(const struct voice_leg *leg)
{
    return leg->doing == DOING_STREAM && leg->stream && !leg->stream->open;
}

void voice_stream_tick(struct voice_leg *leg, const struct actor_does *does)
{
    struct voice_stream *st = leg->stream;
    if (!st || !st->open || st->stopped || does->stalls) {
        return;
    }
    if (does->digit) {
        put_digit(st, does->digit);
    }
    put_sound(st, does->frame);
}
