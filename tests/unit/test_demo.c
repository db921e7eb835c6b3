/* SPDX-License-Identifier: Apache-2.0 */
/* The business's seed and the demo data in a fresh database of each engine. */
#include "tap.h"

#include <stdlib.h>

#include "base/json_read.h"
#include "domain/business.h"
#include "domain/facts_seed.h"
#include "domain/zone.h"
#include "mind/turn.h"
#include "sandbox/demo_data.h"
#include "store_fixture.h"

static struct wall some_day(void)
{
    struct wall t = {0};
    OK(wall_parse(STR("2026-03-10T19:00:00Z"), &t));
    return t;
}

static struct demo_config small(void)
{
    struct demo_config c = demo_config_default(some_day());
    c.customers = 60;
    c.conversations = 500;
    c.days = 30;
    return c;
}

static int64_t count(struct fixture *f, const char *text)
{
    const char *cell = fixture_cell(f->store, text);
    int64_t n = -1;
    OK_MSG(cell && str_to_i64(str_of(cell), &n), "%s", text);
    return n;
}

/* A few figures that change when any row does; cells in canonical form on both engines. */
static char *fingerprint(struct pool *p, struct fixture *f)
{
    static const char *const texts[] = {
        "SELECT count(*) FROM customers",
        "SELECT max(id) FROM (SELECT {as_text id} AS id FROM conversations) x",
        "SELECT min(id) FROM (SELECT {as_text id} AS id FROM communication_messages) x",
        "SELECT count(*) FROM communication_messages",
        "SELECT sum(length(content)) FROM communication_messages",
        "SELECT count(*) FROM communication_events",
        "SELECT max(id) FROM (SELECT {as_text id} AS id FROM communication_events) x",
        "SELECT sum(satisfaction_score) FROM conversations",
        "SELECT max(initiated_at) FROM conversations",
        "SELECT max(appointment_datetime) FROM appointments",
        "SELECT count(*) FROM appointments",
        "SELECT sum(total_talk_time_seconds) FROM daily_metrics",
        "SELECT max(provider_message_id) FROM sms_details",
        "SELECT max(updated_at) FROM customers",
    };
    char *all = pool_strdup(p, "");
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        const char *cell = fixture_cell(f->store, texts[i]);
        all = pool_printf(p, "%s %s", all, cell ? cell : "-");
    }
    return all;
}

TEST(the_demo_loads_and_is_believable)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    struct demo_config c = small();
    struct err e = {0};
    if (!OK_MSG(demo_data_load(f.store, &c, &e) == 0, "%s", e.text)) {
        return;
    }
    EQ_INT(count(&f, "SELECT count(*) FROM customers"), 60);
    EQ_INT(count(&f, "SELECT count(*) FROM conversations"), 500);
    EQ_INT(count(&f, "SELECT sum(n) FROM counters WHERE kind = 'conversations'"), 500);
    OK(count(&f, "SELECT count(*) FROM communication_messages") > 1000);
    EQ_INT(count(&f, "SELECT count(*) FROM conversations WHERE channel = 'voice'"),
           count(&f, "SELECT count(*) FROM voice_call_details"));
    EQ_INT(count(&f, "SELECT count(*) FROM communication_messages m JOIN conversations c ON c.id ="
                     " m.conversation_id WHERE c.channel = 'sms'"),
           count(&f, "SELECT count(*) FROM sms_details"));
    EQ_INT(count(&f, "SELECT count(*) FROM communication_messages m JOIN conversations c ON c.id ="
                     " m.conversation_id WHERE c.channel = 'email'"),
           count(&f, "SELECT count(*) FROM email_details"));
    EQ_INT(count(&f, "SELECT count(*) FROM conversations c WHERE NOT EXISTS (SELECT 1 FROM"
                     " communication_messages m WHERE m.conversation_id = c.id)"),
           0);
    EQ_INT(count(&f, "SELECT count(*) FROM daily_metrics"), 30);
    EQ_INT(count(&f, "SELECT sum(total_calls) FROM daily_metrics"),
           count(&f, "SELECT count(*) FROM conversations WHERE channel = 'voice'"));
    EQ_INT(count(&f, "SELECT count(DISTINCT outcome) FROM conversations"), 6);
    EQ_INT(count(&f, "SELECT count(DISTINCT sentiment) FROM conversations"), 4);
    EQ_INT(count(&f, "SELECT count(DISTINCT channel) FROM conversations"), 5);
    EQ_INT(count(&f, "SELECT count(DISTINCT status) FROM conversations"), 3);
    OK(count(&f, "SELECT count(*) FROM appointments WHERE status = 'scheduled'") > 0);
    OK(count(&f, "SELECT count(*) FROM appointments WHERE status = 'completed'") > 0);
    OK(count(&f, "SELECT count(DISTINCT appointment_id) FROM booked_times") > 0);
    EQ_INT(count(&f, "SELECT count(*) FROM appointments WHERE status = 'scheduled' AND"
                     " provider_key IS NOT NULL"),
           count(&f, "SELECT count(DISTINCT appointment_id) FROM booked_times"));
    EQ_INT(count(&f, "SELECT count(*) FROM appointments WHERE service_type NOT IN (SELECT key FROM"
                     " services) OR provider_key NOT IN (SELECT key FROM providers)"),
           0);
    OK(count(&f, "SELECT count(*) FROM communication_events WHERE event_type ="
                 " 'escalation_requested'") > 0);
    EQ_INT(count(&f, "SELECT count(*) FROM communication_messages WHERE sent_at >"
                     " '2026-03-10T19:00:00.000000Z'"),
           0);
    EQ_INT(count(&f, "SELECT count(*) FROM conversations WHERE last_activity_at < initiated_at"),
           0);
    EQ_INT(count(&f, "SELECT count(*) FROM conversations c JOIN customers p ON p.id ="
                     " c.customer_id WHERE p.created_at > c.initiated_at"),
           0);
    EQ_INT(count(&f, "SELECT count(*) FROM communication_messages WHERE content LIKE '%{%' OR"
                     " content LIKE '%|%' OR content = ''"),
           0);
    EQ_INT(count(&f, "SELECT count(*) FROM customers WHERE phone NOT LIKE '+1555010%' OR"
                     " (phone IS NULL AND email IS NULL)"),
           0);
}

TEST(loading_twice_is_loading_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    fixture_init_tables(&f);
    struct demo_config c = small();
    EQ_INT(demo_data_load(f.store, &c, NULL), 0);
    char *before = fingerprint(p, &f);
    EQ_INT(demo_data_load(f.store, &c, NULL), 0);
    EQ_STR(fingerprint(p, &f), before);
}

TEST(the_same_configuration_gives_the_same_rows)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    char *prints[3];
    for (int i = 0; i < 3; i++) {
        CLEANUP(fixture_clear) struct fixture f;
        fixture_init_tables(&f);
        struct demo_config c = small();
        c.seed += i == 2;
        EQ_INT(demo_data_load(f.store, &c, NULL), 0);
        prints[i] = fingerprint(p, &f);
    }
    EQ_STR(prints[0], prints[1]);
    OK(strcmp(prints[0], prints[2]) != 0);
}

TEST(messages_come_to_the_average_that_was_asked_for)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    struct demo_config c = demo_config_scaled(0.001, some_day());
    EQ_INT(c.customers, 100);
    EQ_INT(c.conversations, 1000);
    EQ_INT(demo_data_load(f.store, &c, NULL), 0);
    int64_t n = count(&f, "SELECT count(*) FROM communication_messages");
    OK_MSG(n > 4900 && n < 5100, "%d", (int)n);
}

struct seeding {
    json_t *doc;
};

static int seed(struct db *db, void *arg, struct err *e)
{
    struct seeding *s = arg;
    return business_seed(db, s->doc, some_day(), e);
}

static int load(struct fixture *f, struct pool *p, struct facts *out)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(f->store, &db, NULL);
    return rc == 0 ? business_load(db, p, out, NULL) : rc;
}

TEST(the_seed_comes_back_as_facts)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    fixture_init_tables(&f);
    struct facts facts = {0};
    EQ_INT(load(&f, p, &facts), 0); /* an empty installation has no facts and that is no error */
    EQ_STR(facts.business_name, NULL);
    struct seeding s;
    EQ_INT(json_read(p, seed_medical_spa, &s.doc, NULL), 0);
    for (int i = 0; i < 2; i++) { /* twice is the same as once */
        EQ_INT(store_write(f.store, seed, &s, NULL), 0);
        EQ_INT(load(&f, p, &facts), 0);
        EQ_INT(facts.n_services, 12);
        EQ_INT(facts.n_hours, 6);
    }
    EQ_STR(facts.business_name, "Willow Lane Medical Spa");
    EQ_STR(facts.assistant_name, "Ava");
    EQ_STR(facts.services[1].key, "botox");
    EQ_INT(facts.services[1].price_to_cents, 60000);
    EQ_STR(facts.services[1].synonyms[0], "wrinkle relaxer");
    EQ_STR(facts.hours[5].opens, "10:00");
    OK(facts.zone);
    struct turn_in in = {.text = STR("are you open now?"),
                         .channel = CHANNEL_SMS,
                         .facts = &facts,
                         .now = some_day()};
    struct turn_out out;
    EQ_INT(turn_engine_local.take(p, &in, &out, NULL), 0);
    EQ_STR(out.reply, "Yes, we are open right now, until 6 PM.");
    EQ_INT(business_set_zone(p, &facts, "Europe/London", NULL), 0);
    EQ_INT(zone_offset(facts.zone, some_day()), 0);
    OK(business_set_zone(p, &facts, "Mars/Crater", NULL) < 0);
    EQ_STR(facts.time_zone, "Europe/London");
}

int main(void)
{
    return tap_run();
}
