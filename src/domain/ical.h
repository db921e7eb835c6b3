/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Appointments as iCalendar (RFC 5545): a document for one, and a feed of many. Times are UTC, so
 * that no reader needs our time zone's rules. The same appointment has the same UID for ever, and
 * a greater SEQUENCE after each change, so a calendar that gets it again replaces it. Any thread.
 */
#ifndef DOMAIN_ICAL_H
#define DOMAIN_ICAL_H

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct ical_visit {
    int64_t id;
    int64_t revision; /* how often it was changed */
    struct wall start, created, updated;
    int minutes;
    const char *summary;     /* "Haircut with Ann Lee" */
    const char *description; /* may be NULL */
    const char *location;    /* may be NULL */
    bool cancelled;
};

/* What the receiver shall do with it (METHOD). */
enum ical_method {
    ICAL_NONE,    /* a file or a feed: no METHOD */
    ICAL_PUBLISH, /* for one's information */
    ICAL_REQUEST, /* an invitation; ICAL_CANCEL takes it back */
    ICAL_CANCEL,
};

struct ical_head {
    enum ical_method method;
    const char *name;      /* the calendar's; NULL: none */
    const char *organizer; /* e-mail addresses; ICAL_REQUEST and ICAL_CANCEL want both */
    const char *attendee;
};

/* *out is UTF-8 with CRLF line ends, folded at 75 octets; it lives in pool. */
NODISCARD int ical_write(struct pool *p, const struct ical_head *head,
                         const struct ical_visit *visits, size_t n, struct str *out, struct err *e);

#endif
