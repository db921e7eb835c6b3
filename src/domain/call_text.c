/* SPDX-License-Identifier: Apache-2.0 */
/* That a call has had its text stands with the idempotency keys, under the call's conversation. */
#include "domain/call_text.h"

#include "domain/consent.h"
#include "domain/conversation.h"
#include "domain/outbox.h"
#include "store/customers.h"
#include "store/idempotency.h"

#define USED_BY "call text"
#define SMS "sms"

int call_text_allowed(struct db *db, struct pool *p, const char *to, bool *allowed_out,
                      struct err *e)
{
    struct consent_verdict v = {.allowed = true};
    int rc = consent_check(db, p, to, SMS, "answer", &v, e);
    *allowed_out = rc == 0 && v.allowed;
    return rc;
}

static int find_place(struct db *db, struct pool *p, const struct call_text *t, struct place *out,
                      struct err *e)
{
    struct placing placing = {
        .channel = SMS,
        .at = t->now,
        .rules = t->rules,
    };
    struct rows current = {0};
    int rc = customers_find_or_make(db, p, t->to, t->now, &placing.customer_id, e);
    if (rc == 0) {
        rc = db_rows(db, p, &conversations_current,
                     ARGS(A_TEXT(t->to), A_TEXT(SMS), A_WALL(place_since(&placing))), &current, e);
    }
    return rc < 0 ? rc : place_find(db, p, &placing, &current, out, e);
}

int call_text_send(struct db *db, struct pool *p, const struct call_text *t, struct err *e)
{
    struct place place;
    struct id message;
    int rc = idempotency_put(db, USED_BY, t->conversation_id, "text", "", 101, STR(""), t->now, e);
    if (rc == 0) {
        rc = find_place(db, p, t, &place, e);
    }
    if (rc < 0) {
        return rc;
    }
    const struct outbox_message m = {
        .conversation_id = place.conversation_id.text,
        .channel = CHANNEL_SMS,
        .from = t->from,
        .to = t->to,
        .body = t->body,
        .voice = OUTBOX_ASSISTANT,
        .purpose = OUTBOX_ANSWER,
        .now = t->now,
    };
    rc = outbox_add(db, p, &m, &message, e);
    const char *details = pool_printf(p, "{\"conversation_id\":\"%s\",\"message_id\":\"%s\"}",
                                      place.conversation_id.text, message.text);
    return rc < 0 ? rc
                  : conversation_add_event(db, p, t->conversation_id, NULL, "call_texted",
                                           str_of(details), t->now, NULL, e);
}
