/* SPDX-License-Identifier: Apache-2.0 */
/* The server with TLS, and our client's refusal to trust a certificate nobody vouches for. */
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/metrics.h"
#include "http_fixture.h"
#include "io/http_client.h"
#include "tap.h"

static char dir[] = "/tmp/ava-test-XXXXXX", cert[64], key[64];

/* A TLS connection that trusts the server's certificate; NULL when there is none. */
static SSL *tls_dial(SSL_CTX *ctx, int port, int *fd)
{
    *fd = dial(port);
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, *fd);
    SSL_set1_host(ssl, "localhost");
    SSL_set_tlsext_host_name(ssl, "localhost");
    OK(SSL_connect(ssl) == 1);
    OK(SSL_get_verify_result(ssl) == X509_V_OK);
    return ssl;
}

static void tls_hang_up(SSL *ssl, int *fd)
{
    SSL_free(ssl);
    hang_up(fd);
}

/* Reads until `end` is seen or the connection ends; how many bytes. */
static size_t tls_hear(SSL *ssl, const char *end, char *last, size_t n)
{
    size_t total = 0, kept = 0;
    last[0] = '\0';
    while (!strstr(last, end)) {
        if (kept > n / 2) { /* keep the newer half */
            memmove(last, last + kept - n / 4, n / 4);
            kept = n / 4;
        }
        int got = SSL_read(ssl, last + kept, (int)(n - kept - 1));
        if (got <= 0) {
            break;
        }
        kept += (size_t)got;
        total += (size_t)got;
        last[kept] = '\0';
    }
    return total;
}

static void tls_say(SSL *ssl, const char *text)
{
    OK(SSL_write(ssl, text, (int)strlen(text)) == (int)strlen(text));
}

static SSL_CTX *trusting(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    OK(SSL_CTX_load_verify_locations(ctx, cert, NULL) == 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

TEST(a_certificate_is_made)
{
    OK(mkdtemp(dir) != NULL);
    if (!make_certificate(dir, "DNS:localhost,IP:127.0.0.1", cert, key, sizeof cert)) {
        cert[0] = '\0';
        SKIP("the openssl command makes no certificate here");
    }
}

TEST(requests_go_over_tls)
{
    if (!cert[0]) {
        SKIP("no certificate");
    }
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2, .tls_certificate = cert, .tls_key = key});
    SSL_CTX *ctx = trusting();
    static char text[70000];
    for (int i = 0; i < 5; i++) {
        int fd;
        SSL *ssl = tls_dial(ctx, t.port, &fd);
        tls_say(ssl, "GET /work HTTP/1.1\r\nHost: a\r\n\r\n");
        tls_hear(ssl, "path=/work", text, sizeof text);
        OK(strstr(text, "HTTP/1.1 200 OK\r\n") == text);
        tls_say(ssl, "POST /loop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "5\r\nhello\r\n0\r\n\r\n");
        tls_hear(ssl, "body=hello", text, sizeof text);
        OK(strstr(text, "HTTP/1.1 200 OK\r\n") == text);
        tls_say(ssl, "GET /huge HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        OK(tls_hear(ssl, "no such text", text, sizeof text) > 30000000);
        tls_hang_up(ssl, &fd);
    }
    SSL_CTX_free(ctx);
    toy_stop(&t, 1000);
    EQ_INT(metric_value(METRIC_http_connections), 0);
}

TEST(a_large_body_goes_over_tls)
{
    if (!cert[0]) {
        SKIP("no certificate");
    }
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1,
                                       .large_path = "/work",
                                       .large_max_bytes = 4u << 20,
                                       .response_max_bytes = 8u << 20,
                                       .tls_certificate = cert,
                                       .tls_key = key});
    SSL_CTX *ctx = trusting();
    int fd;
    SSL *ssl = tls_dial(ctx, t.port, &fd);
    char *body = malloc(3000001);
    memset(body, 'x', 3000000);
    snprintf(body + 2999990, 11, "...the end");
    static char last[70000];
    tls_say(ssl, "POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
    tls_say(ssl, body);
    OK(tls_hear(ssl, "...the end", last, sizeof last) > 3000000);
    free(body);
    tls_hang_up(ssl, &fd);
    SSL_CTX_free(ctx);
    toy_stop(&t, 1000);
}

TEST(refusals_and_websockets_go_over_tls)
{
    if (!cert[0]) {
        SKIP("no certificate");
    }
    struct toy t;
    toy_start(&t, (struct http_config){
                      .io_threads = 1, .tls_certificate = cert, .tls_key = key, .request_ms = 200});
    SSL_CTX *ctx = trusting();
    static const struct {
        const char *says, *hears;
    } cases[] = {
        {"nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
        {"GET /loop HTT", "HTTP/1.1 408 Request Timeout\r\n"},
        {"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
         "\x81\x82\x01\x01\x01\x01ih",
         "\x81\x02hi"},
    };
    char text[2000];
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%zu", i);
        int fd;
        SSL *ssl = tls_dial(ctx, t.port, &fd);
        tls_say(ssl, cases[i].says);
        tls_hear(ssl, cases[i].hears, text, sizeof text);
        OK_MSG(strstr(text, cases[i].hears), "%s", text);
        tls_hang_up(ssl, &fd);
    }
    OK(bell_wait(t.closed, WAIT_MS));
    SSL_CTX_free(ctx);
    toy_stop(&t, 1000);
    EQ_INT(metric_value(METRIC_http_connections), 0);
}

TEST(handshakes_may_break_off_anywhere)
{
    if (!cert[0]) {
        SKIP("no certificate");
    }
    struct toy t;
    toy_start(&t, (struct http_config){
                      .io_threads = 1, .tls_certificate = cert, .tls_key = key, .request_ms = 300});
    int before = open_files();
    for (int i = 0; i < 40; i++) {
        int fd = dial(t.port);
        say(fd, "\x16\x03\x01\x02\x00\x01\x00", (size_t)(i % 8));
        hang_up(&fd);
    }
    int plain = dial(t.port), stuck = dial(t.port);
    say_text(plain, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    OK(closes(plain));
    OK(closes(stuck)); /* a handshake that does not come is given up */
    hang_up(&plain);
    hang_up(&stuck);
    OK(connections_settle());
    OK(files_settle(before));
    toy_stop(&t, 1000);
}

TEST(our_client_trusts_no_stranger)
{
    if (!cert[0]) {
        SKIP("no certificate");
    }
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .tls_certificate = cert, .tls_key = key});
    struct http_client *client = http_client_new();
    struct pool *pool = pool_new();
    char url[100];
    snprintf(url, sizeof url, "https://localhost:%d/loop", t.port);
    struct http_call call = {.method = "POST",
                             .url = url,
                             .body = STR("secret"),
                             .timeout_ms = WAIT_MS,
                             .connect_timeout_ms = WAIT_MS,
                             .answer_max_bytes = 1000};
    struct http_answer answer;
    struct err e = {0};
    setenv("no_proxy", "*", 1);
    EQ_INT(http_client_call(client, pool, &call, &answer, &e), ERR_PROVIDER);
    OK(!answer.may_have_arrived);
    http_client_free(&client);
    pool_free(&pool);
    toy_stop(&t, 1000);
    EQ_INT(t.dones, 0);
}

TEST(a_certificate_that_cannot_be_used_is_said_so)
{
    struct http_app app = {0};
    struct http_server *server = NULL;
    struct err e = {0};
    struct http_config config = {
        .listen = "127.0.0.1:0", .tls_certificate = "/nonexistent.pem", .tls_key = key};
    EQ_INT(http_server_new(&config, &app, NULL, &server, &e), ERR_CONFIG);
    OK_MSG(strstr(e.text, "certificate"), "%s", e.text);
    config = (struct http_config){.listen = "127.0.0.1:0", .tls_certificate = cert};
    EQ_INT(http_server_new(&config, &app, NULL, &server, &e), ERR_CONFIG);
    unlink(cert);
    unlink(key);
    rmdir(dir);
}

int main(void)
{
    return tap_run();
}
