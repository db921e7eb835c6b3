/* SPDX-License-Identifier: Apache-2.0 */
/* Files of an e-mail came with it, so each is stored or refused in the transaction that takes it;
 * no job has to fetch them. */
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/attachment.h"
#include "domain/conversation.h"
#include "domain/inbound_mail_private.h"

#define NAME_MAX_BYTES 500 /* as the columns have it */
#define TYPE_MAX_BYTES 255
#define LIST_MAX_BYTES (256u << 10)

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
        jw_kv_i64(&j, "size", f->content.size);
        jw_kv_text(&j, "url",
                   f->refused ? NULL
                              : pool_printf(t->pool, "/api/admin/attachments/%s", ids[i].text));
        jw_object_end(&j);
    }
    jw_array_end(&j);
    bool none = t->in->n_files == 0 || buf_failed(&b);
    return none ? (struct str){NULL, 0} : (struct str){str_dup(t->pool, buf_str(&b)), b.len};
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
        .size_bytes = f->content.size,
        .sha256 = f->sha256,
        .at = t->in->at,
    };
    int rc = attachments_insert(db, &a, e);
    if (rc == 0 && !f->refused) {
        rc = attachments_put_content(db, id, &f->content, e);
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
