/* SPDX-License-Identifier: Apache-2.0 */
/* Files of e-mails are judged by what they are. */
#include "channels/mail_file.h"

#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/codec.h"
#include "io/spool.h"
#include "tap.h"

TEST(what_is_taken_and_what_is_not)
{
    static const struct {
        struct str bytes;
        const char *declared, *filename, *type;
    } rows[] = {
        {STR("\xff\xd8\xff\xe0rest"), "application/octet-stream", "a.exe", "image/jpeg"},
        {STR("%PDF-1.7"), "application/pdf", "q.pdf", "application/pdf"},
        {STR("PK\x03\x04rest"), "application/zip", "Form.DOCX",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {STR("PK\x03\x04rest"), "application/zip", "a.zip", "application/zip"},
        {STR("PK\x03\x04rest"), "application/zip", "a.jar", NULL},
        {STR("PK\x03\x04rest"), "application/zip", "a.docm", NULL},
        {STR("PK\x03\x04rest"), "application/zip", NULL, NULL},
        {STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "application/msword", "a.doc",
         "application/msword"},
        {STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "application/x-msi", "a.msi", NULL},
        {STR("\x78\x9f\x3e\x22rest"), "application/ms-tnef", "winmail.dat", "application/ms-tnef"},
        {STR("MZ\x90"), "image/png", "a.png", NULL},
        {STR("\x7f"
             "ELF\x02\x01\0"),
         "text/plain", "a.txt", NULL},
        {STR("<html>"), "text/plain", "a.txt", NULL},
        {STR("<svg/>"), "image/svg+xml", "a.svg", NULL},
        {STR("#!/bin/sh"), "text/plain", "a.txt", NULL},
        {STR("Gr\xfc\xdf"
             "e"),
         "text/plain", "a.txt", "text/plain"},
        {STR("a;b\n1;2\n"), "text/csv", "a.csv", "text/csv"},
        {STR("From: a@example.com\n\nHi"), "message/rfc822", "a.eml", "message/rfc822"},
        {STR("alert(1)"), "text/javascript", "a.js", NULL},
        {STR("BEGIN:VCALENDAR"), "text/calendar", "i.ics", "text/calendar"},
        {STR(""), "text/plain", "a.txt", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s %s", rows[i].filename, rows[i].declared);
        EQ_STR(mail_file_type(rows[i].bytes, str_of(rows[i].declared), rows[i].filename),
               rows[i].type);
    }
}

TEST(a_file_is_written_and_mapped)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str out;
    int fd;
    EQ_INT(spool_new(NULL, &fd, NULL), 0);
    EQ_INT(spool_map(p, fd, &out, NULL), 0);
    EQ_INT(out.n, 0);
    EQ_INT(spool_write(fd, STR("some "), NULL), 0);
    EQ_INT(spool_write(fd, STR("bytes"), NULL), 0);
    EQ_INT(spool_map(p, fd, &out, NULL), 0);
    close(fd);
    EQ_VIEW(out, "some bytes");
    EQ_INT(spool_new("/nowhere/at/all", &fd, NULL), ERR_IO);
}

#define SMALL_BYTES 600000

/* Two files of so many bytes, of a's and b's. */
static struct str two_files(struct pool *p)
{
    static const char head[] =
        "From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n";
    static const char file[] = "\r\n--x\r\nContent-Type: text/plain\r\nContent-Disposition: "
                               "attachment; filename=f.txt\r\n\r\n";
    struct buf b;
    buf_init(&b, 4u << 20);
    buf_puts(&b, head);
    for (int i = 0; i < 2; i++) {
        buf_puts(&b, file);
        for (int k = 0; k < SMALL_BYTES; k++) {
            buf_putc(&b, (char)('a' + i));
        }
    }
    buf_puts(&b, "\r\n--x--\r\n");
    struct str out = {str_dup(p, buf_str(&b)), b.len};
    buf_clear(&b);
    return out;
}

TEST(what_does_not_fit_into_memory_goes_to_one_file)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct mail_file_room room = mail_file_room_in(p, NULL);
    struct mail m;
    struct spooled files[3];
    unsigned char digest[SHA256_BYTES], expected[SHA256_BYTES];
    EQ_INT(mail_read(p, two_files(p), &m, NULL), 0);
    EQ_INT(m.n_attachments, 2);
    for (int i = 0; i < 3; i++) { /* the second goes in once more, behind itself */
        struct str bytes;
        EQ_INT(mail_file_spool(&room, &m.attachments[i ? 1 : 0], &files[i], digest, NULL), 0);
        EQ_INT(spooled_map(p, &files[i], &bytes, NULL), 0);
        EQ_INT(bytes.n, SMALL_BYTES);
        OK(bytes.n && bytes.p[0] == (i ? 'b' : 'a') && bytes.p[bytes.n - 1] == bytes.p[0]);
        sha256(bytes, expected);
        OK(memcmp(digest, expected, sizeof digest) == 0);
        if (i) {
            spool_forget(bytes);
            OK(bytes.n && bytes.p[1] == bytes.p[0]);
        }
    }
    OK(files[0].bytes.p && !files[1].bytes.p && !files[2].bytes.p);
    EQ_INT(files[2].fd, files[1].fd);
    EQ_INT(files[2].from, SMALL_BYTES);
}

int main(void)
{
    return tap_run();
}
