/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the HTTP server share, and nobody else. One struct loop per I/O thread
 * with its own event_base and evhttp; a connection, its requests and its WebSocket belong to the
 * loop that accepted it, and only that thread touches them. Other threads reach a loop by
 * loop_post() alone, so libevent runs without locks.
 */
#ifndef IO_HTTP_PRIVATE_H
#define IO_HTTP_PRIVATE_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "io/http.h"
#include "io/http_scan.h"
#include "io/lookup.h"
#include "io/loop.h"
#include "io/thread.h"
#include "io/ws.h"

#define POOLS_KEPT 64
#define LINGERS_MAX 256

/* Something to be done by a loop's thread; embedded in what it is about. */
struct loop_task {
    STAILQ_ENTRY(loop_task) entry;
    void (*run)(struct loop_task *t);
};
STAILQ_HEAD(loop_tasks, loop_task);

/* How many connections each address has open; shared by the loops. */
struct http_addresses;

struct http_server {
    struct http_config config;
    const struct http_app *app;
    void *app_arg;
    int port;
    int listen_fd;
    SSL_CTX *tls;
    struct workers *workers, *waiters;
    struct http_addresses *addresses;
    struct lookups *lookups; /* for the connections that we make */
    size_t input_max;        /* bytes of all requests that are arriving or in hand, together */
    _Atomic size_t input;
    _Atomic int connections;
    atomic_bool stopping;
    struct mono stop_by; /* set before stopping */
    int n_loops;
    struct loop **loops;
};

struct http_conn {
    LIST_ENTRY(http_conn) entry;
    TAILQ_ENTRY(http_conn) attend;
    struct loop *loop;
    struct bufferevent *bev;
    struct evhttp_connection *evcon;
    int fd;
    struct http_scan scan;
    struct mono began; /* the request that is arriving */
    struct mono last;  /* sign of life */
    unsigned served;   /* requests answered */
    size_t held;       /* of server->input */
    bool to_attend;
    bool started;
    bool in_hand; /* a request was given to us and has no answer yet */
    bool writing; /* its answer is on its way out */
    bool counted; /* by its address */
    int spill_fd; /* a file for the large body that is arriving; -1: none */
    size_t spilled;
    bool spill_failed;  /* it stays in memory */
    bool spilling;      /* the buffer changes for it, and no byte arrives */
    int chunks_fd;      /* the data of a body in chunks, of the large path; -1: none */
    unsigned chunks_of; /* which request's, counted as `served` */
    bool chunks_come;   /* it is arriving */
    struct ws *ws;
    char remote[48];
};

/* A socket whose last answer the client may not have read yet: closing it at once could take the
 * answer from it, so what it still sends is read and thrown away for a moment. */
struct http_linger {
    LIST_ENTRY(http_linger) entry;
    struct loop *loop;
    struct event *readable;
    int fd;
    size_t bytes;
    struct mono since;
};

struct loop {
    struct http_server *server;
    int index;
    struct thread *thread;
    struct event_base *base;
    struct evhttp *http;
    struct evhttp_bound_socket *bound;
    bool accepting;     /* its turn to accept; one loop has it */
    bool listening;     /* the listening socket is watched */
    _Atomic int load;   /* connections */
    struct event *wake; /* wake_fd was written: tasks wait */
    struct event *tick; /* deadlines */
    struct event *attend_event;
    int wake_fd;
    pthread_mutex_t lock;
    struct loop_tasks tasks;
    bool over;             /* its thread runs no more tasks; under lock, as draining */
    bool draining;         /* a thread runs what came after that */
    struct loop_task turn; /* posted to hand over the turn to accept */
    struct loop_task stop;
    LIST_HEAD(, http_conn) conns;
    TAILQ_HEAD(, http_conn) attend;
    LIST_HEAD(, http_linger) lingers;
    int n_lingers;
    LIST_HEAD(, ws) sockets;
    TAILQ_HEAD(, ws) due; /* of them: something to write, or to end */
    struct event *due_event;
    uint8_t bytes[65536]; /* what one of them has just been sent */
    uint32_t masks[128];  /* random numbers for frames that we send as a client */
    size_t n_masks;
    struct http_conn **by_fd;
    int n_by_fd;
    struct pool *pools[POOLS_KEPT];
    int n_pools;
    uint64_t id_state;
    time_t date_of; /* the second that `date` tells */
    char date[40];
};

/* A request from its arrival to its answer; lives in its own pool. */
struct http_job {
    struct loop_task task;
    struct http_request req;
    struct http_response res;
    struct evhttp_request *ev;
    struct loop *loop;
    struct str body; /* what is sent; owned when body_owned, else borrowed */
    char *body_owned;
    int64_t file_size; /* of res.file */
    bool vary;
    bool gzip;
    bool from_worker; /* the answer comes outside of evhttp's own callbacks */
};

/* http_loop.c */
struct loop *loop_new(struct http_server *s, int index); /* NULL when libevent cannot */
void loop_start(struct loop *l);
void loop_post(struct loop *l, struct loop_task *t); /* any thread */
void loop_run_tasks(struct loop *l);
void loop_end_if_done(struct loop *l);
void loop_free(struct loop **l); /* after its thread has ended */
struct pool *loop_pool(struct loop *l);
void loop_pool_back(struct loop *l, struct pool *p);
void loop_id(struct loop *l, char id[17]);

/* loop.c */
void loop_set_here(struct loop *l);
void loop_over(struct loop *l); /* from now on whoever brings a task runs it */

/* http_addresses.c; any thread */
struct http_addresses *addresses_new(int per_address);
void addresses_free(struct http_addresses **a);
/* One more; false, and not counted, when the address has its share already. */
bool addresses_add(struct http_addresses *a, const char *text);
void addresses_drop(struct http_addresses *a, const char *text);

/* http_conn.c */
struct bufferevent *conn_accept(struct event_base *base, void *arg);
void conn_attend_all(evutil_socket_t fd, short what, void *arg);
struct http_conn *conn_of(struct loop *l, struct evhttp_request *ev);
void conn_answered(struct http_conn *c); /* the response is with the socket's buffer */
void conn_upgraded(struct http_conn *c, struct ws *ws);
/* When a test wants this write to fail: the socket takes no more, as if the peer were gone. */
void conn_cut(struct http_conn *c);
void conn_try_fault(struct http_conn *c);
void conn_complete(struct evhttp_request *ev, void *arg);
void conn_sweep(struct loop *l);
void conn_stop(struct loop *l);
void conn_linger(struct http_conn *c);
void linger_free(struct http_linger *g);

/* http_spill.c: the buffer of a connection whose bytes were seen; and a request's body, when it is
 * in a file: mapped until the pool is cleared. */
void spill_input(struct http_conn *c, struct evbuffer *in);
/* What of the bytes that have just come is not to stay in the buffer, as it is in a file now. */
struct spill_cut {
    bool any;
    size_t before;           /* so many of them stay as they are */
    struct evbuffer *behind; /* and these take the place of the others; owned; NULL: none */
    size_t n;                /* bytes of small chunks that are on their way to the file */
    char data[4096];
};
/* Scans some of those bytes; and cuts, which also ends `cut`. */
void spill_scan(struct http_conn *c, struct spill_cut *cut, const char *p, size_t n);
void spill_cut_out(struct http_conn *c, struct spill_cut *cut, struct evbuffer *in, size_t added);
/* 1: it was; 0: it was not; or an error. */
int spill_take(struct http_conn *c, struct evbuffer *in, struct http_request *r);
void spill_gone(struct http_conn *c); /* with its connection */

/* http_request.c */
/* Fills job->req from job->ev. 0, or the ERR_ code of what is wrong, with why. */
int request_read(struct http_job *job, struct http_conn *c, const char **why);
void request_id(struct loop *l, struct http_request *r);

/* http_response.c */
void response_init(struct http_job *job);
void response_refuse(struct http_job *job, int code, const char *why);
/* After handle(): compresses and settles the body. Loop or worker. */
void response_settle(struct http_job *job);
/* The head as text, for answers that do not go through evhttp. */
void response_head(struct http_job *job, struct buf *to);
const char *response_reason(int status);
/* Loop thread: sends it and frees the job. */
void response_send(struct http_job *job);
/* Counts it and tells the application. */
void response_done(struct http_job *job, int status, size_t bytes);

/* http_server.c */
void server_request(struct evhttp_request *ev, void *arg);

/* ws_server.c */
/* Takes the connection over: 101 and what follows. Loop thread. */
void ws_accept(struct http_job *job, struct http_conn *c);
/* The same when there is no connection to take over any more: its `closed` is called, no `open`. */
void ws_give_up(struct http_job *job);

/* ws.c */
void ws_flush_due(evutil_socket_t fd, short what, void *arg);
void ws_sweep(struct loop *l);
void ws_close_all(struct loop *l, bool now);

static inline int64_t mono_ms_since(struct mono start)
{
    return mono_us_since(start) / 1000;
}

/* The largest body that any path may have. */
static inline size_t http_largest_body(const struct http_config *c)
{
    return c->large_path ? MAX_OF(c->large_max_bytes, c->body_max_bytes) : c->body_max_bytes;
}

#endif
