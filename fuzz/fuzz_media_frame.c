/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may come on a call's media stream. Beside crashes: what the one-pass scanner takes the
 * parser must take too, alike; sound that was let through is base64 that is safe to pass on; and a
 * view lies within the message.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/json_read.h"
#include "base/pool.h"
#include "voice/media_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_hold(bool held)
{
    if (!held) {
        abort();
    }
}

static bool within(struct str part, struct str whole)
{
    return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

/* The scanner's reading against what jansson makes of the same text. */
static void compare(struct pool *p, struct str text, const struct media_frame *f)
{
    json_t *message;
    must_hold(json_read(p, text, &message, NULL) == 0);
    const json_t *media = json_object_get(message, "media");
    must_hold(str_eq(f->sound, str_of(json_get_text(media, "payload", ""))));
    must_hold(str_eq(f->stream_sid, str_of(json_get_text(message, "streamSid", ""))));
    must_hold(strcmp(json_get_text(message, "event", ""), "media") == 0);
    must_hold(strtoll(json_get_text(message, "sequenceNumber", ""), NULL, 10) == f->sequence);
    must_hold(strtoll(json_get_text(media, "chunk", ""), NULL, 10) == f->chunk);
    must_hold(strtoll(json_get_text(media, "timestamp", ""), NULL, 10) == f->at_ms);
    must_hold(within(f->sound, text) && within(f->stream_sid, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    /* Its own memory, without a byte behind it, so that the sanitizer sees a step too far. */
    char *bytes = malloc(size ? size : 1);
    if (size) {
        memcpy(bytes, data, size);
    }
    struct str text = {bytes, size}, decoded;
    struct media_frame f, scanned;
    struct err e = {0};
    bool quick = media_frame_scan(text, &scanned);
    int rc = media_frame_read(p, text, &f, &e);
    must_hold(!quick || (rc == 0 && f.event == MEDIA_SOUND));
    must_hold(rc == 0 || (rc == ERR_MALFORMED && e.text[0]));
    if (quick) {
        compare(p, text, &scanned);
    }
    if (rc == 0 && f.event == MEDIA_SOUND) {
        must_hold(base64_decode(p, f.sound, &decoded) && decoded.n > 0);
        must_hold(decoded.n <= MEDIA_SOUND_MAX_BYTES && f.sound.n % 4 == 0);
        must_hold(!memchr(f.sound.p, '"', f.sound.n) && !memchr(f.sound.p, '\\', f.sound.n));
    }
    free(bytes);
    return 0;
}
