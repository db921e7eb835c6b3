/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by which conversations begin, go on and are reopened. */
#include "domain/place.h"

#include "domain/burst.h"
#include "domain/conversation.h"
#include "domain/hold.h"

struct wall place_since(const struct placing *in)
{
    return (struct wall){in->at.us - MIN_OF(in->rules.idle_us, in->rules.reopen_us)};
}

static int begin(struct db *db, struct pool *p, const struct placing *in, struct place *out,
                 struct err *e)
{
    return conversation_begin(db, p, in->customer_id, in->channel, NULL, STR(""), in->at,
                              &out->conversation_id, e);
}

/* It was completed a moment ago. */
static int go_on(struct db *db, struct pool *p, const struct placing *in, struct place *out,
                 struct err *e)
{
    if (in->inbound.p && burst_stands_alone(in->inbound)) {
        return begin(db, p, in, out, e); /* STOP is no matter of what was talked about before */
    }
    if (in->quiet || (in->inbound.p && burst_is_closing(in->inbound))) {
        out->closing = true;
        return 0;
    }
    return conversation_reopen(db, p, out->conversation_id.text,
                               in->inbound.p ? "customer" : "staff", in->at, e);
}

int place_find(struct db *db, struct pool *p, const struct placing *in, const struct rows *current,
               struct place *out, struct err *e)
{
    *out = (struct place){.closing = false};
    if (current->n == 0) {
        return begin(db, p, in, out, e);
    }
    if (!id_parse(row_str(current, 0, 0), &out->conversation_id)) {
        return err_set(e, ERR_INTERNAL, "a conversation's id is not a UUID");
    }
    if (!str_eq(row_str(current, 0, 2), STR("active"))) {
        return go_on(db, p, in, out, e);
    }
    if (row_wall(current, 0, 1).us + in->rules.idle_us > in->at.us) {
        return 0;
    }
    struct standing s; /* whoever has it has not left, however long nothing was said */
    int rc = hold_standing(db, p, out->conversation_id.text, in->at, &s, e);
    if (rc < 0 || s.held) {
        return rc;
    }
    rc = conversation_complete(db, p, out->conversation_id.text, "completed", "idle", in->at, e);
    return rc < 0 ? rc : begin(db, p, in, out, e);
}
