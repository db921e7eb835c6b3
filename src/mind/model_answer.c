/* SPDX-License-Identifier: Apache-2.0 */
/* Reading answers of chat-completions servers; protocols differ in what they leave out. */
#include "mind/model_answer.h"

#include "base/buf.h"
#include "base/json_read.h"
#include "base/utf8.h"

#define TOKENS_MAX 1000000000LL
#define ID_MAX 128

static void drop(void *arg)
{
    json_decref(arg);
}

static json_t *pooled(struct pool *p, json_t *j)
{
    pool_on_free(p, drop, j);
    return j;
}

static bool name_ok(const char *name)
{
    size_t n = name ? strlen(name) : 0;
    return n >= 1 && n <= 64 &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

/* Text, nothing, or a list of parts of which the texts count. */
static int read_content(struct pool *p, const json_t *content, struct str *out, struct err *e)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, MODEL_CONTENT_MAX);
    size_t i;
    json_t *part;
    if (json_is_string(content)) {
        buf_add(&b, json_string_value(content), json_string_length(content));
    } else if (json_is_array(content)) {
        json_array_foreach (content, i, part) {
            buf_puts(&b, json_get_text(part, "text", ""));
        }
    } else if (content && !json_is_null(content)) {
        return err_set(e, ERR_PROVIDER, "the model's answer has a content that is no text");
    }
    if (buf_failed(&b)) {
        return err_set(e, ERR_PROVIDER, "the model's answer is larger than %u bytes",
                       MODEL_CONTENT_MAX);
    }
    *out = (struct str){str_dup(p, buf_str(&b)), b.len};
    return 0;
}

/* Without the thoughts that some models put before their answer. */
static struct str without_thoughts(struct str content)
{
    struct str s = str_trim(content), begin = STR("<think>"), end = STR("</think>");
    if (!str_starts(s, begin)) {
        return s;
    }
    const char *at = memmem(s.p, s.n, end.p, end.n);
    if (!at) {
        return STR("");
    }
    return str_trim((struct str){at + end.n, s.n - (size_t)(at + end.n - s.p)});
}

/* Arguments are JSON in a text; some servers send the object itself. NULL when they are neither. */
static json_t *read_args(struct pool *p, json_t *arguments)
{
    json_t *args = NULL;
    if (!arguments || json_is_null(arguments)) {
        return pooled(p, json_object());
    }
    if (json_is_object(arguments)) {
        return arguments;
    }
    struct str text = {json_string_value(arguments), json_string_length(arguments)};
    if (!text.p || text.n > MODEL_ARGUMENTS_MAX) {
        return NULL;
    }
    if (str_trim(text).n == 0) {
        return pooled(p, json_object());
    }
    return json_read(p, text, &args, NULL) == 0 && json_is_object(args) ? args : NULL;
}

static bool id_taken(const struct model_answer *a, const char *id)
{
    for (size_t i = 0; i < a->n_calls; i++) {
        if (strcmp(a->calls[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static int read_call(struct pool *p, const json_t *call, struct model_answer *a, struct err *e)
{
    json_t *function = json_object_get(call, "function");
    const char *name = json_get_text(function, "name", NULL);
    const char *id = json_get_text(call, "id", "");
    if (!name_ok(name)) {
        return err_set(e, ERR_PROVIDER, "the model calls a tool without a proper name");
    }
    if (!id[0] || strlen(id) > ID_MAX || id_taken(a, id)) {
        id = pool_printf(p, "call_ava_%zu", a->n_calls + 1);
    }
    a->calls[a->n_calls++] =
        (struct model_call){id, name, read_args(p, json_object_get(function, "arguments"))};
    return 0;
}

static int read_calls(struct pool *p, const json_t *calls, struct model_answer *a, struct err *e)
{
    size_t i;
    json_t *call;
    if (!calls || json_is_null(calls)) {
        return 0;
    }
    if (!json_is_array(calls) || json_array_size(calls) > MODEL_CALLS_MAX) {
        return err_set(e, ERR_PROVIDER, "the model's tool calls are no list of at most %d",
                       MODEL_CALLS_MAX);
    }
    json_array_foreach (calls, i, call) {
        int rc = read_call(p, call, a, e);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static enum model_finish finish_of(const json_t *choice, const struct model_answer *a)
{
    const char *reason = json_get_text(choice, "finish_reason", "");
    if (strcmp(reason, "length") == 0) {
        return MODEL_CUT; /* its calls are cut off too */
    }
    if (strcmp(reason, "content_filter") == 0) {
        return MODEL_FILTERED;
    }
    return a->n_calls ? MODEL_CALLS : MODEL_STOP;
}

static int64_t tokens_of(const json_t *usage, const char *key)
{
    int64_t n = json_get_i64(usage, key, 0);
    return n < 0 ? 0 : MIN_OF(n, TOKENS_MAX);
}

int model_answer_read(struct pool *p, struct str body, struct model_answer *out, struct err *e)
{
    json_t *doc = NULL;
    struct model_answer a = {0};
    struct err why = {0};
    if (json_read(p, utf8_repair(p, body), &doc, &why) < 0 || !json_is_object(doc)) {
        return err_set(e, ERR_PROVIDER, "the model's server did not answer with JSON");
    }
    json_t *choice = json_array_get(json_object_get(doc, "choices"), 0);
    json_t *message = json_object_get(choice, "message");
    if (!json_is_object(message)) {
        return err_set(e, ERR_PROVIDER, "the model's answer has no message");
    }
    int rc = read_content(p, json_object_get(message, "content"), &a.content, e);
    if (rc == 0) {
        rc = read_calls(p, json_object_get(message, "tool_calls"), &a, e);
    }
    if (rc < 0) {
        return rc;
    }
    a.content = without_thoughts(a.content);
    a.refusal = json_get_text(message, "refusal", NULL);
    a.refusal = a.refusal && a.refusal[0] ? a.refusal : NULL;
    a.finish = finish_of(choice, &a);
    json_t *usage = json_object_get(doc, "usage");
    a.usage = (struct model_usage){tokens_of(usage, "prompt_tokens"),
                                   tokens_of(usage, "completion_tokens")};
    a.model = json_get_text(doc, "model", "");
    *out = a;
    return 0;
}

json_t *model_answer_message(struct pool *p, const struct model_answer *a)
{
    json_t *message = pooled(p, json_object());
    json_object_set_new(message, "role", json_string("assistant"));
    json_object_set_new(message, "content",
                        a->content.n ? json_stringn(a->content.p, a->content.n) : json_null());
    json_t *calls = json_array();
    for (size_t i = 0; i < a->n_calls; i++) {
        const struct model_call *c = &a->calls[i];
        /* What was no JSON goes back as none: some servers read it again, and stumble. */
        struct str args = c->args ? json_dump_to_pool(p, c->args) : STR("{}");
        json_array_append_new(calls,
                              json_pack("{s:s,s:s,s:{s:s,s:s%}}", "id", c->id, "type", "function",
                                        "function", "name", c->name, "arguments", args.p, args.n));
    }
    if (a->n_calls) {
        json_object_set(message, "tool_calls", calls);
    }
    json_decref(calls);
    return message;
}

static void copy_word(const char *from, char *to, size_t room)
{
    size_t n = 0;
    for (; from && from[n] && n + 1 < room; n++) {
        char c = from[n];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        to[n] = plain || c == '_' || c == '-' || c == '.' ? c : '_';
    }
    to[n] = '\0';
}

void model_refusal_read(struct pool *p, struct str body, struct model_refusal *out)
{
    json_t *doc = NULL;
    *out = (struct model_refusal){.text = STR("")};
    if (body.n > MODEL_CONTENT_MAX || json_read(p, utf8_repair(p, body), &doc, NULL) < 0) {
        return;
    }
    json_t *inner = json_object_get(doc, "error");
    const json_t *error = json_is_object(inner) ? inner : doc; /* older servers' is flat */
    const char *code = json_get_text(error, "code", NULL);
    copy_word(code ? code : json_get_text(error, "type", ""), out->code, sizeof out->code);
    const char *text =
        json_is_string(inner) ? json_string_value(inner) : json_get_text(error, "message", "");
    const char *param = json_get_text(error, "param", "");
    out->text = str_of(pool_printf(p, "%s %s", param, text));
}

bool model_refusal_names(const struct model_refusal *r, const char *word)
{
    return strcasestr(r->text.p, word) != NULL;
}
