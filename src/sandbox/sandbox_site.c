/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site allows itself nothing inline, as careful sites do: the chat has to do with scripts and
 * connections of one other origin.
 */
#include "sandbox/sandbox_site.h"

#include "sandbox/sandbox_private.h"

#define PLACE "{{product}}"

static void put_page(struct buf *out, struct str page, const char *product_url)
{
    struct str rest = page;
    const char *at;
    while ((at = memmem(rest.p, rest.n, PLACE, strlen(PLACE)))) {
        size_t before = (size_t)(at - rest.p);
        buf_put_str(out, (struct str){rest.p, before});
        buf_puts(out, product_url);
        rest = (struct str){at + strlen(PLACE), rest.n - before - strlen(PLACE)};
    }
    buf_put_str(out, rest);
}

static void read_product(struct sandbox *s, void *arg)
{
    memcpy(arg, s->product_url, sizeof s->product_url);
}

bool sandbox_site_serve(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    char product_url[SANDBOX_URL_BYTES];
    bool css = str_eq(req->path, STR("/sandbox/page/site.css"));
    bool page = str_eq(req->path, STR("/site")) || str_starts(req->path, STR("/site/"));
    if (req->method != HTTP_GET || (!css && !page)) {
        return false;
    }
    sandbox_do(s, read_product, product_url);
    const char *rest = strstr(product_url, "://");
    http_response_header(res, req->pool, "Cache-Control", "no-cache");
    http_response_header(res, req->pool, "X-Content-Type-Options", "nosniff");
    if (css) {
        res->content_type = "text/css; charset=utf-8";
        res->borrowed_body = sandbox_site_css;
        return true;
    }
    http_response_header(res, req->pool, "Content-Security-Policy",
                         "default-src 'self'; script-src %s; connect-src %s ws://%s wss://%s; "
                         "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                         product_url, product_url, rest ? rest + 3 : "", rest ? rest + 3 : "");
    res->content_type = "text/html; charset=utf-8";
    put_page(&res->body, sandbox_site_html, product_url);
    return true;
}
