/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP clients are kept with their connections, in slots that threads take and give back. */
#include "voice/server.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "io/breaker.h"
#include "io/http_client.h"

#define IDLE_MAX 16
#define CONNECT_MS 2000
#define BREAKER_FAILURES 3 /* a call cannot wait often */
#define BREAKER_OPEN_MS 15000

struct voice_server {
    char *url;           /* owned; without a slash at its end */
    char *authorization; /* owned; NULL: none */
    struct breaker *breaker;
    _Atomic(struct http_client *) idle[IDLE_MAX];
};

static char *printed(const char *before, struct str s)
{
    size_t n = strlen(before);
    char *all = xmalloc(n + s.n + 1);
    memcpy(all, before, n);
    memcpy(all + n, s.p, s.n);
    all[n + s.n] = '\0';
    return all;
}

int voice_server_new(const char *url, const char *key, struct voice_server **out, struct err *e)
{
    struct str base = str_of(url);
    if (!str_starts(base, STR("http://")) && !str_starts(base, STR("https://"))) {
        return err_set(e, ERR_CONFIG,
                       "the speech server's address must begin with http:// or https:// and end "
                       "with /v1");
    }
    while (base.n && base.p[base.n - 1] == '/') {
        base.n--;
    }
    struct voice_server *s = xcalloc(1, sizeof *s);
    s->url = printed("", base);
    if (key && key[0]) {
        s->authorization = printed("Authorization: Bearer ", str_of(key));
    }
    s->breaker = breaker_new(BREAKER_FAILURES, BREAKER_OPEN_MS);
    *out = s;
    return 0;
}

void voice_server_free(struct voice_server **server)
{
    struct voice_server *s = server ? *server : NULL;
    if (!s) {
        return;
    }
    for (size_t i = 0; i < IDLE_MAX; i++) {
        struct http_client *c = atomic_exchange(&s->idle[i], NULL);
        http_client_free(&c);
    }
    breaker_free(&s->breaker);
    free(s->url);
    free(s->authorization);
    free(s);
    *server = NULL;
}

static struct http_client *take_client(struct voice_server *s)
{
    for (size_t i = 0; i < IDLE_MAX; i++) {
        struct http_client *c = atomic_exchange(&s->idle[i], NULL);
        if (c) {
            return c;
        }
    }
    return http_client_new();
}

static void give_client(struct voice_server *s, struct http_client *c)
{
    for (size_t i = 0; i < IDLE_MAX; i++) {
        struct http_client *none = NULL;
        if (atomic_compare_exchange_strong(&s->idle[i], &none, c)) {
            return;
        }
    }
    http_client_free(&c);
}

/* What an answer's status means. */
static int judge(int status, struct err *e)
{
    if (status == 200) {
        return 0;
    }
    if (status == 400 || status == 401 || status == 403 || status == 404) {
        return err_set(e, ERR_CONFIG,
                       "the speech server refuses with status %d: check its address, key, model "
                       "and voice in the settings",
                       status);
    }
    return err_set(e, ERR_PROVIDER, "the speech server answered with status %d", status);
}

int voice_server_ask(struct voice_server *s, struct pool *p, const struct voice_request *r,
                     struct str *answer, struct err *e)
{
    if (!breaker_allows(s->breaker, mono_now())) {
        return err_set(e, ERR_UNAVAILABLE, "the speech server has failed and is left alone");
    }
    const char *headers[3] = {pool_printf(p, "Content-Type: %s", r->content_type), s->authorization,
                              NULL};
    struct http_call call = {.method = "POST",
                             .url = pool_printf(p, "%s%s", s->url, r->path),
                             .headers = headers,
                             .body = r->body,
                             .timeout_ms = r->timeout_ms,
                             .connect_timeout_ms = CONNECT_MS,
                             .answer_max_bytes = r->answer_max_bytes};
    struct http_answer a = {0};
    struct http_client *client = take_client(s);
    int rc = http_client_call(client, p, &call, &a, e);
    give_client(s, client);
    if (rc == 0) {
        rc = judge(a.status, e);
    }
    breaker_report(s->breaker, rc == 0 ? BREAKER_GOOD : BREAKER_BAD, mono_now());
    if (rc == 0) {
        *answer = a.body;
    }
    return rc;
}
