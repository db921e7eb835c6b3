/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for a language model's server, in the sandbox: OpenAI's chat completions, with its
 * checks of a request, its members and its errors. What it answers is either what a test has
 * queued, or the work of a few rules that really use the tools they are offered, so that a
 * demonstration works without any network. It knows nothing of language.
 *
 *   POST   /v1/chat/completions    as OpenAI's; "stream": true too
 *   GET    /v1/models, /v1/models/{id}
 *   POST   /sandbox/model          queues answers, see sandbox_model_script
 *   DELETE /sandbox/model          forgets them
 *   GET    /sandbox/model          {"requests": how many, "queued": how many, "last": the last one}
 *
 * Any key is taken, or none; "sk-invalid" is refused, and so is the model "no-such-model".
 */
#ifndef SANDBOX_SANDBOX_MODEL_H
#define SANDBOX_SANDBOX_MODEL_H

#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct sandbox;

#define SANDBOX_MODEL "ava-rules"

/*
 * Queues what the next requests are answered with: an object, or a list of them:
 *
 *   "reply"       {…}     an answer whose content is this object
 *   "content"     "…"     an answer with this content
 *   "tool_calls"  [{"name", "arguments": {…} or "…", "id"}]
 *   "refusal"     "…"
 *   "finish_reason" "…"   instead of stop or tool_calls
 *   "status"      429     an error of that status, with "code" and "message" when given
 *   "retry_after" 2       seconds, sent with it
 *   "raw"         "…"     a body as it is, with "status" or 200
 *   "delay_ms"    200     before the answer
 *   "cut"         true    the connection ends without an answer
 *   "count"       3       so often
 *
 * ERR_INVALID, ERR_MALFORMED, ERR_TOO_MANY beyond 256. Any thread.
 */
NODISCARD int sandbox_model_script(struct sandbox *s, struct str json, struct err *e);
void sandbox_model_forget(struct sandbox *s);

/* How many requests came to chat/completions, and the body of the last one (lives in pool). */
int64_t sandbox_model_requests(struct sandbox *s);
struct str sandbox_model_last(struct sandbox *s, struct pool *p);

#endif
