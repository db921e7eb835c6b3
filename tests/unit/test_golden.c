/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The golden conversations (tests/golden) lived through: the customer's lines are given to the
 * local engine with real tools on a real store, and what must have come of it is compared. Of the
 * half that the engine may be tuned by every failure is named; of the other only the share is held.
 */
#include "tap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "domain/booking.h"
#include "domain/business.h"
#include "domain/facts_seed.h"
#include "domain/zone.h"
#include "mind/tools.h"
#include "mind/turn.h"
#include "store/appointments.h"
#include "store/customers.h"
#include "store_fixture.h"

#define TURNS_MAX 24
#define CALLS_MAX 96

struct replay {
    struct pool *pool;
    struct store *store;
    struct facts facts;
    const json_t *doc;
    struct wall now;
    int64_t customer;
    size_t n_said;
    struct turn_said said[2 * TURNS_MAX];
    size_t n_calls;
    const struct tool_call *calls[CALLS_MAX];
    bool escalated;
    struct buf all; /* the replies, lower case, a line each */
    struct buf why; /* what is wrong */
};

static struct wall local(const struct facts *f, const char *text)
{
    int year, month, day, hour, minute;
    if (sscanf(text, "%d-%d-%dT%d:%d", &year, &month, &day, &hour, &minute) != 5) {
        return (struct wall){0};
    }
    return zone_moment(f->zone, days_from_civil(year, month, day), hour * 60 + minute);
}

static int add_customers(struct db *db, void *arg, struct err *e)
{
    struct replay *r = arg;
    const json_t *known = json_object_get(r->doc, "customer");
    const char *phone = json_get_text(known, "phone", NULL);
    const char *email = json_get_text(known, "email", NULL);
    const char *channel = json_get_text(r->doc, "channel", "");
    bool texts = strcmp(channel, "sms") == 0 || strcmp(channel, "whatsapp") == 0;
    phone = phone || !texts ? phone : "+15550109999";
    email = email || strcmp(channel, "email") != 0 ? email : "somebody@example.com";
    const char *name = json_get_text(known, "name", phone ? phone : email);
    if (!name) {
        return 0; /* nobody knows who it is */
    }
    struct customer_new c = {.name = name, .phone = phone, .email = email, .at = r->now};
    return customers_insert(db, r->pool, &c, &r->customer, e);
}

static const char *provider_name(const struct facts *f, const char *key)
{
    for (size_t i = 0; i < f->n_providers; i++) {
        if (strcmp(f->providers[i].key, key) == 0) {
            return f->providers[i].name;
        }
    }
    return NULL;
}

static int add_appointment(struct db *db, struct replay *r, int64_t customer, const char *service,
                           const char *provider, struct wall start, int64_t minutes, struct err *e)
{
    struct rows rows;
    return db_rows(db, r->pool, &appointments_add,
                   ARGS(A_I64(customer), A_WALL(start), A_TEXT(service),
                        A_TEXT(provider_name(&r->facts, provider)), A_TEXT(provider),
                        A_I64(minutes), A_I64(0), A_TEXT("staff"), A_NULL, A_NULL, A_WALL(r->now)),
                   &rows, e);
}

static int64_t minutes_of(const struct facts *f, const char *service)
{
    for (size_t i = 0; i < f->n_services; i++) {
        if (strcmp(f->services[i].key, service) == 0) {
            return f->services[i].duration_minutes;
        }
    }
    return 30;
}

static int add_calendar(struct db *db, void *arg, struct err *e)
{
    struct replay *r = arg;
    size_t i;
    json_t *a;
    int64_t other = 0;
    struct customer_new c = {.name = "Somebody Else", .at = r->now};
    int rc = customers_insert(db, r->pool, &c, &other, e);
    json_array_foreach (json_object_get(r->doc, "appointments"), i, a) {
        const char *service = json_get_text(a, "service", "");
        if (rc == 0) {
            rc = add_appointment(db, r, r->customer, service, json_get_text(a, "provider", ""),
                                 local(&r->facts, json_get_text(a, "start", "")),
                                 minutes_of(&r->facts, service), e);
        }
    }
    json_array_foreach (json_object_get(r->doc, "busy"), i, a) {
        const char *who = json_get_text(a, "provider", "*");
        struct wall from = local(&r->facts, json_get_text(a, "from", ""));
        struct wall to = local(&r->facts, json_get_text(a, "to", ""));
        for (size_t k = 0; rc == 0 && k < r->facts.n_providers; k++) {
            const char *key = r->facts.providers[k].key;
            if (strcmp(who, "*") == 0 || strcmp(who, key) == 0) {
                rc = add_appointment(db, r, other, "consultation", key, from,
                                     (to.us - from.us) / (60 * US_PER_SECOND), e);
            }
        }
    }
    return rc;
}

static void note(struct replay *r, const char *what, const char *detail)
{
    buf_printf(&r->why, "%s%s %s", r->why.len ? "; " : "", what, detail);
}

static void note_turn(struct replay *r, const struct turn_out *out, struct tools *tools)
{
    for (const struct tool_call *c = tools_calls(tools); c && r->n_calls < CALLS_MAX; c = c->next) {
        r->calls[r->n_calls++] = c;
    }
    for (const struct turn_event *e = out->events; e; e = e->next) {
        r->escalated = r->escalated || strcmp(e->type, "escalation_requested") == 0;
    }
    for (const char *c = out->reply; c && *c; c++) {
        buf_putc(&r->all, *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c);
    }
    buf_putc(&r->all, '\n');
}

static struct customer customer_of(struct replay *r)
{
    struct customer c = {0};
    CLEANUP(store_return) struct db *db = NULL;
    if (r->customer && store_borrow(r->store, &db, NULL) == 0) {
        EQ_INT(customers_get(db, r->pool, r->customer, &c, NULL), 0);
    }
    return c;
}

static void live(struct replay *r, bool show)
{
    struct str state = {0};
    enum channel channel = CHANNEL_SMS;
    OK(channel_of(str_of(json_get_text(r->doc, "channel", "")), &channel));
    size_t i;
    json_t *turn;
    json_array_foreach (json_object_get(r->doc, "turns"), i, turn) {
        if (strcmp(json_get_text(turn, "speaker", ""), "customer") != 0) {
            continue;
        }
        struct customer c = customer_of(r);
        bool named = c.name.n && !str_eq(c.name, c.phone) && !str_eq(c.name, c.email);
        struct tools_config *config = pool_alloc(r->pool, sizeof *config);
        *config = (struct tools_config){
            .store = r->store,
            .facts = &r->facts,
            .now = r->now,
            .customer_id = r->customer,
            .turn_key = pool_printf(r->pool, "%s#%zu", json_get_text(r->doc, "id", ""), i)};
        struct turn_in in = {.text = str_of(json_get_text(turn, "text", "")),
                             .channel = channel,
                             .customer_name = named ? c.name.p : NULL,
                             .customer_phone = c.phone.p,
                             .customer_email = c.email.p,
                             .state = state,
                             .n_history = r->n_said,
                             .history = r->said,
                             .facts = &r->facts,
                             .tools = tools_new(r->pool, config),
                             .now = r->now};
        struct turn_out out = {0};
        EQ_INT(turn_engine_local.take(r->pool, &in, &out, NULL), 0);
        note_turn(r, &out, in.tools);
        if (show) {
            printf("#   C: %s\n#   A: [%s] %s\n", in.text.p, out.intent,
                   out.reply ? out.reply : "(nothing)");
            for (const struct tool_call *k = tools_calls(in.tools); k; k = k->next) {
                printf("#      %s %s -> %.300s\n", k->name, json_dump_to_pool(r->pool, k->args).p,
                       json_dump_to_pool(r->pool, k->result).p);
            }
        }
        state = out.state;
        if (r->n_said + 2 <= 2 * TURNS_MAX) {
            r->said[r->n_said++] = (struct turn_said){true, in.text, r->now};
            r->said[r->n_said++] =
                (struct turn_said){false, str_of(out.reply ? out.reply : ""), r->now};
        }
    }
}

static bool called(const struct replay *r, const char *name, const char *status)
{
    for (size_t i = 0; i < r->n_calls; i++) {
        bool same = strcmp(r->calls[i]->name, name) == 0;
        if (same &&
            (!status || strcmp(json_get_text(r->calls[i]->result, "status", ""), status) == 0)) {
            return true;
        }
    }
    return false;
}

/* What a look-up would tell is in the facts, which the local engine knows without a tool. */
static bool only_looks_up(const char *tool)
{
    return strncmp(tool, "get_", 4) == 0 || strcmp(tool, "search_customer") == 0 ||
           strcmp(tool, "escalate") == 0 || strcmp(tool, "check_availability") == 0;
}

static void compare(struct replay *r)
{
    const json_t *want = json_object_get(r->doc, "replay");
    size_t i;
    json_t *v;
    const char *key;
    json_array_foreach (json_object_get(want, "tools"), i, v) {
        const char *tool = json_string_value(v);
        if (!only_looks_up(tool) && !called(r, tool, NULL)) {
            note(r, "did not call", tool);
        }
    }
    json_object_foreach (json_object_get(want, "status"), key, v) {
        if (!only_looks_up(key) && !called(r, key, json_string_value(v))) {
            note(r, key, pool_printf(r->pool, "never came to %s", json_string_value(v)));
        }
    }
    json_array_foreach (json_object_get(want, "not_tools"), i, v) {
        if (called(r, json_string_value(v), NULL)) {
            note(r, "called", json_string_value(v));
        }
    }
    const char *replies = r->all.data ? r->all.data : "";
    json_array_foreach (json_object_get(want, "reply_has"), i, v) {
        if (!strcasestr(replies, json_string_value(v))) {
            note(r, "no reply has", json_string_value(v));
        }
    }
    json_array_foreach (json_object_get(want, "reply_not"), i, v) {
        if (strcasestr(replies, json_string_value(v))) {
            note(r, "a reply has", json_string_value(v));
        }
    }
    const json_t *escalates = json_object_get(want, "escalates");
    if (json_is_true(escalates) && !r->escalated) {
        note(r, "did not ask", "for a person");
    }
}

static void compare_calendar(struct replay *r)
{
    const json_t *want = json_object_get(json_object_get(r->doc, "replay"), "appointments_after");
    struct booking *have = NULL;
    size_t n = 0, i;
    json_t *a;
    if (!json_is_array(want) || r->customer == 0) {
        return;
    }
    CLEANUP(store_return) struct db *db = NULL;
    EQ_INT(store_borrow(r->store, &db, NULL), 0);
    EQ_INT(booking_upcoming(db, r->pool, &r->facts, r->customer, r->now, &have, &n, NULL), 0);
    if (n != json_array_size(want)) {
        note(r, "appointments afterwards:",
             pool_printf(r->pool, "%zu, not %zu", n, json_array_size(want)));
        return;
    }
    json_array_foreach (want, i, a) {
        struct wall start = local(&r->facts, json_get_text(a, "start", ""));
        bool found = false;
        for (size_t k = 0; k < n; k++) {
            found = found || (have[k].start.us == start.us &&
                              strcmp(have[k].service_key, json_get_text(a, "service", "")) == 0);
        }
        if (!found) {
            note(r, "there is no", json_dump_to_pool(r->pool, a).p);
        }
    }
}

static json_t *read_doc(struct pool *p, const char *path)
{
    char *text = pool_alloc(p, 1u << 18);
    json_t *doc = NULL;
    FILE *f = fopen(path, "rbe");
    size_t n = f ? fread(text, 1, 1u << 18, f) : 0;
    if (f) {
        (void)fclose(f);
    }
    OK_MSG(json_read(p, (struct str){text, n}, &doc, NULL) == 0, "%s cannot be read", path);
    return doc;
}

/* Gives whether the conversation went as it should. */
static bool run_one(struct fixture *fx, const char *path, bool show)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct replay r = {.pool = p, .store = fx->store, .doc = read_doc(p, path)};
    if (!json_object_get(r.doc, "replay")) {
        return true;
    }
    buf_init(&r.all, 1u << 20);
    buf_init(&r.why, 4096);
    EQ_INT(facts_of_demo(p, &r.facts, NULL), 0);
    OK(wall_parse(str_of(json_get_text(r.doc, "now", "")), &r.now));
    fixture_script(fx->store, "DELETE FROM booked_times"); /* ids are given anew */
    fixture_script(fx->store, "DELETE FROM appointments");
    fixture_script(fx->store, "DELETE FROM tool_results");
    fixture_script(fx->store, "DELETE FROM customers");
    EQ_INT(store_write(fx->store, add_customers, &r, NULL), 0);
    EQ_INT(store_write(fx->store, add_calendar, &r, NULL), 0);
    const char *wanted = getenv("AVA_GOLDEN_SHOW");
    live(&r, show && wanted && strstr(path, wanted));
    compare(&r);
    compare_calendar(&r);
    bool good = r.why.len == 0;
    if (!good && show) {
        printf("# %s: %s\n", json_get_text(r.doc, "id", ""), r.why.data);
    }
    buf_clear(&r.all);
    buf_clear(&r.why);
    return good;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The share of conversations of that half that went well, in percent; where none says what must
 * come of it, nothing went wrong. */
static int run_half(const char *half, bool show)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct fixture fx;
    const char *data = getenv("AVA_TEST_DATA");
    char *folder = pool_printf(p, "%s/../../golden/%s", data ? data : "tests/unit/data", half);
    const char *names[4096];
    size_t n = 0, good = 0, replays = 0;
    DIR *d = opendir(folder);
    for (const struct dirent *f; d && n < ARRAY_SIZE(names) && (f = readdir(d));) {
        if (str_ends(str_of(f->d_name), STR(".json"))) {
            names[n++] = pool_printf(p, "%s/%s", folder, f->d_name);
        }
    }
    if (d) {
        (void)closedir(d);
    }
    qsort(names, n, sizeof *names, by_name);
    fixture_init_tables(&fx);
    for (size_t i = 0; i < n; i++) {
        CLEANUP(pool_free) struct pool *own = pool_new();
        replays += json_object_get(read_doc(own, names[i]), "replay") != NULL;
        good += run_one(&fx, names[i], show);
    }
    fixture_clear(&fx);
    good -= n - replays;
    printf("# %s: %zu of %zu conversations went as they should\n", half, good, replays);
    return replays ? (int)(100 * good / replays) : 100;
}

TEST(conversations_of_the_tuned_half)
{
    OK(run_half("tuned", true) >= 90);
}

TEST(conversations_that_went_wrong_once)
{
    EQ_INT(run_half("replays", true), 100);
}

TEST(conversations_of_the_half_that_tuning_does_not_see)
{
    OK(run_half("heldout", false) >= 80);
}

int main(void)
{
    return tap_run();
}
