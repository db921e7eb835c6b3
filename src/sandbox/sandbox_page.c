/* SPDX-License-Identifier: Apache-2.0 */
/* The page's files, from memory. */
#include "sandbox/sandbox_page.h"

bool sandbox_page_serve(struct http_request *req, struct http_response *res)
{
    static const struct {
        const char *path;
        const struct str *bytes;
        const char *type;
    } rows[] = {
        {"/", &sandbox_page_html, "text/html; charset=utf-8"},
        {"/sandbox/page/phone.css", &sandbox_page_css, "text/css; charset=utf-8"},
        {"/sandbox/page/phone.js", &sandbox_page_js, "text/javascript; charset=utf-8"},
        {"/sandbox/page/call.css", &sandbox_page_call_css, "text/css; charset=utf-8"},
        {"/sandbox/page/call.js", &sandbox_page_call_js, "text/javascript; charset=utf-8"},
        {"/mail", &sandbox_page_mail_html, "text/html; charset=utf-8"},
        {"/sandbox/page/mail.css", &sandbox_page_mail_css, "text/css; charset=utf-8"},
        {"/sandbox/page/mail.js", &sandbox_page_mail_js, "text/javascript; charset=utf-8"},
        {"/sandbox/page/common.js", &sandbox_page_common_js, "text/javascript; charset=utf-8"},
        {"/sandbox/page/icon.svg", &sandbox_page_icon, "image/svg+xml"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows) && req->method == HTTP_GET; i++) {
        if (str_eq(req->path, str_of(rows[i].path))) {
            res->status = 200;
            res->content_type = rows[i].type;
            res->borrowed_body = *rows[i].bytes;
            http_response_header(res, req->pool, "Cache-Control", "no-cache");
            http_response_header(res, req->pool, "X-Content-Type-Options", "nosniff");
            http_response_header(res, req->pool, "Content-Security-Policy",
                                 "default-src 'self'; base-uri 'none'; form-action 'none'; "
                                 "frame-ancestors 'none'");
            return true;
        }
    }
    return false;
}
