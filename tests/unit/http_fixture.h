/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small application on a real server, and a client of bare sockets that can send what no HTTP
 * library would. Everything waits at most WAIT_MS.
 */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H

#include "io/http.h"
#include "io/loop.h"
#include "io/thread.h"
#include "io/ws.h"

#define WAIT_MS 10000

struct toy {
    struct http_server *server;
    int port;
    struct bell *entered;      /* rung when /wait begins */
    struct bell *leave;        /* /wait ends when it is rung */
    struct bell *closed;       /* rung when a WebSocket has closed */
    struct ws *ws;             /* the last one opened; a reference */
    struct loop *_Atomic loop; /* that a request was last answered on, or NULL */
    _Atomic int opens, closes, dones;
};

/* Starts it with `config` (listen is filled in). Paths: see toy_handle. */
void toy_start(struct toy *t, struct http_config config);
void toy_stop(struct toy *t, int deadline_ms);

int dial(int port);
void hang_up(int *fd);
/* false when the peer does not take it. */
bool say(int fd, const void *bytes, size_t n);
bool say_text(int fd, const char *text);

/* An answer read to its end; status 0 when none came. */
struct reply {
    int status;
    char *head; /* to be freed by reply_clear, as the body */
    char *body;
    size_t body_n;
};
void hear(int fd, struct reply *r);      /* one answer */
void hear_head(int fd, struct reply *r); /* the answer to a HEAD: no body follows */
void reply_clear(struct reply *r);
/* The header's value in a buffer that the next call reuses; NULL when it is missing. */
const char *reply_header(const struct reply *r, const char *name);
/* Sends `request` over a connection of its own and reads one answer. */
void ask(int port, const char *request, struct reply *r);

/* The peer closes within WAIT_MS; what it still sends is thrown away. */
bool closes(int fd);
/* Exactly n bytes; false when they do not come. */
bool take(int fd, void *to, size_t n);
int open_files(void);
/* Descriptors and connections go down to so many, in a moment. */
bool files_settle(int at_most);
bool connections_settle(void);

/* A certificate for `names` ("DNS:localhost,IP:127.0.0.1") that vouches for itself, and its key, in
 * that folder; their paths go to cert and key, n bytes each. false: no openssl command here. */
bool make_certificate(const char *dir, const char *names, char cert[], char key[], size_t n);

#endif
