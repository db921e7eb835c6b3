/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the model's stand-in share. */
#ifndef SANDBOX_SANDBOX_MODEL_PRIVATE_H
#define SANDBOX_SANDBOX_MODEL_PRIVATE_H

#include <jansson.h>

#include "sandbox/sandbox_model.h"
#include "sandbox/sandbox_private.h"

/* What the assistant's message will be. */
struct model_say {
    const char *content; /* NULL: null */
    const char *refusal; /* NULL: null */
    json_t *calls;       /* [{"id","name","arguments": text}]; NULL: none */
    const char *finish;
};

/* What is wrong with a request, in OpenAI's words; NULL: nothing. */
struct model_complaint {
    int status;
    const char *type, *code, *param, *message;
};

/* sandbox_model_check.c: false, with a complaint, when OpenAI would refuse the request. */
bool sandbox_model_ok(struct pool *p, const json_t *request, struct model_complaint *out);

/* sandbox_model_rules.c: what the rules say to a request that is well formed. */
void sandbox_model_think(struct pool *p, const json_t *request, struct model_say *out);

/* sandbox_model.c: a request under /v1/, and those to /sandbox/model. */
void sandbox_model_serve(struct sandbox *s, struct http_request *req, struct http_response *res);
int sandbox_model_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                          struct err *e);
void sandbox_model_clear(struct sandbox *s);

#endif
