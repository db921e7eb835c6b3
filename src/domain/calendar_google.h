/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Google Calendar by its REST interface (version 3), as a service account with which the business
 * has shared its calendars. A provider has a calendar of their own (facts_provider.calendar) or
 * shares the business's. In a shared one our events are transparent (they show, but keep nobody
 * busy): else one provider's appointment would keep all the others from working.
 */
#ifndef DOMAIN_CALENDAR_GOOGLE_H
#define DOMAIN_CALENDAR_GOOGLE_H

#include "domain/calendar.h"

struct calendar_google_config {
    const char *api_url;  /* with /calendar/v3 */
    struct str key_file;  /* the service account's, JSON */
    const char *calendar; /* of providers without one of their own; "": none */
    int busy_ms;          /* the question what is busy may take so long, token included */
    int write_ms;         /* a change may take so long */
    int breaker_failures; /* questions that fail in a row until it is left alone; 0: 3 */
    int breaker_open_ms;  /* for so long; 0: 30 s */
};

/* Copies the config. *out returned owned (calendar_free). ERR_MALFORMED for the key file. */
NODISCARD int calendar_google_new(const struct calendar_google_config *config,
                                  struct calendar **out, struct err *e);

/*
 * What a freeBusy answer says of one calendar, clipped to [from, to): spans in *out, which lives in
 * pool, *n_out of them. ERR_PROVIDER when it is no such answer, or Google could not read that
 * calendar: the sentence says why.
 */
struct google_span {
    struct wall from, to;
};
NODISCARD int google_read_busy(struct pool *p, struct str answer, const char *calendar,
                               struct google_span range, struct google_span **out, size_t *n_out,
                               struct err *e);

#endif
