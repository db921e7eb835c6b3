/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arguments of the tools, which a language model writes: {"tool name": arguments, ...}, called
 * in that order on one installation in memory that all inputs share. Beyond not crashing: what a
 * tool answers is an object, what is wrong has a sentence, and what is booked is listed.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "domain/facts_seed.h"
#include "mind/tools.h"
#include "store/customers.h"
#include "store/schema.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct store *store;
static struct facts facts;
static int64_t customer;

static void check(bool held)
{
    if (!held) {
        abort();
    }
}

static int add_customer(struct db *db, void *arg, struct err *e)
{
    struct customer_new new = {.name = "Maya Ortiz", .phone = "+15550100001", .at = wall_now()};
    return customers_insert(db, arg, &new, &customer, e);
}

static void close_store(void)
{
    store_free(&store);
}

static void open_once(void)
{
    static struct pool *p;
    struct store_config config = {.url = "sqlite::memory:",
                                  .connections = 2,
                                  .cache_kib = 2048,
                                  .busy_ms = 1000,
                                  .group_max = 8,
                                  .prepared_statements = true};
    int applied;
    if (!store) {
        p = pool_new();
        check(store_open(&config, &store, NULL) == 0);
        check(schema_create(store, NULL, NULL, &applied, NULL) == 0);
        check(facts_of_demo(p, &facts, NULL) == 0);
        check(store_write(store, add_customer, p, NULL) == 0);
        atexit(close_store);
    }
}

static void call(struct pool *p, struct tools *t, const char *name, json_t *args)
{
    const json_t *out = tools_call(t, name, args);
    const char *error = json_get_text(out, "error", NULL);
    check(json_is_object(out) && (!error || error[0]));
    if (!error && strcmp(name, "book_appointment") == 0 &&
        strcmp(json_get_text(out, "status", ""), "booked") == 0) {
        const json_t *mine =
            json_object_get(tools_call(t, "search_customer", NULL), "appointments");
        size_t i;
        json_t *one;
        bool listed = json_array_size(mine) == 50;
        json_array_foreach (mine, i, one) {
            listed = listed || json_equal(json_object_get(one, "appointment_id"),
                                          json_object_get(out, "appointment_id"));
        }
        check(listed);
    }
    (void)json_dump_to_pool(p, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p = pool_new();
    json_t *calls = NULL, *args;
    const char *name;
    open_once();
    struct tools_config config = {.store = store, .facts = &facts, .customer_id = customer};
    check(wall_parse(STR("2026-03-02T14:00:00Z"), &config.now));
    struct tools *t = tools_new(p, &config);
    if (json_read(p, (struct str){(const char *)data, size}, &calls, NULL) == 0) {
        json_object_foreach (calls, name, args) {
            call(p, t, name, args);
        }
    }
    pool_free(&p);
    return 0;
}
