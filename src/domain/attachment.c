/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a file's row, each step in the transaction of its caller. */
#include "domain/attachment.h"

#include "base/buf.h"
#include "base/id.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "domain/conversation.h"
#include "store/changes.h"
#include "store/jobs.h"

static bool begins_with(struct str text, const char *word)
{
    size_t n = strlen(word);
    return text.n >= n && str_eq_nocase((struct str){text.p, n}, (struct str){word, n});
}

enum attachment_kind attachment_kind_of(struct str type)
{
    return begins_with(type, "image/")   ? ATTACHMENT_PICTURE
           : begins_with(type, "video/") ? ATTACHMENT_FILM
           : begins_with(type, "audio/") ? ATTACHMENT_SOUND
           : begins_with(type, "text/vcard") || begins_with(type, "text/x-vcard")
               ? ATTACHMENT_CONTACT
               : ATTACHMENT_FILE;
}

int attachment_order(struct db *db, struct pool *p, const char *id, struct wall now, struct err *e)
{
    const char *payload = pool_printf(p, "{\"attachment_id\":\"%s\"}", id);
    const char *lane = pool_printf(p, ATTACHMENT_JOB ":%s", id);
    return jobs_add(db, ATTACHMENT_JOB, lane, str_of(payload), now, now, e);
}

const char *attachment_of_job(struct pool *p, struct str payload)
{
    json_t *document = NULL;
    struct id id;
    if (json_read(p, payload, &document, NULL) ||
        !id_parse(str_of(json_get_text(document, "attachment_id", "")), &id)) {
        return NULL;
    }
    return pool_strdup(p, id.text);
}

/* There is no file where one was meant to be: staff may ask for it in another way. */
static int tell_staff(struct db *db, struct pool *p, const struct attachment *a,
                      const struct attachment_end *end, struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 2000);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_str(&j, "attachment_id", a->id);
    jw_kv_text(&j, "state", end->state);
    jw_kv_text(&j, "text", end->reason);
    jw_object_end(&j);
    return conversation_add_event(db, p, a->conversation_id.p, a->message_id.p,
                                  "attachment_missing", buf_str(&b), end->at, NULL, e);
}

int attachment_settle(struct db *db, struct pool *p, const struct attachment_end *end,
                      struct err *e)
{
    struct attachment a;
    bool done = false;
    int rc = attachments_settle(db, p, end, &done, e);
    if (rc < 0 || !done) {
        return rc;
    }
    rc = attachments_get(db, p, end->id, &a, e);
    if (rc == 0) {
        rc = changes_add(db, "message", a.conversation_id.p, a.message_id.p, 0, end->at, e);
    }
    if (rc == 0 && strcmp(end->state, "stored") != 0) {
        rc = tell_staff(db, p, &a, end, e);
    }
    return rc;
}

int attachment_fetch_again(struct db *db, struct pool *p, const char *id, struct wall now,
                           struct err *e)
{
    struct attachment a;
    bool done = false;
    int rc = attachments_get(db, p, id, &a, e);
    rc = rc < 0 ? rc : attachments_wait_again(db, p, id, &done, e);
    if (rc == 0 && !done) {
        return err_set(e, ERR_CONFLICT,
                       "the file is %s; only one that is refused or failed is "
                       "fetched again",
                       a.state.p);
    }
    rc = rc < 0 ? rc : changes_add(db, "message", a.conversation_id.p, a.message_id.p, 0, now, e);
    return rc < 0 ? rc : attachment_order(db, p, id, now, e);
}
