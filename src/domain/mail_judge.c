/* SPDX-License-Identifier: Apache-2.0 */
/* What is thought of a mail before anything is looked up, and what is kept of that for the staff.
 */
#include "base/json_write.h"
#include "domain/inbound_mail_private.h"

#define LATE_US (3 * US_PER_DAY) /* SendGrid tries so long; a mailbox may hold much older ones */
#define CROWD 50                 /* recipients: a person who wants an answer writes to fewer */
#define METADATA_MAX_BYTES (64u << 10)
#define CC_MAX 50 /* kept of them */

static bool is_proven(const struct mail_trust *t)
{
    return t->spf == MAIL_PASS || t->dkim == MAIL_PASS || t->dmarc == MAIL_PASS;
}

/*
 * May somebody else have written it? When the domain says so: SPF alone breaks when a mail is
 * forwarded, DKIM alone when a list adds a line, so one that holds is enough. And when nothing was
 * found that holds, although it was looked for, and the sender would be taken for somebody we know:
 * in their name appointments are moved.
 */
static bool is_doubtful(const struct mail_trust *t, bool known)
{
    bool checked =
        t->spf != MAIL_UNCHECKED || t->dkim != MAIL_UNCHECKED || t->dmarc != MAIL_UNCHECKED;
    bool disowned = t->spf == MAIL_FAIL || t->dkim == MAIL_FAIL || known;
    return t->dmarc == MAIL_FAIL || (checked && !is_proven(t) && disowned);
}

/* Who wrote days ago has asked elsewhere, or it is a mailbox's past: a person looks at it. */
static bool is_late(const struct mail_taking *t)
{
    return t->in->mail->date.us && t->in->mail->date.us < t->in->at.us - LATE_US;
}

static bool is_spam(const struct mail_trust *trust, double limit)
{
    return trust->spam || (limit > 0 && trust->has_spam_score && trust->spam_score >= limit);
}

const char *mail_unanswerable(const struct mail_taking *t, bool *for_staff_out)
{
    const struct mail *m = t->in->mail;
    *for_staff_out = false;
    if (t->from[0] && mail_desk_owns(t->in->desk, t->from)) {
        return "own_address";
    }
    if (m->automatic != MAIL_BY_PERSON) {
        const char *part = m->has_calendar ? m->calendar.partstat : NULL;
        *for_staff_out = part && strcmp(part, "DECLINED") == 0;
        return mail_auto_name(m->automatic);
    }
    if (m->return_path && m->return_path[0] == '\0') {
        return "empty_return_path";
    }
    if (m->n_recipients > CROWD) {
        return "many_recipients";
    }
    if (is_spam(&m->trust, t->in->desk->spam_score)) {
        return "spam";
    }
    *for_staff_out = true;
    if (t->from[0] == '\0') {
        return "no_sender";
    }
    bool doubtful = is_doubtful(&m->trust, t->customer_id != 0) ||
                    (t->in->desk->only_proven && !is_proven(&m->trust));
    return doubtful ? "sender_not_proven" : is_late(t) ? "late" : NULL;
}

static struct str keep(struct pool *p, struct buf *b)
{
    struct str out =
        buf_failed(b) ? (struct str){NULL, 0} : (struct str){str_dup(p, buf_str(b)), b->len};
    buf_clear(b);
    return out;
}

static void put_trust(struct jw *j, const struct mail_trust *trust)
{
    const struct {
        const char *name;
        enum mail_verdict verdict;
    } rows[] = {{"spf", trust->spf}, {"dkim", trust->dkim}, {"dmarc", trust->dmarc}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].verdict != MAIL_UNCHECKED) {
            jw_kv_text(j, rows[i].name, mail_verdict_name(rows[i].verdict));
        }
    }
    if (trust->has_spam_score) {
        jw_key(j, "spam_score");
        jw_double(j, trust->spam_score);
    }
}

struct str mail_metadata(const struct mail_taking *t)
{
    const struct mail *m = t->in->mail;
    struct buf b;
    buf_init(&b, METADATA_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    if (t->unanswered) {
        jw_kv_text(&j, "unanswered", t->unanswered);
    }
    jw_key(&j, "mail");
    jw_object(&j);
    jw_kv_text(&j, "from_name", m->from.name);
    jw_kv_text(&j, "thread", t->thread.by ? t->thread.by : t->thread.stranger ? "stranger" : "new");
    if (m->auto_reason) {
        jw_kv_text(&j, "auto", m->auto_reason);
    }
    if (m->date.us) {
        jw_key(&j, "date");
        jw_wall(&j, m->date);
    }
    if (m->has_calendar && m->calendar.partstat) {
        jw_kv_text(&j, "calendar", m->calendar.partstat);
    }
    put_trust(&j, &m->trust);
    if (m->damaged) {
        jw_kv_bool(&j, "damaged", true);
    }
    if (m->truncated) {
        jw_kv_bool(&j, "truncated", true);
    }
    if (t->in->n_files_left_out) {
        jw_kv_i64(&j, "files_left_out", (int64_t)t->in->n_files_left_out);
    }
    jw_object_end(&j);
    jw_object_end(&j);
    return keep(t->pool, &b);
}

struct str mail_references_list(const struct mail_taking *t)
{
    const struct mail *m = t->in->mail;
    struct buf b;
    buf_init(&b, METADATA_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_array(&j);
    for (size_t i = 0; i < m->n_references; i++) {
        jw_text(&j, m->references[i]);
    }
    jw_array_end(&j);
    struct str list = keep(t->pool, &b);
    return m->n_references ? list : (struct str){NULL, 0};
}

struct str mail_cc_list(const struct mail_taking *t)
{
    const struct mail_addresses *cc = &t->in->mail->cc;
    struct buf b;
    buf_init(&b, METADATA_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_array(&j);
    for (size_t i = 0; i < cc->n && i < CC_MAX; i++) {
        jw_text(&j, cc->all[i].address);
    }
    jw_array_end(&j);
    struct str list = keep(t->pool, &b);
    return cc->n ? list : (struct str){NULL, 0};
}
