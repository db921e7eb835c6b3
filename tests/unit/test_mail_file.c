/* SPDX-License-Identifier: Apache-2.0 */
/* Files of e-mails are judged by what they are. */
#include "channels/mail_file.h"

#include <unistd.h>

#include "base/attr.h"
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

int main(void)
{
    return tap_run();
}
