/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations are read in nobody's way, and what was found is written for many at once and only
 * where nothing has changed since the number of changes was read. Progress: what is further on
 * stands for what lies before it.
 */
#include "domain/figures.h"

#include "base/json_read.h"
#include "domain/outbox.h"
#include "store/conversations.h"
#include "store/figures.h"
#include "store/messages.h"

enum { WANTED = 1, OFFERED, BOOKED, KEPT };

/* What a language model needed, as whoever asked it wrote down. */
static void count_tokens(struct pool *p, struct str document, struct figures *f)
{
    json_t *d;
    if (document.n <= 2 || !memmem(document.p, document.n, "_tokens", 7) ||
        json_read(p, document, &d, NULL) < 0) {
        return;
    }
    f->prompt_tokens += MAX_OF(0, json_get_i64(d, "prompt_tokens", 0));
    f->completion_tokens += MAX_OF(0, json_get_i64(d, "completion_tokens", 0));
}

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
        count_tokens(p, m.metadata, f);
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

static struct str text_in(struct pool *p, struct str s)
{
    return s.p ? (struct str){str_dup(p, s), s.n} : s;
}

/* The texts of *f are in `kept`, all else in p. A conversation that is gone leaves it empty. */
static int find_one(struct db *db, struct pool *p, struct pool *kept, const char *id,
                    struct figures *f, struct err *e)
{
    struct arg arg = A_TEXT(id);
    struct rows conversation, messages, events, came;
    struct query queries[] = {
        conversations_query(&arg, &conversation),
        messages_query(&arg, &messages),
        events_query(&arg, &events),
        figures_kept_query(&arg, &came),
    };
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    if (rc < 0 || conversation.n == 0) {
        return rc;
    }
    struct conversation c;
    conversation_from_row(&conversation, 0, &c);
    messages_in_order(&messages);
    count_messages(p, &messages, str_eq(c.channel, STR("voice")), f);
    f->heard_at = text_in(kept, f->heard_at);
    f->answered_at = text_in(kept, f->answered_at);
    f->progress = came.n ? KEPT : str_eq(c.outcome, STR("appointment_scheduled")) ? BOOKED : 0;
    ROWS_EACH (i, events) {
        struct event_row ev;
        event_from_row(&events, i, &ev);
        f->escalated |= str_eq(ev.event_type, STR("escalation_requested"));
        f->progress = MAX_OF(f->progress, progress_of(p, &ev));
        count_tokens(p, ev.details, f);
    }
    return 0;
}

/* What is wanted, and what was found of it. */
struct findings {
    struct rows wanted;
    size_t n;
    struct figures *found;
};

static int find_all(struct store *s, struct pool *p, int64_t limit, struct findings *f,
                    struct err *e)
{
    CLEANUP(pool_free) struct pool *scratch = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s, &db, e);
    rc = rc < 0 ? rc : figures_wanted(db, p, limit + 1, &f->wanted, e);
    if (rc < 0) {
        return rc;
    }
    f->n = MIN_OF(f->wanted.n, (size_t)limit);
    f->found = pool_calloc(p, f->n + 1, sizeof *f->found);
    for (size_t i = 0; rc == 0 && i < f->n; i++) {
        f->found[i].seen = row_i64(&f->wanted, i, 1);
        rc = find_one(db, scratch, p, row_text(&f->wanted, i, 0), &f->found[i], e);
        pool_clear(scratch);
    }
    return rc;
}

static int put_all(struct db *db, void *arg, struct err *e)
{
    const struct findings *f = arg;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < f->n; i++) {
        rc = figures_put(db, row_text(&f->wanted, i, 0), &f->found[i], e);
    }
    return rc;
}

int figures_refresh(struct store *s, struct pool *p, int64_t limit, bool *more_out, struct err *e)
{
    struct findings f = {0};
    int rc = find_all(s, p, limit, &f, e);
    if (rc == 0 && f.n) {
        rc = store_write(s, put_all, &f, e);
    }
    *more_out = f.wanted.n > f.n;
    return rc;
}
