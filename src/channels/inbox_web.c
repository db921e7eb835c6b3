/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a message of the web chat becomes. The browser names it, and sends it again under that name
 * until it knows that it has arrived; visitor and name together count once.
 */
#include "channels/inbox.h"
#include "channels/web_chat.h"
#include "domain/inbound_chat.h"

static int read_message(struct inbox_work *w, struct err *e)
{
    struct web_chat_message *m = pool_calloc(w->pool, 1, sizeof *m);
    int rc = web_chat_message_read(w->pool, w->entry.body, m, e);
    if (rc == 0) {
        w->entry.provider_id = web_chat_message_name(w->pool, m);
        w->read = m;
    }
    return rc;
}

static int apply_message(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct web_chat_message *m = w->read;
    struct inbound_chat in = {
        .request = &w->entry,
        .key_hash = m->key_hash,
        .client_id = m->client_id,
        .origin = m->origin,
        .page = m->page,
        .text = m->text,
        .at = w->entry.received_at,
        .now = w->now,
        .burst_us = w->config->burst_us,
        .rules = w->config->rules,
    };
    struct inbound_chat_result out;
    int rc = inbound_chat_take(db, w->pool, &in, &out, e);
    if (rc == 0) {
        w->duplicate = out.duplicate;
        w->message = out.duplicate ? NULL : pool_strdup(w->pool, out.message_id.text);
    }
    return rc;
}

const struct inbox_kind inbox_web_message = {"web", "message", false, read_message, apply_message};
