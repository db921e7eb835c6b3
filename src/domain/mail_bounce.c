/* SPDX-License-Identifier: Apache-2.0 */
/* The report names our Message-ID, which has the message's id in it unless a provider put its own
 * in its place. */
#include "domain/mail_bounce.h"

#include "base/json_write.h"
#include "domain/conversation.h"
#include "mail/mail_token.h"
#include "store/changes.h"
#include "store/mail_threads.h"

#define CODE_MAX_BYTES 20
#define DETAILS_MAX_BYTES 4096

static bool is_over(struct str status)
{
    return str_eq(status, STR("bounced")) || str_eq(status, STR("failed"));
}

/* For good: "failed", unless the status is one of temporary trouble. */
static bool is_final(const struct mail_bounce *b)
{
    return strcmp(b->action, "failed") == 0 && !(b->status && b->status[0] == '4');
}

static int mark(struct db *db, struct pool *p, const struct mail_sent *sent,
                const struct mail_bounce *b, struct wall now, struct err *e)
{
    struct buf details CLEANUP(buf_clear);
    buf_init(&details, DETAILS_MAX_BYTES);
    struct jw j = jw_to(&details);
    jw_object(&j);
    jw_kv_text(&j, "code", b->status && strlen(b->status) <= CODE_MAX_BYTES ? b->status : NULL);
    jw_kv_text(&j, "text", b->diagnostic ? b->diagnostic : "the e-mail could not be delivered");
    jw_object_end(&j);
    struct str text = buf_failed(&details) ? STR("{}") : buf_str(&details);
    int rc = messages_set_email_status(db, sent->message_id.p, "bounced", e);
    if (rc == 0) {
        rc = conversation_add_event(db, p, sent->conversation_id.p, sent->message_id.p,
                                    "delivery_failed", text, now, NULL, e);
    }
    return rc < 0
               ? rc
               : changes_add(db, "message", sent->conversation_id.p, sent->message_id.p, 0, now, e);
}

int mail_bounce_take(struct db *db, struct pool *p, const struct mail_bounce *b, struct wall now,
                     const char **message_out, struct err *e)
{
    const char *name = b->original_message_id;
    struct id id;
    struct mail_sent sent;
    *message_out = NULL;
    if (!name) {
        return 0;
    }
    bool ours = mail_token_message(str_of(name), &id);
    int rc = mail_threads_sent(db, p, ours ? id.text : NULL, name, &sent, e);
    if (rc < 0) {
        return rc == ERR_NOT_FOUND ? 0 : rc;
    }
    if (b->recipient && !mail_same_address(b->recipient, str_dup(p, sent.to_address))) {
        return 0;
    }
    *message_out = pool_strdup(p, sent.message_id.p);
    return is_final(b) && !is_over(sent.delivery_status) ? mark(db, p, &sent, b, now, e) : 0;
}
