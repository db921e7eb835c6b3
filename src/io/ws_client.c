/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to an open WebSocket of ours: name, connection (each address in turn), TLS, request,
 * answer. All of that has one deadline. From there on ws.c knows no difference.
 */
#include "io/ws_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "base/id.h"
#include "base/metrics.h"
#include "io/ws_answer.h"
#include "io/ws_private.h"

#define CONNECT_MS 10000
#define ATTEMPT_MS 3000 /* for an address, when there are more */
#define PING_MS 30000
#define REQUEST_BYTES 16384

struct ws_dial {
    struct loop_timer *timer;
    struct mono by;
    struct lookup at;      /* where: host and port, then what was found */
    struct addrinfo *next; /* address to be tried */
    bool connecting;       /* inside of libevent's connect, from where it may call back */
    bool failed;
    struct buf request;
    char accept[WS_ACCEPT_BYTES];
    char *protocol; /* the sub-protocols that are offered; NULL: none */
    char why[WS_ANSWER_WHY_BYTES + 80];
};

/* A lookup on its way through a thread of its own. Holds a reference. */
struct question {
    struct lookup lookup;
    struct ws *ws;
};

static void try_next(struct ws *ws);

void ws_dial_free(struct ws_dial **pd)
{
    struct ws_dial *d = *pd;
    if (d) {
        loop_timer_free(&d->timer);
        lookup_clear(&d->at);
        buf_clear(&d->request);
        free(d->protocol);
        free(d);
        *pd = NULL;
    }
}

/* A descriptor that is closed in the loop's next turn, when it is no longer watched: see loop_new.
 */
struct last_turn {
    struct loop_task task;
    int fd;
};

static void close_now(struct loop_task *t)
{
    struct last_turn *last =
        (struct last_turn *)(void *)((char *)t - offsetof(struct last_turn, task));
    close(last->fd);
    free(last);
}

void ws_release_bev(struct ws *ws)
{
    struct bufferevent *bev = ws->bev;
    int fd = bev ? bufferevent_getfd(bev) : -1;
    SSL *ssl = bev ? bufferevent_openssl_get_ssl(bev) : NULL;
    if (!bev) {
        return;
    }
    if (ssl && SSL_is_init_finished(ssl)) {
        SSL_shutdown(ssl);
        ERR_clear_error();
    }
    bufferevent_disable(bev, EV_READ | EV_WRITE);
    if (fd >= 0 && bufferevent_setfd(bev, -1) == 0) {
        struct last_turn *last = xmalloc(sizeof *last);
        *last = (struct last_turn){.task.run = close_now, .fd = fd};
        loop_post(ws->loop, &last->task);
    }
    bufferevent_free(bev);
    ws->bev = NULL;
}

/* It will not be open. */
static void give_up(struct ws *ws, const char *why)
{
    if (why) {
        ws_blame(ws, why);
    }
    ws_blame_copy(ws, str_of(ws->dial->why));
    ws_end(ws, NULL);
}

static void on_answer(struct bufferevent *bev, void *arg)
{
    struct ws *ws = arg;
    struct ws_dial *d = ws->dial;
    struct evbuffer *in = bufferevent_get_input(bev);
    size_t n = MIN_OF(evbuffer_get_length(in), (size_t)WS_ANSWER_BYTES), used = 0;
    const char *got = (const char *)evbuffer_pullup(in, (ev_ssize_t)n);
    switch (ws_answer_read((struct str){got, got ? n : 0}, d->accept, str_of(d->protocol), &used,
                           d->why)) {
    case WS_ANSWER_MORE:
        break;
    case WS_ANSWER_BAD:
        give_up(ws, NULL);
        break;
    case WS_ANSWER_GOOD:
        evbuffer_drain(in, used);
        ws_dial_free(&ws->dial);
        ws_opened(ws);
        break;
    }
}

static int64_t ms_left(const struct ws_dial *d)
{
    return -mono_ms_since(d->by);
}

static void on_connected(struct ws *ws)
{
    int on = 1;
    setsockopt(bufferevent_getfd(ws->bev), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bufferevent_write(ws->bev, ws->dial->request.data, ws->dial->request.len);
    ws->dial->next = NULL; /* from now on this address is the one */
    loop_timer_set(ws->dial->timer, ms_left(ws->dial));
    bufferevent_setwatermark(ws->bev, EV_READ, 0, 65536);
    bufferevent_enable(ws->bev, EV_READ | EV_WRITE);
}

/* Why libevent says that there is no connection. */
static void note_failure(struct ws *ws, short what, int error)
{
    struct ws_dial *d = ws->dial;
    SSL *ssl = bufferevent_openssl_get_ssl(ws->bev);
    unsigned long tls = ssl ? bufferevent_get_openssl_error(ws->bev) : 0;
    long verified = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
    char text[80];
    if (verified != X509_V_OK) {
        snprintf(d->why, sizeof d->why, "the peer's certificate is not trusted: %s",
                 X509_verify_cert_error_string(verified));
    } else if (tls) {
        const char *reason = ERR_reason_error_string(tls);
        snprintf(d->why, sizeof d->why, "no TLS with the peer: %s", reason ? reason : "broken off");
    } else if ((what & BEV_EVENT_EOF) || !error) {
        snprintf(d->why, sizeof d->why, "the peer hung up before the WebSocket was open");
    } else {
        snprintf(d->why, sizeof d->why, "no connection to the peer: %s",
                 strerror_r(error, text, sizeof text));
    }
    ERR_clear_error();
}

static void on_dial_event(struct bufferevent *bev, short what, void *arg)
{
    int error = EVUTIL_SOCKET_ERROR();
    struct ws *ws = arg;
    (void)bev;
    if (what & BEV_EVENT_CONNECTED) {
        on_connected(ws);
        return;
    }
    note_failure(ws, what, error);
    if (ws->dial->connecting) {
        ws->dial->failed = true; /* try_next goes on */
    } else {
        try_next(ws);
    }
}

/* The name is in the certificate, or the address. */
static SSL *new_tls(const struct ws_dial *d)
{
    SSL *ssl = SSL_new(d->at.ctx);
    unsigned char address[16];
    char *host = d->at.host; /* not const: OpenSSL's macro casts it */
    bool is_address =
        inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
    bool ok = ssl != NULL;
    if (ok && is_address) {
        ok = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    } else if (ok) {
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ok = SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
    }
    if (!ok) {
        SSL_free(ssl);
        ssl = NULL;
    }
    return ssl;
}

static struct bufferevent *new_bev(const struct ws *ws)
{
    struct event_base *base = ws->loop->base;
    struct ws_dial *d = ws->dial;
    struct bufferevent *bev = NULL;
    if (!d->at.tls) {
        bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    } else {
        SSL *ssl = new_tls(d);
        bev = ssl ? bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_CONNECTING,
                                                   BEV_OPT_CLOSE_ON_FREE)
                  : NULL;
        if (bev) {
            bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
        }
    }
    return bev;
}

/* One address; false: at once it is known that it will not do. */
static bool try_address(struct ws *ws, const struct addrinfo *a)
{
    struct ws_dial *d = ws->dial;
    ws->bev = new_bev(ws);
    if (!ws->bev) {
        snprintf(d->why, sizeof d->why, "no socket or no TLS for a connection");
        return false;
    }
    bufferevent_setcb(ws->bev, on_answer, NULL, on_dial_event, ws);
    d->connecting = true;
    d->failed = false;
    bool ok = bufferevent_socket_connect(ws->bev, a->ai_addr, (int)a->ai_addrlen) == 0;
    d->connecting = false;
    if (!ok && !d->failed) {
        note_failure(ws, BEV_EVENT_ERROR, EVUTIL_SOCKET_ERROR());
    }
    return ok && !d->failed;
}

static void note_late(struct ws_dial *d)
{
    snprintf(d->why, sizeof d->why, "%s",
             d->at.addresses ? "the peer did not answer in time"
                             : "the peer's name was not resolved in time");
}

static void try_next(struct ws *ws)
{
    struct ws_dial *d = ws->dial;
    bool trying = false;
    while (!trying && d->next && ms_left(d) > 0) {
        const struct addrinfo *a = d->next;
        d->next = a->ai_next;
        ws_release_bev(ws);
        trying = try_address(ws, a);
    }
    if (trying) {
        int64_t left = ms_left(d);
        loop_timer_set(d->timer, d->next ? MIN_OF(left, (int64_t)ATTEMPT_MS) : left);
    } else {
        if (d->next) { /* no time was left to try it */
            note_late(d);
        }
        give_up(ws, NULL);
    }
}

static void on_late(void *arg)
{
    struct ws *ws = arg;
    struct ws_dial *d = ws->dial;
    note_late(d);
    if (d->next && ms_left(d) > 0) {
        try_next(ws);
    } else {
        give_up(ws, NULL);
    }
}

/* On the loop, with what the lookup found. */
static void on_found(void *arg)
{
    struct question *q = arg;
    struct ws *ws = q->ws;
    struct ws_dial *d = ws->dial;
    if (!ws->gone) {
        struct lookup found = q->lookup;
        q->lookup = d->at;
        d->at = found;
        d->next = d->at.addresses;
        if (d->at.why) {
            snprintf(d->why, sizeof d->why, "the peer was not found: %s", d->at.why);
            give_up(ws, NULL);
        } else {
            try_next(ws);
        }
    }
    lookup_clear(&q->lookup);
    ws_unref(&q->ws);
    free(q);
}

static struct question *question_of(struct lookup *l)
{
    return (struct question *)(void *)((char *)l - offsetof(struct question, lookup));
}

static bool is_wanted(struct lookup *l)
{
    struct ws *ws = question_of(l)->ws;
    pthread_mutex_lock(&ws->lock);
    bool wanted = !ws->gone;
    pthread_mutex_unlock(&ws->lock);
    return wanted;
}

static void on_answered(struct lookup *l)
{
    loop_call(question_of(l)->ws->loop, on_found, question_of(l));
}

static void ask_name(struct ws *ws)
{
    const struct lookup *at = &ws->dial->at;
    struct question *q = xcalloc(1, sizeof *q);
    q->ws = ws_ref(ws);
    q->lookup = (struct lookup){
        .host = xstrdup(at->host),
        .port = xstrdup(at->port),
        .ca_file = at->ca_file ? xstrdup(at->ca_file) : NULL,
        .tls = at->tls,
        .wanted = is_wanted,
        .done = on_answered,
    };
    lookups_add(ws->loop->server->lookups, &q->lookup);
}

static void refuse(void *arg)
{
    struct ws *ws = arg;
    if (!ws->gone) {
        ws_end(ws, WS_WHY_SERVER_STOPS);
    }
    ws_unref(&ws);
}

/* A part of the URL; NULL when it has none. To be freed by curl_free. */
static char *url_part(CURLU *u, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(u, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool has_line_end(const char *s)
{
    return strpbrk(s, "\r\n") != NULL;
}

/* Host without the brackets of an IPv6 address, and the port. false: not a URL of a WebSocket. */
static bool read_place(CURLU *u, struct lookup *at)
{
    char *scheme = url_part(u, CURLUPART_SCHEME), *host = url_part(u, CURLUPART_HOST);
    char *port = url_part(u, CURLUPART_PORT), *user = url_part(u, CURLUPART_USER);
    bool plain = scheme && strcmp(scheme, "ws") == 0;
    at->tls = scheme && strcmp(scheme, "wss") == 0;
    bool ok = (plain || at->tls) && host && *host && !user;
    if (ok) {
        at->host = xstrdup(*host == '[' ? host + 1 : host);
        at->host[strcspn(at->host, "]")] = '\0';
        at->port = xstrdup(port ? port : at->tls ? "443" : "80");
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
    return ok;
}

/* The request but for its end. */
static void write_request(CURLU *u, const struct lookup *at, struct buf *to,
                          char accept[WS_ACCEPT_BYTES])
{
    unsigned char random[16];
    char key[WS_KEY_BYTES];
    bool v6 = strchr(at->host, ':') != NULL;
    const char *usual = at->tls ? "443" : "80";
    char *path = url_part(u, CURLUPART_PATH), *query = url_part(u, CURLUPART_QUERY);
    random_bytes(random, sizeof random);
    EVP_EncodeBlock((unsigned char *)key, random, sizeof random);
    ws_accept_of(str_of(key), accept);
    buf_printf(to, "GET %s%s%s HTTP/1.1\r\n", path ? path : "/", query ? "?" : "",
               query ? query : "");
    buf_printf(to, "Host: %s%s%s", v6 ? "[" : "", at->host, v6 ? "]" : "");
    if (strcmp(at->port, usual) != 0) {
        buf_printf(to, ":%s", at->port);
    }
    buf_printf(to,
               "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: %s\r\n",
               key);
    curl_free(path);
    curl_free(query);
}

/* The application's headers. */
static int write_headers(const char *const *headers, struct ws_dial *d, struct err *e)
{
    static const char protocol[] = "Sec-WebSocket-Protocol:";
    for (; headers && *headers; headers++) {
        if (has_line_end(*headers) || !strchr(*headers, ':')) {
            return err_set(e, ERR_INVALID, "a header for a WebSocket is not \"Name: value\"");
        }
        if (strncasecmp(*headers, protocol, sizeof protocol - 1) == 0 && !d->protocol) {
            d->protocol = xstrdup(*headers + sizeof protocol - 1);
        }
        buf_printf(&d->request, "%s\r\n", *headers);
    }
    buf_puts(&d->request, "\r\n");
    return buf_failed(&d->request)
               ? err_set(e, ERR_INVALID, "the request for a WebSocket is too long")
               : 0;
}

/* All that can be wrong is found here. */
static int plan(const struct ws_peer *peer, struct ws_dial *d, struct err *e)
{
    CURLU *u = curl_url();
    int rc = 0;
    buf_init(&d->request, REQUEST_BYTES);
    if (!u || !peer->url || strpbrk(peer->url, " \t\r\n") ||
        curl_url_set(u, CURLUPART_URL, peer->url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        !read_place(u, &d->at)) {
        rc = err_set(e, ERR_INVALID, "a WebSocket's URL must be ws://host/path or wss://host/path");
    } else {
        write_request(u, &d->at, &d->request, d->accept);
        rc = write_headers(peer->headers, d, e);
    }
    if (peer->ca_file && *peer->ca_file) {
        d->at.ca_file = xstrdup(peer->ca_file);
    }
    curl_url_cleanup(u);
    return rc;
}

int ws_connect(struct loop *l, const struct ws_peer *peer, const struct ws_ops *ops, void *arg,
               struct ws **out, struct err *e)
{
    struct ws_dial *d = xcalloc(1, sizeof *d);
    int rc = plan(peer, d, e);
    if (rc) {
        ws_dial_free(&d);
        return rc;
    }
    struct ws *ws = ws_new(l, ops, arg, true);
    int connect_ms = peer->connect_ms > 0 ? peer->connect_ms : CONNECT_MS;
    ws->ping_ms = peer->ping_ms > 0 ? peer->ping_ms : PING_MS;
    ws->dial = d;
    LIST_INSERT_HEAD(&l->sockets, ws, entry);
    metric_add(METRIC_ws_client_connections, 1);
    d->by.ns = mono_now().ns + connect_ms * 1000000LL;
    d->timer = loop_timer_new(l, on_late, ws);
    loop_timer_set(d->timer, connect_ms);
    if (atomic_load(&l->server->stopping)) {
        loop_call(l, refuse, ws_ref(ws));
    } else {
        ask_name(ws);
    }
    *out = ws_ref(ws);
    return 0;
}
