/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on what the business says of itself: facts, services, opening hours. What they mean
 * is domain/business.h's.
 */
#ifndef STORE_FACTS_H
#define STORE_FACTS_H

#include "store/store.h"

/* Rows of key and value. */
extern const struct sql facts_find;
/* The active services in their order: key, name, description, duration_minutes,
 * price_from_cents, price_to_cents, synonyms. */
extern const struct sql services_find;
/* Rows of weekday, opens, closes, in order. */
extern const struct sql hours_find;
/* Arguments: key, value, now. Replaces. */
extern const struct sql facts_put;
/* Arguments: id, key, name, description, duration_minutes, price_from_cents, price_to_cents,
 * synonyms (a JSON array), position. Replaces the one of that key. */
extern const struct sql services_put;
/* No arguments: all opening hours go. */
extern const struct sql hours_drop;
/* Arguments: id, weekday, opens, closes. */
extern const struct sql hours_put;

#endif
