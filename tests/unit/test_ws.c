/* SPDX-License-Identifier: Apache-2.0 */
/* WebSockets against a client that is written here, frame by frame. */
#include <pthread.h>
#include <unistd.h>

#include "base/metrics.h"
#include "http_fixture.h"
#include "tap.h"

#define UPGRADE                                                                                    \
    "Host: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"                         \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

enum { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10, FIN = 0x80 };

/* Opcode or'ed with FIN; masked, as a client must. */
static bool send_frame(int fd, int first, const void *data, size_t n)
{
    static const unsigned char mask[4] = {1, 2, 3, 4};
    unsigned char head[14] = {(unsigned char)first}, *at = head + 2;
    if (n < 126) {
        head[1] = (unsigned char)(0x80 | n);
    } else {
        head[1] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8) {
            *at++ = (unsigned char)((uint64_t)n >> shift);
        }
    }
    memcpy(at, mask, 4);
    unsigned char *body = malloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        body[i] = ((const unsigned char *)data)[i] ^ mask[i % 4];
    }
    bool sent = say(fd, head, (size_t)(at + 4 - head)) && say(fd, body, n);
    free(body);
    return sent;
}

static bool send_text(int fd, const char *text)
{
    return send_frame(fd, FIN | TEXT, text, strlen(text));
}

struct frame {
    int first; /* -1: none came */
    size_t n;
    unsigned char data[200000];
};

static struct frame frame;

static int hear_frame(int fd)
{
    unsigned char head[2], more[8];
    frame.first = -1;
    if (!take(fd, head, 2)) {
        return -1;
    }
    frame.n = head[1] & 127;
    int extra = frame.n == 127 ? 8 : frame.n == 126 ? 2 : 0;
    if (!OK(!(head[1] & 0x80)) || !take(fd, more, (size_t)extra)) {
        return -1;
    }
    frame.n = extra ? 0 : frame.n;
    for (int i = 0; i < extra; i++) {
        frame.n = frame.n << 8 | more[i];
    }
    if (!OK(frame.n < sizeof frame.data) || !take(fd, frame.data, frame.n)) {
        return -1;
    }
    frame.data[frame.n] = '\0';
    return frame.first = head[0];
}

/* A close frame of that code (0: any), and the end. */
static void expect_close(int fd, int code)
{
    if (EQ_INT(hear_frame(fd), FIN | CLOSE) && code && OK(frame.n >= 2)) {
        EQ_INT(frame.data[0] << 8 | frame.data[1], code);
    }
    OK(closes(fd));
}

static int ws_dial(int port)
{
    int fd = dial(port);
    say_text(fd, "GET /ws HTTP/1.1\r\n" UPGRADE "\r\n");
    struct reply r;
    hear_head(fd, &r);
    EQ_INT(r.status, 101);
    EQ_STR(reply_header(&r, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EQ_STR(reply_header(&r, "Upgrade"), "websocket");
    reply_clear(&r);
    return fd;
}

TEST(messages_come_back)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    int fd = ws_dial(t.port);
    send_text(fd, "hello");
    EQ_INT(hear_frame(fd), FIN | TEXT);
    EQ_STR((char *)frame.data, "hello");
    send_frame(fd, FIN | BINARY, "\xff\x00\x01", 3);
    EQ_INT(hear_frame(fd), FIN | BINARY);
    EQ_INT(frame.n, 3);
    send_frame(fd, FIN | TEXT, "", 0);
    EQ_INT(hear_frame(fd), FIN | TEXT);
    EQ_INT(frame.n, 0);
    char large[70000];
    memset(large, 'y', sizeof large);
    send_frame(fd, FIN | TEXT, large, sizeof large);
    EQ_INT(hear_frame(fd), FIN | TEXT);
    EQ_INT(frame.n, sizeof large);
    send_frame(fd, TEXT, "a", 1); /* in pieces, with a ping between them */
    send_frame(fd, CONTINUATION, "b", 1);
    send_frame(fd, FIN | PING, "p", 1);
    send_frame(fd, FIN | CONTINUATION, "c", 1);
    EQ_INT(hear_frame(fd), FIN | PONG);
    EQ_STR((char *)frame.data, "p");
    EQ_INT(hear_frame(fd), FIN | TEXT);
    EQ_STR((char *)frame.data, "abc");
    EQ_INT(metric_value(METRIC_ws_connections), 1);
    send_frame(fd, FIN | CLOSE, "\x03\xe8", 2);
    expect_close(fd, 1000);
    OK(bell_wait(t.closed, WAIT_MS));
    EQ_INT(metric_value(METRIC_ws_connections), 0);
    hang_up(&fd);
    toy_stop(&t, 1000);
    EQ_INT(t.opens, 1);
    EQ_INT(t.closes, 1);
}

TEST(frames_sent_with_the_handshake_are_not_lost)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int fd = dial(t.port);
    struct buf both;
    buf_init(&both, 1000);
    buf_puts(&both, "GET /ws HTTP/1.1\r\n" UPGRADE "\r\n");
    buf_add(&both, "\x81\x82\0\0\0\0hi", 8);
    say(fd, both.data, both.len);
    buf_clear(&both);
    struct reply r;
    hear_head(fd, &r);
    EQ_INT(r.status, 101);
    reply_clear(&r);
    EQ_INT(hear_frame(fd), FIN | TEXT);
    EQ_STR((char *)frame.data, "hi");
    hang_up(&fd);
    OK(bell_wait(t.closed, WAIT_MS));
    toy_stop(&t, 1000);
}

TEST(who_does_not_ask_rightly_is_told_to_upgrade)
{
    static const char *const requests[] = {
        "GET /ws HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "POST /ws HTTP/1.1\r\n" UPGRADE "\r\n",
    };
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
        tap_case("%zu", i);
        struct reply r;
        ask(t.port, requests[i], &r);
        EQ_INT(r.status, 426);
        EQ_STR(reply_header(&r, "Sec-WebSocket-Version"), "13");
        reply_clear(&r);
    }
    toy_stop(&t, 1000);
    EQ_INT(t.opens, 0);
}

TEST(broken_frames_close_the_socket_with_the_right_code)
{
    static const struct {
        const char *bytes;
        size_t n;
        int code;
    } cases[] = {
        {"\x81\x82\0\0\0\0\xc3\x28", 8, 1007},                           /* text that is no UTF-8 */
        {"\x81\x02hi", 4, 1002},                                         /* not masked */
        {"\x83\x80\0\0\0\0", 6, 1002},                                   /* unknown opcode */
        {"\xc1\x80\0\0\0\0", 6, 1002},                                   /* reserved bit */
        {"\x09\x80\0\0\0\0", 6, 1002},                                   /* a ping in pieces */
        {"\x80\x80\0\0\0\0", 6, 1002},                                   /* continues nothing */
        {"\x82\xff\x00\x00\x00\x00\x00\x02\x00\x00\0\0\0\0x", 15, 1009}, /* 131,072 bytes to come */
        {"\x88\x81\0\0\0\0x", 7, 0},                                     /* half a close code */
        {"\x88\x82\0\0\0\0\x03\xed", 8, 1002},                           /* 1005 must not be sent */
    };
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%zu", i);
        int fd = ws_dial(t.port);
        say(fd, cases[i].bytes, cases[i].n);
        expect_close(fd, cases[i].code);
        OK(bell_wait(t.closed, WAIT_MS));
        hang_up(&fd);
    }
    toy_stop(&t, 1000);
    EQ_INT(t.closes, ARRAY_SIZE(cases));
}

TEST(the_application_may_close)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int fd = ws_dial(t.port);
    send_text(fd, "bye");
    EQ_INT(hear_frame(fd), FIN | CLOSE);
    EQ_INT(frame.data[0] << 8 | frame.data[1], 4000);
    EQ_STR((char *)frame.data + 2, "as you wish");
    send_frame(fd, FIN | CLOSE, "\x0f\xa0", 2);
    OK(closes(fd));
    OK(bell_wait(t.closed, WAIT_MS));
    hang_up(&fd);
    toy_stop(&t, 1000);
}

static void *send_hundred(void *arg)
{
    struct ws *ws = arg;
    for (int i = 0; i < 100; i++) {
        char text[20];
        snprintf(text, sizeof text, "%d", i);
        ws_send_text(ws, str_of(text));
    }
    ws_unref(&ws);
    return NULL;
}

TEST(other_threads_may_send_at_any_time)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    int fd = ws_dial(t.port);
    send_text(fd, "x"); /* when it comes back, t.ws is set */
    EQ_INT(hear_frame(fd), FIN | TEXT);
    struct ws *ws = ws_ref(t.ws);
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_create(&threads[i], NULL, send_hundred, ws_ref(ws));
    }
    for (int i = 0; i < 400; i++) {
        if (!EQ_INT(hear_frame(fd), FIN | TEXT)) {
            break;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_create(&threads[0], NULL, send_hundred, ws_ref(ws)); /* while the client leaves */
    hang_up(&fd);
    OK(bell_wait(t.closed, WAIT_MS));
    pthread_join(threads[0], NULL);
    toy_stop(&t, 1000);
    ws_send_text(ws, STR("the server is gone, and nothing happens"));
    ws_close(ws, 1000, NULL);
    ws_unref(&ws);
}

TEST(a_peer_that_does_not_read_is_dropped)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int fd = ws_dial(t.port);
    send_text(fd, "flood");
    OK(bell_wait(t.closed, WAIT_MS));
    hang_up(&fd);
    toy_stop(&t, 1000);
}

TEST(a_silent_peer_is_pinged_and_then_dropped)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .idle_ms = 80, .ws_ping_ms = 300});
    int fd = ws_dial(t.port);
    for (int i = 0; i < 3; i++) { /* while it answers it stays */
        EQ_INT(hear_frame(fd), FIN | PING);
        send_frame(fd, FIN | PONG, "", 0);
    }
    OK(closes(fd));
    OK(bell_wait(t.closed, WAIT_MS));
    hang_up(&fd);
    toy_stop(&t, 1000);
}

static void *stop_it(void *arg)
{
    http_server_stop(&((struct toy *)arg)->server, WAIT_MS);
    return NULL;
}

TEST(the_end_of_the_server_is_announced)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    int fds[5];
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        fds[i] = ws_dial(t.port);
    }
    pthread_t stopper;
    pthread_create(&stopper, NULL, stop_it, &t);
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        EQ_INT(hear_frame(fds[i]), FIN | CLOSE);
        EQ_INT(frame.data[0] << 8 | frame.data[1], 1001);
        send_frame(fds[i], FIN | CLOSE, "\x03\xe9", 2);
        OK(closes(fds[i]));
        hang_up(&fds[i]);
    }
    pthread_join(stopper, NULL);
    toy_stop(&t, 0);
    EQ_INT(t.closes, ARRAY_SIZE(fds));
}

TEST(sockets_open_at_the_deadline_are_closed_all_the_same)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    int fds[5];
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        fds[i] = ws_dial(t.port);
        send_text(fds[i], "x");
        EQ_INT(hear_frame(fds[i]), FIN | TEXT);
    }
    toy_stop(&t, 50);
    EQ_INT(t.closes, ARRAY_SIZE(fds));
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        hang_up(&fds[i]);
    }
}

int main(void)
{
    return tap_run();
}
