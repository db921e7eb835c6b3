/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stored id of a mail that came in is its Message-ID. Of one that we sent it is the provider's,
 * which is a Message-ID only where there is no other (by SMTP).
 */
#include "domain/mail_thread.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "mail/mail_write.h"

#define REFERENCES_MAX_BYTES (64u << 10)
#define SUBJECT_MAX_CHARACTERS 490 /* email_details.subject has 500 */

int mail_thread_ids(struct pool *p, struct str json, const char ***out, size_t *n_out,
                    struct err *e)
{
    json_t *list = NULL;
    int rc = json.n ? json_read(p, json, &list, e) : 0;
    if (rc < 0) {
        return rc;
    }
    size_t n = json_array_size(list), kept = 0;
    const char **ids = pool_calloc(p, n + 1, sizeof *ids);
    for (size_t i = 0; i < n; i++) {
        const char *id = json_string_value(json_array_get(list, i));
        if (id) {
            ids[kept++] = id;
        }
    }
    *out = ids;
    *n_out = kept;
    return 0;
}

static struct str json_of(struct pool *p, const char *const *ids, size_t n)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, REFERENCES_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        jw_text(&j, ids[i]);
    }
    jw_array_end(&j);
    return n == 0 || buf_failed(&b) ? (struct str){NULL, 0}
                                    : (struct str){str_dup(p, buf_str(&b)), b.len};
}

/* So many characters of it. */
static const char *short_enough(struct pool *p, const char *subject)
{
    struct str rest = str_of(subject);
    for (int n = 0; n < SUBJECT_MAX_CHARACTERS && rest.n; n++) {
        (void)utf8_next(&rest);
    }
    return pool_strndup(p, subject, strlen(subject) - rest.n);
}

int mail_thread_next(struct pool *p, const struct mail_state *parent, struct outbox_email *out,
                     struct err *e)
{
    const char **ids;
    const char *const *next;
    size_t n, n_next;
    bool ours = str_eq(parent->direction, STR("outbound"));
    const char *id =
        mail_id_valid(parent->provider_message_id) ? parent->provider_message_id.p : NULL;
    int rc = mail_thread_ids(p, parent->references, &ids, &n, e);
    if (rc < 0) {
        return rc;
    }
    mail_references_next(p, ids, n, parent->in_reply_to.p, id, &next, &n_next);
    out->subject =
        short_enough(p, ours ? parent->subject.p : mail_reply_subject(p, parent->subject));
    out->in_reply_to = id;
    out->references = json_of(p, next, n_next);
    return 0;
}
