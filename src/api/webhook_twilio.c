/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio's webhooks: proven by signature, taken durably, answered at once. Whatever is slow is a
 * job. The URL that was signed is the public address of the settings with the path and query as
 * received; nothing that a stranger may set (Host, X-Forwarded-*) goes into it.
 */
#include "api/api_private.h"
#include "base/codec.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/settings.h"
#include "channels/inbound_sms.h"
#include "channels/twilio_signature.h"
#include "domain/inbound_text.h"

static const char empty_twiml[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";

/* Reads the form and checks that Twilio signed it. */
static int read_signed_form(const struct api *api, const struct http_request *req,
                            struct form *form, struct err *e)
{
    struct str type = http_request_header(req, "Content-Type");
    struct str kind = str_trim(str_cut(&type, ';'));
    if (!str_eq_nocase(kind, STR("application/x-www-form-urlencoded"))) {
        return err_set(e, ERR_MEDIA_TYPE,
                       "the webhook takes application/x-www-form-urlencoded only");
    }
    const char *token = api->app->settings->twilio_auth_token;
    if (!token[0]) {
        return err_set(e, ERR_FORBIDDEN,
                       "texts are off: twilio_auth_token is not set, so no webhook can be trusted");
    }
    int rc = form_parse(req->pool, req->body, form, e);
    if (rc < 0) {
        return rc;
    }
    struct str url =
        str_of(pool_printf(req->pool, "%s" STR_FMT, api->public_url, STR_ARG(req->target)));
    struct str signature = http_request_header(req, "X-Twilio-Signature");
    if (!twilio_signature_ok(req->pool, str_of(token), signature, url, form, req->body)) {
        metric_add(METRIC_webhooks_refused_total, 1);
        log_warn("webhook refused: the signature is wrong or missing", LOG_TEXT("request", req->id),
                 LOG_TEXT("from", req->remote));
        return err_set(e, ERR_FORBIDDEN,
                       "the signature is wrong or missing; it is checked against public_url");
    }
    return 0;
}

/* The addresses of attached media as a JSON array; p == NULL when there are none. */
static struct str media_of(struct pool *p, const struct inbound_sms *sms)
{
    if (sms->n_media == 0) {
        return (struct str){NULL, 0};
    }
    struct buf b;
    buf_init(&b, 1 << 16);
    struct jw j = jw_to(&b);
    jw_array(&j);
    for (int i = 0; i < sms->n_media; i++) {
        jw_str(&j, sms->media[i].url);
    }
    jw_array_end(&j);
    struct str out =
        buf_failed(&b) ? (struct str){NULL, 0} : (struct str){str_dup(p, buf_str(&b)), b.len};
    buf_clear(&b);
    return out;
}

static int take_text(const struct api *api, const struct http_request *req, struct err *e)
{
    struct pool *p = req->pool;
    struct form form;
    struct inbound_sms sms;
    int rc = read_signed_form(api, req, &form, e);
    if (rc == 0) {
        rc = inbound_sms_read(&form, &sms, e);
    }
    if (rc) {
        return rc;
    }
    struct inbound_text in = {
        .channel = sms.whatsapp ? "whatsapp" : "sms",
        .provider = "twilio",
        .provider_id = str_dup(p, sms.message_sid),
        .from = str_dup(p, sms.from),
        .to = sms.to.n ? str_dup(p, sms.to) : api->app->settings->twilio_number,
        .body = sms.body,
        .media_urls = media_of(p, &sms),
        .segments = sms.segments,
        .request = req->body,
        .at = wall_now(),
        .burst_us = api->app->settings->burst_wait * 1000,
        .rules = {api->app->settings->conversation_idle * US_PER_SECOND,
                  api->app->settings->reopen_window * US_PER_SECOND},
    };
    struct inbound_text_result result;
    rc = inbound_text_take(api->app->store, p, &in, &result, e);
    if (rc == 0) {
        metric_add(result.duplicate ? METRIC_webhooks_duplicate_total : METRIC_webhooks_total, 1);
    }
    return rc;
}

void webhook_twilio_sms(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    int rc = take_text(api, req, &e);
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->content_type = "application/xml";
    res->borrowed_body = (struct str){empty_twiml, sizeof empty_twiml - 1};
}

static int take_report(const struct api *api, const struct http_request *req, struct err *e)
{
    struct form form, query;
    struct sms_report report = {0};
    int rc = read_signed_form(api, req, &form, e);
    if (rc == 0) {
        rc = sms_report_read(&form, &report, e);
    }
    if (rc == 0) {
        rc = form_parse(req->pool, req->query, &query, e);
    }
    if (rc < 0 || !report.status) {
        return rc;
    }
    struct str message = form_get(&query, "message");
    struct id id;
    struct delivery_report r = {
        .message_id = message.p && id_parse(message, &id) ? id.text : NULL,
        .provider_id = str_dup(req->pool, report.message_sid),
        .status = report.status,
        .code = report.error_code,
        .text = report.error_words ? report.error_words : "the carrier could not deliver it",
        .at = wall_now(),
    };
    rc = outbox_report(api->app->store, req->pool, &r, e);
    if (rc == 0) {
        metric_add(METRIC_webhooks_total, 1);
    }
    return rc;
}

void webhook_twilio_status(const struct api *api, struct http_request *req,
                           struct http_response *res)
{
    struct err e = {0};
    int rc = take_report(api, req, &e);
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->status = 204;
}
