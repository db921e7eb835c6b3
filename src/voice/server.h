/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A speech server of one's own with the interface of OpenAI's audio endpoints: what asking one
 * needs, whatever it is asked. Keeps connections, and leaves a server that fails alone for a while
 * (io/breaker.h).
 */
#ifndef VOICE_SERVER_H
#define VOICE_SERVER_H

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct voice_server; /* shared by all threads */

/* url: with /v1. ERR_CONFIG: not an http or https address. *out owned. */
NODISCARD int voice_server_new(const char *url, const char *key, struct voice_server **out,
                               struct err *e);
void voice_server_free(struct voice_server **s);

struct voice_request {
    const char *path; /* "/audio/speech" */
    const char *content_type;
    struct str body;
    int timeout_ms;
    size_t answer_max_bytes;
};

/*
 * Once; the body of a 200 lives in pool. ERR_TIMEOUT, ERR_UNAVAILABLE (it is left alone),
 * ERR_CONFIG (it refuses key, path or model), ERR_PROVIDER. Blocks; any thread.
 */
NODISCARD int voice_server_ask(struct voice_server *s, struct pool *p,
                               const struct voice_request *r, struct str *answer, struct err *e);

#endif
