/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which request goes where. Operations come from the table of ops/; what is not an operation is
 * in the table below. Answers from memory are given on the event loop, all else by a worker.
 */
#include "api/api.h"

#include "api/api_private.h"
#include "api/assets.h"
#include "api/live.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/utf8.h"
#include "channels/twiml.h"
#include "domain/media_link.h"
#include "ops/attachment_file.h"
#include "ops/calendar.h"
#include "ops/ops_gen.h"
#include "ops/unsubscribe.h"

#define IDEMPOTENCY_KEY_MAX 100
#define PATH_VALUES_MAX 8
#define CUSTOMER_CALENDARS "/c/" /* of struct booking's link */
#define CHAT_SCRIPT "/chat.js"
#define UNSUBSCRIBE_LINKS "/u/" /* of consent_unsubscribe_url */

typedef void route_fn(const struct api *api, struct http_request *req, struct http_response *res);

struct route {
    const char *path; /* one that ends with / stands for all that is below it, which is secret */
    int methods;
    int permission; /* PERMISSION_NONE: open, or proves itself */
    bool on_loop;   /* answers from memory */
    route_fn *fn;
};

/* What route() found: a fixed route, an operation, or neither. */
struct match {
    const struct route *route;
    const struct op *op;
    int methods;        /* when only the method is wrong */
    const char *secret; /* the part of a path with a secret that may be shown; NULL: all of it */
    bool here;          /* an operation that the loop answers itself */
    size_t n_values;
    struct op_value values[PATH_VALUES_MAX];
};

static void answer_json(struct http_response *res, const char *text)
{
    res->content_type = "application/json";
    res->borrowed_body = str_of(text);
}

static void health(const struct api *api, struct http_request *req, struct http_response *res)
{
    (void)api, (void)req;
    answer_json(res, "{\"status\":\"healthy\"}");
}

static void ready(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    int rc = store_ping(api->app->store, &e);
    if (rc < 0) {
        problem_write(req, res, ERR_UNAVAILABLE, &e);
        return;
    }
    answer_json(res, "{\"status\":\"ready\"}");
}

static void figures(const struct api *api, struct http_request *req, struct http_response *res)
{
    (void)api, (void)req;
    res->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&res->body);
}

/* true when the client has it already: the answer is then 304. */
static bool not_modified(struct http_request *req, struct http_response *res, const char *etag)
{
    http_response_header(res, req->pool, "ETag", "%s", etag);
    struct str theirs = http_request_header(req, "If-None-Match");
    while (theirs.p) {
        struct str one = str_trim(str_cut(&theirs, ','));
        if (str_starts(one, STR("W/"))) {
            one = (struct str){one.p + 2, one.n - 2};
        }
        if (str_eq(one, str_of(etag)) || str_eq(one, STR("*"))) {
            res->status = 304;
            return true;
        }
    }
    return false;
}

static void openapi(const struct api *api, struct http_request *req, struct http_response *res)
{
    (void)api;
    unsigned char digest[SHA256_BYTES];
    sha256(openapi_document, digest);
    const char *etag = pool_printf(req->pool, "\"%.16s\"", hex_encode(req->pool, digest, 8));
    if (!not_modified(req, res, etag)) {
        res->content_type = "application/json";
        res->borrowed_body = openapi_document;
    }
}

/* The dashboard's addresses: its script shows the page that belongs to each. */
static bool dashboard_path(struct str path)
{
    static const char *const pages[] = {"/inbox", "/customers", "/appointments", "/analytics",
                                        "/live",  "/try",       "/settings"};
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        struct str page = str_of(pages[i]);
        if (str_starts(path, page) && (path.n == page.n || path.p[page.n] == '/')) {
            return true;
        }
    }
    return false;
}

/* Frames in which the dashboard shows a mail as it was designed. They run no script and send
 * nothing; the second, for who has asked for it, loads pictures from elsewhere. */
#define MAIL_FRAME "/mail"
#define MAIL_FRAME_IMAGES "/mail-images"
#define MAIL_POLICY                                                                                \
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "         \
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups "                              \
    "allow-popups-to-escape-sandbox; img-src data:"

static const struct web_asset *asset_at(struct str path)
{
    struct str at = dashboard_path(path)                   ? STR("/")
                    : str_eq(path, STR(MAIL_FRAME_IMAGES)) ? STR(MAIL_FRAME)
                                                           : path;
    return assets_find(at);
}

static const char *asset_policy(struct str path)
{
    if (str_eq(path, STR(MAIL_FRAME))) {
        return MAIL_POLICY;
    }
    if (str_eq(path, STR(MAIL_FRAME_IMAGES))) {
        return MAIL_POLICY " https: http:";
    }
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
           "media-src 'self' blob:; connect-src 'self'; font-src 'self'; frame-src 'self'; "
           "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
}

static void asset(const struct api *api, struct http_request *req, struct http_response *res)
{
    (void)api;
    const struct web_asset *a = asset_at(req->path);
    if (!a) {
        problem_write(req, res, ERR_NOT_FOUND, NULL);
        return;
    }
    http_response_header(res, req->pool, "Cache-Control", "%s",
                         a->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (str_eq(req->path, STR(CHAT_SCRIPT))) { /* for pages of other sites */
        http_response_header(res, req->pool, "Cross-Origin-Resource-Policy", "cross-origin");
        http_response_header(res, req->pool, "Access-Control-Allow-Origin", "*");
    }
    if (not_modified(req, res, a->etag)) {
        return;
    }
    http_response_header(res, req->pool, "Content-Security-Policy", "%s", asset_policy(req->path));
    res->content_type = a->content_type;
    res->body_is_gzip = a->gzip.p;
    res->borrowed_body = a->gzip.p ? a->gzip : a->bytes;
}

static bool wants_html(const struct http_request *req)
{
    struct str accept = http_request_header(req, "Accept");
    for (size_t i = 0; i + 9 <= accept.n; i++) {
        if (str_eq_nocase((struct str){accept.p + i, 9}, STR("text/html"))) {
            return true;
        }
    }
    return false;
}

static void root(const struct api *api, struct http_request *req, struct http_response *res)
{
    http_response_header(res, req->pool, "Vary", "Accept");
    if (wants_html(req)) {
        asset(api, req, res);
        return;
    }
    answer_json(res, "{\"app\":\"Ava\",\"version\":\"" AVA_VERSION "\",\"status\":\"running\"}");
}

void live_accept(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    struct form query;
    int64_t since = -1;
    int rc = form_parse(req->pool, req->query, &query, &e);
    struct str text = rc == 0 ? form_get(&query, "since") : (struct str){0};
    if (rc == 0 && text.p && (!str_to_i64(text, &since) || since < 0)) {
        rc = err_field(&e, ERR_MALFORMED, "since", "since must be an id of the change feed");
    }
    struct actor actor;
    const char *session;
    rc = rc < 0 ? rc : auth_actor(api, req, &actor, &session, &e);
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->ws = &live_ws_ops;
    res->ws_arg = live_entry_new(api->live, since, req, &actor);
}

/* From outside: kept, never run on our pages' behalf. */
static void answer_file_headers(struct http_request *req, struct http_response *res,
                                const char *name)
{
    http_response_header(res, req->pool, "Content-Disposition", "attachment; filename=\"%s\"",
                         name);
    http_response_header(res, req->pool, "Content-Security-Policy", "sandbox; default-src 'none'");
    http_response_header(res, req->pool, "Cross-Origin-Resource-Policy", "same-origin");
}

/* What has a secret in its address is nobody else's to keep. */
static void answer_calendar(struct http_request *req, struct http_response *res, const char *name,
                            int rc, const struct err *e)
{
    http_response_header(res, req->pool, "Cache-Control", "private, no-store");
    if (rc < 0) {
        problem_write(req, res, rc, e);
        return;
    }
    res->content_type = "text/calendar; charset=utf-8";
    http_response_header(res, req->pool, "Content-Disposition", "attachment; filename=\"%s\"",
                         name);
}

static void customer_calendar(const struct api *api, struct http_request *req,
                              struct http_response *res)
{
    struct err e = {0};
    struct str key = {req->path.p + strlen(CUSTOMER_CALENDARS), 0};
    int rc = ERR_NOT_FOUND;
    if (str_ends(req->path, STR(".ics"))) {
        key.n = req->path.n - strlen(CUSTOMER_CALENDARS) - strlen(".ics");
        rc = calendar_of_link(api->app, req->pool, key, &res->body, &e);
    }
    answer_calendar(req, res, "appointment.ics", rc, &e);
}

static void staff_calendar(const struct api *api, struct http_request *req,
                           struct http_response *res)
{
    struct err e = {0};
    struct form query;
    int rc = form_parse(req->pool, req->query, &query, &e);
    struct str key = rc == 0 ? form_get(&query, "key") : (struct str){0};
    if (rc == 0) {
        rc = calendar_of_feed(api->app, req->pool, key, &res->body, &e);
    }
    answer_calendar(req, res, "calendar.ics", rc, &e);
}

/* A page without script; its form may only go back to where it came from. */
static void answer_page(struct http_request *req, struct http_response *res, int rc,
                        const struct err *e)
{
    http_response_header(res, req->pool, "Cache-Control", "private, no-store");
    if (rc < 0) {
        problem_write(req, res, rc, e);
        return;
    }
    res->content_type = "text/html; charset=utf-8";
    http_response_header(res, req->pool, "Content-Security-Policy",
                         "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
}

static void unsubscribe(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    size_t n = strlen(UNSUBSCRIBE_LINKS);
    struct str key = {req->path.p + n, req->path.n - n};
    struct unsubscribe_request r = {req->remote, req->id, http_request_header(req, "User-Agent"),
                                    req->body};
    int rc = req->method == HTTP_POST ? unsubscribe_do(api->app, req->pool, key, &r, &res->body, &e)
                                      : unsubscribe_ask(api->app, req->pool, key, &res->body, &e);
    answer_page(req, res, rc, &e);
}

/* A file that goes along with a text, for the provider that sends it. */
static void media_file(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    struct id id;
    size_t n = strlen(MEDIA_LINKS);
    struct str link = {req->path.p + n, req->path.n - n};
    struct attachment_file file;
    int rc = ERR_NOT_FOUND;
    if (media_link_read(req->pool, api->media_secret, link, wall_now(), &id)) {
        rc = attachment_file_read(api->app, req->pool, id.text, &res->body, &file, &e);
    }
    http_response_header(res, req->pool, "Cache-Control", "private, no-store");
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->content_type = file.media_type;
    answer_file_headers(req, res, file.name);
}

static const struct route routes[] = {
    {"/", HTTP_GET, PERMISSION_NONE, true, root},
    {"/health", HTTP_GET, PERMISSION_NONE, true, health},
    {"/health/live", HTTP_GET, PERMISSION_NONE, true, health},
    {"/health/ready", HTTP_GET, PERMISSION_NONE, false, ready},
    {"/openapi.json", HTTP_GET, PERMISSION_NONE, true, openapi},
    {"/metrics", HTTP_GET, PERMISSION_SYSTEM_READ, false, figures},
    {CUSTOMER_CALENDARS, HTTP_GET, PERMISSION_NONE, false, customer_calendar},
    {UNSUBSCRIBE_LINKS, HTTP_GET | HTTP_POST, PERMISSION_NONE, false, unsubscribe},
    {MEDIA_LINKS, HTTP_GET, PERMISSION_NONE, false, media_file},
    {"/calendar.ics", HTTP_GET, PERMISSION_NONE, false, staff_calendar},
    {"/ws/live", HTTP_GET, PERMISSION_CONVERSATIONS_READ, false, live_accept},
    {"/ws/chat", HTTP_GET, PERMISSION_NONE, true, chat_accept},
    {SANDBOX_RELAY, HTTP_GET | HTTP_POST, PERMISSION_CONVERSATIONS_WRITE, false, sandbox_relay},
    {VOICE_SOCKETS, HTTP_GET, PERMISSION_NONE, false, voice_accept},
    {CALL_SOCKETS, HTTP_GET, PERMISSION_CALLS_LISTEN, false, listen_accept},
    {"/api/webhooks/twilio/sms", HTTP_POST, PERMISSION_NONE, false, webhook_twilio_sms},
    {"/api/webhooks/twilio/status", HTTP_POST, PERMISSION_NONE, false, webhook_twilio_status},
    {TWILIO_VOICE_PATH, HTTP_POST, PERMISSION_NONE, false, webhook_twilio_voice},
    {TWILIO_AFTER_PATH, HTTP_POST, PERMISSION_NONE, false, webhook_twilio_after},
    {TWILIO_WHISPER_PATH, HTTP_POST, PERMISSION_NONE, false, webhook_twilio_whisper},
    {TWILIO_CALL_STATUS_PATH, HTTP_POST, PERMISSION_NONE, false, webhook_twilio_call_status},
    {TWILIO_MACHINE_PATH, HTTP_POST, PERMISSION_NONE, false, webhook_twilio_machine},
    {TWILIO_RECORDING_PATH, HTTP_POST, PERMISSION_NONE, false, webhook_twilio_recording},
    {TWILIO_MEDIA_PATH, HTTP_GET, PERMISSION_NONE, true, webhook_twilio_media},
    {"/api/webhooks/sendgrid/events", HTTP_POST, PERMISSION_NONE, false, webhook_sendgrid_events},
    {"/api/webhooks/sendgrid/email", HTTP_POST, PERMISSION_NONE, false, webhook_sendgrid_email},
    {"/api/webhooks/sendgrid/email/", HTTP_POST, PERMISSION_NONE, false, webhook_sendgrid_email},
    {"/api/webhooks/whatsapp", HTTP_GET | HTTP_POST, PERMISSION_NONE, false, webhook_meta},
};
static const struct route asset_route = {"", HTTP_GET, PERMISSION_NONE, true, asset};
static const struct route preflight_route = {"", HTTP_OPTIONS, PERMISSION_NONE, true,
                                             chat_preflight};

static bool is_at(struct str path, const struct route *r)
{
    struct str at = str_of(r->path);
    bool below = at.n > 1 && at.p[at.n - 1] == '/';
    return below ? path.n > at.n && str_starts(path, at) : str_eq(path, at);
}

static enum http_where api_route(void *arg, struct http_request *req)
{
    struct match *m = pool_alloc(req->pool, sizeof *m);
    req->route = m;
    int method = req->method == HTTP_HEAD ? HTTP_GET : (int)req->method;
    for (size_t i = 0; i < ARRAY_SIZE(routes) && !m->route; i++) {
        if (is_at(req->path, &routes[i])) {
            bool secret = req->path.n > strlen(routes[i].path);
            m->secret = secret ? routes[i].path : NULL;
            m->methods = routes[i].methods;
            m->route = routes[i].methods & method ? &routes[i] : NULL;
            if (!m->route || m->route->on_loop) {
                return HTTP_ON_LOOP;
            }
            return method == HTTP_GET ? HTTP_ON_WORKER : HTTP_ON_WAITER;
        }
    }
    if (method == HTTP_OPTIONS && chat_path(req->path)) {
        m->route = &preflight_route;
        return HTTP_ON_LOOP;
    }
    m->op = op_of_path(req->path, method, m->values, PATH_VALUES_MAX, &m->n_values, &m->methods);
    m->here = m->op && quick_here(arg, m->op, req->query);
    if (m->here) {
        return HTTP_ON_LOOP;
    }
    if (m->op) { /* what changes something waits for its commit */
        return method == HTTP_GET ? HTTP_ON_WORKER : HTTP_ON_WAITER;
    }
    if (!m->methods && (method & HTTP_GET) && asset_at(req->path)) {
        m->route = &asset_route;
    }
    return HTTP_ON_LOOP;
}

static void no_such(struct http_request *req, struct http_response *res, const struct match *m)
{
    struct err e = {0};
    if (!m->methods) {
        err_set(&e, ERR_NOT_FOUND,
                "there is nothing at this path; /openapi.json has what there is");
        problem_write(req, res, ERR_NOT_FOUND, &e);
        return;
    }
    char allow[80] = "";
    size_t n = 0;
    for (int bit = HTTP_GET; bit <= HTTP_OPTIONS && n < sizeof allow; bit <<= 1) {
        if (m->methods & bit) {
            n += (size_t)snprintf(allow + n, sizeof allow - n, "%s%s", n ? ", " : "",
                                  http_method_name((enum http_method)bit));
        }
    }
    err_set(&e, ERR_METHOD, "this path takes %s", allow);
    problem_write(req, res, ERR_METHOD, &e);
    http_response_header(res, req->pool, "Allow", "%s", allow);
}

/* The body as JSON; none is fine, each operation says what it needs. */
static int read_body(const struct http_request *req, json_t **out, struct err *e)
{
    if (req->body.n == 0) {
        return 0;
    }
    struct str type = http_request_header(req, "Content-Type");
    struct str kind = str_trim(str_cut(&type, ';'));
    if (!str_eq_nocase(kind, STR("application/json"))) {
        return err_set(e, ERR_MEDIA_TYPE, "the body must be application/json");
    }
    if (!utf8_valid(req->body)) {
        return err_set(e, ERR_MALFORMED, "the body is not valid UTF-8");
    }
    return json_read(req->pool, req->body, out, e);
}

/* The operation's parameters from path, query and body. */
static int read_input(struct http_request *req, const struct match *m, const void **in,
                      struct err *e)
{
    struct form query = {0};
    json_t *body = NULL;
    int rc = req->query.n ? form_parse(req->pool, req->query, &query, e) : 0;
    if (rc == 0) {
        rc = read_body(req, &body, e);
    }
    if (rc < 0) {
        return rc;
    }
    size_t n = m->n_values;
    struct op_value *values = pool_calloc(req->pool, n + query.n, sizeof *values);
    memcpy(values, m->values, n * sizeof *values);
    for (size_t i = 0; i < query.n; i++) {
        values[n++] =
            (struct op_value){str_dup(req->pool, query.pairs[i].name), query.pairs[i].value};
    }
    return op_read(req->pool, m->op, values, n, body, false, in, e);
}

static int read_key(struct http_request *req, struct op_call *call, struct err *e)
{
    struct str key = http_request_header(req, "Idempotency-Key");
    if (!key.p || !call->op->idempotent) {
        return 0;
    }
    if (key.n == 0 || key.n > IDEMPOTENCY_KEY_MAX || !utf8_valid(key)) {
        return err_field(e, ERR_MALFORMED, "Idempotency-Key",
                         "the key must have 1 to %d characters", IDEMPOTENCY_KEY_MAX);
    }
    unsigned char digest[SHA256_BYTES];
    struct buf both;
    buf_init(&both, req->body.n + req->target.n + 1);
    buf_put_str(&both, req->target);
    buf_putc(&both, '\n');
    buf_put_str(&both, req->body);
    sha256(buf_str(&both), digest);
    buf_clear(&both);
    call->idempotency_key = str_dup(req->pool, key);
    call->body_sha256 = hex_encode(req->pool, digest, sizeof digest);
    return 0;
}

static int run_operation(const struct api *api, struct http_request *req, struct http_response *res,
                         const struct match *m, struct err *e)
{
    struct actor actor;
    struct str origin = http_request_header(req, "Origin");
    struct op_call call = {.app = api->app,
                           .pool = req->pool,
                           .actor = &actor,
                           .out = &res->body,
                           .status = m->op->status,
                           .remote = chat_remote(api, req),
                           .origin = origin.p ? str_dup(req->pool, origin) : NULL,
                           .op = m->op};
    int rc = auth_actor(api, req, &actor, &call.session, e);
    if (rc == ERR_UNAUTHENTICATED && m->op->permission == PERMISSION_NONE) {
        rc = 0; /* an old cookie does not keep anybody from signing in */
    }
    if (rc == 0) {
        rc = auth_allow(&actor, m->op->permission, e);
    }
    if (rc == 0 && m->op->permission != PERMISSION_NONE) {
        rc = auth_same_site(api, req, call.session, e);
    }
    if (rc == 0) {
        rc = read_input(req, m, &call.in, e);
    }
    if (rc == 0) {
        rc = read_key(req, &call, e);
    }
    if (rc == 0) {
        rc = op_run(&call, e);
    }
    if (rc == 0 && buf_failed(&res->body)) {
        rc = err_set(e, ERR_TOO_LARGE, "the answer would be too large; ask for less");
    }
    if (rc < 0) {
        return rc;
    }
    res->status = call.status;
    res->in_file = call.in_file;
    res->file = call.answer_file;
    res->content_type = call.media     ? call.media
                        : m->op->media ? pool_printf(req->pool, "%s; charset=utf-8", m->op->media)
                                       : "application/json";
    if (call.file) {
        answer_file_headers(req, res, call.file);
    }
    http_response_header(res, req->pool, "Cache-Control", "no-store");
    if (call.cookie) {
        http_response_header(res, req->pool, "Set-Cookie", "%s%s", call.cookie,
                             api->secure ? "; Secure" : "");
    }
    return 0;
}

/* A fixed route that needs a permission. */
static int admit(const struct api *api, struct http_request *req, const struct route *r,
                 struct err *e)
{
    if (r->permission == PERMISSION_NONE) {
        return 0;
    }
    struct actor actor;
    const char *session;
    int rc = auth_actor(api, req, &actor, &session, e);
    if (rc == 0) {
        rc = auth_allow(&actor, r->permission, e);
    }
    return rc == 0 ? auth_same_site(api, req, session, e) : rc;
}

static void api_handle(void *arg, struct http_request *req, struct http_response *res)
{
    const struct api *api = arg;
    const struct match *m = req->route;
    struct err e = {0};
    int rc = 0;
    http_response_header(res, req->pool, "X-Content-Type-Options", "nosniff");
    http_response_header(res, req->pool, "Referrer-Policy", "no-referrer");
    struct mono began = m->here ? mono_now() : (struct mono){0};
    if (m->op) {
        rc = chat_path(req->path) ? chat_admit(api, req, res, &e) : 0;
        rc = rc < 0 ? rc : run_operation(api, req, res, m, &e);
    } else if (m->route) {
        rc = admit(api, req, m->route, &e);
        if (rc == 0) {
            m->route->fn(api, req, res);
        }
    } else {
        no_such(req, res, m);
    }
    if (rc < 0) {
        if (err_http_status(rc) >= 500 && rc != ERR_UNAVAILABLE) {
            log_error("request failed", LOG_TEXT("request", req->id), LOG_TEXT("why", e.text));
        }
        problem_write(req, res, rc, &e);
    }
    if (m->here) {
        quick_took(began);
    }
}

/* One line a request: reads at debug, what changes something or was refused at info. */
static void api_done(void *arg, const struct http_request *req, int status, size_t bytes)
{
    (void)arg;
    bool quiet = status < 400 && (req->method & (HTTP_GET | HTTP_HEAD));
    enum log_level level = status >= 500 ? LOG_WARN : quiet ? LOG_DEBUG : LOG_INFO;
    if (!log_enabled(level)) {
        return;
    }
    char path[128];
    const struct match *m = req->route;
    struct str shown = m && m->secret ? str_of(m->secret) : req->path;
    snprintf(path, sizeof path, STR_FMT, (int)MIN_OF(shown.n, sizeof path - 1), shown.p);
    const struct log_field fields[] = {
        LOG_TEXT("request", req->id),  LOG_TEXT("method", http_method_name(req->method)),
        LOG_TEXT("path", path),        LOG_I64("status", status),
        LOG_I64("bytes", bytes),       LOG_I64("us", mono_us_since(req->received)),
        LOG_TEXT("from", req->remote), {0},
    };
    log_write(level, "request", fields);
}

static void api_refuse(void *arg, struct http_request *req, int code, const char *why,
                       struct http_response *res)
{
    (void)arg;
    struct err e = {0};
    err_set(&e, code, "%s", why);
    problem_write(req, res, code, &e);
}

const struct http_app api_http_app = {
    .route = api_route,
    .handle = api_handle,
    .done = api_done,
    .refuse = api_refuse,
};
