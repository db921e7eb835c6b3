/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of a call from a browser (WS /ws/voice/{session_id}): JSON objects with a `type` and
 * mostly `data`. What the client may send:
 *
 *   audio        data: base64 of 16-bit PCM, 24 kHz, mono
 *   text         data: a turn, typed or recognised by the browser
 *   commit, interrupt, end_session
 *   ping         data: {"client_sent_at": a number or text of the client's}
 *   played       data: {"ms"}: how much of all the sound it was sent is behind it, played or
 * dropped
 *
 * Sound comes fifty times a second of each call, so the usual form of its message is read without
 * a JSON parser; everything else goes through one. Pure; any thread.
 */
#ifndef VOICE_BROWSER_FRAME_H
#define VOICE_BROWSER_FRAME_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

#define BROWSER_TEXT_BYTES 2000         /* of a turn */
#define BROWSER_SENT_AT_BYTES 100       /* of a ping's time */
#define BROWSER_FRAME_BYTES (512 << 10) /* of a message: eight seconds of sound */

enum browser_frame_kind {
    BROWSER_AUDIO,
    BROWSER_TEXT,
    BROWSER_COMMIT,
    BROWSER_INTERRUPT,
    BROWSER_END,
    BROWSER_PING,
    BROWSER_PLAYED,
};

struct browser_frame {
    enum browser_frame_kind kind;
    struct str data;   /* AUDIO: checked base64 of whole samples, n may be 0; TEXT: trimmed, not
                        * empty; PING: the client's time as JSON. In the message or the pool. */
    int64_t played_ms; /* PLAYED */
    bool number;       /* PING: its time is a number */
};

/* Is it an audio message in its usual form, without a mistake? Its base64 then, in the message. */
bool browser_frame_audio(struct str message, struct str *base64_out);

/*
 * 0, or what the client is told: ERR_MALFORMED (no such JSON), ERR_UNSUPPORTED (an unknown type),
 * ERR_INVALID (its data). Borrows from the message; what must be unescaped lives in pool.
 */
NODISCARD int browser_frame_read(struct pool *p, struct str message, struct browser_frame *out,
                                 struct err *e);

/*
 * The answer to a ping: the time it came with, and when it came in the same form, milliseconds
 * since 1970 for a number and RFC 3339 for a text.
 */
void browser_pong_write(struct buf *out, const struct browser_frame *ping, struct wall now);

/* {"type":"error","data":{"code","message"}} */
void browser_error_write(struct buf *out, int code, const char *message);

/* Is it standard base64, padded, of whole 16-bit samples? */
bool browser_sound_ok(struct str base64);

#endif
