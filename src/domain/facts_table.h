/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each part of struct facts consists of: the one description that reading a seed document,
 * the columns in the store and the JSON of the operations go by. Immutable. Any thread.
 */
#ifndef DOMAIN_FACTS_TABLE_H
#define DOMAIN_FACTS_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/pool.h"
#include "domain/facts.h"

enum facts_type {
    FACTS_KEY,   /* a text: 1 to 60 of a-z, 0-9 and _ */
    FACTS_TEXT,  /* a text that is not empty, at most max bytes */
    FACTS_INT,   /* int, from min to max */
    FACTS_LIST,  /* a NULL-terminated list of texts, at most max of them; NULL: not given */
    FACTS_TIME,  /* a text HH:MM, at most max minutes after midnight */
    FACTS_DATE,  /* int64_t days; YYYY-MM-DD in JSON and in the store */
    FACTS_HOURS, /* n_hours and hours of a provider; no column */
};

struct facts_field {
    const char *name; /* in JSON; the columns stand in the same order */
    enum facts_type type;
    bool required;
    size_t offset;
    int min, max;
    int absent; /* FACTS_INT: the value when it is not given */
};

enum facts_part {
    FACTS_FACTS,   /* the texts of struct facts itself */
    FACTS_BOOKING, /* booking_notice_minutes and booking_horizon_days of it */
    FACTS_OPENING,
    FACTS_LOCATIONS,
    FACTS_SERVICES,
    FACTS_PROVIDERS, /* before what names them */
    FACTS_CLOSURES,
    FACTS_FAQ,
};
#define FACTS_PARTS 8

struct facts_kind {
    const char *member; /* of a seed document */
    const struct facts_field *fields;
    size_t n_fields;
    /* Of the lists: an entry's size, where struct facts has the list and its length. 0: no list. */
    size_t size, list, count;
    bool keyed; /* the first field is its key */
};

#define FACTS_MAX_ENTRIES 500
#define FACTS_MAX_WORDS 100 /* of a list of texts; each is at most FACTS_MAX_WORD bytes */
#define FACTS_MAX_WORD 200

const struct facts_kind *facts_kind(enum facts_part part);

/* NULL when it has none of that name. */
const struct facts_field *facts_field_named(const struct facts_kind *kind, const char *name);

/* The part's entries of f; *n_out of them. NULL for the two that are no list. */
const void *facts_list(const struct facts *f, enum facts_part part, size_t *n_out);

/* The entry of that key in a part that has keys; NULL when there is none. */
const void *facts_entry_of_key(const struct facts *f, enum facts_part part, const char *key);

/* The field's value in `entry`, by its type; to be written by whoever owns the entry. */
const char **facts_text_at(const void *entry, const struct facts_field *field);
int *facts_int_at(const void *entry, const struct facts_field *field);
int64_t *facts_day_at(const void *entry, const struct facts_field *field);
const char *const **facts_words_at(const void *entry, const struct facts_field *field);

#define FACTS_DATE_BYTES 11
void facts_date_format(int64_t days, char out[FACTS_DATE_BYTES]);
NODISCARD bool facts_date_parse(const char *text, int64_t *out);

/* As a JSON object, with null for what is not known; lives in pool. */
json_t *facts_entry_to_json(struct pool *p, const struct facts_kind *kind, const void *entry);

/* As a seed document; the lists that are there. Lives in pool. */
json_t *facts_to_json(struct pool *p, const struct facts *f);

/*
 * What follows from the rest: a service's highest price, the first location's details, the zone.
 * For whoever fills in a struct facts.
 */
void facts_finish(struct pool *p, struct facts *f);

#endif
