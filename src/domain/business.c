/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small tables read whole and made into struct facts, entry by entry as domain/facts_table.h
 * describes them; and a seed document written into the same tables.
 */
#include "domain/business.h"

#include <string.h>

#include "base/codec.h"
#include "base/json_read.h"
#include "domain/facts_seed.h"
#include "domain/facts_table.h"
#include "domain/zone.h"
#include "store/facts.h"
#include "store/store.h"

/* How a list is read, how an entry is written, and how it is taken away. */
static const struct {
    const struct sql *find, *put, *end;
} statements[FACTS_PARTS] = {
    [FACTS_OPENING] = {&hours_find, &hours_put, NULL},
    [FACTS_LOCATIONS] = {&locations_find, &locations_put, &locations_end},
    [FACTS_SERVICES] = {&services_find, &services_put, &services_end},
    [FACTS_PROVIDERS] = {&providers_find, &providers_put, &providers_end},
    [FACTS_CLOSURES] = {&closures_find, &closures_put, &closures_delete},
    [FACTS_FAQ] = {&articles_find, &articles_put, &articles_end},
};

#define MAX_COLUMNS 16

/* The rows of business_facts for booking are named so that they say what they are. */
static const char *fact_key(struct pool *p, enum facts_part part, const struct facts_field *field)
{
    return part == FACTS_BOOKING ? pool_printf(p, "booking_%s", field->name) : field->name;
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

static void read_cell(struct pool *p, const struct rows *r, size_t row, size_t column,
                      const struct facts_field *field, void *entry)
{
    bool null = row_is_null(r, row, column);
    switch (field->type) {
    case FACTS_KEY:
    case FACTS_TEXT:
    case FACTS_TIME:
        *facts_text_at(entry, field) = row_text(r, row, column);
        break;
    case FACTS_INT:
        *facts_int_at(entry, field) = null ? field->absent : (int)row_i64(r, row, column);
        break;
    case FACTS_LIST:
        *facts_words_at(entry, field) = list_of(p, row_str(r, row, column));
        break;
    case FACTS_DATE:
        if (null || !facts_date_parse(row_text(r, row, column), facts_day_at(entry, field))) {
            *facts_day_at(entry, field) = -1; /* no day that anybody asks for */
        }
        break;
    case FACTS_HOURS: /* has no column */
        break;
    }
}

static void read_list(struct pool *p, enum facts_part part, const struct rows *r, struct facts *f)
{
    const struct facts_kind *kind = facts_kind(part);
    char *entries = pool_calloc(p, r->n, kind->size);
    ROWS_EACH (i, *r) {
        for (size_t c = 0; c < kind->n_fields && c < r->columns; c++) {
            read_cell(p, r, i, c, &kind->fields[c], entries + i * kind->size);
        }
    }
    *(const void **)((char *)f + kind->list) = entries;
    *(size_t *)((char *)f + kind->count) = r->n;
}

static void read_facts(const struct rows *r, struct facts *f)
{
    static const char booking[] = "booking_";
    const size_t skip = sizeof booking - 1;
    ROWS_EACH (i, *r) {
        const char *key = row_text(r, i, 0);
        bool of_booking = strncmp(key, booking, skip) == 0;
        const struct facts_kind *kind = facts_kind(of_booking ? FACTS_BOOKING : FACTS_FACTS);
        const struct facts_field *field = facts_field_named(kind, of_booking ? key + skip : key);
        if (field && row_str(r, i, 1).n > 0) {
            read_cell(NULL, r, i, 1, field, f);
        }
    }
}

/* Rows of one provider stand together; each provider's list is a piece of one. */
static void read_provider_hours(struct pool *p, const struct rows *r, struct facts *f)
{
    struct facts_hours *all = pool_calloc(p, r->n, sizeof *all);
    struct facts_provider *providers = (struct facts_provider *)(uintptr_t)f->providers;
    ROWS_EACH (i, *r) {
        all[i] = (struct facts_hours){(int)row_i64(r, i, 0), row_text(r, i, 1), row_text(r, i, 2)};
        for (size_t k = 0; k < f->n_providers; k++) {
            struct facts_provider *one = &providers[k];
            if (strcmp(one->key, row_text(r, i, 3)) == 0) {
                one->hours = one->hours ? one->hours : &all[i];
                one->n_hours++;
                break;
            }
        }
    }
}

/* A service that is no longer offered is nobody's any more. */
static void drop_ended_services(struct facts *f)
{
    for (size_t i = 0; i < f->n_providers; i++) {
        const char **words = (const char **)(uintptr_t)f->providers[i].services;
        size_t kept = 0;
        for (size_t k = 0; words && words[k]; k++) {
            if (facts_entry_of_key(f, FACTS_SERVICES, words[k])) {
                words[kept++] = words[k];
            }
        }
        if (words) {
            words[kept] = NULL;
        }
    }
}

int business_load(struct db *db, struct pool *p, struct facts *out, struct err *e)
{
    struct rows found[FACTS_PARTS], provider_hours;
    struct query queries[FACTS_PARTS];
    size_t n = 0;
    queries[n++] = (struct query){&facts_find, NULL, 0, &found[FACTS_FACTS]};
    for (size_t i = 0; i < FACTS_PARTS; i++) {
        if (statements[i].find) {
            queries[n++] = (struct query){statements[i].find, NULL, 0, &found[i]};
        }
    }
    queries[n++] = (struct query){&provider_hours_find, NULL, 0, &provider_hours};
    int rc = db_many(db, p, queries, n, e);
    if (rc != 0) {
        return rc;
    }
    struct facts f = {0};
    read_facts(&found[FACTS_FACTS], &f);
    for (size_t i = 0; i < FACTS_PARTS; i++) {
        if (statements[i].find) {
            read_list(p, (enum facts_part)i, &found[i], &f);
        }
    }
    read_provider_hours(p, &provider_hours, &f);
    drop_ended_services(&f);
    facts_finish(p, &f);
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

static struct str words_to_json(struct pool *p, const char *const *words)
{
    if (!words) {
        return (struct str){NULL, 0};
    }
    CLEANUP(json_decrefp) json_t *list = json_array();
    for (; *words; words++) {
        json_array_append_new(list, json_string(*words));
    }
    return json_dump_to_pool(p, list);
}

static struct arg arg_of(struct pool *p, const void *entry, const struct facts_field *field)
{
    char date[FACTS_DATE_BYTES];
    int n;
    switch (field->type) {
    case FACTS_KEY:
    case FACTS_TEXT:
    case FACTS_TIME:
        return A_TEXT(*facts_text_at(entry, field));
    case FACTS_INT:
        n = *facts_int_at(entry, field);
        return n < field->min ? A_NULL : A_I64(n);
    case FACTS_LIST:
        return A_STR(words_to_json(p, *facts_words_at(entry, field)));
    case FACTS_DATE:
        facts_date_format(*facts_day_at(entry, field), date);
        return A_TEXT(pool_strdup(p, date));
    case FACTS_HOURS:
        break;
    }
    return A_NULL;
}

static int put_provider_hours(struct db *db, const struct facts_provider *one, struct wall now,
                              struct err *e)
{
    int rc = db_exec(db, &provider_hours_drop, ARGS(A_TEXT(one->key)), e);
    for (size_t i = 0; rc == 0 && i < one->n_hours; i++) {
        const struct facts_hours *h = &one->hours[i];
        char what[100];
        snprintf(what, sizeof what, "hours %s %zu", one->key, i);
        struct id id = seed_id(now, what, h->opens);
        rc = db_exec(db, &provider_hours_put,
                     ARGS(A_TEXT(id.text), A_I64(h->weekday), A_TEXT(h->opens), A_TEXT(h->closes),
                          A_TEXT(one->key)),
                     e);
    }
    return rc;
}

static int put(struct db *db, enum facts_part part, const void *entry, const char *of_id,
               int64_t position, struct wall now, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const struct facts_kind *kind = facts_kind(part);
    struct id id = seed_id(now, kind->member, of_id);
    struct arg args[MAX_COLUMNS];
    size_t n = 0;
    args[n++] = A_TEXT(id.text);
    for (size_t i = 0; i < kind->n_fields; i++) {
        if (kind->fields[i].type != FACTS_HOURS) {
            args[n++] = arg_of(p, entry, &kind->fields[i]);
        }
    }
    if (kind->keyed) {
        args[n++] = position < 0 ? A_NULL : A_I64(position);
    }
    int rc = db_exec(db, statements[part].put, args, n, e);
    return rc == 0 && part == FACTS_PROVIDERS ? put_provider_hours(db, entry, now, e) : rc;
}

int business_put(struct db *db, enum facts_part part, const void *entry, int64_t position,
                 struct wall now, struct err *e)
{
    const struct facts_kind *kind = facts_kind(part);
    return put(db, part, entry, *facts_text_at(entry, &kind->fields[0]), position, now, e);
}

int business_end(struct db *db, enum facts_part part, const char *key, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows ended;
    int rc = db_rows(db, p, statements[part].end, ARGS(A_TEXT(key)), &ended, e);
    if (rc == 0 && ended.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no such entry in %s", facts_kind(part)->member);
    }
    return rc;
}

static int put_list(struct db *db, enum facts_part part, const struct facts *f, struct wall now,
                    struct err *e)
{
    const struct facts_kind *kind = facts_kind(part);
    size_t n;
    const char *entries = facts_list(f, part, &n);
    int rc = 0;
    if (part == FACTS_OPENING || part == FACTS_CLOSURES) {
        rc = db_exec(db, part == FACTS_OPENING ? &hours_drop : &closures_drop, NO_ARGS, e);
    }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const void *entry = entries + i * kind->size;
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        rc = kind->keyed ? business_put(db, part, entry, (int64_t)i, now, e)
                         : put(db, part, entry, number, 0, now, e);
    }
    return rc;
}

int business_add_closure(struct db *db, const struct facts_closure *c, const struct id *id,
                         struct err *e)
{
    char from[FACTS_DATE_BYTES], to[FACTS_DATE_BYTES];
    facts_date_format(c->first_day, from);
    facts_date_format(c->last_day, to);
    return db_exec(
        db, &closures_put,
        ARGS(A_TEXT(id->text), A_TEXT(from), A_TEXT(to), A_TEXT(c->provider), A_TEXT(c->reason)),
        e);
}

static int put_facts(struct db *db, enum facts_part part, const json_t *given, struct wall now,
                     struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const struct facts_kind *kind = facts_kind(part);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < kind->n_fields; i++) {
        const json_t *value = json_object_get(given, kind->fields[i].name);
        const char *key = fact_key(p, part, &kind->fields[i]);
        const char *text = json_is_integer(value)
                               ? pool_printf(p, "%" JSON_INTEGER_FORMAT, json_integer_value(value))
                               : json_string_value(value);
        if (text) {
            rc = db_exec(db, &facts_put, ARGS(A_TEXT(key), A_TEXT(text), A_WALL(now)), e);
        } else if (value) {
            rc = db_exec(db, &facts_drop, ARGS(A_TEXT(key)), e);
        }
    }
    return rc;
}

int business_seed(struct db *db, const json_t *seed, struct wall now, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct facts f;
    int rc = facts_of_json(p, seed, &f, e);
    for (size_t i = 0; rc == 0 && i < FACTS_PARTS; i++) {
        enum facts_part part = (enum facts_part)i;
        const json_t *given = json_object_get(seed, facts_kind(part)->member);
        if (given && facts_kind(part)->size) {
            rc = put_list(db, part, &f, now, e);
        } else if (given) {
            rc = put_facts(db, part, given, now, e);
        }
    }
    return rc;
}
