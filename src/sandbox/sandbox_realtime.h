/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for a realtime model's server, in the sandbox: OpenAI's Realtime interface over a
 * WebSocket, with its events, their order, its checks and its errors. It hears by loudness alone,
 * and what was said by what it is told; it answers with what a test has queued, or with the rules
 * of the language model's stand-in (sandbox/sandbox_model.h), which use the tools they are offered.
 * It speaks in a tone, as long as the words would take.
 *
 *   GET    /v1/realtime?model=     the WebSocket; the older names when OpenAI-Beta asks for them
 *   POST   /sandbox/realtime       queues answers, see sandbox_realtime_script
 *   POST   /sandbox/realtime/heard {"text", "call"}: what the next turn of a caller will have been;
 *                                  call: of the session that was opened with that name, any without
 *   DELETE /sandbox/realtime       forgets all that
 *   GET    /sandbox/realtime       {"sessions", "open", "queued", "appended_ms", "events": the last
 *                                  ones that clients sent, without sound, "session": the last one}
 *
 * A key is needed, any but "sk-invalid"; the model "no-such-model" does not exist.
 */
#ifndef SANDBOX_SANDBOX_REALTIME_H
#define SANDBOX_SANDBOX_REALTIME_H

#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct sandbox;

#define SANDBOX_REALTIME_MODEL "ava-voice"

/*
 * Queues what the next turns are; an object, or a list of them:
 *
 *   "hears"     "..."   what the caller is taken to have said
 *   "says"      "..."   the words of the answer
 *   "calls"     [{"name", "arguments": {} or "..."}]    functions, called after the words
 *   "voice_ms"  800     so long is the sound of the words
 *   "delay_ms"  200     before the answer
 *   "fault"     stall: no answer; hang: none after half of it; error: an error event in its place;
 *               failed: a response that failed; close: the connection ends; cut: the same after
 *               half of it; awkward: events in an unusual order, late and twice; huge: all sound in
 *               one event; unknown: events that nobody knows among the others; malformed: a frame
 *               that is no JSON
 *   "code"      "..."   of the error or of the failure
 *   "refuse"    503     a connection is refused with this status
 *   "count"     3       so often
 *
 * Without says, calls and fault the rules answer. Each response takes one, whether the caller has
 * spoken or asked for it; responses that are told their words take none. ERR_INVALID,
 * ERR_MALFORMED, ERR_TOO_MANY beyond 256. Any thread.
 */
NODISCARD int sandbox_realtime_script(struct sandbox *s, struct str json, struct err *e);
void sandbox_realtime_forget(struct sandbox *s);

/*
 * What the next turn of a caller will have been, if the script does not say: simulated callers
 * announce their words. `call` is the name with which the call's session is opened
 * (X-Client-Request-Id, up to a "/"), so that no other call hears them; "": whoever is next and has
 * no words of their own. A session without a name hears what was announced first. Any thread.
 */
void sandbox_realtime_heard(struct sandbox *s, struct str call, struct str text);

/* The state as GET /sandbox/realtime has it; lives in pool. */
struct str sandbox_realtime_state(struct sandbox *s, struct pool *p);

#endif
