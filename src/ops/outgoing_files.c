/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is called and said to be goes into headers of the mail, so it is one plain line. */
#include "ops/outgoing_files.h"

#include "base/codec.h"
#include "base/id.h"
#include "base/json_read.h"
#include "channels/media_type.h"
#include "store/attachments.h"

#define FILENAME_MAX_BYTES 200
#define TYPE_MAX_BYTES 100

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

static int read_file(struct pool *p, const json_t *item, struct outgoing_file *out, struct err *e)
{
    *out = (struct outgoing_file){
        .filename = json_get_text(item, "filename", ""),
        .content_type = json_get_text(item, "content_type", "application/octet-stream"),
    };
    if (!is_filename(out->filename)) {
        return err_field(e, ERR_INVALID, "attachments",
                         "each file has a filename of at most %d bytes, without a folder",
                         FILENAME_MAX_BYTES);
    }
    if (!is_type(out->content_type)) {
        return err_field(e, ERR_INVALID, "attachments",
                         "a content_type is one of a single file, such as application/pdf");
    }
    const char *content = json_get_text(item, "content", NULL);
    if (!content || !base64_decode(p, str_of(content), &out->bytes)) {
        return err_field(e, ERR_INVALID, "attachments", "each file has its content, in base64");
    }
    return 0;
}

int outgoing_files_read(struct pool *p, const json_t *list, struct outgoing_files *out,
                        struct err *e)
{
    size_t n = json_array_size(list), total = 0;
    struct outgoing_file *all = pool_calloc(p, n + 1, sizeof *all);
    if (n > OUTGOING_FILES_MAX) {
        return err_field(e, ERR_INVALID, "attachments", "an e-mail takes %d files at most",
                         OUTGOING_FILES_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        int rc = read_file(p, json_array_get(list, i), &all[i], e);
        if (rc < 0) {
            return rc;
        }
        total += all[i].bytes.n;
    }
    if (total > OUTGOING_BYTES_MAX) {
        return err_set(e, ERR_TOO_LARGE, "the files together are larger than %u MB",
                       OUTGOING_BYTES_MAX >> 20);
    }
    *out = (struct outgoing_files){all, n};
    return 0;
}

static int add_file(struct db *db, struct pool *p, const struct outgoing_file *f,
                    const struct attachment_new *row, struct err *e)
{
    unsigned char digest[SHA256_BYTES];
    bool done;
    sha256(f->bytes, digest);
    const char *type = media_type_of(f->bytes, str_of(f->content_type));
    struct attachment_end end = {
        .id = row->id,
        .state = "stored",
        .content_type = type ? type : "application/octet-stream",
        .sha256 = hex_encode(p, digest, sizeof digest),
        .size_bytes = (int64_t)f->bytes.n,
        .at = row->at,
    };
    int rc = attachments_insert(db, row, e);
    if (rc == 0) {
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
            .declared_type = str_of(f->content_type),
            .filename = str_of(f->filename),
            .at = now,
        };
        rc = add_file(db, p, f, &row, e);
    }
    return rc;
}
