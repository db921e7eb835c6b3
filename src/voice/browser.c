/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions are bytes of sound since the call began, in the order in which it goes out. The play
 * head is reckoned by the clock: what was sent plays without a pause from the moment it was sent or
 * from where the sound before it ends. A client's `played` corrects that. What is dropped counts as
 * passed, on both sides.
 */
#include "voice/browser.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/json_write.h"
#include "base/log.h"
#include "io/loop.h"
#include "voice/browser_frame.h"
#include "voice/call.h"

#define AHEAD_MS 1000           /* sound that is sent before its time */
#define PIECE_CHARS 6400        /* of base64 in a message at most: 100 ms, whole samples */
#define PUMP_MS 100             /* so often more goes out */
#define UNSENT_HOLD (192 << 10) /* a socket with so much unread is given no more sound */
#define SLOW_MS 10000           /* and is closed when that lasts so long */
#define QUEUE_MAX (16 << 20)    /* base64 that waits: four minutes */
#define LAG_MAX_MS 3000         /* a client's player may be so far behind the clock */
#define LAST_MS 300             /* between the last sound and the end of the connection */
#define EARLY_MAX_MS 30000      /* the caller's sound may come so much faster than it is spoken */
#define TEXT_MS 1000            /* a turn in words counts as so much time */
#define TEXTS_AT_ONCE 10
#define WRONG_MAX 20 /* messages that are none; then the connection ends */
#define REPLIES_MAX 8

enum close_code {
    CLOSE_DONE = 1000,
    CLOSE_AWAY = 1001,
    CLOSE_PROTOCOL = 1002,
    CLOSE_NONE = 1005,
    CLOSE_NO_TEXT = 1007,
    CLOSE_POLICY = 1008,
    CLOSE_LARGE = 1009,
};

struct piece {
    STAILQ_ENTRY(piece) next;
    size_t n, done;
    char base64[];
};

/* A stretch of sound that is one reply. */
struct reply {
    int64_t begin;
    int64_t end; /* -1: it goes on */
};

struct browser {
    struct browser_caller who;
    char session_id[BROWSER_SESSION_MAX + 1];
    char holder[BROWSER_HOLDER_MAX + 1];
    struct ws *ws;
    struct call *call;
    struct loop_timer *timer;
    STAILQ_HEAD(pieces, piece) queue;
    size_t queued;        /* characters in it */
    int64_t queued_bytes; /* the sound that they are */
    int64_t sent;         /* position behind the last byte sent */
    int64_t cleared;      /* all before it was dropped or played */
    int64_t play_end_us;  /* when the client has played what was sent */
    size_t n_replies;
    struct reply replies[REPLIES_MAX]; /* not played to their end yet, in order */
    struct mono began;
    struct mono held; /* since when the socket is not read; ns == 0: it is */
    int64_t heard_ms; /* the caller's sound so far */
    int64_t texts;    /* the caller's turns in words */
    int wrong;
    bool closing; /* nothing counts any more */
    bool ending;  /* the call has ended; what is queued is played first */
    int64_t end_by_us;
    bool dropped;         /* the caller has another connection */
    const char *why_lost; /* the client broke a rule; NULL: it did not */
};

static int64_t now_us(void)
{
    return mono_now().ns / 1000;
}

static int64_t ms_of(int64_t bytes)
{
    return bytes / (int64_t)audio_bytes_per_ms(AUDIO_PCM_24K);
}

static int64_t bytes_of_us(int64_t us)
{
    return us * (int64_t)audio_bytes_per_ms(AUDIO_PCM_24K) / 1000;
}

/* ---- messages to the client ---- */

static void send_buf(struct browser *b, struct buf *text)
{
    if (!b->closing && !buf_failed(text)) {
        ws_put_text(b->ws, buf_str(text));
    }
    buf_clear(text);
}

static void send_error(struct browser *b, int code, const char *message)
{
    struct buf text;
    buf_init(&text, 4096);
    browser_error_write(&text, code, message);
    send_buf(b, &text);
}

/* {"type":type,"data":data}; data.p == NULL: without it. */
static void send_plain(struct browser *b, const char *type, struct str data)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    struct jw j = jw_to(&text);
    jw_object(&j);
    jw_kv_text(&j, "type", type);
    if (data.p) {
        jw_kv_str(&j, "data", data);
    }
    jw_object_end(&j);
    send_buf(b, &text);
}

/* The connection ends by us; `why` is static. */
static void close_now(struct browser *b, uint16_t code, const char *why)
{
    if (!b->closing) {
        b->closing = true;
        ws_close(b->ws, code, why);
    }
}

static void break_off(struct browser *b, int code, const char *why)
{
    if (!b->closing) {
        send_error(b, code, why);
        b->why_lost = why;
        close_now(b, CLOSE_POLICY, why);
    }
}

/* ---- the sound on its way out ---- */

/* How much of what was sent the caller has not heard. */
static int64_t unheard(const struct browser *b)
{
    int64_t by_clock = bytes_of_us(MAX_OF(b->play_end_us - now_us(), 0));
    int64_t not_there = (int64_t)ws_unsent(b->ws) / 4 * 3;
    return MIN_OF(MAX_OF(by_clock, not_there), b->sent - b->cleared);
}

/* Replies whose end the play head has passed are forgotten. True when there was one. */
static bool reply_passed(struct browser *b)
{
    if (!b->n_replies || b->replies[0].end < 0 || b->sent - unheard(b) < b->replies[0].end) {
        return false;
    }
    b->n_replies--;
    memmove(b->replies, b->replies + 1, b->n_replies * sizeof b->replies[0]);
    return true;
}

static void drop_queue(struct browser *b)
{
    for (struct piece *p; (p = STAILQ_FIRST(&b->queue)) != NULL;) {
        STAILQ_REMOVE_HEAD(&b->queue, next);
        free(p);
    }
    b->queued = 0;
    b->queued_bytes = 0;
}

static void send_piece(struct browser *b)
{
    struct piece *p = STAILQ_FIRST(&b->queue);
    struct str part = {p->base64 + p->done, MIN_OF(p->n - p->done, (size_t)PIECE_CHARS)};
    int64_t bytes = (int64_t)audio_base64_bytes(part.p, part.n);
    struct buf text;
    buf_init(&text, PIECE_CHARS + 64);
    buf_puts(&text, "{\"type\":\"audio\",\"data\":\"");
    buf_put_str(&text, part);
    buf_puts(&text, "\"}");
    send_buf(b, &text);
    b->sent += bytes;
    b->play_end_us = MAX_OF(b->play_end_us, now_us()) + ms_of(bytes * 1000);
    p->done += part.n;
    b->queued -= part.n;
    b->queued_bytes -= bytes;
    if (p->done == p->n) {
        STAILQ_REMOVE_HEAD(&b->queue, next);
        free(p);
    }
}

/* Is there a peer that takes what it is sent? */
static bool is_read(struct browser *b)
{
    if (ws_unsent(b->ws) <= UNSENT_HOLD) {
        b->held.ns = 0;
        return true;
    }
    if (!b->held.ns) {
        b->held = mono_now();
    } else if (mono_us_since(b->held) > b->who.slow_ms * 1000LL) {
        break_off(b, ERR_TIMEOUT, "the client reads too slowly");
    }
    return false;
}

/* Sends what is due and looks again when more will be. */
static void pump(struct browser *b)
{
    while (!b->closing && !STAILQ_EMPTY(&b->queue) &&
           b->play_end_us - now_us() < AHEAD_MS * 1000LL && is_read(b)) {
        send_piece(b);
    }
    if (b->closing) {
        loop_timer_stop(b->timer);
        return;
    }
    int64_t wait_ms = (b->play_end_us - now_us() + 999) / 1000;
    if (!STAILQ_EMPTY(&b->queue)) {
        wait_ms = PUMP_MS;
    } else if (b->n_replies && b->replies[0].end >= 0) {
        wait_ms -= ms_of(b->sent - b->replies[0].end);
    } else if (!b->ending) {
        return;
    }
    loop_timer_set(b->timer, MAX_OF(wait_ms, 10));
}

static void end_when_played(struct browser *b)
{
    int64_t now = now_us();
    bool played = STAILQ_EMPTY(&b->queue) && now > b->play_end_us + LAST_MS * 1000LL;
    if (b->ending && (played || now > b->end_by_us)) {
        close_now(b, CLOSE_DONE, "");
    }
}

static void tick(void *arg)
{
    struct browser *b = arg;
    while (!b->closing && reply_passed(b)) {
        call_played(b->call);
    }
    end_when_played(b);
    pump(b);
}

/* ---- what the call says ---- */

static void op_audio(void *t, struct str base64)
{
    struct browser *b = t;
    if (b->closing || base64.n == 0) {
        return;
    }
    if (b->queued + base64.n > QUEUE_MAX) {
        log_warn("a reply is too long to be played; its end is dropped",
                 LOG_TEXT("session", b->session_id));
        return;
    }
    bool goes_on = b->n_replies && b->replies[b->n_replies - 1].end < 0;
    if (!goes_on && b->n_replies < REPLIES_MAX) {
        int64_t begin = b->sent + b->queued_bytes;
        b->replies[b->n_replies++] = (struct reply){begin, -1};
    }
    struct piece *p = xmalloc(sizeof *p + base64.n);
    p->n = base64.n;
    p->done = 0;
    memcpy(p->base64, base64.p, base64.n);
    STAILQ_INSERT_TAIL(&b->queue, p, next);
    b->queued += base64.n;
    b->queued_bytes += (int64_t)audio_base64_bytes(base64.p, base64.n);
    pump(b);
}

static void op_reply_end(void *t)
{
    struct browser *b = t;
    int64_t end = b->sent + b->queued_bytes;
    if (b->n_replies && b->replies[b->n_replies - 1].end < 0) {
        b->replies[b->n_replies - 1].end = end;
    } else if (b->n_replies < REPLIES_MAX) { /* without a sound: heard when all before it is */
        b->replies[b->n_replies++] = (struct reply){end, end};
    }
    pump(b);
}

static int64_t op_clear(void *t)
{
    struct browser *b = t;
    for (bool passed = true; passed;) {
        passed = reply_passed(b);
    }
    int64_t rest = unheard(b);
    int64_t heard = b->n_replies ? MAX_OF(b->sent - rest - b->replies[0].begin, 0) : 0;
    if (rest > 0 || !STAILQ_EMPTY(&b->queue)) {
        send_plain(b, "clear", (struct str){NULL, 0});
    }
    drop_queue(b);
    b->n_replies = 0;
    b->cleared = b->sent;
    b->play_end_us = now_us();
    return ms_of(heard);
}

static void op_state(void *t, enum call_state s)
{
    const char *name = s == CALL_LISTENING                        ? "listening"
                       : s == CALL_THINKING                       ? "thinking"
                       : s == CALL_GREETING || s == CALL_SPEAKING ? "speaking"
                                                                  : NULL;
    if (name) {
        send_plain(t, "state", str_of(name));
    }
}

static void op_transcript(void *t, enum call_speaker who, struct str text, bool final)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    struct jw j = jw_to(&out);
    jw_object(&j);
    jw_kv_text(&j, "type", "transcript");
    jw_key(&j, "data");
    jw_object(&j);
    jw_kv_text(&j, "speaker", who == CALL_CUSTOMER ? "customer" : "assistant");
    jw_kv_str(&j, "text", text);
    jw_kv_bool(&j, "final", final);
    jw_object_end(&j);
    jw_object_end(&j);
    send_buf(t, &out);
}

static void op_reply_text(void *t, struct str text)
{
    send_plain(t, "text", text);
}

static void op_end(void *t, const char *why, bool now)
{
    struct browser *b = t;
    (void)why; /* the record has it; the caller has heard the goodbye */
    if (now) {
        close_now(b, CLOSE_DONE, "");
        return;
    }
    int64_t left_us = MAX_OF(b->play_end_us - now_us(), 0) + ms_of(b->queued_bytes * 1000);
    b->ending = true;
    b->end_by_us = now_us() + left_us + LAG_MAX_MS * 1000LL;
    pump(b);
}

static void op_drop(void *t)
{
    struct browser *b = t;
    b->dropped = true;
    close_now(b, CLOSE_POLICY, "the call goes on in another connection");
}

static const struct call_transport_ops browser_transport = {
    .name = "browser",
    .audio = op_audio,
    .reply_end = op_reply_end,
    .clear = op_clear,
    .state = op_state,
    .transcript = op_transcript,
    .reply_text = op_reply_text,
    .transfer = NULL, /* nobody can be put through to a browser's caller: a call-back is offered */
    .end = op_end,
    .drop = op_drop,
};

/* ---- what the client says ---- */

static void refuse(struct browser *b, int code, const char *message)
{
    send_error(b, code, message);
    if (++b->wrong >= WRONG_MAX) {
        break_off(b, ERR_TOO_MANY, "too many messages that are none of this protocol");
    }
}

static void take_audio(struct browser *b, struct str base64)
{
    int64_t ms = ms_of((int64_t)audio_base64_bytes(base64.p, base64.n));
    if (b->heard_ms + ms > mono_us_since(b->began) / 1000 + EARLY_MAX_MS) {
        refuse(b, ERR_TOO_MANY,
               "sound comes faster than it can be spoken; what is too much is lost");
        return;
    }
    b->heard_ms += ms;
    if (base64.n) {
        call_audio(b->call, base64);
    }
}

static void take_text(struct browser *b, struct str text)
{
    if ((b->texts + 1 - TEXTS_AT_ONCE) * TEXT_MS > mono_us_since(b->began) / 1000) {
        refuse(b, ERR_TOO_MANY, "that is too often; wait a moment");
        return;
    }
    b->texts++;
    call_text(b->call, text);
}

static void take_played(struct browser *b, int64_t ms)
{
    int64_t to = ms * (int64_t)audio_bytes_per_ms(AUDIO_PCM_24K);
    if (to < b->cleared) {
        return; /* it was on its way when all was dropped */
    }
    int64_t rest_ms = ms_of(MAX_OF(b->sent - to, 0));
    b->play_end_us = now_us() + MIN_OF(rest_ms, AHEAD_MS + LAG_MAX_MS) * 1000;
    pump(b);
}

static void take_ping(struct browser *b, const struct browser_frame *f)
{
    struct buf text;
    buf_init(&text, 1024);
    browser_pong_write(&text, f, wall_now());
    send_buf(b, &text);
}

static void take_frame(struct browser *b, const struct browser_frame *f)
{
    switch (f->kind) {
    case BROWSER_AUDIO:
        take_audio(b, f->data);
        break;
    case BROWSER_TEXT:
        take_text(b, f->data);
        break;
    case BROWSER_COMMIT:
        call_commit(b->call);
        break;
    case BROWSER_INTERRUPT:
        call_interrupt(b->call);
        break;
    case BROWSER_END:
        call_end(b->call);
        break;
    case BROWSER_PING:
        take_ping(b, f);
        break;
    case BROWSER_PLAYED:
        take_played(b, f->played_ms);
        break;
    }
}

static void socket_message(struct ws *ws, void *arg, bool is_text, struct str data)
{
    struct browser *b = arg;
    struct str base64;
    (void)ws;
    if (b->closing) {
        return;
    }
    if (!is_text) {
        refuse(b, ERR_UNSUPPORTED, "messages are text frames with JSON");
        return;
    }
    if (browser_frame_audio(data, &base64)) {
        take_audio(b, base64);
        return;
    }
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct browser_frame frame;
    struct err e = {0};
    int rc = browser_frame_read(p, data, &frame, &e);
    if (rc < 0) {
        refuse(b, rc, err_text(&e, rc));
        return;
    }
    take_frame(b, &frame);
}

/* ---- its life ---- */

bool browser_session_ok(struct str id)
{
    if (id.n == 0 || id.n > BROWSER_SESSION_MAX) {
        return false;
    }
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c && strchr("-._~", c)))) {
            return false;
        }
    }
    return true;
}

struct browser *browser_new(const struct browser_caller *who)
{
    struct browser *b = xcalloc(1, sizeof *b);
    b->who = *who;
    snprintf(b->session_id, sizeof b->session_id, "%s", who->session_id);
    b->who.session_id = b->session_id;
    snprintf(b->holder, sizeof b->holder, "%s", who->holder ? who->holder : "");
    b->who.holder = b->holder;
    b->who.slow_ms = who->slow_ms ? who->slow_ms : SLOW_MS;
    STAILQ_INIT(&b->queue);
    return b;
}

static void socket_open(struct ws *ws, void *arg)
{
    struct browser *b = arg;
    b->ws = ws_ref(ws);
    b->began = mono_now();
    b->play_end_us = now_us();
    b->timer = loop_timer_new(ws_loop(ws), tick, b);
    const struct call_who who = {
        .session_id = b->session_id,
        .transport = browser_transport.name,
        .customer_id = b->who.customer_id,
        .test = b->who.test,
        .holder = b->holder,
    };
    b->call = call_new(b->who.desk, &who, AUDIO_PCM_24K, &browser_transport, b);
}

static void hung_up(struct browser *b, struct ws *ws)
{
    uint16_t code = ws_close_code(ws);
    const char *fault = ws_fault(ws);
    if (b->dropped) {
        call_hung_up(&b->call, CALL_BROKE, "it went on in another connection");
    } else if (b->why_lost) {
        call_hung_up(&b->call, CALL_LOST, b->why_lost);
    } else if (b->closing) {
        call_hung_up(&b->call, CALL_WE_ENDED, NULL);
    } else if (strcmp(ws_why_closed(ws), WS_WHY_SERVER_STOPS) == 0) {
        call_hung_up(&b->call, CALL_SHUTDOWN, NULL);
    } else if (code == CLOSE_DONE || code == CLOSE_AWAY || code == CLOSE_NONE) {
        call_hung_up(&b->call, CALL_HUNG_UP, NULL);
    } else if (code == CLOSE_PROTOCOL || code == CLOSE_NO_TEXT || code == CLOSE_LARGE) {
        call_hung_up(&b->call, CALL_LOST,
                     fault ? fault : "the client broke the rules of WebSockets");
    } else {
        call_hung_up(&b->call, CALL_BROKE, fault ? fault : "the connection broke");
    }
}

static void socket_closed(struct ws *ws, void *arg)
{
    struct browser *b = arg;
    if (b->call) {
        hung_up(b, ws);
    }
    b->closing = true;
    drop_queue(b);
    loop_timer_free(&b->timer);
    if (b->who.gone) {
        b->who.gone(b->who.arg);
    }
    ws_unref(&b->ws);
    free(b);
}

const struct ws_ops browser_ws_ops = {
    .open = socket_open,
    .message = socket_message,
    .closed = socket_closed,
    .message_max_bytes = BROWSER_FRAME_BYTES,
    .queue_max_bytes = 1 << 20,
};
