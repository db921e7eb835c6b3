/* SPDX-License-Identifier: Apache-2.0 */
/* The speech server's stand-in: its two queues (the desk's, like all state), and its answers. */
#include "sandbox/sandbox_speech.h"

#include <stdlib.h>

#include "base/json_read.h"
#include "mail/mail_form.h"
#include "sandbox/sandbox_realtime_private.h"
#include "sandbox/sandbox_script.h"
#include "sandbox/sandbox_speech_private.h"
#include "voice/speak.h"
#include "voice/wav.h"

#define QUEUED_MAX 256
#define RATE 24000 /* of what it speaks, as OpenAI's */
#define INPUT_MAX 4096
#define FILE_MAX (25u << 20)
#define SOUND_MAX ((size_t)24 << 20)

enum speech_side { HEARS, SPEAKS, N_SIDES };

struct queued {
    char *item; /* owned; JSON */
    int64_t count;
    struct queued *next;
};

struct speech_desk {
    struct {
        struct queued *first;
        int64_t queued, requests;
        char *last; /* owned; JSON; NULL: none */
    } sides[N_SIDES];
};

/* ------------------------------------------------------------------------ the queues */

struct task {
    enum speech_side side;
    struct queued *queued;
    bool ok;
    struct str last;
    struct pool *pool;
    char *item; /* in pool */
    struct buf *out;
};

struct speech_desk *speech_desk_new(void)
{
    return xcalloc(1, sizeof(struct speech_desk));
}

static void drop_first(struct speech_desk *d, enum speech_side side)
{
    struct queued *q = d->sides[side].first;
    d->sides[side].first = q->next;
    d->sides[side].queued--;
    free(q->item);
    free(q);
}

static void forget(struct sandbox *s, void *arg)
{
    (void)arg;
    for (enum speech_side side = 0; side < N_SIDES; side++) {
        while (s->speech->sides[side].first) {
            drop_first(s->speech, side);
        }
    }
}

void speech_desk_free(struct speech_desk **d)
{
    for (enum speech_side side = 0; *d && side < N_SIDES; side++) {
        while ((*d)->sides[side].first) {
            drop_first(*d, side);
        }
        free((*d)->sides[side].last);
    }
    free(*d);
    *d = NULL;
}

void sandbox_speech_forget(struct sandbox *s)
{
    sandbox_do(s, forget, NULL);
}

static void add(struct sandbox *s, void *arg)
{
    struct task *t = arg;
    struct queued **at = &s->speech->sides[t->side].first;
    t->ok = s->speech->sides[t->side].queued < QUEUED_MAX;
    while (t->ok && *at) {
        at = &(*at)->next;
    }
    if (t->ok) {
        *at = t->queued;
        s->speech->sides[t->side].queued++;
    }
}

/* Notes the request, and takes the next answer of its queue. */
static void take(struct sandbox *s, void *arg)
{
    struct task *t = arg;
    struct speech_desk *d = s->speech;
    d->sides[t->side].requests++;
    free(d->sides[t->side].last);
    d->sides[t->side].last = xstrdup(t->last.p);
    struct queued *q = d->sides[t->side].first;
    if (q) {
        t->item = pool_strdup(t->pool, q->item);
        if (--q->count <= 0) {
            drop_first(d, t->side);
        }
    }
}

static int check_item(const json_t *item, struct err *e)
{
    static const char *const known[] = {"to",    "text",     "status", "raw",   "type",
                                        "fault", "delay_ms", "cut",    "count", NULL};
    const char *to = json_get_text(item, "to", "");
    if (strcmp(to, "hear") != 0 && strcmp(to, "speak") != 0) {
        return err_field(e, ERR_INVALID, "to", "an answer is an object, and to hear or speak");
    }
    int rc = script_check(item, "an answer", known, e);
    return rc < 0 ? rc : script_check_status(item, e);
}

static int queue_item(struct sandbox *s, const json_t *item, struct err *e)
{
    int rc = check_item(item, e);
    if (rc < 0) {
        return rc;
    }
    char *dumped = json_dumps(item, JSON_COMPACT);
    struct task t = {.side = strcmp(json_get_text(item, "to", ""), "hear") == 0 ? HEARS : SPEAKS};
    t.queued = xcalloc(1, sizeof *t.queued);
    *t.queued = (struct queued){xstrdup(dumped), json_get_i64(item, "count", 1), NULL};
    free(dumped);
    sandbox_do(s, add, &t);
    if (!t.ok) {
        free(t.queued->item);
        free(t.queued);
        return err_set(e, ERR_TOO_MANY, "%d answers wait already", QUEUED_MAX);
    }
    return 0;
}

int sandbox_speech_script(struct sandbox *s, struct str json, struct err *e)
{
    return script_read(s, json, queue_item, e);
}

static void write_state(struct sandbox *s, void *arg)
{
    static const char *const names[] = {"hears", "speaks"};
    struct task *t = arg;
    struct jw j = jw_to(t->out);
    jw_object(&j);
    for (enum speech_side side = 0; side < N_SIDES; side++) {
        const char *last = s->speech->sides[side].last;
        jw_key(&j, names[side]);
        jw_object(&j);
        jw_kv_i64(&j, "requests", s->speech->sides[side].requests);
        jw_kv_i64(&j, "queued", s->speech->sides[side].queued);
        jw_kv_raw(&j, "last", last ? str_of(last) : STR("null"));
        jw_object_end(&j);
    }
    jw_object_end(&j);
}

struct str sandbox_speech_state(struct sandbox *s, struct pool *p)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 1u << 20);
    sandbox_do(s, write_state, &(struct task){.out = &b});
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

int sandbox_speech_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                           struct err *e)
{
    if (req->method == HTTP_POST) {
        buf_puts(&res->body, "{\"status\":\"queued\"}");
        return sandbox_speech_script(s, req->body, e);
    }
    if (req->method == HTTP_DELETE) {
        sandbox_speech_forget(s);
        buf_puts(&res->body, "{\"status\":\"forgotten\"}");
    } else {
        buf_put_str(&res->body, sandbox_speech_state(s, req->pool));
    }
    return 0;
}

/* ------------------------------------------------------------------------ answers */

static void refuse(struct http_response *res, int status, const char *param, const char *message)
{
    res->status = status;
    res->content_type = "application/json";
    buf_reset(&res->body);
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_key(&j, "error");
    jw_object(&j);
    jw_kv_text(&j, "message", message);
    jw_kv_text(&j, "type", status < 500 ? "invalid_request_error" : "server_error");
    jw_kv_text(&j, "param", param);
    jw_kv_null(&j, "code");
    jw_object_end(&j);
    jw_object_end(&j);
}

/* Takes what is queued for this request; true when that is all of the answer. *item: NULL: nothing
 * is queued. */
static bool misbehave(struct sandbox *s, enum speech_side side, const json_t *last,
                      struct http_request *req, struct http_response *res, json_t **item)
{
    struct task t = {.side = side, .pool = req->pool, .last = json_dump_to_pool(req->pool, last)};
    sandbox_do(s, take, &t);
    if (!t.item || json_read(req->pool, str_of(t.item), item, NULL) < 0) {
        *item = NULL;
        return false;
    }
    int status = (int)json_get_i64(*item, "status", 200);
    const char *raw = json_get_text(*item, "raw", NULL);
    sandbox_sleep(s, (int)json_get_i64(*item, "delay_ms", 0));
    res->cut = json_get_bool(*item, "cut", false);
    if (raw) {
        res->status = status;
        res->content_type = pool_strdup(req->pool, json_get_text(*item, "type", "text/plain"));
        buf_puts(&res->body, raw);
    } else if (status >= 300) {
        refuse(res, status, NULL, "an error that was asked for");
    }
    return raw || status >= 300 || res->cut;
}

static const char *field(struct pool *p, const struct mail_form *form, const char *name)
{
    struct str bytes = mail_form_bytes(p, form, name, 64u << 10);
    return bytes.p ? str_dup(p, bytes) : "";
}

static void hear(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct pool *p = req->pool;
    struct mail_form form;
    struct wav wav;
    if (mail_form_read(p, http_request_header(req, "Content-Type"), req->body, &form, NULL) < 0) {
        refuse(res, 400, NULL, "We could not parse the form of your request.");
        return;
    }
    const char *model = field(p, &form, "model"), *as = field(p, &form, "response_format");
    struct str file = mail_form_bytes(p, &form, "file", FILE_MAX);
    if (!model[0] || strcmp(model, "no-such-model") == 0) {
        refuse(res, model[0] ? 404 : 400, "model",
               "you must provide a model parameter that exists");
    } else if (!file.p || wav_read(p, file, &wav, NULL) < 0) {
        refuse(res, 400, "file", "Invalid file format. This stand-in reads WAVE files only.");
    } else if (as[0] && strcmp(as, "json") != 0 && strcmp(as, "text") != 0) {
        refuse(res, 400, "response_format", "this stand-in answers with json or text");
    } else {
        json_t *item,
            *last = json_pack("{s:s,s:s,s:I}", "model", model, "prompt", field(p, &form, "prompt"),
                              "ms", (json_int_t)((int64_t)wav.n * 1000 / MAX_OF(wav.rate, 1)));
        char *announced =
            talk_take_heard(s, STR("")); /* also of a turn that the script overrules */
        if (!misbehave(s, HEARS, last, req, res, &item)) {
            const char *text = json_get_text(item, "text", announced ? announced : "");
            struct jw j = jw_to(&res->body);
            if (strcmp(as, "text") == 0) {
                res->content_type = "text/plain; charset=utf-8";
                buf_puts(&res->body, text);
            } else {
                jw_object(&j);
                jw_kv_text(&j, "text", text);
                jw_object_end(&j);
            }
        }
        free(announced);
        json_decref(last);
    }
}

static bool collect(void *arg, const int16_t *samples, size_t n)
{
    struct buf *b = arg;
    buf_add(b, samples, n * sizeof *samples); /* little-endian, as all machines that this runs on */
    return b->len < SOUND_MAX;
}

static void say(const char *input, const char *as, const char *fault, struct http_response *res)
{
    CLEANUP(speak_free) struct speak *voice = NULL;
    CLEANUP(buf_clear) struct buf b;
    struct str rest = str_of(input);
    buf_init(&b, SOUND_MAX + 65536);
    if (speak_new(&(struct speak_config){.voice = "kal16"}, &voice, NULL) < 0) {
        refuse(res, 500, NULL, "the stand-in has no voice");
        return;
    }
    bool silent = strcmp(fault, "silent") == 0;
    for (struct str one; !silent && (one = speak_sentence(&rest)).p;) {
        if (speak_say(voice, one, RATE, collect, &b, NULL) < 0) {
            break;
        }
    }
    if (strcmp(as, "pcm") == 0) {
        res->content_type = "audio/pcm";
        buf_put_str(&res->body, buf_str(&b));
        return;
    }
    res->content_type = "audio/wav";
    wav_write(&res->body, RATE, (const int16_t *)(const void *)b.data, b.len / 2);
    if (strcmp(fault, "wide") == 0) {
        res->body.data[34] = 24; /* bits of a sample */
    } else if (strcmp(fault, "truncated") == 0) {
        res->body.len = 30;
    }
}

static void speak(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    json_t *request = NULL, *item;
    if (json_read(req->pool, req->body, &request, NULL) < 0) {
        refuse(res, 400, NULL, "We could not parse the JSON body of your request.");
        return;
    }
    const char *model = json_get_text(request, "model", ""),
               *voice = json_get_text(request, "voice", ""),
               *input = json_get_text(request, "input", ""),
               *as = json_get_text(request, "response_format", "mp3");
    if (!model[0] || strcmp(model, "no-such-model") == 0) {
        refuse(res, model[0] ? 404 : 400, "model",
               "you must provide a model parameter that exists");
    } else if (!voice[0] || !input[0] || strlen(input) > INPUT_MAX) {
        refuse(res, 400, voice[0] ? "input" : "voice",
               "voice and input must be there, input of at most 4096 characters");
    } else if (strcmp(as, "wav") != 0 && strcmp(as, "pcm") != 0) {
        refuse(res, 400, "response_format", "this stand-in makes wav and pcm");
    } else {
        json_t *last = json_pack("{s:s,s:s,s:s}", "model", model, "voice", voice, "input", input);
        if (!misbehave(s, SPEAKS, last, req, res, &item)) {
            say(input, as, json_get_text(item, "fault", ""), res);
        }
        json_decref(last);
    }
}

void sandbox_speech_serve(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct str key = http_request_header(req, "Authorization");
    res->status = 200;
    res->content_type = "application/json";
    if (key.p && str_eq(key, STR("Bearer sk-invalid"))) {
        refuse(res, 401, NULL, "Incorrect API key provided.");
    } else if (req->method != HTTP_POST) {
        refuse(res, 405, NULL, "Not allowed to use this method on this URL");
    } else if (str_eq(req->path, STR("/v1/audio/transcriptions"))) {
        hear(s, req, res);
    } else if (str_eq(req->path, STR("/v1/audio/speech"))) {
        speak(s, req, res);
    } else {
        refuse(res, 404, NULL, "Unknown request URL");
    }
}
