/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows below are the master of what a seed document may hold. A column added to one of the
 * store's tables stands at the same place in its statements (store/facts.c).
 */
#include "domain/facts_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "domain/zone.h"

#define AT(type, member) offsetof(struct type, member)
/* clang-format off */
static const struct facts_field texts[] = {
    {"business_name",       FACTS_TEXT, false, AT(facts, business_name),       0, 255,  0},
    {"assistant_name",      FACTS_TEXT, false, AT(facts, assistant_name),      0, 100,  0},
    {"time_zone",           FACTS_TEXT, false, AT(facts, time_zone),           0, 100,  0},
    {"phone",               FACTS_TEXT, false, AT(facts, phone),               0, 60,   0},
    {"address",             FACTS_TEXT, false, AT(facts, address),             0, 500,  0},
    {"directions",          FACTS_TEXT, false, AT(facts, directions),          0, 2000, 0},
    {"parking",             FACTS_TEXT, false, AT(facts, parking),             0, 2000, 0},
    {"escalation_contact",  FACTS_TEXT, false, AT(facts, escalation_contact),  0, 255,  0},
    {"emergency_number",    FACTS_TEXT, false, AT(facts, emergency_number),    0, 60,   0},
    {"payment",             FACTS_TEXT, false, AT(facts, payment),             0, 2000, 0},
    {"cancellation_policy", FACTS_TEXT, false, AT(facts, cancellation_policy), 0, 2000, 0},
    {"team",                FACTS_TEXT, false, AT(facts, team),                0, 2000, 0},
    {"consultation",        FACTS_TEXT, false, AT(facts, consultation),        0, 500,  0},
    {"currency",            FACTS_TEXT, false, AT(facts, currency),            0, 10,   0},
};
static const struct facts_field booking[] = {
    {"notice_minutes", FACTS_INT, false, AT(facts, booking_notice_minutes), 0, 525600, 0},
    {"horizon_days",   FACTS_INT, false, AT(facts, booking_horizon_days),   1, 1000,   0},
};
static const struct facts_field hours[] = {
    {"weekday", FACTS_INT,  true, AT(facts_hours, weekday), 1, 7,    0},
    {"opens",   FACTS_TIME, true, AT(facts_hours, opens),   0, 1439, 0},
    {"closes",  FACTS_TIME, true, AT(facts_hours, closes),  0, 1440, 0},
};
static const struct facts_field closures[] = {
    {"from",     FACTS_DATE, true,  AT(facts_closure, first_day), 0, 0,   0},
    {"to",       FACTS_DATE, true,  AT(facts_closure, last_day),  0, 0,   0},
    {"provider", FACTS_KEY,  false, AT(facts_closure, provider),  0, 60,  0},
    {"reason",   FACTS_TEXT, false, AT(facts_closure, reason),    0, 255, 0},
};
static const struct facts_field locations[] = {
    {"key",        FACTS_KEY,  true,  AT(facts_location, key),        0, 60,   0},
    {"name",       FACTS_TEXT, true,  AT(facts_location, name),       0, 255,  0},
    {"address",    FACTS_TEXT, false, AT(facts_location, address),    0, 500,  0},
    {"phone",      FACTS_TEXT, false, AT(facts_location, phone),      0, 60,   0},
    {"directions", FACTS_TEXT, false, AT(facts_location, directions), 0, 2000, 0},
    {"parking",    FACTS_TEXT, false, AT(facts_location, parking),    0, 2000, 0},
};
static const struct facts_field services[] = {
    {"key",              FACTS_KEY,  true,  AT(facts_service, key),              0, 60,        0},
    {"name",             FACTS_TEXT, true,  AT(facts_service, name),             0, 255,       0},
    {"description",      FACTS_TEXT, false, AT(facts_service, description),      0, 4000,      0},
    {"preparation",      FACTS_TEXT, false, AT(facts_service, preparation),      0, 4000,      0},
    {"aftercare",        FACTS_TEXT, false, AT(facts_service, aftercare),        0, 4000,      0},
    {"duration_minutes", FACTS_INT,  true,  AT(facts_service, duration_minutes), 1, 1440,      0},
    {"buffer_minutes",   FACTS_INT,  false, AT(facts_service, buffer_minutes),   0, 480,       0},
    {"price_from_cents", FACTS_INT,  false, AT(facts_service, price_from_cents), 0, INT32_MAX, -1},
    {"price_to_cents",   FACTS_INT,  false, AT(facts_service, price_to_cents),   0, INT32_MAX, -1},
    {"synonyms",         FACTS_LIST, false, AT(facts_service, synonyms),         0, FACTS_MAX_WORDS, 0},
};
static const struct facts_field providers[] = {
    {"key",         FACTS_KEY,   true,  AT(facts_provider, key),         0, 60,   0},
    {"name",        FACTS_TEXT,  true,  AT(facts_provider, name),        0, 255,  0},
    {"title",       FACTS_TEXT,  false, AT(facts_provider, title),       0, 255,  0},
    {"credentials", FACTS_TEXT,  false, AT(facts_provider, credentials), 0, 100,  0},
    {"about",       FACTS_TEXT,  false, AT(facts_provider, about),       0, 4000, 0},
    {"services",    FACTS_LIST,  false, AT(facts_provider, services),    0, FACTS_MAX_WORDS, 0},
    {"synonyms",    FACTS_LIST,  false, AT(facts_provider, synonyms),    0, FACTS_MAX_WORDS, 0},
    {"calendar",    FACTS_TEXT,  false, AT(facts_provider, calendar),    0, 255,  0},
    {"hours",       FACTS_HOURS, false, 0,                               0, 100,  0},
};
static const struct facts_field articles[] = {
    {"key",      FACTS_KEY,  true,  AT(facts_article, key),      0, 60,   0},
    {"question", FACTS_TEXT, true,  AT(facts_article, question), 0, 1000, 0},
    {"answer",   FACTS_TEXT, true,  AT(facts_article, answer),   0, 4000, 0},
    {"category", FACTS_TEXT, false, AT(facts_article, category), 0, 60,   0},
    {"synonyms", FACTS_LIST, false, AT(facts_article, synonyms), 0, FACTS_MAX_WORDS, 0},
};

#define LIST(array, type, list) \
    array, ARRAY_SIZE(array), sizeof(struct type), AT(facts, list), AT(facts, n_##list)
static const struct facts_kind kinds[FACTS_PARTS] = {
    [FACTS_FACTS]     = {"facts",     texts, ARRAY_SIZE(texts), 0, 0, 0, false},
    [FACTS_BOOKING]   = {"booking",   booking, ARRAY_SIZE(booking), 0, 0, 0, false},
    [FACTS_OPENING]   = {"hours",     LIST(hours, facts_hours, hours), false},
    [FACTS_LOCATIONS] = {"locations", LIST(locations, facts_location, locations), true},
    [FACTS_SERVICES]  = {"services",  LIST(services, facts_service, services), true},
    [FACTS_PROVIDERS] = {"providers", LIST(providers, facts_provider, providers), true},
    [FACTS_CLOSURES]  = {"closures",  LIST(closures, facts_closure, closures), false},
    [FACTS_FAQ]       = {"faq",       LIST(articles, facts_article, articles), true},
};
/* clang-format on */

const struct facts_kind *facts_kind(enum facts_part part)
{
    return &kinds[part];
}

const struct facts_field *facts_field_named(const struct facts_kind *kind, const char *name)
{
    for (size_t i = 0; i < kind->n_fields; i++) {
        if (strcmp(kind->fields[i].name, name) == 0) {
            return &kind->fields[i];
        }
    }
    return NULL;
}

/* A place within an entry that the caller may write to; the tables say what is there. */
static void *at(const void *entry, size_t offset)
{
    return (char *)(uintptr_t)entry + offset;
}

const void *facts_list(const struct facts *f, enum facts_part part, size_t *n_out)
{
    *n_out = kinds[part].size ? *(size_t *)at(f, kinds[part].count) : 0;
    return kinds[part].size ? *(const void **)at(f, kinds[part].list) : NULL;
}

const void *facts_entry_of_key(const struct facts *f, enum facts_part part, const char *key)
{
    const struct facts_kind *kind = &kinds[part];
    size_t n;
    const char *entry = facts_list(f, part, &n);
    for (size_t i = 0; kind->keyed && i < n; i++, entry += kind->size) {
        if (strcmp(*facts_text_at(entry, &kind->fields[0]), key) == 0) {
            return entry;
        }
    }
    return NULL;
}

const char **facts_text_at(const void *entry, const struct facts_field *field)
{
    return at(entry, field->offset);
}

int *facts_int_at(const void *entry, const struct facts_field *field)
{
    return at(entry, field->offset);
}

int64_t *facts_day_at(const void *entry, const struct facts_field *field)
{
    return at(entry, field->offset);
}

const char *const **facts_words_at(const void *entry, const struct facts_field *field)
{
    return at(entry, field->offset);
}

void facts_date_format(int64_t days, char out[FACTS_DATE_BYTES])
{
    int64_t year;
    int month, day;
    civil_from_days(days, &year, &month, &day);
    snprintf(out, FACTS_DATE_BYTES, "%04u-%02u-%02u", (unsigned)(year % 10000),
             (unsigned)month % 100, (unsigned)day % 100);
}

bool facts_date_parse(const char *text, int64_t *out)
{
    static const char form[] = "dddd-dd-dd";
    int n[3] = {0};
    size_t part = 0;
    if (strlen(text) != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; form[i]; i++) {
        if (form[i] == '-' ? text[i] != '-' : !isdigit((unsigned char)text[i])) {
            return false;
        }
        if (form[i] == '-') {
            part++;
        } else {
            n[part] = n[part] * 10 + (text[i] - '0');
        }
    }
    if (n[0] < 1970 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31) {
        return false;
    }
    /* A day that does not exist, such as 30 February, comes back as another. */
    int64_t days = days_from_civil(n[0], n[1], n[2]), year;
    int month, day;
    civil_from_days(days, &year, &month, &day);
    if (month != n[1] || day != n[2]) {
        return false;
    }
    *out = days;
    return true;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *words_or_null(const char *const *words)
{
    json_t *list = words ? json_array() : json_null();
    for (; words && *words; words++) {
        json_array_append_new(list, json_string(*words));
    }
    return list;
}

static json_t *value_to_json(const void *entry, const struct facts_field *field);

static json_t *entry_to_json(const struct facts_kind *kind, const void *entry)
{
    json_t *object = json_object();
    for (size_t i = 0; i < kind->n_fields; i++) {
        json_object_set_new(object, kind->fields[i].name, value_to_json(entry, &kind->fields[i]));
    }
    return object;
}

static json_t *list_to_json(const struct facts_kind *kind, const void *entries, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, entry_to_json(kind, (const char *)entries + i * kind->size));
    }
    return list;
}

static json_t *value_to_json(const void *entry, const struct facts_field *field)
{
    char date[FACTS_DATE_BYTES];
    const struct facts_provider *provider = entry;
    switch (field->type) {
    case FACTS_KEY:
    case FACTS_TEXT:
    case FACTS_TIME:
        return text_or_null(*facts_text_at(entry, field));
    case FACTS_INT:
        return *facts_int_at(entry, field) < field->min ? json_null()
                                                        : json_integer(*facts_int_at(entry, field));
    case FACTS_LIST:
        return words_or_null(*facts_words_at(entry, field));
    case FACTS_DATE:
        facts_date_format(*facts_day_at(entry, field), date);
        return json_string(date);
    case FACTS_HOURS:
        return list_to_json(&kinds[FACTS_OPENING], provider->hours, provider->n_hours);
    }
    return json_null();
}

static void drop(void *document)
{
    json_decref(document);
}

json_t *facts_entry_to_json(struct pool *p, const struct facts_kind *kind, const void *entry)
{
    json_t *object = entry_to_json(kind, entry);
    pool_on_free(p, drop, object);
    return object;
}

json_t *facts_to_json(struct pool *p, const struct facts *f)
{
    json_t *document = json_object();
    pool_on_free(p, drop, document);
    for (size_t i = 0; i < FACTS_PARTS; i++) {
        const struct facts_kind *kind = &kinds[i];
        size_t n;
        const void *list = facts_list(f, (enum facts_part)i, &n);
        if (!kind->size || list) {
            json_t *value = kind->size ? list_to_json(kind, list, n) : entry_to_json(kind, f);
            json_object_set_new(document, kind->member, value);
        }
    }
    return document;
}

void facts_finish(struct pool *p, struct facts *f)
{
    for (size_t i = 0; i < f->n_services; i++) {
        /* The list is the pool's own, made a moment ago by whoever fills f in. */
        struct facts_service *s = (struct facts_service *)(uintptr_t)&f->services[i];
        if (s->price_to_cents < 0) {
            s->price_to_cents = s->price_from_cents;
        }
    }
    if (f->n_locations > 0) {
        const struct facts_location *first = &f->locations[0];
        f->address = f->address ? f->address : first->address;
        f->directions = f->directions ? f->directions : first->directions;
        f->parking = f->parking ? f->parking : first->parking;
    }
    f->zone = NULL;
    if (f->time_zone && zone_load(p, f->time_zone, &f->zone, NULL) != 0) {
        f->zone = NULL;
    }
}
