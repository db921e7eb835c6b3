/* SPDX-License-Identifier: Apache-2.0 */
/* The business's own tables. */
#include "store/facts.h"

/* A position that is not given: at the end when it is new, where it was when not. */
#define PLACE(n, table)                                                                            \
    "coalesce({as_int $" #n "}, (SELECT max(position) + 1 FROM " table "), 0), {true})"
#define PLACE_AGAIN(n, table)                                                                      \
    " position = coalesce({as_int $" #n "}, " table ".position), active = {true}"

const struct sql facts_find = {"SELECT key, value FROM business_facts"};

const struct sql facts_put = {
    "INSERT INTO business_facts (key, value, updated_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at"};

const struct sql facts_drop = {"DELETE FROM business_facts WHERE key = $1"};

const struct sql services_find = {
    "SELECT key, name, description, preparation, aftercare, duration_minutes, buffer_minutes,"
    " price_from_cents, price_to_cents, synonyms"
    " FROM services WHERE active = {true} ORDER BY position, name"};

const struct sql services_put = {
    "INSERT INTO services (id, key, name, description, preparation, aftercare, duration_minutes,"
    " buffer_minutes, price_from_cents, price_to_cents, synonyms, position, active)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, {as_list $11}, " PLACE(
        12, "services") " ON CONFLICT (key) DO UPDATE SET name = excluded.name, description = "
                        "excluded.description,"
                        " preparation = excluded.preparation, aftercare = excluded.aftercare,"
                        " duration_minutes = excluded.duration_minutes, buffer_minutes = "
                        "excluded.buffer_minutes,"
                        " price_from_cents = excluded.price_from_cents, price_to_cents = "
                        "excluded.price_to_cents,"
                        " synonyms = excluded.synonyms," PLACE_AGAIN(12, "services")};

const struct sql providers_find = {
    "SELECT key, name, title, credentials, about, services, synonyms,"
    " calendar FROM providers WHERE active = {true} ORDER BY position, name"};

const struct sql providers_put = {
    "INSERT INTO providers (id, key, name, title, credentials, about, services, synonyms,"
    " calendar, position, active)"
    " VALUES ($1, $2, $3, $4, $5, $6, {as_list $7}, {as_list $8}, $9, " PLACE(
        10, "providers") " ON CONFLICT (key) DO UPDATE SET name = excluded.name, title = "
                         "excluded.title,"
                         " credentials = excluded.credentials, about = excluded.about, services = "
                         "excluded.services,"
                         " synonyms = excluded.synonyms, calendar = excluded.calendar," PLACE_AGAIN(
                             10, "providers")};

const struct sql locations_find = {"SELECT key, name, address, phone, directions, parking"
                                   " FROM locations WHERE active = {true} ORDER BY position, name"};

const struct sql locations_put = {
    "INSERT INTO locations (id, key, name, address, phone, directions, parking, position, active)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, " PLACE(
        8, "locations") " ON CONFLICT (key) DO UPDATE SET name = excluded.name, address = "
                        "excluded.address,"
                        " phone = excluded.phone, directions = excluded.directions, parking = "
                        "excluded.parking," PLACE_AGAIN(8, "locations")};

const struct sql articles_find = {
    "SELECT key, question, answer, category, synonyms"
    " FROM faq_articles WHERE active = {true} ORDER BY position, key"};

const struct sql articles_put = {
    "INSERT INTO faq_articles (id, key, question, answer, category, synonyms, position, active)"
    " VALUES ($1, $2, $3, $4, $5, {as_list $6}, " PLACE(
        7,
        "faq_articles") " ON CONFLICT (key) DO UPDATE SET question = excluded.question, answer = "
                        "excluded.answer,"
                        " category = excluded.category, synonyms = excluded.synonyms," PLACE_AGAIN(
                            7, "faq_articles")};

const struct sql hours_find = {
    "SELECT weekday, opens, closes FROM opening_hours ORDER BY weekday, opens"};

const struct sql hours_drop = {"DELETE FROM opening_hours"};

const struct sql hours_put = {
    "INSERT INTO opening_hours (id, weekday, opens, closes) VALUES ($1, $2, $3, $4)"};

const struct sql provider_hours_find = {
    "SELECT h.weekday, h.opens, h.closes, h.provider_key"
    " FROM provider_hours h JOIN providers p ON p.key = h.provider_key AND p.active = {true}"
    " ORDER BY h.provider_key, h.weekday, h.opens"};

const struct sql provider_hours_drop = {"DELETE FROM provider_hours WHERE provider_key = $1"};

const struct sql provider_hours_put = {
    "INSERT INTO provider_hours (id, weekday, opens, closes, provider_key)"
    " VALUES ($1, $2, $3, $4, $5)"};

/* Of all, and of those who are still there. */
#define CLOSURES                                                                                   \
    "SELECT first_day, last_day, provider_key, reason, id FROM closures"                           \
    " WHERE (provider_key IS NULL"                                                                 \
    " OR provider_key IN (SELECT key FROM providers WHERE active = {true}))"

const struct sql closures_find = {CLOSURES
                                  " ORDER BY first_day, last_day, coalesce(provider_key, ''), id"};

const struct sql closures_get = {CLOSURES " AND id = $1"};

const struct sql closures_delete = {"DELETE FROM closures WHERE id = $1 RETURNING id"};

const struct sql closures_drop = {"DELETE FROM closures"};

const struct sql closures_put = {
    "INSERT INTO closures (id, first_day, last_day, provider_key, reason)"
    " VALUES ($1, $2, $3, $4, $5)"};

const struct sql services_end = {
    "UPDATE services SET active = {false} WHERE key = $1 AND active = {true} RETURNING key"};

const struct sql providers_end = {
    "UPDATE providers SET active = {false} WHERE key = $1 AND active = {true} RETURNING key"};

const struct sql locations_end = {
    "UPDATE locations SET active = {false} WHERE key = $1 AND active = {true} RETURNING key"};

const struct sql articles_end = {
    "UPDATE faq_articles SET active = {false} WHERE key = $1 AND active = {true} RETURNING key"};
