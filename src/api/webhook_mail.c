/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SendGrid's Inbound Parse: a post for each e-mail that came in. It is proven by the signature of a
 * security policy when there is one, else by a secret that is in the webhook's address, as password
 * or as the end of its path. SendGrid tries again for three days on anything but success, so a mail
 * that the journal has is a success, even when it could not be processed yet.
 */
#include "api/api_private.h"
#include "base/codec.h"
#include "base/settings.h"
#include "channels/sendgrid_signature.h"

#define WEBHOOK_PATH "/api/webhooks/sendgrid/email"

/* The password of HTTP Basic authentication; p == NULL: none was given. */
static struct str password_of(const struct http_request *req)
{
    struct str value = http_request_header(req, "Authorization"), both;
    struct str scheme = value.p ? str_cut(&value, ' ') : value;
    if (!value.p || !str_eq_nocase(scheme, STR("Basic")) ||
        !base64_decode(req->pool, str_trim(value), &both)) {
        return (struct str){NULL, 0};
    }
    str_cut(&both, ':');
    return both;
}

static struct str end_of_path(const struct http_request *req)
{
    size_t n = strlen(WEBHOOK_PATH "/");
    return req->path.n > n ? (struct str){req->path.p + n, req->path.n - n} : (struct str){NULL, 0};
}

static int refuse(const struct http_request *req, const char *setting, struct err *e)
{
    webhook_refuse(req, e);
    return err_set(e, ERR_FORBIDDEN,
                   "it is not proven that SendGrid sent it; it is checked with %s", setting);
}

static int prove_secret(const struct http_request *req, struct http_response *res,
                        struct str secret, struct err *e)
{
    struct str password = password_of(req), end = end_of_path(req);
    if (!password.p && !end.p) {
        http_response_header(res, req->pool, "WWW-Authenticate",
                             "Basic realm=\"e-mail\", charset=\"UTF-8\"");
        return err_set(e, ERR_UNAUTHENTICATED,
                       "the webhook wants the password of sendgrid_inbound_secret in its address");
    }
    bool good =
        (password.p && str_eq_secret(password, secret)) || (end.p && str_eq_secret(end, secret));
    return good ? 0 : refuse(req, "sendgrid_inbound_secret", e);
}

/* SendGrid repeats a post for three days and may leave its stamp as it was, so the age proves
 * nothing; what comes again is known by its name. */
static int prove_signature(const struct http_request *req, struct str text, struct err *e)
{
    struct str stamp = http_request_header(req, SENDGRID_TIMESTAMP);
    struct str signature = http_request_header(req, SENDGRID_SIGNATURE);
    struct ecdsa_key *key CLEANUP(ecdsa_key_free) = NULL;
    int64_t at_s;
    int rc = ecdsa_key_read(text, &key, e);
    if (rc < 0) {
        return err_set(e, ERR_CONFIG, "sendgrid_inbound_key is no public key of SendGrid's");
    }
    bool stamped = str_to_i64(stamp, &at_s) && at_s > 0 && at_s < INT64_MAX / US_PER_SECOND;
    struct wall then = {stamped ? at_s * US_PER_SECOND : 0};
    bool good = stamped && sendgrid_signature_ok(key, signature, stamp, req->body, then);
    if (req->body_file) {
        spool_forget(req->body); /* what follows reads the file */
    }
    return good ? 0 : refuse(req, "sendgrid_inbound_key", e);
}

/* *proof_out: what vouches for it. */
static int prove(const struct api *api, const struct http_request *req, struct http_response *res,
                 const char **proof_out, struct err *e)
{
    const struct settings *s = api->app->settings;
    struct str key = str_of(s->sendgrid_inbound_key), secret = str_of(s->sendgrid_inbound_secret);
    struct str type = http_request_header(req, "Content-Type");
    if (!str_eq_nocase(str_trim(str_cut(&type, ';')), STR("multipart/form-data"))) {
        return err_set(e, ERR_MEDIA_TYPE, "the webhook takes multipart/form-data only");
    }
    if (key.n) {
        *proof_out = "signature";
        return prove_signature(req, key, e);
    }
    if (secret.n == 0) {
        return err_set(e, ERR_FORBIDDEN,
                       "e-mail by SendGrid is off: neither sendgrid_inbound_key nor "
                       "sendgrid_inbound_secret is set, so no post can be trusted");
    }
    *proof_out = "secret";
    return prove_secret(req, res, secret, e);
}

static int take(const struct api *api, const struct http_request *req, struct http_response *res,
                bool *kept_out, struct err *e)
{
    static const char *const headers[] = {SENDGRID_SIGNATURE, SENDGRID_TIMESTAMP, "Content-Type",
                                          NULL};
    const char *proof = NULL;
    int rc = prove(api, req, res, &proof, e);
    if (rc < 0) {
        return rc;
    }
    struct journal_entry entry = webhook_entry(req, "sendgrid", "message", proof, headers);
    entry.target = WEBHOOK_PATH; /* without the secret */
    entry.raw = req->body.p ? req->body : STR("");
    entry.raw_file = req->body_file;
    entry.body = STR("");
    return webhook_take(api, req, &entry, kept_out, e);
}

void webhook_sendgrid_email(const struct api *api, struct http_request *req,
                            struct http_response *res)
{
    struct err e = {0};
    bool kept = false;
    int rc = take(api, req, res, &kept, &e);
    if (rc < 0 && !kept) {
        problem_write(req, res, rc, &e);
        return;
    }
    static const char taken[] = "{\"status\":\"received\"}", later[] = "{\"status\":\"kept\"}";
    res->content_type = "application/json";
    res->borrowed_body = kept ? str_of(later) : str_of(taken);
}
