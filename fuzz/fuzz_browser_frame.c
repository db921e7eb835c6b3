/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a message of a browser's call. The short way for sound must find what the long way
 * finds, and what is answered must be JSON whatever was sent.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "voice/browser_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static void must_be_json(struct pool *p, const struct buf *b)
{
    json_t *root;
    must(!buf_failed(b));
    must(json_read(p, buf_str(b), &root, NULL) == 0);
}

static void check_answer(struct pool *p, const struct browser_frame *f, int rc, const struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 4096);
    if (rc < 0) {
        browser_error_write(&b, rc, err_text(e, rc));
        must_be_json(p, &b);
    } else if (f->kind == BROWSER_PING) {
        browser_pong_write(&b, f, (struct wall){1764295200000000});
        must_be_json(p, &b);
    }
}

/* What the short way takes, JSON means as well. */
static void check_short_way(struct pool *p, struct str message)
{
    struct str base64;
    json_t *root;
    if (!browser_frame_audio(message, &base64)) {
        return;
    }
    must(json_read(p, message, &root, NULL) == 0);
    must(strcmp(json_get_text(root, "type", ""), "audio") == 0);
    const json_t *sound = json_object_get(root, "data");
    must(json_is_string(sound));
    must(str_eq((struct str){json_string_value(sound), json_string_length(sound)}, base64));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str message = {pool_strndup(p, (const char *)data, size), size};
    struct browser_frame f;
    struct err e = {0};
    check_short_way(p, message);
    int rc = browser_frame_read(p, message, &f, &e);
    if (rc == 0) {
        must(f.kind != BROWSER_AUDIO || browser_sound_ok(f.data));
        must(f.kind != BROWSER_TEXT || (f.data.n > 0 && f.data.n <= BROWSER_TEXT_BYTES));
        must(f.kind != BROWSER_PLAYED || f.played_ms >= 0);
    }
    check_answer(p, &f, rc, &e);
    return 0;
}
