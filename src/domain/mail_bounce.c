/* SPDX-License-Identifier: Apache-2.0 */
/* The report names our Message-ID, which has the message's id in it unless a provider put its own
 * in its place. */
#include "domain/mail_bounce.h"

#include "domain/mail_report.h"
#include "mail/mail_token.h"
#include "store/mail_threads.h"

/* For good: "failed", unless the status is one of temporary trouble. */
static bool is_final(const struct mail_bounce *b)
{
    return strcmp(b->action, "failed") == 0 && !(b->status && b->status[0] == '4');
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
    if (!is_final(b) || !mail_status_advances(sent.delivery_status.p, "bounced")) {
        return 0;
    }
    return mail_failed(db, p, sent.conversation_id.p, sent.message_id.p, "bounced", b->status,
                       b->diagnostic, now, e);
}
