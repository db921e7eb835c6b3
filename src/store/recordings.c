/* SPDX-License-Identifier: Apache-2.0 */
/* Of a call only what its recording needs. */
#include "store/recordings.h"

static const struct sql get_call = {
    "SELECT c.live, c.conversation_id, c.message_id, EXISTS (SELECT 1 FROM attachments a WHERE "
    "a.id = $1), (SELECT count(*) FROM attachments a WHERE a.message_id = c.message_id) FROM "
    "voice_calls c WHERE c.id = coalesce((SELECT call_id FROM voice_call_parts "
    "WHERE id = $1), $1)"};
static const struct sql set_url = {
    "UPDATE voice_call_details SET recording_url = {put voice_call_details.recording_url $2} WHERE "
    "message_id = $1 AND recording_url IS NULL"};

int recordings_call(struct db *db, struct pool *p, const char *call_id, struct recorded_call *out,
                    struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get_call, ARGS(A_TEXT(call_id)), &r, e);
    if (rc < 0) {
        return rc;
    }
    *out = (struct recorded_call){.found = r.n > 0};
    if (r.n) {
        out->live = row_bool(&r, 0, 0);
        out->conversation_id = row_str(&r, 0, 1);
        out->message_id = row_str(&r, 0, 2);
        out->has_recording = row_bool(&r, 0, 3);
        out->files = row_i64(&r, 0, 4);
    }
    return 0;
}

int recordings_set_url(struct db *db, const char *message_id, const char *url, struct err *e)
{
    return db_exec(db, &set_url, ARGS(A_TEXT(message_id), A_TEXT(url)), e);
}
