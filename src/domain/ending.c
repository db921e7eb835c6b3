/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the last word, the last understanding of a turn, and whether anything was arranged. */
#include "domain/ending.h"

#include "base/json_read.h"
#include "domain/burst.h"
#include "domain/outbox.h"

struct end_of_talk {
    struct str last_in; /* the customer's last words; p == NULL: none */
    struct str last_out;
    bool theirs;        /* the last word is the customer's */
    bool arranged;      /* an appointment was made, moved or cancelled */
    const char *intent; /* of the last turn that was understood; "" */
};

static void read_messages(struct pool *p, const struct rows *rows, struct end_of_talk *t)
{
    for (size_t i = rows->n; i > 0 && !(t->last_in.p && t->last_out.p); i--) {
        struct message m;
        message_from_row(rows, i - 1, &m);
        bool inbound = str_eq(m.direction, STR("inbound"));
        if (!inbound && outbox_was_cancelled(p, m.metadata)) {
            continue;
        }
        t->theirs = t->theirs || (inbound && !t->last_out.p);
        struct str *last = inbound ? &t->last_in : &t->last_out;
        *last = last->p ? *last : m.content;
    }
}

static void read_events(struct pool *p, const struct rows *rows, struct end_of_talk *t)
{
    t->intent = "";
    for (size_t i = rows->n; i > 0; i--) {
        struct event_row ev;
        json_t *details;
        event_from_row(rows, i - 1, &ev);
        t->arranged = t->arranged || str_eq(ev.event_type, STR("appointment_action"));
        if (!t->intent[0] && str_eq(ev.event_type, STR("intent_detected")) &&
            json_read(p, ev.details, &details, NULL) == 0) {
            t->intent = json_get_text(details, "intent", "");
        }
    }
}

static bool is_leave(const char *intent)
{
    return strcmp(intent, "goodbye") == 0 || strcmp(intent, "thanks") == 0;
}

/* Does what was said to the customer end with a question? Links and emoji may follow it. */
static bool asks(struct str said)
{
    for (size_t i = said.n; i > 0; i--) {
        if (memchr("?.!", said.p[i - 1], 3)) {
            return said.p[i - 1] == '?';
        }
    }
    return false;
}

const char *ending_why(struct pool *p, const struct rows *messages, const struct rows *events)
{
    struct end_of_talk t = {.theirs = false};
    read_messages(p, messages, &t);
    read_events(p, events, &t);
    if (strcmp(t.intent, "opt_out") == 0) {
        return "opt_out";
    }
    bool leave = t.last_in.p && (burst_is_closing(t.last_in) || is_leave(t.intent));
    if (leave || (t.arranged && !t.theirs)) {
        return t.arranged ? "arranged" : "goodbye";
    }
    if (t.theirs) {
        return "unanswered";
    }
    return asks(t.last_out) ? "abandoned" : "answered";
}
