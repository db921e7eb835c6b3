/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Meta's updates become: a WhatsApp message that came in, a report on one that was sent. Both
 * are named by whoever cut the batch (meta_split). A user whose number is hidden gets an address of
 * ours, so that everything that goes by numbers finds the same person again; when the number shows,
 * it takes the address's place.
 */
#include "base/codec.h"
#include "channels/inbox.h"
#include "channels/meta_payload.h"
#include "channels/outbox.h"
#include "domain/inbound_text.h"
#include "store/customers.h"
#include "store/whatsapp.h"

#define DIGEST_BYTES 10 /* 16 letters: with "wa:" it fits where numbers stand */
/* Meta's times are whole seconds; that of arrival is better while the two are near each other. */
#define NEAR_US (60 * US_PER_SECOND)

static int read_message(struct inbox_work *w, struct err *e)
{
    struct meta_message *m = pool_calloc(w->pool, 1, sizeof *m);
    w->read = m;
    return meta_message_read(w->pool, w->entry.body, m, e);
}

/* Where a user is found of whom we have only the id. */
static const char *address_of_user(struct pool *p, const char *user_id)
{
    unsigned char digest[SHA256_BYTES];
    sha256(str_of(user_id), digest);
    return pool_printf(p, "wa:%s", base32_encode(p, digest, DIGEST_BYTES));
}

/*
 * The address of whoever wrote. For those with an id it is remembered, so that a number that was
 * seen once still counts when it is hidden later.
 */
static int find_address(struct db *db, struct inbox_work *w, const struct meta_message *m,
                        const char **out, struct err *e)
{
    struct pool *p = w->pool;
    struct whatsapp_contact known = {0};
    if (!m->user_id) {
        *out = m->phone;
        return 0;
    }
    int rc = whatsapp_contact_get(db, p, m->user_id, NULL, &known, e);
    if (rc < 0 && rc != ERR_NOT_FOUND) {
        return rc;
    }
    const char *before = rc == 0 ? known.address.p : NULL;
    const char *now = m->phone ? m->phone : before ? before : address_of_user(p, m->user_id);
    *out = now;
    if (before && strcmp(before, now) == 0) {
        return 0;
    }
    rc = 0;
    if (before && strncmp(before, "wa:", 3) == 0) {
        rc = whatsapp_contact_reveal(db, p, before, now, w->now, e);
    }
    return rc < 0 ? rc : whatsapp_contact_put(db, m->user_id, now, m->username, w->now, e);
}

static struct wall sent_at(const struct inbox_work *w, const struct meta_message *m)
{
    int64_t received_us = w->entry.received_at.us;
    bool far = m->at.us && m->at.us < received_us - NEAR_US;
    return far ? m->at : w->entry.received_at;
}

/* A customer whose number is hidden is called by the name that they give themselves. */
static int name_customer(struct db *db, struct inbox_work *w, const struct meta_message *m,
                         const char *address, int64_t customer_id, struct err *e)
{
    struct customer c;
    const char *name = m->name ? m->name : m->username;
    if (strncmp(address, "wa:", 3) != 0 || !name) {
        return 0;
    }
    int rc = customers_get(db, w->pool, customer_id, &c, e);
    if (rc < 0 || !str_eq(c.name, str_of(address))) {
        return rc;
    }
    return customers_set_name(db, customer_id, name, w->now, e);
}

static int apply_message(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct meta_message *m = w->read;
    struct pool *p = w->pool;
    const char *address = NULL;
    int rc = find_address(db, w, m, &address, e);
    if (rc < 0) {
        return rc;
    }
    struct inbound_file file = {{NULL, 0}, str_of(m->media_type ? m->media_type : "")};
    if (m->media_id) { /* the job that fetches it asks Meta for its address */
        file.url = str_of(pool_printf(p, META_MEDIA "%s", m->media_id));
    }
    struct inbound_text in = {
        .request = &w->entry,
        .channel = "whatsapp",
        .provider_id = m->id,
        .from = address,
        .to = m->to ? m->to : w->config->number,
        .body = m->content,
        .files = &file,
        .n_files = m->media_id != NULL,
        .metadata = m->metadata,
        .quiet = m->quiet,
        .segments = 1,
        .at = sent_at(w, m),
        .now = w->now,
        .burst_us = w->config->burst_us,
        .rules = w->config->rules,
        .opt_out_replies = true, /* Meta answers no STOP */
        .business_name = w->config->business_name,
    };
    struct inbound_text_result out = {0};
    rc = inbound_text_take(db, p, &in, &out, e);
    if (rc == 0) {
        w->duplicate = out.duplicate;
        w->late = out.late;
        w->message = out.duplicate ? NULL : pool_strdup(p, out.message_id.text);
    }
    return rc < 0 || out.duplicate ? rc : name_customer(db, w, m, address, out.customer_id, e);
}

const struct inbox_kind inbox_meta_message = {"meta", "message", false, read_message,
                                              apply_message};

static int read_status(struct inbox_work *w, struct err *e)
{
    struct meta_status *s = pool_calloc(w->pool, 1, sizeof *s);
    w->read = s;
    return meta_status_read(w->pool, w->entry.body, s, e);
}

static int apply_status(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct meta_status *s = w->read;
    struct arg args[JOURNAL_ARGS];
    struct rows taken;
    struct id id;
    const char *message =
        s->message_id && id_parse(str_of(s->message_id), &id) ? s->message_id : NULL;
    struct query take = journal_take(&w->entry, message, args, &taken);
    int rc = db_many(db, w->pool, &take, 1, e);
    w->duplicate = rc == 0 && taken.n == 0;
    if (rc < 0 || w->duplicate || !s->status) { /* a status that we do not know */
        return rc;
    }
    bool said = s->at.us && s->at.us <= w->now.us;
    struct delivery_report report = {
        .message_id = message,
        .provider_id = s->id,
        .status = s->status,
        .code = s->error_code,
        .text = s->error_words ? s->error_words : "WhatsApp could not deliver it",
        .read = s->read,
        .at = said ? s->at : w->now,
    };
    return outbox_report(db, w->pool, &report, &w->message, e);
}

const struct inbox_kind inbox_meta_status = {"meta", "status", true, read_status, apply_status};
