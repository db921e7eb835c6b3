/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The web chat and the sites that have it: their pages are of another origin, so a browser asks
 * first (CORS), and every answer says for which site it is. No cookie counts here: a visitor is
 * whoever has the key, which the page puts into the body.
 */
#include "api/api_private.h"
#include "api/chat.h"
#include "base/settings.h"
#include "ops/chat.h"

#define PREFLIGHT_SECONDS 7200 /* as long as browsers remember at most */

bool chat_path(struct str path)
{
    return str_eq(path, STR("/api/chat")) || str_starts(path, STR("/api/chat/"));
}

int chat_admit(const struct api *api, const struct http_request *req, struct http_response *res,
               struct err *e)
{
    struct str origin = http_request_header(req, "Origin");
    http_response_header(res, req->pool, "Vary", "Origin");
    int rc = chat_site_allowed(api->app, api->public_url, origin, e);
    if (rc == 0 && origin.n) {
        http_response_header(res, req->pool, "Access-Control-Allow-Origin", STR_FMT,
                             STR_ARG(origin));
        http_response_header(res, req->pool, "Cross-Origin-Resource-Policy", "cross-origin");
    }
    return rc;
}

void chat_preflight(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    int rc = chat_admit(api, req, res, &e);
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    http_response_header(res, req->pool, "Access-Control-Allow-Methods", "GET, POST");
    http_response_header(res, req->pool, "Access-Control-Allow-Headers", "Content-Type");
    http_response_header(res, req->pool, "Access-Control-Max-Age", "%d", PREFLIGHT_SECONDS);
    res->status = 204;
}

void chat_accept(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    int rc = chat_is_on(api->app, &e);
    if (rc == 0) {
        rc = chat_site_allowed(api->app, api->public_url, http_request_header(req, "Origin"), &e);
    }
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->ws = &chat_ws_ops;
    res->ws_arg = chat_entry_new(api->chat);
}

const char *chat_remote(const struct api *api, const struct http_request *req)
{
    const char *name = api->app->settings->chat_address_header;
    struct str value = name[0] ? http_request_header(req, name) : (struct str){NULL, 0};
    struct str last = {NULL, 0};
    while (value.p) { /* the proxy adds its own at the end */
        last = str_trim(str_cut(&value, ','));
    }
    return last.n ? str_dup(req->pool, last) : req->remote;
}
