/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One libcurl easy handle per client, reset between calls, so that its connections stay. What
 * matters most here is to know, after a failure, whether the request may have been acted upon:
 * only when libcurl sent not one byte of it is that ruled out. libcurl would by itself repeat a
 * request whose reused connection died; for requests that may not be repeated that is prevented.
 */
#include "io/http_client_private.h"

#include <pthread.h>
#include <signal.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/metrics.h"
#include "io/address.h"

#define REDIRECTS_MAX 5L
#define RETRY_AFTER_MAX_S (30LL * 86400)

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
    signal(SIGPIPE, SIG_IGN); /* with CURLOPT_NOSIGNAL libcurl leaves that to us */
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        fprintf(stderr, "ava: libcurl could not be initialised\n");
        abort();
    }
}

struct http_client *http_client_new(void)
{
    pthread_once(&curl_once, curl_start);
    struct http_client *c = xcalloc(1, sizeof *c);
    c->curl = curl_easy_init();
    if (!c->curl) {
        fprintf(stderr, "ava: libcurl could not make a handle\n");
        abort();
    }
    return c;
}

void http_client_free(struct http_client **c)
{
    if (!c || !*c) {
        return;
    }
    curl_easy_cleanup((*c)->curl);
    free(*c);
    *c = NULL;
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
    struct buf *to = arg;
    buf_add(to, data, size * n);
    return buf_failed(to) ? 0 : size * n;
}

/*
 * Opens a connection unless a request that may not be repeated has been sent, in part at least,
 * over an earlier one.
 */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    long sent = 0;
    curl_easy_getinfo(arg, CURLINFO_REQUEST_SIZE, &sent);
    if (purpose == CURLSOCKTYPE_IPCXN && sent > 0) {
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* After the name was resolved, so that no name can lead astray; redirects come by here too. */
static curl_socket_t open_public_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct http_client *c = arg;
    if (purpose != CURLSOCKTYPE_IPCXN || !address_is_public(&a->addr)) {
        c->not_public = true;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

size_t http_client_give(char *to, size_t size, size_t n, void *arg)
{
    struct sending *s = arg;
    struct str piece;
    if (spooled_piece(&s->from, s->at, to, size * n, &piece, NULL) < 0) {
        return CURL_READFUNC_ABORT;
    }
    if (piece.n && piece.p != to) {
        memcpy(to, piece.p, piece.n);
    }
    s->at += (int64_t)piece.n;
    return piece.n;
}

/* Of a request that libcurl begins anew, as on a connection that was closed meanwhile. */
static int go_to(void *arg, curl_off_t offset, int origin)
{
    struct sending *s = arg;
    if (origin != SEEK_SET || offset < 0 || offset > s->from.size) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    s->at = offset;
    return CURL_SEEKFUNC_OK;
}

static bool method_is(const struct http_call *call, const char *method)
{
    return strcmp(call->method, method) == 0;
}

static void set_content(CURL *h, const struct http_call *call, struct sending *s)
{
    if (!call->content) {
        curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
        curl_easy_setopt(h, CURLOPT_POSTFIELDS, call->body.n ? call->body.p : "");
        return;
    }
    *s = (struct sending){*call->content, 0};
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->from.size);
    curl_easy_setopt(h, CURLOPT_READFUNCTION, http_client_give);
    curl_easy_setopt(h, CURLOPT_READDATA, s);
    curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, go_to);
    curl_easy_setopt(h, CURLOPT_SEEKDATA, s);
}

static void set_method(CURL *h, const struct http_call *call, struct sending *s)
{
    bool get = method_is(call, "GET");
    bool post = method_is(call, "POST");
    bool body =
        call->body.n || call->content || post || method_is(call, "PUT") || method_is(call, "PATCH");
    if (body) {
        curl_easy_setopt(h, CURLOPT_POST, 1L);
        set_content(h, call, s);
    }
    if (method_is(call, "HEAD")) {
        curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
    } else if (get && !body) {
        curl_easy_setopt(h, CURLOPT_HTTPGET, 1L);
    } else if (!post) {
        curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, call->method);
    }
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, get && !call->no_redirects ? 1L : 0L);
    curl_easy_setopt(h, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    if (!get && !method_is(call, "HEAD")) {
        curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, h);
    }
}

static struct curl_slist *header_list(const struct http_call *call)
{
    /* No "Expect: 100-continue": it costs a second with servers that do not know it. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (const char *const *h = call->headers; h && *h; h++) {
        struct curl_slist *longer = curl_slist_append(list, *h);
        list = longer ? longer : list;
    }
    return list;
}

static void set_options(CURL *h, const struct http_call *call, struct buf *body, struct sending *s)
{
    curl_easy_setopt(h, CURLOPT_URL, call->url);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(h, CURLOPT_USERAGENT, "ava/" AVA_VERSION);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)call->connect_timeout_ms);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, body);
    if (call->basic_user) {
        curl_easy_setopt(h, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(h, CURLOPT_USERNAME, call->basic_user);
        curl_easy_setopt(h, CURLOPT_PASSWORD, call->basic_password ? call->basic_password : "");
    }
    set_method(h, call, s);
}

/* RFC 9110 section 10.2.3: seconds or a date. -1 when there is none that can be read. */
static int64_t retry_after_ms(CURL *h)
{
    struct curl_header *header;
    if (curl_easy_header(h, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return -1;
    }
    int64_t seconds;
    if (!str_to_i64(str_trim(str_of(header->value)), &seconds)) {
        time_t at = curl_getdate(header->value, NULL);
        if (at == (time_t)-1) {
            return -1;
        }
        seconds = MAX_OF((int64_t)at - (int64_t)time(NULL), 0);
    }
    return seconds < 0 ? -1 : MIN_OF(seconds, RETRY_AFTER_MAX_S) * 1000;
}

static const char **wanted_headers(CURL *h, struct pool *p, const char *const *names)
{
    size_t n = 0;
    while (names && names[n]) {
        n++;
    }
    const char **values = pool_calloc(p, n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        struct curl_header *header;
        if (curl_easy_header(h, names[i], 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
            values[i] = pool_strdup(p, header->value);
        }
    }
    return values;
}

static int failed(CURL *h, CURLcode rc, const struct buf *body, const struct http_call *call,
                  struct http_answer *answer, struct err *e)
{
    long sent = 0;
    curl_easy_getinfo(h, CURLINFO_REQUEST_SIZE, &sent);
    answer->may_have_arrived = sent > 0;
    if (body->over) {
        return err_set(e, ERR_TOO_LARGE, "the answer is larger than %zu bytes",
                       call->answer_max_bytes);
    }
    if (rc == CURLE_OPERATION_TIMEDOUT) {
        return err_set(e, ERR_TIMEOUT, "no answer within %d ms", call->timeout_ms);
    }
    return err_set(e, ERR_PROVIDER, "the request failed: %s", curl_easy_strerror(rc));
}

int http_client_call(struct http_client *c, struct pool *p, const struct http_call *call,
                     struct http_answer *answer, struct err *e)
{
    *answer = (struct http_answer){.retry_after_ms = -1};
    metric_add(METRIC_provider_calls_total, 1);
    if (fault_hit(FAULT_PROVIDER)) {
        metric_add(METRIC_provider_errors_total, 1);
        return err_set(e, ERR_PROVIDER, "the request failed: injected fault");
    }
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, call->answer_max_bytes);
    curl_easy_reset(c->curl); /* forgets the options, keeps the connections */
    struct sending content;
    set_options(c->curl, call, &body, &content);
    c->not_public = false;
    if (call->public_only) {
        curl_easy_setopt(c->curl, CURLOPT_PROXY, ""); /* it would connect in our place */
        curl_easy_setopt(c->curl, CURLOPT_OPENSOCKETFUNCTION, open_public_socket);
        curl_easy_setopt(c->curl, CURLOPT_OPENSOCKETDATA, c);
        curl_easy_setopt(c->curl, CURLOPT_FRESH_CONNECT, 1L); /* none that was opened unchecked */
    }
    struct curl_slist *headers = header_list(call);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode rc = curl_easy_perform(c->curl);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    if (rc) {
        metric_add(METRIC_provider_errors_total, 1);
        answer->not_public = c->not_public;
        return failed(c->curl, rc, &body, call, answer, e);
    }
    char *location = NULL;
    curl_easy_getinfo(c->curl, CURLINFO_REDIRECT_URL, &location);
    answer->location = location ? pool_strdup(p, location) : NULL;
    long status = 0;
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 400) {
        metric_add(METRIC_provider_errors_total, 1);
    }
    answer->status = (int)status;
    answer->body = (struct str){pool_strndup(p, buf_str(&body).p, body.len), body.len};
    answer->retry_after_ms = retry_after_ms(c->curl);
    answer->wanted = wanted_headers(c->curl, p, call->wanted);
    answer->may_have_arrived = true;
    return 0;
}
