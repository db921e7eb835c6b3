/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, is told by what it begins with. */
#include "channels/mail_file.h"

#include "base/codec.h"
#include "channels/media_type.h"

#define IN_MEMORY_BYTES (1u << 20)

static int in_memory(struct mail_file_room *room, const struct mail_part *part, struct spooled *out,
                     unsigned char *digest, struct err *e)
{
    struct str bytes;
    int rc = mail_part_bytes(room->pool, part, IN_MEMORY_BYTES, &bytes, e);
    if (rc < 0) {
        return rc;
    }
    room->used += bytes.n;
    *out = spooled_of(bytes);
    if (digest) {
        sha256(bytes, digest);
    }
    return 0;
}

struct writing {
    int fd;
    int64_t size;
    struct sha256_sum *sum;
};

static int write_piece(void *arg, struct str piece, struct err *e)
{
    struct writing *w = arg;
    w->size += (int64_t)piece.n;
    sha256_add(w->sum, piece);
    return spool_write(w->fd, piece, e);
}

static int in_file(struct mail_file_room *room, const struct mail_part *part, struct spooled *out,
                   unsigned char *digest, struct err *e)
{
    int rc = 0;
    if (room->fd < 0) {
        rc = spool_new(room->folder, &room->fd, e);
        if (rc < 0) {
            return rc;
        }
        spool_keep(room->pool, room->fd);
    }
    struct writing w = {.fd = room->fd, .sum = sha256_new()};
    rc = mail_part_write(part, write_piece, &w, e);
    sha256_end(&w.sum, digest);
    *out = (struct spooled){.fd = room->fd, .from = room->end, .size = w.size};
    room->end += w.size;
    return rc;
}

int mail_file_spool(struct mail_file_room *room, const struct mail_part *part, struct spooled *out,
                    unsigned char *digest, struct err *e)
{
    bool fits = part->size_bytes <= (int64_t)(IN_MEMORY_BYTES - room->used);
    return (fits ? in_memory : in_file)(room, part, out, digest, e);
}

static bool has_ending(const char *filename, const char *ending)
{
    size_t n = filename ? strlen(filename) : 0, k = strlen(ending);
    return n > k && str_eq_nocase(str_of(filename + n - k), str_of(ending));
}

#define ZIP STR("PK\x03\x04")
#define OLE STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
#define OPEN_XML "application/vnd.openxmlformats-officedocument."

/* What it begins with and, when that says too little, how it is called. */
static const struct {
    struct str begins;
    const char *ending; /* NULL: any */
    const char *type;
} documents[] = {
    {ZIP, ".docx", OPEN_XML "wordprocessingml.document"},
    {ZIP, ".xlsx", OPEN_XML "spreadsheetml.sheet"},
    {ZIP, ".pptx", OPEN_XML "presentationml.presentation"},
    {ZIP, ".odt", "application/vnd.oasis.opendocument.text"},
    {ZIP, ".ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {ZIP, ".zip", "application/zip"},
    {OLE, ".doc", "application/msword"},
    {OLE, ".xls", "application/vnd.ms-excel"},
    {OLE, ".ppt", "application/vnd.ms-powerpoint"},
    {OLE, ".msg", "application/vnd.ms-outlook"},
    {STR("\x78\x9f\x3e\x22"), NULL, "application/ms-tnef"},
    {STR("{\\rtf"), NULL, "application/rtf"},
    {STR("II*\0"), NULL, "image/tiff"},
    {STR("MM\0*"), NULL, "image/tiff"},
    {STR("\x30"), ".p7s", "application/pkcs7-signature"},
    {STR("-----BEGIN PGP SIGNATURE-----"), NULL, "application/pgp-signature"},
};

/* Text in whatever charset, that no browser or shell would run. */
static bool is_plain(struct str bytes)
{
    struct str trimmed = str_trim(bytes);
    if (trimmed.n == 0 || trimmed.p[0] == '<' || str_starts(trimmed, STR("#!"))) {
        return false;
    }
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.p[i];
        if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != '\f') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool declares(struct str declared, const char *type)
{
    return str_eq_nocase(str_trim(str_cut(&declared, ';')), str_of(type));
}

const char *mail_file_type(struct str bytes, struct str declared, const char *filename)
{
    const char *type = media_type_of(bytes, declared);
    for (size_t i = 0; i < ARRAY_SIZE(documents) && !type; i++) {
        bool called = !documents[i].ending || has_ending(filename, documents[i].ending);
        type = called && str_starts(bytes, documents[i].begins) ? documents[i].type : NULL;
    }
    if (type || !is_plain(bytes)) {
        return type;
    }
    return declares(declared, "message/rfc822") ? "message/rfc822"
           : declares(declared, "text/csv")     ? "text/csv"
           : declares(declared, "text/plain")   ? "text/plain"
                                                : NULL;
}
