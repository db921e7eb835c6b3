/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread for each provider that is asked, each with a pool and a client of its own: there are a
 * dozen at most, and none waits for another. The state of a check follows from its problems.
 */
#include "channels/check.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>

#include "base/json_read.h"
#include "channels/check_private.h"
#include "io/address.h"
#include "io/thread.h"

#define ANSWER_MAX_BYTES (1u << 20)
#define CHECKS_MAX 24
#define CONNECT_MS 3000

static const struct check_row *const tables[] = {check_twilio_rows, check_meta_rows,
                                                 check_mail_rows, check_model_rows};

static const struct {
    const char *name, *says, *advice;
    bool grave;
} kinds[] = {
#define PROBLEM(name, grave, says, advice) {#name, says, advice, grave},
#include "channels/check_problems.def"
#undef PROBLEM
};

const char *check_problem_name(enum check_problem_kind kind)
{
    static _Thread_local char name[24];
    size_t n = 0;
    for (const char *at = kinds[kind].name; *at && n + 1 < sizeof name; at++) {
        name[n++] = (char)tolower((unsigned char)*at);
    }
    name[n] = '\0';
    return name;
}

const char *check_problem_says(enum check_problem_kind kind)
{
    return kinds[kind].says;
}

const char *check_problem_advice(enum check_problem_kind kind)
{
    return kinds[kind].advice;
}

bool check_problem_is_grave(enum check_problem_kind kind)
{
    return kinds[kind].grave;
}

const char *check_state_name(enum check_state state)
{
    static const char *const names[] = {"off", "set_up", "good", "doubtful", "wrong"};
    return names[state];
}

/* ---- addresses ---- */

const char *check_url_shown(struct pool *p, const char *url)
{
    const char *scheme = strstr(url, "://");
    if (!scheme) {
        return pool_printf(p, "%.*s", (int)strcspn(url, "?#"), url);
    }
    const char *host = scheme + 3;
    size_t n = strcspn(host, "/?#");
    for (size_t i = 0; i < n; i++) {
        if (host[i] == '@') {
            host += i + 1;
            n -= i + 1;
            i = 0;
        }
    }
    return pool_printf(p, "%.*s%.*s", (int)(scheme + 3 - url), url,
                       (int)(n + strcspn(host + n, "?#")), host);
}

const char *check_setting_shown(const struct settings *s, enum setting_id id, struct pool *p)
{
    const char *shown = settings_shown(s, id, p);
    return strstr(shown, "://") ? check_url_shown(p, shown) : shown;
}

/* On this machine or its network, as far as the address itself says so. */
static bool is_near(struct pool *p, const char *url)
{
    const char *at = strstr(check_url_shown(p, url), "://");
    if (!at) {
        return true;
    }
    at += 3;
    bool six = at[0] == '[';
    struct str host = {at + six, strcspn(at + six, six ? "]" : ":/")};
    const char *name = str_dup(p, host);
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, name, &v4.sin_addr) == 1) {
        return !address_is_public((const struct sockaddr *)&v4);
    }
    if (inet_pton(AF_INET6, name, &v6.sin6_addr) == 1) {
        return !address_is_public((const struct sockaddr *)&v6);
    }
    return str_index(host, '.', 0) < 0 || str_ends(host, STR(".localhost")) ||
           str_ends(host, STR(".local"));
}

void check_public(struct checking *c, const char *api_url, bool must_be_secure)
{
    if (is_near(c->pool, api_url)) {
        return; /* a stand-in beside us */
    }
    if (is_near(c->pool, c->public_url)) {
        check_note(c, CHECK_NOT_PUBLIC, NULL, SETTING_public_url, SETTING_COUNT);
    } else if (must_be_secure && !str_starts(str_of(c->public_url), STR("https://"))) {
        check_note(c, CHECK_NOT_SECURE, NULL, SETTING_public_url, SETTING_COUNT);
    }
}

struct check_hook *check_hook_add(struct checking *c, const char *what, const char *path)
{
    struct check_hook *hook = &c->check->hooks[c->check->n_hooks++];
    *hook =
        (struct check_hook){.what = what, .url = pool_printf(c->pool, "%s%s", c->public_url, path)};
    return hook;
}

void check_hook_found(struct checking *c, struct check_hook *hook, const char *found)
{
    hook->asked = true;
    if (!found || !found[0]) {
        check_note(c, CHECK_NO_HOOK, NULL, SETTING_COUNT);
        return;
    }
    const char *shown = check_url_shown(c->pool, found);
    hook->right = strcmp(shown, hook->url) == 0;
    if (!hook->right) {
        hook->found = shown;
        check_note(c, CHECK_OTHER_HOOK, shown, SETTING_public_url, SETTING_COUNT);
    }
}

/* ---- problems ---- */

void check_note(struct checking *c, enum check_problem_kind kind, const char *detail, ...)
{
    struct check *k = c->check;
    if (k->n_problems == CHECK_PROBLEMS_MAX) {
        return;
    }
    struct check_problem *problem = &k->problems[k->n_problems++];
    *problem = (struct check_problem){.kind = kind, .detail = detail};
    va_list args;
    va_start(args, detail);
    for (int id; (id = va_arg(args, int)) != SETTING_COUNT;) {
        if (problem->n_settings < CHECK_NAMED_MAX) {
            problem->settings[problem->n_settings++] = (enum setting_id)id;
        }
    }
    va_end(args);
}

bool check_missing(struct checking *c, const enum setting_id *needed)
{
    struct check_problem problem = {.kind = CHECK_INCOMPLETE};
    for (; *needed != SETTING_COUNT; needed++) {
        bool empty = !settings_shown(c->settings, *needed, c->pool)[0];
        if (empty && problem.n_settings < CHECK_NAMED_MAX) {
            problem.settings[problem.n_settings++] = *needed;
        }
    }
    if (problem.n_settings) {
        c->check->problems[c->check->n_problems++] = problem;
    }
    return problem.n_settings > 0;
}

void check_failed(struct checking *c, int rc, const struct err *e, enum setting_id address,
                  enum setting_id secret, enum setting_id ca_file)
{
    const char *why = pool_strdup(c->pool, err_text(e, rc));
    if (rc == ERR_UNAUTHENTICATED) {
        c->check->reached = true;
        check_note(c, CHECK_CREDENTIALS, NULL, secret, SETTING_COUNT);
    } else if (rc == ERR_TIMEOUT) {
        check_note(c, CHECK_SLOW, NULL, address, SETTING_COUNT);
    } else if (rc == ERR_CONFIG) {
        check_note(c, CHECK_ENCRYPTION, why, address, ca_file, SETTING_COUNT);
    } else {
        check_note(c, CHECK_UNREACHABLE, why, address, SETTING_COUNT);
    }
}

/* ---- asking by HTTP ---- */

int check_left_ms(const struct checking *c)
{
    int64_t left = (c->deadline.ns - mono_now().ns) / 1000000;
    return left > 1 ? (int)left : 1;
}

static void note_status(struct checking *c, const struct check_get *get, int status)
{
    const char *said = pool_printf(c->pool, "HTTP status %d", status);
    if (status == 401) {
        check_note(c, CHECK_CREDENTIALS, said, get->secret, SETTING_COUNT);
    } else if (status == 403) {
        c->check->accepted = true;
        check_note(c, CHECK_FORBIDDEN, said, get->secret, SETTING_COUNT);
    } else if (status == 404 && get->named != SETTING_COUNT) {
        check_note(c, CHECK_UNKNOWN, said, get->named, SETTING_COUNT);
    } else if (status == 429 || status >= 500) {
        check_note(c, CHECK_FAILING, said, SETTING_COUNT);
    } else {
        check_note(c, CHECK_UNCLEAR, said, get->address, SETTING_COUNT);
    }
}

bool check_get(struct checking *c, const struct check_get *get, json_t **out)
{
    struct http_client *http CLEANUP(http_client_free) = http_client_new();
    const char *bearer = get->bearer && get->bearer[0]
                             ? pool_printf(c->pool, "Authorization: Bearer %s", get->bearer)
                             : NULL;
    const char *const headers[] = {"Accept: application/json", bearer, NULL};
    struct http_call call = {
        .method = "GET",
        .url = get->url,
        .basic_user = get->user,
        .basic_password = get->password,
        .headers = headers,
        .timeout_ms = check_left_ms(c),
        .connect_timeout_ms = MIN_OF(check_left_ms(c), CONNECT_MS),
        .answer_max_bytes = ANSWER_MAX_BYTES,
    };
    struct http_answer answer = {0};
    struct err e = {0};
    int rc = http_client_call(http, c->pool, &call, &answer, &e);
    if (rc < 0) {
        check_failed(c, rc, &e, get->address, get->secret, get->address);
        return false;
    }
    c->check->reached = true;
    if (answer.status != 200) {
        note_status(c, get, answer.status);
        return false;
    }
    c->check->accepted = true;
    *out = NULL;
    if (json_read(c->pool, answer.body, out, NULL) < 0) {
        *out = NULL;
    }
    return true;
}

/* ---- all of them ---- */

static void settle(struct check *k, bool asked)
{
    bool grave = false;
    for (size_t i = 0; i < k->n_problems; i++) {
        grave |= kinds[k->problems[i].kind].grave;
    }
    k->state = grave           ? CHECK_WRONG
               : k->n_problems ? CHECK_DOUBTFUL
               : asked         ? CHECK_GOOD
                               : CHECK_SET_UP;
}

struct asking {
    struct checking checking;
    const struct check_row *row;
    struct thread *thread;
};

static void ask_one(void *arg)
{
    struct asking *a = arg;
    struct mono start = mono_now();
    a->checking.check->asked = true;
    a->row->ask(&a->checking);
    a->checking.check->took_ms = MAX_OF(mono_us_since(start) / 1000, 1);
}

static void free_pool(void *arg)
{
    struct pool *p = arg;
    pool_free(&p);
}

/* Before anybody is asked. */
static void look_at(const struct settings *s, struct pool *p, const struct check_row *row,
                    struct asking *a, struct check *k)
{
    struct pool *own = pool_new();
    pool_on_free(p, free_pool, own);
    *k = (struct check){.name = row->name,
                        .channel = row->channel,
                        .provider = row->provider,
                        .title = row->title,
                        .settings = row->settings,
                        .n_settings = row->n_settings};
    int64_t ms = MIN_OF(s->provider_timeout, CHECK_LONGEST_MS - 1000);
    *a = (struct asking){.row = row,
                         .checking = {.settings = s,
                                      .pool = own,
                                      .public_url = settings_public_url(s, own),
                                      .deadline = {mono_now().ns + ms * 1000000},
                                      .check = k}};
    if (row->is_on(s)) {
        row->look(&a->checking);
        settle(k, false);
    }
}

static bool is_complete(const struct check *k)
{
    bool missing = k->n_problems && k->problems[0].kind == CHECK_INCOMPLETE;
    return k->state != CHECK_OFF && !missing;
}

void channels_check(const struct settings *s, struct pool *p, bool ask, struct check **out,
                    size_t *n_out)
{
    struct check *all = pool_calloc(p, CHECKS_MAX, sizeof *all);
    struct asking *askings = pool_calloc(p, CHECKS_MAX, sizeof *askings);
    size_t n = 0;
    for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
        for (const struct check_row *row = tables[t]; row->name && n < CHECKS_MAX; row++, n++) {
            look_at(s, p, row, &askings[n], &all[n]);
        }
    }
    for (size_t i = 0; ask && i < n; i++) {
        if (is_complete(&all[i])) {
            askings[i].thread = thread_start("check", ask_one, &askings[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (askings[i].thread) {
            thread_join(&askings[i].thread);
            settle(&all[i], true);
        }
    }
    *out = all;
    *n_out = n;
}
