/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on what the business says of itself: its facts, services, providers, hours, places,
 * closures and answers. What they mean is domain/business.h's. The columns of the finding ones, and
 * the arguments of the putting ones after the id, stand in the order of domain/facts_table.c.
 */
#ifndef STORE_FACTS_H
#define STORE_FACTS_H

#include "store/store.h"

/* Rows of key and value. */
extern const struct sql facts_find;
/* Arguments: key, value, now. Replaces. */
extern const struct sql facts_put;
/* Arguments: key. */
extern const struct sql facts_drop;

/* The active ones, in their order. */
extern const struct sql services_find, providers_find, locations_find, articles_find;
/* Arguments: id, the columns, position (NULL: at the end, or where it was). Replaces the one of
 * that key, which is active again. */
extern const struct sql services_put, providers_put, locations_put, articles_put;
/* Arguments: key. It is no longer active; a row when it was. */
extern const struct sql services_end, providers_end, locations_end, articles_end;

/* Rows of weekday, opens, closes, in order. */
extern const struct sql hours_find;
/* No arguments: all opening hours go. */
extern const struct sql hours_drop;
/* Arguments: id, weekday, opens, closes. */
extern const struct sql hours_put;

/* Rows of weekday, opens, closes, provider_key of the active providers; those of one provider
 * together and in order. */
extern const struct sql provider_hours_find;
/* Arguments: provider_key. */
extern const struct sql provider_hours_drop;
/* Arguments: id, weekday, opens, closes, provider_key. */
extern const struct sql provider_hours_put;

/* Rows of first_day, last_day, provider_key, reason, id, soonest first: of the whole business and
 * of its active providers. */
extern const struct sql closures_find;
/* The same of one id. */
extern const struct sql closures_get;
/* Arguments: id. A row when there was one. */
extern const struct sql closures_delete;
/* No arguments: all go. */
extern const struct sql closures_drop;
/* Arguments: id, first_day, last_day, provider_key, reason. */
extern const struct sql closures_put;

#endif
