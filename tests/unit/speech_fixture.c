/* SPDX-License-Identifier: Apache-2.0 */
#include "speech_fixture.h"

#include <stdlib.h>

#include "tap.h"

static enum http_where route(void *arg, struct http_request *r)
{
    (void)arg, (void)r;
    return HTTP_ON_WORKER;
}

static void handle(void *arg, struct http_request *r, struct http_response *res)
{
    struct speech_server *s = arg;
    pthread_mutex_lock(&s->lock);
    buf_reset(&s->asked);
    for (size_t i = 0; i < r->n_headers; i++) {
        buf_printf(&s->asked, STR_FMT ": " STR_FMT "\n", STR_ARG(r->headers[i].name),
                   STR_ARG(r->headers[i].value));
    }
    buf_put_str(&s->asked, r->body);
    snprintf(s->path, sizeof s->path, STR_FMT, STR_ARG(r->path));
    res->status = s->status;
    res->content_type = s->content_type;
    buf_put_str(&res->body, s->answer);
    pthread_mutex_unlock(&s->lock);
    s->requests++;
}

static void refuse(void *arg, struct http_request *r, int code, const char *why,
                   struct http_response *res)
{
    (void)arg, (void)r, (void)why;
    res->status = err_http_status(code);
}

void speech_server_start(struct speech_server *s)
{
    static const struct http_app app = {.route = route, .handle = handle, .refuse = refuse};
    *s = (struct speech_server){.status = 200, .content_type = "audio/wav"};
    pthread_mutex_init(&s->lock, NULL);
    buf_init(&s->asked, 4u << 20);
    struct http_config config = {
        .listen = "127.0.0.1:0", .io_threads = 1, .workers = 1, .body_max_bytes = 4u << 20};
    struct err e = {0};
    int rc = http_server_new(&config, &app, s, &s->server, &e);
    if (!OK_MSG(rc == 0, "%s", err_text(&e, rc))) {
        abort();
    }
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d/v1", http_server_port(s->server));
}

void speech_server_stop(struct speech_server *s)
{
    http_server_stop(&s->server, 2000);
    buf_clear(&s->asked);
    pthread_mutex_destroy(&s->lock);
}

bool speech_server_asked(struct speech_server *s, const char *what)
{
    pthread_mutex_lock(&s->lock);
    struct str all = buf_str(&s->asked);
    bool found = memmem(all.p, all.n, what, strlen(what)) != NULL;
    pthread_mutex_unlock(&s->lock);
    return found;
}
