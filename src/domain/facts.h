/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the assistant knows of the business and answers from: nothing else is ever said about it.
 * domain/business.h reads it from the store. What is unknown is NULL, empty or -1.
 */
#ifndef DOMAIN_FACTS_H
#define DOMAIN_FACTS_H

#include <stddef.h>

struct zone;

struct facts_service {
    const char *key;
    const char *name;
    const char *description;
    int duration_minutes;
    int price_from_cents;        /* -1: not known */
    int price_to_cents;          /* -1: not known; equal to price_from_cents: one price */
    const char *const *synonyms; /* NULL-terminated; may be NULL */
};

struct facts_hours {
    int weekday; /* 1 Monday to 7 Sunday */
    /* HH:MM in the business's zone; closes 24:00 is midnight, and a closing that is not after the
     * opening lies on the next day. */
    const char *opens, *closes;
};

struct facts {
    const char *business_name, *assistant_name;
    const char *time_zone;   /* IANA name */
    const struct zone *zone; /* its rules; NULL: not known, so nothing is said about "now" */
    const char *phone, *address, *directions, *parking, *escalation_contact;
    const char *emergency_number; /* such as 911 */
    const char *payment;          /* a sentence: what is taken, deposits, fees */
    const char *team;             /* a sentence: who gives the services */
    const char *consultation;     /* what is offered instead of advice: "a free consultation" */
    const char *currency;         /* goes before an amount; NULL is "$" */
    size_t n_services;
    const struct facts_service *services;
    size_t n_hours; /* sorted by weekday, then by opening */
    const struct facts_hours *hours;
};

#endif
