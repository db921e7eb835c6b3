/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line is a connection with the access token that was got over it; threads take one and give it
 * back, so nothing is shared that could need a lock. Only a refused token is repeated here.
 */
#include "domain/google_api.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "domain/google_account.h"
#include "io/http_client.h"

#define LINES_MAX 16
#define FORM_MAX_BYTES (16u << 10)
#define ANSWER_MAX_BYTES (4u << 20)
#define CONNECT_MS 3000
#define TOKEN_MARGIN_S 300 /* a token is renewed so long before its end */

struct google_line {
    struct http_client *http;
    char *authorization; /* owned; NULL: no token yet */
    struct mono until;   /* the token is good */
};

struct google_api {
    struct google_account *account;
    char *url, *scope; /* owned */
    _Atomic(struct google_line *) idle[LINES_MAX];
};

/* ---- lines ------------------------------------------------------------------------------ */

static struct google_line *take_line(struct google_api *g)
{
    for (size_t i = 0; i < LINES_MAX; i++) {
        struct google_line *l = atomic_exchange(&g->idle[i], NULL);
        if (l) {
            return l;
        }
    }
    struct google_line *l = xcalloc(1, sizeof *l);
    l->http = http_client_new();
    return l;
}

static void drop_line(struct google_line *l)
{
    if (l) {
        http_client_free(&l->http);
        free(l->authorization);
        free(l);
    }
}

static void give_line(struct google_api *g, struct google_line *l)
{
    for (size_t i = 0; i < LINES_MAX; i++) {
        struct google_line *none = NULL;
        if (atomic_compare_exchange_strong(&g->idle[i], &none, l)) {
            return;
        }
    }
    drop_line(l);
}

/* ---- requests --------------------------------------------------------------------------- */

struct google_asking google_begin(struct google_api *api, struct pool *p, int ms, struct err *e)
{
    struct mono deadline = {mono_now().ns + ms * 1000000LL};
    return (struct google_asking){api, take_line(api), p, deadline, -1, e};
}

void google_end(struct google_asking *a)
{
    give_line(a->api, a->line);
    a->line = NULL;
}

/* A request that runs into the deadline ends with ERR_TIMEOUT. */
static int call(struct google_asking *a, struct http_call *http, struct http_answer *answer)
{
    int64_t left_ms = (a->deadline.ns - mono_now().ns) / 1000000;
    if (left_ms <= 0) {
        return err_set(a->e, ERR_TIMEOUT, "Google took too long");
    }
    http->timeout_ms = (int)left_ms;
    http->connect_timeout_ms = MIN_OF(http->timeout_ms, CONNECT_MS);
    http->answer_max_bytes = ANSWER_MAX_BYTES;
    int rc = http_client_call(a->line->http, a->pool, http, answer, a->e);
    if (rc == 0) {
        a->retry_after_ms = answer->retry_after_ms;
    }
    return rc == ERR_TOO_LARGE ? err_set(a->e, ERR_PROVIDER, "Google's answer is too large") : rc;
}

static bool is_for_later(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

static bool is_a_limit(const char *reason)
{
    static const char *const limits[] = {"rateLimitExceeded", "userRateLimitExceeded",
                                         "calendarUsageLimitsExceeded", "quotaExceeded",
                                         "dailyLimitExceeded"};
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        if (strcmp(limits[i], reason) == 0) {
            return true;
        }
    }
    return false;
}

int google_refused(struct google_asking *a, const struct http_answer *answer)
{
    json_t *said = NULL;
    if (json_read(a->pool, answer->body, &said, NULL) < 0) {
        said = NULL;
    }
    const json_t *error = json_object_get(said, "error");
    const json_t *first = json_array_get(json_object_get(error, "errors"), 0);
    const char *reason = json_get_text(first, "reason", "no reason");
    bool later = is_for_later(answer->status) || (answer->status == 403 && is_a_limit(reason));
    return err_set(a->e, later ? ERR_PROVIDER : ERR_CONFIG,
                   "Google %s: HTTP %d, %.60s: %.200s (account %s)",
                   later ? "cannot do it now" : "refuses", answer->status, reason,
                   json_get_text(error, "message", "without more words"),
                   google_account_email(a->api->account));
}

static int no_token(struct google_asking *a, const struct http_answer *answer)
{
    json_t *said = NULL;
    if (json_read(a->pool, answer->body, &said, NULL) < 0) {
        said = NULL;
    }
    if (json_is_object(json_object_get(said, "error"))) {
        return google_refused(a, answer);
    }
    const char *error = json_get_text(said, "error", "no reason");
    if (is_for_later(answer->status) || strcmp(error, "temporarily_unavailable") == 0 ||
        strcmp(error, "server_error") == 0 || strcmp(error, "internal_failure") == 0) {
        return err_set(a->e, ERR_PROVIDER, "Google gave no token: HTTP %d", answer->status);
    }
    return err_set(a->e, ERR_CONFIG, "Google refuses the service account %s: %.60s, %.200s",
                   google_account_email(a->api->account), error,
                   json_get_text(said, "error_description", "without more words"));
}

static int get_token(struct google_asking *a)
{
    struct google_line *l = a->line;
    struct http_answer answer;
    struct str assertion;
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, FORM_MAX_BYTES);
    if (l->authorization && mono_now().ns < l->until.ns) {
        return 0;
    }
    int rc = google_account_assertion(a->api->account, a->pool, a->api->scope, wall_now(),
                                      &assertion, a->e);
    if (rc < 0) {
        return rc;
    }
    form_add(&body, "grant_type", STR("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    form_add(&body, "assertion", assertion);
    static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded", NULL};
    struct http_call http = {.method = "POST",
                             .url = google_account_token_url(a->api->account),
                             .headers = headers,
                             .body = buf_str(&body)};
    rc = call(a, &http, &answer);
    if (rc < 0) {
        return rc;
    }
    json_t *said = NULL;
    if (answer.status != 200 || json_read(a->pool, answer.body, &said, NULL) < 0) {
        return no_token(a, &answer);
    }
    const char *token = json_get_text(said, "access_token", NULL);
    if (!token || !token[0] || strpbrk(token, "\r\n")) {
        return err_set(a->e, ERR_PROVIDER, "Google's answer has no token");
    }
    int64_t seconds = MIN_OF(json_get_i64(said, "expires_in", 3600), 86400);
    l->until.ns = mono_now().ns + MAX_OF(seconds - TOKEN_MARGIN_S, 0) * 1000000000LL;
    free(l->authorization);
    l->authorization = xstrdup(pool_printf(a->pool, "Authorization: Bearer %s", token));
    return 0;
}

int google_request(struct google_asking *a, const char *method, const char *path, struct str body,
                   struct http_answer *answer)
{
    for (int attempt = 1;; attempt++) {
        int rc = get_token(a);
        if (rc < 0) {
            return rc;
        }
        const char *headers[] = {a->line->authorization, "Content-Type: application/json", NULL};
        struct http_call http = {
            .method = method,
            .url = pool_printf(a->pool, "%s%s", a->api->url, path),
            .headers = headers,
            .body = body,
        };
        rc = call(a, &http, answer);
        if (rc < 0 || answer->status != 401 || attempt == 2) {
            return rc;
        }
        free(a->line->authorization);
        a->line->authorization = NULL;
    }
}

/* ---- beginning and end ------------------------------------------------------------------ */

int google_api_new(const char *url, const char *scope, struct str key_file, struct google_api **out,
                   struct err *e)
{
    struct google_account *account = NULL;
    int rc = google_account_read(key_file, &account, e);
    if (rc < 0) {
        return rc;
    }
    struct google_api *g = xcalloc(1, sizeof *g);
    g->account = account;
    g->scope = xstrdup(scope);
    g->url = xstrdup(url);
    for (size_t n = strlen(g->url); n && g->url[n - 1] == '/'; n--) {
        g->url[n - 1] = '\0';
    }
    *out = g;
    return 0;
}

void google_api_free(struct google_api **api)
{
    struct google_api *g = api ? *api : NULL;
    if (!g) {
        return;
    }
    for (size_t i = 0; i < LINES_MAX; i++) {
        drop_line(atomic_exchange(&g->idle[i], NULL));
    }
    google_account_free(&g->account);
    free(g->url);
    free(g->scope);
    free(g);
    *api = NULL;
}
