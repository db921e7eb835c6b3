/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio's webhooks: proven by signature, taken durably, answered at once. Whatever is slow is a
 * job. The URL that was signed is the public address of the settings with the path and query as
 * received; nothing that a stranger may set (Host, X-Forwarded-*) goes into it.
 */
#include "api/api_private.h"
#include "base/codec.h"
#include "base/settings.h"
#include "channels/twilio_signature.h"

#define SIGNATURE "X-Twilio-Signature"

static const char empty_twiml[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";

int webhook_twilio_signed(const struct api *api, const struct http_request *req, struct str url,
                          const struct form *form, struct err *e)
{
    const char *token = api->app->settings->twilio_auth_token;
    if (!token[0]) {
        return err_set(
            e, ERR_FORBIDDEN,
            "texts and calls are off: twilio_auth_token is not set, so no webhook can be "
            "trusted");
    }
    struct str signature = http_request_header(req, SIGNATURE);
    bool good = twilio_signature_ok(req->pool, str_of(token), signature, url, form, req->body);
    return good ? 0 : webhook_refuse(req, e);
}

int webhook_twilio_prove(const struct api *api, const struct http_request *req, struct form *form,
                         struct err *e)
{
    struct str type = http_request_header(req, "Content-Type");
    struct str kind = str_trim(str_cut(&type, ';'));
    if (!str_eq_nocase(kind, STR("application/x-www-form-urlencoded"))) {
        return err_set(e, ERR_MEDIA_TYPE,
                       "the webhook takes application/x-www-form-urlencoded only");
    }
    int rc = form_parse(req->pool, req->body, form, e);
    if (rc < 0) {
        return rc;
    }
    struct str url =
        str_of(pool_printf(req->pool, "%s" STR_FMT, api->public_url, STR_ARG(req->target)));
    return webhook_twilio_signed(api, req, url, form, e);
}

int webhook_twilio_take(const struct api *api, const struct http_request *req, const char *kind,
                        struct err *e)
{
    static const char *const headers[] = {SIGNATURE, "I-Twilio-Idempotency-Token", "Content-Type",
                                          NULL};
    struct journal_entry entry = webhook_entry(req, "twilio", kind, "signature", headers);
    return webhook_take(api, req, &entry, NULL, e);
}

static int take(const struct api *api, const struct http_request *req, const char *kind,
                struct err *e)
{
    struct form form;
    int rc = webhook_twilio_prove(api, req, &form, e);
    return rc < 0 ? rc : webhook_twilio_take(api, req, kind, e);
}

void webhook_twilio_sms(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    int rc = take(api, req, "message", &e);
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->content_type = "application/xml";
    res->borrowed_body = (struct str){empty_twiml, sizeof empty_twiml - 1};
}

void webhook_twilio_status(const struct api *api, struct http_request *req,
                           struct http_response *res)
{
    struct err e = {0};
    int rc = take(api, req, "status", &e);
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->status = 204;
}
