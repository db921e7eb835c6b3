/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of WebSockets share. Only the loop's thread touches what is in a struct ws, but
 * for its references and `gone`. Nothing that the application may call in a callback ends a socket
 * at once: it is marked as due, and flushed or ended at the end of the loop's turn (ws_flush), so
 * that everything said in one turn goes out with one write, and no callback comes inside another.
 */
#ifndef IO_WS_PRIVATE_H
#define IO_WS_PRIVATE_H

#include <event2/bufferevent_ssl.h>
#include <wslay/wslay.h>

#include "io/http_private.h"

#define WS_CLOSE_MS 3000 /* a peer has so long to answer a close */

struct ws_dial;

struct ws {
    LIST_ENTRY(ws) entry; /* of loop->sockets */
    TAILQ_ENTRY(ws) due;  /* of loop->due, when is_due */
    struct loop *loop;
    pthread_mutex_t lock; /* of gone, for the threads that post */
    bool gone;
    bool is_due;
    bool overfull;  /* more waited than may */
    bool cut;       /* ws_cut */
    bool broken;    /* wslay gave up: what is in the socket's buffer is the last we say */
    bool congested; /* the socket took not all: libevent writes the rest when it can */
    _Atomic int refs;
    struct bufferevent *bev; /* NULL: no connection */
    struct http_conn *conn;  /* of one that was accepted: owns bev */
    struct ws_dial *dial;    /* of one that we open, until it is open (ws_client.c) */
    struct event *readable;  /* without TLS: we read it ourselves; else NULL */
    wslay_event_context_ptr wslay;
    uint64_t pass;   /* so many bytes of what comes next are for wslay */
    bool fragmented; /* wslay has a part of a message */
    const struct ws_ops *ops;
    void *arg;
    int ping_ms;
    struct mono heard;
    struct mono pinged;
    struct mono close_by; /* ns == 0: not closing */
    const char *why;      /* NULL: not known; may be why_text */
    const char *fault;    /* the same when it is a fault; static */
    char *why_text;
};

/* ws.c */
struct ws *ws_new(struct loop *l, const struct ws_ops *ops, void *arg, bool client);
void ws_is_due(struct ws *ws);
/* Why it will end; the first reason stays. `why` is static. */
void ws_blame(struct ws *ws, const char *why);
/* The same of a fault of the peer or the connection; NULL does nothing. */
void ws_blame_fault(struct ws *ws, const char *fault);
/* The same with a copy. */
void ws_blame_copy(struct ws *ws, struct str why);
/* The end, from whichever side; why is static, no fault. Never from inside wslay or what the
 * application calls. */
void ws_end(struct ws *ws, const char *why);

/* ws_frames.c: between the socket's buffers and the application. */
void ws_frames_init(struct ws *ws, bool client); /* ws->wslay */
void ws_frames_read(struct ws *ws);              /* what has arrived in the socket's buffer */
/* The same for bytes that stand elsewhere; writes into them. */
void ws_frames_read_bytes(struct ws *ws, uint8_t *bytes, size_t n);
bool ws_frames_write(struct ws *ws); /* wslay's own frames; false: it cannot go on */
void ws_frame_put(struct ws *ws, uint8_t opcode, struct str data);
const char *ws_frames_blame(const struct ws *ws); /* what the peer did wrong; NULL: nothing */

/* The socket is open: its bufferevent is ours from now on. */
void ws_opened(struct ws *ws);

/* ws_server.c */
void ws_release_conn(struct ws *ws);

/* ws_client.c */
void ws_dial_free(struct ws_dial **d);
void ws_release_bev(struct ws *ws);

#endif
