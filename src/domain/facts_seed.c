/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reader for all entries, driven by the tables of domain/facts_table.c; what concerns two
 * fields, or two entries, is checked by hand below it.
 */
#include "domain/facts_seed.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "base/utf8.h"

struct reading {
    struct pool *p;
    const char *where; /* "services[2]", or "" */
    struct err *e;
};

/* Names the field in the error as "services[2].name". */
static int wrong(const struct reading *r, const char *field, const char *what)
{
    const char *full = r->where[0] ? pool_printf(r->p, "%s.%s", r->where, field) : field;
    return err_field(r->e, ERR_INVALID, full, "%s %s", full, what);
}

/* A name that somebody else chose, as short as an error can hold it. */
static const char *shown(const struct reading *r, const char *name)
{
    return str_dup(r->p, utf8_prefix(str_of(name), 36));
}

static bool is_key(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return n > 0 && n <= 60 && !text[n];
}

static bool is_time(const char *s, int max)
{
    int64_t hour, minute;
    return strlen(s) == 5 && s[2] == ':' && strspn(s, "0123456789:") == 5 &&
           str_to_i64((struct str){s, 2}, &hour) && str_to_i64((struct str){s + 3, 2}, &minute) &&
           minute < 60 && hour * 60 + minute <= max;
}

static int read_text(const struct reading *r, const struct facts_field *f, const json_t *value,
                     void *entry)
{
    const char *text = json_string_value(value);
    if (f->type == FACTS_KEY && (!text || !is_key(text))) {
        return wrong(r, f->name, "must be 1 to 60 characters of a-z, 0-9 and _");
    }
    if (f->type == FACTS_TIME && (!text || !is_time(text, f->max))) {
        return wrong(r, f->name, "must be a time HH:MM, such as 09:30");
    }
    if (!text || str_trim(str_of(text)).n == 0 || json_string_length(value) > (size_t)f->max) {
        if (f->type == FACTS_TEXT) {
            return wrong(r, f->name, pool_printf(r->p, "must be a text of 1 to %d bytes", f->max));
        }
    }
    *facts_text_at(entry, f) = text;
    return 0;
}

static int read_int(const struct reading *r, const struct facts_field *f, const json_t *value,
                    void *entry)
{
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < f->min || n > f->max) {
        return wrong(r, f->name,
                     pool_printf(r->p, "must be a whole number from %d to %d", f->min, f->max));
    }
    *facts_int_at(entry, f) = (int)n;
    return 0;
}

static int read_words(const struct reading *r, const struct facts_field *f, const json_t *value,
                      void *entry)
{
    size_t n = json_array_size(value), i;
    const char **words = pool_calloc(r->p, n + 1, sizeof *words);
    json_t *item;
    bool good = json_is_array(value) && n <= (size_t)f->max;
    json_array_foreach (value, i, item) {
        words[i] = json_string_value(item);
        good = good && words[i] && str_trim(str_of(words[i])).n > 0 &&
               json_string_length(item) <= FACTS_MAX_WORD;
    }
    if (!good) {
        return wrong(r, f->name,
                     pool_printf(r->p, "must be a list of at most %d texts of 1 to %d bytes",
                                 f->max, FACTS_MAX_WORD));
    }
    *facts_words_at(entry, f) = words;
    return 0;
}

static int read_list(const struct reading *r, enum facts_part part, const char *name,
                     const json_t *list, const void **out, size_t *n_out);

static int read_value(const struct reading *r, const struct facts_field *f, const json_t *value,
                      void *entry)
{
    struct facts_provider *provider = entry;
    const void *hours;
    int rc;
    switch (f->type) {
    case FACTS_KEY:
    case FACTS_TEXT:
    case FACTS_TIME:
        return read_text(r, f, value, entry);
    case FACTS_INT:
        return read_int(r, f, value, entry);
    case FACTS_LIST:
        return read_words(r, f, value, entry);
    case FACTS_DATE:
        return json_is_string(value) &&
                       facts_date_parse(json_string_value(value), facts_day_at(entry, f))
                   ? 0
                   : wrong(r, f->name, "must be a date YYYY-MM-DD from 1970 on");
    case FACTS_HOURS:
        rc = read_list(r, FACTS_OPENING, f->name, value, &hours, &provider->n_hours);
        provider->hours = rc == 0 ? hours : NULL;
        return rc;
    }
    return ERR_INTERNAL;
}

static int read_fields(const struct reading *r, const struct facts_kind *kind, const json_t *object,
                       void *entry)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object)) {
        return err_field(r->e, ERR_INVALID, r->where, "%s must be an object", r->where);
    }
    json_object_foreach ((json_t *)(uintptr_t)object, name, value) {
        if (!facts_field_named(kind, name)) {
            return wrong(r, shown(r, name), "is not known here");
        }
    }
    for (size_t i = 0; i < kind->n_fields; i++) {
        const struct facts_field *f = &kind->fields[i];
        value = json_object_get(object, f->name);
        if (f->type == FACTS_INT) {
            *facts_int_at(entry, f) = f->absent;
        }
        if (f->required && !value) {
            return wrong(r, f->name, "is missing");
        }
        int rc = value && !json_is_null(value) ? read_value(r, f, value, entry) : 0;
        if (rc == 0 && f->required && json_is_null(value)) {
            rc = wrong(r, f->name, "is missing");
        }
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int check_entry(const struct reading *r, enum facts_part part, const void *entry)
{
    const struct facts_service *s = entry;
    const struct facts_closure *c = entry;
    if (part == FACTS_SERVICES && s->price_to_cents >= 0 &&
        (s->price_from_cents < 0 || s->price_to_cents < s->price_from_cents)) {
        return wrong(r, "price_to_cents", "must not be less than price_from_cents");
    }
    if (part == FACTS_CLOSURES && c->last_day < c->first_day) {
        return wrong(r, "to", "must not be before from");
    }
    return 0;
}

int facts_entry_of_json(struct pool *p, enum facts_part part, const json_t *object,
                        const char *where, void *out, struct err *e)
{
    const struct facts_kind *kind = facts_kind(part);
    struct reading r = {p, where, e};
    void *entry = pool_alloc(p, kind->size);
    int rc = read_fields(&r, kind, object, entry);
    if (rc == 0) {
        rc = check_entry(&r, part, entry);
    }
    if (rc == 0) {
        memcpy(out, entry, kind->size);
    }
    return rc;
}

static int by_opening(const void *a, const void *b)
{
    const struct facts_hours *x = a, *y = b;
    return x->weekday != y->weekday ? x->weekday - y->weekday : strcmp(x->opens, y->opens);
}

static int by_day(const void *a, const void *b)
{
    const struct facts_closure *x = a, *y = b;
    if (x->first_day != y->first_day || x->last_day != y->last_day) {
        int64_t d =
            x->first_day != y->first_day ? x->first_day - y->first_day : x->last_day - y->last_day;
        return d < 0 ? -1 : 1;
    }
    return strcmp(x->provider ? x->provider : "", y->provider ? y->provider : "");
}

static int refuse_twice(const struct reading *r, const struct facts_kind *kind,
                        const unsigned char *entries, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const char *key = *facts_text_at(entries + i * kind->size, &kind->fields[0]);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(key, *facts_text_at(entries + k * kind->size, &kind->fields[0])) == 0) {
                struct reading at = {r->p, pool_printf(r->p, "%s[%zu]", kind->member, i), r->e};
                return wrong(&at, "key", pool_printf(r->p, "\"%s\" is there already", key));
            }
        }
    }
    return 0;
}

static int read_list(const struct reading *r, enum facts_part part, const char *name,
                     const json_t *list, const void **out, size_t *n_out)
{
    const struct facts_kind *kind = facts_kind(part);
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > FACTS_MAX_ENTRIES) {
        return wrong(r, name, pool_printf(r->p, "must be a list of at most %d", FACTS_MAX_ENTRIES));
    }
    unsigned char *entries = pool_calloc(r->p, n, kind->size);
    const char *before = r->where[0] ? "." : "";
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const char *where = pool_printf(r->p, "%s%s%s[%zu]", r->where, before, name, i);
        rc = facts_entry_of_json(r->p, part, json_array_get(list, i), where,
                                 entries + i * kind->size, r->e);
    }
    if (rc == 0 && kind->keyed) {
        rc = refuse_twice(r, kind, entries, n);
    }
    if (rc != 0) {
        return rc;
    }
    if (part == FACTS_OPENING || part == FACTS_CLOSURES) {
        qsort(entries, n, kind->size, part == FACTS_OPENING ? by_opening : by_day);
    }
    *out = entries;
    *n_out = n;
    return 0;
}

/* What one list says of another, where the document has both. */
static int check_references(const struct reading *r, const struct facts *f)
{
    for (size_t i = 0; i < f->n_providers; i++) {
        struct reading at = {r->p, pool_printf(r->p, "providers[%zu]", i), r->e};
        const char *const *s = f->providers[i].services;
        for (; s && *s; s++) {
            if (f->services && !facts_entry_of_key(f, FACTS_SERVICES, *s)) {
                return wrong(&at, "services",
                             pool_printf(r->p, "names \"%s\", which is no service", shown(r, *s)));
            }
        }
    }
    for (size_t i = 0; i < f->n_closures; i++) {
        struct reading at = {r->p, pool_printf(r->p, "closures[%zu]", i), r->e};
        const char *provider = f->closures[i].provider;
        if (provider && f->providers && !facts_entry_of_key(f, FACTS_PROVIDERS, provider)) {
            return wrong(&at, "provider",
                         pool_printf(r->p, "names \"%s\", who is no provider", provider));
        }
    }
    return 0;
}

static int read_part(const struct reading *r, enum facts_part part, const json_t *value,
                     struct facts *f)
{
    const struct facts_kind *kind = facts_kind(part);
    if (!kind->size) {
        struct reading at = {r->p, kind->member, r->e};
        return read_fields(&at, kind, value, f);
    }
    const void *list;
    size_t n;
    int rc = read_list(r, part, kind->member, value, &list, &n);
    if (rc == 0) {
        *(const void **)((char *)f + kind->list) = list;
        *(size_t *)((char *)f + kind->count) = n;
    }
    return rc;
}

static bool is_part(const char *name)
{
    for (size_t i = 0; i < FACTS_PARTS; i++) {
        if (strcmp(name, facts_kind((enum facts_part)i)->member) == 0) {
            return true;
        }
    }
    return false;
}

int facts_of_json(struct pool *p, const json_t *seed, struct facts *out, struct err *e)
{
    struct reading r = {p, "", e};
    struct facts f = {0};
    const char *name;
    json_t *value;
    if (!json_is_object(seed)) {
        return err_set(e, ERR_INVALID,
                       "a seed document is an object with facts, services and so on");
    }
    json_object_foreach ((json_t *)(uintptr_t)seed, name, value) {
        if (!is_part(name)) {
            return wrong(&r, shown(&r, name), "is not a part of a seed document");
        }
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < FACTS_PARTS; i++) {
        value = json_object_get(seed, facts_kind((enum facts_part)i)->member);
        rc = value ? read_part(&r, (enum facts_part)i, value, &f) : 0;
    }
    if (rc == 0) {
        rc = check_references(&r, &f);
    }
    if (rc == 0) {
        facts_finish(p, &f);
        if (f.time_zone && !f.zone) {
            rc = wrong(&r, "facts.time_zone",
                       "is not a time zone of this system; it must be like America/New_York");
        }
    }
    if (rc == 0) {
        *out = f;
    }
    return rc;
}

int facts_of_demo(struct pool *p, struct facts *out, struct err *e)
{
    json_t *seed;
    int rc = json_read(p, seed_medical_spa, &seed, e);
    return rc == 0 ? facts_of_json(p, seed, out, e) : rc;
}
