/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A media stream between a socket and a call that are both written here, so that every message is
 * seen and nothing depends on time: the stream's own clock is in what it is sent.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/pool.h"
#include "io/loop.h"
#include "tap.h"
#include "voice/call.h"
#include "voice/call_ticket.h"
#include "voice/desk_private.h"
#include "voice/media_frame.h"
#include "voice/media_stream.h"

#define SID "MZ0123456789abcdef0123456789abcdef"
#define CALL "CA0123456789abcdef0123456789abcdef"
#define KEY "a key of the installation"

/* ---- a socket that remembers ---- */

struct ws {
    struct buf sent; /* one message a line */
    int refs, code;  /* of its closing; 0: open */
    const char *fault;
    char why[124];
};
struct loop_timer {
    void (*fn)(void *arg);
    void *arg;
    int64_t ms; /* 0: not set */
};

static struct ws socket_;
static struct loop_timer timer_;

struct ws *ws_ref(struct ws *ws)
{
    ws->refs++;
    return ws;
}

void ws_unref(struct ws **ws)
{
    (*ws)->refs--;
    *ws = NULL;
}

void ws_put_text(struct ws *ws, struct str text)
{
    if (OK(!ws->code)) {
        buf_put_str(&ws->sent, text);
        buf_putc(&ws->sent, '\n');
    }
}

void ws_close(struct ws *ws, uint16_t code, const char *reason)
{
    if (!ws->code) {
        ws->code = code;
        snprintf(ws->why, sizeof ws->why, "%s", reason);
    }
}

const char *ws_fault(const struct ws *ws)
{
    return ws ? ws->fault : NULL; /* one that is never open is none here */
}

struct loop *ws_loop(const struct ws *ws UNUSED)
{
    return NULL;
}

struct loop *loop_here(void)
{
    return NULL;
}

/* What goes to a worker and back is done at once, or when the test says so. */
static bool held_back;
static void (*waiting_fn)(void *arg);
static void *waiting_arg;

static int places = 2;

bool voice_desk_enter(struct voice_desk *d UNUSED)
{
    places--;
    return places >= 0 || (places++, false);
}

void voice_desk_left(struct voice_desk *d UNUSED)
{
    places++;
}

bool voice_desk_room(const struct voice_desk *d UNUSED)
{
    return places > 0;
}

void voice_desk_write(struct voice_desk *d UNUSED, const void *lane, void (*fn)(void *arg),
                      void *arg)
{
    OK(lane != NULL);
    if (held_back) {
        waiting_fn = fn;
        waiting_arg = arg;
    } else {
        fn(arg);
    }
}

void loop_call(struct loop *l UNUSED, void (*fn)(void *arg), void *arg)
{
    fn(arg);
}

static char handed_over[80];
static int handover_rc;

bool handover_possible(const struct handover_config *c)
{
    return c->person != NULL;
}

int handover_do(const struct handover_config *c, const char *call_sid, struct err *e)
{
    snprintf(handed_over, sizeof handed_over, "%s to %s", call_sid, c->person);
    return handover_rc < 0 ? err_set(e, ERR_PROVIDER, "no") : 0;
}

struct loop_timer *loop_timer_new(struct loop *l UNUSED, void (*fn)(void *arg), void *arg)
{
    timer_ = (struct loop_timer){fn, arg, 0};
    return &timer_;
}

void loop_timer_set(struct loop_timer *t, int64_t ms)
{
    t->ms = ms;
}

void loop_timer_stop(struct loop_timer *t)
{
    t->ms = 0;
}

void loop_timer_free(struct loop_timer **t)
{
    if (*t) {
        (*t)->ms = 0;
        *t = NULL;
    }
}

/* ---- a call that remembers ---- */

struct call {
    const struct call_transport_ops *ops;
    void *t;
    int begun, ended, heard, played;
    enum call_ending how;
    char why[120], who[200], digits[20], sound[200];
    bool say_more; /* when a reply was heard */
};

static struct call call_;

struct call *call_new(struct voice_desk *d UNUSED, const struct call_who *who, enum audio_form form,
                      const struct call_transport_ops *ops, void *t)
{
    call_.begun++;
    call_.ops = ops;
    call_.t = t;
    EQ_INT(form, AUDIO_ULAW_8K);
    snprintf(call_.who, sizeof call_.who, "%s %s%s %s %s", who->transport,
             who->outbound ? "out " : "", who->session_id, who->caller ? who->caller : "-",
             who->called ? who->called : "-");
    return &call_;
}

void call_audio(struct call *c, struct str base64)
{
    c->heard++;
    snprintf(c->sound, sizeof c->sound, STR_FMT, STR_ARG(base64));
}

void call_digit(struct call *c, char digit)
{
    size_t n = strlen(c->digits);
    c->digits[n] = digit;
}

void call_played(struct call *c)
{
    c->played++;
    if (c->say_more) {
        c->say_more = false;
        c->ops->audio(c->t, STR("AAAA"));
        c->ops->reply_end(c->t);
    }
}

void call_hung_up(struct call **c, enum call_ending how, const char *why)
{
    call_.ended++;
    call_.how = how;
    snprintf(call_.why, sizeof call_.why, "%s", why ? why : "");
    *c = NULL;
}

/* ---- one stream ---- */

static struct media_streams *all;
static struct media_stream *stream;
static int64_t sequence, chunk;
static const char *person; /* who takes calls over */

static void say(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void say(const char *fmt, ...)
{
    char text[4096];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    media_stream_ws_ops.message(&socket_, stream, true, (struct str){text, (size_t)n});
}

static void connect_stream(void)
{
    struct media_streams_config config = {
        .key = STR(KEY), .account = "AC1", .handover = {.person = person}};
    buf_init(&socket_.sent, 1 << 22);
    socket_ = (struct ws){.sent = socket_.sent, .refs = 1};
    call_ = (struct call){.ended = 0};
    sequence = chunk = 0;
    all = media_streams_new(&config);
    stream = media_stream_new(all);
    media_stream_ws_ops.open(&socket_, stream);
    say("{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}");
}

static void start_with(const char *token, const char *from, const char *direction)
{
    say("{\"event\":\"start\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
        "\",\"start\":{\"streamSid\":\"" SID "\",\"accountSid\":\"AC1\",\"callSid\":\"" CALL
        "\",\"tracks\":[\"inbound\"],\"customParameters\":{\"token\":\"%s\",\"from\":\"%s\","
        "\"to\":\"+15550199\",\"direction\":\"%s\"},\"mediaFormat\":{\"encoding\":\"audio/"
        "x-mulaw\","
        "\"sampleRate\":8000,\"channels\":1}}}",
        (long long)++sequence, token, from, direction);
}

static char *ticket_for(struct pool *p, const char *from, const char *direction, int64_t seconds)
{
    struct call_ticket t = {STR(CALL), str_of(from), STR("+15550199"), str_of(direction)};
    struct wall until = {wall_now().us + seconds * US_PER_SECOND};
    return call_ticket_sign(p, STR(KEY), &t, until);
}

static void start(void)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    start_with(ticket_for(p, "+15550100", "inbound", 60), "+15550100", "inbound");
}

static void sound_at(int64_t ms)
{
    say("{\"event\":\"media\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
        "\",\"media\":{\"track\":\"inbound\",\"chunk\":\"%lld\",\"timestamp\":\"%lld\","
        "\"payload\":\"////\"}}",
        (long long)++sequence, (long long)++chunk, (long long)ms);
}

static void mark_back(int number)
{
    say("{\"event\":\"mark\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
        "\",\"mark\":{\"name\":\"%d\"}}",
        (long long)++sequence, number);
}

static void begin_call(void)
{
    connect_stream();
    start();
    EQ_INT(call_.begun, 1);
}

static void end_stream(void)
{
    media_stream_ws_ops.closed(&socket_, stream);
    EQ_INT(call_.begun, call_.ended);
    EQ_INT(socket_.refs, 1);
    media_streams_free(&all);
    buf_clear(&socket_.sent);
}

/* The stream has closed with that reason, and the call has heard of it. */
static void expect_failed(const char *why)
{
    EQ_STR(socket_.why, why);
    OK(socket_.code == 1002 || socket_.code == 1008);
    EQ_INT(call_.begun, call_.ended);
    if (call_.ended) {
        EQ_INT(call_.how, CALL_BROKE);
        EQ_STR(call_.why, why);
    }
    int heard = call_.heard;
    sound_at(100000); /* what is still on its way is ignored */
    EQ_INT(call_.heard, heard);
    end_stream();
}

static size_t sent_of(const char *part)
{
    size_t n = 0;
    const char *at = buf_str(&socket_.sent).n ? socket_.sent.data : "";
    while ((at = strstr(at, part)) != NULL) {
        n++;
        at++;
    }
    return n;
}

/* So much sound, as an engine says it in one piece. */
static void speak(int ms)
{
    size_t n = (size_t)ms * 8 / 3 * 4;
    char *text = malloc(n);
    memset(text, 'f', n);
    call_.ops->audio(call_.t, (struct str){text, n});
    free(text);
}

TEST(a_stream_becomes_a_call)
{
    begin_call();
    EQ_STR(call_.who, "twilio " CALL " +15550100 +15550199");
    sound_at(20);
    EQ_INT(call_.heard, 1);
    EQ_STR(call_.sound, "////");
    say("{\"event\":\"dtmf\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
        "\",\"dtmf\":{\"track\":\"inbound_track\",\"digit\":\"7\"}}",
        (long long)++sequence);
    EQ_STR(call_.digits, "7");
    say("{\"event\":\"weather\"}");
    EQ_INT(socket_.code, 0);
    say("{\"event\":\"stop\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
        "\",\"stop\":{\"accountSid\":\"AC1\",\"callSid\":\"" CALL "\"}}",
        (long long)++sequence);
    EQ_INT(call_.ended, 1);
    EQ_INT(call_.how, CALL_HUNG_UP);
    EQ_INT(socket_.code, 1000);
    end_stream();
}

TEST(a_call_of_ours_names_the_customer_as_the_caller)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    connect_stream();
    start_with(ticket_for(p, "+15550188", "outbound-api", 60), "+15550188", "outbound-api");
    EQ_STR(call_.who, "twilio out " CALL " +15550199 +15550188");
    end_stream();
    EQ_INT(call_.how, CALL_BROKE);
}

TEST(a_hidden_number_is_none)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    connect_stream();
    start_with(ticket_for(p, "anonymous", "inbound", 60), "anonymous", "inbound");
    EQ_STR(call_.who, "twilio " CALL " - +15550199");
    end_stream();
}

TEST(no_stream_without_its_ticket)
{
    static const char refusal[] = "the stream has no ticket of its call that is still good";
    struct pool *p CLEANUP(pool_free) = pool_new();
    connect_stream();
    start_with("1.forged", "+15550100", "inbound");
    EQ_INT(call_.begun, 0);
    expect_failed(refusal);
    connect_stream(); /* of a call that came from another number */
    start_with(ticket_for(p, "+15550100", "inbound", 60), "+15550101", "inbound");
    EQ_INT(call_.begun, 0);
    expect_failed(refusal);
    connect_stream(); /* too old */
    start_with(ticket_for(p, "+15550100", "inbound", -5), "+15550100", "inbound");
    EQ_INT(call_.begun, 0);
    expect_failed(refusal);
}

TEST(a_ticket_opens_one_stream)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char *token = ticket_for(p, "+15550100", "inbound", 60);
    connect_stream();
    start_with(token, "+15550100", "inbound");
    EQ_INT(call_.begun, 1);
    struct media_stream *first = stream;
    stream = media_stream_new(all);
    media_stream_ws_ops.open(&socket_, stream);
    say("{\"event\":\"connected\"}");
    start_with(token, "+15550100", "inbound");
    EQ_INT(call_.begun, 1);
    EQ_INT(socket_.code, 1008);
    media_stream_ws_ops.closed(&socket_, stream);
    EQ_INT(call_.ended, 0);
    stream = first;
    end_stream();
}

TEST(what_breaks_the_order_ends_the_call)
{
    static const char begin[] = "the stream did not begin with connected and start";
    connect_stream();
    sound_at(0);
    expect_failed(begin);
    begin_call();
    sound_at(20);
    sequence--;
    sound_at(40);
    expect_failed("the stream's messages came out of order");
    begin_call();
    sound_at(20);
    chunk--;
    sound_at(40);
    expect_failed("the stream's sound came out of order");
    begin_call();
    sound_at(40);
    sound_at(20);
    expect_failed("the stream's sound came out of order");
    begin_call();
    start();
    expect_failed("the stream began a second time");
    begin_call();
    say("{\"event\":\"mark\",\"sequenceNumber\":\"7\",\"streamSid\":\"MZ1\",\"mark\":{\"name\":"
        "\"m\"}}");
    expect_failed("a message of another stream came");
}

TEST(what_is_no_message_ends_the_call)
{
    static const char why[] = "the stream had a message that is not in its protocol";
    begin_call();
    say("nonsense");
    expect_failed(why);
    begin_call();
    media_stream_ws_ops.message(&socket_, stream, false, STR("\x01\x02"));
    expect_failed(why);
}

TEST(gaps_in_the_sound_do_not_end_the_call)
{
    begin_call();
    sound_at(20);
    chunk += 3;
    sequence += 3;
    sound_at(100);
    EQ_INT(call_.heard, 2);
    EQ_INT(socket_.code, 0);
    end_stream();
}

TEST(a_stream_that_does_not_begin_is_closed)
{
    connect_stream();
    OK(timer_.ms > 0);
    timer_.fn(timer_.arg);
    expect_failed("the stream did not begin in time");
    begin_call();
    for (int i = 0; i < 3; i++) {
        timer_.fn(timer_.arg);
    }
    sound_at(20); /* it lives */
    for (int i = 0; i < 3; i++) {
        timer_.fn(timer_.arg);
        EQ_INT(socket_.code, 0);
    }
    timer_.fn(timer_.arg);
    expect_failed("nothing came on the stream for too long");
}

TEST(sound_is_sent_in_pieces_with_marks)
{
    begin_call();
    speak(1002);
    EQ_INT(sent_of("\"event\":\"media\",\"streamSid\":\"" SID "\",\"media\":{\"payload\":\"ffff"),
           6);
    EQ_INT(sent_of("\"event\":\"mark\""), 5); /* the last piece is too short for one */
    call_.ops->reply_end(call_.t);
    EQ_INT(sent_of("{\"event\":\"mark\",\"streamSid\":\"" SID "\",\"mark\":{\"name\":\"5\"}}"), 1);
    for (int i = 0; i < 5; i++) {
        mark_back(i);
        EQ_INT(call_.played, 0);
    }
    mark_back(5);
    EQ_INT(call_.played, 1);
    mark_back(5); /* once */
    mark_back(77);
    EQ_INT(call_.played, 1);
    end_stream();
}

TEST(when_interrupted_it_is_known_what_was_heard)
{
    begin_call();
    sound_at(1000);
    speak(1002);
    call_.ops->reply_end(call_.t);
    sound_at(1300);
    mark_back(0); /* 200.25 ms were heard when the clock was at 1300 */
    sound_at(1400);
    EQ_INT(call_.ops->clear(call_.t), 300);
    EQ_INT(sent_of("{\"event\":\"clear\",\"streamSid\":\"" SID "\"}"), 1);
    for (int i = 1; i < 6; i++) { /* they come back at once, and mean nothing */
        mark_back(i);
    }
    EQ_INT(call_.played, 0);
    EQ_INT(call_.ops->clear(call_.t), 0); /* nothing was playing */
    EQ_INT(sent_of("\"clear\""), 1);
    sound_at(5000);
    speak(501); /* what is said after it counts from its own beginning */
    sound_at(5100);
    EQ_INT(call_.ops->clear(call_.t), 100);
    end_stream();
}

TEST(no_more_was_heard_than_was_sent)
{
    begin_call();
    speak(300);
    sound_at(9000);
    EQ_INT(call_.ops->clear(call_.t), 300);
    speak(300); /* of two replies, the one that is playing */
    call_.ops->reply_end(call_.t);
    speak(300);
    call_.ops->reply_end(call_.t);
    sound_at(9400);
    EQ_INT(call_.ops->clear(call_.t), 300);
    end_stream();
}

TEST(what_is_said_when_a_reply_was_heard_follows_it)
{
    begin_call();
    call_.say_more = true;
    speak(51);
    call_.ops->reply_end(call_.t);
    mark_back(0);
    EQ_INT(call_.played, 1);
    mark_back(1);
    EQ_INT(call_.played, 2);
    end_stream();
}

TEST(a_long_reply_has_few_marks_out)
{
    begin_call();
    for (int i = 0; i < 600; i++) {
        speak(300);
    }
    call_.ops->reply_end(call_.t);
    size_t marks = sent_of("\"event\":\"mark\"");
    OK(marks <= 128);
    mark_back((int)marks - 1);
    EQ_INT(call_.played, 1);
    EQ_INT(call_.ops->clear(call_.t), 0);
    end_stream();
}

TEST(the_call_ends_when_what_is_queued_was_heard)
{
    begin_call();
    speak(51); /* less than has a mark by itself */
    EQ_INT(sent_of("\"event\":\"mark\""), 0);
    call_.ops->end(call_.t, "goodbye", false);
    EQ_INT(socket_.code, 0);
    mark_back(0);
    EQ_INT(socket_.code, 1000);
    EQ_INT(call_.ended, 0); /* when the connection is gone */
    sound_at(100);
    end_stream();
    EQ_INT(call_.how, CALL_WE_ENDED);

    begin_call(); /* the mark does not come */
    speak(51);
    call_.ops->end(call_.t, "goodbye", false);
    timer_.fn(timer_.arg);
    EQ_INT(socket_.code, 1000);
    end_stream();
    EQ_INT(call_.how, CALL_WE_ENDED);

    begin_call(); /* at once */
    speak(300);
    call_.ops->end(call_.t, "too long", true);
    EQ_INT(socket_.code, 1000);
    call_.ops->audio(call_.t, STR("AAAA")); /* an engine that did not notice */
    call_.ops->reply_end(call_.t);
    end_stream();

    begin_call(); /* nothing was queued */
    call_.ops->end(call_.t, "goodbye", false);
    EQ_INT(socket_.code, 1000);
    end_stream();
}

static void stop(void)
{
    say("{\"event\":\"stop\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
        "\",\"stop\":{\"accountSid\":\"AC1\",\"callSid\":\"" CALL "\"}}",
        (long long)++sequence);
}

TEST(a_call_goes_to_a_person)
{
    const struct call_transfer to = {"She wants to move a visit.", "asked for a person"};
    begin_call();
    OK(call_.ops->transfer == NULL); /* there is nobody */
    end_stream();

    person = "+15550177";
    handover_rc = 0;
    begin_call();
    call_.ops->transfer(call_.t, &to);
    EQ_STR(handed_over, CALL " to +15550177");
    EQ_INT(socket_.code, 0);
    sound_at(20);
    stop(); /* the network takes the call from the stream */
    EQ_INT(call_.how, CALL_TRANSFERRED);
    end_stream();

    begin_call(); /* it was told so, and does not stop */
    call_.ops->transfer(call_.t, &to);
    timer_.fn(timer_.arg);
    EQ_INT(socket_.code, 1000);
    end_stream();
    EQ_INT(call_.how, CALL_TRANSFERRED);

    handover_rc = -1; /* it cannot be told: what follows the stream does it */
    begin_call();
    call_.ops->transfer(call_.t, &to);
    EQ_INT(socket_.code, 1000);
    end_stream();
    EQ_INT(call_.how, CALL_TRANSFERRED);
    person = NULL;
}

TEST(a_stream_that_goes_while_its_end_is_noted_is_waited_for)
{
    begin_call();
    held_back = true;
    call_.ops->end(call_.t, "goodbye", true);
    EQ_INT(socket_.code, 0);
    stop();
    EQ_INT(call_.ended, 1);
    media_stream_ws_ops.closed(&socket_, stream);
    OK(media_streams_room(all)); /* two may be open, one is */
    held_back = false;
    waiting_fn(waiting_arg);
    EQ_INT(call_.ended, 1);
    media_streams_free(&all);
    buf_clear(&socket_.sent);
}

TEST(the_network_may_say_otherwise_that_a_call_is_over)
{
    begin_call();
    media_streams_over(all, "CA1");
    EQ_INT(call_.ended, 0);
    media_streams_over(all, CALL);
    EQ_INT(call_.ended, 1);
    EQ_INT(call_.how, CALL_HUNG_UP);
    EQ_INT(socket_.code, 1000);
    media_streams_over(all, CALL);
    end_stream();
}

TEST(no_more_calls_than_there_is_room_for)
{
    begin_call();
    OK(media_streams_room(all));
    places = 0;
    OK(!media_streams_room(all));
    end_stream();
    EQ_INT(places, 1); /* its own */
    places = 0;
    connect_stream();
    start();
    EQ_INT(call_.begun, 0);
    EQ_STR(socket_.why, "all lines are busy");
    end_stream();
    EQ_INT(places, 0);
    places = 2;
}

TEST(one_that_goes_on_in_another_stream_is_dropped)
{
    begin_call();
    call_.ops->drop(call_.t);
    EQ_INT(call_.ended, 0);
    EQ_INT(socket_.code, 1000);
    call_.ops->drop(call_.t);
    end_stream();
    EQ_INT(call_.ended, 1);
    EQ_INT(call_.how, CALL_BROKE);
}

TEST(a_lost_connection_ends_the_call_once)
{
    begin_call();
    end_stream();
    EQ_INT(call_.ended, 1);
    EQ_INT(call_.how, CALL_BROKE);
    EQ_STR(call_.why, "the stream's connection broke");
    begin_call(); /* it is told how, when it is known */
    socket_.fault = "the peer is silent";
    end_stream();
    EQ_STR(call_.why, "the peer is silent");
    socket_.fault = NULL;
    /* Gone before it was open: there was no call. */
    struct media_streams_config config = {.key = STR(KEY)};
    all = media_streams_new(&config);
    call_ = (struct call){.ended = 0};
    media_stream_ws_ops.closed(&socket_, media_stream_new(all));
    EQ_INT(call_.ended, 0);
    media_streams_free(&all);
}

int main(void)
{
    return tap_run();
}
