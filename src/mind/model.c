/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking is without effect at the server, so whatever failed may be asked again. HTTP clients are
 * kept between questions, with their connections, in slots that threads take and give back.
 */
#include "mind/model.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/json_read.h"
#include "base/metrics.h"
#include "io/breaker.h"
#include "io/http_client.h"

#define IDLE_MAX 16
#define BODY_MAX (1u << 20)
#define CONNECT_MS 3000
#define PAUSE_FIRST_MS 500
#define PAUSE_MAX_MS 8000
#define BREAKER_FAILURES 5
#define BREAKER_OPEN_MS 30000

/* What a server was found not to take; each is learned at most once. */
enum lesson {
    LESSON_OTHER_TOKENS_NAME = 1, /* max_tokens and max_completion_tokens change places */
    LESSON_NO_TEMPERATURE = 2,
    LESSON_NO_SCHEMA = 4,
    LESSON_NO_OBJECT = 8,
    LESSON_NO_TOOL_CHOICE = 16,
};

struct model {
    struct model_config config;
    char *url, *authorization; /* owned */
    bool openai;
    struct breaker *breaker;
    atomic_uint lessons;
    _Atomic(struct http_client *) idle[IDLE_MAX];
};

bool model_format_of(const char *name, enum model_format *out)
{
    static const char *const names[] = {"auto", "schema", "object", "text"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum model_format)i;
            return true;
        }
    }
    return false;
}

static char *printed(const char *a, const char *b)
{
    size_t n = strlen(a) + strlen(b) + 1;
    char *s = xmalloc(n);
    snprintf(s, n, "%s%s", a, b);
    return s;
}

struct model *model_new(const struct model_config *config)
{
    struct model *m = xcalloc(1, sizeof *m);
    m->config = *config;
    m->config.url = xstrdup(config->url);
    m->config.name = xstrdup(config->name);
    m->config.key = NULL; /* only in the header */
    struct str base = str_of(m->config.url);
    while (base.n && base.p[base.n - 1] == '/') {
        base.n--;
    }
    char *trimmed = xmalloc(base.n + 1);
    memcpy(trimmed, base.p, base.n);
    trimmed[base.n] = '\0';
    m->url = printed(trimmed, "/chat/completions");
    free(trimmed);
    if (config->key && config->key[0]) {
        m->authorization = printed("Authorization: Bearer ", config->key);
    }
    m->openai = str_starts(base, STR("https://api.openai.com/"));
    m->breaker = breaker_new(config->breaker_failures ? config->breaker_failures : BREAKER_FAILURES,
                             config->breaker_open_ms ? config->breaker_open_ms : BREAKER_OPEN_MS);
    return m;
}

void model_free(struct model **model)
{
    struct model *m = model ? *model : NULL;
    if (!m) {
        return;
    }
    for (size_t i = 0; i < IDLE_MAX; i++) {
        struct http_client *c = atomic_exchange(&m->idle[i], NULL);
        http_client_free(&c);
    }
    breaker_free(&m->breaker);
    free((void *)(uintptr_t)m->config.url);
    free((void *)(uintptr_t)m->config.name);
    free(m->url);
    free(m->authorization);
    free(m);
    *model = NULL;
}

const struct model_config *model_settings(const struct model *m)
{
    return &m->config;
}

bool model_available(struct model *m)
{
    return !breaker_is_open(m->breaker, mono_now());
}

static struct http_client *take_client(struct model *m)
{
    for (size_t i = 0; i < IDLE_MAX; i++) {
        struct http_client *c = atomic_exchange(&m->idle[i], NULL);
        if (c) {
            return c;
        }
    }
    return http_client_new();
}

static void give_client(struct model *m, struct http_client *c)
{
    for (size_t i = 0; i < IDLE_MAX; i++) {
        struct http_client *none = NULL;
        if (atomic_compare_exchange_strong(&m->idle[i], &none, c)) {
            return;
        }
    }
    http_client_free(&c);
}

static bool learned(const struct model *m, enum lesson l)
{
    return atomic_load(&m->lessons) & l;
}

/* The format that is asked for now: what was refused is not asked for again. */
static enum model_format format_now(const struct model *m, const struct model_request *r)
{
    enum model_format f = r->schema ? m->config.format : MODEL_FORMAT_TEXT;
    if (f == MODEL_FORMAT_AUTO) {
        f = r->tools && !m->openai ? MODEL_FORMAT_TEXT : MODEL_FORMAT_SCHEMA;
    }
    if (f == MODEL_FORMAT_SCHEMA && learned(m, LESSON_NO_SCHEMA)) {
        f = MODEL_FORMAT_OBJECT;
    }
    return f == MODEL_FORMAT_OBJECT && learned(m, LESSON_NO_OBJECT) ? MODEL_FORMAT_TEXT : f;
}

static void add_format(const struct model *m, const struct model_request *r, json_t *body)
{
    enum model_format f = format_now(m, r);
    if (f == MODEL_FORMAT_SCHEMA) {
        json_object_set_new(body, "response_format",
                            json_pack("{s:s,s:{s:s,s:b,s:O}}", "type", "json_schema", "json_schema",
                                      "name", r->schema_name, "strict", 1, "schema", r->schema));
    } else if (f == MODEL_FORMAT_OBJECT) {
        json_object_set_new(body, "response_format", json_pack("{s:s}", "type", "json_object"));
    }
}

static struct str body_of(struct pool *p, const struct model *m, const struct model_request *r)
{
    json_t *body = json_pack("{s:s,s:O}", "model", m->config.name, "messages", r->messages);
    bool new_name = m->openai != learned(m, LESSON_OTHER_TOKENS_NAME);
    json_object_set_new(body, new_name ? "max_completion_tokens" : "max_tokens",
                        json_integer(r->answer_tokens));
    if (!learned(m, LESSON_NO_TEMPERATURE)) {
        json_object_set_new(body, "temperature", json_real(0.2));
    }
    if (r->tools && json_array_size(r->tools)) {
        json_object_set(body, "tools", r->tools);
        if (!learned(m, LESSON_NO_TOOL_CHOICE)) {
            json_object_set_new(body, "tool_choice", json_string(r->no_calls ? "none" : "auto"));
        }
    }
    add_format(m, r, body);
    struct str text = json_dump_to_pool(p, body);
    json_decref(body);
    return text;
}

/* A refused request that may be taken without what the server names: true when that was new. */
static bool learn(struct model *m, const struct model_request *r, const struct model_refusal *why)
{
    enum lesson l;
    if (model_refusal_names(why, "max_completion_tokens")) {
        l = LESSON_OTHER_TOKENS_NAME;
    } else if (model_refusal_names(why, "temperature")) {
        l = LESSON_NO_TEMPERATURE;
    } else if (model_refusal_names(why, "tool_choice")) {
        l = LESSON_NO_TOOL_CHOICE;
    } else if (model_refusal_names(why, "response_format") || model_refusal_names(why, "schema") ||
               model_refusal_names(why, "grammar") || model_refusal_names(why, "json_object")) {
        enum model_format f = format_now(m, r);
        l = f == MODEL_FORMAT_SCHEMA   ? LESSON_NO_SCHEMA
            : f == MODEL_FORMAT_OBJECT ? LESSON_NO_OBJECT
                                       : 0;
    } else {
        return false;
    }
    return l && !(atomic_fetch_or(&m->lessons, l) & l);
}

struct attempt {
    enum breaker_result health;
    bool again;             /* worth repeating */
    bool at_once;           /* without what the server just refused */
    int64_t retry_after_ms; /* -1: not said */
};

static int judge_status(struct model *m, struct pool *p, const struct model_request *r,
                        const struct http_answer *http, struct attempt *a, struct err *e)
{
    struct model_refusal why;
    model_refusal_read(p, http->body, &why);
    int s = http->status;
    bool out_of_credit = s == 429 && strcmp(why.code, "insufficient_quota") == 0;
    a->retry_after_ms = http->retry_after_ms;
    a->again = (s == 408 || s == 409 || s == 429 || s >= 500) && s != 501 && !out_of_credit;
    a->health = a->again || out_of_credit ? BREAKER_BAD : BREAKER_UNDECIDED;
    if ((s == 400 || s == 422 || s == 501 || s == 500) && learn(m, r, &why)) {
        a->at_once = true;
        a->health = BREAKER_UNDECIDED;
    }
    if (s == 401 || s == 403 || s == 404) {
        a->health = BREAKER_BAD; /* no turn can do better until the settings change */
        return err_set(e, ERR_CONFIG,
                       "the model's server answers %d %s: check openai_api_key, model_name and "
                       "model_url",
                       s, why.code);
    }
    return err_set(e, ERR_PROVIDER, "the model's server answers %d %s", s, why.code);
}

static int ask_once(struct model *m, struct pool *p, const struct model_request *r, int64_t left_ms,
                    struct model_answer *out, struct attempt *a, struct err *e)
{
    const char *const headers[] = {"Content-Type: application/json",
                                   m->authorization ? m->authorization : NULL, NULL};
    struct http_call call = {
        .method = "POST",
        .url = m->url,
        .headers = headers,
        .body = body_of(p, m, r),
        .timeout_ms = (int)MIN_OF(left_ms, INT32_MAX),
        .connect_timeout_ms = (int)MIN_OF(left_ms, CONNECT_MS),
        .answer_max_bytes = BODY_MAX,
    };
    struct http_answer http;
    struct http_client *client = take_client(m);
    struct mono start = mono_now();
    int rc = http_client_call(client, p, &call, &http, e);
    give_client(m, client);
    metric_add(METRIC_model_requests_total, 1);
    metric_observe_us(METRIC_model_request_seconds, mono_us_since(start));
    *a =
        (struct attempt){.health = BREAKER_BAD, .again = rc != ERR_TOO_LARGE, .retry_after_ms = -1};
    if (rc < 0) {
        return rc == ERR_TOO_LARGE ? err_set(e, ERR_PROVIDER, "the model's answer is too large")
                                   : rc;
    }
    if (http.status < 200 || http.status > 299) {
        return judge_status(m, p, r, &http, a, e);
    }
    rc = model_answer_read(p, http.body, out, e);
    a->health = rc == 0 ? BREAKER_GOOD : BREAKER_BAD;
    return rc;
}

/* Half a second, doubled each time, less up to a quarter so that servers do not ask in step. */
static int64_t pause_of(int attempt)
{
    uint8_t dice;
    random_bytes(&dice, sizeof dice);
    int64_t ms = PAUSE_FIRST_MS << MIN_OF(attempt - 1, 10);
    ms = MIN_OF(ms, PAUSE_MAX_MS);
    return ms - ms * dice / 1024;
}

static int64_t left_of(struct mono deadline)
{
    return (deadline.ns - mono_now().ns) / 1000000;
}

static void count(const struct model_answer *a, int rc)
{
    if (rc < 0) {
        metric_add(METRIC_model_errors_total, 1);
        return;
    }
    metric_add(METRIC_model_prompt_tokens_total, a->usage.prompt_tokens);
    metric_add(METRIC_model_completion_tokens_total, a->usage.completion_tokens);
}

int model_ask(struct model *m, struct pool *p, const struct model_request *r,
              struct model_answer *out, struct err *e)
{
    struct model_answer answer = {0};
    for (int attempt = 1;;) {
        int64_t left_ms = left_of(r->deadline);
        if (left_ms <= 0) {
            return err_set(e, ERR_TIMEOUT, "the model did not answer within its time");
        }
        if (!breaker_allows(m->breaker, mono_now())) {
            return err_set(e, ERR_UNAVAILABLE,
                           "the model's server failed repeatedly and is left "
                           "alone for a while");
        }
        struct attempt a;
        int rc = ask_once(m, p, r, left_ms, &answer, &a, e);
        breaker_report(m->breaker, a.health, mono_now());
        count(&answer, rc);
        if (rc == 0) {
            *out = answer;
            return 0;
        }
        if (a.at_once) {
            continue;
        }
        int64_t pause_ms = a.retry_after_ms >= 0 ? a.retry_after_ms : pause_of(attempt);
        if (!a.again || ++attempt > m->config.attempts || pause_ms >= left_of(r->deadline)) {
            return rc;
        }
        poll(NULL, 0, (int)pause_ms);
    }
}
