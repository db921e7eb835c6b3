/* SPDX-License-Identifier: Apache-2.0 */
/* What is put together is read back by the same layer, as another's mail would be. */
#include "mail/mail_write.h"

#include "mail/mail_token.h"
#include "tap.h"

#define ID "<abc.def@in.example.org>"

static struct mail_draft draft_of(const char *text)
{
    return (struct mail_draft){
        .from = {"Lumen Spa", "desk@in.example.org"},
        .to = "ann@example.com",
        .subject = "Re: A question",
        .text = str_of(text),
        .message_id = ID,
        .date = {1795000000 * US_PER_SECOND},
    };
}

static struct str written(struct pool *p, const struct mail_draft *d)
{
    struct spooled mail = {0};
    struct str bytes = {0};
    struct err e = {0};
    OK_MSG(mail_write(p, d, NULL, &mail, &e) == 0, "%s", e.text);
    EQ_INT(spooled_map(p, &mail, &bytes, &e), 0);
    return bytes;
}

static bool has(struct str bytes, const char *part)
{
    return memmem(bytes.p, bytes.n, part, strlen(part)) != NULL;
}

/* Each line ends with CRLF, none is longer than a server takes (RFC 5321 4.5.3.1.6), all is ASCII.
 */
static void goes_through(struct str bytes)
{
    size_t line = 0;
    bool good = true;
    for (size_t i = 0; i < bytes.n; i++) {
        bool lf = bytes.p[i] == '\n', cr = bytes.p[i] == '\r';
        good = good && (!lf || (i && bytes.p[i - 1] == '\r')) &&
               (!cr || (i + 1 < bytes.n && bytes.p[i + 1] == '\n')) &&
               (unsigned char)bytes.p[i] < 128 && bytes.p[i] != '\0';
        line = lf ? 0 : line + 1;
        good = good && line <= 998 + 1;
    }
    OK(good);
}

static struct mail read_back(struct pool *p, struct str bytes)
{
    struct mail m = {0};
    struct err e = {0};
    OK_MSG(mail_read(p, bytes, &m, &e) == 0, "%s", e.text);
    return m;
}

TEST(a_mail_is_read_as_it_was_meant)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    static const char *const refs[] = {"<one@example.com>", "<two@example.com>"};
    struct mail_draft d =
        draft_of("Hi Ann,\n\nGrüße, see https://example.com/a?b=1&c=2.\n\n.\nBye");
    d.reply_to = "desk+token@in.example.org";
    d.in_reply_to = refs[1];
    d.references = refs;
    d.n_references = 2;
    d.auto_submitted = "auto-replied";
    struct str bytes = written(p, &d);
    goes_through(bytes);
    struct mail m = read_back(p, bytes);
    EQ_STR(m.from.name, "Lumen Spa");
    EQ_STR(m.from.address, "desk@in.example.org");
    EQ_STR(m.to.all[0].address, "ann@example.com");
    EQ_STR(m.reply_to.all[0].address, "desk+token@in.example.org");
    EQ_STR(m.subject, "Re: A question");
    EQ_STR(m.message_id, ID);
    EQ_STR(m.in_reply_to, "<two@example.com>");
    EQ_INT(m.n_references, 2);
    EQ_INT(m.date.us / US_PER_SECOND, 1795000000);
    OK(str_eq(str_trim(m.text), d.text));
    OK(has(m.html, "<a href=\"https://example.com/a?b=1&amp;c=2\">"));
    OK(has(m.html, "Grüße"));
    OK(!m.damaged);
    EQ_INT(m.automatic, MAIL_AUTO_SUBMITTED);
}

TEST(files_come_through)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 7);
    }
    const struct mail_file files[] = {
        {"plän \"1\".pdf", "application/pdf", spooled_of((struct str){bytes, sizeof bytes})},
        {"empty.txt", "text/plain", spooled_of(STR(""))}};
    struct mail_draft d = draft_of("here");
    d.files = files;
    d.n_files = 2;
    struct str whole = written(p, &d);
    goes_through(whole);
    struct mail m = read_back(p, whole);
    EQ_INT(m.n_attachments, 2);
    EQ_STR(m.attachments[0].filename, "plän \"1\".pdf");
    EQ_STR(m.attachments[0].content_type, "application/pdf");
    struct str got = {0};
    EQ_INT(mail_part_bytes(p, &m.attachments[0], 1 << 20, &got, NULL), 0);
    OK(got.n == sizeof bytes && memcmp(got.p, bytes, got.n) == 0);
    OK(str_eq(str_trim(m.text), STR("here")));
}

/* Files that lie in one file, one after the other, as the outbox has them. */
TEST(large_files_go_from_file_to_file)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    enum { ONE = 1500001, OTHER = 700000 };
    char *bytes = pool_alloc_raw(p, ONE + OTHER);
    for (size_t i = 0; i < ONE + OTHER; i++) {
        bytes[i] = (char)(i * 2654435761u >> 7);
    }
    int fd = -1;
    OK(spool_new(NULL, &fd, NULL) == 0);
    spool_keep(p, fd);
    OK(spool_write(fd, (struct str){bytes, ONE + OTHER}, NULL) == 0);
    const struct mail_file files[] = {
        {"one.bin", "application/zip", {.fd = fd, .size = ONE}},
        {"note.txt", "text/plain", spooled_of(STR("small"))},
        {"other.bin", "application/zip", {.fd = fd, .from = ONE, .size = OTHER}}};
    struct mail_draft d = draft_of("here");
    d.files = files;
    d.n_files = 3;
    struct spooled mail = {0};
    OK(mail_draft_is_large(&d));
    OK(mail_write(p, &d, NULL, &mail, NULL) == 0);
    OK(!mail.bytes.p && mail.size > ONE + OTHER);
    struct str whole = written(p, &d), got = {0};
    goes_through(whole);
    struct mail m = read_back(p, whole);
    EQ_INT(m.n_attachments, 3);
    EQ_INT(mail_part_bytes(p, &m.attachments[0], 4 << 20, &got, NULL), 0);
    OK(got.n == ONE && memcmp(got.p, bytes, ONE) == 0);
    EQ_INT(mail_part_bytes(p, &m.attachments[2], 4 << 20, &got, NULL), 0);
    OK(got.n == OTHER && memcmp(got.p, bytes + ONE, OTHER) == 0);
    struct err e = {0};
    EQ_INT(mail_write(p, &d, "/nowhere/at/all", &mail, &e), ERR_IO);
}

TEST(nothing_can_add_a_header)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct mail_draft d = draft_of("x");
    d.subject = "Hello\r\nBcc: eve@example.com\r\n\r\nbody";
    d.from.name = "Spa\r\nCc: eve@example.com";
    d.unsubscribe_url = "https://desk.example.com/u/x>\r\nBcc: eve@example.com";
    d.in_reply_to = "<a@b>\r\nBcc: eve@example.com";
    const char *refs[] = {"<ok@example.com>", "<a b@example.com>", "no id", "<x\r\nBcc: a@b.c>"};
    d.references = refs;
    d.n_references = 4;
    const struct mail_file file = {"a\r\nBcc: eve@example.com.txt", "text/plain",
                                   spooled_of(STR("x"))};
    d.files = &file;
    d.n_files = 1;
    struct str bytes = written(p, &d);
    goes_through(bytes);
    OK(!has(bytes, "\r\nBcc:") && !has(bytes, "\nCc:"));
    struct mail m = read_back(p, bytes);
    EQ_INT(m.to.n, 1);
    EQ_INT(m.cc.n, 0);
    EQ_INT(m.n_references, 1);
    OK(!m.in_reply_to);
    OK(!has(bytes, "List-Unsubscribe"));
}

TEST(what_is_no_address_is_refused)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    static const char *const bad[] = {
        "", "ann", "ann@example.com\r\nBcc: x@y.z", "a@b.c, d@e.f", "<a@b.c>", "a b@c.d", "ann@"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct mail_draft d = draft_of("x");
        struct spooled out;
        struct err e = {0};
        tap_case("%s", bad[i]);
        d.to = bad[i];
        EQ_INT(mail_write(p, &d, NULL, &out, &e), ERR_INVALID);
        EQ_STR(e.field, "to");
        d = draft_of("x");
        d.from.address = bad[i];
        EQ_INT(mail_write(p, &d, NULL, &out, &e), ERR_INVALID);
    }
    struct mail_draft d = draft_of("x");
    struct spooled out;
    d.message_id = "no id";
    EQ_INT(mail_write(p, &d, NULL, &out, NULL), ERR_INVALID);
}

TEST(a_list_can_be_left_with_one_click)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct mail_draft d = draft_of("Your visit is tomorrow.");
    d.unsubscribe_url = "https://desk.example.com/u/abcdefgh";
    struct str bytes = written(p, &d);
    OK(has(bytes, "\r\nList-Unsubscribe: <https://desk.example.com/u/abcdefgh>\r\n"));
    OK(has(bytes, "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
}

TEST(a_thread_goes_on)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const char *refs[100];
    const char *const *out;
    size_t n;
    for (int i = 0; i < 100; i++) {
        refs[i] = pool_printf(p, "<%d@example.com>", i);
    }
    mail_references_next(p, refs, 2, "<x@example.com>", "<m@example.com>", &out, &n);
    EQ_INT(n, 3);
    EQ_STR(out[0], "<0@example.com>");
    EQ_STR(out[2], "<m@example.com>");
    mail_references_next(p, NULL, 0, "<x@example.com>", "<m@example.com>", &out, &n);
    EQ_INT(n, 2);
    EQ_STR(out[0], "<x@example.com>");
    mail_references_next(p, refs, 2, NULL, NULL, &out, &n);
    EQ_INT(n, 0);
    mail_references_next(p, refs, 100, NULL, "<m@example.com>", &out, &n);
    OK(n <= MAIL_REFERENCES_MAX + 1);
    EQ_STR(out[0], "<0@example.com>");
    EQ_STR(out[n - 2], "<99@example.com>");
    EQ_STR(mail_reply_subject(p, STR("Re: AW: Fwd: Your hours?")), "Re: Your hours?");
    EQ_STR(mail_reply_subject(p, STR("")), "Re: your message");
}

TEST(html_is_what_the_text_says)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str html =
        mail_html_of_text(p, STR("<b>a</b> & \"b\"\nline\n\n\n\nhttp://x.y/<script>"));
    OK(has(html, "&lt;b&gt;a&lt;/b&gt; &amp; &quot;b&quot;<br>\nline</p>"));
    OK(has(html, "<a href=\"http://x.y/\">http://x.y/</a>&lt;script&gt;"));
    OK(!has(html, "<script>"));
    OK(has(mail_html_of_text(p, STR("javascript:alert(1) http://")), "javascript:alert(1) "));
    EQ_INT(mail_html_of_text(p, STR("")).n > 0, 1);
}

int main(void)
{
    return tap_run();
}
