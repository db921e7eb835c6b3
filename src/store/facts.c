/* SPDX-License-Identifier: Apache-2.0 */
/* The business's own tables. */
#include "store/facts.h"

const struct sql facts_find = {"SELECT key, value FROM business_facts"};

const struct sql services_find = {
    "SELECT key, name, description, duration_minutes, price_from_cents, price_to_cents, synonyms"
    " FROM services WHERE active = {true} ORDER BY position, name"};

const struct sql hours_find = {
    "SELECT weekday, opens, closes FROM opening_hours ORDER BY weekday, opens"};

const struct sql facts_put = {
    "INSERT INTO business_facts (key, value, updated_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at"};

const struct sql services_put = {
    "INSERT INTO services (id, key, name, description, duration_minutes, price_from_cents,"
    " price_to_cents, synonyms, position, active)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, {as_list $8}, $9, {true})"
    " ON CONFLICT (key) DO UPDATE SET name = excluded.name, description = excluded.description,"
    " duration_minutes = excluded.duration_minutes,"
    " price_from_cents = excluded.price_from_cents, price_to_cents = excluded.price_to_cents,"
    " synonyms = excluded.synonyms, position = excluded.position, active = {true}"};

const struct sql hours_drop = {"DELETE FROM opening_hours"};

const struct sql hours_put = {
    "INSERT INTO opening_hours (id, weekday, opens, closes) VALUES ($1, $2, $3, $4)"};
