/* SPDX-License-Identifier: Apache-2.0 */
/* What those who watch a call on a page are told of it, in words (voice_desk_watch). */
#include "base/buf.h"
#include "base/json_write.h"
#include "voice/call_private.h"

#define WATCH_BYTES 65536

static bool is_watched(const struct call *c)
{
    const struct voice_watch *w = voice_desk_watcher(c->desk);
    return w->tell && w->anybody(w->arg);
}

void call_tell_watchers(struct call *c, enum call_speaker who, struct str text, bool final)
{
    if (!is_watched(c)) {
        return;
    }
    const struct voice_watch *w = voice_desk_watcher(c->desk);
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, WATCH_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "type", text.p ? "call_said" : "call_state");
    jw_kv_text(&j, "conversation_id", c->who.conversation_id.text);
    jw_kv_text(&j, "state", call_state_name(c->state));
    jw_key(&j, "timestamp");
    jw_double(&j, (double)(call_now_ms(c) + c->before_ms) / 1000);
    if (text.p) {
        jw_kv_text(&j, "speaker", who == CALL_CUSTOMER ? "customer" : "assistant");
        jw_kv_str(&j, "text", text);
        jw_kv_bool(&j, "final", final);
    }
    jw_object_end(&j);
    if (!buf_failed(&b)) {
        w->tell(w->arg, buf_str(&b));
    }
}
