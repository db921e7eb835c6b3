/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SendGrid's event webhook: batches, proven by their signature over the bytes as they came. Many
 * events share a transaction, and still one that cannot be processed holds up none of the others
 * (inbox_take_all), and a batch that comes again has nothing twice.
 */
#include "api/api_private.h"
#include "base/settings.h"
#include "channels/inbox.h"
#include "channels/sendgrid_event.h"
#include "channels/sendgrid_signature.h"

static int prove(const struct api *api, const struct http_request *req, struct err *e)
{
    const char *setting = api->app->settings->sendgrid_event_key;
    struct ecdsa_key *key CLEANUP(ecdsa_key_free) = NULL;
    if (!setting[0]) {
        return err_set(e, ERR_FORBIDDEN,
                       "SendGrid's events are off: sendgrid_event_key is not set, so none can be "
                       "trusted");
    }
    int rc = ecdsa_key_read(str_of(setting), &key, e);
    if (rc < 0) {
        return rc;
    }
    struct str signature = http_request_header(req, SENDGRID_SIGNATURE);
    struct str timestamp = http_request_header(req, SENDGRID_TIMESTAMP);
    if (sendgrid_signature_ok(key, signature, timestamp, req->body, wall_now())) {
        return 0;
    }
    webhook_refuse(req, e);
    return err_set(e, ERR_FORBIDDEN,
                   "the signature is wrong or missing; it is checked with sendgrid_event_key");
}

static int take_some(const struct api *api, const struct http_request *req,
                     const struct sendgrid_part *parts, size_t n, struct err *e)
{
    static const char *const headers[] = {SENDGRID_SIGNATURE, SENDGRID_TIMESTAMP, "Content-Type",
                                          NULL};
    struct journal_entry entries[INBOX_TOGETHER_MAX];
    entries[0] = webhook_entry(req, "sendgrid", "event", "signature", headers);
    for (size_t i = n; i-- > 0;) {
        entries[i] = entries[0];
        entries[i].provider_id = parts[i].name;
        entries[i].body = parts[i].part;
    }
    return webhook_take_all(api, req->pool, entries, n, e);
}

static int take_events(const struct api *api, const struct http_request *req, struct err *e)
{
    struct sendgrid_part *parts;
    size_t n;
    int rc = prove(api, req, e);
    if (rc == 0) {
        rc = sendgrid_split(req->pool, req->body, &parts, &n, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct pool *p CLEANUP(pool_free) = pool_new(); /* of some events, as there may be thousands */
    struct http_request some = *req;
    some.pool = p;
    for (size_t i = 0; i < n && rc == 0; i += INBOX_TOGETHER_MAX) {
        rc = take_some(api, &some, parts + i, MIN_OF(n - i, (size_t)INBOX_TOGETHER_MAX), e);
        pool_clear(p);
    }
    return rc;
}

void webhook_sendgrid_events(const struct api *api, struct http_request *req,
                             struct http_response *res)
{
    struct err e = {0};
    int rc = take_events(api, req, &e);
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->status = 204;
}
