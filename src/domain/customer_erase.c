/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The customer's row is locked first, so that a text that arrives at the moment is erased with the
 * rest, or makes a new customer afterwards.
 */
#include "domain/customer_erase.h"

#include "base/codec.h"
#include "base/id.h"
#include "base/json_read.h"
#include "domain/calendar_sync.h"
#include "domain/consent.h"
#include "store/changes.h"
#include "store/consents.h"
#include "store/customer_erase.h"
#include "store/customer_merges.h"
#include "store/installation_keys.h"

#define KEY_BYTES 32

static int check(struct db *db, struct pool *p, const struct customer *c, struct wall now,
                 struct err *e)
{
    struct customer_erase_hindrances h;
    if (c->erased_at.n) {
        return err_set(e, ERR_CONFLICT, "the customer was erased already");
    }
    int rc = customer_erase_hindrances(db, p, c->id, now, &h, e);
    if (rc == 0 && h.appointments) {
        rc = err_set(e, ERR_CONFLICT, "an appointment is still to come; cancel it first");
    } else if (rc == 0 && h.calls) {
        rc = err_set(e, ERR_CONFLICT, "a call goes on; wait until it has ended");
    } else if (rc == 0 && h.sending) {
        rc = err_set(e, ERR_CONFLICT, "a message is on its way; try again in a minute");
    }
    return rc;
}

/* Of an object, the members that say nothing of a person. */
static struct str keep(struct pool *p, struct str document, const char *const *names)
{
    json_t *was = NULL, *kept = json_object();
    if (document.n && json_read(p, document, &was, NULL) == 0) {
        for (const char *const *name = names; *name; name++) {
            json_object_set(kept, *name, json_object_get(was, *name));
        }
    }
    struct str text = json_object_size(kept) ? json_dump_to_pool(p, kept) : (struct str){NULL, 0};
    json_decref(kept);
    return text;
}

/* What reports count must be read before it is blanked, and written afterwards. */
struct counted {
    struct rows messages, events;
};

static int put_counted(struct db *db, struct pool *p, const struct counted *c, struct err *e)
{
    static const char *const of_messages[] = {
        "said_by",           "answered_by", "model", "prompt_tokens",
        "completion_tokens", "latency_ms",  NULL};
    static const char *const of_events[] = {
        "channel", "intent",         "confidence",        "engine", "name",     "success",
        "action",  "appointment_id", "service",           "start",  "provider", "scored_by",
        "model",   "prompt_tokens",  "completion_tokens", NULL};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < c->messages.n; i++) {
        struct str kept = keep(p, row_str(&c->messages, i, 1), of_messages);
        rc = kept.p ? customer_erase_set_metadata(db, row_text(&c->messages, i, 0), kept, e) : 0;
    }
    for (size_t i = 0; rc == 0 && i < c->events.n; i++) {
        struct str kept = keep(p, row_str(&c->events, i, 1), of_events);
        rc = kept.p ? customer_erase_set_details(db, row_text(&c->events, i, 0), kept, e) : 0;
    }
    return rc;
}

static int forget_addresses(struct db *db, struct pool *p, const struct rows *records,
                            struct wall now, struct err *e)
{
    unsigned char bytes[KEY_BYTES];
    const char *key;
    random_bytes(bytes, sizeof bytes);
    int rc = installation_key(db, p, CONSENTS_ERASED_KEY, base32_encode(p, bytes, sizeof bytes),
                              now, &key, e);
    for (size_t i = 0; rc == 0 && i < records->n; i++) {
        const char *of[] = {row_text(records, i, 2), consent_key(p, row_text(records, i, 3))};
        for (size_t k = 0; rc == 0 && k < ARRAY_SIZE(of); k++) {
            if (of[k]) {
                rc = consents_forget(db, p, of[k], consent_hash(p, key, of[k]), e);
                rc = rc < 0 ? rc : customer_erase_address(db, of[k], e);
            }
        }
    }
    return rc;
}

/* A calendar outside has the name in its entries. */
static int order_entries(struct db *db, struct pool *p, const struct rows *entries, struct wall now,
                         struct err *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < entries->n; i++) {
        rc = calendar_order(db, p, row_i64(entries, i, 0), now, e);
    }
    return rc;
}

int customer_erase(struct db *db, struct pool *p, int64_t id, const char *by, struct wall now,
                   int64_t *erased_out, struct err *e)
{
    struct customer c;
    struct counted counted;
    struct rows records, entries;
    int rc = customers_lock_one(db, p, id, &c, e);
    rc = rc < 0 ? rc : check(db, p, &c, now, e);
    rc = rc < 0 ? rc : customer_addresses(db, p, c.id, &records, e);
    rc = rc < 0 ? rc : customer_erase_entries(db, p, c.id, &entries, e);
    rc = rc < 0 ? rc : customer_erase_metadata(db, p, c.id, &counted.messages, e);
    rc = rc < 0 ? rc : customer_erase_details(db, p, c.id, &counted.events, e);
    rc = rc < 0 ? rc : customer_erase_content(db, c.id, CUSTOMER_ERASED_NAME, by, now, e);
    rc = rc < 0 ? rc : put_counted(db, p, &counted, e);
    rc = rc < 0 ? rc : forget_addresses(db, p, &records, now, e);
    rc = rc < 0 ? rc : order_entries(db, p, &entries, now, e);
    rc = rc < 0 ? rc : changes_add(db, "customer", NULL, NULL, c.id, now, e);
    if (rc == 0) {
        *erased_out = c.id;
    }
    return rc;
}
