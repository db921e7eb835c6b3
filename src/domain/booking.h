/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Free times, and appointments made, moved and cancelled. What is free follows from the working
 * hours, the closures, the services' lengths and buffers, and the appointments there are. That no
 * time of a provider is given away twice is a unique constraint in the store (booked_times: a row
 * for each five minutes), not a look before the write: of two who book the same time at the same
 * moment one gets BOOKING_TAKEN.
 *
 * An appointment that was written by another program has no rows there. It counts as taken too when
 * it names a provider by name or key; one that names nobody we know keeps nobody from working
 * (unless the business has no named providers: then it is the business's). Any thread.
 */
#ifndef DOMAIN_BOOKING_H
#define DOMAIN_BOOKING_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "domain/facts.h"

struct calendar;
struct db;

struct booking_slot {
    struct wall start;
    const struct facts_provider *provider; /* NULL where the business has no named providers */
};

/* Times that are taken outside of our own appointments, such as in somebody's own calendar. */
struct booking_busy {
    const char *provider; /* key; NULL: everybody */
    struct wall from, to;
    bool ours_too; /* our own appointments with the provider are in it as well */
};

/* Appointments begin on a quarter hour. */
#define BOOKING_GRID_US (15 * 60 * US_PER_SECOND)
/* What a row of booked_times stands for. */
#define BOOKING_TIMES_US (5 * 60 * US_PER_SECOND)

/* The latest start that may be booked. */
struct wall booking_horizon(const struct facts *f, struct wall now);

enum booking_status {
    BOOKING_DONE,
    BOOKING_TAKEN,
    BOOKING_CLOSED, /* nobody who gives the service works then */
    BOOKING_PAST,
    BOOKING_TOO_SOON,    /* within booking_notice_minutes */
    BOOKING_TOO_FAR,     /* beyond booking_horizon_days */
    BOOKING_OFF_GRID,    /* not on a quarter hour (staff: on five minutes) */
    BOOKING_NO_SERVICE,  /* no such service */
    BOOKING_NOT_OFFERED, /* that provider does not give it, or is not known; or nobody gives it */
    BOOKING_NOT_FOUND,   /* no such appointment of that customer */
    BOOKING_ENDED,       /* it is cancelled or over */
};
const char *booking_status_name(enum booking_status s); /* "taken", "closed", ... */

struct booking_query {
    const char *service;    /* key */
    const char *provider;   /* key; NULL: whoever gives it */
    struct wall from, to;   /* the start lies in [from, to) */
    int time_from, time_to; /* minutes since local midnight that the start lies in; 0, 1440: any */
    size_t limit;
    int64_t except_appointment; /* that one's time counts as free (it is to be moved); 0: none */
    size_t n_busy;
    const struct booking_busy *busy;
};

/*
 * Free times, soonest first, at most `limit`; over several days they are a morning's and an
 * afternoon's of each, over one day they are spread, in a window of two hours they follow each
 * other. Each has the free provider with the fewest appointments that day. *why_out says why there
 * are none (BOOKING_DONE when there are): BOOKING_TAKEN is that all are taken. ERR_CONFIG when the
 * business has no time zone.
 */
NODISCARD int booking_find(struct db *db, struct pool *p, const struct facts *f,
                           const struct booking_query *q, struct wall now,
                           struct booking_slot **out, size_t *n_out, enum booking_status *why_out,
                           struct err *e);

/* The same, but those that lie near `wanted`: at that hour, on that day and on others. */
NODISCARD int booking_near(struct db *db, struct pool *p, const struct facts *f,
                           const struct booking_query *q, struct wall wanted, struct wall now,
                           struct booking_slot **out, size_t *n_out, struct err *e);

struct booking_request {
    int64_t customer_id;    /* moving and cancelling: 0 is staff, for anybody's */
    bool only_agreed_here;  /* moving and cancelling, customer_id 0: only what was agreed in
                               conversation_id, whose customer is not known */
    int64_t appointment_id; /* to move or cancel */
    const char *service;    /* key; NULL when moving: as it is */
    const char *provider;   /* key; NULL: whoever is free (when moving: rather the same) */
    struct wall start;      /* us == 0 when moving: as it is */
    const char *booked_by;  /* "ai", "staff", "online" */
    const char *requests;   /* special requests, or the reason of a cancellation; may be NULL */
    const char
        *conversation_id;   /* where it was agreed: gets an appointment_action event; NULL: none */
    const char *message_id; /* may be NULL */
    bool outside_hours;     /* staff may: hours, notice, horizon and quarter hours do not count */
    size_t n_busy;
    const struct booking_busy *busy;
    const struct calendar *calendar; /* gets to know of it, by a job; NULL: the built-in one */
};

struct booking {
    enum booking_status status; /* unless BOOKING_DONE, what follows may be missing */
    int64_t id;
    const char *service_key, *service_name;
    struct wall start, old_start; /* old_start: of one that was moved */
    int minutes;
    const struct facts_provider *provider; /* NULL: none named */
    const char *provider_name;             /* also of one who is no longer with us; may be NULL */
    const char *link; /* of one that was made or moved: "/c/....ics", where its customer gets it for
                         their calendar; else NULL */
};

/*
 * Each is a part of a write transaction (inside store_write). They return 0 also when it could not
 * be done; out->status says why. Events, changes for those who watch and jobs that follow (the
 * calendar's) are written in the same transaction. *out lives in pool.
 */
NODISCARD int booking_make(struct db *db, struct pool *p, const struct facts *f,
                           const struct booking_request *r, struct wall now, struct booking *out,
                           struct err *e);
NODISCARD int booking_move(struct db *db, struct pool *p, const struct facts *f,
                           const struct booking_request *r, struct wall now, struct booking *out,
                           struct err *e);
NODISCARD int booking_cancel(struct db *db, struct pool *p, const struct facts *f,
                             const struct booking_request *r, struct wall now, struct booking *out,
                             struct err *e);

/*
 * Takes a cancellation back: at its time, with its provider, if that is still free and to come.
 * Hours, notice and horizon do not count, as it was agreed once. BOOKING_ENDED when it is not
 * cancelled.
 */
NODISCARD int booking_restore(struct db *db, struct pool *p, const struct facts *f,
                              const struct booking_request *r, struct wall now, struct booking *out,
                              struct err *e);

/* How it went, once it has begun ("completed" or "no_show"); BOOKING_TOO_SOON before that. */
NODISCARD int booking_close(struct db *db, struct pool *p, const struct facts *f,
                            const struct booking_request *r, const char *status, struct wall now,
                            struct booking *out, struct err *e);

/* A customer's appointments that are not over or cancelled, soonest first, at most 50. */
NODISCARD int booking_upcoming(struct db *db, struct pool *p, const struct facts *f,
                               int64_t customer_id, struct wall now, struct booking **out,
                               size_t *n_out, struct err *e);

/* The same of what was agreed in a conversation. */
NODISCARD int booking_agreed(struct db *db, struct pool *p, const struct facts *f,
                             const char *conversation_id, struct wall now, struct booking **out,
                             size_t *n_out, struct err *e);

/*
 * Gives the appointment a new public link (struct booking's), *out in pool; the one before leads
 * nowhere from now on. ERR_NOT_FOUND: there is no such appointment.
 */
NODISCARD int booking_renew_link(struct db *db, struct pool *p, int64_t appointment_id,
                                 const char **out, struct err *e);

#endif
