/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on calls that go on. What is said in them is read as it was last kept, since the call
 * may be on another server; what the staff want of one is written, and its server does it.
 */
#include "base/json_read.h"
#include "base/settings.h"
#include "domain/voice_call.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/voice_calls.h"
#include "voice/listener.h"

#define CALLS_MOST 200

/* A member of the JSON object as it is; `otherwise` when there is none. */
static struct str member(struct pool *p, const json_t *object, const char *key,
                         struct str otherwise)
{
    json_t *value = json_object_get(object, key);
    return value ? json_dump_to_pool(p, value) : otherwise;
}

static json_t *document_of(struct pool *p, struct str text)
{
    json_t *document;
    return text.n && json_read(p, text, &document, NULL) == 0 ? document : NULL;
}

/* Only the server that has the call has its sound. */
static bool may_listen(const struct op_call *c, const struct voice_call_live *call)
{
    return c->app->settings->voice_listening && !call->waits &&
           (c->actor->permissions & (UINT32_C(1) << PERMISSION_CALLS_LISTEN)) &&
           listener_possible(str_dup(c->pool, call->conversation_id));
}

static void render_live(struct op_call *c, struct jw *j, const struct voice_call_live *call)
{
    const json_t *kept = document_of(c->pool, call->kept);
    const json_t *metadata = document_of(c->pool, call->metadata);
    bool twilio = str_eq(call->transport, STR("twilio"));
    jw_object(j);
    jw_kv_str(j, "call_id", call->id);
    jw_kv_str(j, "conversation_id", call->conversation_id);
    jw_kv_str(j, "transport", call->transport);
    jw_kv_text(j, "direction", call->outbound ? "outbound" : "inbound");
    jw_key(j, "customer");
    if (call->customer_id) {
        struct customer customer = {.id = call->customer_id,
                                    .name = call->name,
                                    .phone = call->phone,
                                    .email = call->email};
        render_customer_brief(j, &customer);
    } else {
        jw_null(j);
    }
    jw_kv_text(j, "phone_number", json_get_text(metadata, "phone_number", NULL));
    jw_kv_text(j, "state", call->waits ? "waiting" : json_get_text(kept, "state", "connecting"));
    jw_kv_text(j, "engine", json_get_text(kept, "engine", NULL));
    jw_kv_str(j, "started_at", call->started_text);
    jw_kv_i64(j, "seconds", MAX_OF((wall_now().us - call->started_at.us) / US_PER_SECOND, 0));
    render_text(j, "kept_at", call->kept_text);
    jw_kv_bool(j, "can_transfer",
               twilio && !call->waits && c->app->settings->transfer_number[0] != '\0');
    jw_kv_bool(j, "can_listen", may_listen(c, call));
    jw_kv_i64(j, "interruption_count", json_get_i64(kept, "interruptions", 0));
    jw_kv_raw(j, "transcript_segments", member(c->pool, kept, "segments", STR("[]")));
    jw_object_end(j);
}

int op_list_live_calls(struct op_call *c, struct err *e)
{
    const struct list_live_calls_in *in = c->in;
    struct voice_call_live *calls = NULL;
    size_t n = 0;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = voice_calls_live(db, c->pool, in->conversation_id, CALLS_MOST, &calls, &n, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "calls");
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        render_live(c, &j, &calls[i]);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

struct wishing {
    struct op_call *call;
    const char *conversation_id, *wish;
};

static int wish_in(struct db *db, void *arg, struct err *e)
{
    const struct wishing *w = arg;
    return voice_call_wish(db, w->call->pool, w->conversation_id, w->wish, wall_now(), e);
}

static int wish(struct op_call *c, const char *conversation_id, const char *what, struct err *e)
{
    struct wishing w = {c, conversation_id, what};
    return op_write_ok(c, wish_in, &w, e);
}

int op_end_call(struct op_call *c, struct err *e)
{
    const struct end_call_in *in = c->in;
    return wish(c, in->conversation_id, VOICE_WISH_END, e);
}

int op_transfer_call(struct op_call *c, struct err *e)
{
    const struct transfer_call_in *in = c->in;
    if (!c->app->settings->transfer_number[0]) {
        return err_set(e, ERR_CONFLICT,
                       "nobody takes calls over: transfer_number is not set in the settings");
    }
    return wish(c, in->conversation_id, VOICE_WISH_TRANSFER, e);
}
