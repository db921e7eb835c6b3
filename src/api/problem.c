/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as RFC 9457 problems: the type is a slug of err.def, the instance the request's id. */
#include "api/api_private.h"

#include "base/json_write.h"

void problem_write(const struct http_request *req, struct http_response *res, int code,
                   const struct err *e)
{
    buf_reset(&res->body);
    res->ws = NULL;
    res->status = err_http_status(code);
    res->content_type = "application/problem+json";
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_key(&j, "type");
    jw_text(&j, pool_printf(req->pool, "/problems/%s", err_slug(code)));
    jw_kv_text(&j, "title", err_title(code));
    jw_kv_i64(&j, "status", res->status);
    jw_kv_text(&j, "detail", err_text(e, code));
    jw_kv_text(&j, "instance", req->id);
    if (e && e->field[0]) {
        jw_key(&j, "errors");
        jw_array(&j);
        jw_object(&j);
        jw_kv_text(&j, "field", e->field);
        jw_kv_text(&j, "message", e->text);
        jw_object_end(&j);
        jw_array_end(&j);
    }
    jw_object_end(&j);
    if (code == ERR_UNAUTHENTICATED) {
        http_response_header(res, req->pool, "WWW-Authenticate", "Bearer realm=\"ava\"");
    }
    if (code == ERR_UNAVAILABLE || code == ERR_TOO_MANY) {
        http_response_header(res, req->pool, "Retry-After", "%d", 2);
    }
}
