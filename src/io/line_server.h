/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small TCP server for protocols of lines (SMTP, IMAP), each connection on a thread of its own
 * that reads and writes in straight lines. For stand-ins on this machine, not for the internet: no
 * TLS, and at most LINE_CONNECTIONS_MAX connections, beyond which one is closed at once.
 */
#ifndef IO_LINE_SERVER_H
#define IO_LINE_SERVER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define LINE_CONNECTIONS_MAX 64

struct line_server;
struct line_conn; /* its thread's */

/* What a connection does; it is closed when the function returns. */
typedef void line_serve_fn(void *arg, struct line_conn *c);

/* Binds to 127.0.0.1 (port 0 picks one) and starts. *out returned owned. ERR_IO. */
NODISCARD int line_server_new(const char *name, int port, line_serve_fn *serve, void *arg,
                              struct line_server **out, struct err *e);
/* Ends every connection and waits for their threads; accepts NULL. */
void line_server_free(struct line_server **server);
int line_server_port(const struct line_server *server);

enum line_came {
    LINE_HERE,
    LINE_LATE, /* nothing whole within the time; what has come is kept */
    LINE_LONG, /* longer than LINE_MAX_BYTES: it was thrown away up to its end */
    LINE_GONE, /* the other side, or the server, is going */
};
#define LINE_MAX_BYTES 65536

/* The next line without its end (LF or CRLF). It is valid until the next call. */
enum line_came line_read(struct line_conn *c, int timeout_ms, struct str *out);

/* Exactly n bytes, appended to `to`. LINE_LONG when they do not fit (they were read all the same).
 */
enum line_came line_read_bytes(struct line_conn *c, size_t n, int timeout_ms, struct buf *to);

/* Both give up silently when the other side is gone: the next read says so. */
void line_write(struct line_conn *c, struct str bytes);
void line_printf(struct line_conn *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
