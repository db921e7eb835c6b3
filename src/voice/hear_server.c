/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with OpenAI's POST /v1/audio/transcriptions: the turn is collected and sent, when it has
 * ended, as a WAVE file in a form. The business's names go with it as the prompt, which whispers
 * take as a spelling.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/id.h"
#include "voice/hear_answer.h"
#include "voice/hear_private.h"
#include "voice/hear_words.h"
#include "voice/server.h"
#include "voice/wav.h"

#define TURN_MAX ((size_t)60 * HEAR_RATE)
#define BODY_MAX (4u << 20)
#define ANSWER_MAX 262144

struct server_ear {
    struct voice_server *server;
    char *model; /* owned */
    int timeout_ms;
    pthread_mutex_t lock; /* of prompt */
    char *prompt;         /* owned; NULL: nothing was learned */
};

struct server_line {
    struct server_ear *ear;
    int16_t *samples;
    size_t n, room;
};

static int server_open(const struct hear_config *c, void **out, struct err *e)
{
    struct voice_server *server = NULL;
    int rc = voice_server_new(c->url, c->key, &server, e);
    if (rc == 0) {
        struct server_ear *s = xcalloc(1, sizeof *s);
        s->server = server;
        s->model = xstrdup(c->model ? c->model : "");
        s->timeout_ms = c->timeout_ms;
        pthread_mutex_init(&s->lock, NULL);
        *out = s;
    }
    return rc;
}

static void server_close(void *backend)
{
    struct server_ear *s = backend;
    voice_server_free(&s->server);
    pthread_mutex_destroy(&s->lock);
    free(s->model);
    free(s->prompt);
    free(s);
}

static int server_learn(void *backend, const struct facts *f, struct err *e)
{
    struct server_ear *s = backend;
    CLEANUP(pool_free) struct pool *p = pool_new();
    (void)e;
    char *prompt = xstrdup(hear_words_prompt(p, f));
    pthread_mutex_lock(&s->lock);
    char *old = s->prompt;
    s->prompt = prompt;
    pthread_mutex_unlock(&s->lock);
    free(old);
    return 0;
}

static void *server_line_new(void *backend, enum hear_line line)
{
    struct server_line *l = xcalloc(1, sizeof *l);
    l->ear = backend;
    (void)line; /* it hears any line */
    return l;
}

static void server_line_free(void *line)
{
    struct server_line *l = line;
    free(l->samples);
    free(l);
}

static int server_begin(void *line, enum hear_what what, struct err *e)
{
    struct server_line *l = line;
    (void)what, (void)e;
    l->n = 0;
    return 0;
}

static void server_samples(void *line, const int16_t *samples, size_t n)
{
    struct server_line *l = line;
    n = MIN_OF(n, TURN_MAX - l->n);
    if (l->n + n > l->room) {
        l->room = MAX_OF(2 * l->room, l->n + n + 4 * (size_t)HEAR_RATE);
        l->samples = xrealloc(l->samples, l->room * sizeof *l->samples);
    }
    if (n > 0) {
        memcpy(l->samples + l->n, samples, n * sizeof *samples);
        l->n += n;
    }
}

static void add_field(struct buf *to, const char *boundary, const char *name, const char *value)
{
    buf_printf(to, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", boundary,
               name, value);
}

static void write_form(struct server_line *l, const char *boundary, struct buf *to)
{
    struct server_ear *s = l->ear;
    add_field(to, boundary, "model", s->model);
    add_field(to, boundary, "language", "en");
    add_field(to, boundary, "response_format", "json");
    pthread_mutex_lock(&s->lock);
    if (s->prompt) {
        add_field(to, boundary, "prompt", s->prompt);
    }
    pthread_mutex_unlock(&s->lock);
    buf_printf(to,
               "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"turn.wav\"\r\n"
               "Content-Type: audio/wav\r\n\r\n",
               boundary);
    wav_write(to, HEAR_RATE, l->samples, l->n);
    buf_printf(to, "\r\n--%s--\r\n", boundary);
}

static int server_end(void *line, struct pool *p, struct heard *out, struct err *e)
{
    struct server_line *l = line;
    if (!p) {
        return 0;
    }
    struct id boundary = id_new();

    CLEANUP(buf_clear) struct buf body;
    buf_init(&body, BODY_MAX);
    write_form(l, boundary.text, &body);
    struct voice_request r = {.path = "/audio/transcriptions",
                              .content_type =
                                  pool_printf(p, "multipart/form-data; boundary=%s", boundary.text),
                              .body = buf_str(&body),
                              .timeout_ms = l->ear->timeout_ms,
                              .answer_max_bytes = ANSWER_MAX};
    struct str answer;
    int rc = voice_server_ask(l->ear->server, p, &r, &answer, e);
    return rc == 0 ? hear_answer_read(p, answer, out, e) : rc;
}

const struct hear_ops hear_server = {"server",     server_open,     server_close,
                                     server_learn, server_line_new, server_line_free,
                                     server_begin, server_samples,  server_end};
