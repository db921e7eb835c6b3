/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A calendar outside in which people of the business live too: what it says is busy is not given
 * away, and our appointments are entered there. A calendar is one file and one constant table of
 * functions; all pass the same contract test (tests/contract/test_calendar.c). The built-in one is
 * our own table of appointments alone: outside of it nothing is busy and nothing is kept.
 *
 * Whether a time is free is decided by domain/booking.h; a calendar only adds to what is taken. It
 * knows nothing of jobs and the store. Any thread that may block.
 */
#ifndef DOMAIN_CALENDAR_H
#define DOMAIN_CALENDAR_H

#include <stdbool.h>

#include "domain/booking.h"

/* The head of every calendar; what a kind of calendar needs beside it stands after it. */
struct calendar {
    const struct calendar_ops *ops;
};

/* Where a provider's appointments are kept. */
struct calendar_place {
    const char *calendar; /* its id there; NULL: nowhere */
    bool shared;          /* others' appointments are kept there too */
};

struct calendar_query {
    const struct facts *facts;
    const char *provider; /* key; NULL: everybody */
    struct wall from, to;
    struct mono deadline; /* it must have answered by then; ns == 0: in its own time */
};

struct calendar_times {
    size_t n;
    struct booking_busy *busy; /* within [from, to) */
    const char *unread; /* a sentence when some calendars could not be read; NULL: all were */
};

struct calendar_event {
    const char *calendar; /* calendar_place.calendar */
    const char *id;       /* ours, from calendar_event_id */
    bool known;           /* it was put there before */
    bool shared;          /* calendar_place.shared: then it keeps nobody else from working */
    struct wall start;
    int minutes;
    const char *time_zone; /* IANA name; with zone, its rules */
    const struct zone *zone;
    const char *summary, *description, *location; /* the last two may be NULL */
};

struct calendar_ops {
    const char *name;
    struct calendar_place (*place)(const struct calendar *c, const struct facts *f,
                                   const char *provider);
    /*
     * What is busy, by provider. In a calendar that only one has that may be our own appointments
     * (ours_too). Bounded in time. ERR_TIMEOUT, ERR_PROVIDER, ERR_CONFIG, or ERR_UNAVAILABLE: it
     * fails so often that it was not asked.
     */
    int (*busy)(struct calendar *c, struct pool *p, const struct calendar_query *q,
                struct calendar_times *out, struct err *e);
    /*
     * Enters the event, or changes it to this: once, however often it is called. ERR_NOT_FOUND:
     * somebody deleted it, so that its id is used up. ERR_TIMEOUT, ERR_PROVIDER: try again, not
     * before *retry_after_ms unless that is -1. ERR_CONFIG: refused; a person must do something.
     */
    int (*put)(struct calendar *c, struct pool *p, const struct calendar_event *event,
               int64_t *retry_after_ms, struct err *e);
    /* Takes it away; 0 also when it is not there. Errors as of put. */
    int (*remove)(struct calendar *c, struct pool *p, const char *calendar, const char *id,
                  int64_t *retry_after_ms, struct err *e);
    void (*free)(struct calendar *c);
};

extern const struct calendar_ops calendar_builtin;

/* Each accepts a calendar of NULL, which is the built-in one. */
bool calendar_keeps(const struct calendar *c); /* does it want to know of appointments? */
struct calendar_place calendar_place(const struct calendar *c, const struct facts *f,
                                     const char *provider);
NODISCARD int calendar_busy(struct calendar *c, struct pool *p, const struct calendar_query *q,
                            struct calendar_times *out, struct err *e);
void calendar_free(struct calendar **c);

/*
 * The id of an appointment's event, for all calendars: 32 of 0-9 and a-v. It names the installation
 * too, by the moment at which the appointment was made; `number` tells apart those that one
 * appointment had after each other. Lives in pool.
 */
const char *calendar_event_id(struct pool *p, int64_t appointment, struct wall created,
                              int64_t number);

#endif
