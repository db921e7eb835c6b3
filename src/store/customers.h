/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on customers and their appointments. What is read lives in the pool; times read are
 * texts in canonical form.
 */
#ifndef STORE_CUSTOMERS_H
#define STORE_CUSTOMERS_H

#include "store/conversations.h"
#include "store/store.h"

enum tristate { TRI_UNKNOWN, TRI_NO, TRI_YES };

struct customer {
    int64_t id;
    struct str name, phone, email, notes, created_at, updated_at, time_zone;
    struct str erased_at; /* everything that says who they are was taken away then */
    enum tristate is_new_client, has_allergies, is_pregnant;
};

/* Who was merged into another customer (customer_merges.h) is that one, wherever an id, a number or
 * an address is looked up here. */

/* The id by which things are theirs. ERR_NOT_FOUND. */
NODISCARD int customers_kept(struct db *db, struct pool *p, int64_t id, int64_t *out,
                             struct err *e);
/* ERR_NOT_FOUND when there is none. */
NODISCARD int customers_get(struct db *db, struct pool *p, int64_t id, struct customer *out,
                            struct err *e);
struct query customers_query(const struct arg *id, struct rows *rows);
void customer_from_row(const struct rows *r, size_t i, struct customer *c);

struct customer_page {
    int64_t total;
    size_t n;
    struct customer *rows;
    bool more;
};
/* Newest first. at->cursor_id is the last id of the page before, as a number's text. */
NODISCARD int customers_page(struct db *db, struct pool *p, const struct page_at *at,
                             struct customer_page *out, struct err *e);

/* How many are looked at for words; the cursor goes on behind them. */
#define CUSTOMERS_LOOKED_AT 20000

/*
 * Those with these words in their name, number or address, newest first, as customers_page.
 * Personal columns may be sealed in the database, so words are looked for here, in what was read.
 * total is how many were found among those looked at; *last_id_out where the next page goes on (0:
 * nowhere).
 */
NODISCARD int customers_find_words(struct db *db, struct pool *p, const char *words,
                                   const struct page_at *at, struct customer_page *out,
                                   int64_t *last_id_out, struct err *e);

struct customer_new {
    const char *name, *phone, *email, *notes, *time_zone;
    enum tristate is_new_client, has_allergies, is_pregnant;
    struct wall at;
};
/* ERR_CONFLICT when the phone or e-mail is another customer's. */
NODISCARD int customers_insert(struct db *db, struct pool *p, const struct customer_new *c,
                               int64_t *id_out, struct err *e);

/* One customer, locked for a change. ERR_NOT_FOUND. */
NODISCARD int customers_lock_one(struct db *db, struct pool *p, int64_t id, struct customer *out,
                                 struct err *e);
/* Writes all of it (at: of the change). ERR_CONFLICT as of customers_insert. */
NODISCARD int customers_update(struct db *db, int64_t id, const struct customer_new *c,
                               struct err *e);

/* The customer with that number, made when there is none. Waits for one who is just making it. */
NODISCARD int customers_find_or_make(struct db *db, struct pool *p, const char *phone,
                                     struct wall at, int64_t *id_out, struct err *e);

/* The same by an e-mail address; `name` is for one who is made. */
NODISCARD int customers_find_or_make_by_email(struct db *db, struct pool *p, const char *email,
                                              const char *name, struct wall at, int64_t *id_out,
                                              struct err *e);

/* The one with that number, else the one with that address; 0 when there is none. Both may be
 * NULL. */
NODISCARD int customers_find(struct db *db, struct pool *p, const char *phone, const char *email,
                             int64_t *id_out, struct err *e);

/* The time zone stored with the customer of a conversation; NULL: none is. */
NODISCARD int customers_zone(struct db *db, struct pool *p, const char *conversation_id,
                             const char **out, struct err *e);

/* Sets it, or forgets it when `zone` is NULL. ERR_NOT_FOUND. */
NODISCARD int customers_set_zone(struct db *db, struct pool *p, int64_t id, const char *zone,
                                 struct wall at, struct err *e);

/* Sets the name. */
NODISCARD int customers_set_name(struct db *db, int64_t id, const char *name, struct wall at,
                                 struct err *e);

/* Set the number (E.164) and the address. ERR_CONFLICT when another customer has it. */
NODISCARD int customers_set_phone(struct db *db, int64_t id, const char *phone, struct wall at,
                                  struct err *e);
NODISCARD int customers_set_email(struct db *db, int64_t id, const char *email, struct wall at,
                                  struct err *e);

/* Locks the customer with that number, for a transaction that looks for what is theirs: a row with
 * the id, or none. Argument: phone. */
extern const struct sql customers_lock;
/* The same of one with that e-mail address: its id, the name that goes with the address, and
 * something when that record was merged into another. Argument: the address. */
extern const struct sql customers_lock_by_email;

struct appointment {
    int64_t id, customer_id, duration_minutes, buffer_minutes;
    struct str provider_key; /* p == NULL: not known to booking */
    struct str customer_name, appointment_datetime, service_type, provider, status, booked_by;
    struct str special_requests, cancellation_reason, cancelled_at, created_at;

    /* Of rows of appointments_page only. */
    bool listed;
    struct str service_name; /* p == NULL: the service is not offered any more */
    bool conflicts;          /* with another one of the page and of the same provider */
};
void appointment_from_row(const struct rows *r, size_t i, struct appointment *a);

struct appointment_filter {
    struct wall from, to; /* from <= time < to; us == 0: open */
    const char *status;   /* NULL: any */
    const char *provider; /* by key; NULL: any */
};
struct appointment_page {
    int64_t total;
    size_t n;
    struct appointment *rows;
};
/* By time, ascending. */
NODISCARD int appointments_page(struct db *db, struct pool *p, const struct appointment_filter *f,
                                int64_t page, int64_t page_size, struct appointment_page *out,
                                struct err *e);

/* A customer's appointments before a point of a timeline. Arguments: customer id, time (exclusive
 * when the id is smaller), id, limit. */
extern const struct sql appointments_before;

/* A customer's calls, newest first, at most 100: id, metadata, sms-like fields (see ops/render.c).
 * Argument: customer id. */
extern const struct sql calls_of_customer;

#endif
