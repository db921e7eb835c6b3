/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation is locked while its figures are found out, so that a message that comes meanwhile
 * marks it after that and not before. Progress: what is further on stands for what lies before it.
 */
#include "domain/figures.h"

#include "base/json_read.h"
#include "domain/outbox.h"
#include "store/conversations.h"
#include "store/figures.h"
#include "store/messages.h"

enum { WANTED = 1, OFFERED, BOOKED, KEPT };

#define AT_ONCE 100

static void count_messages(struct pool *p, struct rows *messages, bool call, struct figures *f)
{
    bool assistant = call, staff = false;
    ROWS_EACH (i, *messages) {
        struct message m;
        message_from_row(messages, i, &m);
        if (str_eq(m.direction, STR("inbound"))) {
            f->heard_at = f->heard_at.p ? f->heard_at : m.sent_at;
            continue;
        }
        bool person = outbox_is_of_staff(p, m.metadata);
        staff |= person;
        assistant |= !person;
        if (f->heard_at.p && !f->answered_at.p) {
            f->answered_at = m.sent_at;
        }
    }
    f->answered_by = staff && assistant ? "both" : staff ? "staff" : assistant ? "assistant" : NULL;
}

static bool says(const json_t *details, const char *key, const char *value)
{
    return strcmp(json_get_text(details, key, ""), value) == 0;
}

/* How far an event shows that it got. */
static int64_t progress_of(struct pool *p, const struct event_row *ev)
{
    json_t *d = NULL;
    bool intent = str_eq(ev->event_type, STR("intent_detected"));
    bool tool = str_eq(ev->event_type, STR("function_called"));
    bool action = str_eq(ev->event_type, STR("appointment_action"));
    if ((!intent && !tool && !action) || !ev->details.n ||
        json_read(p, ev->details, &d, NULL) < 0) {
        return 0;
    }
    if (action) {
        return says(d, "action", "booked") ? BOOKED : 0;
    }
    if (tool) {
        return says(d, "name", "check_availability") || says(d, "name", "book_appointment")
                   ? OFFERED
                   : 0;
    }
    return says(d, "intent", "book") || says(d, "intent", "availability") ? WANTED : 0;
}

struct finding {
    struct pool *pool;
    const struct rows *ids;
    size_t from, to;
};

static int find_one(struct db *db, struct pool *p, const char *id, struct err *e)
{
    struct arg arg = A_TEXT(id);
    struct rows locked, conversation, messages, events, kept;
    struct query queries[] = {
        conversations_lock_query(&arg, &locked), conversations_query(&arg, &conversation),
        messages_query(&arg, &messages),         events_query(&arg, &events),
        figures_kept_query(&arg, &kept),
    };
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    if (rc < 0 || conversation.n == 0) {
        return rc;
    }
    struct conversation c;
    struct figures f = {0};
    conversation_from_row(&conversation, 0, &c);
    messages_in_order(&messages);
    count_messages(p, &messages, str_eq(c.channel, STR("voice")), &f);
    f.progress = kept.n ? KEPT : str_eq(c.outcome, STR("appointment_scheduled")) ? BOOKED : 0;
    ROWS_EACH (i, events) {
        struct event_row ev;
        event_from_row(&events, i, &ev);
        f.escalated |= str_eq(ev.event_type, STR("escalation_requested"));
        f.progress = MAX_OF(f.progress, progress_of(p, &ev));
    }
    return figures_put(db, id, &f, e);
}

static int find_some(struct db *db, void *arg, struct err *e)
{
    const struct finding *f = arg;
    int rc = 0;
    CLEANUP(pool_free) struct pool *p = pool_new();
    for (size_t i = f->from; rc == 0 && i < f->to; i++) {
        rc = find_one(db, p, row_text(f->ids, i, 0), e);
        pool_clear(p);
    }
    return rc;
}

int figures_refresh(struct store *s, struct pool *p, int64_t limit, bool *more_out, struct err *e)
{
    struct rows ids = {0};
    {
        CLEANUP(store_return) struct db *db = NULL;
        int rc = store_borrow(s, &db, e);
        if (rc == 0) {
            rc = figures_wanted(db, p, limit + 1, &ids, e);
        }
        if (rc < 0) {
            return rc;
        }
    }
    size_t n = MIN_OF(ids.n, (size_t)limit);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i += AT_ONCE) {
        struct finding f = {p, &ids, i, MIN_OF(n, i + AT_ONCE)};
        rc = store_write(s, find_some, &f, e);
    }
    *more_out = ids.n > n;
    return rc;
}
