/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tools around appointments and their customers. They turn arguments into requests of
 * domain/booking.h and its answers into JSON; who may do what to whose appointment is decided here:
 * only ever the customer of the conversation.
 */
#include "base/json_read.h"
#include "domain/conversation.h"
#include "domain/phone.h"
#include "domain/zone.h"
#include "mind/tools_private.h"
#include "store/changes.h"
#include "store/customers.h"

#define SLOTS_WANTED 4
#define SLOTS_MAX 20
#define ALTERNATIVES 3
#define DAYS_WANTED 14
#define NAME_MAX_BYTES 200
#define DAYS_AROUND 7 /* other times are looked for so long before the wanted one */

static int need_zone(const struct tool_ctx *c, struct err *e)
{
    return c->db ? 0 : err_set(e, ERR_UNAVAILABLE, "the calendar is not there: nothing was done");
}

static json_t *slots_json(const struct tool_ctx *c, const struct booking_slot *slots, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct facts_provider *who = slots[i].provider;
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:o}", "start", tools_local(c, slots[i].start),
                                        "provider", tools_text(who ? who->key : NULL),
                                        "provider_name", tools_text(who ? who->name : NULL)));
    }
    return list;
}

/* The words of the contract for "there is none". */
static const char *reason_name(enum booking_status why)
{
    return why == BOOKING_DONE ? NULL : why == BOOKING_TAKEN ? "full" : booking_status_name(why);
}

static struct booking_query query_of(const struct tool_ctx *c, const struct tool_in *in)
{
    const struct facts *f = c->config->facts;
    int64_t today = f->zone ? zone_local(f->zone, c->config->now).days : 0;
    int64_t first = in->date_from ? in->date_from
                    : in->date_to ? MIN_OF(today, in->date_to)
                                  : today;
    int64_t last = in->date_to ? in->date_to : first + DAYS_WANTED - 1;
    struct booking_query q = {
        .service = in->service ? in->service->key : NULL,
        .provider = in->provider ? in->provider->key : NULL,
        .time_from = (int)in->time_from,
        .time_to = in->time_to ? (int)in->time_to : 1440,
        .limit = in->limit ? (size_t)MIN_OF(in->limit, SLOTS_MAX) : SLOTS_WANTED,
        .n_busy = c->times.n,
        .busy = c->times.busy,
    };
    if (f->zone) {
        q.from = zone_moment(f->zone, first, 0);
        q.to = zone_moment(f->zone, last + 1, 0);
    }
    return q;
}

const char *tools_ask_calendar(struct tool_ctx *c, const struct tool_in *in)
{
    const struct tools_config *config = c->config;
    const struct facts *f = config->facts;
    struct err e = {0};
    if (!calendar_keeps(config->calendar) || !f->zone || (in->provider_given && !in->provider)) {
        return NULL;
    }
    struct booking_query range = query_of(c, in);
    /* With a provider too: when they have no other times, everybody's are looked at. */
    struct calendar_query q = {f, NULL, range.from, range.to, c->deadline};
    if (in->start.us) {
        struct wall middle = {MAX_OF(in->start.us, config->now.us)};
        q.from.us = middle.us - DAYS_AROUND * US_PER_DAY;
        q.to.us = middle.us + (DAYS_WANTED + 1) * US_PER_DAY;
    } else if (in->provider) {
        q.provider = in->provider->key;
    }
    q.from.us = MAX_OF(q.from.us, config->now.us - US_PER_DAY);
    q.to.us = MIN_OF(q.to.us, booking_horizon(f, config->now).us + US_PER_DAY);
    if (q.from.us >= q.to.us) {
        return NULL;
    }
    int rc = calendar_busy(config->calendar, c->pool, &q, &c->times, &e);
    return rc < 0 ? pool_strdup(c->pool, err_text(&e, rc)) : c->times.unread;
}

int tool_check_availability(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                            struct err *e)
{
    struct booking_query q = query_of(c, in);
    struct booking_slot *slots = NULL;
    size_t n = 0;
    enum booking_status why = !in->service                          ? BOOKING_NO_SERVICE
                              : in->provider_given && !in->provider ? BOOKING_NOT_OFFERED
                                                                    : BOOKING_DONE;
    int rc = need_zone(c, e);
    if (rc == 0 && why == BOOKING_DONE) {
        rc =
            booking_find(c->db, c->pool, c->config->facts, &q, c->config->now, &slots, &n, &why, e);
    }
    if (rc == 0) {
        *out = json_pack("{s:o, s:o, s:o}", "service", tools_text(q.service), "slots",
                         slots_json(c, slots, n), "reason", tools_text(reason_name(why)));
    }
    return rc;
}

static json_t *booking_json(const struct tool_ctx *c, const struct booking *b, const char *status)
{
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:i, s:o, s:o}", "status", status, "appointment_id",
                     (json_int_t)b->id, "service", b->service_key, "service_name", b->service_name,
                     "start", tools_local(c, b->start), "minutes", b->minutes, "provider",
                     tools_text(b->provider ? b->provider->key : NULL), "provider_name",
                     tools_text(b->provider_name));
}

/* The same of one that was made or moved, with what its customer's calendar may get it from. */
static json_t *done_json(const struct tool_ctx *c, const struct booking *b, const char *status)
{
    json_t *done = booking_json(c, b, status);
    json_object_set_new(done, "calendar_path", tools_text(b->link));
    return done;
}

/* What is said when it was not done: the status, other times, perhaps a sentence. */
static int refusal(const struct tool_ctx *c, const char *status, const char *service,
                   const char *provider, struct wall wanted, int64_t except, const char *message,
                   json_t **out, struct err *e)
{
    const struct facts *f = c->config->facts;
    struct booking_slot *slots = NULL;
    size_t n = 0;
    int rc = 0;
    if (service && wanted.us) {
        struct wall middle = {MAX_OF(wanted.us, c->config->now.us)};
        struct booking_query q = {
            .service = service,
            .provider = provider,
            .from = {middle.us - DAYS_AROUND * US_PER_DAY},
            .to = {middle.us + DAYS_WANTED * US_PER_DAY},
            .time_to = 1440,
            .limit = ALTERNATIVES,
            .except_appointment = except,
            .n_busy = c->times.n,
            .busy = c->times.busy,
        };
        rc = booking_near(c->db, c->pool, f, &q, middle, c->config->now, &slots, &n, e);
        if (rc == 0 && n == 0 && provider) {
            q.provider = NULL;
            rc = booking_near(c->db, c->pool, f, &q, middle, c->config->now, &slots, &n, e);
        }
    }
    if (rc == 0) {
        *out = json_pack("{s:s, s:o}", "status", status, "alternatives", slots_json(c, slots, n));
        if (message) {
            json_object_set_new(*out, "message", json_string(message));
        }
    }
    return rc;
}

static int refuse_booking(const struct tool_ctx *c, const struct booking_request *r,
                          const char *service, enum booking_status status, json_t **out,
                          struct err *e)
{
    const char *message =
        status == BOOKING_OFF_GRID ? "appointments begin on the quarter hour" : NULL;
    const char *provider = status == BOOKING_NOT_OFFERED ? NULL : r->provider;
    return refusal(c, booking_status_name(status), service, provider, r->start, r->appointment_id,
                   message, out, e);
}

/* ---- whose appointment it is ------------------------------------------------------------ */

/* The number in E.164 and the address in lower case, or a sentence. */
static const char *read_contact(const struct tool_ctx *c, const struct tool_in *in,
                                const char **phone_out, const char **email_out)
{
    char phone[PHONE_BYTES];
    if (in->phone) {
        if (phone_normalize(str_of(in->phone), "1", phone, NULL) != 0) {
            return "the phone number is not complete: ask for it with the area code";
        }
        *phone_out = pool_strdup(c->pool, phone);
    }
    if (in->email) {
        char *email = pool_strdup(c->pool, in->email);
        const char *at = strchr(email, '@');
        for (char *l = email; *l; l++) {
            *l = *l >= 'A' && *l <= 'Z' ? (char)(*l + 32) : *l;
        }
        if (!at || at == email || !strchr(at, '.') || strpbrk(email, " \t\r\n<>,") ||
            strlen(email) > 254) {
            return "the e-mail address is not complete: ask for it again";
        }
        *email_out = email;
    }
    return NULL;
}

/* A customer who only wrote so far has the number for a name (domain/inbound_text.h). */
static bool has_name(const struct customer *u)
{
    return u->name.n && !str_eq(u->name, u->phone) && !str_eq(u->name, u->email);
}

struct party {
    int64_t id;
    const char *missing; /* a sentence: what must be asked first */
    const char *wrong;   /* a sentence: what was given is not right */
};

static int known_party(const struct tool_ctx *c, const struct tool_in *in, struct party *out,
                       struct err *e)
{
    struct customer u;
    int rc = customers_get(c->db, c->pool, c->config->customer_id, &u, e);
    if (rc < 0) {
        return rc;
    }
    out->id = u.id;
    if (has_name(&u)) {
        return 0;
    }
    if (!in->name) {
        out->missing = "ask for the customer's name first";
        return 0;
    }
    rc = customers_set_name(c->db, u.id, in->name, c->config->now, e);
    return rc < 0 ? rc : changes_add(c->db, "customer", NULL, NULL, u.id, c->config->now, e);
}

/* A new customer, who from now on is this conversation's. */
static int make_party(const struct tool_ctx *c, const struct customer_new *new, int64_t *id_out,
                      struct err *e)
{
    const struct tools_config *config = c->config;
    int rc = customers_insert(c->db, c->pool, new, id_out, e);
    if (rc == 0 && config->conversation_id) {
        rc = conversations_set_customer(c->db, config->conversation_id, *id_out, config->now, e);
        if (rc == 0) {
            rc = changes_add(c->db, "conversation", config->conversation_id, NULL, *id_out,
                             config->now, e);
        }
    }
    return rc < 0 ? rc : changes_add(c->db, "customer", NULL, NULL, *id_out, config->now, e);
}

/*
 * Somebody who has that number or address already is taken as they are. Nothing of theirs is
 * changed or told, and the conversation does not become theirs: anybody can say a number.
 */
static int unknown_party(const struct tool_ctx *c, const struct tool_in *in, struct party *out,
                         struct err *e)
{
    struct customer_new new = {.name = in->name, .is_new_client = TRI_YES, .at = c->config->now};
    out->wrong = read_contact(c, in, &new.phone, &new.email);
    if (!in->name || (!new.phone && !new.email)) {
        out->missing = "ask for the customer's name, and a phone number or e-mail address";
    }
    if (out->wrong || out->missing) {
        return 0;
    }
    int rc = customers_find(c->db, c->pool, new.phone, new.email, &out->id, e);
    return rc < 0 || out->id ? rc : make_party(c, &new, &out->id, e);
}

/* ---- the tools that write --------------------------------------------------------------- */

static struct booking_request request_of(const struct tool_ctx *c, const struct tool_in *in)
{
    return (struct booking_request){
        .customer_id = c->config->customer_id,
        .only_agreed_here = c->config->customer_id == 0,
        .appointment_id = in->appointment_id,
        .service = in->service ? in->service->key : NULL,
        .provider = in->provider ? in->provider->key : NULL,
        .start = in->start,
        .booked_by = "ai",
        .requests = in->requests ? in->requests : in->reason,
        .conversation_id = c->config->conversation_id,
        .message_id = c->config->message_id,
        .n_busy = c->times.n,
        .busy = c->times.busy,
        .calendar = c->config->calendar,
    };
}

int tool_book_appointment(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                          struct err *e)
{
    struct booking_request r = request_of(c, in);
    struct party party = {0};
    struct booking b = {0};
    if (!in->service) {
        return refusal(c, "unknown_service", NULL, NULL, r.start, 0, NULL, out, e);
    }
    if (in->provider_given && !in->provider) {
        return refuse_booking(c, &r, r.service, BOOKING_NOT_OFFERED, out, e);
    }
    if (!in->start_exists) {
        return refusal(c, "invalid", r.service, r.provider, r.start, 0,
                       "the clocks go forward then: there is no such time", out, e);
    }
    if (in->name && strlen(in->name) > NAME_MAX_BYTES) {
        return refusal(c, "invalid", NULL, NULL, r.start, 0, "the name is too long", out, e);
    }
    int rc =
        c->config->customer_id ? known_party(c, in, &party, e) : unknown_party(c, in, &party, e);
    if (rc < 0) {
        return rc;
    }
    if (party.wrong || party.missing) {
        return refusal(c, party.wrong ? "invalid" : "needs_name", NULL, NULL, r.start, 0,
                       party.wrong ? party.wrong : party.missing, out, e);
    }
    r.customer_id = party.id;
    rc = booking_make(c->db, c->pool, c->config->facts, &r, c->config->now, &b, e);
    if (rc < 0) {
        return rc;
    }
    if (b.status != BOOKING_DONE) {
        return refuse_booking(c, &r, r.service, b.status, out, e);
    }
    *out = done_json(c, &b, "booked");
    return 0;
}

static int not_found(json_t **out)
{
    *out = json_pack("{s:s}", "status", "not_found");
    return 0;
}

int tool_reschedule_appointment(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                                struct err *e)
{
    struct booking_request r = request_of(c, in);
    struct booking b = {0};
    if (!in->start_exists) {
        return refusal(c, "invalid", NULL, NULL, r.start, 0,
                       "the clocks go forward then: there is no such time", out, e);
    }
    if (in->provider_given && !in->provider) {
        return refusal(c, "not_offered", NULL, NULL, r.start, 0, "there is no such provider", out,
                       e);
    }
    r.requests = NULL;
    int rc = booking_move(c->db, c->pool, c->config->facts, &r, c->config->now, &b, e);
    if (rc < 0) {
        return rc;
    }
    if (b.status == BOOKING_NOT_FOUND || b.status == BOOKING_ENDED) {
        return not_found(out);
    }
    if (b.status != BOOKING_DONE) {
        return refuse_booking(c, &r, b.service_key, b.status, out, e);
    }
    *out = done_json(c, &b, "rescheduled");
    json_object_set_new(*out, "old_start", json_string(tools_local(c, b.old_start)));
    return 0;
}

int tool_cancel_appointment(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                            struct err *e)
{
    struct booking_request r = request_of(c, in);
    struct booking b = {0};
    int rc = booking_cancel(c->db, c->pool, c->config->facts, &r, c->config->now, &b, e);
    if (rc < 0) {
        return rc;
    }
    if (b.status == BOOKING_NOT_FOUND) {
        return not_found(out);
    }
    *out = booking_json(c, &b, b.status == BOOKING_DONE ? "cancelled" : "already_cancelled");
    return 0;
}

int tool_search_customer(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                         struct err *e)
{
    struct customer u = {0};
    struct booking *list = NULL;
    size_t n = 0;
    (void)in;
    int rc = need_zone(c, e);
    if (rc == 0 && c->config->customer_id) {
        rc = customers_get(c->db, c->pool, c->config->customer_id, &u, e);
    }
    const struct tools_config *config = c->config;
    if (rc == 0 && u.id) {
        rc = booking_upcoming(c->db, c->pool, config->facts, u.id, config->now, &list, &n, e);
    } else if (rc == 0 && config->conversation_id) {
        rc = booking_agreed(c->db, c->pool, config->facts, config->conversation_id, config->now,
                            &list, &n, e);
    }
    if (rc < 0) {
        return rc;
    }
    json_t *appointments = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(appointments, booking_json(c, &list[i], "scheduled"));
    }
    *out = json_pack("{s:{s:o, s:o, s:o, s:b}, s:o}", "customer", "name",
                     tools_text(has_name(&u) ? u.name.p : NULL), "phone", tools_text(u.phone.p),
                     "email", tools_text(u.email.p), "is_new", u.is_new_client != TRI_NO,
                     "appointments", appointments);
    return 0;
}

/* ---- details that the customer tells ------------------------------------------------------ */

/* Is the number or address free to be this customer's? */
static int is_free(const struct tool_ctx *c, const char *phone, const char *email, bool *out,
                   struct err *e)
{
    int64_t other = 0;
    int rc = customers_find(c->db, c->pool, phone, email, &other, e);
    *out = other == 0;
    return rc;
}

/* "Maya" is Maya Ortiz. */
static bool same(struct str known, const char *told)
{
    size_t n = strlen(told);
    bool begins = known.n > n && known.p[n] == ' ';
    return known.n > 0 && str_eq_nocase(begins ? (struct str){known.p, n} : known, str_of(told));
}

/* "Maya Ortiz", where only "Maya" was known. */
static bool is_more_of(struct str known, const char *told)
{
    struct str t = str_of(told);
    bool first_only = known.n > 0 && str_index(known, ' ', 0) < 0;
    return first_only && t.n > known.n && t.p[known.n] == ' ' &&
           str_eq_nocase((struct str){t.p, known.n}, known);
}

/*
 * What is not known yet is kept; what is, stays, since anybody can write from a telephone that
 * lies about. Fills in what came of each: noted, known or differs.
 */
static int note_details(const struct tool_ctx *c, const struct customer *u,
                        const struct customer_new *told, json_t *came, struct err *e)
{
    struct wall now = c->config->now;
    bool free_phone = false, free_email = false;
    int rc = told->phone && !u->phone.n ? is_free(c, told->phone, NULL, &free_phone, e) : 0;
    if (rc == 0 && told->email && !u->email.n) {
        rc = is_free(c, NULL, told->email, &free_email, e);
    }
    bool name = told->name && u->id && (!has_name(u) || is_more_of(u->name, told->name));
    bool phone = u->id && free_phone, email = u->id && free_email;
    rc = rc == 0 && name ? customers_set_name(c->db, u->id, told->name, now, e) : rc;
    rc = rc == 0 && phone ? customers_set_phone(c->db, u->id, told->phone, now, e) : rc;
    rc = rc == 0 && email ? customers_set_email(c->db, u->id, told->email, now, e) : rc;
    if (rc == 0 && (name || phone || email)) {
        rc = changes_add(c->db, "customer", NULL, NULL, u->id, now, e);
    }
    const struct {
        const char *what, *told;
        bool noted;
        struct str known;
    } rows[] = {{"name", told->name, name, u->name},
                {"phone", told->phone, phone, u->phone},
                {"email", told->email, email, u->email}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].told) {
            const char *how = rows[i].noted                       ? "noted"
                              : same(rows[i].known, rows[i].told) ? "known"
                                                                  : "differs";
            json_object_set_new(came, rows[i].what, json_string(how));
        }
    }
    return rc;
}

/* The staff see what was told in the conversation itself; the event holds none of it. */
static int tell_staff(const struct tool_ctx *c, const json_t *came, struct err *e)
{
    const struct tools_config *config = c->config;
    if (!config->conversation_id) {
        return 0;
    }
    return conversation_add_event(c->db, c->pool, config->conversation_id, config->message_id,
                                  "details_given", json_dump_to_pool(c->pool, came), config->now,
                                  NULL, e);
}

int tool_note_details(const struct tool_ctx *c, const struct tool_in *in, json_t **out,
                      struct err *e)
{
    struct customer u = {0};
    struct customer_new told = {.name = in->name};
    const char *wrong = read_contact(c, in, &told.phone, &told.email);
    if (in->name && strlen(in->name) > NAME_MAX_BYTES) {
        wrong = "the name is too long";
    } else if (!told.name && !told.phone && !told.email) {
        wrong = wrong ? wrong : "nothing was given to be noted";
    }
    if (wrong) {
        *out = json_pack("{s:s, s:s}", "status", "invalid", "message", wrong);
        return 0;
    }
    int64_t id = c->config->customer_id;
    int rc = id ? customers_get(c->db, c->pool, id, &u, e) : 0;
    if (rc < 0) {
        return rc;
    }
    json_t *came = json_object();
    rc = note_details(c, &u, &told, came, e);
    rc = rc == 0 ? tell_staff(c, came, e) : rc;
    if (rc == 0) {
        *out = json_pack("{s:s, s:O}", "status", "noted", "details", came);
    }
    json_decref(came);
    return rc;
}

int tool_escalate(const struct tool_ctx *c, const struct tool_in *in, json_t **out, struct err *e)
{
    int rc = 0;
    if (c->config->conversation_id) {
        json_t *details = json_pack("{s:s, s:s*}", "reason", in->reason, "summary", in->summary);
        char *text = json_dumps(details, JSON_COMPACT);
        rc = conversation_add_event(c->db, c->pool, c->config->conversation_id,
                                    c->config->message_id, "escalation_requested",
                                    str_of(pool_strdup(c->pool, text)), c->config->now, NULL, e);
        free(text);
        json_decref(details);
    }
    if (rc == 0) {
        *out = json_pack("{s:s}", "status", "noted");
    }
    return rc;
}
