/* SPDX-License-Identifier: Apache-2.0 */
/* The first time that a mail was opened or clicked stays. */
#include "store/mails.h"

#define STATE                                                                                      \
    "SELECT e.message_id, m.conversation_id, c.channel, m.direction, e.subject, e.from_address, "  \
    "e.to_address, e.body_text, e.body_html, e.in_reply_to, e.\"references\", "                    \
    "e.provider_message_id, e.delivery_status, m.metadata, e.opened_at, e.clicked_at, "            \
    "e.attempts_untaken "                                                                          \
    "FROM email_details e JOIN communication_messages m ON m.id = e.message_id "                   \
    "JOIN conversations c ON c.id = m.conversation_id WHERE "
static const struct sql by_message = {STATE "e.message_id = $1 {for_update_of e}"};
static const struct sql by_provider = {
    STATE "e.provider_message_id = $1 AND m.direction = 'outbound' {for_update_of e}"};
static const struct sql last_inbound = {STATE "m.conversation_id = $1 AND m.direction = 'inbound' "
                                              "ORDER BY m.sent_at DESC, m.id DESC LIMIT 1"};
static const struct sql first = {STATE "m.conversation_id = $1 ORDER BY m.sent_at, m.id LIMIT 1"};

static const struct sql update = {
    "UPDATE email_details SET provider_message_id = coalesce($2, provider_message_id), "
    "delivery_status = coalesce($3, delivery_status), error_code = coalesce($4, error_code), "
    "error_message = coalesce($5, error_message), delivered_at = coalesce($6, delivered_at), "
    "failed_at = coalesce($7, failed_at), opened_at = coalesce(opened_at, $8), "
    "clicked_at = coalesce(clicked_at, $9) WHERE message_id = $1"};

static const struct sql set_untaken = {
    "UPDATE email_details SET attempts_untaken = $2 WHERE message_id = $1"};

static void state_from_row(const struct rows *r, struct mail_state *out)
{
    *out = (struct mail_state){
        .message_id = row_str(r, 0, 0),
        .conversation_id = row_str(r, 0, 1),
        .channel = row_str(r, 0, 2),
        .direction = row_str(r, 0, 3),
        .subject = row_str(r, 0, 4),
        .from_address = row_str(r, 0, 5),
        .to_address = row_str(r, 0, 6),
        .text = row_str(r, 0, 7),
        .html = row_str(r, 0, 8),
        .in_reply_to = row_str(r, 0, 9),
        .references = row_str(r, 0, 10),
        .provider_message_id = row_str(r, 0, 11),
        .delivery_status = row_str(r, 0, 12),
        .metadata = row_str(r, 0, 13),
        .opened = !row_is_null(r, 0, 14),
        .clicked = !row_is_null(r, 0, 15),
        .attempts_untaken = row_i64(r, 0, 16),
    };
}

static int find(struct db *db, struct pool *p, const struct sql *sql, const char *key,
                struct mail_state *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, sql, ARGS(A_TEXT(key)), &r, e);
    if (rc < 0) {
        return rc;
    }
    if (r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such e-mail");
    }
    state_from_row(&r, out);
    return 0;
}

int mails_get(struct db *db, struct pool *p, const char *message_id, struct mail_state *out,
              struct err *e)
{
    return find(db, p, &by_message, message_id, out, e);
}

int mails_of_provider(struct db *db, struct pool *p, const char *provider_message_id,
                      struct mail_state *out, struct err *e)
{
    return find(db, p, &by_provider, provider_message_id, out, e);
}

int mails_thread(struct db *db, struct pool *p, const char *conversation_id, struct mail_state *out,
                 struct err *e)
{
    int rc = find(db, p, &last_inbound, conversation_id, out, NULL);
    return rc == ERR_NOT_FOUND ? find(db, p, &first, conversation_id, out, e) : rc;
}

int mails_update(struct db *db, const struct mail_update *u, struct err *e)
{
    return db_exec(db, &update,
                   ARGS(A_TEXT(u->message_id), A_TEXT(u->provider_message_id),
                        A_TEXT(u->delivery_status), A_TEXT(u->error_code), A_TEXT(u->error_message),
                        A_WALL(u->delivered_at), A_WALL(u->failed_at), A_WALL(u->opened_at),
                        A_WALL(u->clicked_at)),
                   e);
}

int mails_set_untaken(struct db *db, const char *message_id, int64_t attempts, struct err *e)
{
    return db_exec(db, &set_untaken, ARGS(A_TEXT(message_id), A_I64(attempts)), e);
}
