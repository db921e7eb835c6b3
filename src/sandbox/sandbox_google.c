/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which request of Google's goes where, injected faults, and the control paths. A request is
 * answered on the desk; waiting is done before and after.
 */
#include "sandbox/sandbox_google.h"

#include <stdlib.h>

#include "base/json_read.h"
#include "base/rsa.h"
#include "sandbox/sandbox_google_private.h"

#define HANG_MS 60000

void google_error(struct http_response *res, int status, const char *domain, const char *reason,
                  const char *message)
{
    res->status = status;
    res->content_type = "application/json; charset=UTF-8";
    buf_reset(&res->body);
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_key(&j, "error");
    jw_object(&j);
    jw_kv_i64(&j, "code", status);
    jw_kv_text(&j, "message", message);
    jw_key(&j, "errors");
    jw_array(&j);
    jw_object(&j);
    jw_kv_text(&j, "domain", domain);
    jw_kv_text(&j, "reason", reason);
    jw_kv_text(&j, "message", message);
    jw_object_end(&j);
    jw_array_end(&j);
    jw_object_end(&j);
    jw_object_end(&j);
}

static struct str after(struct str path, const char *prefix)
{
    size_t n = strlen(prefix);
    return str_starts(path, str_of(prefix)) ? (struct str){path.p + n, path.n - n}
                                            : (struct str){NULL, 0};
}

static void serve(struct sandbox *s, void *arg)
{
    const struct google_task *t = arg;
    struct str path = t->req->path;
    struct str events = after(path, "/calendar/v3/calendars/");
    t->res->status = 200;
    t->res->content_type = "application/json; charset=UTF-8";
    if (str_eq(path, STR("/token")) && t->req->method == HTTP_POST) {
        google_token(s, t);
    } else if (!google_token_ok(s, t->req)) {
        google_error(t->res, 401, "global", "authError", "Invalid Credentials");
    } else if (str_eq(path, STR("/calendar/v3/freeBusy")) && t->req->method == HTTP_POST) {
        google_busy(s, t);
    } else if (events.p) {
        google_events(s, t, events);
    } else {
        google_error(t->res, 404, "global", "notFound", "Not Found");
    }
}

static void answer_fault(struct sandbox *s, const struct sandbox_fault *f, struct http_request *req,
                         struct http_response *res)
{
    int status = f->trouble == TROUBLE_HANG ? 503 : f->status;
    const char *reason = f->reason[0]    ? f->reason
                         : status == 401 ? "authError"
                         : status == 403 ? "rateLimitExceeded"
                         : status == 429 ? "rateLimitExceeded"
                         : status >= 500 ? "backendError"
                                         : "badRequest";
    if (f->trouble == TROUBLE_HANG) {
        sandbox_sleep(s, f->hang_ms ? f->hang_ms : HANG_MS);
    }
    if (f->retry_after_s) {
        http_response_header(res, req->pool, "Retry-After", "%d", f->retry_after_s);
    }
    google_error(res, status, status == 401 ? "global" : "usageLimits", reason,
                 "a fault that was asked for");
}

void sandbox_google_serve(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct google_task t = {req, res};
    struct sandbox_fault fault;
    const char *part = str_eq(req->path, STR("/token"))        ? "token"
                       : str_ends(req->path, STR("/freeBusy")) ? "busy"
                                                               : "events";
    bool faulty = sandbox_take_google_fault(s, part, &fault);
    bool answers = faulty && (fault.trouble == TROUBLE_STATUS || fault.trouble == TROUBLE_HANG);
    if (faulty && fault.latency_ms) {
        sandbox_sleep(s, fault.latency_ms);
    }
    if (!answers || fault.after) {
        sandbox_do(s, serve, &t);
    }
    if (answers) {
        answer_fault(s, &fault, req, res);
    }
}

/* ---- control ---------------------------------------------------------------------------- */

static void write_all(struct sandbox *s, void *arg)
{
    const struct google_task *t = arg;
    const struct google_state *g = s->google;
    struct form f;
    struct str wanted = {NULL, 0};
    if (form_parse(t->req->pool, t->req->query, &f, NULL) == 0) {
        wanted = form_get(&f, "calendar");
    }
    struct jw j = jw_to(&t->res->body);
    jw_object(&j);
    jw_key(&j, "events");
    jw_array(&j);
    for (size_t i = 0; i < g->n; i++) {
        if (!wanted.p || str_eq(wanted, str_of(g->events[i].calendar))) {
            jw_object(&j);
            jw_kv_text(&j, "calendar", g->events[i].calendar);
            jw_kv_bool(&j, "deleted", g->events[i].deleted);
            jw_key(&j, "event");
            google_write_event(&j, t->req->pool, &g->events[i]);
            jw_object_end(&j);
        }
    }
    jw_array_end(&j);
    jw_kv_i64(&j, "tokens", g->tokens);
    jw_kv_i64(&j, "questions", g->questions);
    jw_kv_i64(&j, "inserts", g->inserts);
    jw_kv_i64(&j, "patches", g->patches);
    jw_kv_i64(&j, "deletes", g->deletes);
    jw_object_end(&j);
}

static json_t *moment(const char *text)
{
    return json_pack("{s:s}", "dateTime", text);
}

static void drop(void *json)
{
    json_decref(json);
}

static void add_by_hand(struct sandbox *s, void *arg)
{
    const struct google_task *t = arg;
    json_t *body = NULL;
    if (json_read(t->req->pool, t->req->body, &body, NULL) < 0) {
        google_error(t->res, 400, "global", "parseError", "Parse Error");
        return;
    }
    json_t *event = json_pack("{s:s, s:o, s:o}", "summary", json_get_text(body, "summary", "Busy"),
                              "start", moment(json_get_text(body, "start", "")), "end",
                              moment(json_get_text(body, "end", "")));
    pool_on_free(t->req->pool, drop, event);
    struct str calendar = str_of(json_get_text(body, "calendar", "primary"));
    const struct google_event *made = google_insert(s, t, calendar, event);
    if (made) {
        struct jw j = jw_to(&t->res->body);
        google_write_event(&j, t->req->pool, made);
    }
}

static void delete_by_hand(struct sandbox *s, void *arg)
{
    const struct google_task *t = arg;
    struct form f;
    struct google_event *ev = NULL;
    if (form_parse(t->req->pool, t->req->query, &f, NULL) == 0) {
        ev = google_find(s, form_get(&f, "calendar"), form_get(&f, "id"));
    }
    if (!ev) {
        google_error(t->res, 404, "global", "notFound", "Not Found");
        return;
    }
    ev->deleted = ev->by_hand = true;
    buf_puts(&t->res->body, "{\"status\":\"deleted\"}");
}

static void write_key(struct sandbox *s, void *arg)
{
    const struct google_task *t = arg;
    buf_put_str(&t->res->body, google_key_file(s, t->req->pool));
}

int sandbox_google_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                           struct err *e)
{
    struct google_task t = {req, res};
    bool key = str_eq(req->path, STR("/sandbox/google-key"));
    if (req->method == HTTP_GET) {
        sandbox_do(s, key ? write_key : write_all, &t);
    } else if (!key && req->method == HTTP_POST) {
        sandbox_do(s, add_by_hand, &t);
    } else if (!key && req->method == HTTP_DELETE) {
        sandbox_do(s, delete_by_hand, &t);
    } else {
        return err_set(e, ERR_METHOD, "the path takes another method");
    }
    return 0;
}

struct asked {
    struct pool *pool;
    struct str text;
    const char *calendar;
    int n;
};

static void ask_key(struct sandbox *s, void *arg)
{
    struct asked *a = arg;
    a->text = google_key_file(s, a->pool);
}

struct str sandbox_google_key_file(struct sandbox *s, struct pool *p)
{
    struct asked a = {.pool = p};
    sandbox_do(s, ask_key, &a);
    return a.text;
}

static void count(struct sandbox *s, void *arg)
{
    struct asked *a = arg;
    for (size_t i = 0; i < s->google->n; i++) {
        const struct google_event *ev = &s->google->events[i];
        a->n += !ev->deleted && strcmp(ev->calendar, a->calendar) == 0;
    }
}

int sandbox_google_events(struct sandbox *s, const char *calendar)
{
    struct asked a = {.calendar = calendar};
    sandbox_do(s, count, &a);
    return a.n;
}

void sandbox_google_clear(struct sandbox *s)
{
    struct google_state *g = s->google;
    for (size_t i = 0; g && i < g->n; i++) {
        free(g->events[i].calendar);
        free(g->events[i].id);
        free(g->events[i].body);
    }
    if (g) {
        free(g->events);
        rsa_key_free(&g->key);
    }
    free(g);
    s->google = NULL;
}
