/* SPDX-License-Identifier: Apache-2.0 */
/* What all providers' webhooks do alike, once it is proven who sent the request. */
#include "api/api_private.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/utf8.h"
#include "channels/inbox.h"
#include "ops/inbox.h"

#define HEADERS_MAX_BYTES (16u << 10)

/* Those headers that the request has, as a JSON object. */
static struct str headers_of(const struct http_request *req, const char *const *names)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, HEADERS_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    for (; *names; names++) {
        struct str value = http_request_header(req, *names);
        if (value.p && utf8_valid(value)) {
            jw_kv_str(&j, *names, value);
        }
    }
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(req->pool, buf_str(&b)), b.len};
}

struct journal_entry webhook_entry(const struct http_request *req, const char *provider,
                                   const char *kind, const char *proof, const char *const *headers)
{
    return (struct journal_entry){
        .provider = provider,
        .kind = kind,
        .target = str_dup(req->pool, req->target),
        .headers = headers_of(req, headers),
        .body = req->body,
        .proof = proof,
        .received_at = wall_now(),
    };
}

int webhook_take(const struct api *api, const struct http_request *req,
                 const struct journal_entry *entry, bool *kept_out, struct err *e)
{
    struct inbox_config config = inbox_config_of(api->app->settings);
    struct inbox_result result = {0};
    int rc = inbox_take(api->app->store, req->pool, &config, entry, &result, e);
    if (rc == 0) {
        metric_add(result.duplicate ? METRIC_webhooks_duplicate_total : METRIC_webhooks_total, 1);
    }
    if (kept_out) {
        *kept_out = result.kept;
    }
    return rc;
}

int webhook_take_all(const struct api *api, struct pool *p, const struct journal_entry *entries,
                     size_t n, struct err *e)
{
    struct inbox_config config = inbox_config_of(api->app->settings);
    struct inbox_outcome *out = pool_calloc(p, n, sizeof *out);
    int rc = inbox_take_all(api->app->store, p, &config, entries, n, out, e);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        bool again = out[i].result.duplicate;
        if (out[i].code == 0) {
            metric_add(again ? METRIC_webhooks_duplicate_total : METRIC_webhooks_total, 1);
        }
    }
    return rc;
}

int webhook_refuse(const struct http_request *req, struct err *e)
{
    metric_add(METRIC_webhooks_refused_total, 1);
    log_warn("webhook refused: the signature is wrong or missing", LOG_TEXT("request", req->id),
             LOG_TEXT("from", req->remote));
    return err_set(e, ERR_FORBIDDEN,
                   "the signature is wrong or missing; it is checked against public_url");
}
