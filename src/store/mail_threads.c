/* SPDX-License-Identifier: Apache-2.0 */
/* E-mails are few per conversation and customer, so none of these goes without an index for long.
 */
#include "store/mail_threads.h"

#define OWNED "SELECT c.id, c.customer_id, u.email, c.channel, c.status FROM "
static const struct sql known = {
    OWNED "email_details e JOIN communication_messages m ON m.id = e.message_id "
          "JOIN conversations c ON c.id = m.conversation_id "
          "LEFT JOIN customers u ON u.id = c.customer_id "
          "WHERE e.provider_message_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
          "ORDER BY m.sent_at DESC, m.id DESC LIMIT 20"};
static const struct sql owned = {
    OWNED "conversations c LEFT JOIN customers u ON u.id = c.customer_id WHERE c.id = $1"};
static const struct sql people = {
    "SELECT m.direction, e.from_address, e.to_address, e.cc_addresses FROM communication_messages "
    "m "
    "JOIN email_details e ON e.message_id = m.id WHERE m.conversation_id = $1 ORDER BY "
    "m.sent_at DESC LIMIT 200"};
static const struct sql open_of = {
    "SELECT id, subject FROM conversations WHERE customer_id = $1 AND channel = 'email' AND "
    "status = 'active' AND last_activity_at >= $2 ORDER BY last_activity_at DESC, id DESC LIMIT "
    "20"};
static const struct sql since = {
    "SELECT m.metadata FROM customers JOIN conversations c ON c.customer_id = "
    "coalesce(customers.merged_into, customers.id) JOIN communication_messages m ON "
    "m.conversation_id = c.id WHERE {match customers.email $1} AND c.channel = 'email' AND "
    "c.last_activity_at >= $2 AND m.direction = 'inbound' AND m.sent_at >= $2 LIMIT 1000"};

#define SENT                                                                                       \
    "SELECT e.message_id, m.conversation_id, e.to_address, e.delivery_status FROM email_details "  \
    "e "                                                                                           \
    "JOIN communication_messages m ON m.id = e.message_id WHERE m.direction = 'outbound' AND "
static const struct sql sent_by_id = {SENT "e.message_id = $1 {for_update_of e}"};
static const struct sql sent_by_name = {SENT "e.provider_message_id = $1 {for_update_of e}"};

struct query mail_threads_known_query(const struct arg ids[MAIL_THREADS_KNOWN_ARGS],
                                      struct rows *rows)
{
    return (struct query){&known, ids, MAIL_THREADS_KNOWN_ARGS, rows};
}

struct query mail_threads_owned_query(const struct arg *conversation_id, struct rows *rows)
{
    return (struct query){&owned, conversation_id, 1, rows};
}

struct query mail_threads_people_query(const struct arg *conversation_id, struct rows *rows)
{
    return (struct query){&people, conversation_id, 1, rows};
}

struct query mail_threads_open_query(const struct arg args[2], struct rows *rows)
{
    return (struct query){&open_of, args, 2, rows};
}

struct query mail_threads_since_query(const struct arg args[2], struct rows *rows)
{
    return (struct query){&since, args, 2, rows};
}

int mail_threads_sent(struct db *db, struct pool *p, const char *message_id,
                      const char *provider_message_id, struct mail_sent *out, struct err *e)
{
    struct rows r = {0};
    int rc = message_id ? db_rows(db, p, &sent_by_id, ARGS(A_TEXT(message_id)), &r, e) : 0;
    if (rc == 0 && r.n == 0 && provider_message_id) {
        rc = db_rows(db, p, &sent_by_name, ARGS(A_TEXT(provider_message_id)), &r, e);
    }
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no such e-mail of ours");
    }
    if (rc == 0) {
        *out = (struct mail_sent){row_str(&r, 0, 0), row_str(&r, 0, 1), row_str(&r, 0, 2),
                                  row_str(&r, 0, 3)};
    }
    return rc;
}
