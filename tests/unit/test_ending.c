/* SPDX-License-Identifier: Apache-2.0 */
/* Why a conversation is over, by what was said and done in it. */
#include "domain/ending.h"

#include "domain/conversation.h"
#include "domain/outbox.h"
#include "store_fixture.h"
#include "tap.h"

struct talk {
    struct pool *pool;
    const char *lines; /* "C: ...", "A: ...", "! event details", a line each */
    struct id id;
    const char *why;
};

static int add_line(struct db *db, struct talk *t, struct str line, struct wall at, struct err *e)
{
    struct str what = {line.p + 2, line.n - 2};
    if (line.p[0] == '!') {
        const char *type = str_dup(t->pool, str_cut(&what, ' '));
        return conversation_add_event(db, t->pool, t->id.text, NULL, type,
                                      what.p ? what : STR("{}"), at, NULL, e);
    }
    struct message_new m = {
        .conversation_id = t->id.text,
        .direction = line.p[0] == 'C' ? "inbound" : "outbound",
        .content = what,
        .at = at,
        .metadata = line.p[0] == 'X' ? STR("{\"cancelled\":\"why\"}") : STR("{}"),
    };
    return conversation_add_message(db, t->pool, &m, e);
}

static int talk(struct db *db, void *arg, struct err *e)
{
    struct talk *t = arg;
    struct wall at = {wall_now().us - 3600 * US_PER_SECOND};
    struct str rest = str_of(t->lines);
    int rc = conversation_begin(db, t->pool, 0, "sms", NULL, STR(""), at, &t->id, e);
    for (struct str line; rc == 0 && rest.p && (line = str_cut(&rest, '\n')).n;) {
        at.us += 1000;
        rc = add_line(db, t, line, at, e);
    }
    return rc < 0 ? rc : conversation_complete(db, t->pool, t->id.text, "completed", "idle", at, e);
}

TEST(tells_why_it_is_over)
{
    static const struct {
        const char *lines, *why;
    } rows[] = {
        {"C: What are your hours?\nA: Nine to five.\n", "answered"},
        {"C: What are your hours?\nA: Nine to five.\nC: thanks!\n", "goodbye"},
        {"C: hours?\nA: Nine to five.\nC: that was all\n! intent_detected "
         "{\"intent\":\"goodbye\"}\n",
         "goodbye"},
        {"C: I want to book\nA: Which day would suit you?\n", "abandoned"},
        {"C: I want to book\nA: Which day?\nX: Any news?\n", "abandoned"},
        {"C: I want to book\nA: Which day? Just say so.\n", "answered"},
        {"C: book it\n! appointment_action {}\nA: You are booked.\nC: thank you\n", "arranged"},
        {"C: book it\n! appointment_action {}\nA: You are booked.\n", "arranged"},
        {"C: book it\n! appointment_action {}\nA: You are booked.\nC: and the price?\n",
         "unanswered"},
        {"C: hello\nA: Hi!\nC: is anybody there\n", "unanswered"},
        {"C: hello\nX: Hi!\n", "unanswered"},
        {"A: Your table is ready.\n", "answered"},
        {"C: STOP\n! intent_detected {\"intent\":\"opt_out\"}\n", "opt_out"},
        {"", "answered"},
    };
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    fixture_init_tables(&f);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i].lines);
        struct talk t = {.pool = p, .lines = rows[i].lines};
        EQ_INT(store_write(f.store, talk, &t, NULL), 0);
        const char *details = fixture_cell(
            f.store, pool_printf(p,
                                 "SELECT details FROM communication_events WHERE event_type = "
                                 "'conversation_completed' AND conversation_id = '%s'",
                                 t.id.text));
        OK_MSG(details && strstr(details, pool_printf(p, "\"%s\"", rows[i].why)), "%s", details);
    }
}

int main(void)
{
    return tap_run();
}
