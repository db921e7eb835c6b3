/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A realtime model's server that says anything at all, in any order, between anything that a call
 * does: the engine must not crash, and must tell its call a story that holds together. Each line of
 * the input is a step: '>' and a frame of the server, 'x' its end, or one of the call's or of time,
 * see `steps`. Socket, timers and workers are written here; there is no store.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/settings.h"
#include "base/utf8.h"
#include "io/loop.h"
#include "io/ws_client.h"
#include "voice/desk.h"
#include "voice/engine.h"

#define JOBS 512
#define TIMERS 4
#define STEPS_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

/* ---- the socket; each that is opened is another ---- */

struct ws {
    int refs;
    bool closed, gone; /* by us; by itself */
    const struct ws_ops *ops;
    void *arg;
};

static struct ws *now_open; /* the last that was opened, while it is */
static bool no_more;        /* connections */

int ws_connect(struct loop *l, const struct ws_peer *peer, const struct ws_ops *ops, void *arg,
               struct ws **out, struct err *e)
{
    (void)l;
    must(peer->url && peer->headers);
    if (no_more) {
        return err_set(e, ERR_INVALID, "no more connections");
    }
    struct ws *ws = xcalloc(1, sizeof *ws);
    *ws = (struct ws){2, false, false, ops, arg}; /* the caller's, and the open connection's */
    now_open = *out = ws;
    return 0;
}

void ws_unref(struct ws **ws)
{
    must((*ws)->refs > 0);
    if (--(*ws)->refs == 0) {
        free(*ws);
    }
    *ws = NULL;
}

static void close_socket(struct ws *ws)
{
    now_open = now_open == ws ? NULL : now_open;
    ws->gone = true;
    ws->ops->closed(ws, ws->arg);
    ws_unref(&ws);
}

static void close_later(void *arg)
{
    close_socket(arg);
}

void ws_close(struct ws *ws, uint16_t code, const char *reason)
{
    (void)code;
    (void)reason;
    must(!ws->closed);
    ws->closed = true;
    if (!ws->gone) {
        loop_call(NULL, close_later, ws); /* never from inside */
        now_open = now_open == ws ? NULL : now_open;
    }
}

void ws_put_text(struct ws *ws, struct str text)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    json_t *event = NULL;
    must(ws->refs > 0 && !ws->closed);
    must(json_read(p, text, &event, NULL) == 0 && json_get_text(event, "type", NULL));
}

uint16_t ws_close_code(const struct ws *ws)
{
    (void)ws;
    return 1006;
}

const char *ws_why_closed(const struct ws *ws)
{
    (void)ws;
    return "so it was";
}

/* ---- time and threads ---- */

struct loop_timer {
    void (*fn)(void *arg);
    void *arg;
    bool set, used;
};
static struct loop_timer timers[TIMERS];

struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg)
{
    (void)l;
    size_t i = 0;
    while (timers[i].used) {
        must(++i < TIMERS);
    }
    timers[i] = (struct loop_timer){fn, arg, false, true};
    return &timers[i];
}

void loop_timer_set(struct loop_timer *t, int64_t ms)
{
    must(ms >= 0);
    t->set = true;
}

void loop_timer_stop(struct loop_timer *t)
{
    t->set = false;
}

void loop_timer_free(struct loop_timer **t)
{
    if (*t) {
        (*t)->used = (*t)->set = false;
        *t = NULL;
    }
}

static struct job {
    void (*fn)(void *arg);
    void *arg;
} jobs[JOBS];
static size_t n_jobs;

void loop_call(struct loop *l, void (*fn)(void *arg), void *arg)
{
    (void)l;
    must(n_jobs < JOBS);
    jobs[n_jobs++] = (struct job){fn, arg};
}

void voice_desk_run(struct voice_desk *d, const void *lane, void (*fn)(void *arg), void *arg)
{
    (void)d;
    must(lane != NULL);
    loop_call(NULL, fn, arg);
}

static void run_jobs(void)
{
    while (n_jobs) {
        struct job first = jobs[0];
        memmove(jobs, jobs + 1, --n_jobs * sizeof jobs[0]);
        first.fn(first.arg);
    }
}

static void fire_timers(void)
{
    for (size_t i = 0; i < TIMERS; i++) {
        if (timers[i].used && timers[i].set) {
            timers[i].set = false;
            timers[i].fn(timers[i].arg);
        }
    }
}

/* ---- the call ---- */

static struct settings settings;
static const struct voice_desk_config desk_config = {.settings = &settings};

const struct voice_desk_config *voice_desk_config(const struct voice_desk *d)
{
    (void)d;
    return &desk_config;
}

struct caller {
    struct engine *engine;
    bool ready, replies, failed, stopping;
};

/* Nothing is told after the end, and no words that are none. */
static struct caller *told(void *call, struct str text)
{
    struct caller *c = call;
    must(!c->failed && !c->stopping && utf8_valid(text));
    return c;
}

static void on_ready(void *call)
{
    told(call, STR(""))->ready = true;
}

static void on_speech(void *call)
{
    told(call, STR(""));
}

static void on_heard(void *call, struct str text, bool final)
{
    (void) final;
    told(call, text);
}

static void on_reply_began(void *call)
{
    struct caller *c = told(call, STR(""));
    must(!c->replies);
    c->replies = true;
}

static void on_audio(void *call, struct str base64)
{
    struct caller *c = told(call, STR(""));
    must(c->replies && base64.n && base64.n % 4 == 0 && !memchr(base64.p, '"', base64.n));
}

static void on_said(void *call, struct str text, bool final)
{
    (void) final;
    must(told(call, text)->replies);
}

static void on_reply_done(void *call)
{
    struct caller *c = told(call, STR(""));
    must(c->replies);
    c->replies = false;
}

static void on_withdrawn(void *call)
{
    struct caller *c = told(call, STR(""));
    c->engine->ops->interrupt(c->engine, 100);
    c->replies = false;
}

static void on_tool(void *call, const char *name, struct str args, struct str result, bool wrote)
{
    must(name && !wrote && args.p);
    told(call, result);
}

static void on_noticed(void *call, const struct turn_event *events)
{
    told(call, str_of(events ? events->type : ""));
}

static void on_transfer(void *call, const struct call_transfer *to)
{
    told(call, str_of(to->summary ? to->summary : ""));
}

static void on_goodbye(void *call)
{
    told(call, STR(""));
}

static void on_failed(void *call, const char *why)
{
    struct caller *c = told(call, str_of(why));
    must(why[0]);
    c->failed = true;
}

static const struct engine_events events = {
    .ready = on_ready,
    .speech_started = on_speech,
    .speech_stopped = on_speech,
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

/* ---- the steps ---- */

static void take_frame(struct str frame)
{
    if (now_open) {
        now_open->ops->message(now_open, now_open->arg, true, frame);
    }
}

static void step(struct caller *c, char what, struct str rest)
{
    struct engine *en = c->engine;
    struct pool *p CLEANUP(pool_free) = pool_new();
    switch (what) {
    case '>': /* the server says that */
        take_frame(rest);
        break;
    case 'x': /* and is gone */
        if (now_open) {
            close_socket(now_open);
        }
        break;
    case 'n': /* from now on it cannot be had again */
        no_more = true;
        break;
    case 'w': /* workers and the loop come to all that waits */
        run_jobs();
        break;
    case 'T': /* what was waited for long enough */
        fire_timers();
        break;
    case 'a':
        en->ops->audio(en, STR("////"));
        break;
    case 't':
        if (utf8_valid(rest)) {
            en->ops->text(en, rest);
        }
        break;
    case 's':
        en->ops->say(en, utf8_valid(rest) ? str_dup(p, rest) : "yes");
        break;
    case 'd':
        en->ops->digit(en, rest.n ? "0123456789*#"[(unsigned char)rest.p[0] % 12] : '1');
        break;
    case 'c':
        en->ops->commit(en);
        break;
    case 'i': /* the caller speaks, having heard so much */
        en->ops->interrupt(en, rest.n ? (int64_t)(unsigned char)rest.p[0] * 100 : 0);
        c->replies = false;
        break;
    default:
        break;
    }
}

static void set_up(bool beta)
{
    log_setup(LOG_ERROR, LOG_AS_JSON); /* that a session breaks is no news here */
    settings = (struct settings){
        .realtime_url = "ws://127.0.0.1:9/v1/realtime",
        .realtime_model = "m",
        .realtime_voice = "v",
        .realtime_transcription = "t",
        .realtime_protocol = beta ? "beta" : "ga",
        .realtime_key = "k",
        .realtime_ca_file = "",
        .realtime_language = "",
        .openai_api_key = "",
        .business_name = "Willow Lane",
        .time_zone = "",
        .realtime_timeout = 1, /* has gone by when the timers are let go off */
        .realtime_silence = 500,
        .socket_silence = 60000,
    };
    no_more = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str left = {(const char *)data, size};
    bool beta = size && data[0] == 'B';
    set_up(beta);
    struct caller c = {0};
    const struct engine_start start = {
        .form = beta ? AUDIO_PCM_24K : AUDIO_ULAW_8K,
        .call_id = "call",
        .session_id = "session",
        .greeting = size % 2 ? "Welcome." : NULL,
        .events = &events,
        .call = &c,
    };
    must(engine_realtime.start(&start, &c.engine, NULL) == 0);
    for (int i = 0; i < STEPS_MAX && left.n && !c.failed && n_jobs < JOBS / 2; i++) {
        struct str line = str_cut(&left, '\n');
        if (line.n) {
            step(&c, line.p[0], (struct str){line.p + 1, line.n - 1});
        }
    }
    c.stopping = true;
    engine_realtime.stop(&c.engine);
    if (now_open) { /* it has only been told to close */
        close_socket(now_open);
    }
    run_jobs();
    must(!c.engine && !now_open);
    for (size_t i = 0; i < TIMERS; i++) {
        must(!timers[i].used);
    }
    return 0;
}
