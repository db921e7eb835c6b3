/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model's stand-in as a server: its queue of answers (the desk's, like all state), and writing
 * an answer in OpenAI's form, whole or as a stream.
 */
#include "sandbox/sandbox_model.h"

#include "base/id.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "io/http.h"
#include "sandbox/sandbox_model_private.h"
#include "sandbox/sandbox_realtime.h"
#include "sandbox/sandbox_script.h"

#define CHUNK 20 /* bytes of a streamed piece of content */

/* --- the queue --- */

struct script_task {
    char *item; /* owned by whoever holds the task */
    int64_t count;
    bool ok;
    struct pool *pool;
    struct str request;
    int64_t requests, queued;
};

static void add_item(struct sandbox *s, void *arg)
{
    struct script_task *t = arg;
    t->ok = s->model.n < SANDBOX_SCRIPTS;
    if (t->ok) {
        s->model.queue[(s->model.first + s->model.n++) % SANDBOX_SCRIPTS] =
            (struct sandbox_script){t->item, t->count};
    }
}

static void forget(struct sandbox *s, void *arg)
{
    (void)arg;
    for (; s->model.n; s->model.n--, s->model.first = (s->model.first + 1) % SANDBOX_SCRIPTS) {
        free(s->model.queue[s->model.first].item);
    }
}

void sandbox_model_clear(struct sandbox *s)
{
    forget(s, NULL);
    free(s->model.last);
    s->model.last = NULL;
}

/* Notes the request, and takes the next answer of the queue into the pool. */
static void take_item(struct sandbox *s, void *arg)
{
    struct script_task *t = arg;
    s->model.requests++;
    free(s->model.last);
    s->model.last = xmalloc(t->request.n + 1);
    memcpy(s->model.last, t->request.p, t->request.n);
    s->model.last[t->request.n] = '\0';
    if (!s->model.n) {
        return;
    }
    struct sandbox_script *next = &s->model.queue[s->model.first];
    t->item = pool_strdup(t->pool, next->item);
    if (--next->count <= 0) {
        free(next->item);
        s->model.first = (s->model.first + 1) % SANDBOX_SCRIPTS;
        s->model.n--;
    }
}

static int check_item(const json_t *item, struct err *e)
{
    static const char *const known[] = {
        "reply",   "content", "tool_calls",  "refusal",  "status", "finish_reason", "code",
        "message", "raw",     "retry_after", "delay_ms", "cut",    "count",         NULL};
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
    struct script_task t = {.item = xstrdup(dumped), .count = json_get_i64(item, "count", 1)};
    free(dumped);
    sandbox_do(s, add_item, &t);
    if (!t.ok) {
        free(t.item);
        return err_set(e, ERR_TOO_MANY, "%d answers wait already", SANDBOX_SCRIPTS);
    }
    return 0;
}

int sandbox_model_script(struct sandbox *s, struct str json, struct err *e)
{
    return script_read(s, json, queue_item, e);
}

void sandbox_model_forget(struct sandbox *s)
{
    sandbox_do(s, forget, NULL);
}

static void read_state(struct sandbox *s, void *arg)
{
    struct script_task *t = arg;
    t->requests = s->model.requests;
    t->queued = (int64_t)s->model.n;
    t->request = str_of(pool_strdup(t->pool, s->model.last ? s->model.last : ""));
}

int64_t sandbox_model_requests(struct sandbox *s)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct script_task t = {.pool = p};
    sandbox_do(s, read_state, &t);
    return t.requests;
}

struct str sandbox_model_last(struct sandbox *s, struct pool *p)
{
    struct script_task t = {.pool = p};
    sandbox_do(s, read_state, &t);
    return t.request;
}

int sandbox_model_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                          struct err *e)
{
    if (req->method == HTTP_POST) {
        buf_puts(&res->body, "{\"status\":\"queued\"}");
        return sandbox_model_script(s, req->body, e);
    }
    if (req->method == HTTP_DELETE) {
        sandbox_model_forget(s);
        buf_puts(&res->body, "{\"status\":\"forgotten\"}");
        return 0;
    }
    struct script_task t = {.pool = req->pool};
    sandbox_do(s, read_state, &t);
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_i64(&j, "requests", t.requests);
    jw_kv_i64(&j, "queued", t.queued);
    json_t *last = NULL;
    bool whole = t.request.n && json_read(req->pool, t.request, &last, NULL) == 0;
    jw_kv_raw(&j, "last", whole ? t.request : STR("null"));
    jw_object_end(&j);
    return 0;
}

/* --- answers --- */

static void refuse(struct http_response *res, const struct model_complaint *c)
{
    res->status = c->status;
    buf_reset(&res->body);
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_key(&j, "error");
    jw_object(&j);
    jw_kv_text(&j, "message", c->message);
    jw_kv_text(&j, "type", c->type);
    jw_kv_text(&j, "param", c->param);
    jw_kv_text(&j, "code", c->code);
    jw_object_end(&j);
    jw_object_end(&j);
}

struct completion {
    struct pool *pool;
    const json_t *request;
    const struct model_say *say;
    const char *id;
    int64_t prompt_tokens, completion_tokens;
};

static void write_head(struct jw *j, const struct completion *c, const char *object)
{
    jw_kv_text(j, "id", c->id);
    jw_kv_text(j, "object", object);
    jw_kv_i64(j, "created", wall_now().us / US_PER_SECOND);
    jw_kv_text(j, "model", json_get_text(c->request, "model", SANDBOX_MODEL));
    jw_kv_text(j, "service_tier", "default");
    jw_kv_text(j, "system_fingerprint", "fp_sandbox");
}

static void write_usage(struct jw *j, const struct completion *c)
{
    jw_key(j, "usage");
    jw_object(j);
    jw_kv_i64(j, "prompt_tokens", c->prompt_tokens);
    jw_kv_i64(j, "completion_tokens", c->completion_tokens);
    jw_kv_i64(j, "total_tokens", c->prompt_tokens + c->completion_tokens);
    jw_kv_raw(j, "prompt_tokens_details", STR("{\"cached_tokens\":0,\"audio_tokens\":0}"));
    jw_kv_raw(j, "completion_tokens_details",
              STR("{\"reasoning_tokens\":0,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,"
                  "\"rejected_prediction_tokens\":0}"));
    jw_object_end(j);
}

static void write_calls(struct jw *j, const json_t *calls, bool streamed)
{
    size_t i;
    json_t *call;
    jw_key(j, "tool_calls");
    jw_array(j);
    json_array_foreach (calls, i, call) {
        jw_object(j);
        if (streamed) {
            jw_kv_i64(j, "index", (int64_t)i);
        }
        jw_kv_text(j, "id", json_get_text(call, "id", ""));
        jw_kv_text(j, "type", "function");
        jw_key(j, "function");
        jw_object(j);
        jw_kv_text(j, "name", json_get_text(call, "name", ""));
        jw_kv_text(j, "arguments", json_get_text(call, "arguments", ""));
        jw_object_end(j);
        jw_object_end(j);
    }
    jw_array_end(j);
}

static void write_whole(struct buf *to, const struct completion *c)
{
    struct jw j = jw_to(to);
    jw_object(&j);
    write_head(&j, c, "chat.completion");
    jw_key(&j, "choices");
    jw_array(&j);
    jw_object(&j);
    jw_kv_i64(&j, "index", 0);
    jw_key(&j, "message");
    jw_object(&j);
    jw_kv_text(&j, "role", "assistant");
    jw_kv_text(&j, "content", c->say->content);
    jw_kv_text(&j, "refusal", c->say->refusal);
    jw_kv_raw(&j, "annotations", STR("[]"));
    if (c->say->calls) {
        write_calls(&j, c->say->calls, false);
    }
    jw_object_end(&j);
    jw_kv_null(&j, "logprobs");
    jw_kv_text(&j, "finish_reason", c->say->finish);
    jw_object_end(&j);
    jw_array_end(&j);
    write_usage(&j, c);
    jw_object_end(&j);
}

/* One event of a stream; delta: what is new, as JSON. */
static void write_chunk(struct buf *to, const struct completion *c, struct str delta,
                        const char *finish)
{
    buf_puts(to, "data: ");
    struct jw j = jw_to(to);
    jw_object(&j);
    write_head(&j, c, "chat.completion.chunk");
    jw_key(&j, "choices");
    jw_array(&j);
    jw_object(&j);
    jw_kv_i64(&j, "index", 0);
    jw_kv_raw(&j, "delta", delta);
    jw_kv_null(&j, "logprobs");
    jw_kv_text(&j, "finish_reason", finish);
    jw_object_end(&j);
    jw_array_end(&j);
    jw_object_end(&j);
    buf_puts(to, "\n\n");
}

static void write_stream(struct buf *to, const struct completion *c)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 256u << 10);
    write_chunk(to, c, STR("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}"), NULL);
    struct str rest = str_of(c->say->content ? c->say->content : "");
    while (rest.n) {
        struct str piece = utf8_prefix(rest, CHUNK);
        rest = (struct str){rest.p + piece.n, rest.n - piece.n};
        buf_reset(&b);
        struct jw j = jw_to(&b);
        jw_object(&j);
        jw_kv_str(&j, "content", piece);
        jw_object_end(&j);
        write_chunk(to, c, buf_str(&b), NULL);
    }
    if (c->say->calls) {
        buf_reset(&b);
        struct jw j = jw_to(&b);
        jw_object(&j);
        write_calls(&j, c->say->calls, true);
        jw_object_end(&j);
        write_chunk(to, c, buf_str(&b), NULL);
    }
    write_chunk(to, c, STR("{}"), c->say->finish);
    if (json_get_bool(json_object_get(c->request, "stream_options"), "include_usage", false)) {
        buf_puts(to, "data: ");
        struct jw j = jw_to(to);
        jw_object(&j);
        write_head(&j, c, "chat.completion.chunk");
        jw_kv_raw(&j, "choices", STR("[]"));
        write_usage(&j, c);
        jw_object_end(&j);
        buf_puts(to, "\n\n");
    }
    buf_puts(to, "data: [DONE]\n\n");
}

static void complete(struct http_request *req, struct http_response *res, const json_t *request,
                     const struct model_say *say)
{
    struct str calls = json_dump_to_pool(req->pool, say->calls);
    struct completion c = {
        .pool = req->pool,
        .request = request,
        .say = say,
        .id = pool_printf(req->pool, "chatcmpl-%s", id_new().text),
        .prompt_tokens = (int64_t)req->body.n / 4 + 1,
        .completion_tokens = (int64_t)(strlen(say->content ? say->content : "") + calls.n) / 4 + 1,
    };
    if (json_get_bool(request, "stream", false)) {
        res->content_type = "text/event-stream";
        write_stream(&res->body, &c);
    } else {
        write_whole(&res->body, &c);
    }
}

/* --- what was queued --- */

static json_t *calls_of(struct pool *p, const json_t *scripted)
{
    size_t i;
    json_t *call, *calls = json_array();
    json_array_foreach (scripted, i, call) {
        const json_t *args = json_object_get(call, "arguments");
        struct str text = json_is_string(args) ? str_of(json_string_value(args))
                          : args               ? json_dump_to_pool(p, args)
                                               : STR("{}");
        const char *id = json_get_text(call, "id", NULL);
        json_array_append_new(
            calls, json_pack("{s:s,s:s,s:s%}", "id",
                             id ? id : pool_printf(p, "call_%.8s%zu", id_new().text + 28, i),
                             "name", json_get_text(call, "name", ""), "arguments", text.p, text.n));
    }
    return calls;
}

static void drop(void *arg)
{
    json_decref(arg);
}

static void say_item(struct pool *p, const json_t *item, struct model_say *say)
{
    const json_t *reply = json_object_get(item, "reply");
    const json_t *calls = json_object_get(item, "tool_calls");
    say->content = reply ? json_dump_to_pool(p, reply).p : json_get_text(item, "content", NULL);
    say->refusal = json_get_text(item, "refusal", NULL);
    if (json_array_size(calls)) {
        say->calls = calls_of(p, calls);
        pool_on_free(p, drop, say->calls);
    }
    say->finish = json_get_text(item, "finish_reason", say->calls ? "tool_calls" : "stop");
}

/* true when the item is all of the answer: an error, raw bytes, or no answer at all. */
static bool misbehave(struct sandbox *s, const json_t *item, struct http_request *req,
                      struct http_response *res)
{
    int64_t status = json_get_i64(item, "status", 200);
    int64_t retry_after = json_get_i64(item, "retry_after", -1);
    const char *raw = json_get_text(item, "raw", NULL);
    sandbox_sleep(s, (int)json_get_i64(item, "delay_ms", 0));
    res->cut = json_get_bool(item, "cut", false);
    if (retry_after >= 0) {
        http_response_header(res, req->pool, "Retry-After", "%lld", (long long)retry_after);
    }
    if (raw) {
        res->status = (int)status;
        buf_puts(&res->body, raw);
        return true;
    }
    if (status >= 300) {
        struct model_complaint c = {
            .status = (int)status,
            .type = status >= 500 ? "server_error" : "invalid_request_error",
            .code = json_get_text(item, "code", status == 429 ? "rate_limit_exceeded" : NULL),
            .message = json_get_text(item, "message", "an error that was asked for"),
        };
        refuse(res, &c);
        return true;
    }
    return res->cut;
}

static void answer(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct script_task t = {.pool = req->pool, .request = req->body};
    struct model_complaint wrong = {400, "invalid_request_error", NULL, NULL,
                                    "We could not parse the JSON body of your request."};
    json_t *request = NULL, *item = NULL;
    sandbox_do(s, take_item, &t);
    bool scripted = t.item && json_read(req->pool, str_of(t.item), &item, NULL) == 0;
    if (json_read(req->pool, req->body, &request, NULL) < 0 ||
        !sandbox_model_ok(req->pool, request, &wrong)) {
        refuse(res, &wrong); /* a test that scripts an error has sent a proper request */
        return;
    }
    struct model_say say = {.finish = "stop"};
    if (!scripted) {
        sandbox_model_think(req->pool, request, &say);
    } else if (misbehave(s, item, req, res)) {
        return;
    } else {
        say_item(req->pool, item, &say);
    }
    complete(req, res, request, &say);
}

static void write_model(struct jw *j, const char *id)
{
    jw_object(j);
    jw_kv_text(j, "id", id);
    jw_kv_text(j, "object", "model");
    jw_kv_i64(j, "created", 1700000000);
    jw_kv_text(j, "owned_by", "sandbox");
    jw_object_end(j);
}

static void list_models(struct http_response *res, struct str one)
{
    /* The others are those of sandbox_realtime.h and sandbox_speech.h, by their usual names. */
    static const char *const names[] = {SANDBOX_MODEL, SANDBOX_REALTIME_MODEL, "whisper-1",
                                        "tts-1"};
    struct jw j = jw_to(&res->body);
    if (one.n && !str_eq(one, STR(SANDBOX_MODEL))) {
        refuse(res, &(struct model_complaint){404, "invalid_request_error", "model_not_found",
                                              "model", "The model does not exist"});
    } else if (one.n) {
        write_model(&j, SANDBOX_MODEL);
    } else {
        jw_object(&j);
        jw_kv_text(&j, "object", "list");
        jw_key(&j, "data");
        jw_array(&j);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
            write_model(&j, names[i]);
        }
        jw_array_end(&j);
        jw_object_end(&j);
    }
}

void sandbox_model_serve(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct str key = http_request_header(req, "Authorization"), models = STR("/v1/models");
    res->status = 200;
    res->content_type = "application/json";
    if (key.p && str_eq(key, STR("Bearer sk-invalid"))) {
        refuse(res, &(struct model_complaint){401, "invalid_request_error", "invalid_api_key", NULL,
                                              "Incorrect API key provided."});
    } else if (req->method == HTTP_POST && str_eq(req->path, STR("/v1/chat/completions"))) {
        answer(s, req, res);
    } else if (req->method == HTTP_GET && str_starts(req->path, models) &&
               (req->path.n == models.n || req->path.p[models.n] == '/')) {
        size_t skip = MIN_OF(models.n + 1, req->path.n);
        list_models(res, (struct str){req->path.p + skip, req->path.n - skip});
    } else {
        refuse(res, &(struct model_complaint){404, "invalid_request_error", "unknown_url", NULL,
                                              "Unknown request URL"});
    }
}
