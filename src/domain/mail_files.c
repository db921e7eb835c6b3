/* SPDX-License-Identifier: Apache-2.0 */
/* Files of an e-mail came with it, so each is stored or refused in the transaction that takes it;
 * no job has to fetch them. */
#include <unistd.h>

#include "base/codec.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/attachment.h"
#include "domain/conversation.h"
#include "domain/inbound_mail_private.h"
#include "io/spool.h"

#define NAME_MAX_BYTES 500 /* as the columns have it */
#define TYPE_MAX_BYTES 255
#define LIST_MAX_BYTES (256u << 10)
#define PIECE_BYTES                                                                                \
    (3u << 18) /* a multiple of three, so that the pieces' base64 is the whole's                   \
                */

static struct str name_of(const struct inbound_mail_file *f)
{
    return f->filename ? utf8_prefix(str_of(f->filename), NAME_MAX_BYTES) : (struct str){NULL, 0};
}

struct str mail_files_list(const struct mail_taking *t, const struct id *ids)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, LIST_MAX_BYTES);
    struct jw j = jw_to(&b);
    jw_array(&j);
    for (size_t i = 0; i < t->in->n_files; i++) {
        const struct inbound_mail_file *f = &t->in->files[i];
        struct str name = name_of(f);
        jw_object(&j);
        jw_kv_str(&j, "filename", name.p ? name : STR(""));
        jw_kv_text(&j, "content_type", f->content_type ? f->content_type : f->declared_type);
        jw_kv_i64(&j, "size", (int64_t)f->bytes.n);
        jw_kv_text(&j, "url",
                   f->refused ? NULL
                              : pool_printf(t->pool, "/api/admin/attachments/%s", ids[i].text));
        jw_object_end(&j);
    }
    jw_array_end(&j);
    bool none = t->in->n_files == 0 || buf_failed(&b);
    return none ? (struct str){NULL, 0} : (struct str){str_dup(t->pool, buf_str(&b)), b.len};
}

/* In base64, a piece at a time, in a file that is mapped. */
static int encode_to_file(struct pool *p, const char *folder, struct str bytes, struct str *out,
                          struct err *e)
{
    int fd;
    int rc = spool_new(folder, &fd, e);
    if (rc < 0) {
        return rc;
    }
    for (size_t at = 0; at < bytes.n && rc == 0; at += PIECE_BYTES) {
        struct pool *piece CLEANUP(pool_free) = pool_new();
        size_t n = MIN_OF(bytes.n - at, (size_t)PIECE_BYTES);
        rc = spool_write(fd, str_of(base64_encode(piece, bytes.p + at, n)), e);
    }
    rc = rc < 0 ? rc : spool_map(p, fd, out, e);
    close(fd);
    return rc;
}

/* Its content in base64 lives only as long as it takes to hand it over. */
static int put_content(struct db *db, const char *folder, const char *id, struct str bytes,
                       struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str base64 = {NULL, 0};
    int rc = 0;
    if (bytes.n <= PIECE_BYTES) {
        base64 = str_of(base64_encode(p, bytes.p, bytes.n));
    } else {
        rc = encode_to_file(p, folder, bytes, &base64, e);
    }
    return rc < 0 ? rc : attachments_put_content(db, id, base64, e);
}

static int add_file(struct db *db, const struct mail_taking *t, size_t i, const char *id,
                    struct err *e)
{
    const struct inbound_mail_file *f = &t->in->files[i];
    struct attachment_new a = {
        .id = id,
        .conversation_id = t->thread.conversation_id.text,
        .message_id = t->message_id.text,
        .position = (int)i,
        .provider = t->in->request->provider,
        .url = STR(""),
        .declared_type = utf8_prefix(str_of(f->declared_type), TYPE_MAX_BYTES),
        .filename = name_of(f),
        .at = t->in->at,
    };
    struct attachment_end end = {
        .id = id,
        .state = f->refused ? "refused" : "stored",
        .reason = f->refused,
        .content_type = f->content_type,
        .size_bytes = (int64_t)f->bytes.n,
        .sha256 = f->sha256,
        .at = t->in->at,
    };
    int rc = attachments_insert(db, &a, e);
    if (rc == 0 && !f->refused) {
        rc = put_content(db, t->in->spool, id, f->bytes, e);
    }
    return rc < 0 ? rc : attachment_settle(db, t->pool, &end, e);
}

int mail_add_files(struct db *db, const struct mail_taking *t, const struct id *ids, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; i < t->in->n_files && rc == 0; i++) {
        rc = add_file(db, t, i, ids[i].text, e);
    }
    return rc;
}
