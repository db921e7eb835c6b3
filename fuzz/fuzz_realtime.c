/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a realtime model's server can send: a frame is scanned, and what the scan says of it is held
 * against jansson's reading of the same bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "voice/audio.h"
#include "voice/realtime_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static bool within(struct str part, struct str whole)
{
    return !part.p || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

/* A plain text that was found is the member of that name. */
static void same(const json_t *doc, const char *key, struct str found)
{
    const json_t *member = json_object_get(doc, key);
    if (found.p) {
        struct str real = {json_string_value(member), json_string_length(member)};
        must(json_is_string(member) && str_eq(real, found));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str frame = {(const char *)data, size};
    struct realtime_event e;
    json_t *doc = NULL;
    bool whole = realtime_event_scan(frame, &e);
    bool json = json_read(p, frame, &doc, NULL) == 0 && json_is_object(doc);
    must(whole || !json || memchr(frame.p, 0, frame.n)); /* jansson passes over some NULs */
    const struct str parts[] = {e.type,       e.item_id, e.response_id, e.audio,   e.delta,
                                e.transcript, e.item,    e.response,    e.session, e.error};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        must(within(parts[i], frame));
    }
    if (json) {
        same(doc, "type", e.type);
        same(doc, "item_id", e.item_id);
        same(doc, "response_id", e.response_id);
        same(doc, "delta", e.audio);
        const json_t *said = json_object_get(doc, "transcript");
        struct str text = realtime_text(p, e.transcript);
        must(utf8_valid(text));
        must(!json_is_string(said) ||
             str_eq(text, (struct str){json_string_value(said), json_string_length(said)}));
    }
    if (e.audio.p) {
        must(audio_base64_bytes(e.audio.p, e.audio.n) <= e.audio.n / 4 * 3);
    }
    return 0;
}
