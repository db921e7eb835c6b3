/* SPDX-License-Identifier: Apache-2.0 */
/* One text or e-mail through a running sandbox, then looking for its reply until the time is over.
 */
#include "sandbox/sandbox_client.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "io/http_client.h"

#define SEND_MS 40000 /* the sandbox itself waits for the product, twice 15 s at most */
#define READ_MS 5000
#define LOOK_MS 50
#define MAIL_SEND_MS 70000
#define BODY_MAX_BYTES (24u << 20) /* a file in base64, as the sandbox takes it */

static int ask(struct http_client *http, struct pool *p, struct http_call *call, json_t **out,
               struct err *e)
{
    struct http_answer answer;
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    call->headers = headers;
    call->connect_timeout_ms = 2000;
    call->answer_max_bytes = 8u << 20;
    if (http_client_call(http, p, call, &answer, NULL)) {
        return err_set(e, ERR_UNAVAILABLE, "no sandbox answers; start it with: ava sandbox");
    }
    json_t *document = NULL;
    int rc = json_read(p, answer.body, &document, e);
    if (rc) {
        return rc;
    }
    if (answer.status / 100 != 2) {
        return err_set(e, answer.status < 500 ? ERR_INVALID : ERR_UNAVAILABLE, "%s",
                       json_get_text(document, "detail", "the sandbox refused"));
    }
    *out = document;
    return 0;
}

int sandbox_client_ask(struct http_client *http, struct pool *p, const char *method,
                       const char *url, struct str body, json_t **out, struct err *e)
{
    struct http_call call = {.method = method, .url = url, .body = body, .timeout_ms = READ_MS};
    return ask(http, p, &call, out, e);
}

static void write_attached(struct pool *p, struct jw *j, const struct sandbox_attached *a)
{
    if (a->to) {
        jw_kv_text(j, "to", a->to);
    }
    if (!a->media_url && !a->media.p) {
        return;
    }
    jw_key(j, "media");
    jw_array(j);
    jw_object(j);
    jw_kv_text(j, "type", a->media_type);
    if (a->media_url) {
        jw_kv_text(j, "url", a->media_url);
    } else {
        jw_kv_text(j, "data", base64_encode(p, a->media.p, a->media.n));
    }
    jw_object_end(j);
    jw_array_end(j);
}

static int post_text(struct http_client *http, struct pool *p, const char *url, const char *from,
                     struct str text, const struct sandbox_attached *attached, json_t **out,
                     struct err *e)
{
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, BODY_MAX_BYTES);
    struct jw j = jw_to(&body);
    jw_object(&j);
    jw_kv_text(&j, "from", from);
    jw_kv_text(&j, "by", attached && attached->meta ? "meta" : "twilio");
    jw_kv_str(&j, "body", text);
    if (attached) {
        write_attached(p, &j, attached);
    }
    jw_object_end(&j);
    if (buf_failed(&body)) {
        return err_set(e, ERR_INVALID, "the text and its file are too long");
    }
    struct http_call call = {
        .method = "POST",
        .url = pool_printf(p, "%s/sandbox/text", url),
        .body = buf_str(&body),
        .timeout_ms = SEND_MS,
    };
    return ask(http, p, &call, out, e);
}

/* The first message to the customer after `seq`; false when there is none yet. */
static int look(struct http_client *http, struct pool *p, const char *url, const char *from,
                int64_t seq, struct sandbox_exchange *x, struct err *e)
{
    struct buf query CLEANUP(buf_clear);
    buf_init(&query, 1024);
    form_add(&query, "to", str_of(from));
    json_t *document = NULL;
    struct http_call call = {
        .method = "GET",
        .url = pool_printf(p, "%s/sandbox/messages?" STR_FMT "&after=%lld&limit=1", url,
                           STR_ARG(buf_str(&query)), (long long)seq),
        .timeout_ms = READ_MS,
    };
    int rc = ask(http, p, &call, &document, e);
    const json_t *first = json_array_get(json_object_get(document, "messages"), 0);
    if (rc == 0 && first) {
        x->replied = true;
        x->reply = str_of(pool_strdup(p, json_get_text(first, "body", "")));
    }
    return rc;
}

int sandbox_client_text(struct http_client *http, struct pool *p, const char *url, const char *from,
                        struct str body, const struct sandbox_attached *attached, int wait_ms,
                        struct sandbox_exchange *out, struct err *e)
{
    json_t *sent = NULL;
    int rc = post_text(http, p, url, from, body, attached, &sent, e);
    if (rc) {
        return rc;
    }
    struct sandbox_exchange x = {
        .message_sid = pool_strdup(p, json_get_text(sent, "message_sid", "")),
        .product_status = (int)json_get_i64(sent, "status", 0),
        .product_error = pool_strdup(p, json_get_text(sent, "error", NULL)),
    };
    const char *number = pool_strdup(p, json_get_text(sent, "from", from));
    int64_t seq = json_get_i64(sent, "seq", 0);
    struct mono start = mono_now();
    bool taken = x.product_status >= 200 && x.product_status < 300;
    while (taken && rc == 0) {
        rc = look(http, p, url, number, seq, &x, e);
        if (x.replied || mono_us_since(start) / 1000 >= wait_ms) {
            break;
        }
        struct timespec pause = {0, LOOK_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    if (rc == 0) {
        *out = x;
    }
    return rc;
}

/* The first e-mail to the customer after `seq`; false in `replied` when there is none yet. */
static int look_for_mail(struct http_client *http, struct pool *p, const char *url,
                         const char *from, int64_t seq, struct sandbox_correspondence *x,
                         struct err *e)
{
    struct buf query CLEANUP(buf_clear);
    buf_init(&query, 2048);
    form_add(&query, "with", str_of(from));
    json_t *document = NULL, *m;
    size_t i;
    struct http_call call = {
        .method = "GET",
        .url = pool_printf(p, "%s/sandbox/mail?" STR_FMT "&after=%lld", url,
                           STR_ARG(buf_str(&query)), (long long)seq),
        .timeout_ms = READ_MS,
    };
    int rc = ask(http, p, &call, &document, e);
    json_array_foreach (json_object_get(document, "mails"), i, m) {
        if (rc == 0 && !x->replied && strcmp(json_get_text(m, "direction", ""), "outbound") == 0) {
            x->replied = true;
            x->from = pool_strdup(p, json_get_text(m, "from", ""));
            x->from_name = pool_strdup(p, json_get_text(m, "from_name", ""));
            x->to = pool_strdup(p, json_get_text(m, "to", ""));
            x->subject = pool_strdup(p, json_get_text(m, "subject", ""));
            x->text = str_of(pool_strdup(p, json_get_text(m, "text", "")));
            x->n_files = (int)json_array_size(json_object_get(m, "files"));
        }
    }
    return rc;
}

int sandbox_client_mail(struct http_client *http, struct pool *p, const char *url,
                        struct str letter, int wait_ms, struct sandbox_correspondence *out,
                        struct err *e)
{
    json_t *sent = NULL;
    struct http_call call = {
        .method = "POST",
        .url = pool_printf(p, "%s/sandbox/mail", url),
        .body = letter,
        .timeout_ms = MAIL_SEND_MS,
    };
    int rc = ask(http, p, &call, &sent, e);
    if (rc) {
        return rc;
    }
    struct sandbox_correspondence x = {
        .product_status = (int)json_get_i64(sent, "status", 0),
        .product_error = pool_strdup(p, json_get_text(sent, "error", NULL)),
    };
    const char *from = pool_strdup(p, json_get_text(sent, "from", ""));
    int64_t seq = json_get_i64(sent, "seq", 0);
    struct mono start = mono_now();
    bool refused = x.product_error || (x.product_status && x.product_status / 100 != 2);
    while (!refused && rc == 0) {
        rc = look_for_mail(http, p, url, from, seq, &x, e);
        if (x.replied || mono_us_since(start) / 1000 >= wait_ms) {
            break;
        }
        struct timespec pause = {0, LOOK_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    if (rc == 0) {
        *out = x;
    }
    return rc;
}
