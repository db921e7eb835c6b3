/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WhatsApp messages by Meta's Cloud API (POST /{phone number id}/messages). Sending is not
 * idempotent there and there is no list of what was sent. What an uncertain send came to is known
 * from the status reports alone: each message carries our id along
 * (biz_opaque_callback_data, which its reports bring back), so that a report names it even when
 * the answer with Meta's id was lost. Nothing here repeats a request.
 *
 * biz_opaque_callback_data, and "recipient" for customers whose number is hidden, are taken from
 * other people's clients, not tried against Meta itself.
 */
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "channels/meta_codes.h"
#include "channels/provider.h"
#include "io/http_client.h"

#define REQUEST_MAX_BYTES (256u << 10)
#define ANSWER_MAX_BYTES (256u << 10)
#define BODY_MAX_CHARACTERS 4096
#define CONNECT_MS 5000
/* Meta reports an accepted message as sent within seconds. */
#define SETTLE_MS 20000

static int post(struct http_client *http, struct pool *p, const struct provider_account *account,
                struct str body, struct http_answer *answer, struct err *e)
{
    struct str api = str_of(account->api_url);
    while (api.n && api.p[api.n - 1] == '/') {
        api.n--;
    }
    const char *headers[] = {
        pool_printf(p, "Authorization: Bearer %s", account->secret),
        "Content-Type: application/json",
        "Accept: application/json",
        NULL,
    };
    struct http_call call = {
        .method = "POST",
        .url = pool_printf(p, STR_FMT "/%s/messages", STR_ARG(api), account->account),
        .headers = headers,
        .body = body,
        .timeout_ms = account->timeout_ms,
        .connect_timeout_ms = MIN_OF(account->timeout_ms, CONNECT_MS),
        .answer_max_bytes = ANSWER_MAX_BYTES,
    };
    return http_client_call(http, p, &call, answer, e);
}

static void fail(struct provider_result *out, enum provider_failure failure, const char *text)
{
    out->failure = failure;
    snprintf(out->text, sizeof out->text, "%s", text);
}

static enum provider_failure failure_of(int status, const struct meta_code *known)
{
    if (known && (known->retry == META_LATER || known->retry == META_SETUP)) {
        return PROVIDER_LATER;
    }
    if (status == 429 || status == 503) {
        return PROVIDER_LATER; /* turned away before anything was done */
    }
    if (status >= 500 || status == 408 || (known && known->retry == META_MAYBE)) {
        return PROVIDER_UNCERTAIN;
    }
    return PROVIDER_REFUSED;
}

static void read_refusal(struct pool *p, const struct http_answer *answer,
                         struct provider_result *out)
{
    json_t *document = NULL;
    int64_t code = -1;
    if (json_read(p, answer->body, &document, NULL) == 0) {
        code = json_get_i64(json_object_get(document, "error"), "code", -1);
    }
    const struct meta_code *known = meta_code_find(code);
    if (code >= 0 && code < 1000000000) {
        snprintf(out->code, sizeof out->code, "%lld", (long long)code);
    }
    out->retry_after_ms = answer->retry_after_ms;
    out->setup = known && known->retry == META_SETUP;
    fail(out, failure_of(answer->status, known),
         known ? known->words
               : pool_printf(p, "WhatsApp refused the message (HTTP status %d)", answer->status));
}

static void read_answer(struct pool *p, const struct http_answer *answer,
                        struct provider_result *out)
{
    if (answer->status < 200 || answer->status > 299) {
        read_refusal(p, answer, out);
        return;
    }
    json_t *document = NULL;
    const char *id = NULL;
    if (json_read(p, answer->body, &document, NULL) == 0) {
        id = json_get_text(json_array_get(json_object_get(document, "messages"), 0), "id", NULL);
    }
    if (!id || !id[0] || strlen(id) > 255) {
        fail(out, PROVIDER_UNCERTAIN, "Meta's answer could not be read");
        return;
    }
    out->sent = (struct provider_sent){.id = pool_strdup(p, id), .status = "queued"};
}

static void write_template(struct jw *j, const struct provider_template *t)
{
    jw_kv_text(j, "type", "template");
    jw_key(j, "template");
    jw_object(j);
    jw_kv_text(j, "name", t->name);
    jw_key(j, "language");
    jw_object(j);
    jw_kv_text(j, "code", t->language);
    jw_object_end(j);
    if (t->n_values) {
        jw_key(j, "components");
        jw_array(j);
        jw_object(j);
        jw_kv_text(j, "type", "body");
        jw_key(j, "parameters");
        jw_array(j);
        for (size_t i = 0; i < t->n_values; i++) {
            jw_object(j);
            jw_kv_text(j, "type", "text");
            jw_kv_str(j, "text", t->values[i]);
            jw_object_end(j);
        }
        jw_array_end(j);
        jw_object_end(j);
        jw_array_end(j);
    }
    jw_object_end(j);
}

/* One file, with the message's words as its caption; sounds have none (domain/outgoing_limits.h).
 */
static void write_file(struct jw *j, const struct provider_file *f, struct str caption)
{
    bool picture = strncmp(f->type, "image/", 6) == 0, sound = strncmp(f->type, "audio/", 6) == 0;
    bool film = strncmp(f->type, "video/", 6) == 0;
    const char *kind = picture ? "image" : sound ? "audio" : film ? "video" : "document";
    jw_kv_text(j, "type", kind);
    jw_key(j, kind);
    jw_object(j);
    jw_kv_text(j, "link", f->url);
    if (caption.n && !sound) {
        jw_kv_str(j, "caption", caption);
    }
    if (!picture && !sound && !film) {
        jw_kv_text(j, "filename", f->name);
    }
    jw_object_end(j);
}

static void write_message(struct buf *to, const struct provider_send *m)
{
    struct jw j = jw_to(to);
    jw_object(&j);
    jw_kv_text(&j, "messaging_product", "whatsapp");
    jw_kv_text(&j, "recipient_type", "individual");
    if (m->user_id) {
        jw_kv_text(&j, "recipient", m->user_id);
    } else {
        jw_kv_text(&j, "to", m->to[0] == '+' ? m->to + 1 : m->to);
    }
    if (m->template) {
        write_template(&j, m->template);
    } else if (m->n_files) {
        write_file(&j, &m->files[0], m->body);
    } else {
        jw_kv_text(&j, "type", "text");
        jw_key(&j, "text");
        jw_object(&j);
        jw_kv_str(&j, "body", m->body);
        jw_object_end(&j);
    }
    if (m->message_id) {
        jw_kv_text(&j, "biz_opaque_callback_data", m->message_id);
    }
    jw_object_end(&j);
}

static void meta_send(struct http_client *http, struct pool *p,
                      const struct provider_account *account, const struct provider_send *message,
                      struct provider_result *out)
{
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, REQUEST_MAX_BYTES);
    write_message(&body, message);
    *out = (struct provider_result){.failure = PROVIDER_OK, .retry_after_ms = -1};
    if (buf_failed(&body) || utf8_length(message->body) > BODY_MAX_CHARACTERS) {
        fail(out, PROVIDER_REFUSED, "The message is longer than WhatsApp's 4096 characters");
        return;
    }
    struct http_answer answer = {.retry_after_ms = -1};
    struct err e = {0};
    int rc = post(http, p, account, buf_str(&body), &answer, &e);
    if (rc) {
        fail(out, answer.may_have_arrived ? PROVIDER_UNCERTAIN : PROVIDER_LATER, err_text(&e, rc));
        return;
    }
    read_answer(p, &answer, out);
}

static int meta_mark_read(struct http_client *http, struct pool *p,
                          const struct provider_account *account, const char *id, struct err *e)
{
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, REQUEST_MAX_BYTES);
    struct jw j = jw_to(&body);
    jw_object(&j);
    jw_kv_text(&j, "messaging_product", "whatsapp");
    jw_kv_text(&j, "status", "read");
    jw_kv_text(&j, "message_id", id);
    jw_object_end(&j);
    struct http_answer answer = {0};
    int rc = post(http, p, account, buf_str(&body), &answer, e);
    if (rc == 0 && (answer.status < 200 || answer.status > 299)) {
        rc = err_set(e, ERR_PROVIDER, "Meta did not mark the message as read (HTTP status %d)",
                     answer.status);
    }
    return rc;
}

const struct provider_ops provider_meta = {
    .name = "meta",
    .send = meta_send,
    .mark_read = meta_mark_read,
    .settle_ms = SETTLE_MS,
};
