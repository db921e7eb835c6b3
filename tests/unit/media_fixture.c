/* SPDX-License-Identifier: Apache-2.0 */
#include "media_fixture.h"

#include <stdarg.h>
#include <stdlib.h>

#include "io/loop.h"
#include "tap.h"
#include "voice/call_ticket.h"
#include "voice/desk_private.h"

/* ---- a socket that remembers ---- */

struct ws line_socket;
struct loop_timer line_timer;

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
bool line_holds;
void (*line_waiting_fn)(void *arg);
void *line_waiting_arg;

int line_places = 2;

bool voice_desk_enter(struct voice_desk *d UNUSED)
{
    line_places--;
    return line_places >= 0 || (line_places++, false);
}

void voice_desk_left(struct voice_desk *d UNUSED)
{
    line_places++;
}

bool voice_desk_room(const struct voice_desk *d UNUSED)
{
    return line_places > 0;
}

void voice_desk_write(struct voice_desk *d UNUSED, const void *lane, void (*fn)(void *arg),
                      void *arg)
{
    OK(lane != NULL);
    if (line_holds) {
        line_waiting_fn = fn;
        line_waiting_arg = arg;
    } else {
        fn(arg);
    }
}

void loop_call(struct loop *l UNUSED, void (*fn)(void *arg), void *arg)
{
    fn(arg);
}

char line_handed_over[80];
int line_handover_rc;

bool handover_possible(const struct handover_config *c)
{
    return c->person != NULL;
}

int handover_do(const struct handover_config *c, const char *call_sid, struct err *e)
{
    snprintf(line_handed_over, sizeof line_handed_over, "%s to %s", call_sid, c->person);
    return line_handover_rc < 0 ? err_set(e, ERR_PROVIDER, "no") : 0;
}

struct loop_timer *loop_timer_new(struct loop *l UNUSED, void (*fn)(void *arg), void *arg)
{
    line_timer = (struct loop_timer){fn, arg, 0};
    return &line_timer;
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

struct call line_call;

struct call *call_new(struct voice_desk *d UNUSED, const struct call_who *who, enum audio_form form,
                      const struct call_transport_ops *ops, void *t)
{
    line_call.begun++;
    line_call.ops = ops;
    line_call.t = t;
    EQ_INT(form, AUDIO_ULAW_8K);
    snprintf(line_call.who, sizeof line_call.who, "%s %s%s %s %s", who->transport,
             who->outbound ? "out " : "", who->session_id, who->caller ? who->caller : "-",
             who->called ? who->called : "-");
    return &line_call;
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
    line_call.ended++;
    line_call.how = how;
    snprintf(line_call.why, sizeof line_call.why, "%s", why ? why : "");
    *c = NULL;
}

/* ---- one stream ---- */

struct media_streams *line_all;
struct media_stream *line_stream;
int64_t line_sequence, line_chunk;
const char *line_person; /* who takes calls over */

void line_says(const char *fmt, ...)
{
    char text[4096];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    media_stream_ws_ops.message(&line_socket, line_stream, true, (struct str){text, (size_t)n});
}

void line_connect(void)
{
    struct media_streams_config config = {
        .key = STR(KEY), .account = "AC1", .handover = {.person = line_person}};
    buf_init(&line_socket.sent, 1 << 22);
    line_socket = (struct ws){.sent = line_socket.sent, .refs = 1};
    line_call = (struct call){.ended = 0};
    line_sequence = line_chunk = 0;
    line_all = media_streams_new(&config);
    line_stream = media_stream_new(line_all);
    media_stream_ws_ops.open(&line_socket, line_stream);
    line_says("{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}");
}

void line_start_with(const char *token, const char *from, const char *direction)
{
    line_says("{\"event\":\"start\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
              "\",\"start\":{\"streamSid\":\"" SID "\",\"accountSid\":\"AC1\",\"callSid\":\"" CALL
              "\",\"tracks\":[\"inbound\"],\"customParameters\":{\"token\":\"%s\",\"from\":\"%s\","
              "\"to\":\"+15550199\",\"direction\":\"%s\"},\"mediaFormat\":{\"encoding\":\"audio/"
              "x-mulaw\","
              "\"sampleRate\":8000,\"channels\":1}}}",
              (long long)++line_sequence, token, from, direction);
}

char *line_ticket(struct pool *p, const char *from, const char *direction, int64_t seconds)
{
    struct call_ticket t = {STR(CALL), str_of(from), STR("+15550199"), str_of(direction)};
    struct wall until = {wall_now().us + seconds * US_PER_SECOND};
    return call_ticket_sign(p, STR(KEY), &t, until);
}

void line_start(void)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    line_start_with(line_ticket(p, "+15550100", "inbound", 60), "+15550100", "inbound");
}

void line_sound(int64_t ms)
{
    line_says("{\"event\":\"media\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
              "\",\"media\":{\"track\":\"inbound\",\"chunk\":\"%lld\",\"timestamp\":\"%lld\","
              "\"payload\":\"////\"}}",
              (long long)++line_sequence, (long long)++line_chunk, (long long)ms);
}

void line_mark(int number)
{
    line_says("{\"event\":\"mark\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
              "\",\"mark\":{\"name\":\"%d\"}}",
              (long long)++line_sequence, number);
}

void line_begin(void)
{
    line_connect();
    line_start();
    EQ_INT(line_call.begun, 1);
}

void line_end(void)
{
    media_stream_ws_ops.closed(&line_socket, line_stream);
    EQ_INT(line_call.begun, line_call.ended);
    EQ_INT(line_socket.refs, 1);
    media_streams_free(&line_all);
    buf_clear(&line_socket.sent);
}

/* The stream has closed with that reason, and the call has heard of it. */
void line_failed(const char *why)
{
    EQ_STR(line_socket.why, why);
    OK(line_socket.code == 1002 || line_socket.code == 1008);
    EQ_INT(line_call.begun, line_call.ended);
    if (line_call.ended) {
        EQ_INT(line_call.how, CALL_BROKE);
        EQ_STR(line_call.why, why);
    }
    int heard = line_call.heard;
    line_sound(100000); /* what is still on its way is ignored */
    EQ_INT(line_call.heard, heard);
    line_end();
}

size_t line_sent(const char *part)
{
    size_t n = 0;
    const char *at = buf_str(&line_socket.sent).n ? line_socket.sent.data : "";
    while ((at = strstr(at, part)) != NULL) {
        n++;
        at++;
    }
    return n;
}

/* So much sound, as an engine says it in one piece. */
void line_speaks(int ms)
{
    size_t n = (size_t)ms * 8 / 3 * 4;
    char *text = malloc(n);
    memset(text, 'f', n);
    line_call.ops->audio(line_call.t, (struct str){text, n});
    free(text);
}
