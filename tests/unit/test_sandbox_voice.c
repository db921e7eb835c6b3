/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stand-in for Twilio Voice with a product of the simplest kind before it, which answers with
 * the TwiML that a test wants, takes Media Streams, and writes down what comes. Calls run many
 * times faster than real ones.
 */
#include <stdatomic.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "channels/twilio_signature.h"
#include "io/http.h"
#include "io/http_client.h"
#include "io/thread.h"
#include "io/ws.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_voice.h"
#include "tap.h"

#define TOKEN "12345"
#define CALLER "+15550100077"
#define REQUESTS_MAX 32
#define WAIT_MS 10000

struct request {
    char path[80];
    struct form form;
};

/* The product. Its documents are set before anything is asked of it. */
struct product {
    struct http_server *server;
    int port;
    struct pool *pool;
    const char *documents[8][2]; /* path and TwiML */
    atomic_int requests, forged;
    struct request seen[REQUESTS_MAX];

    /* its end of a stream */
    bool refuses_stream, silent, closes_on_digit;
    atomic_int frames, loud_frames, streams, closed;
    int64_t last_sequence, gaps;
    char stream_sid[35], parameter[40], call_sid[35], events[400], last_mark[40];
    bool cleared, clears_on_speech, stopped;
    unsigned close_code;
};

struct fixture {
    struct pool *pool;
    struct http_client *http;
    struct sandbox *sandbox;
    struct product product;
};

/* ---- the product's side ---- */

static void note(struct product *x, const char *event)
{
    size_t n = strlen(x->events);
    if (strcmp(event, "media") != 0) {
        snprintf(x->events + n, sizeof x->events - n, "%s ", event);
    }
}

static void send_event(struct product *x, struct ws *ws, const char *event, const char *member,
                       const char *key, const char *value)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1u << 20);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "event", event);
    jw_kv_text(&j, "streamSid", x->stream_sid);
    if (member) {
        jw_key(&j, member);
        jw_object(&j);
        jw_kv_text(&j, key, value);
        jw_object_end(&j);
    }
    jw_object_end(&j);
    ws_send_text(ws, buf_str(&b));
}

static void say_something(struct product *x, struct ws *ws, int ms)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    size_t n = (size_t)ms * 8;
    char *sound = pool_alloc_raw(p, n);
    memset(sound, 0x80, n); /* as loud as can be */
    send_event(x, ws, "media", "media", "payload", base64_encode(p, sound, n));
    send_event(x, ws, "mark", "mark", "name", "all said");
}

static void take_start(struct product *x, struct ws *ws, const json_t *m)
{
    const json_t *start = json_object_get(m, "start");
    snprintf(x->stream_sid, sizeof x->stream_sid, "%s", json_get_text(start, "streamSid", ""));
    snprintf(x->call_sid, sizeof x->call_sid, "%s", json_get_text(start, "callSid", ""));
    snprintf(x->parameter, sizeof x->parameter, "%s",
             json_get_text(json_object_get(start, "customParameters"), "token", ""));
    if (!x->silent) {
        say_something(x, ws, 1000);
    }
}

static void take_media(struct product *x, struct ws *ws, struct pool *p, const json_t *m)
{
    struct str sound;
    const char *payload = json_get_text(json_object_get(m, "media"), "payload", "");
    atomic_fetch_add(&x->frames, 1);
    if (!base64_decode(p, str_of(payload), &sound) || sound.n != 160) {
        x->gaps++;
        return;
    }
    if ((unsigned char)sound.p[80] != 0xFF || (unsigned char)sound.p[3] != 0xFF) {
        atomic_fetch_add(&x->loud_frames, 1);
        if (x->clears_on_speech && !x->cleared) {
            x->cleared = true;
            send_event(x, ws, "clear", NULL, NULL, NULL);
        }
    }
}

static void on_message(struct ws *ws, void *arg, bool is_text UNUSED, struct str data)
{
    struct product *x = arg;
    struct pool *p CLEANUP(pool_free) = pool_new();
    json_t *m = NULL;
    int64_t sequence = 0;
    if (json_read(p, data, &m, NULL)) {
        x->gaps++;
        return;
    }
    const char *event = json_get_text(m, "event", "");
    note(x, event);
    if (strcmp(event, "connected") != 0) {
        bool number = str_to_i64(str_of(json_get_text(m, "sequenceNumber", "")), &sequence);
        x->gaps += !number || sequence != x->last_sequence + 1;
        x->last_sequence = sequence;
    }
    if (strcmp(event, "start") == 0) {
        take_start(x, ws, m);
    } else if (strcmp(event, "media") == 0) {
        take_media(x, ws, p, m);
    } else if (strcmp(event, "mark") == 0) {
        snprintf(x->last_mark, sizeof x->last_mark, "%s",
                 json_get_text(json_object_get(m, "mark"), "name", ""));
    } else if (strcmp(event, "dtmf") == 0 && x->closes_on_digit) {
        ws_close(ws, 1000, "enough");
    }
}

static void on_open(struct ws *ws UNUSED, void *arg)
{
    struct product *x = arg;
    x->last_sequence = 0;
    atomic_fetch_add(&x->streams, 1);
}

static void on_closed(struct ws *ws, void *arg)
{
    struct product *x = arg;
    x->close_code = ws_close_code(ws);
    atomic_fetch_add(&x->closed, 1);
}

static const struct ws_ops stream_ops = {.open = on_open,
                                         .message = on_message,
                                         .closed = on_closed,
                                         .message_max_bytes = 1u << 20,
                                         .queue_max_bytes = 4u << 20};

static bool signed_right(struct product *x, struct http_request *req, const char *scheme,
                         const struct form *form)
{
    char *url =
        pool_printf(req->pool, "%s://127.0.0.1:%d" STR_FMT, scheme, x->port, STR_ARG(req->target));
    return twilio_signature_ok(req->pool, STR(TOKEN),
                               http_request_header(req, "X-Twilio-Signature"), str_of(url), form,
                               req->body);
}

static void take_stream(struct product *x, struct http_request *req, struct http_response *res)
{
    struct form none = {0};
    if (x->refuses_stream || !signed_right(x, req, "ws", &none)) {
        res->status = 403;
        return;
    }
    res->ws = &stream_ops;
    res->ws_arg = x;
}

static void answer(struct product *x, struct http_request *req, struct http_response *res)
{
    struct form form;
    res->status = 200;
    if (form_parse(x->pool, str_of(str_dup(x->pool, req->body)), &form, NULL) ||
        !signed_right(x, req, "http", &form)) {
        atomic_fetch_add(&x->forged, 1);
        res->status = 403;
        return;
    }
    int n = atomic_load(&x->requests);
    if (n < REQUESTS_MAX) {
        snprintf(x->seen[n].path, sizeof x->seen[n].path, STR_FMT, STR_ARG(req->target));
        x->seen[n].form = form;
    }
    for (size_t i = 0; i < ARRAY_SIZE(x->documents) && x->documents[i][0]; i++) {
        if (str_eq(req->path, str_of(x->documents[i][0]))) {
            res->content_type = "text/xml";
            buf_puts(&res->body, x->documents[i][1]);
        }
    }
    atomic_store(&x->requests, n + 1);
}

static void handle(void *arg, struct http_request *req, struct http_response *res)
{
    if (req->upgrade) {
        take_stream(arg, req, res);
    } else {
        answer(arg, req, res);
    }
}

static enum http_where on_worker(void *arg UNUSED, struct http_request *req)
{
    return req->upgrade ? HTTP_ON_LOOP : HTTP_ON_WORKER;
}

static void refuse(void *arg UNUSED, struct http_request *req UNUSED, int code,
                   const char *why UNUSED, struct http_response *res)
{
    res->status = err_http_status(code);
}

/* ---- the test's side ---- */

static bool begin(struct fixture *f)
{
    static const struct http_app app = {on_worker, handle, NULL, refuse};
    struct http_config config = {
        .listen = "127.0.0.1:0",
        .io_threads = 1,
        .workers = 1, /* what it writes is read when the call has settled */
        .header_max_bytes = 16384,
        .body_max_bytes = 65536,
        .response_max_bytes = 65536,
        .request_ms = 5000,
        .idle_ms = 5000,
        .connections_max = 64,
        .connections_per_address = 64,
    };
    struct err e = {0};
    *f = (struct fixture){.pool = pool_new(), .http = http_client_new()};
    f->product.pool = pool_new();
    if (!OK_MSG(http_server_new(&config, &app, &f->product, &f->product.server, &e) == 0, "%s",
                e.text)) {
        return false;
    }
    f->product.port = http_server_port(f->product.server);
    struct sandbox_config sandbox = {
        .listen = "127.0.0.1:0",
        .token = TOKEN,
        .product_url = pool_printf(f->pool, "http://127.0.0.1:%d/", f->product.port),
    };
    return OK_MSG(sandbox_new(&sandbox, &f->sandbox, &e) == 0, "%s", e.text);
}

static void end(struct fixture *f)
{
    sandbox_free(&f->sandbox);
    http_server_stop(&f->product.server, 1000);
    http_client_free(&f->http);
    pool_free(&f->product.pool);
    pool_free(&f->pool);
}

static void document(struct fixture *f, const char *path, const char *twiml)
{
    size_t i = 0;
    while (f->product.documents[i][0]) {
        i++;
    }
    f->product.documents[i][0] = path;
    f->product.documents[i][1] = twiml;
}

static const char *stream_twiml(struct fixture *f, const char *after)
{
    return pool_printf(f->pool,
                       "<Response><Connect><Stream url=\"ws://127.0.0.1:%d/media?dropped=1\">"
                       "<Parameter name=\"token\" value=\"abc\"/></Stream></Connect>%s</Response>",
                       f->product.port, after);
}

static int ask(struct fixture *f, const char *method, const char *path, const char *body,
               struct http_answer *answer)
{
    const char *form[] = {"Content-Type: application/x-www-form-urlencoded", NULL};
    struct http_call call = {
        .method = method,
        .url = pool_printf(f->pool, "http://127.0.0.1:%d%s", sandbox_port(f->sandbox), path),
        .basic_user = SANDBOX_ACCOUNT,
        .basic_password = TOKEN,
        .headers = path[1] == '2' ? form : NULL,
        .body = str_of(body ? body : ""),
        .timeout_ms = WAIT_MS,
        .answer_max_bytes = 8u << 20,
    };
    struct err e = {0};
    return OK_MSG(http_client_call(f->http, f->pool, &call, answer, &e) == 0, "%s", e.text)
               ? answer->status
               : 0;
}

static json_t *ask_json(struct fixture *f, const char *method, const char *path, const char *body,
                        int status)
{
    struct http_answer answer = {0};
    json_t *document = NULL;
    if (EQ_INT(ask(f, method, path, body, &answer), status) && answer.body.n) {
        OK(json_read(f->pool, answer.body, &document, NULL) == 0);
    }
    return document;
}

#define REST "/2010-04-01/Accounts/" SANDBOX_ACCOUNT

/* Until nothing of the call goes on any more; its record. */
static json_t *settled(struct fixture *f, const char *sid)
{
    struct mono start = mono_now();
    const char *path = pool_printf(f->pool, "/sandbox/calls/%s", sid);
    json_t *call;
    do {
        struct timespec pause = {0, 5000000};
        nanosleep(&pause, NULL);
        call = ask_json(f, "GET", path, NULL, 200);
    } while (call && !json_get_bool(call, "settled", false) &&
             mono_us_since(start) / 1000 < WAIT_MS);
    OK(json_get_bool(call, "settled", false));
    return call;
}

/* A call of the script, at its end. */
static json_t *call(struct fixture *f, const char *script, const char *more)
{
    json_t *made =
        ask_json(f, "POST", "/sandbox/call",
                 pool_printf(f->pool, "{\"from\":\"" CALLER "\",\"speed\":10,\"script\":[%s]%s}",
                             script, more ? more : ""),
                 202);
    return settled(f, json_get_text(made, "sid", ""));
}

/* The n-th moment of that kind; NULL: none. */
static json_t *moment(const json_t *call, const char *what, int n)
{
    size_t i;
    json_t *m;
    json_array_foreach (json_object_get(call, "moments"), i, m) {
        if (strcmp(json_get_text(m, "what", ""), what) == 0 && n-- == 0) {
            return m;
        }
    }
    return NULL;
}

static const char *moment_text(const json_t *call, const char *what, int n)
{
    return json_get_text(moment(call, what, n), "text", NULL);
}

/* The n-th request to that path; NULL: none came. */
static struct request *request(struct fixture *f, const char *path, int n)
{
    for (int i = 0; i < atomic_load(&f->product.requests) && i < REQUESTS_MAX; i++) {
        if (strcmp(f->product.seen[i].path, path) == 0 && n-- == 0) {
            return &f->product.seen[i];
        }
    }
    return NULL;
}

static const char *field(struct fixture *f, const char *path, int n, const char *name)
{
    struct request *r = request(f, path, n);
    struct str value = r ? form_get(&r->form, name) : (struct str){NULL, 0};
    return value.p ? str_dup(f->pool, value) : NULL;
}

TEST(a_caller_is_streamed_and_hears_the_answer)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    struct product *x = &f.product;
    document(&f, SANDBOX_VOICE_PATH, stream_twiml(&f, ""));
    json_t *c = call(&f, "{\"wait\":400},{\"say\":\"hello there\"},{\"press\":\"1\"}", NULL);
    EQ_STR(json_get_text(c, "status", NULL), "completed");
    EQ_STR(field(&f, SANDBOX_VOICE_PATH, 0, "From"), CALLER);
    EQ_STR(field(&f, SANDBOX_VOICE_PATH, 0, "CallStatus"), "ringing");
    EQ_STR(field(&f, SANDBOX_VOICE_PATH, 0, "Direction"), "inbound");
    EQ_STR(x->parameter, "abc");
    EQ_STR(x->call_sid, json_get_text(c, "sid", NULL));
    EQ_STR(x->events, "connected start mark dtmf stop ");
    EQ_STR(x->last_mark, "all said");
    EQ_INT(x->gaps, 0);
    EQ_INT(atomic_load(&x->frames), json_get_i64(c, "frames_sent", -1));
    OK(atomic_load(&x->loud_frames) > 10);
    EQ_INT(json_get_i64(c, "heard_ms", 0), 1000);
    EQ_INT(json_get_i64(c, "marks", 0), 1);
    EQ_STR(moment_text(c, "said", 0), "hello there");
    EQ_STR(moment_text(c, "pressed", 0), "1");
    OK(json_get_i64(moment(c, "said", 0), "at_ms", 0) >= 1400);
    tap_case("the end is reported");
    EQ_STR(field(&f, SANDBOX_VOICE_STATUS_PATH, 0, "CallStatus"), "completed");
    EQ_STR(field(&f, SANDBOX_VOICE_STATUS_PATH, 0, "SequenceNumber"), "0");
    OK(field(&f, SANDBOX_VOICE_STATUS_PATH, 0, "CallDuration") != NULL);
    OK(request(&f, SANDBOX_VOICE_STATUS_PATH, 1) == NULL);
    EQ_INT(atomic_load(&x->forged), 0);
    end(&f);
}

TEST(a_call_can_be_listened_to_piece_by_piece)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    document(&f, SANDBOX_VOICE_PATH, "<Response><Say>A few words.</Say></Response>");
    json_t *c = call(&f, "{\"silence\":2000}", ",\"record\":true");
    const char *path = pool_printf(f.pool, "/sandbox/calls/%s", json_get_text(c, "sid", ""));
    struct http_answer whole = {0}, rest = {0}, none = {0};
    EQ_INT(ask(&f, "GET", pool_printf(f.pool, "%s/audio", path), NULL, &whole), 200);
    EQ_INT(ask(&f, "GET", pool_printf(f.pool, "%s/audio?after_ms=200", path), NULL, &rest), 200);
    EQ_INT(ask(&f, "GET", pool_printf(f.pool, "%s/audio?after_ms=999999", path), NULL, &none), 200);
    OK(str_starts(rest.body, STR("RIFF")));
    EQ_INT(whole.body.n - rest.body.n, 200 * 8 * 2 * 2); /* of both sides, two bytes a sample */
    EQ_INT(none.body.n, 44);
    ask_json(&f, "GET", pool_printf(f.pool, "%s/audio?after_ms=-1", path), NULL, 422);
    ask_json(&f, "GET", pool_printf(f.pool, "%s?words=perhaps", path), NULL, 422);
    c = ask_json(&f, "GET", pool_printf(f.pool, "%s?words=true", path), NULL, 200);
    OK(json_is_array(json_object_get(c, "words"))); /* there is no database to read them from */
    EQ_INT(json_array_size(json_object_get(c, "words")), 0);
    EQ_STR(json_get_text(c, "conversation_id", NULL), "");
    end(&f);
}

TEST(who_interrupts_has_what_waits_dropped)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    f.product.clears_on_speech = true;
    document(&f, SANDBOX_VOICE_PATH, stream_twiml(&f, ""));
    json_t *c = call(&f, "{\"interrupt\":300},{\"tone\":300,\"ms\":200},{\"silence\":200}", NULL);
    EQ_INT(json_get_i64(c, "clears", 0), 1);
    EQ_INT(json_get_i64(c, "marks", 0), 1);
    EQ_INT(json_get_i64(moment(c, "said", 0), "n", 0), 1);
    int64_t left = json_get_i64(moment(c, "cleared", 0), "n", 0);
    OK_MSG(left > 0 && left <= 700, "%lld ms were left", (long long)left);
    EQ_STR(f.product.events, "connected start mark stop ");
    end(&f);
}

TEST(twiml_goes_on_when_the_product_closes_the_stream)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    f.product.closes_on_digit = true;
    document(&f, SANDBOX_VOICE_PATH,
             stream_twiml(&f, "<Say>Good &amp; bye</Say><Redirect>/more</Redirect>"));
    document(&f, "/more", "<Response><Pause length='1'/><Say>Really</Say></Response>");
    json_t *c = call(&f, "{\"silence\":100},{\"press\":\"9\"},{\"silence\":60000}", NULL);
    EQ_STR(json_get_text(c, "status", NULL), "completed");
    EQ_STR(moment_text(c, "heard", 0), "Good & bye");
    EQ_STR(moment_text(c, "heard", 1), "Really");
    OK(moment(c, "hung up", 0) == NULL);
    OK(strstr(moment_text(c, "closed", 0), "1000") != NULL);
    EQ_STR(field(&f, "/more", 0, "CallStatus"), "in-progress");
    end(&f);
}

TEST(a_stream_that_is_refused_is_an_error_of_the_call)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    f.product.refuses_stream = true;
    document(&f, SANDBOX_VOICE_PATH, stream_twiml(&f, "<Say>Sorry</Say>"));
    json_t *c = call(&f, "{\"silence\":60000}", NULL);
    EQ_INT(json_get_i64(moment(c, "error", 0), "n", 0), 31920);
    EQ_STR(moment_text(c, "heard", 0), "Sorry");
    end(&f);
}

TEST(a_caller_may_crash_or_hang_up_anywhere)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    document(&f, SANDBOX_VOICE_PATH, stream_twiml(&f, ""));
    json_t *c = call(&f, "{\"silence\":200},{\"crash\":true}", NULL);
    EQ_STR(json_get_text(c, "status", NULL), "failed");
    OK(request(&f, SANDBOX_VOICE_STATUS_PATH, 0) == NULL);
    OK(strstr(f.product.events, "stop") == NULL);
    c = call(&f, "{\"silence\":60000}", ",\"hangup_after_ms\":300");
    EQ_STR(json_get_text(c, "status", NULL), "completed");
    OK(request(&f, SANDBOX_VOICE_STATUS_PATH, 0) != NULL);
    c = call(&f, "{\"silence\":60000}", ",\"crash_after_ms\":500");
    EQ_STR(json_get_text(c, "status", NULL), "failed");
    tap_case("who stalls sends nothing");
    c = call(&f, "{\"stall\":1000}", NULL);
    EQ_INT(json_get_i64(c, "frames_sent", -1), 0);
    EQ_INT(json_get_i64(c, "marks", -1), 0);
    EQ_INT(atomic_load(&f.product.streams), 4);
    end(&f);
    EQ_INT(atomic_load(&f.product.closed), 4);
    EQ_INT(f.product.gaps, 0);
}

TEST(a_person_is_dialled)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    document(&f, SANDBOX_VOICE_PATH,
             "<Response><Dial action='/after' timeout='5'><Number url='/whisper'>+15550100500"
             "</Number></Dial></Response>");
    document(&f, "/whisper", "<Response><Say>Ann, about a facial</Say></Response>");
    document(&f, "/after", "<Response><Say>Nobody there</Say></Response>");
    tap_case("they answer, are told, talk and hang up");
    ask_json(&f, "POST", "/sandbox/people",
             "{\"number\":\"+15550100500\",\"script\":[{\"silence\":1500},{\"say\":\"Hi, this is "
             "Bea\"},{\"wait\":300}]}",
             200);
    json_t *c = call(&f, "{\"wait\":300},{\"say\":\"Thank you\"},{\"silence\":60000}", NULL);
    EQ_STR(moment_text(c, "connected", 0), "+15550100500");
    EQ_STR(moment_text(c, "dialled", 0), "completed");
    EQ_STR(field(&f, "/after", 0, "DialCallStatus"), "completed");
    EQ_STR(field(&f, "/whisper", 0, "Direction"), "outbound-dial");
    EQ_STR(field(&f, "/whisper", 0, "ParentCallSid"), json_get_text(c, "sid", NULL));
    json_t *child = settled(&f, field(&f, "/after", 0, "DialCallSid"));
    EQ_STR(moment_text(child, "heard", 0), "Ann, about a facial");
    EQ_STR(moment_text(child, "said", 0), "Hi, this is Bea");
    OK(moment(child, "unanswered", 0) == NULL);
    tap_case("they do not answer");
    ask_json(&f, "POST", "/sandbox/people", "{\"number\":\"+15550100500\",\"answers\":\"no\"}",
             200);
    c = call(&f, "{\"silence\":60000}", NULL);
    EQ_STR(field(&f, "/after", 1, "DialCallStatus"), "no-answer");
    EQ_STR(moment_text(c, "heard", 0), "Nobody there");
    tap_case("they are busy");
    ask_json(&f, "POST", "/sandbox/people", "{\"number\":\"+15550100500\",\"answers\":\"busy\"}",
             200);
    call(&f, "{\"silence\":60000}", NULL);
    EQ_STR(field(&f, "/after", 2, "DialCallStatus"), "busy");
    tap_case("the caller gives up");
    c = call(&f, "{\"silence\":60000}", ",\"hangup_after_ms\":200");
    OK(request(&f, "/after", 3) == NULL);
    end(&f);
}

TEST(a_message_is_recorded)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    document(&f, SANDBOX_VOICE_PATH,
             "<Response><Say>Leave a message</Say><Record action='/kept' timeout='2' "
             "recordingStatusCallback='/recording#rc=2&amp;rp=5xx'/></Response>");
    document(&f, "/kept", "<Response><Hangup/></Response>");
    json_t *c = call(&f, "{\"wait\":100},{\"tone\":400,\"ms\":1500},{\"silence\":60000}", NULL);
    EQ_STR(json_get_text(c, "status", NULL), "completed");
    EQ_STR(field(&f, "/recording", 0, "RecordingStatus"), "completed");
    EQ_STR(field(&f, "/kept", 0, "RecordingSid"), field(&f, "/recording", 0, "RecordingSid"));
    const char *url = field(&f, "/recording", 0, "RecordingUrl");
    if (OK(url != NULL)) {
        struct http_answer wav = {0};
        const char *path = strstr(url, "/2010");
        EQ_INT(ask(&f, "GET", pool_printf(f.pool, "%s.wav", path), NULL, &wav), 200);
        OK(str_starts(wav.body, STR("RIFF")));
        OK_MSG(wav.body.n > 44 + 2 * 8 * 3000, "%zu bytes", wav.body.n);
        json_t *r = ask_json(&f, "GET", pool_printf(f.pool, "%s.json", path), NULL, 200);
        EQ_STR(json_get_text(r, "call_sid", NULL), json_get_text(c, "sid", NULL));
        EQ_INT(ask(&f, "DELETE", pool_printf(f.pool, "%s.json", path), NULL, &wav), 204);
        EQ_INT(ask(&f, "GET", path, NULL, &wav), 404);
    }
    tap_case("who hangs up meanwhile has left one, too");
    call(&f, "{\"wait\":100},{\"tone\":400,\"ms\":500}", NULL);
    EQ_STR(field(&f, "/kept", 1, "Digits"), "hangup");
    EQ_STR(field(&f, "/recording", 1, "RecordingStatus"), "completed");
    end(&f);
}

TEST(keys_are_gathered)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    document(&f, SANDBOX_VOICE_PATH,
             "<Response><Gather action='/keys' numDigits='3' timeout='2'><Say>Press</Say></Gather>"
             "<Say>No keys</Say></Response>");
    document(&f, "/keys", "<Response/>");
    call(&f, "{\"press\":\"1234\"},{\"silence\":60000}", NULL);
    EQ_STR(field(&f, "/keys", 0, "Digits"), "123");
    call(&f, "{\"press\":\"12#\"},{\"silence\":60000}", NULL);
    EQ_STR(field(&f, "/keys", 1, "Digits"), "12");
    json_t *c = call(&f, "{\"silence\":60000}", NULL);
    EQ_STR(moment_text(c, "heard", 1), "No keys");
    end(&f);
}

TEST(the_product_calls_somebody)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    document(&f, "/reminder", "<Response><Say>Tomorrow at two</Say></Response>");
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, 4096);
    form_add(&body, "To", STR("+15550100600"));
    form_add(&body, "From", STR(SANDBOX_NUMBER));
    form_add(&body, "Url",
             str_of(pool_printf(f.pool, "http://127.0.0.1:%d/reminder", f.product.port)));
    form_add(&body, "StatusCallback",
             str_of(pool_printf(f.pool, "http://127.0.0.1:%d/status", f.product.port)));
    form_add(&body, "StatusCallbackEvent", STR("initiated"));
    form_add(&body, "StatusCallbackEvent", STR("answered"));
    form_add(&body, "StatusCallbackEvent", STR("completed"));
    ask_json(&f, "POST", "/sandbox/people",
             "{\"number\":\"+15550100600\",\"after_ms\":100,\"script\":[{\"wait\":100}]}", 200);
    json_t *made = ask_json(&f, "POST", REST "/Calls.json", body.data, 201);
    EQ_STR(json_get_text(made, "status", NULL), "queued");
    EQ_STR(json_get_text(made, "direction", NULL), "outbound-api");
    const char *sid = json_get_text(made, "sid", "");
    json_t *c = settled(&f, sid);
    EQ_STR(moment_text(c, "heard", 0), "Tomorrow at two");
    for (int i = 0; i < 3; i++) {
        EQ_STR(field(&f, "/status", i, "CallSid"), sid);
    }
    OK(request(&f, "/status", 3) == NULL);
    json_t *read = ask_json(&f, "GET", pool_printf(f.pool, REST "/Calls/%s.json", sid), NULL, 200);
    EQ_STR(json_get_text(read, "status", NULL), "completed");
    tap_case("what has ended cannot be changed");
    json_t *refused = ask_json(&f, "POST", pool_printf(f.pool, REST "/Calls/%s.json", sid),
                               "Status=completed", 400);
    EQ_INT(json_get_i64(refused, "code", 0), 21220);
    end(&f);
}

TEST(a_live_call_is_led_elsewhere)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    f.product.silent = true;
    document(&f, SANDBOX_VOICE_PATH, stream_twiml(&f, "<Say>not this</Say>"));
    json_t *made = ask_json(&f, "POST", "/sandbox/call",
                            "{\"from\":\"" CALLER "\",\"script\":[{\"silence\":60000}]}", 202);
    const char *path = pool_printf(f.pool, REST "/Calls/%s.json", json_get_text(made, "sid", ""));
    for (int i = 0; i < 500 && atomic_load(&f.product.frames) < 3; i++) {
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
    }
    json_t *bad =
        ask_json(&f, "POST", path, "Twiml=%3CResponse%3E%3CSpeak/%3E%3C/Response%3E", 400);
    EQ_INT(json_get_i64(bad, "code", 0), 12200);
    ask_json(&f, "POST", path, "Twiml=%3CResponse%3E%3CSay%3EOne%3C/Say%3E%3C/Response%3E", 200);
    json_t *c = settled(&f, json_get_text(made, "sid", ""));
    EQ_STR(moment_text(c, "heard", 0), "One");
    OK(moment(c, "heard", 1) == NULL);
    EQ_STR(f.product.events, "connected start stop ");
    end(&f);
}

TEST(what_is_wrong_is_said)
{
    struct fixture f;
    if (!begin(&f)) {
        return;
    }
    static const char *const bad[] = {
        "{\"from\":\"+15550100001\"}",
        "{\"from\":\"nobody\",\"script\":[]}",
        "{\"from\":\"+15550100001\",\"script\":[{\"sing\":1}]}",
        "{\"from\":\"+15550100001\",\"script\":[{\"press\":\"A\"}]}",
        "{\"from\":\"+15550100001\",\"script\":[{\"play\":\"?\"}]}",
        "{\"from\":\"+15550100001\",\"script\":[{\"wait\":-1}]}",
        "{\"from\":\"+15550100001\",\"script\":[],\"speed\":0}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        tap_case("%s", bad[i]);
        ask_json(&f, "POST", "/sandbox/call", bad[i], 422);
    }
    ask_json(&f, "GET", "/sandbox/calls/CA00000000000000000000000000000001", NULL, 404);
    tap_case("the product's document is none");
    document(&f, SANDBOX_VOICE_PATH, "<Response><Speak/></Response>");
    json_t *c = call(&f, "{\"silence\":60000}", NULL);
    EQ_INT(json_get_i64(moment(c, "error", 0), "n", 0), 12200);
    end(&f);
}

int main(void)
{
    return tap_run();
}
