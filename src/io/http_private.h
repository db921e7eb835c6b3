/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the HTTP server share, and nobody else. One struct http_loop per I/O thread
 * with its own event_base; a connection, its requests and its WebSocket belong to the loop that
 * accepted it, and only that thread touches them. Other threads reach a loop by
 * loop_post() alone, so libevent runs without locks.
 */
#ifndef IO_HTTP_PRIVATE_H
#define IO_HTTP_PRIVATE_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "io/http.h"
#include "io/http_scan.h"
#include "io/thread.h"
#include "io/ws.h"

#define POOLS_KEPT 64
#define LINGERS_MAX 256
#define BODIES_KEPT 16
#define BODY_KEPT_BYTES 65536u

struct http_loop;

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
    size_t input_max; /* bytes of all requests that are arriving or in hand, together */
    _Atomic size_t input;
    _Atomic int connections;
    atomic_bool stopping;
    struct mono stop_by; /* set before stopping */
    int n_loops;
    struct http_loop **loops;
};

struct http_conn {
    LIST_ENTRY(http_conn) entry;
    struct http_loop *loop;
    int fd;
    SSL *ssl; /* NULL: plain */
    struct event readable, writable;
    struct buf in;        /* what has come: the request that is arriving or in hand, and more */
    size_t taken;         /* of it: bytes that the scanner has seen */
    struct evbuffer *out; /* what the socket did not take yet */
    struct http_scan scan;
    struct mono began; /* the request that is arriving */
    struct mono last;  /* sign of life */
    size_t held;       /* of server->input */
    bool in_hand;      /* a request was given to us and has no answer yet */
    bool paused;       /* not watched for reading until that has its answer; see loop_await */
    bool awaits_writable;
    bool continuing; /* inside conn_continue */
    bool closing;    /* ends when `out` is empty */
    bool lost;       /* ends now */
    bool linger;     /* when it ends: the client may have to read our last words yet */
    bool counted;    /* by its address */
    struct ws *ws;
    char remote[48];
};

/* A socket whose last answer the client may not have read yet: closing it at once could take the
 * answer from it, so what it still sends is read and thrown away for a moment. */
struct http_linger {
    LIST_ENTRY(http_linger) entry;
    struct http_loop *loop;
    struct event *readable;
    int fd;
    size_t bytes;
    struct mono since;
};

struct http_loop {
    struct http_server *server;
    int index;
    struct thread *thread;
    struct event_base *base;
    struct evconnlistener *listener;
    bool accepting;     /* its turn to accept; one loop has it */
    _Atomic int load;   /* connections */
    struct event *wake; /* wake_fd was written: tasks wait */
    struct event *tick; /* deadlines */
    int wake_fd;
    pthread_mutex_t lock;
    struct loop_tasks tasks; /* this and the next two under the lock */
    int n_tasks;
    bool woken;            /* wake_fd was written and not read yet */
    struct loop_task turn; /* posted to hand over the turn to accept */
    struct loop_task stop;
    LIST_HEAD(, http_conn) conns;
    LIST_HEAD(, http_linger) lingers;
    int n_lingers;
    LIST_HEAD(, ws) sockets;
    struct pool *pools[POOLS_KEPT];
    int n_pools;
    struct buf bodies[BODIES_KEPT]; /* empty, with the memory of former answers */
    int n_bodies;
    struct buf head; /* of the answer that is being sent */
    int64_t date_s;  /* when `date` was written */
    char date[40];
    uint64_t id_state;
};

/* A request from its arrival to its answer; lives in its own pool. */
struct http_job {
    struct loop_task task;
    struct http_request req;
    struct http_response res;
    struct http_loop *loop;
    struct http_conn *conn; /* the loop's to touch; stays until the answer */
    struct str body;        /* what is sent: body_owned, or of res, or borrowed */
    char *body_owned;
    bool http_1_0;
    bool keep;       /* the client keeps the connection */
    struct str head; /* once there was a try to send it */
    size_t sent;     /* of head and body together */
    bool lost;       /* the connection, as the try showed */
    bool vary;
    bool gzip;
};

/* http_loop.c */
struct http_loop *loop_new(struct http_server *s, int index); /* NULL when libevent cannot */
void loop_start(struct http_loop *l);
void loop_post(struct http_loop *l, struct loop_task *t); /* any thread */
/* The same for what has time until the loop wakes for something else, or for its next tick; but
 * when *awaited, the loop is woken. Any thread. */
void loop_post_later(struct http_loop *l, struct loop_task *t, const bool *awaited);
/* Loop thread: true when no task waits, and then whoever posts next finds *awaited set. */
bool loop_await(struct http_loop *l, bool *awaited);
void loop_run_tasks(struct http_loop *l);
void loop_end_if_done(struct http_loop *l);
void loop_free(struct http_loop **l); /* after its thread has ended */
struct pool *loop_pool(struct http_loop *l);
void loop_pool_back(struct http_loop *l, struct pool *p);
void loop_id(struct http_loop *l, char id[17]);

/* http_addresses.c; any thread */
struct http_addresses *addresses_new(int per_address);
void addresses_free(struct http_addresses **a);
/* One more; false, and not counted, when the address has its share already. */
bool addresses_add(struct http_addresses *a, const char *text);
void addresses_drop(struct http_addresses *a, const char *text);

/* http_sock.c */
/* Reads what there is into c->in; how many bytes, negative when there will be none any more. */
ssize_t sock_read(struct http_conn *c);
/* Sends a and b past c->out, when nothing waits there; how many bytes, negative when lost. */
ssize_t sock_try(struct http_conn *c, struct str a, struct str b);
/* Sends of c->out what the socket takes; false when the connection is lost. */
bool sock_flush(struct http_conn *c);
/* The socket takes no more, as if the peer were gone. */
void sock_cut(struct http_conn *c);
/* The same, when a test wants the next write to fail. */
void sock_try_fault(struct http_conn *c);
/* Says goodbye; the descriptor stays open. */
void sock_end(struct http_conn *c);

/* http_conn.c */
void conn_accept(struct http_loop *l, int fd, const struct sockaddr *address, socklen_t n);
void conn_answered(struct http_conn *c, bool close);
void conn_upgraded(struct http_conn *c, struct ws *ws);
/* After an answer: goes on with what has come meanwhile, or ends. May free it. */
void conn_continue(struct http_conn *c);
void conn_free(struct http_conn *c);
void conn_sweep(struct http_loop *l);
void conn_stop(struct http_loop *l);
void linger_free(struct http_linger *g);

/* http_request.c */
/* Fills job->req from what the connection's scanner let through. 0, or the ERR_ code of what is
 * wrong, with why. */
int request_read(struct http_job *job, const char **why);

/* http_response.c */
void response_init(struct http_job *job);
void response_refuse(struct http_job *job, int code, const char *why);
/* After handle(): compresses and settles the body. Loop or worker. */
void response_settle(struct http_job *job);
/* Hands head and body to the socket, as far as it takes them at once, and tells whether that was
 * all; the rest stays with the job. The thread that has the job, whichever that is. */
bool response_try(struct http_job *job);
/* Loop thread: sends what is left, or leaves it to the connection. */
void response_write(struct http_job *job);
/* Loop thread: sends it, frees the job, and lets the connection go on. */
void response_send(struct http_job *job);
/* Loop thread: the same, when all was sent already. */
void response_sent(struct http_job *job);
/* Counts it and tells the application. */
void response_done(struct http_job *job, int status, size_t bytes);
void response_free(struct http_job *job);

/* http_server.c */
/* The connection has a complete request. */
void server_request(struct http_conn *c);

/* ws.c */
/* Takes the connection over: 101 and what follows. Loop thread. */
void ws_accept(struct http_job *job, struct http_conn *c);
/* The same when there is no connection to take over any more: its `closed` is called, no `open`. */
void ws_give_up(struct http_job *job);
/* Something has come into conn->in; what waited was sent; the connection is lost. Each may end it.
 */
void ws_readable(struct ws *ws);
void ws_written(struct ws *ws);
void ws_lost(struct ws *ws);
void ws_sweep(struct http_loop *l);
void ws_close_all(struct http_loop *l, bool now);

static inline int64_t mono_ms_since(struct mono start)
{
    return mono_us_since(start) / 1000;
}

#endif
