/* SPDX-License-Identifier: Apache-2.0 */
/* IMAP's responses, in whatever pieces they come. */
#include "channels/imap_scan.h"

#include "base/pool.h"
#include "tap.h"

struct heard {
    struct buf lines, literals;
};

static int take_literal(void *arg, struct str line, uint64_t size, struct str piece, struct err *e)
{
    struct heard *h = arg;
    (void)line, (void)e;
    OK(piece.n <= size);
    buf_put_str(&h->literals, piece);
    return 0;
}

static int take_response(void *arg, struct str line, struct err *e)
{
    struct heard *h = arg;
    (void)e;
    buf_put_str(&h->lines, line);
    buf_putc(&h->lines, '|');
    return 0;
}

/* In pieces of n bytes. */
static int scan(struct str bytes, size_t n, struct heard *h, struct err *e)
{
    struct imap_scan s = {.on_literal = take_literal, .on_response = take_response, .arg = h};
    imap_scan_init(&s);
    int rc = 0;
    while (bytes.n && rc == 0) {
        size_t part = MIN_OF(n, bytes.n);
        rc = imap_scan_bytes(&s, (struct str){bytes.p, part}, e);
        bytes = (struct str){bytes.p + part, bytes.n - part};
    }
    imap_scan_clear(&s);
    return rc;
}

static void check(const char *bytes, const char *lines, const char *literals)
{
    for (size_t n = 1; n <= strlen(bytes); n++) {
        struct heard h;
        buf_init(&h.lines, 10000);
        buf_init(&h.literals, 10000);
        tap_case("%s in pieces of %zu", lines, n);
        EQ_INT(scan(str_of(bytes), n, &h, NULL), 0);
        EQ_VIEW(buf_str(&h.lines), lines);
        EQ_VIEW(buf_str(&h.literals), literals);
        buf_clear(&h.lines);
        buf_clear(&h.literals);
    }
}

TEST(lines_and_literals_in_any_pieces)
{
    check("* 3 EXISTS\r\na1 OK done\r\n", "* 3 EXISTS|a1 OK done|", "");
    check("* 1 FETCH (UID 7 BODY[] {5}\r\nab\r\nc)\r\na2 OK\r\n",
          "* 1 FETCH (UID 7 BODY[] )|a2 OK|", "ab\r\nc");
    check("* 1 FETCH (BODY[] {0}\r\n UID 7)\r\n", "* 1 FETCH (BODY[]  UID 7)|", "");
    check("* LIST {3+}\r\na{b {2}\r\n}}\r\n", "* LIST  |", "a{b}}");
    check("x {a}\r\ny }\nz\n\r\n", "x {a}|y }|z|", "");
    check("* {12345678901234567890}\r\n", "* {12345678901234567890}|", "");
}

TEST(a_line_without_end_is_no_imap)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    size_t n = IMAP_LINE_MAX_BYTES + 10;
    char *long_line = pool_alloc(p, n);
    struct heard h;
    buf_init(&h.lines, 100);
    buf_init(&h.literals, 100);
    memset(long_line, 'x', n);
    EQ_INT(scan((struct str){long_line, n}, 4096, &h, NULL), ERR_TOO_LARGE);
    buf_clear(&h.lines);
    buf_clear(&h.literals);
}

TEST(numbers_and_words)
{
    struct str line = STR("* SEARCH 3 70 4294967295");
    OK(imap_is_search(line));
    OK(!imap_is_search(STR("a1 SEARCH 3")));
    OK(!imap_is_search(STR("* SEARCHED")));
    EQ_INT(imap_next_number(&line), 3);
    EQ_INT(imap_next_number(&line), 70);
    EQ_INT(imap_next_number(&line), 4294967295);
    EQ_INT(imap_next_number(&line), 0);
    line = STR("* SEARCH");
    OK(imap_is_search(line));
    EQ_INT(imap_next_number(&line), 0);
    line = STR("* 4294967296");
    EQ_INT(imap_next_number(&line), 0);
    EQ_INT(imap_uid_of(STR("* 12 FETCH (UID 7 BODY[] )")), 7);
    EQ_INT(imap_uid_of(STR("* 12 FETCH (FLAGS (\\Seen) uid 8)")), 8);
    EQ_INT(imap_uid_of(STR("* 12 FETCH (BODY[] )")), 0);
    OK(imap_has_word(STR("* CAPABILITY IMAP4rev1 idle"), "IDLE"));
    OK(!imap_has_word(STR("* CAPABILITY IDLER"), "IDLE"));
}

TEST(a_mailbox_is_quoted)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    EQ_STR(imap_quote(p, STR("INBOX")), "\"INBOX\"");
    EQ_STR(imap_quote(p, STR("a \"b\" \\c")), "\"a \\\"b\\\" \\\\c\"");
    EQ_STR(imap_quote(p, STR("a\r\nb")), NULL);
    EQ_STR(imap_quote(p, STR("Bücher")), NULL);
    EQ_STR(imap_quote(p, STR("")), NULL);
}

int main(void)
{
    return tap_run();
}
