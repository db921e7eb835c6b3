/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meta's WhatsApp webhook: the handshake by which Meta makes sure that the address is ours, and
 * batches of updates, proven by their signature. Each update is taken by itself, so that one that
 * cannot be processed holds up none of the others; a batch that comes again, because we could not
 * take all of it or answered too late, has nothing twice.
 */
#include "api/api_private.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/settings.h"
#include "channels/meta_payload.h"
#include "channels/meta_signature.h"

#define SIGNATURE "X-Hub-Signature-256"
#define CHALLENGE_MAX_BYTES 1024

/* Answers Meta's question with its own word, and nobody else's. */
static int shake_hands(const struct api *api, const struct http_request *req,
                       struct http_response *res, struct err *e)
{
    const char *token = api->app->settings->meta_verify_token;
    struct form query;
    int rc = form_parse(req->pool, req->query, &query, e);
    if (rc < 0) {
        return rc;
    }
    struct str challenge = form_get(&query, "hub.challenge");
    struct str given = form_get(&query, "hub.verify_token");
    if (!token[0]) {
        return err_set(e, ERR_FORBIDDEN,
                       "meta_verify_token is not set, so Meta's webhook cannot "
                       "be verified");
    }
    if (!str_eq(form_get(&query, "hub.mode"), STR("subscribe")) || !given.p ||
        !str_eq_secret(given, str_of(token))) {
        return err_set(e, ERR_FORBIDDEN, "the verify token is not that of meta_verify_token");
    }
    if (challenge.n == 0 || challenge.n > CHALLENGE_MAX_BYTES) {
        return err_field(e, ERR_MALFORMED, "hub.challenge", "hub.challenge is missing or too long");
    }
    res->content_type = "text/plain; charset=utf-8";
    http_response_header(res, req->pool, "X-Content-Type-Options", "nosniff");
    buf_put_str(&res->body, challenge);
    return 0;
}

static int prove(const struct api *api, const struct http_request *req, struct err *e)
{
    const char *secret = api->app->settings->meta_app_secret;
    if (!secret[0]) {
        return err_set(e, ERR_FORBIDDEN,
                       "WhatsApp by Meta is off: meta_app_secret is not set, so "
                       "no webhook can be trusted");
    }
    struct str signature = http_request_header(req, SIGNATURE);
    if (meta_signature_ok(req->pool, str_of(secret), signature, req->body)) {
        return 0;
    }
    webhook_refuse(req, e);
    return err_set(e, ERR_FORBIDDEN,
                   "the signature is wrong or missing; it is checked with meta_app_secret");
}

/* One of them; what is kept in the journal as failed is no reason to send the batch again. */
static int take_update(const struct api *api, const struct http_request *req,
                       const struct meta_update *update, struct err *e)
{
    static const char *const headers[] = {SIGNATURE, "Content-Type", NULL};
    struct journal_entry entry =
        webhook_entry(req, "meta", update->is_status ? "status" : "message", "signature", headers);
    entry.provider_id = update->name;
    entry.body = update->part;
    bool kept = false;
    int rc = webhook_take(api, req, &entry, &kept, e);
    return kept ? 0 : rc;
}

static int take_batch(const struct api *api, const struct http_request *req, struct err *e)
{
    struct meta_update *updates;
    size_t n;
    int rc = prove(api, req, e);
    if (rc == 0) {
        rc = meta_split(req->pool, req->body, api->app->settings->meta_phone_number_id, &updates,
                        &n, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct pool *p CLEANUP(pool_free) = pool_new(); /* of one update, as there may be a thousand */
    struct http_request one = *req;
    one.pool = p;
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = take_update(api, &one, &updates[i], e);
        pool_clear(p);
    }
    return rc;
}

void webhook_meta(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    int rc = req->method == HTTP_POST ? take_batch(api, req, &e) : shake_hands(api, req, res, &e);
    if (rc < 0) {
        problem_write(req, res, rc, &e);
    }
}
