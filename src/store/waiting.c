/* SPDX-License-Identifier: Apache-2.0 */
/* The table of jobs is small (done ones are deleted), so no index is kept for these. */
#include "store/waiting.h"

#define COLUMNS                                                                                    \
    "SELECT j.id, j.message_id, m.conversation_id, c.channel, j.state, j.run_at, "                 \
    "coalesce(j.due_at, j.created_at), j.last_error, s.to_number, e.to_address, m.content, "       \
    "j.attempts FROM jobs j JOIN communication_messages m ON m.id = j.message_id JOIN "            \
    "conversations c ON c.id = m.conversation_id LEFT JOIN sms_details s ON s.message_id = m.id "  \
    "LEFT JOIN email_details e ON e.message_id = m.id "

static const struct sql page = {COLUMNS
                                "WHERE j.id < $1 AND ({as_text $2} IS NULL OR j.state = $2) "
                                "ORDER BY j.id DESC LIMIT $3"};
static const struct sql get = {COLUMNS "WHERE j.message_id = $1 {for_update_of j}"};
static const struct sql again = {
    "UPDATE jobs SET state = 'ready', run_at = $2, due_at = $2, slot_at = NULL, "
    "attempts = CASE WHEN attempts > 0 THEN 1 ELSE 0 END WHERE id = $1 AND state <> 'running'"};

static const struct sql forget = {"DELETE FROM jobs WHERE message_id = $1 AND state = 'dead'"};

static void read_row(const struct rows *r, size_t i, struct waiting *w)
{
    *w = (struct waiting){
        .job_id = row_str(r, i, 0),
        .message_id = row_str(r, i, 1),
        .conversation_id = row_str(r, i, 2),
        .channel = row_str(r, i, 3),
        .state = row_str(r, i, 4),
        .run_at = row_str(r, i, 5),
        .due_at = row_str(r, i, 6),
        .last_error = row_str(r, i, 7),
        .to = row_is_null(r, i, 8) ? row_str(r, i, 9) : row_str(r, i, 8),
        .content = row_str(r, i, 10),
        .attempts = row_i64(r, i, 11),
    };
}

int waiting_page(struct db *db, struct pool *p, const char *state, const char *behind_id,
                 int64_t limit, struct waiting **out, size_t *n_out, struct err *e)
{
    struct rows r;
    const char *behind = behind_id ? behind_id : "ffffffff-ffff-ffff-ffff-ffffffffffff";
    int rc = db_rows(db, p, &page, ARGS(A_TEXT(behind), A_TEXT(state), A_I64(limit)), &r, e);
    if (rc < 0) {
        return rc;
    }
    struct waiting *rows = pool_calloc(p, r.n + 1, sizeof *rows);
    ROWS_EACH (i, r) {
        read_row(&r, i, &rows[i]);
    }
    *out = rows;
    *n_out = r.n;
    return 0;
}

int waiting_get(struct db *db, struct pool *p, const char *message_id, struct waiting *out,
                struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get, ARGS(A_TEXT(message_id)), &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "the message %s does not wait to be sent", message_id);
    }
    if (rc == 0) {
        read_row(&r, 0, out);
    }
    return rc;
}

int waiting_again(struct db *db, struct str job_id, struct wall now, struct err *e)
{
    db_wake(db, STORE_WAKE_JOBS);
    return db_exec(db, &again, ARGS(A_STR(job_id), A_WALL(now)), e);
}

int waiting_forget(struct db *db, struct str message_id, struct err *e)
{
    return db_exec(db, &forget, ARGS(A_STR(message_id)), e);
}
