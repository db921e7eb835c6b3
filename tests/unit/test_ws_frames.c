/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of WebSocket frames takes most of them on a short way of its own. Thousands of streams
 * of frames, right ones and wrong ones, in whole and in pieces, go through it and through wslay
 * alone: the application must be given the same messages, and the peer the same answers.
 */
#include <stdlib.h>

#include "../../fuzz/ws_twins.h"
#include "tap.h"

#define STREAMS 4000
#define STREAM_MAX (1u << 20)

enum { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10, FIN = 0x80 };

/* xorshift: the same streams in each run. */
static uint64_t state = 88172645463325252u;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16) % n;
}

static bool one_in(uint32_t n)
{
    return below(n) == 0;
}

/* A frame; `form` is the bytes that tell its length: 0 (within the second), 2, 8. */
static void put_frame(struct buf *to, int first, bool masked, int form, struct str data)
{
    char mask[4] = {(char)below(256), (char)below(256), (char)below(256), (char)below(256)};
    int length = form == 0 ? (int)data.n : form == 2 ? 126 : 127;
    buf_putc(to, (char)first);
    buf_putc(to, (char)((masked ? 128 : 0) | length));
    for (int i = form - 1; i >= 0; i--) {
        buf_putc(to, (char)((uint64_t)data.n >> (8 * i)));
    }
    if (masked) {
        buf_add(to, mask, sizeof mask);
    }
    for (size_t i = 0; i < data.n; i++) {
        buf_putc(to, (char)(data.p[i] ^ (masked ? mask[i % 4] : 0)));
    }
}

static int shortest(size_t n)
{
    return n < 126 ? 0 : n < 65536 ? 2 : 8;
}

/* Words in several scripts, now and then with a byte that is in none. */
static struct str words(char *to, size_t n, bool right)
{
    static const char *const parts[] = {"a", "hello ", "\xc3\xbc", "\xe2\x82\xac",
                                        "\xf0\x9f\x98\x80"};
    size_t at = 0;
    while (at < n) {
        const char *part = parts[n > 400 ? below(2) : below(ARRAY_SIZE(parts))];
        size_t length = MIN_OF(strlen(part), n - at);
        memcpy(to + at, strlen(part) <= n - at ? part : "zzzz", length);
        at += length;
    }
    if (!right && n) {
        to[below((uint32_t)n)] = (char)(0x80 + below(128));
    }
    return (struct str){to, n};
}

static size_t some_length(void)
{
    static const size_t edges[] = {0, 1, 7, 8, 99, 100, 101, 125, 126, 127, 16383, 16384, 16385};
    return one_in(4) ? edges[below(one_in(8) ? 13 : 10)] : below(one_in(6) ? 1000 : 60);
}

/* What well-behaved peers send. */
static void put_good(struct buf *to, bool masked, char *bytes)
{
    size_t n = some_length();
    struct str data = words(bytes, n, true);
    switch (below(8)) {
    case 0: /* in pieces, with something between them */
        put_frame(to, TEXT, masked, 0, STR("one \xe2\x82"));
        if (one_in(2)) {
            put_frame(to, FIN | PING, masked, 0, STR("are you there?"));
        }
        put_frame(to, CONTINUATION, masked, 0, STR("\xac "));
        put_frame(to, FIN | CONTINUATION, masked, 0, STR("two"));
        break;
    case 1:
        put_frame(to, FIN | (one_in(2) ? PING : PONG), masked, 0,
                  (struct str){bytes, MIN_OF(n, (size_t)125)});
        break;
    case 2:
        put_frame(to, FIN | BINARY, masked, shortest(n), data);
        break;
    default:
        put_frame(to, FIN | TEXT, masked, shortest(n), data);
    }
}

/* What others send. */
static void put_bad(struct buf *to, bool masked, char *bytes)
{
    size_t n = some_length();
    struct str data = words(bytes, n, one_in(2));
    switch (below(7)) {
    case 0:
        put_frame(to, FIN | TEXT, masked, shortest(n), words(bytes, n, false));
        break;
    case 1: /* longer than need be */
        put_frame(to, FIN | TEXT, masked, n > 60000 || one_in(2) ? 8 : 2, data);
        break;
    case 2:
        put_frame(to, FIN | TEXT, !masked, shortest(n), data);
        break;
    case 3: /* any first byte */
        put_frame(to, (int)below(256), masked, shortest(n), data);
        break;
    case 4:
        put_frame(to, FIN | CLOSE, masked, 0,
                  (struct str){"\x03\xe8 bye", MIN_OF((size_t)6, (size_t)below(7))});
        break;
    case 5: /* a beginning or an end alone */
        put_frame(to, one_in(2) ? TEXT : FIN | CONTINUATION, masked, shortest(n), data);
        break;
    default: /* a length without the bytes */
        buf_add(to, "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14);
    }
}

static void compare(const struct ws_twins_way *way, struct str stream, struct buf *ours)
{
    struct buf wslays CLEANUP(buf_clear);
    buf_init(&wslays, 4 * STREAM_MAX);
    buf_reset(ours);
    bool agree = ws_twins_agree(way, (const uint8_t *)stream.p, stream.n, ours, &wslays);
    size_t at = 0;
    while (at < ours->len && at < wslays.len && ours->data[at] == wslays.data[at]) {
        at++;
    }
    OK_MSG(agree, "%zu bytes, %s, at most %u, %zu at a time%s: from %zu on %.200s / %.200s",
           stream.n, way->client ? "client" : "server", way->max_bytes, way->step,
           way->tls ? ", TLS" : "", at, at < ours->len ? ours->data + at : "",
           at < wslays.len ? wslays.data + at : "");
}

TEST(the_short_way_comes_to_what_wslay_comes_to)
{
    static char bytes[20000];
    static const size_t steps[] = {0, 0, 1, 5, 64};
    struct buf stream CLEANUP(buf_clear), ours CLEANUP(buf_clear);
    buf_init(&stream, STREAM_MAX);
    buf_init(&ours, 4 * STREAM_MAX);
    for (int i = 0; i < STREAMS; i++) {
        tap_case("%d", i);
        buf_reset(&stream);
        struct ws_twins_way way = {one_in(2), one_in(3) ? 100 : 100000,
                                   steps[below(ARRAY_SIZE(steps))], one_in(2)};
        for (uint32_t n = 1 + below(12); n; n--) {
            (one_in(15) ? put_bad : put_good)(&stream, !way.client, bytes);
        }
        struct str all = buf_str(&stream);
        all.n -= one_in(6) ? below((uint32_t)all.n) : 0; /* the rest has yet to come */
        compare(&way, all, &ours);
    }
}

TEST(how_the_bytes_arrive_makes_no_difference)
{
    struct buf stream CLEANUP(buf_clear), ours CLEANUP(buf_clear);
    buf_init(&stream, STREAM_MAX);
    buf_init(&ours, 4 * STREAM_MAX);
    put_frame(&stream, FIN | TEXT, true, 0, STR("one"));
    put_frame(&stream, BINARY, true, 0, STR("tw"));
    put_frame(&stream, FIN | PING, true, 0, STR("?"));
    put_frame(&stream, FIN | CONTINUATION, true, 0, STR("o"));
    put_frame(&stream, FIN | TEXT, true, 0, STR("three"));
    put_frame(&stream, FIN | TEXT, true, 0, STR("four"));
    put_frame(&stream, FIN | CLOSE, true, 0, STR("\x03\xe9"));
    put_frame(&stream, FIN | TEXT, true, 0, STR("five, which is too late"));
    for (size_t step = 0; step <= stream.len; step++) {
        for (int tls = 0; tls < 2; tls++) {
            struct ws_twins_way way = {.max_bytes = 1000, .step = step, .tls = tls};
            tap_case("%zu bytes at a time", step);
            compare(&way, buf_str(&stream), &ours);
            EQ_VIEW(buf_str(&ours), /* the pong is not sent any more when the peer closes */
                    "message 1 3:one\nmessage 2 3:two\nmessage 1 5:three\nmessage 1 4:four\n"
                    "answer 136 2:\x03\xe9\n");
        }
    }
}

int main(void)
{
    return tap_run();
}
