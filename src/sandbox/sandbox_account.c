/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What providers tell of an account and of where they send their webhooks: Twilio's resources
 * Account and IncomingPhoneNumbers, SendGrid's scopes and webhook settings, Meta's number. All of
 * them send to the product's address.
 */
#include "sandbox/sandbox_account.h"

#include "sandbox/sandbox_mail_private.h"
#include "sandbox/sandbox_voice.h"

#define JSON_TYPE "application/json;charset=utf-8"

struct product {
    char url[SANDBOX_URL_BYTES];
};

static void copy_product(struct sandbox *s, void *arg)
{
    struct product *p = arg;
    snprintf(p->url, sizeof p->url, "%s", s->product_url);
}

static void kv_hook(struct sandbox *s, struct pool *p, struct jw *j, const char *key,
                    const char *path)
{
    struct product product;
    sandbox_do(s, copy_product, &product);
    jw_kv_text(j, key, pool_printf(p, "%s%s", product.url, path));
}

/* ---- Twilio ---- */

static void write_account(struct sandbox *s, struct http_response *res)
{
    char uri[96];
    snprintf(uri, sizeof uri, "/2010-04-01/Accounts/%s.json", s->account);
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "sid", s->account);
    jw_kv_text(&j, "friendly_name", "The sandbox");
    jw_kv_text(&j, "status", "active");
    jw_kv_text(&j, "type", "Full");
    jw_kv_text(&j, "owner_account_sid", s->account);
    jw_kv_text(&j, "uri", uri);
    jw_object_end(&j);
}

static void write_number(struct sandbox *s, struct pool *p, struct jw *j)
{
    static const char *const able[] = {"voice", "sms", "mms"};
    jw_object(j);
    jw_kv_text(j, "sid", "PN00000000000000000000000000000001");
    jw_kv_text(j, "account_sid", s->account);
    jw_kv_text(j, "phone_number", s->number);
    jw_kv_text(j, "friendly_name", s->number);
    jw_key(j, "capabilities");
    jw_object(j);
    for (size_t i = 0; i < ARRAY_SIZE(able); i++) {
        jw_kv_bool(j, able[i], true);
    }
    jw_object_end(j);
    kv_hook(s, p, j, "sms_url", SANDBOX_SMS_PATH);
    jw_kv_text(j, "sms_method", "POST");
    kv_hook(s, p, j, "voice_url", SANDBOX_VOICE_PATH);
    jw_kv_text(j, "voice_method", "POST");
    jw_object_end(j);
}

static void write_numbers(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct form f;
    struct err e = {0};
    if (form_parse(req->pool, req->query, &f, &e)) {
        sandbox_rest_error(res, 400, 20001, e.text);
        return;
    }
    struct str wanted = form_get(&f, "PhoneNumber");
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_key(&j, "incoming_phone_numbers");
    jw_array(&j);
    if (!wanted.p || str_eq(wanted, str_of(s->number))) {
        write_number(s, req->pool, &j);
    }
    jw_array_end(&j);
    jw_kv_i64(&j, "page", 0);
    jw_kv_i64(&j, "page_size", 50);
    jw_kv_null(&j, "next_page_uri");
    jw_object_end(&j);
}

bool sandbox_account_rest(struct sandbox *s, struct str rest, struct http_request *req,
                          struct http_response *res)
{
    bool account = rest.n == 0, numbers = str_eq(rest, STR("IncomingPhoneNumbers.json"));
    if (req->method != HTTP_GET || (!account && !numbers)) {
        return false;
    }
    res->status = 200;
    res->content_type = JSON_TYPE;
    if (account) {
        write_account(s, res);
    } else {
        write_numbers(s, req, res);
    }
    return true;
}

/* ---- SendGrid ---- */

static void write_scopes(struct jw *j)
{
    static const char *const scopes[] = {"mail.send", "user.webhooks.event.settings.read",
                                         "user.webhooks.parse.settings.read"};
    jw_object(j);
    jw_key(j, "scopes");
    jw_array(j);
    for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
        jw_text(j, scopes[i]);
    }
    jw_array_end(j);
    jw_object_end(j);
}

static void write_parse(struct sandbox *s, struct pool *p, struct jw *j)
{
    jw_object(j);
    jw_key(j, "result");
    jw_array(j);
    jw_object(j);
    kv_hook(s, p, j, "url", SANDBOX_MAIL_PATH);
    jw_kv_text(j, "hostname", "in.example.org");
    jw_kv_bool(j, "spam_check", true);
    jw_kv_bool(j, "send_raw", false);
    jw_object_end(j);
    jw_array_end(j);
    jw_object_end(j);
}

static void write_events(struct sandbox *s, struct pool *p, struct jw *j)
{
    jw_object(j);
    jw_kv_i64(j, "max_allowed", 2);
    jw_key(j, "webhooks");
    jw_array(j);
    jw_object(j);
    jw_kv_text(j, "id", "sandbox");
    jw_kv_bool(j, "enabled", true);
    kv_hook(s, p, j, "url", SANDBOX_EVENTS_PATH);
    jw_object_end(j);
    jw_array_end(j);
    jw_object_end(j);
}

bool sandbox_account_mail(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct str path = req->path;
    struct jw j = jw_to(&res->body);
    res->content_type = JSON_TYPE;
    if (req->method != HTTP_GET) {
        return false;
    }
    if (str_eq(path, STR("/v3/scopes"))) {
        write_scopes(&j);
    } else if (str_eq(path, STR("/v3/user/webhooks/parse/settings"))) {
        write_parse(s, req->pool, &j);
    } else if (str_eq(path, STR("/v3/user/webhooks/event/settings/all"))) {
        write_events(s, req->pool, &j);
    } else {
        return false;
    }
    return true;
}

/* ---- Meta ---- */

void sandbox_account_meta(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "id", s->meta.phone_id);
    jw_kv_text(&j, "display_phone_number", s->meta.number);
    jw_kv_text(&j, "verified_name", "The sandbox");
    jw_key(&j, "webhook_configuration");
    jw_object(&j);
    kv_hook(s, req->pool, &j, "application", SANDBOX_META_PATH);
    jw_object_end(&j);
    jw_object_end(&j);
}
