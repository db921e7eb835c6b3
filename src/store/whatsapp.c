/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of migration 0011. */
#include "store/whatsapp.h"

#include "store/customers.h"

#define CONTACT "SELECT user_id, address, username FROM whatsapp_contacts WHERE "

static const struct sql contact_by_user = {CONTACT "{match whatsapp_contacts.user_id $1}"};
static const struct sql contact_by_address = {
    CONTACT "{match whatsapp_contacts.address $1} ORDER BY updated_at DESC LIMIT 1"};

static const struct sql put_contact = {
    "INSERT INTO whatsapp_contacts (user_id, address, username, updated_at) VALUES "
    "({put whatsapp_contacts.user_id $1}, {put whatsapp_contacts.address $2}, "
    "{put whatsapp_contacts.username $3}, $4) ON CONFLICT (user_id) DO UPDATE SET "
    "address = excluded.address, username = coalesce(excluded.username, "
    "whatsapp_contacts.username), updated_at = excluded.updated_at"};

static const struct sql reveal = {
    "UPDATE customers SET phone = {put customers.phone $2}, updated_at = $3 WHERE "
    "{match customers.phone $1}"};

static const struct sql list_templates = {
    "SELECT name, language, body, content_sid, approved FROM whatsapp_templates ORDER BY name, "
    "language"};

static const struct sql put_template = {
    "INSERT INTO whatsapp_templates (name, language, body, content_sid, approved, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name, language) DO UPDATE SET "
    "body = excluded.body, content_sid = excluded.content_sid, approved = excluded.approved, "
    "updated_at = excluded.updated_at"};

static const struct sql delete_template = {
    "DELETE FROM whatsapp_templates WHERE name = $1 AND language = $2 RETURNING name"};

/* A conversation's last activity is never before its last message, so old ones are not read. */
static const struct sql wrote_since = {
    "SELECT 1 FROM communication_messages WHERE conversation_id = $1 AND direction = 'inbound' AND "
    "sent_at >= $2 UNION ALL SELECT 1 FROM conversations one JOIN conversations c ON "
    "c.customer_id = one.customer_id JOIN communication_messages m ON m.conversation_id = c.id "
    "WHERE one.id = $1 AND c.channel = 'whatsapp' AND c.last_activity_at >= $2 AND "
    "m.direction = 'inbound' AND m.sent_at >= $2 LIMIT 1"};

int whatsapp_contact_get(struct db *db, struct pool *p, const char *user_id, const char *address,
                         struct whatsapp_contact *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, user_id ? &contact_by_user : &contact_by_address,
                     ARGS(A_TEXT(user_id ? user_id : address)), &r, e);
    if (rc < 0) {
        return rc;
    }
    if (r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such WhatsApp user");
    }
    *out = (struct whatsapp_contact){row_str(&r, 0, 0), row_str(&r, 0, 1), row_str(&r, 0, 2)};
    return 0;
}

int whatsapp_contact_put(struct db *db, const char *user_id, const char *address,
                         const char *username, struct wall at, struct err *e)
{
    return db_exec(db, &put_contact,
                   ARGS(A_TEXT(user_id), A_TEXT(address), A_TEXT(username), A_WALL(at)), e);
}

int whatsapp_contact_reveal(struct db *db, struct pool *p, const char *from, const char *phone,
                            struct wall at, struct err *e)
{
    int64_t other;
    int rc = customers_find(db, p, phone, NULL, &other, e);
    return rc < 0 || other ? rc
                           : db_exec(db, &reveal, ARGS(A_TEXT(from), A_TEXT(phone), A_WALL(at)), e);
}

int whatsapp_templates_list(struct db *db, struct pool *p, struct whatsapp_template **out,
                            size_t *n_out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &list_templates, NO_ARGS, &r, e);
    if (rc < 0) {
        return rc;
    }
    struct whatsapp_template *t = pool_calloc(p, r.n, sizeof *t);
    for (size_t i = 0; i < r.n; i++) {
        t[i] = (struct whatsapp_template){row_str(&r, i, 0), row_str(&r, i, 1), row_str(&r, i, 2),
                                          row_str(&r, i, 3), row_bool(&r, i, 4)};
    }
    *out = t;
    *n_out = r.n;
    return 0;
}

int whatsapp_template_put(struct db *db, const struct whatsapp_template *t, struct wall at,
                          struct err *e)
{
    return db_exec(db, &put_template,
                   ARGS(A_STR(t->name), A_STR(t->language), A_STR(t->body),
                        t->content_sid.n ? A_STR(t->content_sid) : A_NULL, A_BOOL(t->approved),
                        A_WALL(at)),
                   e);
}

int whatsapp_template_delete(struct db *db, struct pool *p, const char *name, const char *language,
                             struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &delete_template, ARGS(A_TEXT(name), A_TEXT(language)), &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no such template in that language");
    }
    return rc;
}

int whatsapp_wrote_since(struct db *db, struct pool *p, const char *conversation_id,
                         struct wall since, bool *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &wrote_since, ARGS(A_TEXT(conversation_id), A_WALL(since)), &r, e);
    if (rc == 0) {
        *out = r.n > 0;
    }
    return rc;
}
