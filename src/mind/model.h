/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A language model behind a chat-completions interface (OpenAI, vLLM, llama.cpp's server, Ollama):
 * one question, one answer, within a deadline. Repeats what is worth repeating, honours
 * Retry-After, stops asking a server that fails (io/breaker.h), and learns what a server does not
 * take. It knows nothing of turns and tools beyond passing them on.
 */
#ifndef MIND_MODEL_H
#define MIND_MODEL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "mind/model_answer.h"

struct model;

/* How an answer is held to its schema. */
enum model_format {
    /* SCHEMA, but TEXT while tools are offered to another server than OpenAI's own: many hold every
     * word to the schema then, so that no tool is ever called. */
    MODEL_FORMAT_AUTO,
    MODEL_FORMAT_SCHEMA, /* response_format json_schema */
    MODEL_FORMAT_OBJECT, /* response_format json_object */
    MODEL_FORMAT_TEXT,   /* only by the words of the prompt */
};

/* "auto", "schema", "object", "text"; false when it is none of them. */
NODISCARD bool model_format_of(const char *name, enum model_format *out);

struct model_config {
    const char *url;  /* with /v1, without a slash at the end */
    const char *key;  /* "" or NULL: no Authorization */
    const char *name; /* of the model */
    enum model_format format;
    int timeout_ms, voice_timeout_ms; /* of a whole turn */
    int history_tokens;               /* of the conversation so far that a turn shows it */
    int attempts;
    int breaker_failures; /* in a row, until it is left alone; 0: 5 */
    int breaker_open_ms;  /* for so long; 0: 30 s */
};

/* Copies the config. Returned owned; shared by all threads. */
NODISCARD struct model *model_new(const struct model_config *config);
void model_free(struct model **m);

/* Borrowed from the model. */
const struct model_config *model_settings(const struct model *m);

/* Is it worth asking now? false while the breaker is open. */
bool model_available(struct model *m);

struct model_request {
    json_t *messages; /* borrowed */
    json_t *tools;    /* borrowed; NULL: none */
    bool no_calls;    /* it must not call any */
    const char *schema_name;
    json_t *schema; /* of the answer; borrowed; NULL: free text */
    int answer_tokens;
    struct mono deadline;
};

/*
 * 0 when an answer of proper form came. ERR_UNAVAILABLE (the breaker is open), ERR_TIMEOUT (the
 * deadline), ERR_CONFIG (the server refuses key, model or address), ERR_PROVIDER. The answer lives
 * in pool. Any thread that may block.
 */
NODISCARD int model_ask(struct model *m, struct pool *p, const struct model_request *r,
                        struct model_answer *out, struct err *e);

#endif
