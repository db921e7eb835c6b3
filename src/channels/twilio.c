/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts by Twilio's Messages resource. Creating a message is not idempotent there, so what matters
 * is to tell three failures apart: refused for good, certainly not done, and perhaps done. Only
 * after the last does the caller look the message up (find) before it tries again. Nothing here
 * repeats a request.
 */
#include <stdint.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "channels/provider.h"
#include "channels/sms_status.h"
#include "channels/twilio_codes.h"
#include "channels/twilio_private.h"
#include "io/http_client.h"

#define REQUEST_MAX_BYTES (64u << 10)
#define ANSWER_MAX_BYTES (4u << 20) /* a page of a hundred long texts, escaped */
#define PAGE_SIZE 100
#define PAGES_MAX 20
#define CONNECT_MS 5000

char *twilio_account_url(struct pool *p, const struct provider_account *account, const char *what)
{
    struct str api = str_of(account->api_url);
    while (api.n && api.p[api.n - 1] == '/') {
        api.n--;
    }
    return pool_printf(p, STR_FMT "/2010-04-01/Accounts/%s/%s.json", STR_ARG(api), account->account,
                       what);
}

char *twilio_messages_url(struct pool *p, const struct provider_account *account)
{
    return twilio_account_url(p, account, "Messages");
}

struct http_call twilio_call(const struct provider_account *account, const char *method,
                             const char *url)
{
    return (struct http_call){
        .method = method,
        .url = url,
        .basic_user = account->account,
        .basic_password = account->secret,
        .timeout_ms = account->timeout_ms,
        .connect_timeout_ms = MIN_OF(account->timeout_ms, CONNECT_MS),
        .answer_max_bytes = ANSWER_MAX_BYTES,
    };
}

/* The message of Twilio's JSON; false when it has no sid. Numbers are strings there. */
static bool read_sent(struct pool *p, const json_t *message, struct provider_sent *out)
{
    const char *sid = json_get_text(message, "sid", NULL);
    if (!sid || !sid[0]) {
        return false;
    }
    const char *status = sms_status_of(str_of(json_get_text(message, "status", "")));
    int64_t segments;
    if (!str_to_i64(str_of(json_get_text(message, "num_segments", "0")), &segments)) {
        segments = 0;
    }
    *out = (struct provider_sent){
        .id = pool_strdup(p, sid),
        .status = status ? status : "queued",
        .segments = segments > 0 && segments < 100 ? (int)segments : 0,
    };
    return true;
}

static void fail(struct provider_result *out, enum provider_failure failure, const char *text)
{
    out->failure = failure;
    snprintf(out->text, sizeof out->text, "%s", text);
}

/* Which failure an answer is that took nothing, by its HTTP status and Twilio's code. */
static enum provider_failure failure_of(int status, const struct twilio_code *known)
{
    if (status == 429 || status == 503) {
        return PROVIDER_LATER; /* turned away before anything was done */
    }
    if (status >= 500 || status == 408 || (known && known->retry == TWILIO_MAYBE)) {
        return PROVIDER_UNCERTAIN;
    }
    return known && known->retry == TWILIO_LATER ? PROVIDER_LATER : PROVIDER_REFUSED;
}

void twilio_read_refusal(struct pool *p, const struct http_answer *answer,
                         struct provider_result *out)
{
    json_t *document = NULL;
    int64_t code = 0;
    if (json_read(p, answer->body, &document, NULL) == 0) {
        code = json_get_i64(document, "code", 0);
    }
    const struct twilio_code *known = twilio_code_find(code);
    if (code > 0 && code < 1000000000) {
        snprintf(out->code, sizeof out->code, "%lld", (long long)code);
    }
    out->retry_after_ms = answer->retry_after_ms;
    fail(out, failure_of(answer->status, known),
         known ? known->words
               : pool_printf(p, "Twilio refused it (HTTP status %d)", answer->status));
}

static void read_answer(struct pool *p, const struct http_answer *answer,
                        struct provider_result *out)
{
    if (answer->status < 200 || answer->status > 299) {
        twilio_read_refusal(p, answer, out);
        return;
    }
    json_t *document = NULL;
    if (json_read(p, answer->body, &document, NULL) || !read_sent(p, document, &out->sent)) {
        fail(out, PROVIDER_UNCERTAIN, "Twilio's answer could not be read");
    }
}

/* Twilio tells the channels apart by what stands before a number. */
static struct provider_send addressed(struct pool *p, const struct provider_send *message)
{
    struct provider_send m = *message;
    if (m.channel && strcmp(m.channel, "whatsapp") == 0) {
        m.from = pool_printf(p, "whatsapp:%s", m.from);
        m.to = pool_printf(p, "whatsapp:%s", m.to);
    }
    return m;
}

/* A messaging service has numbers for texts; WhatsApp has the one that the customer wrote to. */
static const char *service_of(const struct provider_account *account,
                              const struct provider_send *message)
{
    bool whatsapp = message->channel && strcmp(message->channel, "whatsapp") == 0;
    return whatsapp ? NULL : account->service;
}

static void add_template(struct pool *p, struct buf *form, const struct provider_template *t)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, REQUEST_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    for (size_t i = 0; i < t->n_values; i++) {
        jw_key_text(&j, str_of(pool_printf(p, "%zu", i + 1)));
        jw_str(&j, t->values[i]);
    }
    jw_object_end(&j);
    form_add(form, "ContentSid", str_of(t->content_sid ? t->content_sid : ""));
    form_add(form, "ContentVariables", buf_str(&b));
}

static void twilio_send(struct http_client *http, struct pool *p,
                        const struct provider_account *account, const struct provider_send *message,
                        struct provider_result *out)
{
    struct provider_send m = addressed(p, message);
    const char *service = service_of(account, message);
    struct buf form CLEANUP(buf_clear);
    buf_init(&form, REQUEST_MAX_BYTES);
    form_add(&form, "To", str_of(m.to));
    form_add(&form, service ? "MessagingServiceSid" : "From", str_of(service ? service : m.from));
    if (m.template) {
        add_template(p, &form, m.template);
    } else {
        form_add(&form, "Body", m.body);
    }
    for (size_t i = 0; i < m.n_files; i++) {
        form_add(&form, "MediaUrl", str_of(m.files[i].url));
    }
    if (m.status_url) {
        form_add(&form, "StatusCallback", str_of(m.status_url));
    }
    *out = (struct provider_result){.failure = PROVIDER_OK, .retry_after_ms = -1};
    if (m.template && !m.template->content_sid) {
        fail(out, PROVIDER_REFUSED,
             "The template has no Twilio ContentSid; add it to the template");
        return;
    }
    if (buf_failed(&form)) {
        fail(out, PROVIDER_REFUSED, twilio_error_words(21617));
        return;
    }
    static const char *const headers[] = {
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
        "Accept: application/json", NULL};
    struct http_call call = twilio_call(account, "POST", twilio_messages_url(p, account));
    call.headers = headers;
    call.body = buf_str(&form);
    struct http_answer answer = {.retry_after_ms = -1};
    struct err e = {0};
    int rc = http_client_call(http, p, &call, &answer, &e);
    if (rc) {
        fail(out, answer.may_have_arrived ? PROVIDER_UNCERTAIN : PROVIDER_LATER, err_text(&e, rc));
        return;
    }
    read_answer(p, &answer, out);
}

bool twilio_date(const char *text, struct wall *out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int day, year, hour, minute, second;
    char month[4], offset[8], iso[64];
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %7s", &day, month, &year, &hour,
               &minute, &second, offset) != 7) {
        return false;
    }
    const char *at = strstr(months, month);
    if (strlen(month) != 3 || !at || (at - months) % 3) {
        return false;
    }
    snprintf(iso, sizeof iso, "%04d-%02d-%02dT%02d:%02d:%02d%s", year, (int)(at - months) / 3 + 1,
             day, hour, minute, second, strcmp(offset, "GMT") == 0 ? "Z" : offset);
    return wall_parse(str_of(iso), out);
}

struct search {
    struct pool *pool;
    const struct provider_send *message;
    const char *service; /* NULL: by the sender's number */
    int64_t since_s;
    struct provider_sent *found; /* newest first until the end */
    int max;
    int n;
    bool all_seen; /* the page went past since, or there are max */
};

/* Is it the same text, from the same sender to the same recipient? */
static bool is_alike(const struct search *s, const json_t *m)
{
    const char *sender = s->service ? "messaging_service_sid" : "from";
    return str_eq(str_of(json_get_text(m, "body", "")), s->message->body) &&
           str_eq(str_of(json_get_text(m, "to", "")), str_of(s->message->to)) &&
           str_eq(str_of(json_get_text(m, sender, "")),
                  str_of(s->service ? s->service : s->message->from));
}

static void look_at_page(struct search *s, const json_t *messages)
{
    size_t i;
    json_t *m;
    bool any_young = false;
    json_array_foreach (messages, i, m) {
        struct wall made;
        if (!twilio_date(json_get_text(m, "date_created", ""), &made)) {
            any_young = true; /* of no age that we know: keep reading */
            continue;
        }
        if (made.us / US_PER_SECOND < s->since_s) {
            continue;
        }
        any_young = true;
        struct provider_sent sent;
        if (is_alike(s, m) && read_sent(s->pool, m, &sent)) {
            if (s->n == s->max) {
                break; /* whoever looks for a message looks for a new one: older ones are left out
                        */
            }
            s->found[s->n++] = sent;
        }
    }
    s->all_seen = !any_young || s->n == s->max;
}

/* Pages go from new to old; what was found is wanted the other way round. */
static int oldest_first(struct search *s)
{
    for (int i = 0, k = s->n - 1; i < k; i++, k--) {
        struct provider_sent swap = s->found[i];
        s->found[i] = s->found[k];
        s->found[k] = swap;
    }
    return s->n;
}

int twilio_read_page(struct http_client *http, struct pool *p,
                     const struct provider_account *account, const char *url,
                     const json_t **messages_out, const char **next_out, struct err *e)
{
    struct http_call call = twilio_call(account, "GET", url);
    struct http_answer answer = {0};
    int rc = http_client_call(http, p, &call, &answer, e);
    if (rc) {
        return rc;
    }
    json_t *document = NULL;
    if (answer.status != 200 || json_read(p, answer.body, &document, NULL)) {
        return err_set(e, ERR_PROVIDER, "Twilio did not list its messages (HTTP status %d)",
                       answer.status);
    }
    const json_t *messages = json_object_get(document, "messages");
    if (!json_is_array(messages)) {
        return err_set(e, ERR_PROVIDER, "Twilio's list of messages could not be read");
    }
    *messages_out = messages;
    const char *next = json_get_text(document, "next_page_uri", NULL);
    struct str base = str_of(account->api_url);
    while (base.n && base.p[base.n - 1] == '/') {
        base.n--;
    }
    bool more = next && next[0] == '/' && next[1] != '/';
    *next_out = more ? pool_printf(p, STR_FMT "%s", STR_ARG(base), next) : NULL;
    return 0;
}

/*
 * No filter by DateSent: a message that still waits in Twilio's queue has none yet, and would be
 * missed. Pages come newest first and the pair of numbers is narrow, so the first page is mostly
 * all.
 */
static int twilio_find(struct http_client *http, struct pool *p,
                       const struct provider_account *account, const struct provider_send *message,
                       struct wall since, struct provider_sent *found, int max, struct err *e)
{
    struct provider_send m = addressed(p, message);
    const char *service = service_of(account, message);
    struct buf query CLEANUP(buf_clear);
    buf_init(&query, REQUEST_MAX_BYTES);
    form_add(&query, "To", str_of(m.to));
    if (!service) { /* which number a service took is not known, and it cannot be asked for */
        form_add(&query, "From", str_of(m.from));
    }
    buf_printf(&query, "&PageSize=%d", PAGE_SIZE);
    if (max < 1) {
        return 0;
    }
    struct search s = {p, &m, service, since.us / US_PER_SECOND, found, max, 0, false};
    const char *url =
        pool_printf(p, "%s?" STR_FMT, twilio_messages_url(p, account), STR_ARG(buf_str(&query)));
    for (int page = 0; url && !s.all_seen; page++) {
        if (page == PAGES_MAX) {
            return err_set(e, ERR_PROVIDER, "Twilio lists more than %d messages to look through",
                           PAGES_MAX * PAGE_SIZE);
        }
        const json_t *messages;
        int rc = twilio_read_page(http, p, account, url, &messages, &url, e);
        if (rc) {
            return rc;
        }
        look_at_page(&s, messages);
    }
    return oldest_first(&s);
}

const struct provider_ops provider_twilio = {
    .name = "twilio",
    .send = twilio_send,
    .find = twilio_find,
    .list = twilio_list,
    .request = twilio_request,
};
