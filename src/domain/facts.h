/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the assistant knows of the business and answers from: nothing else is ever said about it.
 * domain/business.h reads it from the store. What is unknown is NULL, empty or -1. Lists of texts
 * are NULL-terminated and may be NULL.
 */
#ifndef DOMAIN_FACTS_H
#define DOMAIN_FACTS_H

#include <stddef.h>
#include <stdint.h>

struct zone;

struct facts_service {
    const char *key;
    const char *name;
    const char *description;
    const char *preparation; /* what to do before the visit */
    const char *aftercare;   /* and after it */
    int duration_minutes;
    int buffer_minutes;   /* kept free after it, for cleaning up */
    int price_from_cents; /* -1: not known */
    int price_to_cents;   /* -1: not known; equal to price_from_cents: one price */
    const char *const *synonyms;
};

struct facts_hours {
    int weekday; /* 1 Monday to 7 Sunday */
    /* HH:MM in the business's zone; closes 24:00 is midnight, and a closing that is not after the
     * opening lies on the next day. */
    const char *opens, *closes;
};

/* Who gives services. */
struct facts_provider {
    const char *key;
    const char *name;
    const char *title;           /* "Nurse Practitioner" */
    const char *credentials;     /* "NP", goes after the name */
    const char *about;           /* a sentence */
    const char *const *services; /* keys; NULL: all of them */
    const char *const *synonyms; /* other names: "Dr. Osei", "Renata" */
    const char *calendar;        /* their own in the calendar outside, by its id there */
    size_t n_hours;              /* 0: whenever the business is open */
    const struct facts_hours *hours;
};

struct facts_location {
    const char *key;
    const char *name;
    const char *address, *phone, *directions, *parking;
};

/* Days on which nobody works, or one provider does not. Days since 1970-01-01, both included. */
struct facts_closure {
    int64_t first_day, last_day;
    const char *provider; /* key; NULL: all */
    const char *reason;   /* "Christmas"; may be NULL */
};

struct facts_article {
    const char *key;
    const char *question;
    const char *answer;
    const char *category;
    const char *const *synonyms; /* other ways to ask */
};

struct facts {
    const char *business_name, *assistant_name;
    const char *time_zone;   /* IANA name */
    const struct zone *zone; /* its rules; NULL: not known, so nothing is said about "now" */
    const char *phone, *address, *directions, *parking, *escalation_contact;
    const char *emergency_number;    /* such as 911 */
    const char *payment;             /* a sentence: what is taken, deposits, fees */
    const char *cancellation_policy; /* a sentence */
    const char *team;                /* a sentence: who gives the services */
    const char *consultation;        /* what is offered instead of advice: "a free consultation" */
    const char *currency;            /* goes before an amount; NULL is "$" */
    int booking_notice_minutes;      /* an appointment begins no sooner than this from now */
    int booking_horizon_days;        /* and no later than this; 0: 180 */
    size_t n_services;
    const struct facts_service *services;
    size_t n_hours; /* sorted by weekday, then by opening */
    const struct facts_hours *hours;
    size_t n_providers; /* none: the business is one provider, without a name */
    const struct facts_provider *providers;
    size_t n_locations; /* the first one's details are also in address, directions and parking */
    const struct facts_location *locations;
    size_t n_closures;
    const struct facts_closure *closures;
    size_t n_articles;
    const struct facts_article *articles;
};

#endif
