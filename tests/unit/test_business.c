/* SPDX-License-Identifier: Apache-2.0 */
/* The business's facts: from a seed document, into the store, and back. */
#include "domain/business.h"

#include <stdlib.h>

#include "base/json_read.h"
#include "domain/facts_seed.h"
#include "facts_fixture.h"
#include "store_fixture.h"
#include "tap.h"

static const char *const seeds[] = {
    "../../../share/seeds/medical-spa.json",
    "../../../share/seeds/hair-salon.json",
    "barber-shop.json",
};

static struct wall some_day(void)
{
    struct wall t;
    OK(wall_parse(STR("2026-03-02T14:00:00Z"), &t));
    return t;
}

static int seed(struct db *db, void *document, struct err *e)
{
    return business_seed(db, document, some_day(), e);
}

static struct facts load(struct fixture *f, struct pool *p)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct facts facts = {0};
    EQ_INT(store_borrow(f->store, &db, NULL), 0);
    EQ_INT(business_load(db, p, &facts, NULL), 0);
    return facts;
}

static const char *print(struct pool *p, const struct facts *f)
{
    return json_dump_to_pool(p, facts_to_json(p, f)).p;
}

static json_t *doc_of(struct pool *p, const char *text)
{
    json_t *document = NULL;
    struct err e = {0};
    EQ_INT(json_read(p, str_of(text), &document, &e), 0);
    return document;
}

TEST(a_seed_becomes_facts)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const struct facts *f = facts_of_seed(p, seeds[1]);
    EQ_STR(f->assistant_name, "June");
    OK(f->zone != NULL);
    EQ_INT(f->booking_notice_minutes, 120);
    EQ_INT(f->booking_horizon_days, 60);
    EQ_INT(f->n_hours, 7);
    EQ_INT(f->hours[0].weekday, 2);
    EQ_STR(f->hours[3].opens, "14:00");
    EQ_INT(f->n_closures, 6);
    EQ_INT(f->closures[2].first_day, days_from_civil(2026, 8, 11));
    EQ_INT(f->closures[2].last_day, days_from_civil(2026, 8, 16));
    EQ_STR(f->closures[2].provider, "lena_brandt");
    EQ_STR(f->closures[0].provider, NULL);
    EQ_STR(f->services[0].key, "womens_cut");
    EQ_INT(f->services[0].buffer_minutes, 5);
    EQ_STR(f->services[1].preparation, NULL);
    EQ_STR(f->services[12].key, "color_consultation");
    EQ_INT(f->services[12].price_to_cents, 0);
    EQ_STR(f->providers[0].services[7], "color_consultation");
    EQ_STR(f->providers[0].services[8], NULL);
    EQ_INT(f->providers[0].n_hours, 4);
    EQ_INT(f->providers[1].n_hours, 0);
    EQ_STR(f->articles[1].synonyms[0], "allergy test");
}

TEST(facts_that_are_not_given_stay_unknown)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct facts f;
    const char *text = "{\"services\":[{\"key\":\"a\",\"name\":\"A\",\"duration_minutes\":5}],"
                       "\"providers\":[{\"key\":\"x\",\"name\":\"X\"}],\"faq\":[],"
                       "\"locations\":[{\"key\":\"m\",\"name\":\"M\",\"parking\":\"behind\"}]}";
    EQ_INT(facts_of_json(p, doc_of(p, text), &f, NULL), 0);
    EQ_INT(f.services[0].price_from_cents, -1);
    EQ_INT(f.services[0].price_to_cents, -1);
    OK(!f.services[0].synonyms);
    OK(!f.providers[0].services);
    OK(!f.closures && !f.hours && !f.zone && !f.time_zone);
    OK(f.articles && f.n_articles == 0);
    EQ_STR(f.parking, "behind");
    EQ_INT(facts_of_json(p, doc_of(p, "{}"), &f, NULL), 0);
    EQ_INT(f.n_services, 0);
}

TEST(the_embedded_seed_is_the_demo_business)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct facts f;
    EQ_INT(facts_of_demo(p, &f, NULL), 0);
    EQ_STR(print(p, &f), print(p, facts_of_seed(p, seeds[0])));
    EQ_INT(f.n_providers, 5);
}

/* Lists that a document leaves out are empty in a store that had none. */
static const char *whole(struct pool *p, const json_t *document)
{
    struct facts f;
    json_t *all = json_copy((json_t *)(uintptr_t)document);
    for (int part = 0; part < FACTS_PARTS; part++) {
        const struct facts_kind *kind = facts_kind((enum facts_part)part);
        if (kind->size && !json_object_get(all, kind->member)) {
            json_object_set_new(all, kind->member, json_array());
        }
    }
    EQ_INT(facts_of_json(p, all, &f, NULL), 0);
    const char *text = print(p, &f);
    json_decref(all);
    return text;
}

TEST(what_was_seeded_comes_back_the_same)
{
    for (size_t i = 0; i < ARRAY_SIZE(seeds); i++) {
        CLEANUP(fixture_clear) struct fixture f;
        CLEANUP(pool_free) struct pool *p = pool_new();
        tap_case("%s", seeds[i]);
        fixture_init_tables(&f);
        const char *want = whole(p, seed_of_file(p, seeds[i]));
        for (int k = 0; k < 2; k++) { /* twice is the same as once */
            EQ_INT(store_write(f.store, seed, seed_of_file(p, seeds[i]), NULL), 0);
            struct facts got = load(&f, p);
            EQ_STR(print(p, &got), want);
            OK(got.zone != NULL);
        }
        /* What is printed is itself a seed. */
        struct facts again;
        EQ_INT(facts_of_json(p, doc_of(p, want), &again, NULL), 0);
        EQ_STR(print(p, &again), want);
    }
}

TEST(a_second_seed_keeps_what_it_does_not_name)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    fixture_init_tables(&f);
    EQ_INT(store_write(f.store, seed, seed_of_file(p, seeds[1]), NULL), 0);
    const char *text = "{\"facts\":{\"parking\":null,\"phone\":\"+1 555-010-0399\"},"
                       "\"booking\":{\"horizon_days\":30},"
                       "\"hours\":[{\"weekday\":1,\"opens\":\"08:00\",\"closes\":\"12:00\"}],"
                       "\"closures\":[],"
                       "\"services\":[{\"key\":\"updo\",\"name\":\"Up\",\"duration_minutes\":50},"
                       "{\"key\":\"wig\",\"name\":\"Wig\",\"duration_minutes\":20}],"
                       "\"providers\":[{\"key\":\"bea_lund\",\"name\":\"Bea\",\"services\":[]}]}";
    EQ_INT(store_write(f.store, seed, doc_of(p, text), NULL), 0);
    struct facts got = load(&f, p);
    EQ_STR(got.phone, "+1 555-010-0399");
    EQ_STR(got.parking, facts_of_seed(p, seeds[1])->locations[0].parking); /* the location's */
    EQ_STR(got.business_name, "Copper & Comb Hair Studio");
    EQ_INT(got.booking_notice_minutes, 120);
    EQ_INT(got.booking_horizon_days, 30);
    EQ_INT(got.n_hours, 1);
    EQ_INT(got.n_closures, 0);
    EQ_INT(got.n_services, 14);
    EQ_STR(got.services[0].name, "Up");
    EQ_INT(got.services[0].price_from_cents, -1);
    EQ_INT(got.n_providers, 4);
    EQ_STR(got.providers[0].name, "Bea");
    EQ_INT(got.providers[0].n_hours, 0);
    OK(got.providers[0].services && !got.providers[0].services[0]);
}

struct refusal {
    const char *text, *field;
};

TEST(what_is_no_seed_is_refused_by_name)
{
    static const struct refusal rows[] = {
        {"[]", ""},
        {"{\"servces\":[]}", "servces"},
        {"{\"facts\":[]}", "facts"},
        {"{\"facts\":{\"bussiness_name\":\"x\"}}", "facts.bussiness_name"},
        {"{\"facts\":{\"phone\":1}}", "facts.phone"},
        {"{\"facts\":{\"phone\":\" \"}}", "facts.phone"},
        {"{\"facts\":{\"time_zone\":\"Mars/Crater\"}}", "facts.time_zone"},
        {"{\"facts\":{\"\u00e4aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":\"x\"}}",
         "facts.\u00e4aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"{\"booking\":{\"horizon_days\":0}}", "booking.horizon_days"},
        {"{\"booking\":{\"notice\":1}}", "booking.notice"},
        {"{\"services\":{}}", "services"},
        {"{\"services\":[1]}", "services[0]"},
        {"{\"services\":[{\"key\":\"a\"}]}", "services[0].name"},
        {"{\"services\":[{\"key\":\"A b\",\"name\":\"A\",\"duration_minutes\":5}]}",
         "services[0].key"},
        {"{\"services\":[{\"key\":\"a\",\"name\":\"A\",\"duration_minutes\":0}]}",
         "services[0].duration_minutes"},
        {"{\"services\":[{\"key\":\"a\",\"name\":\"A\",\"duration_minutes\":5,\"price\":9}]}",
         "services[0].price"},
        {"{\"services\":[{\"key\":\"a\",\"name\":\"A\",\"duration_minutes\":5,"
         "\"price_from_cents\":9,\"price_to_cents\":8}]}",
         "services[0].price_to_cents"},
        {"{\"services\":[{\"key\":\"a\",\"name\":\"A\",\"duration_minutes\":5,"
         "\"synonyms\":[\"b\",\"\"]}]}",
         "services[0].synonyms"},
        {"{\"services\":[{\"key\":\"a\",\"name\":\"A\",\"duration_minutes\":5},"
         "{\"key\":\"a\",\"name\":\"A\",\"duration_minutes\":5}]}",
         "services[1].key"},
        {"{\"hours\":[{\"weekday\":8,\"opens\":\"09:00\",\"closes\":\"10:00\"}]}",
         "hours[0].weekday"},
        {"{\"hours\":[{\"weekday\":1,\"opens\":\"9\",\"closes\":\"10:00\"}]}", "hours[0].opens"},
        {"{\"hours\":[{\"weekday\":1,\"opens\":\"24:00\",\"closes\":\"10:00\"}]}",
         "hours[0].opens"},
        {"{\"hours\":[{\"weekday\":1,\"opens\":\"09:00\",\"closes\":\"24:01\"}]}",
         "hours[0].closes"},
        {"{\"closures\":[{\"from\":\"2026-02-30\",\"to\":\"2026-03-01\"}]}", "closures[0].from"},
        {"{\"closures\":[{\"from\":\"2026-03-02\",\"to\":\"2026-03-01\"}]}", "closures[0].to"},
        {"{\"closures\":[{\"from\":\"2026-03-02\",\"to\":\"2026-03-03\",\"provider\":\"x\"}],"
         "\"providers\":[]}",
         "closures[0].provider"},
        {"{\"providers\":[{\"key\":\"x\",\"name\":\"X\",\"services\":[\"b\"]}],\"services\":[]}",
         "providers[0].services"},
        {"{\"providers\":[{\"key\":\"x\",\"name\":\"X\",\"hours\":[{\"weekday\":1,"
         "\"opens\":\"x\",\"closes\":\"y\"}]}]}",
         "providers[0].hours[0].opens"},
        {"{\"locations\":[{\"key\":\"x\"}]}", "locations[0].name"},
        {"{\"facts\":{\"phone\":\"1\"},\"faq\":[{\"key\":\"x\",\"question\":\"?\"}]}",
         "faq[0].answer"},
    };
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    fixture_init_tables(&f);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err e = {0};
        tap_case("%s", rows[i].text);
        EQ_INT(store_write(f.store, seed, doc_of(p, rows[i].text), &e), ERR_INVALID);
        EQ_STR(e.field, rows[i].field);
        OK(strlen(e.text) > strlen(rows[i].field));
    }
    EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM business_facts"), "0");
}

TEST(every_day_of_a_date_comes_back)
{
    static const char *const not_dates[] = {"",           "2026-1-01",  "2026-13-01", "2026-00-10",
                                            "2026-02-29", "1969-12-31", "20260-1-01", "2026/01/01"};
    for (int64_t day = 0; day < 60000; day++) {
        char text[FACTS_DATE_BYTES];
        int64_t back = -1;
        facts_date_format(day, text);
        if (!facts_date_parse(text, &back) || back != day) {
            OK_MSG(false, "%s", text);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(not_dates); i++) {
        int64_t day;
        tap_case("%s", not_dates[i]);
        OK(!facts_date_parse(not_dates[i], &day));
    }
}

/* A turn loads the facts each time, so that takes a small part of a millisecond; the bound leaves
 * room for a busy machine and sanitizers. */
TEST(loading_is_quick)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    fixture_init_tables(&f);
    EQ_INT(store_write(f.store, seed, seed_of_file(p, seeds[0]), NULL), 0);
    int64_t best = INT64_MAX;
    for (int i = 0; i < 200; i++) {
        CLEANUP(pool_free) struct pool *turn = pool_new();
        struct mono start = mono_now();
        (void)load(&f, turn);
        best = MIN_OF(best, mono_us_since(start));
    }
    printf("# business_load: %d us\n", (int)best);
    OK_MSG(best < 10000, "%d us", (int)best);
}

int main(void)
{
    return tap_run();
}
