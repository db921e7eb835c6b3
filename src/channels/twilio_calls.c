/* SPDX-License-Identifier: Apache-2.0 */
/* Twilio's Calls resource. Its list is newest first, and of two numbers it is short. */
#include "channels/twilio_calls.h"

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "channels/inbound_sms.h"
#include "channels/twilio_private.h"
#include "io/http_client.h"

#define REQUEST_MAX_BYTES (32u << 10)
#define PAGE_SIZE 50

static void fail(struct provider_result *out, enum provider_failure failure, const char *text)
{
    out->failure = failure;
    snprintf(out->text, sizeof out->text, "%s", text);
}

/* Posts the form; *document_out is what came back, when it is a call. */
static void post(struct http_client *http, struct pool *p, const struct provider_account *account,
                 const char *url, const struct buf *form, struct provider_result *out)
{
    static const char *const headers[] = {
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
        "Accept: application/json", NULL};
    *out = (struct provider_result){.failure = PROVIDER_OK, .retry_after_ms = -1};
    if (buf_failed(form)) {
        fail(out, PROVIDER_REFUSED, "the request would be too long");
        return;
    }
    struct http_call call = twilio_call(account, "POST", url);
    call.headers = headers;
    call.body = buf_str(form);
    struct http_answer answer = {.retry_after_ms = -1};
    struct err e = {0};
    json_t *document = NULL;
    int rc = http_client_call(http, p, &call, &answer, &e);
    if (rc < 0) {
        fail(out, answer.may_have_arrived ? PROVIDER_UNCERTAIN : PROVIDER_LATER, err_text(&e, rc));
        return;
    }
    if (answer.status < 200 || answer.status > 299) {
        twilio_read_refusal(p, &answer, out);
        return;
    }
    const char *sid = json_read(p, answer.body, &document, NULL) == 0
                          ? json_get_text(document, "sid", NULL)
                          : NULL;
    if (!sid || !twilio_sid_ok(str_of(sid), "CA")) {
        fail(out, PROVIDER_UNCERTAIN, "Twilio's answer could not be read");
        return;
    }
    out->sent.id = pool_strdup(p, sid);
    out->sent.status = pool_strdup(p, json_get_text(document, "status", "queued"));
}

void twilio_call_update(struct http_client *http, struct pool *p,
                        const struct provider_account *account, const char *call_sid,
                        struct str twiml, struct provider_result *out)
{
    struct buf form CLEANUP(buf_clear);
    buf_init(&form, REQUEST_MAX_BYTES);
    form_add(&form, "Twiml", twiml);
    post(http, p, account, twilio_account_url(p, account, pool_printf(p, "Calls/%s", call_sid)),
         &form, out);
}

void twilio_call_place(struct http_client *http, struct pool *p,
                       const struct provider_account *account, const struct twilio_call_new *call,
                       struct provider_result *out)
{
    static const char *const events[] = {"initiated", "ringing", "answered", "completed"};
    struct buf form CLEANUP(buf_clear);
    buf_init(&form, REQUEST_MAX_BYTES);
    form_add(&form, "To", str_of(call->to));
    form_add(&form, "From", str_of(call->from));
    form_add(&form, "Url", str_of(call->url));
    form_add(&form, "Method", STR("POST"));
    form_add(&form, "StatusCallback", str_of(call->status_url));
    form_add(&form, "StatusCallbackMethod", STR("POST"));
    for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
        form_add(&form, "StatusCallbackEvent", str_of(events[i]));
    }
    form_add(&form, "Timeout", str_of(pool_printf(p, "%d", call->ring_s)));
    if (call->machine_url) { /* at once and beside the call: a person is not kept waiting for it */
        form_add(&form, "MachineDetection", STR("DetectMessageEnd"));
        form_add(&form, "AsyncAmd", STR("true"));
        form_add(&form, "AsyncAmdStatusCallback", str_of(call->machine_url));
        form_add(&form, "AsyncAmdStatusCallbackMethod", STR("POST"));
    }
    post(http, p, account, twilio_account_url(p, account, "Calls"), &form, out);
}

struct looking {
    struct pool *pool;
    int64_t since_s;
    struct twilio_call_found *found; /* newest first until the end */
    int max, n;
};

static void look_at(struct looking *l, const json_t *calls)
{
    size_t i;
    json_t *call;
    json_array_foreach (calls, i, call) {
        struct wall made;
        const char *sid = json_get_text(call, "sid", "");
        bool dated = twilio_date(json_get_text(call, "date_created", ""), &made) ||
                     twilio_date(json_get_text(call, "start_time", ""), &made);
        bool ours = str_starts(str_of(json_get_text(call, "direction", "")), STR("outbound"));
        if (dated && made.us / US_PER_SECOND < l->since_s) {
            return; /* newest first: those behind it are older still */
        }
        if (!ours || !twilio_sid_ok(str_of(sid), "CA")) {
            continue;
        }
        if (l->n == l->max) {
            return;
        }
        l->found[l->n++] = (struct twilio_call_found){
            pool_strdup(l->pool, sid), pool_strdup(l->pool, json_get_text(call, "status", ""))};
    }
}

int twilio_call_find(struct http_client *http, struct pool *p,
                     const struct provider_account *account, const char *from, const char *to,
                     struct wall since, struct twilio_call_found *found, int max, struct err *e)
{
    struct buf query CLEANUP(buf_clear);
    buf_init(&query, REQUEST_MAX_BYTES);
    form_add(&query, "To", str_of(to));
    form_add(&query, "From", str_of(from));
    struct looking l = {.pool = p, .since_s = since.us / US_PER_SECOND, .found = found, .max = max};
    struct http_call call = twilio_call(account, "GET",
                                        pool_printf(p, "%s?" STR_FMT "&PageSize=%d",
                                                    twilio_account_url(p, account, "Calls"),
                                                    STR_ARG(buf_str(&query)), PAGE_SIZE));
    struct http_answer answer = {0};
    json_t *document = NULL;
    int rc = http_client_call(http, p, &call, &answer, e);
    if (rc < 0) {
        return rc;
    }
    if (answer.status != 200 || json_read(p, answer.body, &document, NULL) ||
        !json_is_array(json_object_get(document, "calls"))) {
        return err_set(e, ERR_PROVIDER, "Twilio did not list its calls (HTTP status %d)",
                       answer.status);
    }
    look_at(&l, json_object_get(document, "calls"));
    for (int i = 0, k = l.n - 1; i < k; i++, k--) { /* oldest first */
        struct twilio_call_found swap = found[i];
        found[i] = found[k];
        found[k] = swap;
    }
    return l.n;
}
