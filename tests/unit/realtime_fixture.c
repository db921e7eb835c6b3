/* SPDX-License-Identifier: Apache-2.0 */
/* The scene of the realtime engine's tests. */
#include "realtime_fixture.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/codec.h"
#include "booking_fixture.h"
#include "domain/business.h"
#include "domain/conversation.h"
#include "facts_fixture.h"
#include "tap.h"

/* --- lines --- */

static void note(struct scene *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void note(struct scene *s, const char *fmt, ...)
{
    va_list args;
    char *line = NULL;
    va_start(args, fmt);
    int n = vasprintf(&line, fmt, args);
    va_end(args);
    pthread_mutex_lock(&s->lock);
    if (n >= 0 && s->n < SCENE_LINES) {
        s->lines[s->n++] = line;
    } else {
        free(line);
    }
    pthread_mutex_unlock(&s->lock);
    bell_ring(s->bell);
}

void scene_tell(struct scene *s)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++) {
        printf("# %s%.300s\n", i == s->read ? "> " : "", s->lines[i]);
    }
    pthread_mutex_unlock(&s->lock);
}

const char *scene_wait(struct scene *s, const char *beginning)
{
    struct mono start = mono_now();
    size_t n = strlen(beginning), at = s->read;
    for (;;) {
        pthread_mutex_lock(&s->lock);
        for (; at < s->n; at++) {
            if (strncmp(s->lines[at], beginning, n) == 0) {
                s->read = at + 1;
                const char *rest = s->lines[at] + n;
                pthread_mutex_unlock(&s->lock);
                return rest;
            }
        }
        pthread_mutex_unlock(&s->lock);
        if (mono_us_since(start) > WAIT_MS * 1000LL) {
            OK_MSG(false, "\"%s\" did not come", beginning);
            scene_tell(s);
            return NULL;
        }
        bell_wait(s->bell, 100);
    }
}

int scene_count(struct scene *s, const char *beginning)
{
    int count = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++) {
        count += strncmp(s->lines[i], beginning, strlen(beginning)) == 0;
    }
    pthread_mutex_unlock(&s->lock);
    return count;
}

/* --- the call's side --- */

static void on_ready(void *call)
{
    note(call, "ready");
}

static void interrupt(struct scene *s)
{
    if (s->engine && s->heard_ms >= 0) {
        s->engine->ops->interrupt(s->engine, s->heard_ms);
    }
}

static void on_speech_started(void *call)
{
    note(call, "speech_started");
    interrupt(call);
}

static void on_speech_stopped(void *call)
{
    note(call, "speech_stopped");
}

static void on_heard(void *call, struct str text, bool final)
{
    note(call, "%s: " STR_FMT, final ? "heard" : "hearing", STR_ARG(text));
}

static void on_reply_began(void *call)
{
    note(call, "reply_began");
}

static void on_audio(void *call, struct str base64)
{
    struct scene *s = call;
    s->audio_bytes += (long long)audio_base64_bytes(base64.p, base64.n);
    note(s, "audio %zu", audio_base64_bytes(base64.p, base64.n));
}

static void on_said(void *call, struct str text, bool final)
{
    note(call, "%s: " STR_FMT, final ? "said" : "saying", STR_ARG(text));
}

static void on_reply_done(void *call)
{
    note(call, "reply_done");
}

static void on_withdrawn(void *call)
{
    note(call, "withdrawn");
    interrupt(call);
}

static void on_tool(void *call, const char *name, struct str args, struct str result, bool wrote)
{
    note(call, "tool: %s " STR_FMT " " STR_FMT "%s", name, STR_ARG(args), STR_ARG(result),
         wrote ? " wrote" : "");
}

static void on_noticed(void *call, const struct turn_event *e)
{
    for (; e; e = e->next) {
        note(call, "noticed: %s " STR_FMT, e->type, STR_ARG(e->details));
    }
}

static void on_transfer(void *call, const struct call_transfer *to)
{
    note(call, "transfer: %s", to->reason);
}

static void on_goodbye(void *call)
{
    note(call, "goodbye");
}

static void on_failed(void *call, const char *why)
{
    note(call, "failed: %s", why);
}

static const struct engine_events events = {
    .ready = on_ready,
    .speech_started = on_speech_started,
    .speech_stopped = on_speech_stopped,
    .heard = on_heard,
    .reply_began = on_reply_began,
    .audio = on_audio,
    .said = on_said,
    .reply_done = on_reply_done,
    .withdrawn = on_withdrawn,
    .tool = on_tool,
    .noticed = on_noticed,
    .transfer = on_transfer,
    .goodbye = on_goodbye,
    .failed = on_failed,
};

/* Something that the call does with its engine, on the loop. */
struct deed {
    struct scene *scene;
    void (*fn)(struct scene *s, struct deed *d);
    const char *text;
    int64_t number;
    char digit;
    struct bell *done;
};

static void run_deed(void *arg)
{
    struct deed *d = arg;
    if (d->scene->engine || d->digit == 's') {
        d->fn(d->scene, d);
    }
    bell_ring(d->done);
}

static void act(struct scene *s, struct deed d)
{
    d.scene = s;
    d.done = bell_new();
    loop_call(s->loop, run_deed, &d);
    OK(bell_wait(d.done, WAIT_MS));
    bell_free(&d.done);
}

static void do_start(struct scene *s, struct deed *d)
{
    (void)d;
    struct engine_start start = {
        .desk = s->desk,
        .loop = s->loop,
        .form = s->form,
        .call_id = "call-1",
        .session_id = s->session_id ? s->session_id : "session-1",
        .conversation_id = s->no_conversation ? NULL : s->conversation_id,
        .customer_id = s->unknown_caller ? 0 : s->customer_id,
        .caller = s->unknown_caller ? NULL : "+15550100001",
        .greeting = s->greeting,
        .lines = s->said,
        .n_lines = s->n_said,
        .events = &events,
        .call = s,
    };
    struct err e = {0};
    if ((s->ops ? s->ops : &engine_realtime)->start(&start, &s->engine, &e) < 0) {
        s->engine = NULL;
        note(s, "not started: %s", e.text);
    }
}

static void do_stop(struct scene *s, struct deed *d)
{
    (void)d;
    s->engine->ops->stop(&s->engine);
}

static void do_sound(struct scene *s, struct deed *d)
{
    unsigned char bytes[960];
    size_t n = audio_bytes_per_ms(s->form) * 20;
    bool ulaw = s->form == AUDIO_ULAW_8K;
    for (size_t i = 0; i < n; i++) {
        bool high = i % 32 < 16;
        bytes[i] = !d->text ? (ulaw ? 0xff : 0)
                   : ulaw   ? (high ? 0x8f : 0x0f)
                            : (high ? 0x40 : 0xc0);
    }
    struct pool *p CLEANUP(pool_free) = pool_new();
    const char *base64 = base64_encode(p, bytes, n);
    for (int64_t at = 0; at < d->number && s->engine; at += 20) {
        s->engine->ops->audio(s->engine, str_of(base64));
    }
}

void scene_sound(struct scene *s, bool loud, int ms)
{
    act(s, (struct deed){.fn = do_sound, .text = loud ? "loud" : NULL, .number = ms});
}

static void do_samples(struct scene *s, struct deed *d)
{
    const int16_t *samples = (const int16_t *)(const void *)d->text;
    size_t frame = (size_t)audio_rate(s->form) / 50;
    for (size_t at = 0; at + frame <= (size_t)d->number && s->engine; at += frame) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        CLEANUP(buf_clear) struct buf b;
        buf_init(&b, 4096);
        for (size_t i = at; i < at + frame; i++) {
            if (s->form == AUDIO_ULAW_8K) {
                buf_putc(&b, (char)ulaw_of(samples[i]));
            } else {
                buf_add(&b, &samples[i], 2);
            }
        }
        s->engine->ops->audio(s->engine, str_of(base64_encode(p, b.data, b.len)));
    }
}

void scene_samples(struct scene *s, const int16_t *samples, size_t n)
{
    act(s, (struct deed){.fn = do_samples,
                         .text = (const char *)(const void *)samples,
                         .number = (int64_t)n});
}

static void do_text(struct scene *s, struct deed *d)
{
    s->engine->ops->text(s->engine, str_of(d->text));
}

void scene_text(struct scene *s, const char *text)
{
    act(s, (struct deed){.fn = do_text, .text = text});
}

static void do_say(struct scene *s, struct deed *d)
{
    s->engine->ops->say(s->engine, d->text);
}

void scene_say(struct scene *s, const char *text)
{
    act(s, (struct deed){.fn = do_say, .text = text});
}

static void do_digit(struct scene *s, struct deed *d)
{
    s->engine->ops->digit(s->engine, (char)d->number);
}

void scene_digit(struct scene *s, char digit)
{
    act(s, (struct deed){.fn = do_digit, .number = digit});
}

static void do_commit(struct scene *s, struct deed *d)
{
    (void)d;
    s->engine->ops->commit(s->engine);
}

void scene_commit(struct scene *s)
{
    act(s, (struct deed){.fn = do_commit});
}

static void do_interrupt(struct scene *s, struct deed *d)
{
    s->engine->ops->interrupt(s->engine, d->number);
}

void scene_interrupt(struct scene *s, int64_t heard_ms)
{
    act(s, (struct deed){.fn = do_interrupt, .number = heard_ms});
}

/* --- the server's side --- */

static void peer_open(struct ws *ws, void *arg)
{
    struct scene *s = arg;
    struct ws *old = atomic_exchange(&s->peer, ws_ref(ws));
    ws_unref(&old);
    note(s, "connected");
    atomic_fetch_add(&s->connections, 1);
}

static void peer_message(struct ws *ws, void *arg, bool is_text, struct str data)
{
    (void)ws;
    (void)is_text;
    note(arg, "got " STR_FMT, STR_ARG(data));
}

static void peer_closed(struct ws *ws, void *arg)
{
    (void)ws;
    note(arg, "hung up");
}

static const struct ws_ops peer_ops = {
    .open = peer_open,
    .message = peer_message,
    .closed = peer_closed,
    .message_max_bytes = 1u << 20,
    .queue_max_bytes = 32u << 20,
};

static enum http_where peer_where(void *arg, struct http_request *req)
{
    (void)arg;
    (void)req;
    return HTTP_ON_LOOP;
}

static void peer_handle(void *arg, struct http_request *req, struct http_response *res)
{
    struct str key = http_request_header(req, "Authorization");
    struct str beta = http_request_header(req, "OpenAI-Beta");
    note(arg, "asked " STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(req->target), STR_ARG(key),
         STR_ARG(beta));
    res->ws = &peer_ops;
    res->ws_arg = arg;
}

static void peer_refuse(void *arg, struct http_request *req, int code, const char *why,
                        struct http_response *res)
{
    (void)arg;
    (void)req;
    (void)why;
    res->status = err_http_status(code);
}

static const struct http_app peer_app = {
    .route = peer_where, .handle = peer_handle, .refuse = peer_refuse};

void scene_send(struct scene *s, const char *frame)
{
    char *text = xstrdup(frame);
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    ws_send_text(s->peer, str_of(text));
    free(text);
}

void scene_created(struct scene *s, const char *id)
{
    scene_send(s, pool_printf(s->pool, "{'type':'response.created','response':{'id':'%s'}}", id));
}

void scene_delta(struct scene *s, const char *response, const char *item, int ms, const char *words)
{
    size_t n = audio_bytes_per_ms(s->form) * (size_t)ms;
    unsigned char *bytes = pool_alloc(s->pool, n + 1);
    const char *head =
        pool_printf(s->pool, "'response_id':'%s','item_id':'%s','content_index':0", response, item);
    if (words) {
        scene_send(s, pool_printf(s->pool,
                                  "{'type':'response.output_audio_transcript.delta',%s,"
                                  "'delta':'%s'}",
                                  head, words));
    }
    if (ms) {
        scene_send(s, pool_printf(s->pool, "{'type':'response.output_audio.delta',%s,'delta':'%s'}",
                                  head, base64_encode(s->pool, bytes, n)));
    }
}

void scene_done(struct scene *s, const char *id, const char *status, const char *output)
{
    scene_send(s, pool_printf(s->pool,
                              "{'type':'response.done','response':{'id':'%s','status':'%s',"
                              "'output':[%s]}}",
                              id, status, output ? output : ""));
}

void scene_accept(struct scene *s)
{
    (void)scene_wait(s, "connected");
    scene_send(s, "{'type':'session.created','session':{'id':'sess_1'}}");
    (void)scene_wait(s, "got {\"type\":\"session.update\"");
    scene_send(s, "{'type':'session.updated','session':{'id':'sess_1'}}");
}

/* --- beginning and end --- */

static int furnish(struct db *db, void *arg, struct err *e)
{
    struct scene *s = arg;
    struct id id;
    int rc = business_seed(db, seed_of_file(s->pool, "../../../share/seeds/medical-spa.json"),
                           wall_now(), e);
    if (rc == 0) {
        rc = conversation_begin(db, s->pool, s->customer_id, "voice", NULL, STR(""), wall_now(),
                                &id, e);
        s->conversation_id = pool_strdup(s->pool, id.text);
    }
    return rc;
}

void scene_init(struct scene *s)
{
    *s = (struct scene){.pool = pool_new(), .heard_ms = -1, .form = AUDIO_ULAW_8K};
    pthread_mutex_init(&s->lock, NULL);
    s->bell = bell_new();
    fixture_init_tables(&s->fixture);
    settings_init(&s->settings);
    s->settings.realtime_key = "sk-test";
    s->settings.realtime_silence = 200;
    s->customer_id = add_customer(s->fixture.store, "Maya Ortiz", "+15550100001");
    struct err e = {0};
    if (store_write(s->fixture.store, furnish, s, &e) < 0) {
        OK_MSG(false, "%s", e.text);
    }
    toy_start(&s->toy, (struct http_config){.io_threads = 1});
    struct reply r;
    ask(s->toy.port, "GET /loop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", &r);
    reply_clear(&r);
    s->loop = s->toy.loop;
}

void scene_start(struct scene *s, const char *url)
{
    struct err e = {0};
    struct voice_desk_config config = {
        .settings = &s->settings, .store = s->fixture.store, .local = s->local};
    EQ_INT(http_server_new(&(struct http_config){.listen = "127.0.0.1:0",
                                                 .io_threads = 1,
                                                 .workers = 1,
                                                 .header_max_bytes = 16384,
                                                 .body_max_bytes = 65536,
                                                 .response_max_bytes = 65536,
                                                 .request_ms = 5000,
                                                 .idle_ms = 60000,
                                                 .connections_max = 64,
                                                 .connections_per_address = 64},
                           &peer_app, s, &s->server, &e),
           0);
    s->settings.realtime_url =
        url ? url
            : pool_printf(s->pool, "ws://127.0.0.1:%d/v1/realtime", http_server_port(s->server));
    EQ_INT(voice_desk_new(&config, &s->desk, &e), 0);
    act(s, (struct deed){.fn = do_start, .digit = 's'});
}

void scene_stop_engine(struct scene *s)
{
    act(s, (struct deed){.fn = do_stop});
}

void scene_clear(struct scene *s)
{
    scene_stop_engine(s);
    if (s->server) {
        http_server_end(s->server, 1000);
    }
    http_server_end(s->toy.server, 1000);
    voice_desk_free(&s->desk);
    toy_stop(&s->toy, 1000);
    if (s->server) {
        http_server_stop(&s->server, 1000);
    }
    struct ws *peer = s->peer;
    ws_unref(&peer);
    for (size_t i = 0; i < s->n; i++) {
        free(s->lines[i]);
    }
    bell_free(&s->bell);
    pthread_mutex_destroy(&s->lock);
    fixture_clear(&s->fixture);
    pool_free(&s->pool);
}
