/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /api/sandbox/...: what the dashboard's page "Try Ava" does as a customer. Passed on to the
 * control interface of the sandbox that the setting sandbox_url names, because the page may speak
 * to its own server only. What the sandbox is for tests (its faults, its stand-ins for models)
 * stays out.
 */
#include "api/api_private.h"
#include "base/settings.h"
#include "io/http_client.h"

#define CONNECT_MS 2000
#define ANSWER_MS 70000 /* a text waits for the product, which may be asked twice */
#define ANSWER_MAX_BYTES ((size_t)64 << 20) /* the sound of a long call */

/* A call's id as it may stand in an address. */
static bool is_sid(struct str id)
{
    for (size_t i = 0; i < id.n; i++) {
        bool letter = (id.p[i] | 0x20) >= 'a' && (id.p[i] | 0x20) <= 'z';
        if (!letter && !(id.p[i] >= '0' && id.p[i] <= '9')) {
            return false;
        }
    }
    return id.n > 0 && id.n <= 64;
}

/* calls, calls/SID, calls/SID/audio */
static bool is_calls(struct str path)
{
    struct str rest = path;
    if (!str_eq(str_cut(&rest, '/'), STR("calls"))) {
        return false;
    }
    if (!rest.p) {
        return true;
    }
    return is_sid(str_cut(&rest, '/')) && (!rest.p || str_eq(rest, STR("audio")));
}

/* Where it leads at the sandbox; NULL: nowhere. */
static const char *target_of(struct pool *p, struct str path)
{
    static const char *const own[] = {"text", "messages", "mail", "call"};
    if (str_eq(path, STR("health"))) {
        return "/health";
    }
    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        if (str_eq(path, str_of(own[i]))) {
            return pool_printf(p, "/sandbox/%s", own[i]);
        }
    }
    return is_calls(path) ? pool_printf(p, "/sandbox/" STR_FMT, STR_ARG(path)) : NULL;
}

static int relay(struct http_request *req, struct http_response *res, const char *url,
                 struct err *e)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    static const char *const wanted[] = {"content-type", NULL};
    struct http_call call = {.method = http_method_name(req->method),
                             .url = url,
                             .headers = headers,
                             .body = req->body,
                             .timeout_ms = ANSWER_MS,
                             .connect_timeout_ms = CONNECT_MS,
                             .answer_max_bytes = ANSWER_MAX_BYTES,
                             .wanted = wanted,
                             .no_redirects = true};
    struct http_answer answer;
    struct http_client *http = http_client_new();
    int rc = http_client_call(http, req->pool, &call, &answer, e);
    http_client_free(&http);
    if (rc < 0) {
        return err_set(e, ERR_UNAVAILABLE, "the sandbox does not answer");
    }
    res->status = answer.status;
    res->content_type = answer.wanted[0] ? answer.wanted[0] : "application/json";
    http_response_header(res, req->pool, "Cache-Control", "no-store");
    buf_put_str(&res->body, answer.body);
    return buf_failed(&res->body) ? err_set(e, ERR_TOO_LARGE, "the sandbox's answer is too large")
                                  : 0;
}

void sandbox_relay(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    const char *at = api->app->settings->sandbox_url;
    size_t before = strlen(SANDBOX_RELAY);
    const char *target =
        target_of(req->pool, (struct str){req->path.p + before, req->path.n - before});
    int rc;
    if (!at[0]) {
        rc = err_set(&e, ERR_NOT_FOUND, "this server runs without the sandbox");
    } else if (!target) {
        rc = err_set(&e, ERR_NOT_FOUND, "the sandbox has no such path for the dashboard");
    } else {
        rc = relay(req, res,
                   pool_printf(req->pool, "%s%s%s" STR_FMT, at, target, req->query.n ? "?" : "",
                               STR_ARG(req->query)),
                   &e);
    }
    if (rc < 0) {
        problem_write(req, res, rc, &e);
    }
}
