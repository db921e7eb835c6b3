/* SPDX-License-Identifier: Apache-2.0 */
/* Forms in parts: what comes out is what went in, byte by byte. */
#include "mail/mail_form.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"

#include "tap.h"

#define TYPE STR("multipart/form-data; boundary=xYzZY")
#define PART(name) "--xYzZY\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"

static struct pool *p;

TEST(fields_and_files)
{
    p = pool_new();
    struct mail_form f;
    static const char body[] = PART("subject") "Caf\xc3\xa9\r\n" PART(
        "text") "line 1\r\nline 2\r\n\r\n"
                "--xYzZY\r\nContent-Disposition: form-data; name=\"attachment1\"; filename=\"a "
                "b.png\"\r\n"
                "Content-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\0\0--xYzZ\n\r\r\n\r\n"
                "--xYzZY\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
                "--xYzZY\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--xYzZY--\r\n";
    if (!OK(mail_form_read(p, TYPE, (struct str){body, sizeof body - 1}, &f, NULL) == 0)) {
        return;
    }
    EQ_INT(f.n, 4);
    EQ_VIEW(mail_form_bytes(p, &f, "subject", 100), "Caf\xc3\xa9");
    EQ_VIEW(mail_form_bytes(p, &f, "text", 100), "line 1\r\nline 2\r\n");
    EQ_VIEW(mail_form_bytes(p, &f, "empty", 100), "");
    struct str png = mail_form_bytes(p, &f, "attachment1", 100);
    OK(str_eq(png, STR("\x89PNG\r\n\x1a\n\0\0--xYzZ\n\r\r\n")));
    const struct mail_form_part *file = mail_form_get(&f, "attachment1");
    EQ_STR(file->part.filename, "a b.png");
    EQ_STR(file->part.content_type, "image/png");
    EQ_INT(file->part.size_bytes, (int64_t)png.n);
    OK(!mail_form_get(&f, "none") && !mail_form_bytes(p, &f, "none", 9).p);
    OK(!mail_form_bytes(p, &f, "text", 5).p);
    pool_free(&p);
}

TEST(a_raw_mail_stays_as_it_is)
{
    p = pool_new();
    struct mail_form f;
    const char *mail = "From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                       "--b\r\n\r\nhi\r\n--b--\r\n";
    char *body = pool_printf(p, PART("email") "%s\r\n--xYzZY--\r\n", mail);
    OK(mail_form_read(p, TYPE, str_of(body), &f, NULL) == 0);
    EQ_VIEW(mail_form_bytes(p, &f, "email", 1000), mail);
    pool_free(&p);
}

TEST(a_file_is_read_as_memory_is)
{
    p = pool_new();
    struct mail_form f;
    struct buf b;
    buf_init(&b, 40u << 20);
    buf_puts(&b, PART("big"));
    for (int i = 0; i < 1000000; i++) {
        buf_puts(&b, "--xYzZ 20 bytes more");
    }
    buf_puts(&b, "\r\n--xYzZY--");
    int fd = memfd_create("form", MFD_CLOEXEC);
    OK(write(fd, b.data, b.len) == (ssize_t)b.len);
    OK(mail_form_read_fd(p, TYPE, fd, &f, NULL) == 0);
    EQ_INT(f.n ? f.parts[0].part.size_bytes : 0, 20000000);
    OK(pool_bytes(p) < 256 << 10);
    buf_clear(&b);
    pool_free(&p);
    close(fd);
}

TEST(what_is_no_form_is_refused)
{
    p = pool_new();
    struct mail_form f;
    struct str whole = STR(PART("a") "b\r\n--xYzZY--");
    OK(mail_form_read(p, STR("application/json"), whole, &f, NULL) == ERR_MEDIA_TYPE);
    OK(mail_form_read(p, STR(""), whole, &f, NULL) == ERR_MEDIA_TYPE);
    OK(mail_form_read(p, STR("multipart/form-data"), whole, &f, NULL) == ERR_MALFORMED);
    OK(mail_form_read(p, TYPE, STR(""), &f, NULL) == ERR_MALFORMED);
    OK(mail_form_read(p, TYPE, STR(PART("a") "cut o"), &f, NULL) == ERR_MALFORMED);
    struct buf b;
    buf_init(&b, 1u << 20);
    for (int i = 0; i <= MAIL_FORM_PARTS_MAX; i++) {
        buf_puts(&b, PART("a") "b\r\n");
    }
    buf_puts(&b, "--xYzZY--");
    OK(mail_form_read(p, TYPE, buf_str(&b), &f, NULL) == ERR_TOO_LARGE);
    pool_free(&p);
    buf_clear(&b);
}

int main(void)
{
    return tap_run();
}
