/* SPDX-License-Identifier: Apache-2.0 */
/* Mails that want to do harm or are unlike those of tests/mail; pieces, tokens, what is streamed.
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/mail.h"
#include "mail/mail_token.h"

#include "tap.h"

#define HEAD "From: Ann <ann@example.com>\r\nTo: desk@in.example.org\r\nSubject: s\r\n"

static struct pool *p;

static struct mail read_text(const char *text)
{
    struct mail m = {0};
    OK(mail_read(p, str_of(text), &m, NULL) == 0);
    return m;
}

/* head, then `line` n times, each # in it the number of the time, then tail. */
static struct mail read_many(const char *head, const char *line, int n, const char *tail, int *rc)
{
    struct buf b;
    struct mail m = {0};
    buf_init(&b, 200u << 20);
    buf_puts(&b, head);
    for (int i = 0; i < n; i++) {
        for (const char *c = line; *c; c++) {
            if (*c == '#') {
                buf_put_i64(&b, i);
            } else {
                buf_putc(&b, *c);
            }
        }
    }
    buf_puts(&b, tail);
    char *copy = pool_strndup(p, b.data, b.len);
    *rc = mail_read(p, (struct str){copy, b.len}, &m, NULL);
    buf_clear(&b);
    return m;
}

/* ---- what a mail says ---- */

TEST(addresses_are_bare_and_their_domains_low)
{
    p = pool_new();
    struct mail m = read_text("From: \"Ann \\\"A\\\" Lee\" <Ann.Lee@EXAMPLE.Com>\r\n"
                              "To: team: a@x.example, <b@x.example>;, c@x.example\r\n"
                              "Cc: undisclosed-recipients:;\r\n\r\nhello");
    EQ_STR(m.from.address, "Ann.Lee@example.com");
    EQ_STR(m.from.name, "Ann \"A\" Lee");
    EQ_INT(m.to.n, 3);
    EQ_INT(m.cc.n, 0);
    EQ_INT(m.n_recipients, 3);
    EQ_VIEW(m.reply_text, "hello");
    OK(m.automatic == MAIL_BY_PERSON && !m.html.p && m.date.us == 0 && !m.message_id);
    pool_free(&p);
}

TEST(no_header_can_bring_in_lines)
{
    p = pool_new();
    struct mail m = read_text("From: =?utf-8?Q?Ann=0D=0ABcc:_x=40y.example?= <ann@example.com>\r\n"
                              "To: =?utf-8?B?YQ0KYg==?= <desk@in.example.org>\r\n"
                              "Subject: =?utf-8?Q?a=0D=0AX-Evil:_1=00=07?=\r\n"
                              "Message-ID: <a\r\n b@c>\r\n\r\nx");
    OK(!strpbrk(m.from.name, "\r\n") && !strpbrk(m.to.all[0].name, "\r\n"));
    OK(!strpbrk(m.subject, "\r\n\a"));
    EQ_STR(m.message_id, "<ab@c>");
    pool_free(&p);
}

TEST(references_keep_the_first_and_the_newest)
{
    p = pool_new();
    int rc;
    struct mail m = read_many(HEAD "References:", "\r\n <#.x@example.com>", 1000, "\r\n\r\nx", &rc);
    EQ_INT(rc, 0);
    EQ_INT(m.n_references, MAIL_REFERENCES_MAX);
    EQ_STR(m.references[0], "<0.x@example.com>");
    EQ_STR(m.references[MAIL_REFERENCES_MAX - 1], "<999.x@example.com>");
    pool_free(&p);
}

TEST(ten_thousand_recipients_are_counted)
{
    p = pool_new();
    int rc;
    struct mail m = read_many("From: a@x.example\r\nTo: z@x.example", ",\r\n user#@x.example", 9999,
                              "\r\n\r\nx", &rc);
    EQ_INT(rc, 0);
    EQ_INT(m.to.n, MAIL_ADDRESSES_MAX);
    EQ_INT(m.n_recipients, 10000);
    OK(m.truncated);
    m = read_many(HEAD "Cc: a@x.example", ",b@x.example", 300000, "\r\n\r\nx", &rc);
    EQ_INT(rc, 0);
    OK(m.truncated && m.to.n == 1 && m.cc.n == 0);
    pool_free(&p);
}

TEST(html_gives_text_without_what_is_not_shown)
{
    p = pool_new();
    struct str text = mail_text_of_html(
        p, STR("<html><head><title>t</title><style>p{}</style></head><body>"
               "<div style='display: none'>preheader</div><script>alert(1)</script>"
               "<p>One &amp; two</p><p>Three<br>four</p><img src='http://x/1.gif' width=1>"
               "<ul><li>a<li>b</ul><span hidden>no</span><table><tr><td>c</td><td>d</td></table>"));
    EQ_VIEW(text, "One & two\n\nThree\nfour\n\n- a\n- b\n\nc d\n");
    pool_free(&p);
}

TEST(html_is_asked_when_the_plain_text_shows_no_quotation)
{
    p = pool_new();
    struct mail m = read_text(
        HEAD "In-Reply-To: <1@x>\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
             "--b\r\n\r\nnew\r\nold words\r\n--b\r\nContent-Type: text/html\r\n\r\n"
             "<p>new</p><div class=gmail_quote>old words</div>\r\n--b--");
    EQ_VIEW(m.reply_text, "new");
    EQ_VIEW(m.text, "new\nold words");
    pool_free(&p);
}

TEST(charsets)
{
    p = pool_new();
    EQ_VIEW(mail_to_utf8(p, STR("caf\xe9 \x80"), "iso-8859-1"), "caf\xc3\xa9 \xe2\x82\xac");
    EQ_VIEW(mail_to_utf8(p, STR("caf\xc3\xa9"), "iso-8859-1"), "caf\xc3\xa9");
    EQ_VIEW(mail_to_utf8(p, STR("caf\xe9"), "utf-8"), "caf\xc3\xa9");
    EQ_VIEW(mail_to_utf8(p, STR("caf\xe9"), "x-no-such"), "caf\xc3\xa9");
    EQ_VIEW(mail_to_utf8(p, STR("caf\xe9"), NULL), "caf\xc3\xa9");
    EQ_VIEW(mail_to_utf8(p, STR("caf\x82"), "cp850"), "caf\xc3\xa9");
    EQ_VIEW(mail_to_utf8(p, STR("a\0b\0"), "utf-16le"), "ab");
    EQ_VIEW(mail_to_utf8(p, STR("\0a\0b"), "utf-16"), "ab");
    EQ_VIEW(mail_to_utf8(p, STR("plain"), "us-ascii"), "plain");
    EQ_VIEW(mail_to_utf8(p, STR(""), "utf-8"), "");
    pool_free(&p);
}

TEST(what_an_address_is)
{
    OK(mail_address_valid(STR("a.b+c@x.example")));
    const char *const bad[] = {"",
                               "a",
                               "@x.example",
                               "a@",
                               "a b@x.example",
                               "a@@x.example",
                               "a@x.example\r\nBcc: y@x.example",
                               "<a@x.example>",
                               "a@.x",
                               "\xc3\xa9@x"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        OK_MSG(!mail_address_valid(str_of(bad[i])), "number %zu", i);
    }
    OK(mail_same_address("Ann@x.example", "ann@X.example") && !mail_same_address("", ""));
    EQ_VIEW(mail_base_subject(STR("Re: AW: [list] Fwd[2]: Hi: there")), "Hi: there");
}

/* ---- what breaks others ---- */

TEST(nothing_that_is_no_mail_is_taken)
{
    p = pool_new();
    struct mail m;
    OK(mail_read(p, STR(""), &m, NULL) == ERR_MALFORMED);
    OK(mail_read(p, STR("\r\n\r\n"), &m, NULL) == ERR_MALFORMED);
    OK(mail_read(p, STR("just words without a header"), &m, NULL) == ERR_MALFORMED);
    OK(mail_read(p, STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), &m, NULL) == ERR_MALFORMED);
    pool_free(&p);
}

TEST(a_thousand_multiparts_within_each_other)
{
    p = pool_new();
    int rc;
    struct mail m = read_many(HEAD "MIME-Version: 1.0\r\n",
                              "Content-Type: multipart/mixed; boundary=b#\r\n\r\n--b#\r\n", 1000,
                              "Content-Type: text/plain\r\n\r\ndeep", &rc);
    EQ_INT(rc, 0);
    OK(m.truncated);
    m = read_many(HEAD, "Content-Type: message/rfc822\r\n\r\nX-N: #\r\n", 1000, "\r\n\r\ndeep",
                  &rc);
    EQ_INT(rc, 0);
    pool_free(&p);
}

TEST(a_hundred_thousand_parts_and_headers)
{
    p = pool_new();
    int rc;
    struct mail m =
        read_many(HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n",
                  "--b\r\nX: #\r\n\r\nx\r\n", 100000, "--b--\r\n", &rc);
    EQ_INT(rc, 0);
    OK(m.truncated && str_starts(m.text, STR("first")));
    m = read_many(HEAD, "X: #\r\n", 500000, "\r\nbody", &rc);
    EQ_INT(rc, 0);
    OK(m.truncated);
    EQ_STR(m.from.address, "ann@example.com");
    pool_free(&p);
}

TEST(html_without_end)
{
    p = pool_new();
    int rc;
    struct mail m =
        read_many(HEAD "Content-Type: text/html\r\n\r\n<p>hello</p>", "<div><b#>", 100000, "", &rc);
    EQ_INT(rc, 0);
    OK(m.truncated && str_starts(m.text, STR("hello")));
    m = read_many(HEAD "Content-Type: text/html\r\n\r\n", "<blockquote type=cite>#", 20000, "",
                  &rc);
    EQ_INT(rc, 0);
    m = read_many(HEAD "Content-Type: text/html\r\n\r\n<!-- ", "<b>#", 50000, "", &rc);
    EQ_INT(rc, 0);
    pool_free(&p);
}

TEST(long_lines_and_many_lines_are_cut_quickly)
{
    p = pool_new();
    int rc;
    struct mail m = read_many(HEAD "\r\n", "--\r\n", 200000, "", &rc);
    EQ_INT(rc, 0);
    m = read_many(HEAD "\r\n", "On # 10:15 a@x.example wrote:\r\n", 30000, "", &rc);
    EQ_INT(rc, 0);
    m = read_many(HEAD "\r\n", ">>>> # wrote:\r\nFrom:\r\n", 30000, "", &rc);
    EQ_INT(rc, 0);
    m = read_many(HEAD "\r\n", "From: #\r\n", 50000, "", &rc);
    EQ_INT(rc, 0);
    m = read_many(HEAD "\r\n", "word# ", 200000, "", &rc);
    EQ_INT(rc, 0);
    OK(m.truncated && m.text.n <= MAIL_TEXT_MAX_BYTES && utf8_valid(m.text));
    m = read_many("From: ", "((#", 50000, ")\r\n\r\nx", &rc);
    EQ_INT(rc, 0);
    m = read_many(HEAD "Cc: ", "a#:", 50000, "\r\n\r\nx", &rc);
    EQ_INT(rc, 0);
    m = read_many(HEAD "Cc: ", " a#:\r\n", 50000, "\r\n\r\nx", &rc);
    EQ_INT(rc, 0);
    pool_free(&p);
}

TEST(broken_encodings_are_read_as_far_as_they_go)
{
    p = pool_new();
    struct mail m =
        read_text(HEAD "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8!!! ~~~d29ybGQ");
    OK(mail_text_of_html(p, m.text).p && str_starts(m.text, STR("hello")));
    m = read_text(HEAD "Content-Transfer-Encoding: quoted-printable\r\n\r\na=ZZb=3D=");
    OK(str_starts(m.text, STR("a=ZZb=")));
    m = read_text(HEAD "Content-Type: text/plain; charset=\"utf-8\r\n\r\nx\xff\0y");
    OK(utf8_valid(m.text));
    m = read_text(HEAD "Content-Type: ;;;===\r\nContent-Disposition: \"\r\n\r\nstill");
    EQ_VIEW(m.text, "still");
    m = read_text(HEAD
                  "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nstill\r\n----");
    OK(m.text.n > 0);
    pool_free(&p);
}

/* ---- files ---- */

static int count_bytes(void *arg, struct str piece, struct err *e UNUSED)
{
    *(size_t *)arg += piece.n;
    return 0;
}

static int stop(void *arg UNUSED, struct str piece UNUSED, struct err *e)
{
    return err_set(e, ERR_FULL, "no room");
}

static int file_of(const struct buf *b)
{
    int fd = memfd_create("mail", MFD_CLOEXEC);
    OK(fd >= 0 && write(fd, b->data, b->len) == (ssize_t)b->len);
    return fd;
}

TEST(a_large_attachment_is_streamed)
{
    p = pool_new();
    struct buf b;
    struct mail m;
    struct err e = {0};
    size_t n = 0;
    buf_init(&b, 64u << 20);
    buf_puts(&b,
             HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee file\r\n--b\r\n"
                  "Content-Type: application/octet-stream; name=\"../../etc/big.bin\"\r\n"
                  "Content-Transfer-Encoding: base64\r\n\r\n");
    for (int i = 0; i < 300000; i++) {
        buf_puts(
            &b, "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n");
    }
    buf_puts(&b, "--b--\r\n");
    int fd = file_of(&b);
    buf_clear(&b);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    OK(mail_read_fd(p, fd, &m, NULL) == 0);
    OK(mallinfo2().uordblks + mallinfo2().hblkhd < before + (1 << 20)); /* 0 with sanitizers */
    EQ_INT(m.n_attachments, 1);
    EQ_INT(m.attachments[0].size_bytes, 300000 * 57);
    EQ_STR(m.attachments[0].filename, "big.bin");
    OK(mail_part_write(&m.attachments[0], count_bytes, &n, NULL) == 0);
    EQ_INT(n, 300000 * 57);
    OK(pool_bytes(p) < 256 << 10);
    OK(mail_part_write(&m.attachments[0], stop, NULL, &e) == ERR_FULL);
    struct str bytes;
    OK(mail_part_bytes(p, &m.attachments[0], 1000, &bytes, NULL) == ERR_TOO_LARGE);
    pool_free(&p);
    close(fd);
}

TEST(a_pipe_is_spooled)
{
    p = pool_new();
    int fds[2], fd = -1;
    struct mail m;
    const char *text = HEAD "\r\nfrom a pipe";
    OK(pipe(fds) == 0 && write(fds[1], text, strlen(text)) > 0);
    close(fds[1]);
    OK(mail_read_fd(p, fds[0], &m, NULL) == ERR_IO);
    OK(mail_spool(fds[0], "/tmp", &fd, NULL) == 0 && mail_read_fd(p, fd, &m, NULL) == 0);
    EQ_VIEW(m.text, "from a pipe");
    OK(mail_spool(fds[0], "/no/such/folder", &fd, NULL) == ERR_IO);
    pool_free(&p);
    close(fds[0]);
    close(fd);
}

/* ---- pieces ---- */

TEST(pieces_say_what_the_mail_says)
{
    p = pool_new();
    struct mail m;
    struct mail_pieces in = {
        .headers = STR("From: Ann <ann@example.com>\nTo: desk@in.example.org\n"
                       "Content-Type: multipart/alternative; boundary=\"x\"\nAuto-Submitted: no\n"
                       "Message-ID: <1@example.com>\nIn-Reply-To: <0@in.example.org>\n"),
        .subject = STR("Re: caf\xc3\xa9"),
        .from = STR("Other <other@example.com>"),
        .text =
            STR("new\r\n\r\nOn Mon, Mar 3, 2025 at 10:15 AM Ava <desk@in.example.org> wrote:\r\n"
                "\r\n> old\r\n"),
        .html = STR("<p>new</p>"),
    };
    OK(mail_read_pieces(p, &in, &m, NULL) == 0);
    EQ_STR(m.from.address, "ann@example.com");
    EQ_STR(m.subject, "Re: caf\xc3\xa9");
    EQ_STR(m.in_reply_to, "<0@in.example.org>");
    EQ_VIEW(m.reply_text, "new");
    EQ_VIEW(m.html, "<p>new</p>");
    OK(m.automatic == MAIL_BY_PERSON);
    struct mail_pieces bare = {.from = STR("a@x.example\r\nX-Evil: 1"), .text = STR("hi")};
    OK(mail_read_pieces(p, &bare, &m, NULL) == 0);
    EQ_VIEW(m.text, "hi");
    struct mail_pieces nothing = {0};
    OK(mail_read_pieces(p, &nothing, &m, NULL) == ERR_MALFORMED);
    pool_free(&p);
}

/* ---- tokens ---- */

TEST(a_token_names_its_conversation_only)
{
    p = pool_new();
    struct id id = id_new(), got;
    struct str secret = STR("secret");
    const char *token = mail_token_make(p, secret, id.text);
    EQ_INT(strlen(token), MAIL_TOKEN_CHARACTERS);
    OK(mail_token_check(secret, str_of(token), &got));
    EQ_STR(got.text, id.text);
    OK(!mail_token_check(STR("other"), str_of(token), &got));
    OK(!mail_token_check(STR(""), str_of(token), &got));
    OK(!mail_token_check(secret, (struct str){token, 38}, &got));
    for (size_t i = 0; i < MAIL_TOKEN_CHARACTERS; i++) {
        char *wrong = pool_strdup(p, token);
        wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
        OK(!mail_token_check(secret, str_of(wrong), &got));
    }
    OK(!mail_token_make(p, secret, "no id"));
    pool_free(&p);
}

TEST(a_token_is_found_where_mail_programs_leave_it)
{
    p = pool_new();
    struct id conversation = id_new(), message = id_new(), got;
    const char *token = mail_token_make(p, STR("s"), conversation.text);
    const char *address = mail_token_address(p, "desk@in.example.org", token);
    const char *own = mail_token_message_id(p, token, message.text, "in.example.org");
    OK(mail_token_message(str_of(own), &got));
    EQ_STR(got.text, message.text);
    OK(!mail_token_message(STR("<x.y@z>"), &got));
    OK(!mail_token_address(p, "a.very.long.local.part.of.an.address@x.example", token));
    char *upper = pool_printf(p, "From: a@x.example\r\nTo: Desk <%s>\r\n\r\nx", address);
    for (char *c = strchr(upper, '+'); *c != '@'; c++) {
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
    }
    struct mail m = read_text(upper);
    EQ_INT(m.n_tokens, 1);
    EQ_STR(m.tokens[0], token);
    m = read_text(pool_printf(p, "From: a@x.example\r\nReferences: <1@x> %s\r\n\r\nx", own));
    EQ_STR(m.n_tokens ? m.tokens[0] : NULL, token);
    m = read_text("From: a@x.example\r\nTo: desk+short@in.example.org\r\n\r\nx");
    EQ_INT(m.n_tokens, 0);
    pool_free(&p);
}

static void *read_often(void *arg)
{
    const char *text = arg;
    int *wrong = calloc(1, sizeof *wrong);
    for (int i = 0; wrong && i < 200; i++) {
        struct pool *own CLEANUP(pool_free) = pool_new();
        struct mail m;
        *wrong += mail_read(own, str_of(text), &m, NULL) != 0 || m.n_attachments != 1 ||
                  !str_eq(m.reply_text, STR("caf\xc3\xa9"));
    }
    return wrong;
}

TEST(threads_read_at_the_same_time)
{
    static char text[] =
        HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; "
             "charset=utf-8\r\n\r\n<p>caf\xc3\xa9</p>\r\n--b\r\nContent-Type: text/calendar\r\n\r\n"
             "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n--b--";
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        OK(pthread_create(&threads[i], NULL, read_often, text) == 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        OK(wrong && *(int *)wrong == 0);
        free(wrong);
    }
}

int main(void)
{
    return tap_run();
}
