/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation's life, on top of the statements in store/conversations.h and store/messages.h. */
#include "domain/conversation.h"

#include "domain/ending.h"
#include "store/changes.h"
#include "store/desk.h"
#include "store/figures.h"
#include "store/holds.h"
#include "store/jobs.h"

const char *conversation_lane(struct pool *p, const char *kind, const char *conversation_id)
{
    return pool_printf(p, "%s:%s", kind, conversation_id);
}

static int insert(struct db *db, struct pool *p, const struct conversation_new *c, struct err *e)
{
    struct id event = id_new();
    struct event_new began = {
        .id = event.text,
        .conversation_id = c->id,
        .type = "session_started",
        .at = c->at,
        .details = str_of(pool_printf(p, "{\"channel\":\"%s\"}", c->channel)),
    };
    int rc = conversations_insert(db, c, e);
    if (rc == 0) {
        rc = events_insert(db, &began, e);
    }
    return rc < 0 ? rc : changes_add(db, "conversation", c->id, NULL, c->customer_id, c->at, e);
}

int conversation_begin(struct db *db, struct pool *p, int64_t customer_id, const char *channel,
                       const char *subject, struct str metadata, struct wall at, struct id *id_out,
                       struct err *e)
{
    struct id id = id_new();
    struct conversation_new c = {id.text, customer_id, channel, at, subject, metadata};
    int rc = insert(db, p, &c, e);
    if (rc == 0) {
        *id_out = id;
    }
    return rc;
}

int conversation_begin_as(struct db *db, struct pool *p, const struct id *id, int64_t customer_id,
                          const char *channel, struct str metadata, struct wall at, struct err *e)
{
    struct conversation_new c = {id->text, customer_id, channel, at, NULL, metadata};
    return insert(db, p, &c, e);
}

int conversation_add_message(struct db *db, struct pool *p, struct message_new *m, struct err *e)
{
    if (!m->id) {
        struct id id = id_new();
        m->id = pool_strdup(p, id.text);
    }
    int rc = messages_insert(db, m, e);
    if (rc == 0) {
        rc = conversations_touch(db, m->conversation_id, m->at, e);
    }
    if (rc == 0 && strcmp(m->direction, "inbound") == 0) {
        rc = desk_heard(db, m->conversation_id, m->at, e);
    }
    if (rc == 0) {
        rc = changes_add(db, "message", m->conversation_id, m->id, 0, m->at, e);
    }
    return rc;
}

int conversation_add_event(struct db *db, struct pool *p, const char *conversation_id,
                           const char *message_id, const char *type, struct str details,
                           struct wall at, struct id *id_out, struct err *e)
{
    (void)p;
    struct id id = id_new();
    struct event_new ev = {id.text, conversation_id, message_id, type, at, details};
    int rc = events_insert(db, &ev, e);
    if (rc == 0) {
        rc = figures_stale(db, conversation_id, e);
    }
    if (rc == 0 && strcmp(type, "escalation_requested") == 0) {
        rc = desk_set_needs_person(db, conversation_id, true, e);
    }
    if (rc == 0) {
        rc = changes_add(db, "event", conversation_id, message_id, 0, at, e);
    }
    if (rc == 0 && id_out) {
        *id_out = id;
    }
    return rc;
}

/* It was not active: fine when it ended the same way, a contradiction when not. */
static int ended_before(struct db *db, struct pool *p, const char *id, const char *status,
                        struct err *e)
{
    struct conversation c;
    int rc = conversations_get(db, p, id, &c, e);
    if (rc < 0) {
        return rc;
    }
    if (!str_eq(c.status, str_of(status))) {
        return err_set(e, ERR_CONFLICT, "the conversation has ended already, as " STR_FMT,
                       STR_ARG(c.status));
    }
    return 0;
}

/* The member of the event that says why; nothing for a call, which is one message. */
static int why_over(struct db *db, struct pool *p, const char *id, const char **member_out,
                    struct err *e)
{
    struct arg arg = A_TEXT(id);
    struct rows conversation, messages, events;
    struct query queries[] = {
        conversations_query(&arg, &conversation),
        messages_query(&arg, &messages),
        events_query(&arg, &events),
    };
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    struct conversation c;
    if (rc == 0 && conversation.n) {
        conversation_from_row(&conversation, 0, &c);
        messages_in_order(&messages);
        events_in_order(&events);
        if (!str_eq(c.channel, STR("voice"))) {
            *member_out = pool_printf(p, ",\"why\":\"%s\"", ending_why(p, &messages, &events));
        }
    }
    return rc;
}

int conversation_complete(struct db *db, struct pool *p, const char *id, const char *status,
                          const char *by, struct wall at, struct err *e)
{
    bool changed;
    int rc = conversations_finish(db, p, id, status, at, &changed, e);
    if (rc < 0) {
        return rc;
    }
    if (!changed) {
        return ended_before(db, p, id, status, e);
    }
    const char *why = "";
    rc = why_over(db, p, id, &why, e);
    if (rc == 0) {
        const char *details =
            pool_printf(p, "{\"by\":\"%s\",\"status\":\"%s\"%s}", by, status, why);
        rc = conversation_add_event(db, p, id, NULL, "conversation_completed", str_of(details), at,
                                    NULL, e);
    }
    if (rc == 0) {
        rc = holds_end(db, id, NULL, at, e);
    }
    if (rc == 0 && strcmp(by, "staff") == 0) { /* somebody has looked */
        rc = desk_set_needs_person(db, id, false, e);
    }
    if (rc == 0) {
        const char *payload = pool_printf(p, "{\"conversation_id\":\"%s\"}", id);
        rc = jobs_add(db, "score", conversation_lane(p, "score", id), str_of(payload), at, at, e);
    }
    if (rc == 0) {
        rc = changes_add(db, "conversation", id, NULL, 0, at, e);
    }
    return rc;
}

int conversation_reopen(struct db *db, struct pool *p, const char *id, const char *by,
                        struct wall at, struct err *e)
{
    bool changed;
    int rc = conversations_reopen(db, p, id, at, &changed, e);
    if (rc < 0 || !changed) {
        return rc;
    }
    const char *details = pool_printf(p, "{\"by\":\"%s\"}", by);
    rc = conversation_add_event(db, p, id, NULL, "conversation_reopened", str_of(details), at, NULL,
                                e);
    return rc < 0 ? rc : changes_add(db, "conversation", id, NULL, 0, at, e);
}
