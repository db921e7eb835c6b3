/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, is told by what it begins with. */
#include "channels/mail_file.h"

#include <unistd.h>

#include "channels/media_type.h"
#include "io/spool.h"

#define IN_MEMORY_BYTES (1 << 20)

static int write_piece(void *arg, struct str piece, struct err *e)
{
    return spool_write(*(const int *)arg, piece, e);
}

int mail_file_bytes(struct pool *p, const struct mail_part *part, const char *folder,
                    struct str *out, struct err *e)
{
    if (part->size_bytes <= IN_MEMORY_BYTES) {
        return mail_part_bytes(p, part, IN_MEMORY_BYTES, out, e);
    }
    int fd;
    int rc = spool_new(folder, &fd, e);
    if (rc < 0) {
        return rc;
    }
    rc = mail_part_write(part, write_piece, &fd, e);
    rc = rc < 0 ? rc : spool_map(p, fd, out, e);
    close(fd);
    return rc;
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
