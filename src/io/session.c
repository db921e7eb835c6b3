/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl with CURLOPT_CONNECT_ONLY: for IMAP and SMTP it ends after the sign-in, for HTTP when it
 * is connected, and lends its socket. */
#include "io/session.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pool.h"

struct session {
    CURL *curl; /* NULL: not connected */
    int wake_fd;
};

static pthread_once_t session_once = PTHREAD_ONCE_INIT;

static void session_start(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        fprintf(stderr, "ava: libcurl could not be initialised\n");
        abort();
    }
}

struct session *session_new(void)
{
    pthread_once(&session_once, session_start);
    struct session *s = xcalloc(1, sizeof *s);
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake_fd < 0) {
        fprintf(stderr, "ava: no event descriptor is to be had\n");
        abort();
    }
    return s;
}

void session_close(struct session *s)
{
    if (s->curl) {
        curl_easy_cleanup(s->curl);
        s->curl = NULL;
    }
}

void session_free(struct session **s)
{
    if (s && *s) {
        session_close(*s);
        close((*s)->wake_fd);
        free(*s);
        *s = NULL;
    }
}

void session_wake(struct session *s)
{
    uint64_t one = 1;
    ssize_t n = write(s->wake_fd, &one, sizeof one);
    (void)n; /* full is woken too */
}

static bool was_woken(struct session *s)
{
    uint64_t count;
    return read(s->wake_fd, &count, sizeof count) == (ssize_t)sizeof count;
}

/* Nothing of libcurl's words: they may quote the server, and that the user. */
static int failed(CURLcode code, struct err *e)
{
    if (code == CURLE_LOGIN_DENIED) {
        return err_set(e, ERR_UNAUTHENTICATED, "the server refused user name and password");
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return err_set(e, ERR_TIMEOUT, "the server did not answer in time");
    }
    bool insecure = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_USE_SSL_FAILED ||
                    code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CONNECT_ERROR;
    return err_set(e, insecure ? ERR_CONFIG : ERR_PROVIDER, "the connection failed: %s",
                   curl_easy_strerror(code));
}

int session_open(struct session *s, const struct session_account *a, struct err *e)
{
    session_close(s);
    CURL *h = s->curl = curl_easy_init();
    if (!h) {
        return err_set(e, ERR_INTERNAL, "libcurl could not make a handle");
    }
    curl_easy_setopt(h, CURLOPT_URL, a->url);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "imap,imaps,smtp,smtps,http,https");
    if (a->user[0]) {
        curl_easy_setopt(h, CURLOPT_USERNAME, a->user);
        curl_easy_setopt(h, CURLOPT_PASSWORD, a->password);
    }
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(h, CURLOPT_USE_SSL,
                     (long)(a->insist_on_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    curl_easy_setopt(h, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)a->timeout_ms);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)a->timeout_ms);
    curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
    if (a->ca_file && a->ca_file[0]) {
        curl_easy_setopt(h, CURLOPT_CAINFO, a->ca_file);
    }
    CURLcode code = curl_easy_perform(h);
    if (code) {
        session_close(s);
        return failed(code, e);
    }
    return 0;
}

static int lost(struct err *e)
{
    return err_set(e, ERR_PROVIDER, "the connection was lost");
}

/* Until the socket is ready (POLLIN, POLLOUT), the session was woken or the time is over. */
static int await(struct session *s, short events, int timeout_ms, bool *woken_out, struct err *e)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (s->curl && curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &fd)) {
        fd = CURL_SOCKET_BAD;
    }
    if (fd == CURL_SOCKET_BAD) {
        return lost(e);
    }
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = s->wake_fd, .events = POLLIN}};
    if (poll(fds, ARRAY_SIZE(fds), timeout_ms) < 0 && errno != EINTR) {
        return err_set(e, ERR_IO, "the connection cannot be waited for: %s", strerror(errno));
    }
    *woken_out = fds[1].revents && was_woken(s);
    return 0;
}

int session_send(struct session *s, struct str bytes, int timeout_ms, struct err *e)
{
    struct mono start = mono_now();
    bool woken = false;
    while (bytes.n) {
        size_t n = 0;
        CURLcode code = s->curl ? curl_easy_send(s->curl, bytes.p, bytes.n, &n) : CURLE_SEND_ERROR;
        if (code && code != CURLE_AGAIN) {
            return lost(e);
        }
        bytes = (struct str){bytes.p + n, bytes.n - n};
        int left_ms = timeout_ms - (int)(mono_us_since(start) / 1000);
        if (bytes.n && left_ms <= 0) {
            return err_set(e, ERR_TIMEOUT, "the server does not take what is sent");
        }
        int rc = bytes.n ? await(s, POLLOUT, left_ms, &woken, e) : 0;
        if (rc < 0) {
            return rc;
        }
    }
    return woken ? (session_wake(s), 0) : 0;
}

int session_receive(struct session *s, char *to, size_t n, int timeout_ms, size_t *got_out,
                    struct err *e)
{
    struct mono start = mono_now();
    for (;;) {
        size_t got = 0;
        bool woken = false;
        CURLcode code = s->curl ? curl_easy_recv(s->curl, to, n, &got) : CURLE_RECV_ERROR;
        if (code == CURLE_OK && got == 0) {
            return lost(e); /* it said that it ends */
        }
        if (code && code != CURLE_AGAIN) {
            return lost(e);
        }
        int left_ms = timeout_ms - (int)(mono_us_since(start) / 1000);
        if (code == CURLE_OK || left_ms <= 0) {
            *got_out = got;
            return 0;
        }
        int rc = await(s, POLLIN, left_ms, &woken, e);
        if (rc < 0) {
            return rc;
        }
        if (woken) {
            *got_out = 0;
            return 0;
        }
    }
}

bool session_rest(struct session *s, int ms)
{
    struct pollfd fd = {.fd = s->wake_fd, .events = POLLIN};
    return poll(&fd, 1, ms) > 0 && was_woken(s);
}
