/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is called and said to be goes into headers of the mail, so it is one plain line. */
#include "ops/outgoing_files.h"

#include "base/codec.h"
#include "base/id.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "channels/mail_file.h"
#include "store/attachments.h"
#include "store/uploads.h"

#define FILENAME_MAX_BYTES 200
#define TYPE_MAX_BYTES 100
#define LOOKED_AT_BYTES ((size_t)64 << 10) /* of an upload, to tell what it is */

static bool is_filename(const char *name)
{
    for (const char *c = name; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F || *c == '/' || *c == '\\') {
            return false;
        }
    }
    return name[0] && strlen(name) <= FILENAME_MAX_BYTES && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

/* "type/subtype" of RFC 6838's characters. */
static bool is_type(const char *type)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "!#$&-^_.+";
    size_t first = strspn(type, allowed);
    size_t second = type[first] == '/' ? strspn(type + first + 1, allowed) : 0;
    return first && second && type[first + 1 + second] == '\0' && strlen(type) <= TYPE_MAX_BYTES &&
           strncmp(type, "multipart/", 10) != 0 && strncmp(type, "message/", 8) != 0;
}

int outgoing_file_check(const char *filename, const char *content_type, const char *field,
                        struct err *e)
{
    if (!is_filename(filename)) {
        return err_field(e, ERR_INVALID, field ? field : "filename",
                         "each file has a filename of at most %d bytes, without a folder",
                         FILENAME_MAX_BYTES);
    }
    if (!is_type(content_type)) {
        return err_field(e, ERR_INVALID, field ? field : "content_type",
                         "a content_type is one of a single file, such as application/pdf");
    }
    return 0;
}

/* What it is, and its digest, from its bytes. */
static void look_at(struct pool *p, struct outgoing_file *f)
{
    unsigned char digest[SHA256_BYTES];
    sha256(f->bytes, digest);
    f->sha256 = hex_encode(p, digest, sizeof digest);
    f->content_type = mail_file_type(f->bytes, str_of(f->declared_type), f->filename);
    f->size_bytes = (int64_t)f->bytes.n;
}

static int read_file(struct pool *p, const json_t *item, struct outgoing_file *out, struct err *e)
{
    *out = (struct outgoing_file){
        .filename = json_get_text(item, "filename", ""),
        .declared_type = json_get_text(item, "content_type", "application/octet-stream"),
    };
    int rc = outgoing_file_check(out->filename, out->declared_type, "attachments", e);
    if (rc < 0) {
        return rc;
    }
    const char *content = json_get_text(item, "content", NULL);
    if (!content || !base64_decode(p, str_of(content), &out->bytes)) {
        return err_field(e, ERR_INVALID, "attachments", "each file has its content, in base64");
    }
    look_at(p, out);
    return 0;
}

static int check_number(const json_t *list, const struct outgoing_files *files, const char *field,
                        struct err *e)
{
    return json_array_size(list) + files->n > OUTGOING_FILES_MAX
               ? err_field(e, ERR_INVALID, field, "a message takes %d files at most",
                           OUTGOING_FILES_MAX)
               : 0;
}

static int check_total(const struct outgoing_files *files, struct err *e)
{
    int64_t total = 0;
    for (size_t i = 0; i < files->n; i++) {
        total += files->all[i].size_bytes;
    }
    return total > OUTGOING_BYTES_MAX
               ? err_set(e, ERR_TOO_LARGE, "the files together are larger than %u MB",
                         OUTGOING_BYTES_MAX >> 20)
               : 0;
}

int outgoing_files_read(struct pool *p, const json_t *list, struct outgoing_files *out,
                        struct err *e)
{
    int rc = check_number(list, out, "attachments", e);
    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        rc = read_file(p, json_array_get(list, i), &out->all[out->n++], e);
    }
    return rc < 0 ? rc : check_total(out, e);
}

/* Reads it once, a piece at a time. */
static int look_at_pieces(struct db *db, struct pool *p, const struct upload *u,
                          struct outgoing_file *f, struct err *e)
{
    struct pool *scratch CLEANUP(pool_free) = pool_new();
    struct sha256_sum *sum = sha256_new();
    unsigned char digest[SHA256_BYTES];
    int64_t read = 0;
    int rc = 0;
    for (int64_t i = 0; rc == 0 && read < u->size_bytes; i++) {
        struct str base64, bytes;
        rc = uploads_piece(db, scratch, u->id.p, i, &base64, e);
        if (rc == 0 && !base64_decode(scratch, base64, &bytes)) {
            rc = err_set(e, ERR_INTERNAL, "a stored piece is not in base64");
        }
        if (rc == 0 && i == 0) {
            struct str begin =
                bytes.n > LOOKED_AT_BYTES ? utf8_prefix(bytes, LOOKED_AT_BYTES) : bytes;
            f->content_type = mail_file_type(begin, u->declared_type, f->filename);
        }
        if (rc == 0) {
            sha256_add(sum, bytes);
            read += (int64_t)bytes.n;
        }
        pool_clear(scratch);
    }
    sha256_end(&sum, digest);
    f->sha256 = hex_encode(p, digest, sizeof digest);
    return rc;
}

static int read_upload(struct db *db, struct pool *p, const char *id, const char *conversation_id,
                       const struct holder *who, struct outgoing_file *out, struct err *e)
{
    struct upload u;
    int rc = uploads_get(db, p, id, &u, e);
    bool mine = rc == 0 && str_eq(u.owner_kind, str_of(who->kind)) &&
                str_eq(u.owner_id, str_of(who->id)) &&
                str_eq(u.conversation_id, str_of(conversation_id));
    if (rc == ERR_NOT_FOUND || (rc == 0 && !mine)) {
        return err_field(e, ERR_INVALID, "uploads",
                         "a file is not there any more; add it to the message again");
    }
    if (rc == 0 && u.received_bytes != u.size_bytes) {
        return err_field(e, ERR_INVALID, "uploads", "a file has not been uploaded completely");
    }
    if (rc == 0) {
        *out = (struct outgoing_file){.filename = u.filename.p,
                                      .declared_type = u.declared_type.p,
                                      .size_bytes = u.size_bytes,
                                      .upload_id = u.id.p};
        rc = look_at_pieces(db, p, &u, out, e);
    }
    return rc;
}

static bool is_there(const struct outgoing_files *files, const char *id)
{
    for (size_t i = 0; i < files->n; i++) {
        if (files->all[i].upload_id && strcmp(files->all[i].upload_id, id) == 0) {
            return true;
        }
    }
    return false;
}

int outgoing_files_uploaded(struct db *db, struct pool *p, const json_t *ids,
                            const char *conversation_id, const struct holder *who,
                            struct outgoing_files *out, struct err *e)
{
    int rc = check_number(ids, out, "uploads", e);
    for (size_t i = 0; i < json_array_size(ids) && rc == 0; i++) {
        struct id id;
        const char *text = json_string_value(json_array_get(ids, i));
        if (!text || !id_parse(str_of(text), &id) || is_there(out, id.text)) {
            return err_field(e, ERR_INVALID, "uploads", "is a list of ids, each of them once");
        }
        rc = read_upload(db, p, id.text, conversation_id, who, &out->all[out->n++], e);
    }
    return rc < 0 ? rc : check_total(out, e);
}

int outgoing_files_allowed(const struct outgoing_files *files, enum channel channel,
                           size_t text_bytes, struct err *e)
{
    struct outgoing_kind kinds[OUTGOING_FILES_MAX];
    for (size_t i = 0; i < files->n; i++) {
        kinds[i] = (struct outgoing_kind){files->all[i].content_type, files->all[i].size_bytes};
    }
    return outgoing_limits_check(channel, kinds, files->n, text_bytes, e);
}

/* Its pieces become those of the attachment. */
static int move_pieces(struct db *db, const struct outgoing_file *f, const char *attachment_id,
                       struct err *e)
{
    struct pool *scratch CLEANUP(pool_free) = pool_new();
    int64_t moved = 0;
    int rc = 0;
    for (int64_t i = 0; rc == 0 && moved < f->size_bytes; i++) {
        struct str base64, bytes;
        rc = uploads_piece(db, scratch, f->upload_id, i, &base64, e);
        if (rc == 0 && !base64_decode(scratch, base64, &bytes)) {
            rc = err_set(e, ERR_INTERNAL, "a stored piece is not in base64");
        }
        if (rc == 0) {
            moved += (int64_t)bytes.n;
            rc = attachments_put_piece(db, attachment_id, i, base64, e);
        }
        pool_clear(scratch);
    }
    return rc < 0 ? rc : uploads_delete(db, f->upload_id, e);
}

static int add_file(struct db *db, struct pool *p, const struct outgoing_file *f,
                    const struct attachment_new *row, struct err *e)
{
    bool done;
    struct attachment_end end = {
        .id = row->id,
        .state = "stored",
        .content_type = f->content_type ? f->content_type : "application/octet-stream",
        .sha256 = f->sha256,
        .size_bytes = f->size_bytes,
        .at = row->at,
    };
    int rc = attachments_insert(db, row, e);
    if (rc == 0 && f->upload_id) {
        rc = move_pieces(db, f, row->id, e);
    } else if (rc == 0) {
        struct spooled content = spooled_of(f->bytes);
        rc = attachments_put_content(db, row->id, &content, e);
    }
    return rc < 0 ? rc : attachments_settle(db, p, &end, &done, e);
}

int outgoing_files_add(struct db *db, struct pool *p, const struct outgoing_files *files,
                       const char *conversation_id, const char *message_id, struct wall now,
                       struct err *e)
{
    int rc = 0;
    for (size_t i = 0; i < files->n && rc == 0; i++) {
        const struct outgoing_file *f = &files->all[i];
        struct id id = id_new();
        struct attachment_new row = {
            .id = id.text,
            .conversation_id = conversation_id,
            .message_id = message_id,
            .position = (int)i,
            .provider = "staff",
            .url = STR(""),
            .declared_type = str_of(f->declared_type),
            .filename = str_of(f->filename),
            .at = now,
        };
        rc = add_file(db, p, f, &row, e);
    }
    return rc;
}
