/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The models: the language model's server and those that speak and hear for the local engine list
 * what they have; that of calls must take a WebSocket, which is opened and closed at once. Many
 * compatible servers have no list, so its absence is no fault where none is needed.
 */
#include "channels/check_private.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "io/session.h"

#define ANSWER_BYTES 1024

static bool is_default(const struct settings *s, enum setting_id id)
{
    return strcmp(settings_rows[id].otherwise,
                  *(const char *const *)((const char *)s + settings_rows[id].offset)) == 0;
}

/* By its whole name, or by what stands before a tag, as Ollama has it ("llama3:latest"). */
static bool has_model(const json_t *list, const char *name)
{
    size_t i, n = strlen(name);
    json_t *one;
    json_array_foreach (json_object_get(list, "data"), i, one) {
        const char *id = json_get_text(one, "id", "");
        if (strncmp(id, name, n) == 0 && (id[n] == '\0' || id[n] == ':')) {
            return true;
        }
    }
    return false;
}

struct served {
    const char *url, *key, *model;
    enum setting_id address, secret, named;
};

static void ask_list(struct checking *c, const struct served *m)
{
    struct str base = str_of(m->url);
    while (base.n && base.p[base.n - 1] == '/') {
        base.n--;
    }
    json_t *list = NULL;
    struct check_get get = {
        .url = pool_printf(c->pool, STR_FMT "/models", STR_ARG(base)),
        .bearer = m->key,
        .address = m->address,
        .secret = m->secret,
        .named = SETTING_COUNT,
    };
    if (!check_get(c, &get, &list)) {
        return;
    }
    if (!json_is_array(json_object_get(list, "data"))) {
        check_note(c, CHECK_UNCLEAR, NULL, m->address, SETTING_COUNT);
    } else if (!has_model(list, m->model)) {
        check_note(c, CHECK_UNKNOWN, m->model, m->named, SETTING_COUNT);
    }
}

static void look_nothing(struct checking *c)
{
    (void)c;
}

/* ---- the language model ---- */

static bool model_on(const struct settings *s)
{
    return s->openai_api_key[0] || !is_default(s, SETTING_model_url);
}

static void model_ask_list(struct checking *c)
{
    const struct settings *s = c->settings;
    ask_list(c, &(struct served){s->model_url, s->openai_api_key, s->model_name, SETTING_model_url,
                                 SETTING_openai_api_key, SETTING_model_name});
}

/* ---- hearing and speaking ---- */

static bool hear_on(const struct settings *s)
{
    return s->hear_url[0];
}

static void hear_ask(struct checking *c)
{
    const struct settings *s = c->settings;
    ask_list(c, &(struct served){s->hear_url, s->hear_key, s->hear_model, SETTING_hear_url,
                                 SETTING_hear_key, SETTING_hear_model});
}

static bool speak_on(const struct settings *s)
{
    return s->speak_url[0];
}

static void speak_ask(struct checking *c)
{
    const struct settings *s = c->settings;
    ask_list(c, &(struct served){s->speak_url, s->speak_key, s->speak_model, SETTING_speak_url,
                                 SETTING_speak_key, SETTING_speak_model});
}

/* ---- the realtime model ---- */

static bool realtime_on(const struct settings *s)
{
    return strcmp(s->voice_engine, "local") != 0 &&
           (s->realtime_key[0] || s->openai_api_key[0] || !is_default(s, SETTING_realtime_url));
}

/* The request for a WebSocket (RFC 6455 4.1); the key need not be a secret. */
static const char *upgrade(struct checking *c, struct str host, struct str path)
{
    const struct settings *s = c->settings;
    const char *key = s->realtime_key[0] ? s->realtime_key : s->openai_api_key;
    struct buf model CLEANUP(buf_clear);
    buf_init(&model, 4096);
    form_encode(&model, str_of(s->realtime_model));
    bool query = str_index(path, '?', 0) >= 0;
    return pool_printf(
        c->pool,
        "GET " STR_FMT "%smodel=" STR_FMT " HTTP/1.1\r\nHost: " STR_FMT
        "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s%s\r\n",
        STR_ARG(path), query ? "&" : "?", STR_ARG(buf_str(&model)), STR_ARG(host),
        key[0] ? "Authorization: Bearer " : "", key, key[0] ? "\r\n" : "",
        strcmp(s->realtime_protocol, "beta") == 0 ? "OpenAI-Beta: realtime=v1\r\n" : "");
}

/* The status of the answer's first line; 0: it is none of HTTP. */
static int hear_status(struct checking *c, struct session *session, int *rc_out, struct err *e)
{
    char answer[ANSWER_BYTES];
    size_t n = 0, got = 1;
    int64_t status;
    while (n < 12 && got > 0 && *rc_out == 0) {
        *rc_out =
            session_receive(session, answer + n, sizeof answer - n, check_left_ms(c), &got, e);
        n += got;
        if (*rc_out == 0 && got == 0) {
            *rc_out = err_set(e, ERR_TIMEOUT, "no answer");
        }
    }
    bool http = *rc_out == 0 && n >= 12 && memcmp(answer, "HTTP/1.", 7) == 0;
    return http && str_to_i64((struct str){answer + 9, 3}, &status) ? (int)status : 0;
}

static void judge_upgrade(struct checking *c, int status)
{
    const char *said = pool_printf(c->pool, "HTTP status %d", status);
    bool own_key = c->settings->realtime_key[0] != '\0';
    enum setting_id secret = own_key ? SETTING_realtime_key : SETTING_openai_api_key;
    c->check->reached = true;
    if (status == 101) {
        c->check->accepted = true;
    } else if (status == 401 || status == 403) {
        check_note(c, status == 401 ? CHECK_CREDENTIALS : CHECK_FORBIDDEN, said, secret,
                   SETTING_COUNT);
    } else if (status == 400 || status == 404) {
        check_note(c, CHECK_UNKNOWN, said, SETTING_realtime_model, SETTING_realtime_url,
                   SETTING_COUNT);
    } else {
        check_note(c, CHECK_FAILING, said, SETTING_realtime_url, SETTING_COUNT);
    }
}

static void realtime_ask(struct checking *c)
{
    const struct settings *s = c->settings;
    struct str url = str_of(s->realtime_url);
    if (!str_starts(url, STR("ws"))) {
        check_note(c, CHECK_UNREACHABLE, NULL, SETTING_realtime_url, SETTING_COUNT);
        return;
    }
    const char *http = pool_printf(c->pool, "http%s", s->realtime_url + strlen("ws"));
    const char *host = strstr(http, "://");
    host = host ? host + 3 : http;
    size_t n = strcspn(host, "/?");
    struct session_account account = {
        .url = http,
        .user = "",
        .password = "",
        .ca_file = s->realtime_ca_file,
        .timeout_ms = check_left_ms(c),
    };
    struct session *session CLEANUP(session_free) = session_new();
    struct err e = {0};
    int status = 0, rc = session_open(session, &account, &e);
    if (rc == 0) {
        const char *path = host[n] == '/' ? host + n : "/";
        const char *text = upgrade(c, (struct str){host, n}, str_of(path));
        rc = session_send(session, str_of(text), check_left_ms(c), &e);
    }
    if (rc == 0) {
        status = hear_status(c, session, &rc, &e);
    }
    if (rc < 0) {
        check_failed(c, rc, &e, SETTING_realtime_url, SETTING_realtime_key,
                     SETTING_realtime_ca_file);
        return;
    }
    judge_upgrade(c, status);
}

const struct check_row check_model_rows[] = {
    {"model",
     "model",
     "openai",
     "Language model",
     model_on,
     look_nothing,
     model_ask_list,
     {SETTING_openai_api_key, SETTING_model_url, SETTING_model_name},
     3},
    {"realtime",
     "model",
     "openai",
     "Realtime model for calls",
     realtime_on,
     look_nothing,
     realtime_ask,
     {SETTING_voice_engine, SETTING_realtime_url, SETTING_realtime_model, SETTING_realtime_key,
      SETTING_realtime_ca_file},
     5},
    {"hear",
     "model",
     "openai",
     "Speech recognition server",
     hear_on,
     look_nothing,
     hear_ask,
     {SETTING_hear_url, SETTING_hear_model, SETTING_hear_key},
     3},
    {"speak",
     "model",
     "openai",
     "Speech server",
     speak_on,
     look_nothing,
     speak_ask,
     {SETTING_speak_url, SETTING_speak_model, SETTING_speak_key},
     3},
    {0},
};
