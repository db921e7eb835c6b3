/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making, moving and cancelling. The order of locks is the same in all three: the appointment, the
 * day it goes to, its times in ascending order; and times are given back only after the new ones
 * are taken. So nobody waits for one who waits for them. (The lock on the day is for who gets the
 * next free provider; that no time is given twice is the key of booked_times.)
 */
#include "domain/booking.h"

#include "base/codec.h"
#include "base/id.h"
#include "domain/booking_private.h"
#include "domain/calendar.h"
#include "domain/calendar_sync.h"
#include "domain/conversation.h"
#include "domain/zone.h"
#include "store/appointments.h"
#include "store/changes.h"
#include "store/figures.h"

const char *booking_status_name(enum booking_status s)
{
    static const char *const names[] = {
        [BOOKING_DONE] = "done",
        [BOOKING_TAKEN] = "taken",
        [BOOKING_CLOSED] = "closed",
        [BOOKING_PAST] = "past",
        [BOOKING_TOO_SOON] = "too_soon",
        [BOOKING_TOO_FAR] = "too_far",
        [BOOKING_OFF_GRID] = "invalid",
        [BOOKING_NO_SERVICE] = "unknown_service",
        [BOOKING_NOT_OFFERED] = "not_offered",
        [BOOKING_NOT_FOUND] = "not_found",
        [BOOKING_ENDED] = "ended",
    };
    return names[s];
}

struct act {
    struct db *db;
    struct pool *pool;
    const struct facts *facts;
    const struct booking_request *request;
    struct wall now;
    struct err *e;
};

/* One appointment as it stands. */
struct visit {
    int64_t id, customer_id;
    struct wall start;
    const char *service, *provider_name, *provider_key, *status, *conversation_id;
    int minutes, buffer;
};

static struct visit visit_of(const struct rows *r, size_t i)
{
    return (struct visit){
        .id = row_i64(r, i, 0),
        .customer_id = row_i64(r, i, 1),
        .start = row_wall(r, i, 2),
        .service = row_text(r, i, 3),
        .provider_name = row_text(r, i, 4),
        .provider_key = row_text(r, i, 5),
        .minutes = row_is_null(r, i, 6) ? 60 : (int)row_i64(r, i, 6),
        .buffer = (int)row_i64(r, i, 7),
        .status = row_text(r, i, 8),
        .conversation_id = row_text(r, i, 9),
    };
}

static struct booking booking_of(const struct facts *f, const struct visit *v)
{
    const struct facts_service *service = booking_service(f, v->service);
    const struct facts_provider *provider = booking_provider(f, v->provider_key, v->provider_name);
    return (struct booking){
        .id = v->id,
        .service_key = v->service,
        .service_name = service ? service->name : v->service,
        .start = v->start,
        .minutes = v->minutes,
        .provider = provider,
        .provider_name = provider ? provider->name : v->provider_name,
    };
}

static enum booking_status time_allows(const struct act *a, struct wall start)
{
    int64_t notice = a->facts->booking_notice_minutes * 60 * US_PER_SECOND;
    bool staff = a->request->outside_hours;
    if (start.us % (staff ? BOOKING_TIMES_US : BOOKING_GRID_US) != 0) {
        return BOOKING_OFF_GRID;
    }
    if (start.us < a->now.us) {
        return BOOKING_PAST;
    }
    if (staff) {
        return BOOKING_DONE;
    }
    return start.us < a->now.us + notice                     ? BOOKING_TOO_SOON
           : start.us > booking_horizon(a->facts, a->now).us ? BOOKING_TOO_FAR
                                                             : BOOKING_DONE;
}

static int lock_day(const struct act *a, int64_t day)
{
    return db_exec(a->db, &booking_day_lock, ARGS(A_I64(day)), a->e);
}

/*
 * The next one to try: who works then and is free, the preferred first, then who has least to do.
 * NULL when nobody is left; *why_out then says why.
 */
static struct giver *next_giver(const struct act *a, struct diary *d, const bool *tried,
                                const char *preferred, enum booking_status *why_out)
{
    struct wall start = a->request->start;
    int64_t day = zone_local(a->facts->zone, start).days;
    struct giver *best = NULL;
    int least = 0;
    enum booking_status why = BOOKING_CLOSED;
    for (size_t i = 0; i < d->n_givers; i++) {
        struct giver *g = &d->givers[i];
        if (!a->request->outside_hours && !diary_works(d, g, start)) {
            continue;
        }
        why = BOOKING_TAKEN;
        if (tried[i] || !diary_free(d, g, start)) {
            continue;
        }
        int load = preferred && strcmp(preferred, giver_key(g)) == 0 ? -1 : diary_load(d, g, day);
        if (!best || load < least) {
            best = g;
            least = load;
        }
    }
    *why_out = why;
    return best;
}

/* The rows of booked_times that a start needs. */
struct times {
    const char *provider;
    int64_t first, after;
};

static struct times times_of(const struct diary *d, const struct giver *g, struct wall start)
{
    return (struct times){giver_key(g), start.us / BOOKING_TIMES_US,
                          (diary_clear(d, start).us + BOOKING_TIMES_US - 1) / BOOKING_TIMES_US};
}

#define TIMES_ARGS(t, id) ARGS(A_TEXT((t).provider), A_I64((t).first), A_I64((t).after), A_I64(id))

#define NO_TIMES ((struct times){"", 0, 0})

/* Takes all of them, or *got_out is false (and some may be taken). */
static int take_times(const struct act *a, struct times t, int64_t id, bool *got_out)
{
    struct rows had = {0}, taken = {0};
    int rc = db_exec(a->db, &times_forget, ARGS(A_TEXT(t.provider), A_I64(t.first), A_I64(t.after)),
                     a->e);
    if (rc == 0) {
        rc = db_rows(a->db, a->pool, &times_count, TIMES_ARGS(t, id), &had, a->e);
    }
    if (rc == 0) {
        rc = db_rows(a->db, a->pool, &times_take, TIMES_ARGS(t, id), &taken, a->e);
    }
    if (rc == 0) {
        *got_out = row_i64(&had, 0, 0) + (int64_t)taken.n == t.after - t.first;
    }
    return rc;
}

/* Puts a new appointment there; *id_out is 0 when the times were taken meanwhile. */
static int put_new(const struct act *a, const struct diary *d, const struct giver *g,
                   int64_t *id_out)
{
    const struct booking_request *r = a->request;
    struct rows row;
    bool got = false;
    int rc = db_rows(a->db, a->pool, &appointments_add,
                     ARGS(A_I64(r->customer_id), A_WALL(r->start), A_TEXT(d->service->key),
                          A_TEXT(g->provider ? g->provider->name : NULL), A_TEXT(giver_key(g)),
                          A_I64(d->service->duration_minutes), A_I64(d->service->buffer_minutes),
                          A_TEXT(r->booked_by), A_TEXT(r->requests), A_TEXT(r->conversation_id),
                          A_WALL(a->now)),
                     &row, a->e);
    if (rc < 0) {
        return rc;
    }
    int64_t id = row_i64(&row, 0, 0);
    rc = take_times(a, times_of(d, g, r->start), id, &got);
    if (rc == 0 && !got) {
        rc = db_exec(a->db, &appointments_drop, ARGS(A_I64(id)), a->e);
        id = 0;
    }
    if (rc == 0) {
        *id_out = id;
    }
    return rc;
}

/* Moves one there; *id_out is 0 when the times were taken meanwhile. */
static int put_moved(const struct act *a, const struct diary *d, const struct giver *g,
                     const struct visit *v, int64_t *id_out)
{
    const struct booking_request *r = a->request;
    struct times t = times_of(d, g, r->start);
    struct times old = {
        v->provider_key ? v->provider_key : "", v->start.us / BOOKING_TIMES_US,
        (v->start.us + (v->minutes + v->buffer) * 60 * US_PER_SECOND + BOOKING_TIMES_US - 1) /
            BOOKING_TIMES_US};
    bool got = false;
    int rc = take_times(a, t, v->id, &got);
    if (rc == 0) {
        rc = db_exec(a->db, &times_keep, TIMES_ARGS(got ? t : old, v->id), a->e);
    }
    if (rc == 0 && got) {
        rc = db_exec(a->db, &appointments_move,
                     ARGS(A_I64(v->id), A_WALL(r->start), A_TEXT(d->service->key),
                          A_TEXT(g->provider ? g->provider->name : NULL), A_TEXT(giver_key(g)),
                          A_I64(d->service->duration_minutes), A_I64(d->service->buffer_minutes),
                          A_TEXT(r->requests), A_WALL(a->now)),
                     a->e);
    }
    if (rc == 0) {
        *id_out = got ? v->id : 0;
    }
    return rc;
}

/* The event of the conversation, the change for those who watch, and the calendar's job. */
static int tell(const struct act *a, const char *action, int64_t customer_id,
                const struct booking *b)
{
    const struct booking_request *r = a->request;
    char start[WALL_TEXT_BYTES];
    wall_format(b->start, start);
    int rc = changes_add(a->db, "appointment", r->conversation_id, NULL, customer_id, a->now, a->e);
    if (rc == 0 && calendar_keeps(r->calendar)) {
        rc = calendar_order(a->db, a->pool, b->id, a->now, a->e);
    }
    if (rc < 0 || !r->conversation_id) {
        return rc;
    }
    /* Keys are the business's own, of letters, digits and _. */
    const char *details = pool_printf(
        a->pool,
        "{\"action\":\"%s\",\"appointment_id\":%lld,\"service\":\"%s\",\"start\":\"%s\","
        "\"provider\":\"%s\"}",
        action, (long long)b->id, b->service_key, start, b->provider ? b->provider->key : "");
    return conversation_add_event(a->db, a->pool, r->conversation_id, r->message_id,
                                  "appointment_action", str_of(details), a->now, NULL, a->e);
}

/* The key of the appointment's public link: nobody can guess it, and it is made once. */
static const char *new_key(struct pool *p)
{
    unsigned char bytes[16];
    random_bytes(bytes, sizeof bytes);
    return base32_encode(p, bytes, sizeof bytes);
}

static int give_link(const struct act *a, struct booking *b)
{
    struct rows row;
    const char *key = new_key(a->pool);
    int rc =
        db_rows(a->db, a->pool, &appointments_link, ARGS(A_I64(b->id), A_TEXT(key)), &row, a->e);
    if (rc == 0) {
        b->link = pool_printf(a->pool, "/c/%s.ics", row_text(&row, 0, 0));
    }
    return rc;
}

/* Finds somebody and puts it there, new (v NULL) or moved. out->id stays 0 when it is not done. */
static int place(const struct act *a, struct diary *d, const struct visit *v, struct booking *out)
{
    struct wall start = a->request->start;
    const struct facts_provider *same =
        v ? booking_provider(a->facts, v->provider_key, v->provider_name) : NULL;
    const char *preferred = same ? same->key : NULL;
    bool *tried = pool_calloc(a->pool, d->n_givers, sizeof *tried);
    for (;;) {
        struct giver *g = next_giver(a, d, tried, preferred, &out->status);
        int64_t id = 0;
        if (!g) {
            return 0;
        }
        int rc = v ? put_moved(a, d, g, v, &id) : put_new(a, d, g, &id);
        if (rc < 0) {
            return rc;
        }
        if (id) {
            *out = (struct booking){
                .status = BOOKING_DONE,
                .id = id,
                .service_key = d->service->key,
                .service_name = d->service->name,
                .start = start,
                .minutes = d->service->duration_minutes,
                .provider = g->provider,
                .provider_name = g->provider ? g->provider->name : NULL,
            };
            return give_link(a, out);
        }
        tried[g - d->givers] = true;
    }
}

/* Everything before place(): may it be then, and who is asked? */
static int prepare(const struct act *a, const char *service, int64_t except, struct diary *d,
                   enum booking_status *status_out)
{
    const struct booking_request *r = a->request;
    struct diary_query q = {
        .service = service,
        .provider = r->provider,
        .range = {{r->start.us - US_PER_DAY}, {r->start.us + US_PER_DAY}},
        .except_appointment = except,
        .n_busy = r->n_busy,
        .busy = r->busy,
    };
    if (!a->facts->zone) {
        return err_set(a->e, ERR_CONFIG,
                       "the business has no time zone: set the fact time_zone, such as to "
                       "America/New_York");
    }
    enum booking_status when = time_allows(a, r->start);
    if (when != BOOKING_DONE && booking_service(a->facts, service)) {
        *status_out = when;
        return 0;
    }
    int rc = lock_day(a, zone_local(a->facts->zone, r->start).days);
    return rc < 0 ? rc : diary_read(a->db, a->pool, a->facts, &q, d, status_out, a->e);
}

int booking_make(struct db *db, struct pool *p, const struct facts *f,
                 const struct booking_request *r, struct wall now, struct booking *out,
                 struct err *e)
{
    struct act a = {db, p, f, r, now, e};
    struct diary d;
    struct booking b = {0};
    int rc = prepare(&a, r->service, 0, &d, &b.status);
    if (rc == 0 && b.status == BOOKING_DONE) {
        rc = place(&a, &d, NULL, &b);
    }
    if (rc == 0 && b.id) {
        rc = tell(&a, "booked", r->customer_id, &b);
    }
    if (rc == 0) {
        *out = b;
    }
    return rc;
}

/* May they change it? Staff may, the customer may, and who is not known may what they just made. */
static bool is_for(const struct booking_request *r, const struct visit *v)
{
    if (r->only_agreed_here) {
        return r->conversation_id && v->conversation_id &&
               strcmp(r->conversation_id, v->conversation_id) == 0;
    }
    return r->customer_id == 0 || r->customer_id == v->customer_id;
}

/* The appointment to be changed, locked. */
static int find_visit(const struct act *a, struct visit *v, enum booking_status *status_out)
{
    const struct booking_request *r = a->request;
    struct rows rows;
    *status_out = BOOKING_NOT_FOUND;
    int rc =
        db_rows(a->db, a->pool, &appointments_lock, ARGS(A_I64(r->appointment_id)), &rows, a->e);
    if (rc < 0) {
        return rc;
    }
    struct visit found = rows.n ? visit_of(&rows, 0) : (struct visit){0};
    if (rows.n == 0 || !is_for(r, &found)) {
        return 0;
    }
    *v = found;
    bool staff = r->customer_id == 0 && !r->only_agreed_here;
    bool over = v->start.us < a->now.us && !staff;
    *status_out = over || strcmp(v->status, "scheduled") != 0 ? BOOKING_ENDED : BOOKING_DONE;
    return 0;
}

/* The same, and the booking as it stands, with that status; id 0: none that they may change. */
static int find_booking(const struct act *a, struct visit *v, struct booking *out)
{
    enum booking_status status;
    int rc = find_visit(a, v, &status);
    *out = v->id ? booking_of(a->facts, v) : (struct booking){0};
    out->status = status;
    return rc;
}

/* Moving with nobody named: rather the same provider, else whoever is free. */
int booking_move(struct db *db, struct pool *p, const struct facts *f,
                 const struct booking_request *r, struct wall now, struct booking *out,
                 struct err *e)
{
    struct booking_request request = *r;
    struct act a = {db, p, f, &request, now, e};
    struct diary d;
    struct visit v = {0};
    struct booking b;
    int rc = find_booking(&a, &v, &b);
    if (rc < 0) {
        return rc;
    }
    if (request.start.us == 0) {
        request.start = v.start;
    }
    b.old_start = v.start;
    if (b.status == BOOKING_DONE) {
        rc = prepare(&a, r->service ? r->service : v.service, v.id, &d, &b.status);
    }
    if (rc == 0 && b.status == BOOKING_DONE) {
        struct booking moved = {0};
        rc = place(&a, &d, &v, &moved);
        b.status = moved.status;
        if (rc == 0 && moved.id) {
            moved.old_start = v.start;
            b = moved;
            rc = tell(&a, "rescheduled", v.customer_id, &b);
        }
    }
    if (rc == 0) {
        *out = b;
    }
    return rc;
}

int booking_cancel(struct db *db, struct pool *p, const struct facts *f,
                   const struct booking_request *r, struct wall now, struct booking *out,
                   struct err *e)
{
    struct act a = {db, p, f, r, now, e};
    struct visit v = {0};
    struct booking b;
    int rc = find_booking(&a, &v, &b);
    if (rc == 0 && b.status == BOOKING_DONE) {
        rc = db_exec(db, &appointments_cancel, ARGS(A_I64(v.id), A_TEXT(r->requests), A_WALL(now)),
                     e);
        if (rc == 0) {
            rc = db_exec(db, &times_keep, TIMES_ARGS(NO_TIMES, v.id), e);
        }
        if (rc == 0) {
            rc = tell(&a, "cancelled", v.customer_id, &b);
        }
    }
    if (rc == 0) {
        *out = b;
    }
    return rc;
}

int booking_restore(struct db *db, struct pool *p, const struct facts *f,
                    const struct booking_request *r, struct wall now, struct booking *out,
                    struct err *e)
{
    struct booking_request request = *r;
    struct act a = {db, p, f, &request, now, e};
    struct diary d;
    struct visit v = {0};
    struct booking b;
    int rc = find_booking(&a, &v, &b);
    if (v.id) {
        b.status = strcmp(v.status, "cancelled") == 0 ? BOOKING_DONE : BOOKING_ENDED;
    }
    if (rc == 0 && b.status == BOOKING_DONE) {
        request.start = v.start;
        request.provider = v.provider_key && v.provider_key[0] ? v.provider_key : NULL;
        request.outside_hours = true;
        rc = prepare(&a, v.service, v.id, &d, &b.status);
    }
    if (rc == 0 && b.status == BOOKING_DONE) {
        rc = place(&a, &d, &v, &b);
    }
    if (rc == 0 && b.status == BOOKING_DONE) {
        rc = db_exec(db, &appointments_restore, ARGS(A_I64(v.id), A_WALL(now)), e);
        rc = rc < 0 ? rc : tell(&a, "booked", v.customer_id, &b);
    }
    if (rc == 0) {
        *out = b;
    }
    return rc;
}

int booking_close(struct db *db, struct pool *p, const struct facts *f,
                  const struct booking_request *r, const char *status, struct wall now,
                  struct booking *out, struct err *e)
{
    struct act a = {db, p, f, r, now, e};
    struct visit v = {0};
    struct booking b;
    int rc = find_booking(&a, &v, &b);
    if (b.status == BOOKING_DONE && v.start.us > now.us) {
        b.status = BOOKING_TOO_SOON;
    }
    if (rc == 0 && b.status == BOOKING_DONE) {
        rc = db_exec(db, &appointments_close, ARGS(A_I64(v.id), A_TEXT(status), A_WALL(now)), e);
        if (rc == 0) {
            rc = figures_stale_of_appointment(db, v.id, e);
        }
        if (rc == 0) {
            rc = db_exec(db, &times_keep, TIMES_ARGS(NO_TIMES, v.id), e);
        }
        if (rc == 0) {
            rc = changes_add(db, "appointment", NULL, NULL, v.customer_id, now, e);
        }
    }
    if (rc == 0) {
        *out = b;
    }
    return rc;
}

static int list(struct db *db, struct pool *p, const struct facts *f, const struct sql *sql,
                struct arg whose, struct wall now, struct booking **out, size_t *n_out,
                struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, sql, ARGS(whose, A_WALL(now)), &r, e);
    if (rc < 0) {
        return rc;
    }
    struct booking *bookings = pool_calloc(p, r.n, sizeof *bookings);
    ROWS_EACH (i, r) {
        struct visit v = visit_of(&r, i);
        bookings[i] = booking_of(f, &v);
    }
    *out = bookings;
    *n_out = r.n;
    return 0;
}

int booking_upcoming(struct db *db, struct pool *p, const struct facts *f, int64_t customer_id,
                     struct wall now, struct booking **out, size_t *n_out, struct err *e)
{
    return list(db, p, f, &appointments_coming, A_I64(customer_id), now, out, n_out, e);
}

int booking_agreed(struct db *db, struct pool *p, const struct facts *f,
                   const char *conversation_id, struct wall now, struct booking **out,
                   size_t *n_out, struct err *e)
{
    return list(db, p, f, &appointments_agreed, A_TEXT(conversation_id), now, out, n_out, e);
}

int booking_renew_link(struct db *db, struct pool *p, int64_t appointment_id, const char **out,
                       struct err *e)
{
    struct rows row;
    int rc = db_rows(db, p, &appointments_relink, ARGS(A_I64(appointment_id), A_TEXT(new_key(p))),
                     &row, e);
    if (rc == 0 && row.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no appointment %lld", (long long)appointment_id);
    }
    if (rc == 0) {
        *out = pool_printf(p, "/c/%s.ics", row_text(&row, 0, 0));
    }
    return rc;
}
