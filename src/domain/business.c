/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three small tables read whole and made into struct facts. fact_keys is the master of which keys
 * of business_facts the assistant knows; a seed that names another is refused, so that a misspelt
 * key does not vanish silently.
 */
#include "domain/business.h"

#include "base/codec.h"
#include "base/id.h"
#include "base/json_read.h"
#include "domain/zone.h"
#include "store/facts.h"
#include "store/store.h"

static const struct {
    const char *key;
    size_t offset; /* of a const char * in struct facts */
} fact_keys[] = {
    {"business_name", offsetof(struct facts, business_name)},
    {"assistant_name", offsetof(struct facts, assistant_name)},
    {"time_zone", offsetof(struct facts, time_zone)},
    {"phone", offsetof(struct facts, phone)},
    {"address", offsetof(struct facts, address)},
    {"directions", offsetof(struct facts, directions)},
    {"parking", offsetof(struct facts, parking)},
    {"escalation_contact", offsetof(struct facts, escalation_contact)},
    {"emergency_number", offsetof(struct facts, emergency_number)},
    {"payment", offsetof(struct facts, payment)},
    {"cancellation_policy", offsetof(struct facts, cancellation_policy)},
    {"team", offsetof(struct facts, team)},
    {"consultation", offsetof(struct facts, consultation)},
    {"currency", offsetof(struct facts, currency)},
};

static const char **fact_at(struct facts *f, const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(fact_keys); i++) {
        if (strcmp(fact_keys[i].key, key) == 0) {
            return (const char **)(void *)((char *)f + fact_keys[i].offset);
        }
    }
    return NULL;
}

/* A list column's JSON array as a NULL-terminated list; NULL when there is none. */
static const char *const *list_of(struct pool *p, struct str json)
{
    json_t *list = NULL;
    if (json.n == 0 || json_read(p, json, &list, NULL) != 0 || !json_is_array(list)) {
        return NULL;
    }
    const char **texts = pool_calloc(p, json_array_size(list) + 1, sizeof *texts);
    size_t n = 0, i;
    json_t *item;
    json_array_foreach (list, i, item) {
        if (json_is_string(item)) {
            texts[n++] = json_string_value(item);
        }
    }
    return texts;
}

static int cents(const struct rows *r, size_t row, size_t column)
{
    return row_is_null(r, row, column) ? -1 : (int)row_i64(r, row, column);
}

static void read_services(struct pool *p, const struct rows *r, struct facts *f)
{
    struct facts_service *list = pool_calloc(p, r->n, sizeof *list);
    ROWS_EACH (i, *r) {
        list[i] = (struct facts_service){
            .key = row_text(r, i, 0),
            .name = row_text(r, i, 1),
            .description = row_text(r, i, 2),
            .duration_minutes = (int)row_i64(r, i, 3),
            .price_from_cents = cents(r, i, 4),
            .price_to_cents = cents(r, i, 5),
            .synonyms = list_of(p, row_str(r, i, 6)),
        };
        if (list[i].price_to_cents < 0) {
            list[i].price_to_cents = list[i].price_from_cents;
        }
    }
    f->services = list;
    f->n_services = r->n;
}

static void read_hours(struct pool *p, const struct rows *r, struct facts *f)
{
    struct facts_hours *list = pool_calloc(p, r->n, sizeof *list);
    ROWS_EACH (i, *r) {
        list[i] = (struct facts_hours){(int)row_i64(r, i, 0), row_text(r, i, 1), row_text(r, i, 2)};
    }
    f->hours = list;
    f->n_hours = r->n;
}

int business_load(struct db *db, struct pool *p, struct facts *out, struct err *e)
{
    struct rows facts, services, hours;
    const struct query queries[] = {
        {&facts_find, NULL, 0, &facts},
        {&services_find, NULL, 0, &services},
        {&hours_find, NULL, 0, &hours},
    };
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    if (rc != 0) {
        return rc;
    }
    struct facts f = {0};
    ROWS_EACH (i, facts) {
        const char **at = fact_at(&f, row_text(&facts, i, 0));
        const char *value = row_text(&facts, i, 1);
        if (at && value[0]) {
            *at = value;
        }
    }
    read_services(p, &services, &f);
    read_hours(p, &hours, &f);
    if (f.time_zone && zone_load(p, f.time_zone, &f.zone, NULL) != 0) {
        f.zone = NULL;
    }
    *out = f;
    return 0;
}

int business_set_zone(struct pool *p, struct facts *facts, const char *name, struct err *e)
{
    const struct zone *z;
    int rc = zone_load(p, name, &z, e);
    if (rc == 0) {
        facts->time_zone = pool_strdup(p, name);
        facts->zone = z;
    }
    return rc;
}

/* The same id for the same thing seeded at the same time, so that a retry changes nothing. */
static struct id seed_id(struct wall now, const char *what, const char *key)
{
    char text[160];
    unsigned char digest[SHA256_BYTES];
    snprintf(text, sizeof text, "%s %s", what, key);
    sha256(str_of(text), digest);
    return id_at(now, digest);
}

static int seed_facts(struct db *db, const json_t *facts, struct wall now, struct err *e)
{
    struct facts unused;
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)facts, key, value) {
        if (!json_is_string(value) || !fact_at(&unused, key)) {
            return err_field(e, ERR_INVALID, "facts",
                             "\"%.40s\" is not a fact: a known name and a "
                             "text are wanted",
                             key);
        }
        int rc = db_exec(db, &facts_put,
                         ARGS(A_TEXT(key), A_TEXT(json_string_value(value)), A_WALL(now)), e);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static struct arg price_arg(int64_t value)
{
    return value < 0 ? A_NULL : A_I64(value);
}

static int seed_service(struct db *db, struct pool *p, const json_t *s, size_t position,
                        struct wall now, struct err *e)
{
    const char *key = json_get_text(s, "key", NULL), *name = json_get_text(s, "name", NULL);
    int64_t minutes = json_get_i64(s, "duration_minutes", 0);
    int64_t from = json_get_i64(s, "price_from_cents", -1);
    int64_t to = json_get_i64(s, "price_to_cents", from);
    const json_t *synonyms = json_object_get(s, "synonyms");
    if (!key || !key[0] || !name || !name[0] || minutes < 1 || minutes > 1440 || to < from ||
        to > INT32_MAX || (synonyms && !json_is_array(synonyms))) {
        return err_field(e, ERR_INVALID, "services",
                         "service %zu needs a key, a name, "
                         "duration_minutes from 1 to 1440, and price_to_cents not below "
                         "price_from_cents",
                         position + 1);
    }
    struct id id = seed_id(now, "service", key);
    struct str list = synonyms ? json_dump_to_pool(p, synonyms) : STR("[]");
    return db_exec(db, &services_put,
                   ARGS(A_TEXT(id.text), A_TEXT(key), A_TEXT(name),
                        A_TEXT(json_get_text(s, "description", NULL)), A_I64(minutes),
                        price_arg(from), price_arg(to), A_STR(list), A_I64((int64_t)position)),
                   e);
}

static bool is_time(const char *s)
{
    int64_t hour, minute;
    return s && strlen(s) == 5 && s[2] == ':' && str_to_i64((struct str){s, 2}, &hour) &&
           str_to_i64((struct str){s + 3, 2}, &minute) && hour >= 0 && minute >= 0 && minute < 60 &&
           hour * 60 + minute <= 1440;
}

static int seed_hours(struct db *db, const json_t *hours, struct wall now, struct err *e)
{
    int rc = db_exec(db, &hours_drop, NO_ARGS, e);
    size_t i;
    json_t *h;
    json_array_foreach (hours, i, h) {
        int64_t weekday = json_get_i64(h, "weekday", 0);
        const char *opens = json_get_text(h, "opens", NULL);
        const char *closes = json_get_text(h, "closes", NULL);
        if (rc != 0) {
            return rc;
        }
        if (weekday < 1 || weekday > 7 || !is_time(opens) || !is_time(closes)) {
            return err_field(e, ERR_INVALID, "hours",
                             "entry %zu needs a weekday from 1 (Monday) to "
                             "7, and opens and closes as HH:MM",
                             i + 1);
        }
        char key[32];
        snprintf(key, sizeof key, "%d %s", (int)weekday, opens);
        struct id id = seed_id(now, "hours", key);
        rc = db_exec(db, &hours_put,
                     ARGS(A_TEXT(id.text), A_I64(weekday), A_TEXT(opens), A_TEXT(closes)), e);
    }
    return rc;
}

int business_seed(struct db *db, const json_t *seed, struct wall now, struct err *e)
{
    const json_t *facts = json_object_get(seed, "facts");
    const json_t *services = json_object_get(seed, "services");
    const json_t *hours = json_object_get(seed, "hours");
    if (!json_is_object(seed) || (facts && !json_is_object(facts)) ||
        (services && !json_is_array(services)) || (hours && !json_is_array(hours))) {
        return err_set(e, ERR_INVALID,
                       "a seed is an object with facts (an object), services and "
                       "hours (lists)");
    }
    CLEANUP(pool_free) struct pool *p = pool_new();
    int rc = facts ? seed_facts(db, facts, now, e) : 0;
    size_t i;
    json_t *service;
    json_array_foreach (services, i, service) {
        if (rc == 0) {
            rc = seed_service(db, p, service, i, now, e);
        }
    }
    return rc == 0 && hours ? seed_hours(db, hours, now, e) : rc;
}
