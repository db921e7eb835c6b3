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
