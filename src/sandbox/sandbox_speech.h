/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for a speech server, in the sandbox: OpenAI's transcriptions and speech, with their
 * checks of a request and their errors. It knows what was said by what it is told, as the realtime
 * model's stand-in does; it speaks with flite's fast voice.
 *
 *   POST   /v1/audio/transcriptions   a form with a WAVE file; json or text
 *   POST   /v1/audio/speech           wav or pcm; it can make no other
 *   POST   /sandbox/speech            queues answers, see sandbox_speech_script
 *   DELETE /sandbox/speech            forgets them
 *   GET    /sandbox/speech            {"hears": {"requests": how many, "queued": how many, "last":
 *                                     {"model", "prompt", "ms"}}, "speaks": {.., "last": {"model",
 *                                     "voice", "input"}}}
 *
 * Any key is taken, or none; "sk-invalid" is refused, and so is the model "no-such-model".
 */
#ifndef SANDBOX_SANDBOX_SPEECH_H
#define SANDBOX_SANDBOX_SPEECH_H

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct sandbox;

/*
 * Queues what the next requests are answered with: an object, or a list of them:
 *
 *   "to"        "hear" or "speak": which of the two it is for; must be there
 *   "text"      "…"     what was said (hear)
 *   "status"    500     an error of that status
 *   "raw"       "…"     a body as it is, with "status" or 200
 *   "type"      "…"     its content type
 *   "fault"     truncated: a WAVE file that ends within its head; wide: one of 24 bits; silent: one
 *               without a sample (speak)
 *   "delay_ms"  200     before the answer
 *   "cut"       true    the connection ends without an answer
 *   "count"     3       so often
 *
 * ERR_INVALID, ERR_MALFORMED, ERR_TOO_MANY beyond 256 of each. Any thread.
 */
NODISCARD int sandbox_speech_script(struct sandbox *s, struct str json, struct err *e);
void sandbox_speech_forget(struct sandbox *s);

/* The state as GET /sandbox/speech has it; lives in pool. */
struct str sandbox_speech_state(struct sandbox *s, struct pool *p);

#endif
