/* SPDX-License-Identifier: Apache-2.0 */
/* WhatsApp's window of 24 hours, and templates: what they may look like, and how they are filled.
 */
#include "domain/whatsapp.h"

#include "base/json_read.h"
#include "domain/outbox.h"
#include "store_fixture.h"
#include "tap.h"

#define CUSTOMER "+15550100001"
#define HERE "0190a000-0000-7000-8000-000000000001"
#define BEFORE "0190a000-0000-7000-8000-000000000002"

static struct whatsapp_template template(const char *name, const char *body)
{
    return (struct whatsapp_template){.name = str_of(name),
                                      .language = STR("en_US"),
                                      .body = str_of(body),
                                      .content_sid = STR(""),
                                      .approved = true};
}

TEST(templates_that_cannot_be_are_refused)
{
    static const struct {
        const char *name, *language, *body, *sid, *field;
    } rows[] = {
        {"Reminder", "en_US", "x", "", "name"},
        {"a-b", "en_US", "x", "", "name"},
        {"", "en_US", "x", "", "name"},
        {"a", "en-US", "x", "", "language"},
        {"a", "", "x", "", "language"},
        {"a", "en_US", "{{2}}", "", "body"},
        {"a", "en_US", "{{1}} {{3}}", "", "body"},
        {"a", "en_US", "{{21}}", "", "body"},
        {"a", "en_US", "x", "HX1", "content_sid"},
        {"a", "en_US", "x", "MG00000000000000000000000000000001", "content_sid"},
        {"a", "en_US", "{{1}} and {{2}}, {{1}}", "HX0000000000000000000000000000000f", NULL},
        {"a_2", "es", "{1} {{}} {{x}} {{0}} {{", "", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err e = {0};
        struct whatsapp_template t = {str_of(rows[i].name), str_of(rows[i].language),
                                      str_of(rows[i].body), str_of(rows[i].sid), true};
        tap_case("row %zu", i);
        EQ_INT(whatsapp_template_check(&t, &e), rows[i].field ? ERR_INVALID : 0);
        EQ_STR(rows[i].field ? e.field : NULL, rows[i].field);
    }
}

struct work {
    struct fixture f;
    struct pool *pool;
    struct whatsapp_template put;
    const char *name, *language;
    const json_t *values;
    struct str body, metadata;
    struct wall now;
    struct outbox_message message;
    int (*call)(struct db *db, struct work *w, struct err *e);
};

static int run_call(struct db *db, void *arg, struct err *e)
{
    struct work *w = arg;
    return w->call(db, w, e);
}

static int run(struct work *w, int (*call)(struct db *db, struct work *w, struct err *e),
               struct err *e)
{
    w->call = call;
    return store_write(w->f.store, run_call, w, e);
}

static int put(struct db *db, struct work *w, struct err *e)
{
    return whatsapp_template_put(db, &w->put, wall_now(), e);
}

static int fill(struct db *db, struct work *w, struct err *e)
{
    return whatsapp_template_fill(db, w->pool, w->name, w->language, w->values, &w->body,
                                  &w->metadata, e);
}

static int look(struct db *db, struct work *w, struct err *e)
{
    return whatsapp_window_check(db, w->pool, HERE, w->now, e);
}

static int send(struct db *db, struct work *w, struct err *e)
{
    return outbox_add(db, w->pool, &w->message, NULL, e);
}

static void begin(struct work *w)
{
    *w = (struct work){.pool = pool_new(), .now = wall_now()};
    fixture_init_tables(&w->f);
    EQ_INT(fixture_script(w->f.store,
                          "INSERT INTO customers (name, phone) VALUES ('Ann', '" CUSTOMER "'); "
                          "INSERT INTO conversations (id, customer_id, channel, status, "
                          "initiated_at, last_activity_at) VALUES "
                          "('" HERE "', 1, 'whatsapp', 'active', {now}, {now}), "
                          "('" BEFORE "', 1, 'whatsapp', 'completed', {now}, {now});"),
           0);
    w->message = (struct outbox_message){.conversation_id = HERE,
                                         .channel = CHANNEL_WHATSAPP,
                                         .from = "+15550199999",
                                         .to = CUSTOMER,
                                         .body = STR("Are you coming?"),
                                         .voice = OUTBOX_STAFF,
                                         .purpose = OUTBOX_STAFF_MESSAGE,
                                         .now = w->now};
}

static void end(struct work *w)
{
    fixture_clear(&w->f);
    pool_free(&w->pool);
}

static int wrote(struct work *w, const char *conversation, const char *direction, int64_t ago_us)
{
    char at[WALL_TEXT_BYTES];
    wall_format((struct wall){w->now.us - ago_us}, at);
    return fixture_script(
        w->f.store,
        pool_printf(w->pool,
                    "DELETE FROM communication_messages; INSERT INTO communication_messages (id, "
                    "conversation_id, direction, content, sent_at) VALUES "
                    "('0190a000-0000-7000-8000-00000000000a', '%s', '%s', 'x', '%s');",
                    conversation, direction, at));
}

#define HOUR (3600 * US_PER_SECOND)

TEST(the_window_is_open_for_a_day_after_the_customer_wrote)
{
    struct work w;
    struct err e = {0};
    begin(&w);
    EQ_INT(run(&w, look, &e), ERR_INVALID);
    EQ_INT(wrote(&w, HERE, "inbound", 23 * HOUR), 0);
    EQ_INT(run(&w, look, &e), 0);
    EQ_INT(wrote(&w, HERE, "inbound", 25 * HOUR), 0);
    EQ_INT(run(&w, look, &e), ERR_INVALID);
    EQ_STR(e.field, "content");
    OK_MSG(strstr(e.text, "ava templates put"), "%s", e.text);
    EQ_INT(wrote(&w, HERE, "outbound", HOUR), 0);
    EQ_INT(run(&w, look, &e), ERR_INVALID);
    EQ_INT(wrote(&w, BEFORE, "inbound", HOUR), 0);
    EQ_INT(run(&w, look, &e), 0);
    EQ_INT(fixture_script(w.f.store,
                          "UPDATE conversations SET channel = 'sms' WHERE id = '" BEFORE "';"),
           0);
    EQ_INT(run(&w, look, &e), ERR_INVALID);
    end(&w);
}

TEST(outside_of_it_staff_and_reminders_need_a_template)
{
    struct work w;
    struct err e = {0};
    begin(&w);
    w.put = template("reopen", "May we write to you, {{1}}?");
    EQ_INT(run(&w, put, &e), 0);
    EQ_INT(run(&w, send, &e), ERR_INVALID);
    OK_MSG(strstr(e.text, "reopen (en_US)"), "%s", e.text);
    w.message.purpose = OUTBOX_REMINDER;
    EQ_INT(run(&w, send, &e), ERR_INVALID);
    EQ_STR(fixture_cell(w.f.store, "SELECT count(*) FROM communication_messages"), "0");
    w.message.purpose = OUTBOX_ANSWER; /* the customer has just written */
    EQ_INT(run(&w, send, &e), 0);
    w.message.purpose = OUTBOX_STAFF_MESSAGE;
    w.message.is_template = true;
    EQ_INT(run(&w, send, &e), 0);
    w.message.is_template = false;
    EQ_INT(wrote(&w, HERE, "inbound", HOUR), 0);
    EQ_INT(run(&w, send, &e), 0);
    w.message.not_before.us = w.now.us + 24 * HOUR; /* too late by then */
    EQ_INT(run(&w, send, &e), ERR_INVALID);
    w.message.channel = CHANNEL_SMS;
    EQ_INT(run(&w, send, &e), 0);
    end(&w);
}

static const char *filled(struct work *w, const char *values, struct err *e)
{
    json_t *document = NULL;
    if (values && json_read(w->pool, str_of(values), &document, e)) {
        return NULL;
    }
    w->values = document;
    *e = (struct err){0};
    return run(w, fill, e) ? NULL : w->body.p;
}

TEST(values_go_to_their_places)
{
    struct work w;
    struct err e = {0};
    struct whatsapp_filled back;
    begin(&w);
    w.put = template("reminder", "Dear {{1}}, see you at {{2}}. {{1}}! {{ {{3");
    w.put.content_sid = STR("HX00000000000000000000000000000001");
    EQ_INT(run(&w, put, &e), 0);
    w.name = "reminder";
    EQ_STR(filled(&w, "[\"Ann {{2}}\", \"3 pm\"]", &e),
           "Dear Ann {{2}}, see you at 3 pm. Ann {{2}}! {{ {{3");
    if (OK(whatsapp_filled_read(w.pool, w.metadata, &back))) {
        EQ_STR(back.name, "reminder");
        EQ_STR(back.language, "en_US");
        EQ_STR(back.content_sid, "HX00000000000000000000000000000001");
        EQ_INT(back.n_values, 2);
        EQ_VIEW(back.values[0], "Ann {{2}}");
        EQ_VIEW(back.values[1], "3 pm");
    }
    static const char *const wrong[] = {NULL,
                                        "[]",
                                        "[\"Ann\"]",
                                        "[\"Ann\",\"3\",\"x\"]",
                                        "[\"Ann\",\"\"]",
                                        "[\"Ann\",3]",
                                        "[\"Ann\",\"a\\nb\"]",
                                        "[\"Ann\",\"a     b\"]",
                                        "{\"1\":\"Ann\"}"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        tap_case("%s", wrong[i] ? wrong[i] : "none");
        EQ_STR(filled(&w, wrong[i], &e), NULL);
        EQ_STR(e.field, "values");
    }
    OK(!whatsapp_filled_read(w.pool, STR("{}"), &back));
    OK(!whatsapp_filled_read(w.pool, STR("{\"template\":{\"name\":\"x\"}}"), &back));
    OK(!whatsapp_filled_read(w.pool, STR(""), &back));
    end(&w);
}

TEST(a_template_is_found_by_name_and_language)
{
    struct work w;
    struct err e = {0};
    begin(&w);
    w.name = "reminder";
    EQ_STR(filled(&w, NULL, &e), NULL);
    EQ_STR(e.field, "template");
    w.put = template("reminder", "Hello");
    EQ_INT(run(&w, put, &e), 0);
    EQ_STR(filled(&w, NULL, &e), "Hello");
    w.put = template("reminder", "Hola");
    w.put.language = STR("es");
    EQ_INT(run(&w, put, &e), 0);
    EQ_STR(filled(&w, NULL, &e), NULL);
    EQ_STR(e.field, "language");
    w.language = "es";
    EQ_STR(filled(&w, NULL, &e), "Hola");
    w.put.body = STR("Hola de nuevo");
    EQ_INT(run(&w, put, &e), 0);
    EQ_STR(filled(&w, NULL, &e), "Hola de nuevo");
    w.put.approved = false;
    EQ_INT(run(&w, put, &e), 0);
    EQ_STR(filled(&w, NULL, &e), NULL);
    EQ_STR(e.field, "template");
    end(&w);
}

int main(void)
{
    return tap_run();
}
