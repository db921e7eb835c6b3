/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with OpenAI's POST /v1/audio/speech. The sound is asked for as WAVE, because that says
 * its rate: raw PCM is 24 kHz at OpenAI and something else elsewhere.
 */
#include <stdlib.h>

#include "base/json_write.h"
#include "voice/server.h"
#include "voice/speak_private.h"
#include "voice/wav.h"

#define BODY_MAX 65536
#define ANSWER_MAX (16u << 20)
#define PIECE 4096

struct server_voice {
    struct voice_server *server;
    char *voice, *model; /* owned */
    int timeout_ms;
};

static int server_open(const struct speak_config *c, void **out, struct err *e)
{
    struct voice_server *server = NULL;
    int rc = voice_server_new(c->url, c->key, &server, e);
    if (rc == 0) {
        struct server_voice *v = xcalloc(1, sizeof *v);
        v->server = server;
        v->voice = xstrdup(c->voice ? c->voice : "");
        v->model = xstrdup(c->model ? c->model : "");
        v->timeout_ms = c->timeout_ms;
        *out = v;
    }
    return rc;
}

static void server_close(void *backend)
{
    struct server_voice *v = backend;
    voice_server_free(&v->server);
    free(v->voice);
    free(v->model);
    free(v);
}

static void write_request(const struct server_voice *v, struct str sentence, struct buf *to)
{
    struct jw j = jw_to(to);
    jw_object(&j);
    jw_kv_text(&j, "model", v->model);
    jw_kv_text(&j, "voice", v->voice);
    jw_key(&j, "input");
    jw_str(&j, sentence);
    jw_kv_text(&j, "response_format", "wav");
    jw_object_end(&j);
}

static int server_say(void *backend, struct str sentence, struct speak_out *out, struct err *e)
{
    struct server_voice *v = backend;
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(buf_clear) struct buf body;
    buf_init(&body, BODY_MAX);
    write_request(v, sentence, &body);
    struct voice_request r = {.path = "/audio/speech",
                              .content_type = "application/json",
                              .body = buf_str(&body),
                              .timeout_ms = v->timeout_ms,
                              .answer_max_bytes = ANSWER_MAX};
    struct str answer;
    struct wav wav;
    int rc = voice_server_ask(v->server, p, &r, &answer, e);
    if (rc == 0 && wav_read(p, answer, &wav, e) < 0) {
        rc = err_set(e, ERR_PROVIDER,
                     "the speech server's answer is no WAVE of 16-bit PCM: it must support "
                     "response_format wav");
    }
    if (rc == 0 && wav.n == 0) {
        rc = err_set(e, ERR_PROVIDER, "the speech server's answer has no sound");
    }
    for (size_t i = 0; rc == 0 && i < wav.n; i += PIECE) {
        if (!speak_put(out, wav.rate, wav.samples + i, MIN_OF(wav.n - i, PIECE))) {
            break;
        }
    }
    return rc;
}

const struct speak_ops speak_server = {"server", server_open, server_close, server_say};
