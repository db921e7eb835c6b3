/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocking sockets with a thread for each connection. A socket belongs to its thread; the server
 * only shuts it down, which wakes the thread. Places are given out by the accepting thread alone.
 */
#include "io/line_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pool.h"
#include "io/thread.h"

#define LOOK_MS 50
#define WRITE_MS 10000
#define CHUNK_BYTES 16384
#define BACKLOG 64

struct line_conn {
    struct line_server *server;
    struct thread *thread;
    int fd;
    atomic_bool ended; /* its thread is through */
    struct buf in;
    size_t taken; /* bytes of `in` that have been given out */
};

struct line_server {
    char name[16];
    line_serve_fn *serve;
    void *arg;
    int fd, port;
    atomic_bool stopping;
    struct thread *thread;
    struct line_conn places[LINE_CONNECTIONS_MAX]; /* the accepting thread's; thread NULL: free */
};

static void run_connection(void *arg)
{
    struct line_conn *c = arg;
    c->server->serve(c->server->arg, c);
    close(c->fd);
    buf_clear(&c->in);
    atomic_store(&c->ended, true);
}

/* A free place, after the threads that are through have been joined; NULL when all are taken. */
static struct line_conn *free_place(struct line_server *s)
{
    struct line_conn *place = NULL;
    for (size_t i = 0; i < LINE_CONNECTIONS_MAX; i++) {
        struct line_conn *c = &s->places[i];
        if (c->thread && atomic_load(&c->ended)) {
            thread_join(&c->thread);
        }
        if (!c->thread && !place) {
            place = c;
        }
    }
    return place;
}

static void accept_one(struct line_server *s)
{
    int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct line_conn *c = fd >= 0 ? free_place(s) : NULL;
    if (!c) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    c->server = s;
    c->fd = fd;
    c->taken = 0;
    atomic_store(&c->ended, false);
    buf_init(&c->in, LINE_MAX_BYTES + CHUNK_BYTES);
    c->thread = thread_start(s->name, run_connection, c);
}

static void accept_all(void *arg)
{
    struct line_server *s = arg;
    while (!atomic_load(&s->stopping)) {
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        if (poll(&p, 1, LOOK_MS) > 0) {
            accept_one(s);
        }
    }
    for (size_t i = 0; i < LINE_CONNECTIONS_MAX; i++) {
        thread_join(&s->places[i].thread);
    }
}

/* Binds; errno says why not. */
static int listen_on(int port, int *port_out)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof at;
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
                    bind(fd, (struct sockaddr *)&at, n) || listen(fd, BACKLOG) ||
                    getsockname(fd, (struct sockaddr *)&at, &n))) {
        int why = errno;
        close(fd);
        errno = why;
        fd = -1;
    }
    *port_out = ntohs(at.sin_port);
    return fd;
}

int line_server_new(const char *name, int port, line_serve_fn *serve, void *arg,
                    struct line_server **out, struct err *e)
{
    int bound = 0, fd = listen_on(port, &bound);
    if (fd < 0) {
        char why[64];
        return err_set(e, ERR_IO, "port %d cannot be had: %s", port,
                       strerror_r(errno, why, sizeof why));
    }
    struct line_server *s = xcalloc(1, sizeof *s);
    snprintf(s->name, sizeof s->name, "%s", name);
    s->serve = serve;
    s->arg = arg;
    s->fd = fd;
    s->port = bound;
    s->thread = thread_start(name, accept_all, s);
    *out = s;
    return 0;
}

void line_server_free(struct line_server **server)
{
    struct line_server *s = *server;
    if (!s) {
        return;
    }
    atomic_store(&s->stopping, true);
    thread_join(&s->thread);
    close(s->fd);
    free(s);
    *server = NULL;
}

int line_server_port(const struct line_server *s)
{
    return s->port;
}

/* ---- reading ---- */

/* Reads what there is, waiting for it; LINE_HERE when something came. */
static enum line_came more(struct line_conn *c, struct mono start, int timeout_ms)
{
    if (c->taken) { /* makes room at the end */
        memmove(c->in.data, c->in.data + c->taken, c->in.len - c->taken);
        c->in.len -= c->taken;
        c->taken = 0;
    }
    while (!atomic_load(&c->server->stopping)) {
        char *room = buf_room(&c->in, CHUNK_BYTES);
        ssize_t n = room ? read(c->fd, room, CHUNK_BYTES) : 0;
        if (n > 0) {
            buf_used(&c->in, (size_t)n);
            return LINE_HERE;
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            return LINE_GONE;
        }
        int64_t left_ms = timeout_ms - mono_us_since(start) / 1000;
        if (left_ms <= 0) {
            return LINE_LATE;
        }
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        poll(&p, 1, (int)MIN_OF(left_ms, LOOK_MS));
    }
    return LINE_GONE;
}

enum line_came line_read(struct line_conn *c, int timeout_ms, struct str *out)
{
    struct mono start = mono_now();
    bool too_long = false;
    for (;;) {
        size_t n = c->in.len - c->taken;
        const char *at = n ? c->in.data + c->taken : "";
        const char *end = memchr(at, '\n', n);
        if (end) {
            size_t length = (size_t)(end - at);
            c->taken += length + 1;
            *out = (struct str){at, length - (length && at[length - 1] == '\r')};
            return too_long ? LINE_LONG : LINE_HERE;
        }
        if (n >= LINE_MAX_BYTES) {
            too_long = true;
            c->taken = c->in.len;
        }
        enum line_came came = more(c, start, timeout_ms);
        if (came != LINE_HERE) {
            return came;
        }
    }
}

enum line_came line_read_bytes(struct line_conn *c, size_t n, int timeout_ms, struct buf *to)
{
    struct mono start = mono_now();
    while (n) {
        size_t here = MIN_OF(c->in.len - c->taken, n);
        if (here) {
            buf_add(to, c->in.data + c->taken, here);
            c->taken += here;
            n -= here;
            continue;
        }
        enum line_came came = more(c, start, timeout_ms);
        if (came != LINE_HERE) {
            return came;
        }
    }
    return buf_failed(to) ? LINE_LONG : LINE_HERE;
}

/* ---- writing ---- */

void line_write(struct line_conn *c, struct str bytes)
{
    struct mono start = mono_now();
    while (bytes.n && !atomic_load(&c->server->stopping) &&
           mono_us_since(start) / 1000 < WRITE_MS) {
        ssize_t n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n >= 0) {
            bytes = (struct str){bytes.p + n, bytes.n - (size_t)n};
        } else if (errno == EAGAIN) {
            struct pollfd p = {.fd = c->fd, .events = POLLOUT};
            poll(&p, 1, LOOK_MS);
        } else if (errno != EINTR) {
            return;
        }
    }
}

void line_printf(struct line_conn *c, const char *fmt, ...)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    va_list args;
    va_start(args, fmt);
    char *text = pool_vprintf(p, fmt, args);
    va_end(args);
    line_write(c, str_of(text));
}
