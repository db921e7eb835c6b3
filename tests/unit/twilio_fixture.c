/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox, a small product, and what passes between them. */
#include "twilio_fixture.h"

#include "base/buf.h"
#include "channels/inbound_sms.h"
#include "channels/twilio_signature.h"

static enum http_where on_worker(void *arg UNUSED, struct http_request *req UNUSED)
{
    return HTTP_ON_WORKER;
}

static void echo_text(struct product *x, struct pool *p, struct str body)
{
    struct http_client *http CLEANUP(http_client_free) = http_client_new();
    struct provider_account account = {
        .api_url = pool_printf(p, "http://127.0.0.1:%d", sandbox_port(x->sandbox)),
        .account = SANDBOX_ACCOUNT,
        .secret = TOKEN,
        .timeout_ms = 5000,
    };
    struct provider_send m = {
        .from = SANDBOX_NUMBER,
        .to = CUSTOMER,
        .body = str_of(pool_printf(p, "You said: " STR_FMT, STR_ARG(body))),
        .status_url = pool_printf(p, "http://127.0.0.1:%d/status", x->port),
    };
    struct provider_result r;
    provider_twilio.send(http, p, &account, &m, &r);
}

static void take_text(struct product *x, struct pool *p, const struct form *form,
                      struct http_response *res)
{
    struct inbound_sms sms;
    if (inbound_sms_read(form, &sms, NULL)) {
        res->status = 422;
        return;
    }
    snprintf(x->last_body, sizeof x->last_body, STR_FMT, STR_ARG(sms.body));
    atomic_fetch_add(&x->texts, 1);
    if (x->echo) {
        echo_text(x, p, sms.body);
    }
}

static void take_report(struct product *x, const struct form *form, struct http_response *res)
{
    struct sms_report r;
    int n = atomic_load(&x->reports);
    if (sms_report_read(form, &r, NULL) || n == SEEN_MAX) {
        res->status = 422;
        return;
    }
    snprintf(x->seen[n].sid, sizeof x->seen[n].sid, STR_FMT, STR_ARG(r.message_sid));
    snprintf(x->seen[n].status, sizeof x->seen[n].status, "%s", r.status);
    snprintf(x->seen[n].error_code, sizeof x->seen[n].error_code, "%s", r.error_code);
    atomic_store(&x->reports, n + 1);
}

static void handle(void *arg, struct http_request *req, struct http_response *res)
{
    struct product *x = arg;
    struct form form;
    char *url =
        pool_printf(req->pool, "http://127.0.0.1:%d" STR_FMT, x->port, STR_ARG(req->target));
    struct str signature = http_request_header(req, "X-Twilio-Signature");
    res->status = 200;
    if (form_parse(req->pool, req->body, &form, NULL) ||
        (!x->gullible &&
         !twilio_signature_ok(req->pool, STR(TOKEN), signature, str_of(url), &form, req->body))) {
        atomic_fetch_add(&x->forged, 1);
        res->status = 403;
    } else if (str_eq(req->path, STR(SANDBOX_SMS_PATH))) {
        take_text(x, req->pool, &form, res);
    } else {
        take_report(x, &form, res);
    }
}

static void refuse(void *arg UNUSED, struct http_request *req UNUSED, int code,
                   const char *why UNUSED, struct http_response *res)
{
    res->status = err_http_status(code);
}

bool twilio_begin(struct fixture *f, const char *journal)
{
    static const struct http_app app = {on_worker, handle, NULL, refuse};
    struct http_config config = {
        .listen = "127.0.0.1:0",
        .io_threads = 1,
        .workers = 1,
        .header_max_bytes = 16384,
        .body_max_bytes = 65536,
        .response_max_bytes = 65536,
        .request_ms = 5000,
        .idle_ms = 5000,
        .connections_max = 64,
        .connections_per_address = 64,
    };
    *f = (struct fixture){.pool = pool_new(), .http = http_client_new()};
    struct err e = {0};
    if (!OK_MSG(http_server_new(&config, &app, &f->product, &f->product.server, &e) == 0, "%s",
                e.text)) {
        return false;
    }
    f->product.port = http_server_port(f->product.server);
    struct sandbox_config sandbox = {
        .listen = "127.0.0.1:0",
        .token = TOKEN,
        .product_url = pool_printf(f->pool, "http://127.0.0.1:%d/", f->product.port),
        .journal = journal,
        .callback_ms = 20,
    };
    if (!OK_MSG(sandbox_new(&sandbox, &f->sandbox, &e) == 0, "%s", e.text)) {
        return false;
    }
    f->product.sandbox = f->sandbox;
    f->account = (struct provider_account){
        .api_url = pool_printf(f->pool, "http://127.0.0.1:%d/", sandbox_port(f->sandbox)),
        .account = SANDBOX_ACCOUNT,
        .secret = TOKEN,
        .timeout_ms = 5000,
    };
    f->message = (struct provider_send){
        .from = SANDBOX_NUMBER,
        .to = CUSTOMER,
        .body = STR("hello"),
        .status_url = pool_printf(f->pool, "http://127.0.0.1:%d/status?x=1", f->product.port),
    };
    return true;
}

void twilio_end(struct fixture *f)
{
    sandbox_free(&f->sandbox);
    if (f->product.server) {
        http_server_stop(&f->product.server, 1000);
    }
    http_client_free(&f->http);
    pool_free(&f->pool);
}

struct provider_result twilio_send_text(struct fixture *f)
{
    struct provider_result r;
    provider_twilio.send(f->http, f->pool, &f->account, &f->message, &r);
    return r;
}

bool twilio_wait_for(atomic_int *counter, int n)
{
    for (int i = 0; i < 500 && atomic_load(counter) < n; i++) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return atomic_load(counter) >= n;
}

int twilio_ask(struct fixture *f, const char *method, const char *path, const char *body,
               json_t **out)
{
    struct http_call call = {
        .method = method,
        .url = pool_printf(f->pool, "http://127.0.0.1:%d%s", sandbox_port(f->sandbox), path),
        .body = str_of(body),
        .timeout_ms = 5000,
        .connect_timeout_ms = 1000,
        .answer_max_bytes = 1u << 20,
    };
    struct http_answer answer = {0};
    struct err e = {0};
    if (!OK_MSG(http_client_call(f->http, f->pool, &call, &answer, &e) == 0, "%s", e.text) ||
        !OK_MSG(json_read(f->pool, answer.body, out, &e) == 0, "%s", e.text)) {
        *out = json_object();
        return 0;
    }
    return answer.status;
}
