/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A browser's call between a socket, a call and timers that are all this test's own: what each
 * message becomes, how far ahead of the clock sound goes, what was heard when it is dropped, and
 * how every end is told. The clock is the real one, so what is asked of it holds however slow the
 * machine is.
 */
#include "voice/browser.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/pool.h"
#include "io/loop.h"
#include "tap.h"
#include "voice/audio.h"
#include "voice/call.h"

/* ---- the socket ---- */

struct ws {
    int refs;
    size_t unsent;
    uint16_t closed_with; /* by us; 0: not */
    char reason[128];
    uint16_t peer_code;
    const char *why, *fault;
    struct buf sent; /* messages, a line each */
    int64_t sound_bytes;
};

struct ws *ws_ref(struct ws *ws)
{
    ws->refs++;
    return ws;
}

void ws_unref(struct ws **ws)
{
    if (*ws) {
        (*ws)->refs--;
        *ws = NULL;
    }
}

void ws_put_text(struct ws *ws, struct str text)
{
    static const char audio[] = "{\"type\":\"audio\",\"data\":\"";
    if (str_starts(text, STR("{\"type\":\"audio\",\"data\":\""))) {
        size_t at = sizeof audio - 1;
        ws->sound_bytes += (int64_t)audio_base64_bytes(text.p + at, text.n - at - 2);
    } else {
        buf_put_str(&ws->sent, text);
        buf_putc(&ws->sent, '\n');
    }
}

void ws_close(struct ws *ws, uint16_t code, const char *reason)
{
    ws->closed_with = code;
    snprintf(ws->reason, sizeof ws->reason, "%s", reason);
}

size_t ws_unsent(const struct ws *ws)
{
    return ws->unsent;
}

struct loop *ws_loop(const struct ws *ws)
{
    (void)ws;
    return NULL;
}

uint16_t ws_close_code(const struct ws *ws)
{
    return ws->peer_code;
}

const char *ws_why_closed(const struct ws *ws)
{
    return ws->why ? ws->why : "";
}

const char *ws_fault(const struct ws *ws)
{
    return ws->fault;
}

/* ---- the timer ---- */

struct loop_timer {
    void (*fn)(void *arg);
    void *arg;
    bool set;
};
static int timers;

struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg)
{
    (void)l;
    struct loop_timer *t = xcalloc(1, sizeof *t);
    *t = (struct loop_timer){fn, arg, false};
    timers++;
    return t;
}

static struct loop_timer *last_timer;

void loop_timer_set(struct loop_timer *t, int64_t ms)
{
    OK(ms >= 0);
    t->set = true;
    last_timer = t;
}

void loop_timer_stop(struct loop_timer *t)
{
    t->set = false;
}

void loop_timer_free(struct loop_timer **t)
{
    if (*t) {
        timers--;
        free(*t);
        *t = NULL;
    }
}

/* ---- the call ---- */

struct call {
    const struct call_transport_ops *ops;
    void *t;
    struct call_who who;
    enum audio_form form;
    struct buf told; /* what it was told, a letter each */
    int played, hung_up;
    enum call_ending how;
    const char *why;
};
static struct call the_call;

struct call *call_new(struct voice_desk *d, const struct call_who *who, enum audio_form form,
                      const struct call_transport_ops *ops, void *t)
{
    (void)d;
    the_call = (struct call){.ops = ops, .t = t, .who = *who, .form = form};
    buf_init(&the_call.told, 10000);
    return &the_call;
}

void call_audio(struct call *c, struct str base64)
{
    buf_printf(&c->told, "a%zu ", base64.n);
}

void call_text(struct call *c, struct str text)
{
    buf_printf(&c->told, "t:" STR_FMT " ", STR_ARG(text));
}

void call_commit(struct call *c)
{
    buf_puts(&c->told, "commit ");
}

void call_interrupt(struct call *c)
{
    buf_puts(&c->told, "interrupt ");
}

void call_played(struct call *c)
{
    c->played++;
}

void call_end(struct call *c)
{
    buf_puts(&c->told, "end ");
}

void call_hung_up(struct call **c, enum call_ending how, const char *why)
{
    (*c)->hung_up++;
    (*c)->how = how;
    (*c)->why = why;
    *c = NULL;
}

/* ---- one of each ---- */

struct scene {
    struct ws ws;
    struct browser *b;
    int gone;
};

static void count_gone(void *arg)
{
    ++*(int *)arg;
}

static void begin(struct scene *s, int slow_ms)
{
    memset(s, 0, sizeof *s);
    buf_init(&s->ws.sent, 1 << 20);
    const struct browser_caller who = {.session_id = "s-1",
                                       .customer_id = 7,
                                       .slow_ms = slow_ms,
                                       .gone = count_gone,
                                       .arg = &s->gone};
    s->b = browser_new(&who);
    browser_ws_ops.open(&s->ws, s->b);
}

static void message(struct scene *s, const char *text)
{
    browser_ws_ops.message(&s->ws, s->b, true, str_of(text));
}

static void end_with(struct scene *s, uint16_t peer_code)
{
    s->ws.peer_code = peer_code;
    browser_ws_ops.closed(&s->ws, s->b);
    EQ_INT(s->gone, 1);
    EQ_INT(s->ws.refs, 0);
    EQ_INT(timers, 0);
    buf_clear(&s->ws.sent);
    buf_clear(&the_call.told);
}

/* So many ms of sound of the assistant. */
static void speak(int ms)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    size_t n = (size_t)ms * 48;
    char *base64 = base64_encode(p, pool_alloc(p, n), n);
    the_call.ops->audio(the_call.t, str_of(base64));
}

static int64_t sent_ms(const struct scene *s)
{
    return s->ws.sound_bytes / 48;
}

TEST(what_a_client_says_reaches_the_call)
{
    struct scene s;
    begin(&s, 0);
    EQ_STR(the_call.who.session_id, "s-1");
    EQ_STR(the_call.who.transport, "browser");
    EQ_INT(the_call.who.customer_id, 7);
    EQ_INT(the_call.form, AUDIO_PCM_24K);
    OK(the_call.ops->transfer == NULL);
    message(&s, "{\"type\":\"audio\",\"data\":\"AAAAAAAA\"}");
    message(&s, "{\"data\":\"AAA=\",\"type\":\"audio\"}");
    message(&s, "{\"type\":\"audio\",\"data\":\"\"}");
    message(&s, "{\"type\":\"text\",\"data\":\"hello\"}");
    message(&s, "{\"type\":\"commit\"}");
    message(&s, "{\"type\":\"interrupt\"}");
    message(&s, "{\"type\":\"end_session\"}");
    EQ_VIEW(buf_str(&the_call.told), "a8 a4 t:hello commit interrupt end ");
    EQ_INT(s.ws.sent.len, 0);
    message(&s, "{\"type\":\"ping\",\"data\":{\"client_sent_at\":5}}");
    OK(str_starts(buf_str(&s.ws.sent), STR("{\"type\":\"pong\",\"data\":{\"client_sent_at\":5,")));
    end_with(&s, 1000);
    EQ_INT(the_call.how, CALL_HUNG_UP);
}

TEST(what_the_call_says_reaches_the_client)
{
    struct scene s;
    begin(&s, 0);
    const struct call_transport_ops *ops = the_call.ops;
    ops->state(the_call.t, CALL_CONNECTING);
    ops->state(the_call.t, CALL_GREETING);
    ops->state(the_call.t, CALL_LISTENING);
    ops->transcript(the_call.t, CALL_CUSTOMER, STR("a \"word\""), false);
    ops->reply_text(the_call.t, STR("Gladly."));
    EQ_VIEW(
        buf_str(&s.ws.sent),
        "{\"type\":\"state\",\"data\":\"speaking\"}\n"
        "{\"type\":\"state\",\"data\":\"listening\"}\n"
        "{\"type\":\"transcript\",\"data\":{\"speaker\":\"customer\",\"text\":\"a \\\"word\\\"\","
        "\"final\":false}}\n"
        "{\"type\":\"text\",\"data\":\"Gladly.\"}\n");
    end_with(&s, 1005);
    EQ_INT(the_call.how, CALL_HUNG_UP);
}

TEST(sound_goes_out_a_second_ahead_and_no_more)
{
    struct scene s;
    begin(&s, 0);
    speak(60000);
    OK_MSG(sent_ms(&s) >= 1000 && sent_ms(&s) < 30000, "%lld ms", (long long)sent_ms(&s));
    OK(last_timer->set);
    int64_t before = sent_ms(&s);
    message(&s, "{\"type\":\"played\",\"data\":{\"ms\":900}}"); /* faster than the clock */
    OK(sent_ms(&s) > before);
    int64_t heard = the_call.ops->clear(the_call.t);
    OK_MSG(heard >= 900 && heard <= sent_ms(&s), "%lld ms", (long long)heard);
    EQ_VIEW(buf_str(&s.ws.sent), "{\"type\":\"clear\"}\n");
    before = sent_ms(&s);
    last_timer->fn(last_timer->arg);
    EQ_INT(sent_ms(&s), before); /* nothing is left */
    EQ_INT(the_call.ops->clear(the_call.t), 0);
    EQ_VIEW(buf_str(&s.ws.sent), "{\"type\":\"clear\"}\n"); /* and nothing to be dropped */
    end_with(&s, 1000);
}

TEST(a_reply_that_was_cleared_does_not_count_in_the_next)
{
    struct scene s;
    begin(&s, 0);
    speak(500);
    the_call.ops->reply_end(the_call.t);
    (void)the_call.ops->clear(the_call.t);
    speak(400);
    message(&s, "{\"type\":\"played\",\"data\":{\"ms\":100}}"); /* of before: no news */
    message(&s, "{\"type\":\"played\",\"data\":{\"ms\":800}}"); /* 500 dropped, 300 of these */
    int64_t heard = the_call.ops->clear(the_call.t);
    OK_MSG(heard >= 300 && heard <= 400, "%lld ms", (long long)heard);
    EQ_INT(the_call.played, 0);
    end_with(&s, 1000);
}

TEST(each_reply_is_told_when_it_was_heard)
{
    struct scene s;
    begin(&s, 0);
    speak(500);
    the_call.ops->reply_end(the_call.t);
    speak(300);
    the_call.ops->reply_end(the_call.t);
    message(&s, "{\"type\":\"played\",\"data\":{\"ms\":800}}");
    EQ_INT(the_call.played, 0); /* never from inside what the client says */
    last_timer->fn(last_timer->arg);
    EQ_INT(the_call.played, 2);
    end_with(&s, 1000);
}

TEST(a_client_that_says_nothing_of_it_is_reckoned_by_the_clock)
{
    struct scene s;
    begin(&s, 0);
    speak(30);
    the_call.ops->reply_end(the_call.t);
    for (int i = 0; i < 1000 && !the_call.played; i++) {
        usleep(5000);
        last_timer->fn(last_timer->arg);
    }
    EQ_INT(the_call.played, 1);
    speak(30);
    usleep(40000);
    EQ_INT(the_call.ops->clear(the_call.t), 30); /* the first sound is no part of it */
    end_with(&s, 1000);
}

TEST(an_end_in_good_order_waits_for_the_last_words)
{
    struct scene s;
    begin(&s, 0);
    speak(50);
    the_call.ops->reply_end(the_call.t);
    the_call.ops->end(the_call.t, "goodbye", false);
    EQ_INT(s.ws.closed_with, 0);
    for (int i = 0; i < 2000 && !s.ws.closed_with; i++) {
        usleep(5000);
        last_timer->fn(last_timer->arg);
    }
    EQ_INT(s.ws.closed_with, 1000);
    EQ_INT(the_call.played, 1);
    message(&s, "{\"type\":\"text\",\"data\":\"late\"}");
    EQ_INT(the_call.told.len, 0);
    end_with(&s, 1000);
    EQ_INT(the_call.how, CALL_WE_ENDED);
    begin(&s, 0);
    speak(5000);
    the_call.ops->end(the_call.t, "too long", true);
    EQ_INT(s.ws.closed_with, 1000);
    end_with(&s, 1006);
    EQ_INT(the_call.how, CALL_WE_ENDED);
}

TEST(wrong_messages_are_told_until_there_are_too_many)
{
    struct scene s;
    begin(&s, 0);
    message(&s, "{\"type\":\"dance\"}");
    OK(str_starts(buf_str(&s.ws.sent),
                  STR("{\"type\":\"error\",\"data\":{\"code\":\"not-supported\"")));
    browser_ws_ops.message(&s.ws, s.b, false, STR("\x01"));
    EQ_INT(s.ws.closed_with, 0);
    for (int i = 0; i < 40; i++) {
        message(&s, "nonsense");
    }
    EQ_INT(s.ws.closed_with, 1008);
    OK(s.ws.reason[0] != '\0');
    end_with(&s, 1008);
    EQ_INT(the_call.how, CALL_LOST);
    OK(the_call.why != NULL);
}

TEST(sound_and_words_that_come_too_fast_are_refused)
{
    struct scene s;
    struct pool *p CLEANUP(pool_free) = pool_new();
    begin(&s, 0);
    char *second = base64_encode(p, pool_alloc(p, 48000), 48000);
    const char *text = pool_printf(p, "{\"type\":\"audio\",\"data\":\"%s\"}", second);
    for (int i = 0; i < 30; i++) {
        message(&s, text);
    }
    EQ_INT(s.ws.sent.len, 0);
    for (int i = 0; i < 15; i++) { /* were fifteen seconds to pass here, nothing would be wrong */
        message(&s, text);
    }
    OK(strstr(s.ws.sent.data ? s.ws.sent.data : "", "too-many-requests") != NULL);
    EQ_INT(s.ws.closed_with, 0);
    end_with(&s, 1000);
    begin(&s, 0);
    for (int i = 0; i < 15; i++) {
        message(&s, "{\"type\":\"text\",\"data\":\"hello\"}");
    }
    OK(strstr(s.ws.sent.data ? s.ws.sent.data : "", "too-many-requests") != NULL);
    end_with(&s, 1000);
}

TEST(a_client_that_does_not_read_is_held_and_then_closed)
{
    struct scene s;
    begin(&s, 1);
    s.ws.unsent = 1 << 20;
    speak(500);
    EQ_INT(sent_ms(&s), 0);
    usleep(3000);
    last_timer->fn(last_timer->arg);
    EQ_INT(s.ws.closed_with, 1008);
    EQ_STR(s.ws.reason, "the client reads too slowly");
    end_with(&s, 1006);
    EQ_INT(the_call.how, CALL_LOST);
    EQ_STR(the_call.why, "the client reads too slowly");
    begin(&s, 60000);
    s.ws.unsent = 1 << 20;
    speak(500);
    s.ws.unsent = 0;
    last_timer->fn(last_timer->arg);
    EQ_INT(sent_ms(&s), 500); /* it was only a while */
    end_with(&s, 1006);
    EQ_INT(the_call.how, CALL_BROKE);
}

TEST(a_client_that_is_gone_before_its_socket_opens_makes_no_call)
{
    struct scene s;
    memset(&s, 0, sizeof s);
    const struct browser_caller who = {.session_id = "s", .gone = count_gone, .arg = &s.gone};
    the_call.hung_up = 0;
    browser_ws_ops.closed(&s.ws, browser_new(&who));
    EQ_INT(s.gone, 1);
    EQ_INT(the_call.hung_up, 0);
}

TEST(each_end_is_told_as_what_it_was)
{
    static const struct {
        uint16_t code;
        const char *why;
        enum call_ending how;
        const char *fault;
    } ends[] = {
        {1000, "", CALL_HUNG_UP},
        {1001, "", CALL_HUNG_UP},
        {1005, "", CALL_HUNG_UP},
        {1006, "it broke", CALL_BROKE},
        {1009, "", CALL_LOST},
        {1002, "", CALL_LOST},
        {1009, "too large", CALL_LOST, "too large"},
        {1006, "silent", CALL_BROKE, "silent"},
        {1001, WS_WHY_SERVER_STOPS, CALL_SHUTDOWN},
        {1006, WS_WHY_SERVER_STOPS, CALL_SHUTDOWN},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        struct scene s;
        tap_case("%d %s", ends[i].code, ends[i].why);
        begin(&s, 0);
        s.ws.why = ends[i].why;
        s.ws.fault = ends[i].fault;
        end_with(&s, ends[i].code);
        EQ_INT(the_call.how, ends[i].how);
        OK((the_call.why != NULL) == (ends[i].how == CALL_LOST || ends[i].how == CALL_BROKE));
        OK(!ends[i].fault || strcmp(the_call.why, ends[i].fault) == 0);
    }
    tap_case(" ");
}

TEST(a_sessions_id_is_a_plain_word)
{
    OK(browser_session_ok(STR("0190a000-0000-7000-8000-000000000001")));
    OK(browser_session_ok(STR("session_1.2~x")));
    OK(!browser_session_ok(STR("")));
    OK(!browser_session_ok(STR("a/b")));
    OK(!browser_session_ok(STR("a b")));
    OK(!browser_session_ok((struct str){"a\0b", 3}));
}

int main(void)
{
    return tap_run();
}
