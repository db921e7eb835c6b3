/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox's beginning, its end, and which file answers which path. Requests run on workers, as
 * an injected fault may let any of them wait.
 */
#include "sandbox/sandbox.h"

#include <errno.h>

#include "channels/inbound_sms.h"
#include "domain/phone.h"
#include "io/http_client.h"
#include "io/thread.h"
#include "sandbox/sandbox_google_private.h"
#include "sandbox/sandbox_mail_private.h"
#include "sandbox/sandbox_meta_private.h"
#include "sandbox/sandbox_model_private.h"
#include "sandbox/sandbox_page.h"
#include "sandbox/sandbox_private.h"
#include "sandbox/sandbox_realtime_private.h"
#include "sandbox/sandbox_site.h"
#include "sandbox/sandbox_speech_private.h"
#include "sandbox/sandbox_voice_private.h"

#define STOP_MS 2000

static enum http_where on_worker(void *arg, struct http_request *req)
{
    (void)req;
    voice_note_loop(arg);
    return HTTP_ON_WORKER;
}

static void refuse(void *arg, struct http_request *req, int code, const char *why,
                   struct http_response *res)
{
    (void)arg;
    (void)req;
    res->status = err_http_status(code);
    res->content_type = "application/json";
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_i64(&j, "code", 20000 + res->status);
    jw_kv_text(&j, "message", why ? why : err_title(code));
    jw_kv_i64(&j, "status", res->status);
    jw_object_end(&j);
}

static void handle(void *arg, struct http_request *req, struct http_response *res)
{
    struct sandbox *s = arg;
    if (str_starts(req->path, STR("/2010-04-01/"))) {
        sandbox_rest(s, req, res);
    } else if (str_eq(req->path, STR("/v1/realtime"))) {
        sandbox_realtime_serve(s, req, res);
    } else if (str_starts(req->path, STR("/v1/audio/"))) {
        sandbox_speech_serve(s, req, res);
    } else if (str_starts(req->path, STR("/v1/"))) {
        sandbox_model_serve(s, req, res);
    } else if (sandbox_meta_is(req->path)) {
        sandbox_meta_serve(s, req, res);
    } else if (str_eq(req->path, STR("/token")) || str_starts(req->path, STR("/calendar/"))) {
        sandbox_google_serve(s, req, res);
    } else if (str_starts(req->path, STR("/v3/"))) {
        sandbox_mail_api(s, req, res);
    } else if (sandbox_page_serve(req, res) || sandbox_site_serve(s, req, res)) {
        return;
    } else if (str_starts(req->path, STR("/sandbox/media/"))) {
        sandbox_media_storage(s, req, res);
    } else if (str_starts(req->path, STR("/sandbox/")) || str_eq(req->path, STR("/health"))) {
        sandbox_control(s, req, res);
    } else {
        refuse(s, req, ERR_NOT_FOUND, "the sandbox has no such path", res);
    }
}

static const struct http_app app = {.route = on_worker, .handle = handle, .refuse = refuse};

static int check(const struct sandbox_config *c, struct err *e)
{
    if (!c->token || !c->token[0] || strlen(c->token) >= sizeof((struct sandbox *)0)->token) {
        return err_set(e, ERR_CONFIG, "the sandbox needs a token of 1 to %zu characters",
                       sizeof((struct sandbox *)0)->token - 1);
    }
    if (c->account && !twilio_sid_ok(str_of(c->account), "AC")) {
        return err_set(e, ERR_CONFIG, "the account is AC and 32 hexadecimal digits");
    }
    if (c->number && !phone_is_e164(str_of(c->number))) {
        return err_set(e, ERR_CONFIG, "the sandbox's number is not in E.164 form");
    }
    const char *const words[] = {c->meta_token, c->meta_secret, c->meta_verify};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (words[i] && strlen(words[i]) >= sizeof((struct sandbox *)0)->meta.token) {
            return err_set(e, ERR_CONFIG, "the sandbox takes Meta's tokens up to %zu characters",
                           sizeof((struct sandbox *)0)->meta.token - 1);
        }
    }
    if (c->product_url && strlen(c->product_url) >= SANDBOX_URL_BYTES - 100) {
        return err_set(e, ERR_CONFIG, "the product's address is too long");
    }
    return 0;
}

static int open_journal(struct sandbox *s, const char *path, struct err *e)
{
    s->journal = path ? fopen(path, "ae") : NULL;
    if (path && !s->journal) {
        char why[64];
        return err_set(e, ERR_IO, "the journal %s cannot be opened: %s", path,
                       strerror_r(errno, why, sizeof why));
    }
    return 0;
}

static int start(struct sandbox *s, const struct sandbox_config *c, struct err *e)
{
    struct http_config http = {
        .listen = c->listen,
        .io_threads = 1,
        .workers = c->workers ? c->workers : 64, /* many may hang or be slow at a time */
        .header_max_bytes = 32u << 10,
        .body_max_bytes = 48u << 20, /* an e-mail's files, in base64 */
        .response_max_bytes = 32u << 20,
        .request_ms = 15000,
        .idle_ms = 75000,
        .connections_max = 1024,
        .connections_per_address = 1024,
    };
    for (int i = 0; i < SANDBOX_CALLERS; i++) {
        s->callers[i] =
            (struct caller){.sandbox = s, .bell = bell_new(), .client = http_client_new()};
    }
    s->desk = workers_new("sandbox-desk", 1);
    int rc = sandbox_mails_start(s, c, e); /* before anybody can ask about them */
    rc = rc ? rc : voice_start(s, c->database, e);
    rc = rc ? rc : http_server_new(&http, &app, s, &s->http, e);
    for (int i = 0; i < SANDBOX_CALLERS && rc == 0; i++) {
        s->callers[i].thread = thread_start("sandbox-call", sandbox_caller, &s->callers[i]);
    }
    return rc;
}

static void set_meta(struct sandbox *s, const struct sandbox_config *c)
{
    const char *token = c->meta_token ? c->meta_token : c->token;
    const char *secret = c->meta_secret ? c->meta_secret : c->token;
    const char *verify = c->meta_verify ? c->meta_verify : c->token;
    const char *id = c->meta_phone_id ? c->meta_phone_id : SANDBOX_META_PHONE_ID;
    snprintf(s->meta.token, sizeof s->meta.token, "%s", token);
    snprintf(s->meta.secret, sizeof s->meta.secret, "%s", secret);
    snprintf(s->meta.verify, sizeof s->meta.verify, "%s", verify);
    snprintf(s->meta.phone_id, sizeof s->meta.phone_id, "%s", id);
    snprintf(s->meta.number, sizeof s->meta.number, "%s", SANDBOX_META_NUMBER);
}

int sandbox_new(const struct sandbox_config *c, struct sandbox **out, struct err *e)
{
    int rc = check(c, e);
    if (rc) {
        return rc;
    }
    struct sandbox *s = xcalloc(1, sizeof *s);
    snprintf(s->account, sizeof s->account, "%s", c->account ? c->account : SANDBOX_ACCOUNT);
    snprintf(s->token, sizeof s->token, "%s", c->token);
    snprintf(s->number, sizeof s->number, "%s", c->number ? c->number : SANDBOX_NUMBER);
    snprintf(s->product_url, sizeof s->product_url, "%s", c->product_url ? c->product_url : "");
    set_meta(s, c);
    s->callback_ms = c->callback_ms ? c->callback_ms : 100;
    s->max = c->messages_max ? c->messages_max : 20000;
    s->first = s->next = 1;
    s->ring = xcalloc((size_t)s->max, sizeof *s->ring);
    s->google = xcalloc(1, sizeof *s->google);
    sandbox_realtime_begin(s);
    s->speech = speech_desk_new();
    s->steps = xcalloc((size_t)s->max * 2, sizeof *s->steps);
    rc = open_journal(s, c->journal, e);
    rc = rc ? rc : start(s, c, e);
    if (rc) {
        sandbox_free(&s);
        return rc;
    }
    *out = s;
    return 0;
}

void sandbox_free(struct sandbox **sandbox)
{
    struct sandbox *s = *sandbox;
    if (!s) {
        return;
    }
    atomic_store(&s->stopping, true);
    voice_stop(s);
    if (s->http) {
        http_server_stop(&s->http, STOP_MS);
    }
    for (int i = 0; i < SANDBOX_CALLERS; i++) {
        struct caller *c = &s->callers[i];
        if (c->bell) {
            bell_ring(c->bell);
        }
        thread_join(&c->thread);
    }
    sandbox_mails_stop(s);
    workers_free(&s->desk);
    for (int i = 0; i < SANDBOX_CALLERS; i++) {
        bell_free(&s->callers[i].bell);
        http_client_free(&s->callers[i].client);
    }
    voice_clear(s);
    sandbox_mails_clear(s);
    sandbox_realtime_clear(s);
    speech_desk_free(&s->speech);
    sandbox_state_clear(s);
    free(s);
    *sandbox = NULL;
}

int sandbox_port(const struct sandbox *s)
{
    return http_server_port(s->http);
}

static void set_product(struct sandbox *s, void *arg)
{
    snprintf(s->product_url, sizeof s->product_url, "%s", (const char *)arg);
}

void sandbox_set_product(struct sandbox *s, const char *product_url)
{
    char *copy = xstrdup(product_url);
    sandbox_do(s, set_product, copy);
    free(copy);
}

static void read_accepted(struct sandbox *s, void *arg)
{
    *(int64_t *)arg = s->accepted;
}

int64_t sandbox_accepted(struct sandbox *s)
{
    int64_t n = 0;
    sandbox_do(s, read_accepted, &n);
    return n;
}
