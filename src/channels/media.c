/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetched outside of any transaction; then row, content and the end of the job in one. A file is
 * refused for good when it is not one that is taken; whatever may be better later is tried again.
 */
#include "channels/media.h"

#include "base/codec.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/metrics.h"
#include "channels/media_type.h"
#include "channels/meta_payload.h"
#include "domain/attachment.h"

#define CONNECT_MS 5000
#define MISSING_ATTEMPTS 3 /* a provider lists a file a little before it has it */
#define API_ROOT "/2010-04-01/"

struct fetching {
    struct job_run *run;
    const struct media_config *config;
    struct attachment attachment;
    struct str bytes;
    const char *refused; /* why it is not taken; NULL: it is */
    const char *type;
    bool by_meta;
    struct wall now;
};

/* The provider's address without the / at its end. */
static struct str api_of(const struct provider_account *account)
{
    struct str api = str_of(account->api_url);
    while (api.n && api.p[api.n - 1] == '/') {
        api.n--;
    }
    return api;
}

static bool is_below(struct str url, struct str api, const char *root)
{
    size_t n = strlen(root);
    return api.n && url.n > api.n + n && memcmp(url.p, api.p, api.n) == 0 &&
           memcmp(url.p + api.n, root, n) == 0;
}

static bool web_address(struct str url)
{
    return str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}

/* One of Meta's own, which wants the token: https://lookaside.fbsbx.com/... */
static bool is_metas(const char *url)
{
    static const char *const domains[] = {".fbsbx.com", ".facebook.com", ".whatsapp.net"};
    struct str rest = str_of(url), scheme = STR("https://");
    if (!str_starts(rest, scheme)) {
        return false;
    }
    rest = (struct str){rest.p + scheme.n, rest.n - scheme.n};
    struct str host = str_cut(&rest, '/');
    for (size_t i = 0; i < ARRAY_SIZE(domains); i++) {
        if (str_ends(host, str_of(domains[i]))) {
            return memchr(host.p, '@', host.n) == NULL && memchr(host.p, '?', host.n) == NULL &&
                   memchr(host.p, '#', host.n) == NULL;
        }
    }
    return false;
}

/* One step: the answer of one address. */
static int step(struct fetching *f, const char *url, struct http_answer *answer, struct err *e)
{
    const struct media_config *c = f->config;
    bool at_meta = f->by_meta && is_below(str_of(url), api_of(&c->meta), "/");
    bool at_home = at_meta || (!f->by_meta && is_below(str_of(url), api_of(&c->account), "/"));
    bool known = !f->by_meta && is_below(str_of(url), api_of(&c->account), API_ROOT);
    const char *headers[] = {NULL, NULL};
    if (at_meta || (f->by_meta && is_metas(url))) {
        headers[0] = pool_printf(f->run->pool, "Authorization: Bearer %s", c->meta.secret);
    }
    struct http_call call = {
        .headers = headers,
        .method = "GET",
        .url = url,
        .basic_user = known ? c->account.account : NULL,
        .basic_password = known ? c->account.secret : NULL,
        .timeout_ms = c->account.timeout_ms,
        .connect_timeout_ms = MIN_OF(c->account.timeout_ms, CONNECT_MS),
        .answer_max_bytes = (size_t)c->max_bytes,
        .no_redirects = true,
        .public_only = !at_home,
    };
    int rc = http_client_call(f->run->http, f->run->pool, &call, answer, e);
    if (rc && answer->not_public) {
        f->refused = "its address is not on the public internet";
        return 0;
    }
    if (rc == ERR_TOO_LARGE) {
        f->refused =
            pool_printf(f->run->pool, "it is larger than %lld bytes", (long long)c->max_bytes);
        return 0;
    }
    return rc;
}

/* What an answer that is no file means for the job. */
static int no_file(struct fetching *f, const struct http_answer *answer, struct err *e)
{
    int status = answer->status;
    bool later = status >= 500 || status == 429 || status == 408 || status == 401 || status == 403;
    bool missing = status == 404 && f->run->job->attempts < MISSING_ATTEMPTS;
    f->run->retry_after_ms = answer->retry_after_ms;
    f->run->give_up = !later && !missing;
    return err_set(e, ERR_PROVIDER, "the file was not given (HTTP status %d)", status);
}

/* Where the file with that id is, from Meta. NULL, and no error: a refusal. */
static int ask_meta(struct fetching *f, struct str id, const char **url_out, struct err *e)
{
    struct pool *p = f->run->pool;
    struct http_answer answer = {0};
    json_t *document = NULL;
    for (size_t i = 0; i < id.n; i++) {
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", id.p[i])) {
            f->refused = "its id is none of Meta's";
            return 0;
        }
    }
    if (!f->config->meta.api_url || !f->config->meta.secret[0]) {
        f->refused = "WhatsApp by Meta is not set up, so that Meta cannot be asked for it";
        return 0;
    }
    struct str api = api_of(&f->config->meta);
    int rc = step(f, pool_printf(p, STR_FMT "/" STR_FMT, STR_ARG(api), STR_ARG(id)), &answer, e);
    if (rc < 0 || f->refused) {
        return rc;
    }
    if (answer.status != 200 || json_read(p, answer.body, &document, NULL)) {
        return no_file(f, &answer, e);
    }
    *url_out = pool_strdup(p, json_get_text(document, "url", ""));
    return 0;
}

/* Follows where it leads. 0 with the bytes or with a refusal; an error: not now. */
static int fetch(struct fetching *f, struct err *e)
{
    struct pool *p = f->run->pool;
    const char *url = str_dup(p, f->attachment.url);
    struct str meta = STR(META_MEDIA), id = f->attachment.url;
    f->by_meta = str_starts(id, meta);
    if (f->by_meta) {
        int rc = ask_meta(f, (struct str){id.p + meta.n, id.n - meta.n}, &url, e);
        if (rc < 0 || f->refused) {
            return rc;
        }
    }
    for (int i = 0; i < MEDIA_STEPS_MAX; i++) {
        struct http_answer answer = {0};
        if (!web_address(str_of(url))) {
            f->refused = "its address is none of the web";
            return 0;
        }
        int rc = step(f, url, &answer, e);
        if (rc < 0 || f->refused) {
            return rc;
        }
        if (answer.status == 200) {
            f->bytes = answer.body;
            return 0;
        }
        if (answer.status < 300 || answer.status > 399 || !answer.location) {
            return no_file(f, &answer, e);
        }
        bool was_secret = str_starts(str_of(url), STR("https://"));
        url = answer.location;
        if (was_secret && !str_starts(str_of(url), STR("https://"))) {
            f->refused = "its address leads from HTTPS to an open connection";
            return 0;
        }
    }
    f->refused = "its address leads on and on";
    return 0;
}

static void judge(struct fetching *f)
{
    if (f->bytes.n == 0) {
        f->refused = "it is empty";
        return;
    }
    f->type = media_type_of(f->bytes, f->attachment.declared_type);
    if (!f->type) {
        f->refused = "it is of a type that is not taken";
    }
}

static int write_end(struct db *db, void *arg, struct err *e)
{
    struct fetching *f = arg;
    struct pool *p = f->run->pool;
    int rc = jobs_finish(db, p, f->run->job, e);
    if (rc < 0 || !str_eq(f->attachment.state, STR("waiting"))) {
        return rc;
    }
    struct attachment_end end = {
        .id = f->attachment.id.p,
        .state = f->refused ? "refused" : "stored",
        .reason = f->refused,
        .at = f->now,
    };
    if (!f->refused) {
        unsigned char digest[SHA256_BYTES];
        sha256(f->bytes, digest);
        end.content_type = f->type;
        end.size_bytes = (int64_t)f->bytes.n;
        end.sha256 = hex_encode(p, digest, sizeof digest);
        struct spooled content = spooled_of(f->bytes);
        rc = attachments_put_content(db, end.id, &content, e);
    }
    return rc < 0 ? rc : attachment_settle(db, p, &end, e);
}

static int find(struct fetching *f, struct err *e)
{
    const char *id = attachment_of_job(f->run->pool, f->run->job->payload);
    CLEANUP(store_return) struct db *db = NULL;
    int rc = id ? store_borrow(f->run->store, &db, e)
                : err_set(e, ERR_MALFORMED, "the job names no attachment");
    return rc < 0 ? rc : attachments_get(db, f->run->pool, id, &f->attachment, e);
}

int media_job(struct job_run *run, struct err *e)
{
    struct fetching f = {.run = run, .config = run->arg, .now = wall_now()};
    int rc = find(&f, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        run->give_up = true; /* erased meanwhile, or not a job of ours */
        return rc;
    }
    if (rc == 0 && str_eq(f.attachment.state, STR("waiting"))) {
        rc = fetch(&f, e);
        if (rc == 0 && !f.refused) {
            judge(&f);
        }
    }
    rc = rc < 0 ? rc : store_write(run->store, write_end, &f, e);
    if (rc == 0) {
        metric_add(f.refused ? METRIC_media_refused_total : METRIC_media_stored_total, 1);
    }
    if (rc == 0 && f.refused) {
        log_info("a file was refused", LOG_TEXT("attachment", f.attachment.id.p),
                 LOG_TEXT("why", f.refused));
    }
    return rc;
}

int media_buried(struct db *db, struct pool *p, const struct job *job, const char *why,
                 void *arg UNUSED, struct err *e)
{
    const char *id = attachment_of_job(p, job->payload);
    struct attachment_end end = {.id = id, .state = "failed", .reason = why, .at = wall_now()};
    return id ? attachment_settle(db, p, &end, e) : 0;
}
