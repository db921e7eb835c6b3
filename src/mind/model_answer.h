/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chat-completions server answered, read with suspicion: sizes are bounded, types checked,
 * text is valid UTF-8, and what compatible servers leave out (ids, usage, content) may be missing.
 * It checks form only; whether a tool exists or an answer is true is the caller's business.
 * Pure; any thread.
 */
#ifndef MIND_MODEL_ANSWER_H
#define MIND_MODEL_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

#define MODEL_CALLS_MAX 8               /* tools that one answer may call */
#define MODEL_ARGUMENTS_MAX (16u << 10) /* bytes of one call's arguments */
#define MODEL_CONTENT_MAX (64u << 10)

enum model_finish { MODEL_STOP, MODEL_CALLS, MODEL_CUT, MODEL_FILTERED };

struct model_call {
    const char *id;   /* made up when the server gave none, or one twice */
    const char *name; /* 1 to 64 letters, digits, _ and - */
    json_t *args;     /* NULL: they were no JSON object */
};

struct model_usage {
    int64_t prompt_tokens, completion_tokens; /* 0: not told */
};

struct model_answer {
    struct str content;  /* empty: none; what a model thought aloud before it is left out */
    const char *refusal; /* NULL: none */
    enum model_finish finish;
    size_t n_calls;
    struct model_call calls[MODEL_CALLS_MAX];
    struct model_usage usage;
    const char *model; /* as the server calls it; "" when it does not */
};

/* 0, or ERR_PROVIDER with what is wrong. Lives in pool. */
NODISCARD int model_answer_read(struct pool *p, struct str body, struct model_answer *out,
                                struct err *e);

/* The assistant's message to send back before its tools' results. Lives in pool. */
json_t *model_answer_message(struct pool *p, const struct model_answer *a);

/*
 * What the body of an error says: its code or type, as far as it is a plain word, and whether its
 * sentence has the given word in it (any case).
 */
struct model_refusal {
    char code[65];
    struct str text;
};
void model_refusal_read(struct pool *p, struct str body, struct model_refusal *out);
bool model_refusal_names(const struct model_refusal *r, const char *word);

#endif
