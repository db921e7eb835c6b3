/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server: requests in, responses out, on libevent's evhttp, one event loop per I/O
 * thread. What a request means is the application's business, which it states in one table of
 * functions (struct http_app). A request that may block is handed to a worker with its own memory
 * pool; its response is sent by the loop that owns the connection.
 *
 * What cannot be a request (bad framing, 400; 405, 408, 413, 431) is found before evhttp sees it
 * and answered by the application's refuse(), like everything else that is refused. evhttp's own
 * error page is left for its own failures, which are those of memory.
 */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"
#include "io/spool.h"

enum http_method {
    HTTP_GET = 1,
    HTTP_POST = 2,
    HTTP_PUT = 4,
    HTTP_PATCH = 8,
    HTTP_DELETE = 16,
    HTTP_HEAD = 32,
    HTTP_OPTIONS = 64,
};
const char *http_method_name(enum http_method m);

struct http_request {
    struct pool *pool; /* everything of this request lives here */
    enum http_method method;
    struct str target;               /* as received: path and query, for signatures */
    struct str path;                 /* percent-decoded, valid UTF-8, without the query */
    struct str query;                /* raw, without the question mark */
    struct str body;                 /* a large one may be a file's mapping */
    const struct spooled *body_file; /* the same, when it is in a file; NULL: it is not */
    struct mono received;            /* when it was complete */
    char remote[48];                 /* the peer's address, without the port */
    char id[65];                     /* X-Request-Id */
    bool upgrade; /* asks for a WebSocket, with all headers that RFC 6455 wants */
    void *route;  /* the application's: set in route(), read in handle() */
    const struct http_header *headers;
    size_t n_headers;
};

struct http_header {
    struct str name;
    struct str value;
};

/* The first header of that name (any case); p == NULL when there is none. Any thread. */
struct str http_request_header(const struct http_request *r, const char *name);
/* A cookie's value; p == NULL when there is none. */
struct str http_request_cookie(const struct http_request *r, const char *name);

struct ws_ops;

struct http_response {
    int status;                /* 200 unless set */
    const char *content_type;  /* borrowed; NULL with an empty body */
    struct buf body;           /* grows to the server's response limit */
    struct str borrowed_body;  /* instead of body: bytes that outlive the server, as assets do */
    bool in_file;              /* instead of body: what this file has, which stays open as long */
    int file;                  /* as the request's pool is there */
    bool body_is_gzip;         /* borrowed_body is gzip already: say so and do not compress */
    struct http_header *extra; /* in the request's pool; http_response_header adds */
    size_t n_extra;
    bool close; /* close the connection after it */
    bool cut;   /* end the connection instead of answering, as a failing server does: stand-ins */
    /* A WebSocket is accepted by setting these instead of a body. */
    const struct ws_ops *ws;
    void *ws_arg;
};

void http_response_header(struct http_response *res, struct pool *p, const char *name,
                          const char *fmt, ...) PRINTF_LIKE(4, 5);

/*
 * A worker is for what computes: they are few, because more of them than cores only get in each
 * other's way. A waiter is for what mostly waits, as a commit does: they are many, because those
 * who wait together share one flush of the disk.
 */
enum http_where { HTTP_ON_LOOP, HTTP_ON_WORKER, HTTP_ON_WAITER };

struct http_app {
    /* Loop thread, must not block: where shall handle() run? May set request->route. */
    enum http_where (*route)(void *arg, struct http_request *req);
    /* Fills the response. Loop thread, worker or waiter, as route() said. */
    void (*handle)(void *arg, struct http_request *req, struct http_response *res);
    /* Loop thread: the response goes to the socket now (or its client was gone). Optional. */
    void (*done)(void *arg, const struct http_request *req, int status, size_t bytes);
    /* Loop or worker: fill `res` for a request that the server itself refuses. */
    void (*refuse)(void *arg, struct http_request *req, int error_code, const char *why,
                   struct http_response *res);
};

/* Numbers that are 0 take a default: that of the setting of the same meaning. */
struct http_config {
    const char *listen; /* address:port, [v6]:port; port 0 picks one */
    int io_threads;     /* 0: one per core */
    int workers;        /* 0: by the cores */
    int waiters;        /* 0: by the cores */
    size_t header_max_bytes;
    size_t body_max_bytes;  /* the largest any route takes; smaller limits are the app's */
    const char *large_path; /* but what begins with this path (at most 200 bytes) may take */
    size_t large_max_bytes; /* so much; NULL: nothing does */
    const char *spool;      /* folder for large bodies on their way; NULL: the system's */
    size_t response_max_bytes;
    int request_ms; /* a request must be complete so long after its first byte */
    int idle_ms;    /* a connection without a request is closed after it */
    int connections_max;
    int connections_per_address;
    size_t compress_from_bytes;  /* smaller bodies are not compressed; 0 never compresses */
    int ws_ping_ms;              /* a WebSocket is pinged so often; 0: every 30 s */
    const char *tls_certificate; /* PEM files; NULL: plain HTTP */
    const char *tls_key;
};

struct http_server;

/* Binds and starts threads. *out returned owned. ERR_IO when the address cannot be had. */
NODISCARD int http_server_new(const struct http_config *config, const struct http_app *app,
                              void *app_arg, struct http_server **out, struct err *e);

int http_server_port(const struct http_server *s);

/*
 * Graceful end: stops accepting, lets what is in hand finish, closes WebSockets with 1001, at most
 * deadline_ms in all. Afterwards no thread of the server runs and every socket has had its
 * `closed`, but the loops can still be called (io/loop.h). Not from a loop thread or a worker.
 */
void http_server_end(struct http_server *s, int deadline_ms);

/* The same, unless that was done, and frees the server. */
void http_server_stop(struct http_server **s, int deadline_ms);

#endif
