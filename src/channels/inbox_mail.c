/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole e-mail as it came from a mailbox (channels/imap.h) or from a mail server. Whom it was
 * delivered to and who sent it, by the server's word and not the mail's, stand among the headers of
 * the journal when they are known.
 */
#include "base/json_read.h"
#include "channels/mail_take.h"

#define ENVELOPE_MAX 50

static void read_envelope(struct inbox_work *w, struct mail_taken *t)
{
    json_t *headers, *one;
    size_t i;
    if (json_read(w->pool, w->entry.headers, &headers, NULL)) {
        return;
    }
    json_t *to = json_object_get(headers, MAIL_ENVELOPE_TO);
    size_t n = MIN_OF(json_array_size(to), (size_t)ENVELOPE_MAX);
    const char **all = pool_calloc(w->pool, n, sizeof *all);
    json_array_foreach (to, i, one) {
        const char *address = json_string_value(one);
        if (address && t->n_envelope < n) {
            all[t->n_envelope++] = pool_strdup(w->pool, address);
        }
    }
    t->envelope = all;
    const char *from = json_get_text(headers, MAIL_ENVELOPE_FROM, NULL);
    if (from) {
        t->mail.return_path = pool_strdup(w->pool, from);
    }
}

static int read_message(struct inbox_work *w, struct err *e)
{
    struct mail_taken *t = pool_calloc(w->pool, 1, sizeof *t);
    w->read = t;
    if (mail_is_partial(w)) {
        return 0;
    }
    struct str bytes = w->entry.raw.p ? w->entry.raw : w->entry.body;
    const struct spooled *file = w->entry.raw_file;
    int rc = file ? mail_read_fd(w->pool, file->fd, &t->mail, e)
                  : mail_read(w->pool, bytes, &t->mail, e);
    if (rc < 0) {
        return rc;
    }
    w->entry.provider_id = mail_name(w->pool, &t->mail);
    read_envelope(w, t);
    return mail_judge_files(w, t, e);
}

const struct inbox_kind inbox_mail_message = {"mail", "message", false, read_message, mail_apply};
