/* SPDX-License-Identifier: Apache-2.0 */
/* ava parse email: what Ava understands of an e-mail, as JSON. */
#include <stdio.h>
#include <unistd.h>

#include "base/json_write.h"
#include "cli/command.h"
#include "mail/mail.h"

#define JSON_MAX_BYTES (64u << 20)

static void write_address(struct jw *j, const struct mail_address *a)
{
    jw_object(j);
    jw_kv_text(j, "name", a->name);
    jw_kv_text(j, "address", a->address);
    jw_object_end(j);
}

static void write_addresses(struct jw *j, const char *key, const struct mail_addresses *list)
{
    jw_key(j, key);
    jw_array(j);
    for (size_t i = 0; i < list->n; i++) {
        write_address(j, &list->all[i]);
    }
    jw_array_end(j);
}

static void write_texts(struct jw *j, const char *key, const char *const *texts, size_t n)
{
    jw_key(j, key);
    jw_array(j);
    for (size_t i = 0; i < n; i++) {
        jw_text(j, texts[i]);
    }
    jw_array_end(j);
}

static void write_head(struct jw *j, const struct mail *m)
{
    jw_key(j, "from");
    write_address(j, &m->from);
    write_addresses(j, "to", &m->to);
    write_addresses(j, "cc", &m->cc);
    write_addresses(j, "reply_to", &m->reply_to);
    write_addresses(j, "delivered_to", &m->delivered_to);
    jw_kv_text(j, "return_path", m->return_path);
    jw_kv_text(j, "subject", m->subject);
    jw_key(j, "date");
    jw_wall(j, m->date);
    jw_kv_text(j, "message_id", m->message_id);
    jw_kv_text(j, "in_reply_to", m->in_reply_to);
    write_texts(j, "references", m->references, m->n_references);
}

static void write_files(struct jw *j, const struct mail *m)
{
    jw_key(j, "attachments");
    jw_array(j);
    for (size_t i = 0; i < m->n_attachments; i++) {
        const struct mail_part *a = &m->attachments[i];
        jw_object(j);
        jw_kv_text(j, "filename", a->filename);
        jw_kv_text(j, "content_type", a->content_type);
        jw_kv_i64(j, "size", a->size_bytes);
        jw_kv_bool(j, "inline", a->is_inline);
        jw_kv_text(j, "content_id", a->content_id);
        jw_object_end(j);
    }
    jw_array_end(j);
}

/* The members of an object, or null in its place. */
static bool begin_or_null(struct jw *j, const char *key, bool there)
{
    jw_key(j, key);
    if (there) {
        jw_object(j);
    } else {
        jw_null(j);
    }
    return there;
}

static void write_findings(struct jw *j, const struct mail *m)
{
    if (begin_or_null(j, "auto", m->automatic != MAIL_BY_PERSON)) {
        jw_kv_text(j, "kind", mail_auto_name(m->automatic));
        jw_kv_text(j, "reason", m->auto_reason);
        jw_object_end(j);
    }
    if (begin_or_null(j, "bounce", m->has_bounce)) {
        jw_kv_text(j, "recipient", m->bounce.recipient);
        jw_kv_text(j, "status", m->bounce.status);
        jw_kv_text(j, "action", m->bounce.action);
        jw_kv_text(j, "diagnostic", m->bounce.diagnostic);
        jw_kv_text(j, "original_message_id", m->bounce.original_message_id);
        jw_object_end(j);
    }
    if (begin_or_null(j, "calendar", m->has_calendar)) {
        jw_kv_text(j, "method", m->calendar.method);
        jw_kv_text(j, "uid", m->calendar.uid);
        jw_kv_text(j, "partstat", m->calendar.partstat);
        jw_kv_text(j, "attendee", m->calendar.attendee);
        jw_object_end(j);
    }
    jw_kv_text(j, "spf", mail_verdict_name(m->trust.spf));
    jw_kv_text(j, "dkim", mail_verdict_name(m->trust.dkim));
    jw_kv_text(j, "dmarc", mail_verdict_name(m->trust.dmarc));
    jw_kv_bool(j, "spam", m->trust.spam);
    jw_key(j, "spam_score");
    if (m->trust.has_spam_score) {
        jw_double(j, m->trust.spam_score);
    } else {
        jw_null(j);
    }
    jw_kv_text(j, "thread_token", m->n_tokens ? m->tokens[0] : NULL);
}

static void write_mail(struct jw *j, const struct mail *m)
{
    jw_object(j);
    write_head(j, m);
    jw_kv_str(j, "text", m->text);
    jw_kv_str(j, "reply_text", m->reply_text);
    if (m->html.p) {
        jw_kv_str(j, "html", m->html);
    } else {
        jw_kv_null(j, "html");
    }
    jw_kv_bool(j, "forward", m->is_forward);
    write_files(j, m);
    write_findings(j, m);
    jw_kv_bool(j, "damaged", m->damaged);
    jw_kv_bool(j, "truncated", m->truncated);
    jw_object_end(j);
}

/* A file is read where it stands; what comes from a pipe first gets one. */
static int read_input(struct pool *p, struct mail *m, struct err *e)
{
    int rc = mail_read_fd(p, STDIN_FILENO, m, e);
    if (rc != ERR_IO) {
        return rc;
    }
    const char *folder = getenv("TMPDIR");
    int fd;
    rc = mail_spool(STDIN_FILENO, folder && folder[0] ? folder : "/tmp", &fd, e);
    return rc < 0 ? rc : mail_read_fd(p, fd, m, e); /* the command's end closes it */
}

int command_parse_email(struct command_run *run, struct err *e)
{
    struct mail m = {0};
    struct buf out;
    int rc = command_no_more(run, e);
    rc = rc == 0 ? read_input(run->pool, &m, e) : rc;
    if (rc < 0) {
        return rc;
    }
    buf_init(&out, JSON_MAX_BYTES);
    struct jw j = jw_to(&out);
    write_mail(&j, &m);
    buf_putc(&out, '\n');
    bool wrote =
        !buf_failed(&out) && fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_clear(&out);
    return wrote ? 0 : err_set(e, ERR_IO, "the answer cannot be written");
}
