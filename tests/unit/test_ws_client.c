/* SPDX-License-Identifier: Apache-2.0 */
/* WebSockets that we open: to our own server, and to a peer that is played here, byte by byte. */
#include "io/ws_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/metrics.h"
#include "http_fixture.h"
#include "io/ws_answer.h"
#include "tap.h"

/* What a socket of ours has told. Written by the loop; read after its bell. */
struct probe {
    struct ws_peer peer;
    struct ws_ops ops;
    struct ws *ws;
    struct loop *loop;
    struct bell *asked, *opened, *heard, *closed;
    _Atomic int opens, messages, closes;
    const char *hello; /* sent in `open`; NULL: nothing */
    struct buf last;   /* message */
    bool last_is_text;
    int rc, code;
    char why[200];
    void (*on_closed)(struct probe *p);
};

static void on_open(struct ws *ws, void *arg)
{
    struct probe *p = arg;
    p->opens++;
    OK(loop_here() == ws_loop(ws));
    if (p->hello) {
        ws_put_text(ws, str_of(p->hello));
    }
    bell_ring(p->opened);
}

static void on_message(struct ws *ws, void *arg, bool is_text, struct str data)
{
    (void)ws;
    struct probe *p = arg;
    p->last_is_text = is_text;
    buf_reset(&p->last);
    buf_put_str(&p->last, data);
    p->messages++;
    bell_ring(p->heard);
}

static void on_closed(struct ws *ws, void *arg)
{
    struct probe *p = arg;
    p->code = ws_close_code(ws);
    snprintf(p->why, sizeof p->why, "%s", ws_why_closed(ws));
    p->closes++;
    ws_put_text(ws, STR("nobody hears this"));
    ws_close(ws, 1000, NULL);
    if (p->on_closed) {
        p->on_closed(p);
    }
    bell_ring(p->closed);
}

static void ask_on_loop(void *arg)
{
    struct probe *p = arg;
    struct err e = {0};
    p->ops.open = on_open;
    p->ops.message = on_message;
    p->ops.closed = on_closed;
    int opens = p->opens, closes = p->closes;
    p->rc = ws_connect(p->loop, &p->peer, &p->ops, p, &p->ws, &e);
    EQ_INT(p->opens + p->closes, opens + closes); /* never from inside */
    OK(p->rc == 0 || *err_text(&e, p->rc));
    bell_ring(p->asked);
}

static void find_loop(struct toy *home, struct probe *p)
{
    struct reply r;
    ask(home->port, "GET /loop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", &r);
    reply_clear(&r);
    p->loop = home->loop;
    OK(p->loop != NULL);
}

static void probe_start(struct toy *home, struct probe *p, const char *url)
{
    p->asked = bell_new();
    p->opened = bell_new();
    p->heard = bell_new();
    p->closed = bell_new();
    buf_init(&p->last, 1u << 20);
    find_loop(home, p);
    p->peer.url = url;
    loop_call(p->loop, ask_on_loop, p);
    OK(bell_wait(p->asked, WAIT_MS));
}

static void probe_clear(struct probe *p)
{
    ws_unref(&p->ws);
    bell_free(&p->asked);
    bell_free(&p->opened);
    bell_free(&p->heard);
    bell_free(&p->closed);
    buf_clear(&p->last);
}

/* It ends for that reason, without having been open, or after it. */
static void expect_end(struct probe *p, const char *why, int code, int opens)
{
    if (OK(bell_wait(p->closed, WAIT_MS))) {
        OK_MSG(strstr(p->why, why), "\"%s\" is not \"%s\"", p->why, why);
        EQ_INT(p->code, code);
        EQ_INT(p->opens, opens);
        EQ_INT(p->closes, 1);
    }
}

/* A peer that is played by the test. */
static int stage(int *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    OK(bind(fd, (struct sockaddr *)&a, n) == 0 && listen(fd, 16) == 0);
    OK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
    *port = ntohs(a.sin_port);
    return fd;
}

/* The request's head in `head`, NUL-terminated; the connection, or -1. */
static int take_request(int listening, char *head, size_t n)
{
    struct pollfd p = {listening, POLLIN, 0};
    int fd = poll(&p, 1, WAIT_MS) == 1 ? accept(listening, NULL, NULL) : -1;
    size_t got = 0;
    head[0] = '\0';
    while (OK(fd >= 0) && got + 1 < n && !strstr(head, "\r\n\r\n") && take(fd, head + got, 1)) {
        head[++got] = '\0';
    }
    return fd;
}

static const char *accept_of(const char *head)
{
    static char accept[WS_ACCEPT_BYTES];
    const char *key = strstr(head, "Sec-WebSocket-Key: ");
    ws_accept_of((struct str){key ? key + 19 : "", key ? WS_KEY_BYTES - 1 : 0}, accept);
    return accept;
}

#define GOOD "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

/* Takes the request and answers as it should, with `more` behind it at once. */
static int play_open(int listening, const char *more, size_t n)
{
    char head[4000];
    struct buf answer CLEANUP(buf_clear);
    int fd = take_request(listening, head, sizeof head);
    buf_init(&answer, 1u << 20);
    buf_printf(&answer, GOOD "Sec-WebSocket-Accept: %s\r\n\r\n", accept_of(head));
    buf_add(&answer, more, n);
    say(fd, answer.data, answer.len);
    return fd;
}

/* A small frame of ours, unmasked into `text`; its first byte, or -1. */
static int take_frame(int fd, char text[126], unsigned char mask[4])
{
    unsigned char head[2];
    if (!take(fd, head, 2) || !OK(head[1] & 0x80) || !OK((head[1] & 127) < 126) ||
        !take(fd, mask, 4) || !take(fd, text, head[1] & 127)) {
        return -1;
    }
    for (int i = 0; i < (head[1] & 127); i++) {
        text[i] = (char)(text[i] ^ mask[i % 4]);
    }
    text[head[1] & 127] = '\0';
    return head[0];
}

static const char *url_of(const char *scheme, const char *host, int port, const char *path)
{
    static char url[200];
    snprintf(url, sizeof url, "%s://%s:%d%s", scheme, host, port, path);
    return url;
}

static void say_and_hear(struct probe *p, void (*send)(struct ws *, struct str), struct str data)
{
    send(p->ws, data);
    if (OK(bell_wait(p->heard, WAIT_MS))) {
        OK(str_eq(buf_str(&p->last), data));
        EQ_INT(p->last_is_text, send == ws_send_text);
    }
}

static void messages_come_back(const char *scheme, struct http_config config, const char *ca)
{
    struct toy t, home;
    toy_start(&t, config);
    if (ca) { /* whose loop is asked for in plain HTTP */
        toy_start(&home, (struct http_config){.io_threads = 1});
    }
    struct probe p = {.hello = "hello", .peer = {.ca_file = ca}};
    static char large[70000];
    memset(large, 'y', sizeof large);
    probe_start(ca ? &home : &t, &p, url_of(scheme, "localhost", t.port, "/ws?a=b"));
    OK(bell_wait(p.heard, WAIT_MS));
    EQ_STR(p.last.data, "hello");
    say_and_hear(&p, ws_send_text, STR("again"));
    say_and_hear(&p, ws_send_binary, STR("\xff\x00\x01"));
    say_and_hear(&p, ws_send_text, STR(""));
    say_and_hear(&p, ws_send_text, (struct str){large, 200});
    say_and_hear(&p, ws_send_binary, (struct str){large, 65535});
    say_and_hear(&p, ws_send_text, (struct str){large, sizeof large});
    EQ_INT(metric_value(METRIC_ws_client_connections), 1);
    ws_close(p.ws, 4001, "enough");
    expect_end(&p, "closed by this server", 4001, 1);
    OK(bell_wait(t.closed, WAIT_MS));
    EQ_INT(metric_value(METRIC_ws_client_connections), 0);
    EQ_INT(metric_value(METRIC_ws_connections), 0);
    toy_stop(&t, 1000);
    if (ca) {
        toy_stop(&home, 1000);
    }
    ws_send_text(p.ws, STR("the server is gone, and nothing happens"));
    ws_close(p.ws, 1000, NULL);
    probe_clear(&p);
}

TEST(messages_come_back_on_one_loop)
{
    messages_come_back("ws", (struct http_config){.io_threads = 1}, NULL);
}

TEST(messages_come_back_between_loops)
{
    messages_come_back("ws", (struct http_config){.io_threads = 3}, NULL);
}

static char dir[] = "/tmp/ava-test-XXXXXX", cert[64], key[64];

TEST(a_certificate_is_made)
{
    OK(mkdtemp(dir) != NULL);
    if (!make_certificate(dir, "DNS:localhost", cert, key, sizeof cert)) {
        cert[0] = '\0';
        SKIP("the openssl command makes no certificate here");
    }
}

TEST(messages_come_back_over_tls)
{
    if (!cert[0]) {
        SKIP("no certificate");
    }
    messages_come_back(
        "wss", (struct http_config){.io_threads = 1, .tls_certificate = cert, .tls_key = key},
        cert);
}

TEST(who_cannot_show_the_right_certificate_is_not_talked_to)
{
    if (!cert[0]) {
        SKIP("no certificate");
    }
    const struct {
        const char *host, *ca, *why;
    } cases[] = {
        {"localhost", NULL, "the peer's certificate is not trusted: self"},
        {"127.0.0.1", cert, "the peer's certificate is not trusted: IP address mismatch"},
        {"localhost", key, "the file of trusted certificates cannot be read"},
        {"localhost", "/nowhere", "the file of trusted certificates cannot be read"},
    };
    struct toy t, home;
    toy_start(&t, (struct http_config){.io_threads = 1, .tls_certificate = cert, .tls_key = key});
    toy_start(&home, (struct http_config){.io_threads = 1});
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%zu", i);
        struct probe p = {.peer.ca_file = cases[i].ca};
        probe_start(&home, &p, url_of("wss", cases[i].host, t.port, "/ws"));
        expect_end(&p, cases[i].why, 1006, 0);
        probe_clear(&p);
    }
    struct probe p = {.peer.ca_file = cert};
    probe_start(&home, &p, url_of("wss", "localhost", home.port, "/ws")); /* it speaks no TLS */
    expect_end(&p, "no TLS with the peer", 1006, 0);
    probe_clear(&p);
    EQ_INT(t.opens, 0);
    toy_stop(&t, 1000);
    toy_stop(&home, 1000);
    unlink(cert);
    unlink(key);
    rmdir(dir);
}

TEST(what_is_no_url_is_refused)
{
    static const char *const urls[] = {
        "",
        "/ws",
        "http://localhost/ws",
        "ws://",
        "ws://user:secret@localhost/",
        "ws://localhost:99999/",
        "ws://localhost/a b",
        "ws://localhost/\r\nX: y",
        NULL,
    };
    static const char *const injected[] = {"X: a\r\nY: b", NULL}, *const none[] = {"X", NULL};
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    for (size_t i = 0; i < ARRAY_SIZE(urls) + 2; i++) {
        tap_case("%zu", i);
        struct probe p = {0};
        size_t extra = i >= ARRAY_SIZE(urls) ? i - ARRAY_SIZE(urls) + 1 : 0;
        p.peer.headers = extra == 1 ? injected : extra == 2 ? none : NULL;
        probe_start(&t, &p, extra ? "ws://localhost/" : urls[i]);
        EQ_INT(p.rc, ERR_INVALID);
        OK(p.ws == NULL);
        probe_clear(&p);
    }
    toy_stop(&t, 1000);
}

TEST(who_is_not_there_is_named)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int port, fd = stage(&port);
    hang_up(&fd);
    struct probe refused = {0};
    probe_start(&t, &refused, url_of("ws", "127.0.0.1", port, "/"));
    expect_end(&refused, "no connection to the peer: Connection refused", 1006, 0);
    probe_clear(&refused);
    struct probe unknown = {0};
    probe_start(&t, &unknown, "ws://no-such-host.invalid/");
    expect_end(&unknown, "the peer was not found: ", 1006, 0);
    probe_clear(&unknown);
    struct probe not_a_socket = {0};
    probe_start(&t, &not_a_socket, url_of("ws", "127.0.0.1", t.port, "/loop"));
    expect_end(&not_a_socket, "the peer refused the WebSocket with HTTP status 200", 1006, 0);
    probe_clear(&not_a_socket);
    toy_stop(&t, 1000);
}

/* One that accepts and says nothing, and one that does not even accept. */
TEST(a_silent_peer_is_not_waited_for)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int port, fd = stage(&port);
    struct probe p = {.peer.connect_ms = 100};
    probe_start(&t, &p, url_of("ws", "127.0.0.1", port, "/"));
    expect_end(&p, "in time", 1006, 0);
    probe_clear(&p);
    struct probe tls = {.peer.connect_ms = 100};
    probe_start(&t, &tls, url_of("wss", "127.0.0.1", port, "/"));
    expect_end(&tls, "in time", 1006, 0);
    probe_clear(&tls);
    hang_up(&fd);
    toy_stop(&t, 1000);
}

static const struct {
    const char *answer, *why;
} answers[] = {
    {"", "the peer hung up before the WebSocket was open"},
    {"nonsense\r\n\r\n", "does not speak HTTP/1.1"},
    {"HTTP/1.0 101 OK\r\n\r\n", "does not speak HTTP/1.1"},
    {"HTTP/1.1 401 Unauthorized\r\n", "HTTP status 401"},
    {"HTTP/1.1 1011 OK\r\n\r\n", "does not speak HTTP/1.1"},
    {"HTTP/1.1 101 OK\r\n\r\n", "is no upgrade"},
    {"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: KEY\r\n\r\n", "is no upgrade"},
    {"HTTP/1.1 101 OK\r\nUpgrade: h2c\r\nConnection: upgrade\r\nSec-WebSocket-Accept: KEY\r\n\r\n",
     "is no upgrade"},
    {GOOD "\r\n", "Sec-WebSocket-Accept is wrong"},
    {GOOD "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
     "Sec-WebSocket-Accept is wrong"},
    {GOOD "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Accept: KEY\r\n\r\n",
     "Sec-WebSocket-Accept is wrong"},
    {GOOD "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
     "extension that nobody asked for"},
    {GOOD "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Protocol: other\r\n\r\n",
     "sub-protocol that was not offered"},
    {GOOD "Sec-WebSocket-Accept: KEY\r\nno header\r\n\r\n", "has a header that is none"},
    {GOOD "Sec-WebSocket-Accept: KEY\r\n folded: x\r\n\r\n", "has a header that is none"},
    {GOOD "Sec-WebSocket-Accept: KEY\r\nX: a\x01\r\n\r\n", "has a header that is none"},
    {GOOD "Sec-WebSocket-Accept: KEY\r\nLONG", "is too long"},
};

static void play_answer(int fd, const char *answer, const char *request)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1u << 20);
    for (const char *at = answer; *at;) {
        if (strncmp(at, "KEY", 3) == 0) {
            buf_puts(&b, accept_of(request));
            at += 3;
        } else if (strncmp(at, "LONG", 4) == 0) {
            for (int i = 0; i < 1000; i++) {
                buf_puts(&b, "X-Header: value\r\n");
            }
            at += 4;
        } else {
            buf_putc(&b, *at++);
        }
    }
    if (b.len) {
        say(fd, b.data, b.len);
    }
}

TEST(a_wrong_answer_opens_nothing)
{
    static const char *const headers[] = {"Authorization: Bearer k",
                                          "sec-websocket-protocol: realtime, x", NULL};
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int port, listening = stage(&port);
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        tap_case("%zu", i);
        struct probe p = {.peer.headers = headers};
        char head[4000];
        probe_start(&t, &p, url_of("ws", "127.0.0.1", port, "/v1?x=y"));
        int fd = take_request(listening, head, sizeof head);
        OK(strstr(head, "GET /v1?x=y HTTP/1.1\r\nHost: 127.0.0.1:") == head);
        OK(strstr(head, "\r\nAuthorization: Bearer k\r\nsec-websocket-protocol: realtime, x\r\n"));
        play_answer(fd, answers[i].answer, head);
        if (!answers[i].answer[0]) {
            hang_up(&fd);
        }
        expect_end(&p, answers[i].why, 1006, 0);
        hang_up(&fd);
        probe_clear(&p);
    }
    hang_up(&listening);
    toy_stop(&t, 1000);
}

TEST(an_answer_may_come_in_pieces_and_with_frames_behind_it)
{
    static const char *const headers[] = {"Sec-WebSocket-Protocol: realtime, x", NULL};
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int port, listening = stage(&port);
    struct probe p = {.peer.headers = headers};
    char head[4000], answer[400];
    probe_start(&t, &p, url_of("ws", "127.0.0.1", port, ""));
    int fd = take_request(listening, head, sizeof head);
    OK(strstr(head, "GET / HTTP/1.1\r\n") == head);
    size_t n = (size_t)snprintf(answer, sizeof answer,
                                GOOD "Sec-WebSocket-Accept:%s\r\nsec-websocket-protocol: x\r\n\r\n"
                                     "\x01\x01"
                                     "a\x80\x01"
                                     "b\x81\x02"
                                     "cd",
                                accept_of(head));
    for (size_t i = 0; i < n; i++) {
        say(fd, answer + i, 1);
        usleep(i % 16 ? 0 : 2000);
    }
    while (p.messages < 2 && bell_wait(p.heard, WAIT_MS)) {
    }
    EQ_INT(p.messages, 2);
    EQ_STR(p.last.data, "cd");
    hang_up(&fd);
    expect_end(&p, "the peer was gone without a word", 1006, 1);
    probe_clear(&p);
    hang_up(&listening);
    toy_stop(&t, 1000);
}

TEST(it_is_known_why_a_peer_closed)
{
    static const struct {
        const char *frames;
        size_t n;
        int code;
        const char *why;
    } cases[] = {
        {"\x88\x00", 2, 1005, "the peer closed the connection"},
        {"\x88\x02\x03\xe8", 4, 1000, "the peer closed the connection"},
        {"\x88\x09\x0f\xa1"
         "expired",
         11, 4001, "expired"},
        {"\x88\x01x", 3, 1005, "the peer closed the connection"},
        {"\x81\x81\x01\x01\x01\x01x", 7, 1006,
         "the peer broke the WebSocket protocol"}, /* masked */
        {"\x81\x02\xc3\x28", 4, 1006, "text that is not UTF-8"},
        {"\x83\x00", 2, 1006, "the peer broke the WebSocket protocol"},
        {"\x80\x00", 2, 1006, "the peer broke the WebSocket protocol"},
        {"\x82\x7f\x00\x00\x00\x00\x00\x02\x00\x00x", 11, 1006, "a message that is too large"},
    };
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int port, listening = stage(&port);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%zu", i);
        struct probe p = {.ops.message_max_bytes = 100000};
        probe_start(&t, &p, url_of("ws", "127.0.0.1", port, "/"));
        int fd = play_open(listening, cases[i].frames, cases[i].n);
        char text[126];
        unsigned char mask[4];
        EQ_INT(take_frame(fd, text, mask), 0x88); /* it says goodbye before it goes */
        OK(closes(fd));
        expect_end(&p, cases[i].why, cases[i].code, 1);
        EQ_INT(p.messages, 0);
        hang_up(&fd);
        probe_clear(&p);
    }
    hang_up(&listening);
    toy_stop(&t, 1000);
}

TEST(what_we_send_is_masked_each_time_otherwise)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int port, listening = stage(&port), repeated = 0;
    struct probe p = {.hello = "first"};
    probe_start(&t, &p, url_of("ws", "127.0.0.1", port, "/"));
    int fd = play_open(listening, NULL, 0);
    char text[126];
    unsigned char mask[4], before[4];
    EQ_INT(take_frame(fd, text, before), 0x81);
    EQ_STR(text, "first");
    for (int i = 0; i < 300; i++) {
        ws_send_text(p.ws, STR("abcdefghijklm"));
        EQ_INT(take_frame(fd, text, mask), 0x81);
        EQ_STR(text, "abcdefghijklm");
        repeated += memcmp(mask, before, 4) == 0;
        memcpy(before, mask, 4);
    }
    OK(repeated < 3);
    say(fd, "\x89\x02hi", 4);
    EQ_INT(take_frame(fd, text, mask), 0x8a);
    EQ_STR(text, "hi");
    hang_up(&fd);
    expect_end(&p, "the peer was gone without a word", 1006, 1);
    probe_clear(&p);
    hang_up(&listening);
    toy_stop(&t, 1000);
}

static void flood(void *arg)
{
    struct probe *p = arg;
    static char lots[60000];
    memset(lots, 'x', sizeof lots);
    for (int i = 0; i < 200; i++) {
        ws_put_text(p->ws, (struct str){lots, sizeof lots});
    }
    OK(ws_unsent(p->ws) < 2 * p->ops.queue_max_bytes + sizeof lots +
                              100); /* what nobody takes is not kept without end */
}

TEST(a_peer_that_does_not_read_is_dropped)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int port, listening = stage(&port);
    struct probe p = {.ops.queue_max_bytes = 1u << 20};
    probe_start(&t, &p, url_of("ws", "127.0.0.1", port, "/"));
    int fd = play_open(listening, NULL, 0);
    OK(bell_wait(p.opened, WAIT_MS));
    loop_call(p.loop, flood, &p);
    expect_end(&p, "the peer does not take what it is sent", 1006, 1);
    hang_up(&fd);
    probe_clear(&p);
    hang_up(&listening);
    toy_stop(&t, 1000);
}

/* More than the socket takes at once, but not too much: nothing is lost. */
TEST(a_slow_peer_gets_everything)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int port, listening = stage(&port);
    struct probe p = {.ops.queue_max_bytes = 64u << 20};
    probe_start(&t, &p, url_of("ws", "127.0.0.1", port, "/"));
    int fd = play_open(listening, NULL, 0);
    OK(bell_wait(p.opened, WAIT_MS));
    loop_call(p.loop, flood, &p);
    static char frame[60008];
    int frames = 0;
    usleep(50000);
    while (frames < 200 && take(fd, frame, sizeof frame)) {
        frames++;
    }
    EQ_INT(frames, 200);
    ws_send_text(p.ws, STR("and more"));
    char text[126];
    unsigned char mask[4];
    EQ_INT(take_frame(fd, text, mask), 0x81);
    EQ_STR(text, "and more");
    hang_up(&fd);
    expect_end(&p, "the peer was gone without a word", 1006, 1);
    probe_clear(&p);
    hang_up(&listening);
    toy_stop(&t, 1000);
}

TEST(a_peer_that_falls_silent_is_dropped)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .idle_ms = 80});
    int port, listening = stage(&port);
    struct probe p = {.peer.ping_ms = 100};
    probe_start(&t, &p, url_of("ws", "127.0.0.1", port, "/"));
    int fd = play_open(listening, NULL, 0);
    char text[126];
    unsigned char mask[4];
    for (int i = 0; i < 3; i++) { /* while it answers it stays */
        EQ_INT(take_frame(fd, text, mask), 0x89);
        say(fd, "\x8a\x00", 2);
    }
    expect_end(&p, "the peer is silent", 1006, 1);
    hang_up(&fd);
    probe_clear(&p);
    hang_up(&listening);
    toy_stop(&t, 1000);
}

TEST(it_may_be_closed_before_it_is_open)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int port, listening = stage(&port), before = open_files();
    for (int i = 0; i < 20; i++) {
        struct probe p = {0};
        probe_start(&t, &p,
                    i % 2 ? "ws://no-such-host.invalid/"
                          : url_of(i % 4 ? "wss" : "ws", "localhost", port, "/"));
        usleep((useconds_t)(i % 5 * 500));
        ws_close(p.ws, 1000, "never mind");
        OK(bell_wait(p.closed, WAIT_MS));
        EQ_INT(p.opens, 0);
        EQ_INT(p.closes, 1);
        EQ_INT(p.code, 1006);
        probe_clear(&p);
    }
    EQ_INT(metric_value(METRIC_ws_client_connections), 0);
    hang_up(&listening);
    OK(files_settle(before));
    toy_stop(&t, 1000);
}

/* One that is open, one that waits for an answer, one whose name is being looked for. */
TEST(the_end_of_the_server_ends_them_all)
{
    struct toy t, other;
    toy_start(&t, (struct http_config){.io_threads = 1});
    toy_start(&other, (struct http_config){.io_threads = 1});
    int port, listening = stage(&port);
    struct probe open = {0}, waiting = {0}, looking = {0};
    probe_start(&t, &open, url_of("ws", "localhost", other.port, "/ws"));
    OK(bell_wait(open.opened, WAIT_MS));
    probe_start(&t, &waiting, url_of("ws", "localhost", port, "/"));
    probe_start(&t, &looking, "ws://no-such-host.invalid/");
    http_server_end(t.server, WAIT_MS);
    expect_end(&open, WS_WHY_SERVER_STOPS, 1001, 1);
    expect_end(&waiting, WS_WHY_SERVER_STOPS, 1006, 0);
    OK(bell_wait(looking.closed, WAIT_MS));
    EQ_INT(looking.opens + looking.closes, 1);
    OK(bell_wait(other.closed, WAIT_MS));
    /* and when it is over, it still answers who asks */
    struct probe late = {.loop = open.loop, .peer.url = "ws://localhost/"};
    late.asked = bell_new();
    late.opened = bell_new();
    late.closed = bell_new();
    loop_call(late.loop, ask_on_loop, &late);
    expect_end(&late, WS_WHY_SERVER_STOPS, 1006, 0);
    probe_clear(&late);
    probe_clear(&open);
    probe_clear(&waiting);
    probe_clear(&looking);
    hang_up(&listening);
    toy_stop(&t, 1000);
    toy_stop(&other, 1000);
    EQ_INT(metric_value(METRIC_ws_client_connections), 0);
}

static void ask_again(struct probe *p)
{
    if (p->closes < 3) {
        ws_unref(&p->ws);
        ask_on_loop(p);
    }
}

TEST(a_new_one_may_be_opened_when_one_has_closed)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    struct probe p = {.hello = "bye", .on_closed = ask_again};
    probe_start(&t, &p, url_of("ws", "127.0.0.1", t.port, "/ws"));
    while (p.closes < 3 && bell_wait(p.closed, WAIT_MS)) {
    }
    EQ_INT(p.opens, 3);
    EQ_INT(p.closes, 3);
    EQ_INT(p.code, 4000);
    EQ_STR(p.why, "as you wish");
    toy_stop(&t, 1000);
    probe_clear(&p);
}

/* Many sockets between a server and itself, while others send and the server stops. */
TEST(many_come_and_go_at_once)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    struct probe many[40];
    for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
        many[i] = (struct probe){.hello = i % 3 ? "hello" : "bye"};
        probe_start(&t, &many[i], url_of("ws", "127.0.0.1", t.port, "/ws"));
    }
    for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
        OK(bell_wait(many[i].opened, WAIT_MS));
        for (int k = 0; k < 20; k++) {
            ws_send_text(many[i].ws, STR("from another thread"));
        }
    }
    toy_stop(&t, 2000);
    for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
        EQ_INT(many[i].closes, 1);
        probe_clear(&many[i]);
    }
    EQ_INT(t.closes, ARRAY_SIZE(many));
}

int main(void)
{
    return tap_run();
}
