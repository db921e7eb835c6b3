/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on what is to be sent: seeing what waits or failed, and trying one again. */
#include "domain/outbox.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/waiting.h"

/* What staff call the states of a job. */
static const struct {
    const char *ours, *job;
} states[] = {{"waiting", "ready"}, {"sending", "running"}, {"failed", "dead"}};

static const char *state_of_job(struct str job)
{
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        if (str_eq(job, str_of(states[i].job))) {
            return states[i].ours;
        }
    }
    return NULL;
}

static const char *job_state(const char *ours)
{
    for (size_t i = 0; ours && i < ARRAY_SIZE(states); i++) {
        if (strcmp(ours, states[i].ours) == 0) {
            return states[i].job;
        }
    }
    return NULL;
}

static void render_waiting(struct jw *j, const struct waiting *w)
{
    jw_object(j);
    jw_kv_str(j, "message_id", w->message_id);
    jw_kv_str(j, "conversation_id", w->conversation_id);
    jw_kv_str(j, "channel", w->channel);
    jw_kv_text(j, "state", state_of_job(w->state));
    jw_kv_i64(j, "attempts", w->attempts);
    jw_kv_str(j, "due_at", w->due_at);
    if (str_eq(w->state, STR("ready"))) {
        jw_kv_str(j, "next_attempt_at", w->run_at);
    } else {
        jw_kv_null(j, "next_attempt_at");
    }
    jw_kv_text(j, "error", w->last_error.p);
    jw_kv_text(j, "to", w->to.p);
    jw_kv_str(j, "content", w->content);
    jw_object_end(j);
}

int op_list_outbox(struct op_call *c, struct err *e)
{
    const struct list_outbox_in *in = c->in;
    const char *at, *behind = NULL;
    CLEANUP(store_return) struct db *db = NULL;
    struct waiting *rows = NULL;
    size_t n = 0;
    int rc = in->cursor ? cursor_read(c->pool, in->cursor, &at, &behind, e) : 0;
    if (rc == 0) {
        rc = store_borrow(c->app->store, &db, e);
    }
    if (rc == 0) { /* one more, to know whether there is a next page */
        rc = waiting_page(db, c->pool, job_state(in->state), behind, in->page_size + 1, &rows, &n,
                          e);
    }
    if (rc < 0) {
        return rc;
    }
    size_t shown = MIN_OF(n, (size_t)in->page_size);
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "messages");
    jw_array(&j);
    for (size_t i = 0; i < shown; i++) {
        render_waiting(&j, &rows[i]);
    }
    jw_array_end(&j);
    jw_kv_text(&j, "next_cursor",
               n > shown ? cursor_make(c->pool, rows[shown - 1].due_at, rows[shown - 1].job_id)
                         : NULL);
    jw_object_end(&j);
    return 0;
}

static int retry(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct retry_outbox_in *in = c->in;
    return outbox_retry(db, c->pool, in->message_id, wall_now(), e);
}

int op_retry_outbox(struct op_call *c, struct err *e)
{
    const struct retry_outbox_in *in = c->in;
    CLEANUP(store_return) struct db *db = NULL;
    struct message m;
    int rc = op_write(c, retry, c, e);
    if (rc == 0) {
        rc = store_borrow(c->app->store, &db, e);
    }
    if (rc == 0) {
        rc = messages_get(db, c->pool, in->message_id, &m, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_message(&j, &m);
    }
    return rc;
}
