/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a connection, plain or through TLS: read into c->in, written at once as far as the
 * socket takes them, and what it does not take waits in c->out. Knows nothing of HTTP. Nothing is
 * asked of the kernel that is not needed: the socket is watched for reading all its life, and for
 * writing only while something waits.
 */
#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/fault.h"
#include "io/http_private.h"

#define READ_BYTES 4096u

static void watch_writable(struct http_conn *c, bool on)
{
    if (c->awaits_writable != on) {
        c->awaits_writable = on;
        (on ? event_add(&c->writable, NULL) : event_del(&c->writable));
    }
}

/* Bytes, 0 when there are none now, negative when there will be none. */
static ssize_t read_some(struct http_conn *c, char *to, size_t n)
{
    if (!c->ssl) {
        ssize_t got = recv(c->fd, to, n, 0);
        return got > 0 ? got : got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    }
    ERR_clear_error();
    int got = SSL_read(c->ssl, to, (int)MIN_OF(n, (size_t)INT32_MAX));
    int why = got > 0 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, got);
    if (why == SSL_ERROR_WANT_WRITE) {
        watch_writable(c, true);
    }
    return why == SSL_ERROR_NONE                                       ? got
           : why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0
                                                                       : -1;
}

ssize_t sock_read(struct http_conn *c)
{
    size_t before = c->in.len;
    while (c->in.max - c->in.len >= READ_BYTES) {
        char *room = buf_room(&c->in, READ_BYTES);
        size_t n = c->in.cap - c->in.len - 1;
        ssize_t got = read_some(c, room, n);
        if (got < 0 && c->in.len == before) {
            return got;
        }
        if (got <= 0) {
            break;
        }
        buf_used(&c->in, (size_t)got);
        if (!c->ssl && (size_t)got < n) { /* TLS may hold back more than the socket shows */
            break;
        }
    }
    return (ssize_t)(c->in.len - before);
}

ssize_t sock_try(struct http_conn *c, struct str a, struct str b)
{
    if (c->ssl || evbuffer_get_length(c->out)) {
        return 0;
    }
    struct iovec parts[] = {{(void *)(uintptr_t)a.p, a.n}, {(void *)(uintptr_t)b.p, b.n}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = b.n ? 2 : 1};
    ssize_t sent = sendmsg(c->fd, &m, MSG_NOSIGNAL);
    return sent >= 0 ? sent : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* As read_some: of what waits, how much went. */
static ssize_t write_some(struct http_conn *c)
{
    if (!c->ssl) {
        int sent = evbuffer_write(c->out, c->fd);
        return sent > 0 ? sent : sent < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    }
    struct evbuffer_iovec part;
    evbuffer_peek(c->out, -1, NULL, &part, 1);
    ERR_clear_error();
    int sent = SSL_write(c->ssl, part.iov_base, (int)MIN_OF(part.iov_len, (size_t)16384));
    if (sent > 0) {
        evbuffer_drain(c->out, (size_t)sent);
        return sent;
    }
    return SSL_get_error(c->ssl, sent) == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

bool sock_flush(struct http_conn *c)
{
    ssize_t sent = 1;
    while (sent > 0 && evbuffer_get_length(c->out)) {
        sent = write_some(c);
        if (sent > 0) {
            c->last = mono_now();
        }
    }
    watch_writable(c, evbuffer_get_length(c->out) > 0);
    return sent >= 0;
}

void sock_cut(struct http_conn *c)
{
    shutdown(c->fd, SHUT_RDWR);
}

void sock_try_fault(struct http_conn *c)
{
    if (fault_hit(FAULT_WRITE)) {
        sock_cut(c);
    }
}

void sock_end(struct http_conn *c)
{
    if (c->ssl) {
        if (SSL_is_init_finished(c->ssl) && !c->lost) {
            SSL_shutdown(c->ssl);
        }
        ERR_clear_error();
        SSL_free(c->ssl);
        c->ssl = NULL;
    }
    shutdown(c->fd, SHUT_WR);
}
