/* SPDX-License-Identifier: Apache-2.0 */
/* Files are decoded before the transaction; in base64 for the store they are only inside it, a
 * piece at a time. */
#include "channels/mail_take.h"

#include "base/codec.h"
#include "channels/mail_file.h"

static void add_line(struct buf *b, struct str line)
{
    buf_put_str(b, line);
    buf_putc(b, '\n');
}

const char *mail_name(struct pool *p, const struct mail *m)
{
    unsigned char digest[SHA256_BYTES];
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, MAIL_TEXT_MAX_BYTES * 2 + (64u << 10));
    add_line(&b, str_of(m->message_id ? m->message_id : ""));
    add_line(&b, str_of(m->from.address));
    add_line(&b, str_of(m->subject));
    if (!m->message_id) { /* then two that look alike are told apart by their time, if at all */
        buf_put_i64(&b, m->date.us);
    }
    add_line(&b, m->text);
    if (m->has_bounce) {
        add_line(&b, str_of(m->bounce.recipient ? m->bounce.recipient : ""));
        add_line(&b, str_of(m->bounce.action));
        add_line(&b, str_of(m->bounce.original_message_id ? m->bounce.original_message_id : ""));
    }
    sha256(buf_str(&b), digest);
    return pool_printf(p, "mail:%s", hex_encode(p, digest, sizeof digest));
}

/* What it is, or why it is refused. Its mapping is gone when that is known. */
static int judge_content(struct inbound_mail_file *f, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str bytes;
    int rc = spooled_map(p, &f->content, &bytes, e);
    if (rc < 0) {
        return rc;
    }
    f->content_type = mail_file_type(bytes, str_of(f->declared_type), f->filename);
    f->refused = bytes.n == 0       ? "it is empty"
                 : !f->content_type ? "it is of a type that is not taken"
                                    : NULL;
    return 0;
}

static int judge(struct inbox_work *w, struct mail_file_room *room, const struct mail_part *part,
                 struct inbound_mail_file *f, struct err *e)
{
    int64_t most = w->config->mail.file_max;
    unsigned char digest[SHA256_BYTES];
    *f =
        (struct inbound_mail_file){.filename = part->filename, .declared_type = part->content_type};
    if (part->size_bytes > most) {
        f->refused = pool_printf(w->pool, "it is larger than %lld bytes", (long long)most);
        return 0;
    }
    int rc = mail_file_spool(room, part, &f->content, digest, e);
    rc = rc < 0 ? rc : judge_content(f, e);
    if (rc == 0 && !f->refused) {
        f->sha256 = hex_encode(w->pool, digest, sizeof digest);
    }
    return rc;
}

int mail_judge_files(struct inbox_work *w, struct mail_taken *t, struct err *e)
{
    const struct mail *m = &t->mail;
    struct mail_file_room room = mail_file_room_in(w->pool, w->config->spool);
    int rc = 0;
    t->n_files = MIN_OF(m->n_attachments, (size_t)INBOUND_MAIL_FILES_MAX);
    t->n_files_left_out = m->n_attachments - t->n_files;
    t->files = pool_calloc(w->pool, t->n_files, sizeof *t->files);
    for (size_t i = 0; i < t->n_files && rc == 0; i++) {
        rc = judge(w, &room, &m->attachments[i], &t->files[i], e);
    }
    return rc;
}

bool mail_is_partial(const struct inbox_work *w)
{
    return w->partial && w->entry.stored;
}

/* Was it had? Else there is nothing to have it from. */
static int apply_partial(struct db *db, struct inbox_work *w, struct err *e)
{
    struct arg args[JOURNAL_ARGS];
    struct rows taken;
    struct query take = journal_take(&w->entry, NULL, args, &taken);
    int rc = db_many(db, w->pool, &take, 1, e);
    w->duplicate = rc == 0 && taken.n == 0;
    if (rc == 0 && !w->duplicate) {
        return err_set(e, ERR_NOT_FOUND,
                       "the journal has only the beginning of it, because its message was erased "
                       "or because it was no e-mail; have it sent again");
    }
    return rc;
}

int mail_apply(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct mail_taken *t = w->read;
    struct inbound_mail_result out = {0};
    if (mail_is_partial(w)) {
        return apply_partial(db, w, e);
    }
    struct inbound_mail in = {
        .request = &w->entry,
        .mail = &t->mail,
        .desk = &w->config->mail,
        .envelope = t->envelope,
        .n_envelope = t->n_envelope,
        .files = t->files,
        .n_files = t->n_files,
        .n_files_left_out = t->n_files_left_out,
        .at = w->entry.received_at,
        .burst_us = w->config->burst_us,
        .business_name = w->config->business_name,
    };
    int rc = inbound_mail_take(db, w->pool, &in, &out, e);
    if (rc == 0) {
        w->duplicate = out.duplicate;
        w->message = out.duplicate ? NULL : out.message_id;
    }
    return rc;
}
