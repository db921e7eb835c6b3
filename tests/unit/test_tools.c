/* SPDX-License-Identifier: Apache-2.0 */
/* The tools as an engine sees them: JSON in, JSON out, each write once. On both engines. */
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/json_read.h"
#include "booking_fixture.h"
#include "domain/calendar.h"
#include "domain/conversation.h"
#include "mind/tools.h"
#include "store_fixture.h"
#include "tap.h"

struct desk {
    struct fixture fixture;
    struct pool *pool;
    struct facts facts;
    struct tools_config config;
    struct tools *tools;
};

static void desk_clear(struct desk *d)
{
    pool_free(&d->pool);
    fixture_clear(&d->fixture);
}

static void turn(struct desk *d, const char *key)
{
    d->config.turn_key = key;
    d->tools = tools_new(d->pool, &d->config);
}

static int begin(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    struct id id;
    int rc = conversation_begin(db, d->pool, d->config.customer_id, "sms", NULL, STR(""),
                                d->config.now, &id, e);
    d->config.conversation_id = pool_strdup(d->pool, id.text);
    return rc;
}

static void desk_init(struct desk *d, const char *name)
{
    *d = (struct desk){.pool = pool_new()};
    fixture_init_tables(&d->fixture);
    d->facts = salon(d->pool);
    d->config = (struct tools_config){
        .store = d->fixture.store,
        .facts = &d->facts,
        .now = local(&d->facts, "2026-03-02T09:00"),
        .customer_id = name ? add_customer(d->fixture.store, name, "+15550100001") : 0,
    };
    EQ_INT(store_write(d->fixture.store, begin, d, NULL), 0);
    turn(d, "turn-1");
}

/* Calls with arguments written with ' for ". */
static json_t *use(struct desk *d, const char *name, const char *args)
{
    json_t *in = NULL;
    char *text = pool_strdup(d->pool, args);
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    EQ_INT(json_read(d->pool, str_of(text), &in, NULL), 0);
    return tools_call(d->tools, name, in);
}

static const char *dump(struct desk *d, const json_t *json)
{
    return json_dump_to_pool(d->pool, json).p;
}

#define STATUS(json) json_get_text((json), "status", NULL)
#define ERROR(json) json_get_text((json), "error", NULL)

TEST(booking_moving_cancelling)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, "Maya Ortiz");
    EQ_STR(dump(&d, use(&d, "check_availability",
                        "{'service':'cut','date_from':'2026-03-03','date_to':'2026-03-03',"
                        "'time_from':'14:00','time_to':'15:00','limit':2}")),
           "{\"service\":\"cut\",\"slots\":[{\"start\":\"2026-03-03T14:00\",\"provider\":\"ann\","
           "\"provider_name\":\"Ann Lee\"},{\"start\":\"2026-03-03T14:15\",\"provider\":\"ann\","
           "\"provider_name\":\"Ann Lee\"}],\"reason\":null}");
    json_t *booked = use(&d, "book_appointment",
                         "{'service':'cut','start':'2026-03-03T14:00','requests':'window seat'}");
    const char *path = pool_strdup(d.pool, json_get_text(booked, "calendar_path", ""));
    EQ_INT(json_object_del(booked, "calendar_path"), 0); /* random */
    EQ_STR(dump(&d, booked),
           "{\"status\":\"booked\",\"appointment_id\":1,\"service\":\"cut\",\"service_name\":"
           "\"Haircut\",\"start\":\"2026-03-03T14:00\",\"minutes\":30,\"provider\":\"ann\","
           "\"provider_name\":\"Ann Lee\"}");
    json_t *moved =
        use(&d, "reschedule_appointment", "{'appointment_id':1,'start':'2026-03-04T11:00'}");
    EQ_STR(STATUS(moved), "rescheduled");
    EQ_STR(json_get_text(moved, "calendar_path", NULL), path);
    EQ_STR(path, pool_printf(d.pool, "/c/%s.ics",
                             fixture_cell(d.fixture.store, "SELECT link_key FROM appointments")));
    EQ_STR(json_get_text(moved, "old_start", NULL), "2026-03-03T14:00");
    EQ_STR(json_get_text(moved, "provider", NULL), "ann");
    EQ_STR(dump(&d, use(&d, "search_customer", "{}")),
           "{\"customer\":{\"name\":\"Maya Ortiz\",\"phone\":\"+15550100001\",\"email\":null,"
           "\"is_new\":true},\"appointments\":[{\"status\":\"scheduled\",\"appointment_id\":1,"
           "\"service\":\"cut\",\"service_name\":\"Haircut\",\"start\":\"2026-03-04T11:00\","
           "\"minutes\":30,\"provider\":\"ann\",\"provider_name\":\"Ann Lee\"}]}");
    EQ_STR(STATUS(use(&d, "cancel_appointment", "{'appointment_id':'1','reason':'ill'}")),
           "cancelled");
    EQ_STR(STATUS(use(&d, "cancel_appointment", "{'appointment_id':1}")), "already_cancelled");
    EQ_STR(STATUS(use(&d, "cancel_appointment", "{'appointment_id':77}")), "not_found");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM communication_events WHERE "
                                         "event_type = 'appointment_action'"),
           "3");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT special_requests FROM appointments"),
           "window seat");
    int calls = 0;
    for (const struct tool_call *c = tools_calls(d.tools); c; c = c->next) {
        calls++;
        OK(!c->failed && c->result && c->args);
    }
    EQ_INT(calls, 7);
}

TEST(details_that_are_told)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, "Maya Ortiz");
    add_customer(d.fixture.store, "Theo Grant", "+15550100002");
    static const struct {
        const char *args, *says;
    } cases[] = {
        {"{'name':'Ann Smith'}", "{\"name\":\"differs\"}"},
        {"{'name':'Maya'}", "{\"name\":\"known\"}"},
        {"{'name':'maya ortiz'}", "{\"name\":\"known\"}"},
        {"{'email':'Maya@Example.com'}", "{\"email\":\"noted\"}"},
        {"{'email':'maya@example.com'}", "{\"email\":\"known\"}"},
        {"{'email':'other@example.com'}", "{\"email\":\"differs\"}"},
        {"{'phone':'555-010-0003'}", "{\"phone\":\"differs\"}"},
        {"{'name':'Maya','phone':'+15550100001'}", "{\"name\":\"known\",\"phone\":\"known\"}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%s", cases[i].args);
        turn(&d, pool_printf(d.pool, "told-%zu", i));
        json_t *out = use(&d, "note_details", cases[i].args);
        EQ_STR(STATUS(out), "noted");
        EQ_STR(dump(&d, json_object_get(out, "details")), cases[i].says);
    }
    EQ_STR(STATUS(use(&d, "note_details", "{'phone':'12'}")), "invalid");
    EQ_STR(STATUS(use(&d, "note_details", "{}")), "invalid");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT name FROM customers WHERE id = 1"), "Maya Ortiz");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT phone FROM customers WHERE id = 1"),
           "+15550100001");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT email FROM customers WHERE id = 1"),
           "maya@example.com");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM communication_events WHERE "
                                         "event_type = 'details_given'"),
           pool_printf(d.pool, "%zu", ARRAY_SIZE(cases)));
}

TEST(details_of_somebody_who_only_wrote)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, "+15550100001");
    add_customer(d.fixture.store, "Theo Grant", "+15550100002");
    json_t *out = use(&d, "note_details", "{'name':'Ann Smith','phone':'555 010 0002'}");
    EQ_STR(dump(&d, json_object_get(out, "details")), "{\"name\":\"noted\",\"phone\":\"differs\"}");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT name FROM customers WHERE id = 1"), "Ann Smith");
}

TEST(what_cannot_be_booked)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, "Maya Ortiz");
    static const struct {
        const char *args, *status;
        int alternatives;
    } cases[] = {
        {"{'service':'color','start':'2026-03-03T10:00'}", "booked", 0},
        {"{'service':'color','start':'2026-03-03T10:30'}", "taken", 3},
        {"{'service':'cut','start':'2026-03-03T08:00'}", "closed", 3},
        {"{'service':'cut','start':'2026-03-02T08:00'}", "past", 3},
        {"{'service':'cut','start':'2026-03-02T09:15'}", "too_soon", 3},
        {"{'service':'cut','start':'2027-03-02T09:15'}", "too_far", 0},
        {"{'service':'color','start':'2026-03-04T11:00','provider':'bob'}", "not_offered", 3},
        {"{'service':'color','start':'2026-03-04T11:00','provider':'zoe'}", "not_offered", 3},
        {"{'service':'tattoo','start':'2026-03-04T11:00'}", "unknown_service", 0},
        {"{'service':'cut','start':'2026-03-04T11:05'}", "invalid", 3},
        {"{'service':'cut','start':'2026-03-08T02:30'}", "invalid", 3},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%s", cases[i].args);
        json_t *out = use(&d, "book_appointment", cases[i].args);
        EQ_STR(STATUS(out), cases[i].status);
        EQ_INT(json_array_size(json_object_get(out, "alternatives")), cases[i].alternatives);
    }
    tap_case("%s", "near");
    json_t *out = use(&d, "book_appointment", cases[1].args);
    EQ_STR(dump(&d, json_object_get(out, "alternatives")),
           "[{\"start\":\"2026-03-03T11:15\",\"provider\":\"ann\",\"provider_name\":\"Ann Lee\"},"
           "{\"start\":\"2026-03-03T11:30\",\"provider\":\"ann\",\"provider_name\":\"Ann Lee\"},"
           "{\"start\":\"2026-03-04T10:30\",\"provider\":\"ann\",\"provider_name\":\"Ann Lee\"}]");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM appointments"), "1");
}

TEST(a_turn_that_is_taken_again)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, "Maya Ortiz");
    const char *first[4], *second[4];
    for (int time = 0; time < 2; time++) {
        const char **got = time ? second : first;
        turn(&d, "turn-9");
        /* The other way round the second time, as a language model might. */
        if (time) {
            got[3] = dump(&d, use(&d, "escalate", "{'reason':'wants a person'}"));
        }
        got[0] =
            dump(&d, use(&d, "book_appointment", "{'service':'cut','start':'2026-03-03T14:00'}"));
        got[1] = dump(&d, use(&d, "book_appointment",
                              "{'service':'cut','start':'2026-03-03T14:00','provider':'ann'}"));
        got[2] = dump(&d, use(&d, "reschedule_appointment",
                              "{'appointment_id':1,'start':'2026-03-05T12:00'}"));
        if (!time) {
            got[3] = dump(&d, use(&d, "escalate", "{'reason':'wants a person'}"));
        }
    }
    for (int i = 0; i < 4; i++) {
        EQ_STR(second[i], first[i]);
    }
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM appointments"), "1");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT revision FROM appointments"), "1");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM communication_events WHERE "
                                         "event_type IN ('appointment_action', "
                                         "'escalation_requested')"),
           "3");
    turn(&d, "turn-10");
    EQ_STR(STATUS(use(&d, "book_appointment", "{'service':'cut','start':'2026-03-03T14:00'}")),
           "booked");
}

/* A turn that has written and is taken again is told what it was told before it wrote. */
TEST(what_was_read_before_a_write_stays)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, "Maya Ortiz");
    use(&d, "book_appointment", "{'service':'cut','start':'2026-03-03T14:00'}");
    static const char *const calls[][2] = {
        {"search_customer", "{}"},
        {"check_availability", "{'service':'cut','date_from':'2026-03-05','limit':1}"},
        {"reschedule_appointment", "{'appointment_id':1,'start':'2026-03-05T12:00'}"},
        {"search_customer", "{}"},
        {"cancel_appointment", "{'appointment_id':1}"},
    };
    const char *first[ARRAY_SIZE(calls)];
    for (int time = 0; time < 2; time++) {
        d.config.again = time > 0;
        turn(&d, "turn-9");
        for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
            const char *got = dump(&d, use(&d, calls[i][0], calls[i][1]));
            first[i] = time ? first[i] : got;
            EQ_STR(got, first[i]);
        }
        EQ_STR(STATUS(use(&d, "cancel_appointment", "{'appointment_id':1}")), "already_cancelled");
    }
    OK(strstr(first[0], "2026-03-03T14:00") && strstr(first[3], "2026-03-05T12:00"));
    turn(&d, "turn-9"); /* other arguments are another question */
    OK(!strstr(dump(&d, use(&d, "check_availability",
                            "{'service':'cut','date_from':'2026-03-06','limit':1}")),
               "2026-03-05"));
    turn(&d, "turn-10");
    OK(!strstr(dump(&d, use(&d, "search_customer", "{}")), "2026-03"));
}

TEST(a_customer_without_a_name)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, "+15550100001"); /* as inbound_text makes them */
    OK(json_is_null(
        json_object_get(json_object_get(use(&d, "search_customer", "{}"), "customer"), "name")));
    json_t *out = use(&d, "book_appointment", "{'service':'cut','start':'2026-03-03T14:00'}");
    EQ_STR(STATUS(out), "needs_name");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM appointments"), "0");
    EQ_STR(STATUS(use(&d, "book_appointment",
                      "{'service':'cut','start':'2026-03-03T14:00','name':'Lena Park'}")),
           "booked");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT name FROM customers"), "Lena Park");
    EQ_STR(STATUS(use(&d, "book_appointment",
                      "{'service':'cut','start':'2026-03-05T14:00','name':'Somebody Else'}")),
           "booked");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT name FROM customers"), "Lena Park");
}

TEST(nobody_known)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, NULL);
    int64_t other = add_customer(d.fixture.store, "Maya Ortiz", "+15550100001");
    static const struct {
        const char *args, *status;
    } cases[] = {
        {"{'service':'cut','start':'2026-03-03T14:00'}", "needs_name"},
        {"{'service':'cut','start':'2026-03-03T14:00','name':'Jo'}", "needs_name"},
        {"{'service':'cut','start':'2026-03-03T14:00','phone':'555 010 0007'}", "needs_name"},
        {"{'service':'cut','start':'2026-03-03T14:00','name':'Jo','phone':'12'}", "invalid"},
        {"{'service':'cut','start':'2026-03-03T14:00','name':'Jo','email':'jo at'}", "invalid"},
        {"{'service':'cut','start':'2026-03-03T14:00','name':'Jo','email':'Jo@Example.com'}",
         "booked"},
        {"{'service':'cut','start':'2026-03-03T15:00','name':'Jo','email':'jo@example.com'}",
         "booked"},
        {"{'service':'cut','start':'2026-03-03T16:00','name':'Eve','phone':'(555) 010-0001'}",
         "booked"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%s", cases[i].args);
        json_t *out = use(&d, "book_appointment", cases[i].args);
        EQ_STR(STATUS(out), cases[i].status);
        OK(!strstr(dump(&d, out), "Maya"));
    }
    tap_case("%s", "after");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM customers"), "2");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT email FROM customers WHERE name = 'Jo'"),
           "jo@example.com");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT name FROM customers WHERE phone = "
                                         "'+15550100001'"),
           "Maya Ortiz");
    OK(other > 0);
    EQ_STR(fixture_cell(d.fixture.store, "SELECT name FROM conversations c JOIN customers u ON "
                                         "u.id = c.customer_id"),
           "Jo"); /* who was made in it, not who has Maya's number */
}

TEST(nobody_known_may_change_what_they_booked)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, NULL);
    add_customer(d.fixture.store, "Maya Ortiz", "+15550100001");
    EQ_STR(STATUS(use(&d, "book_appointment",
                      "{'service':'cut','start':'2026-03-03T16:00','name':'Eve',"
                      "'phone':'(555) 010-0001'}")),
           "booked");
    EQ_STR(dump(&d, use(&d, "search_customer", "{}")),
           "{\"customer\":{\"name\":null,\"phone\":null,\"email\":null,\"is_new\":true},"
           "\"appointments\":[{\"status\":\"scheduled\",\"appointment_id\":1,\"service\":\"cut\","
           "\"service_name\":\"Haircut\",\"start\":\"2026-03-03T16:00\",\"minutes\":30,"
           "\"provider\":\"ann\",\"provider_name\":\"Ann Lee\"}]}");
    EQ_STR(STATUS(use(&d, "reschedule_appointment",
                      "{'appointment_id':1,'start':'2026-03-05T14:00'}")),
           "rescheduled");
    /* Another conversation, whose customer is not known either. */
    const char *first = d.config.conversation_id;
    EQ_INT(store_write(d.fixture.store, begin, &d, NULL), 0);
    turn(&d, "turn-2");
    EQ_STR(STATUS(use(&d, "cancel_appointment", "{'appointment_id':1}")), "not_found");
    EQ_INT(json_array_size(json_object_get(use(&d, "search_customer", "{}"), "appointments")), 0);
    d.config.conversation_id = NULL;
    turn(&d, "turn-3");
    EQ_STR(STATUS(use(&d, "cancel_appointment", "{'appointment_id':1}")), "not_found");
    d.config.conversation_id = first;
    turn(&d, "turn-4");
    EQ_STR(STATUS(use(&d, "cancel_appointment", "{'appointment_id':1}")), "cancelled");
}

TEST(bad_arguments)
{
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, "Maya Ortiz");
    static const struct {
        const char *tool, *args, *want;
    } cases[] = {
        {"launch_rocket", "{}", "no tool"},
        {"check_availability", "{}", "needs \"service\""},
        {"check_availability", "{'service':7}", "must be the key of a service"},
        {"check_availability", "{'service':'cut','date_from':'tomorrow'}", "YYYY-MM-DD"},
        {"check_availability", "{'service':'cut','date_from':'2026-02-30'}", "YYYY-MM-DD"},
        {"check_availability", "{'service':'cut','time_from':'25:00'}", "HH:MM"},
        {"check_availability", "{'service':'cut','limit':-1}", "above 0"},
        {"check_availability", "{'service':'cut','colour':'red'}", "takes no \"colour\""},
        {"book_appointment", "{'service':'cut','start':'at noon'}", "YYYY-MM-DDTHH:MM"},
        {"book_appointment", "{'service':'cut'}", "needs \"start\""},
        {"cancel_appointment", "{'appointment_id':'one'}", "whole number"},
        {"escalate", "{'reason':''}", "needs \"reason\""},
        {"escalate", "[]", "JSON object"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%s %s", cases[i].tool, cases[i].args);
        const char *error = ERROR(use(&d, cases[i].tool, cases[i].args));
        OK_MSG(error && strstr(error, cases[i].want), "%s", error ? error : "(no error)");
    }
    tap_case("%s", "null is left out");
    OK(!ERROR(use(&d, "check_availability", "{'service':'cut','provider':null,'date_to':''}")));
    OK(!ERROR(tools_call(d.tools, "search_customer", NULL)));
}

TEST(facts_need_no_store)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct desk d = {.pool = p, .facts = salon(p)};
    d.config = (struct tools_config){.facts = &d.facts};
    turn(&d, NULL);
    EQ_STR(dump(&d, use(&d, "get_service_info", "{'service':'color'}")),
           "{\"services\":[{\"key\":\"color\",\"name\":\"Color\",\"description\":null,"
           "\"minutes\":60,\"price\":\"$90 to $150.50\",\"preparation\":\"Come with dry hair.\","
           "\"aftercare\":null,\"providers\":[\"Ann Lee\"]}]}");
    EQ_INT(json_array_size(json_object_get(use(&d, "get_service_info", "{}"), "services")), 3);
    EQ_INT(json_array_size(
               json_object_get(use(&d, "get_service_info", "{'service':'x'}"), "services")),
           0);
    EQ_STR(dump(&d, use(&d, "get_provider_info", "{'provider':'bob'}")),
           "{\"providers\":[{\"key\":\"bob\",\"name\":\"Bob Stone\",\"title\":null,"
           "\"credentials\":null,\"about\":null,\"services\":[\"Haircut\"],\"days\":"
           "\"Mon, Wed\"}]}");
    OK(ERROR(use(&d, "check_availability", "{'service':'cut'}")) != NULL);
    OK(ERROR(use(&d, "book_appointment", "{'service':'cut','start':'2026-03-03T14:00'}")) != NULL);
    OK(tools_calls(d.tools)->next != NULL);
}

TEST(descriptions)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const json_t *list = tools_describe(p);
    size_t i;
    json_t *tool;
    EQ_INT(json_array_size(list), 10);
    json_array_foreach (list, i, tool) {
        const json_t *f = json_object_get(tool, "function");
        const json_t *parameters = json_object_get(f, "parameters");
        tap_case("%s", json_get_text(f, "name", "?"));
        OK(strlen(json_get_text(f, "description", "")) > 20);
        OK(json_is_false(json_object_get(parameters, "additionalProperties")));
        size_t k;
        json_t *name;
        json_array_foreach (json_object_get(parameters, "required"), k, name) {
            OK(json_object_get(json_object_get(parameters, "properties"),
                               json_string_value(name)) != NULL);
        }
    }
}

#define THREADS 20

struct racer {
    struct desk *desk;
    struct pool *pool;
    const char *result;
};

/* Two servers that take one turn at the same time. */
static void *race(void *arg)
{
    struct racer *r = arg;
    struct tools_config config = r->desk->config;
    struct desk mine = {.pool = r->pool};
    config.turn_key = "turn-77";
    mine.tools = tools_new(r->pool, &config);
    r->result =
        dump(&mine, use(&mine, "book_appointment", "{'service':'cut','start':'2026-03-03T14:00'}"));
    return NULL;
}

TEST(one_turn_taken_by_many)
{
    CLEANUP(desk_clear) struct desk d;
    pthread_t threads[THREADS];
    struct racer racers[THREADS];
    desk_init(&d, "Maya Ortiz");
    for (int i = 0; i < THREADS; i++) {
        racers[i] = (struct racer){&d, pool_new(), NULL};
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        EQ_STR(racers[i].result, racers[0].result);
    }
    OK_MSG(strstr(racers[0].result, "\"booked\"") != NULL, "%s", racers[0].result);
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM appointments"), "1");
    for (int i = 0; i < THREADS; i++) {
        pool_free(&racers[i].pool);
    }
}

#ifdef AVA_FAULTS
/* The database fails at each call in turn: nothing is half done, and once more does it once. */
TEST(each_call_may_fail)
{
    static const char args[] = "{'service':'cut','start':'2026-03-03T14:00','name':'Lena Park'}";
    CLEANUP(desk_clear) struct desk d;
    desk_init(&d, "+15550100001");
    bool failed = true;
    for (int nth = 1; failed; nth++) {
        tap_case("call %d", nth);
        turn(&d, "turn-5");
        fault_arm(FAULT_STORE, nth, false);
        json_t *out = use(&d, "book_appointment", args);
        fault_arm(FAULT_STORE, 0, false);
        failed = ERROR(out) != NULL;
        OK(failed || nth > 5);
        EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM appointments"),
               failed ? "0" : "1");
        EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM booked_times"),
               failed ? "0" : "6");
        EQ_STR(fixture_cell(d.fixture.store, "SELECT name FROM customers"),
               failed ? "+15550100001" : "Lena Park");
        EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM communication_events WHERE "
                                             "event_type = 'appointment_action'"),
               failed ? "0" : "1");
        if (nth > 100) {
            OK_MSG(false, "it never works");
            return;
        }
    }
    turn(&d, "turn-5");
    EQ_STR(STATUS(use(&d, "book_appointment", args)), "booked");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM appointments"), "1");
}
#endif

/* A calendar outside, of which the test says what is busy. */
struct diary {
    struct calendar calendar; /* first */
    size_t n;
    struct booking_busy busy[2];
    bool fails;
    int asked;
    struct wall from, to; /* the last question */
};

static struct calendar_place diary_place(const struct calendar *c, const struct facts *f,
                                         const char *provider)
{
    (void)c;
    (void)f;
    return (struct calendar_place){provider, false};
}

static int diary_busy(struct calendar *c, struct pool *p, const struct calendar_query *q,
                      struct calendar_times *out, struct err *e)
{
    struct diary *d = (struct diary *)c;
    (void)p;
    d->asked++;
    d->from = q->from;
    d->to = q->to;
    if (d->fails) {
        return err_set(e, ERR_TIMEOUT, "no answer within 3000 ms");
    }
    *out = (struct calendar_times){d->n, d->busy, NULL};
    return 0;
}

static const struct calendar_ops diary_ops = {
    .name = "diary", .place = diary_place, .busy = diary_busy};

TEST(what_is_busy_outside_is_not_given_away)
{
    struct desk d CLEANUP(desk_clear);
    desk_init(&d, "Maya Ortiz");
    struct diary diary = {.calendar = {&diary_ops}, .n = 1};
    diary.busy[0] = (struct booking_busy){"ann", local(&d.facts, "2026-03-03T09:00"),
                                          local(&d.facts, "2026-03-03T12:00")};
    d.config.calendar = &diary.calendar;
    json_t *out = use(&d, "check_availability",
                      "{'service':'cut','date_from':'2026-03-03','date_to':'2026-03-03',"
                      "'limit':1}");
    EQ_STR(json_get_text(json_array_get(json_object_get(out, "slots"), 0), "start", NULL),
           "2026-03-03T12:00");
    OK(json_object_get(out, "calendar") == NULL);
    OK(diary.from.us <= local(&d.facts, "2026-03-03T09:00").us);
    OK(diary.to.us == local(&d.facts, "2026-03-04T00:00").us);
    out = use(&d, "book_appointment", "{'service':'cut','start':'2026-03-03T10:00'}");
    EQ_STR(STATUS(out), "taken");
    const json_t *others = json_object_get(out, "alternatives");
    EQ_INT(json_array_size(others), 3);
    for (size_t i = 0; i < json_array_size(others); i++) {
        const char *start = json_get_text(json_array_get(others, i), "start", "");
        OK_MSG(strncmp(start, "2026-03-03", 10) != 0 || strcmp(start, "2026-03-03T12:00") >= 0,
               "%s", start);
    }
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM jobs"), "0");
    out = use(&d, "book_appointment", "{'service':'cut','start':'2026-03-03T12:00'}");
    EQ_STR(STATUS(out), "booked");
    const char *payload =
        fixture_cell(d.fixture.store, "SELECT payload FROM jobs WHERE kind = 'calendar'");
    OK_MSG(payload && strstr(payload, "appointment_id") && strchr(payload, '1'), "%s", payload);
    out = use(&d, "reschedule_appointment", "{'appointment_id':1,'start':'2026-03-03T10:30'}");
    EQ_STR(STATUS(out), "taken");
    EQ_INT(diary.asked, 4);
    use(&d, "search_customer", "{}");
    use(&d, "get_service_info", "{}");
    use(&d, "cancel_appointment", "{'appointment_id':1}");
    EQ_INT(diary.asked, 4); /* these have no times in them */
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM jobs WHERE kind = 'calendar'"), "2");
}

TEST(a_calendar_that_cannot_be_asked)
{
    struct desk d CLEANUP(desk_clear);
    desk_init(&d, "Maya Ortiz");
    struct diary diary = {.calendar = {&diary_ops}, .fails = true};
    d.config.calendar = &diary.calendar;
    json_t *out = use(&d, "check_availability", "{'service':'cut'}");
    EQ_STR(json_get_text(out, "calendar", NULL), "not checked");
    OK(json_array_size(json_object_get(out, "slots")) > 0);
    EQ_STR(tools_calls(d.tools)->unchecked, "no answer within 3000 ms");
    out = use(&d, "book_appointment", "{'service':'cut','start':'2026-03-03T10:00'}");
    EQ_STR(STATUS(out), "booked");
    EQ_STR(json_get_text(out, "calendar", NULL), "not checked");
    EQ_INT(diary.asked, 1); /* the customer waits for it once */
    turn(&d, "turn-1");     /* taken again: what was told is told again */
    diary.fails = false;
    out = use(&d, "book_appointment", "{'service':'cut','start':'2026-03-03T10:00'}");
    EQ_STR(json_get_text(out, "calendar", NULL), "not checked");
    EQ_STR(fixture_cell(d.fixture.store, "SELECT count(*) FROM jobs"), "1");
}

TEST(a_peek_is_no_call)
{
    struct desk d CLEANUP(desk_clear);
    desk_init(&d, "Carla Diaz");
    const json_t *seen = tools_peek(d.tools, "search_customer");
    EQ_STR(json_get_text(json_object_get(seen, "customer"), "name", NULL), "Carla Diaz");
    OK(ERROR(tools_peek(d.tools, "book_appointment")) != NULL);
    OK(ERROR(tools_peek(d.tools, "no_such_tool")) != NULL);
    OK(tools_calls(d.tools) == NULL);
}

int main(void)
{
    return tap_run();
}
