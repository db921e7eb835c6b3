/* SPDX-License-Identifier: Apache-2.0 */
/*
 * E-mails by SendGrid's Mail Send v3 (POST /v3/mail/send). Sending is not idempotent there and
 * there is no list of what was sent; what an uncertain send came to is known from the event webhook
 * alone, whose events bring back the custom argument SENDGRID_ARGUMENT. SendGrid makes the MIME.
 * Nothing here repeats a request.
 */
#include <unistd.h>

#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "channels/mail_provider.h"
#include "channels/sendgrid_event.h"
#include "io/http_client.h"

#define ANSWER_MAX_BYTES (256u << 10)
#define CONNECT_MS 5000
#define PIECE_BYTES                                                                                \
    (192u << 10)               /* of a file: a multiple of three, so that base64 is not padded     \
                                */
#define PATIENCE_MAX_MS 600000 /* a limit's window is a minute */

static void put_address(struct jw *j, const char *key, const char *address, const char *name)
{
    jw_key_text(j, str_of(key));
    jw_object(j);
    jw_kv_text(j, "email", address);
    if (name && name[0]) {
        jw_kv_text(j, "name", name);
    }
    jw_object_end(j);
}

static void put_content(struct jw *j, const char *type, struct str value)
{
    jw_object(j);
    jw_kv_text(j, "type", type);
    jw_kv_str(j, "value", value);
    jw_object_end(j);
}

static void put_recipient(struct jw *j, const struct mail_send *mail)
{
    jw_key(j, "personalizations");
    jw_array(j);
    jw_object(j);
    jw_key(j, "to");
    jw_array(j);
    jw_object(j);
    jw_kv_text(j, "email", mail->draft->to);
    jw_object_end(j);
    jw_array_end(j);
    jw_key(j, "custom_args");
    jw_object(j);
    jw_kv_text(j, SENDGRID_ARGUMENT, mail->message_id);
    jw_object_end(j);
    jw_object_end(j);
    jw_array_end(j);
}

static void put_headers(struct pool *p, struct jw *j, const struct mail_draft *d)
{
    struct mail_header_line lines[MAIL_DRAFT_HEADERS_MAX];
    size_t n = mail_draft_headers(p, d, lines);
    jw_key(j, "headers");
    jw_object(j);
    for (size_t i = 0; i < n; i++) {
        jw_kv_text(j, lines[i].name, lines[i].value);
    }
    jw_object_end(j);
}

/* Our own wish stands in the request: the account's may be another. */
static void put_tracking(struct jw *j, bool on)
{
    jw_key(j, "tracking_settings");
    jw_object(j);
    jw_key(j, "click_tracking");
    jw_object(j);
    jw_kv_bool(j, "enable", on);
    jw_kv_bool(j, "enable_text", false);
    jw_object_end(j);
    jw_key(j, "open_tracking");
    jw_object(j);
    jw_kv_bool(j, "enable", on);
    jw_object_end(j);
    jw_object_end(j);
}

/* The request but for the files and its end, which come piece by piece (put_files). */
static void write_request(struct pool *p, struct buf *to, const struct mail_account *account,
                          const struct mail_send *mail)
{
    const struct mail_draft *d = mail->draft;
    struct str html = d->html.n ? d->html : mail_html_of_text(p, d->text);
    struct jw j = jw_to(to);
    jw_object(&j);
    put_recipient(&j, mail);
    put_address(&j, "from", d->from.address, d->from.name ? mail_one_line(p, d->from.name) : NULL);
    if (d->reply_to) {
        put_address(&j, "reply_to", d->reply_to, NULL);
    }
    jw_kv_text(&j, "subject", mail_one_line(p, d->subject));
    jw_key(&j, "content");
    jw_array(&j);
    put_content(&j, "text/plain", d->text);
    if (html.n) {
        put_content(&j, "text/html", html);
    }
    jw_array_end(&j);
    put_headers(p, &j, d);
    put_tracking(&j, account->tracking);
}

/* The body on its way: in memory, or, when the files are large, in a file. */
struct body {
    struct buf bytes;
    int fd; /* -1: all of it is in bytes */
};

/* To the file what has come together. */
static int pass_on(struct body *b, struct err *e)
{
    int rc = b->fd < 0 ? 0 : spool_write(b->fd, buf_str(&b->bytes), e);
    if (b->fd >= 0 && !buf_failed(&b->bytes)) {
        b->bytes.len = 0;
    }
    return rc;
}

static int put_content_of(struct body *b, const struct spooled *content, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    int rc = 0;
    for (int64_t at = 0; at < content->size && rc == 0; at += PIECE_BYTES) {
        struct str piece;
        rc = spooled_piece(content, at, pool_alloc_raw(p, PIECE_BYTES), PIECE_BYTES, &piece, e);
        if (rc == 0) {
            buf_puts(&b->bytes, base64_encode(p, piece.p, piece.n));
            rc = pass_on(b, e);
        }
        pool_clear(p);
    }
    return rc;
}

static int put_file(struct pool *p, struct body *b, const struct mail_file *f, struct err *e)
{
    struct jw j = jw_to(&b->bytes);
    jw_object(&j);
    jw_kv_text(&j, "type", f->content_type);
    jw_kv_text(&j, "filename", mail_one_line(p, f->filename));
    jw_kv_text(&j, "disposition", "attachment");
    buf_puts(&b->bytes, ",\"content\":\"");
    int rc = put_content_of(b, &f->content, e);
    buf_puts(&b->bytes, "\"}");
    return rc;
}

/* An empty array is refused. */
static int put_files(struct pool *p, struct body *b, const struct mail_draft *d, struct err *e)
{
    int rc = 0;
    buf_puts(&b->bytes, d->n_files ? ",\"attachments\":[" : "");
    for (size_t i = 0; i < d->n_files && rc == 0; i++) {
        buf_puts(&b->bytes, i ? "," : "");
        rc = put_file(p, b, &d->files[i], e);
    }
    buf_puts(&b->bytes, d->n_files ? "]}" : "}");
    return rc ? rc : pass_on(b, e);
}

static int write_body(struct pool *p, struct body *b, const struct mail_account *account,
                      const struct mail_send *mail, struct spooled *out, struct err *e)
{
    int rc = 0;
    if (mail_draft_is_large(mail->draft)) {
        rc = spool_new(account->spool, &b->fd, e);
        if (rc < 0) {
            return rc;
        }
        spool_keep(p, b->fd);
    }
    write_request(p, &b->bytes, account, mail);
    rc = put_files(p, b, mail->draft, e);
    *out = spooled_of(buf_str(&b->bytes));
    if (b->fd >= 0) {
        *out = (struct spooled){.fd = b->fd, .size = lseek(b->fd, 0, SEEK_END)};
    }
    bool large = buf_failed(&b->bytes) || out->size > MAIL_DRAFT_MAX_BYTES;
    return rc == 0 && large ? err_set(e, ERR_TOO_LARGE,
                                      "the mail with its files is larger than SendGrid's 30 MB")
                            : rc;
}

static int post(struct http_client *http, struct pool *p, const struct mail_account *account,
                const struct spooled *body, struct http_answer *answer, struct err *e)
{
    struct str api = str_of(account->url);
    while (api.n && api.p[api.n - 1] == '/') {
        api.n--;
    }
    const char *headers[] = {
        pool_printf(p, "Authorization: Bearer %s", account->secret),
        "Content-Type: application/json",
        "Accept: application/json",
        NULL,
    };
    static const char *const wanted[] = {"X-Message-Id", "X-RateLimit-Reset", NULL};
    struct http_call call = {
        .method = "POST",
        .url = pool_printf(p, STR_FMT "/v3/mail/send", STR_ARG(api)),
        .headers = headers,
        .content = body,
        .timeout_ms = account->timeout_ms,
        .connect_timeout_ms = MIN_OF(account->timeout_ms, CONNECT_MS),
        .answer_max_bytes = ANSWER_MAX_BYTES,
        .wanted = wanted,
    };
    return http_client_call(http, p, &call, answer, e);
}

static void fail(struct provider_result *out, enum provider_failure failure, const char *text)
{
    out->failure = failure;
    snprintf(out->text, sizeof out->text, "%s", text);
}

/* 401 and 403 are about the key, its rights and the sender's address: whoever runs this mends it.
 */
static bool is_setup(int status)
{
    return status == 401 || status == 403;
}

static enum provider_failure failure_of(int status)
{
    if (status == 429 || status == 503 || is_setup(status)) {
        return PROVIDER_LATER; /* turned away before anything was done */
    }
    return status >= 500 || status == 408 ? PROVIDER_UNCERTAIN : PROVIDER_REFUSED;
}

/* When the limit ends, if it says so: Retry-After, or else the moment of X-RateLimit-Reset. */
static int64_t patience_ms(const struct http_answer *answer)
{
    int64_t reset_s, wait_ms;
    if (answer->retry_after_ms >= 0 || answer->status != 429 || !answer->wanted[1] ||
        !str_to_i64(str_trim(str_of(answer->wanted[1])), &reset_s)) {
        return answer->retry_after_ms;
    }
    wait_ms = MIN_OF(reset_s, INT64_MAX / 1000) * 1000 - wall_now().us / 1000;
    return reset_s < 0 || wait_ms > PATIENCE_MAX_MS ? PATIENCE_MAX_MS : MAX_OF(wait_ms, 0);
}

/* The first of SendGrid's errors, in its words: they are about fields, not about people. */
static void read_refusal(struct pool *p, const struct http_answer *answer,
                         struct provider_result *out)
{
    json_t *document = NULL;
    const char *words = NULL;
    if (json_read(p, answer->body, &document, NULL) == 0) {
        const json_t *first = json_array_get(json_object_get(document, "errors"), 0);
        words = json_get_text(first, "message", NULL);
    }
    snprintf(out->code, sizeof out->code, "%d", answer->status);
    out->retry_after_ms = patience_ms(answer);
    out->setup = is_setup(answer->status);
    fail(out, failure_of(answer->status),
         words ? pool_printf(p, "SendGrid: %s", mail_one_line(p, words))
               : pool_printf(p, "SendGrid refused the mail (HTTP status %d)", answer->status));
}

static void mail_sendgrid_send(struct http_client *http, struct pool *p,
                               const struct mail_account *account, const struct mail_send *mail,
                               struct provider_result *out)
{
    struct body body = {.fd = -1};
    struct spooled content;
    struct err e = {0};
    buf_init(&body.bytes, MAIL_DRAFT_MAX_BYTES);
    *out = (struct provider_result){.failure = PROVIDER_OK, .retry_after_ms = -1};
    int rc = mail_draft_check(mail->draft, &e);
    if (rc < 0) {
        fail(out, PROVIDER_REFUSED, err_text(&e, rc));
        return;
    }
    rc = write_body(p, &body, account, mail, &content, &e);
    if (rc < 0) {
        bool full = rc == ERR_IO || rc == ERR_FULL;
        fail(out, full ? PROVIDER_LATER : PROVIDER_REFUSED, err_text(&e, rc));
        buf_clear(&body.bytes);
        return;
    }
    struct http_answer answer = {.retry_after_ms = -1};
    rc = post(http, p, account, &content, &answer, &e);
    buf_clear(&body.bytes);
    if (rc < 0) {
        fail(out, answer.may_have_arrived ? PROVIDER_UNCERTAIN : PROVIDER_LATER, err_text(&e, rc));
        return;
    }
    if (answer.status < 200 || answer.status > 299) {
        read_refusal(p, &answer, out);
        return;
    }
    const char *id = answer.wanted[0];
    bool named = id && id[0] && strlen(id) <= 255;
    out->sent =
        (struct provider_sent){.id = named ? id : mail->draft->message_id, .status = "sent"};
}

const struct mail_provider_ops mail_provider_sendgrid = {
    .name = "sendgrid",
    .send = mail_sendgrid_send,
};
