/* SPDX-License-Identifier: Apache-2.0 */
/* Plain pages without script or style, for any mail program's browser. */
#include "ops/unsubscribe.h"

#include "base/json_write.h"
#include "base/settings.h"
#include "base/utf8.h"
#include "domain/business.h"
#include "domain/consent.h"
#include "ops/app.h"

#define BODY_MAX_BYTES 4096 /* a form of one field, in parts, with room */
#define AGENT_KEPT_BYTES 300

struct leaving_list {
    const struct app *app;
    struct pool *pool;
    struct str key;
    const struct unsubscribe_request *request;
    struct unsubscribe_link link;
    const char *business;
};

static void put_escaped(struct buf *b, const char *text)
{
    for (const char *c = text; *c; c++) {
        const char *as = *c == '<'   ? "&lt;"
                         : *c == '>' ? "&gt;"
                         : *c == '&' ? "&amp;"
                         : *c == '"' ? "&quot;"
                                     : NULL;
        if (as) {
            buf_puts(b, as);
        } else {
            buf_putc(b, *c);
        }
    }
}

/* "a...@example.com": enough to know one's own. */
static const char *masked(struct pool *p, const char *address)
{
    const char *at = strchr(address, '@');
    return at ? pool_printf(p, "%.1s...%s", address, at) : "your address";
}

static const char *mails_of(const char *purpose)
{
    return strcmp(purpose, CONSENT_MARKETING) == 0  ? "news and offers"
           : strcmp(purpose, CONSENT_REMINDER) == 0 ? "reminders"
                                                    : "e-mails";
}

static void page(const struct leaving_list *l, bool asks, struct buf *out)
{
    const char *mails = mails_of(l->link.purpose), *who = masked(l->pool, l->link.address);
    buf_puts(out, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width\">\n"
                  "<meta name=\"robots\" content=\"noindex\">\n<title>Unsubscribe</title>\n<h1>");
    put_escaped(out, l->business);
    buf_puts(out, "</h1>\n<p>");
    put_escaped(out,
                asks ? pool_printf(l->pool, "Shall we send no more %s to %s?", mails, who)
                     : pool_printf(l->pool, "Done: no more %s will be sent to %s.", mails, who));
    buf_puts(out, "</p>\n");
    if (asks) {
        buf_puts(out, "<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" "
                      "value=\"One-Click\"><button>Unsubscribe</button></form>\n");
    }
    buf_puts(out, "</html>\n");
}

static int find_business(struct leaving_list *l, struct db *db, struct err *e)
{
    struct facts f = {0};
    const char *set = l->app->settings->business_name;
    int rc = set[0] ? 0 : business_load(db, l->pool, &f, e);
    l->business = set[0] ? set : f.business_name ? f.business_name : "E-mails";
    return rc;
}

static int find(struct leaving_list *l, struct db *db, struct err *e)
{
    int rc = consent_of_link(db, l->pool, l->key, &l->link, e);
    return rc < 0 ? rc : find_business(l, db, e);
}

int unsubscribe_ask(const struct app *app, struct pool *p, struct str key, struct buf *html_out,
                    struct err *e)
{
    struct leaving_list l = {.app = app, .pool = p, .key = key};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(app->store, &db, e);
    if (rc == 0) {
        rc = find(&l, db, e);
    }
    if (rc == 0) {
        page(&l, true, html_out);
    }
    return rc;
}

static struct str evidence_of(const struct leaving_list *l)
{
    const struct unsubscribe_request *r = l->request;
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 4096);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "ip", r->remote);
    jw_kv_text(&j, "request", r->request_id);
    if (utf8_valid(r->user_agent)) {
        jw_kv_str(&j, "user_agent", utf8_prefix(r->user_agent, AGENT_KEPT_BYTES));
    }
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(l->pool, buf_str(&b)), b.len};
}

static int take_off(struct db *db, void *arg, struct err *e)
{
    struct leaving_list *l = arg;
    struct consents_now now = {0};
    int rc = find(l, db, e);
    if (rc == 0) {
        rc =
            consents_state(db, l->pool, l->link.address, l->link.channel, l->link.purpose, &now, e);
    }
    if (rc < 0 || now.one_revoked) {
        return rc;
    }
    struct consent_change change = {
        .address = l->link.address,
        .channel = l->link.channel,
        .purpose = l->link.purpose,
        .source = "unsubscribe_link",
        .actor = "customer",
        .evidence = evidence_of(l),
        .at = wall_now(),
    };
    return consent_write(db, l->pool, &change, e);
}

static bool has(struct str in, struct str part)
{
    return memmem(in.p, in.n, part.p, part.n) != NULL;
}

/* RFC 8058 section 3.1: as a form, urlencoded or multipart. It has the one field. */
static bool says_one_click(struct str body)
{
    return str_eq(str_trim(body), STR("List-Unsubscribe=One-Click")) ||
           (has(body, STR("name=\"List-Unsubscribe\"")) && has(body, STR("\r\n\r\nOne-Click")));
}

int unsubscribe_do(const struct app *app, struct pool *p, struct str key,
                   const struct unsubscribe_request *r, struct buf *html_out, struct err *e)
{
    struct leaving_list l = {.app = app, .pool = p, .key = key, .request = r};
    if (r->body.n > BODY_MAX_BYTES) {
        return err_set(e, ERR_TOO_LARGE, "the form has one field, List-Unsubscribe=One-Click");
    }
    if (!says_one_click(r->body)) {
        return err_set(e, ERR_MALFORMED,
                       "to unsubscribe, send the form field List-Unsubscribe=One-Click");
    }
    int rc = store_write(app->store, take_off, &l, e);
    if (rc == 0) {
        page(&l, false, html_out);
    }
    return rc;
}
