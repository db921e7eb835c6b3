/* SPDX-License-Identifier: Apache-2.0 */
/* The framing of requests: what is taken, what is refused, however the bytes are cut up. */
#include "base/err.h"
#include "io/http_scan.h"
#include "tap.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static const struct {
    const char *bytes;
    int bad;
    unsigned complete;
} shapes[] = {
    {GET "\r\n", 0, 1},
    {GET "\r\n" GET "\r\n", 0, 2},
    {"GET /a?b=%20#c HTTP/1.1\r\nHost: a\r\n\r\n", ERR_MALFORMED, 0},
    {"GET http://a.example:80/x HTTP/1.1\r\nHost: a\r\n\r\n", 0, 1},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 0, 1},
    {"GET / HTTP/1.0\r\n\r\n", 0, 1},
    {"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 0, 1},
    {POST "Content-Length: 3\r\n\r\nabc" GET "\r\n", 0, 2},
    {POST "Content-Length: 3\r\n\r\nab", 0, 0},
    {POST "content-LENGTH:3 \r\n\r\nabc", 0, 1},
    {CHUNKED "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", 0, 1},
    {CHUNKED "0\r\n\r\n" GET "\r\n", 0, 2},
    {CHUNKED "0003\r\nabc\r\n000\r\n\r\n", 0, 1},
    {POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx", 0, 1},
    {GET "X: caf\xc3\xa9\ttab\r\n\r\n", 0, 1},
    {"get / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_METHOD, 0},
    {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_METHOD, 0},
    {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", ERR_METHOD, 0},
    {"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", ERR_MALFORMED, 0},
    {GET "Content-Length: 101\r\n\r\n", ERR_TOO_LARGE, 0},
    {CHUNKED "65\r\n", ERR_TOO_LARGE, 0},
    {CHUNKED "40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n40\r\n",
     ERR_TOO_LARGE, 0},
    {CHUNKED "fffffffff\r\n", ERR_MALFORMED, 0},
    {CHUNKED "\r\n", ERR_MALFORMED, 0},
    {CHUNKED "-1\r\n", ERR_MALFORMED, 0},
    {CHUNKED "0x3\r\nabc\r\n", ERR_MALFORMED, 0},
    {CHUNKED " 3\r\nabc\r\n", ERR_MALFORMED, 0},
    {CHUNKED "3;x=y\r\nabc\r\n", ERR_MALFORMED, 0},
    {CHUNKED "3\nabc\r\n", ERR_MALFORMED, 0},
    {CHUNKED "3\r\nabcd\r\n", ERR_MALFORMED, 0},
    {CHUNKED "0\r\nX-Trailer: a\r\n\r\n", ERR_MALFORMED, 0},
    {"", 0, 0},
};

static void scan_in_steps(struct http_scan *s, const char *bytes, size_t step)
{
    http_scan_init(s, 400, 100);
    for (size_t n = strlen(bytes), at = 0; at < n; at += step) {
        http_scan_bytes(s, bytes + at, MIN_OF(step, n - at));
    }
}

TEST(shapes_are_judged_the_same_in_any_pieces)
{
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        for (size_t step = 1; step < 200; step = step * 3 + 1) {
            tap_case("%zu in steps of %zu: %s", i, step, shapes[i].bytes);
            struct http_scan s;
            scan_in_steps(&s, shapes[i].bytes, step);
            EQ_INT(s.bad, shapes[i].bad);
            EQ_INT(s.complete, shapes[i].complete);
            OK(!s.bad || s.why);
        }
    }
}

TEST(only_between_requests_is_between)
{
    struct http_scan s;
    http_scan_init(&s, 400, 100);
    OK(http_scan_between(&s));
    http_scan_bytes(&s, "G", 1);
    OK(!http_scan_between(&s));
    http_scan_init(&s, 400, 100);
    http_scan_bytes(&s, GET "\r\n", strlen(GET "\r\n"));
    OK(http_scan_between(&s));
    http_scan_bytes(&s, CHUNKED "1\r\n", strlen(CHUNKED "1\r\n"));
    OK(!http_scan_between(&s));
}

TEST(a_head_may_be_as_long_as_the_limit_and_no_longer)
{
    struct http_scan s;
    char head[600];
    for (int extra = 0; extra < 2; extra++) {
        int filling = 400 - (int)strlen(GET "X: \r\n\r\n") + extra;
        snprintf(head, sizeof head, GET "X: %0*d\r\n\r\n", filling, 0);
        scan_in_steps(&s, head, 7);
        EQ_INT(s.bad, extra ? ERR_HEADERS_LARGE : 0);
    }
}

TEST(what_begins_with_the_large_path_may_be_large)
{
    static const struct {
        const char *bytes;
        int bad;
    } rows[] = {
        {"POST /mail HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 0},
        {"POST /mail/secret?x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", 0},
        {"POST /mail HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", ERR_TOO_LARGE},
        {"POST /mai HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", ERR_TOO_LARGE},
        {"POST /x/mail HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", ERR_TOO_LARGE},
        /* The next request of the connection has the usual limit. */
        {"POST /mail HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxPOST / HTTP/1.1\r\nHost: "
         "a\r\n"
         "Content-Length: 101\r\n\r\n",
         ERR_TOO_LARGE},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxPOST /mail HTTP/1.1\r\nHost: "
         "a\r\n"
         "Content-Length: 101\r\n\r\n",
         0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct http_scan s;
        http_scan_init(&s, 400, 100);
        s.large_path = "/mail";
        s.large_max = 1000;
        http_scan_bytes(&s, rows[i].bytes, strlen(rows[i].bytes));
        tap_case("%s", rows[i].bytes);
        EQ_INT(s.bad, rows[i].bad);
    }
}

TEST(how_much_of_a_body_has_come_is_known)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n";
    struct http_scan s;
    char body[90] = {0};
    http_scan_init(&s, 400, 100);
    http_scan_bytes(&s, head, sizeof head - 1);
    EQ_INT(http_scan_body_so_far(&s, 1), 0);
    http_scan_bytes(&s, body, 40);
    EQ_INT(http_scan_body_so_far(&s, 1), 40);
    EQ_INT(http_scan_body_so_far(&s, 90), 40);
    EQ_INT(http_scan_body_so_far(&s, 91), 0); /* it is none of those */
    http_scan_bytes(&s, body, 50);
    EQ_INT(http_scan_body_so_far(&s, 1), 0); /* complete */
    static const char chunks[] = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "50\r\nabc";
    http_scan_bytes(&s, chunks, sizeof chunks - 1);
    EQ_INT(s.bad, 0);
    EQ_INT(http_scan_body_so_far(&s, 1), 0);
}

TEST(a_nul_is_nowhere_in_a_head)
{
    static const char head[] = GET "Cookie: a=b\r\n\r\n";
    for (size_t i = 0; i < sizeof head - 1; i++) {
        char copy[sizeof head];
        memcpy(copy, head, sizeof head);
        copy[i] = '\0';
        struct http_scan s;
        http_scan_init(&s, 400, 100);
        http_scan_bytes(&s, copy, sizeof head - 1);
        tap_case("at %zu", i);
        OK(s.bad != 0);
    }
}

int main(void)
{
    return tap_run();
}
