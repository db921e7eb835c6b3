/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSockets that are accepted, on connections taken over from evhttp: after 101 the bufferevent's
 * callbacks are ours, and evhttp's connection object stays as its owner until the end.
 */
#include "base/codec.h"
#include "base/metrics.h"
#include "io/ws_answer.h"
#include "io/ws_private.h"

static void write_handshake(struct http_job *job, struct bufferevent *bev)
{
    struct pool *p = job->req.pool;
    char accept[WS_ACCEPT_BYTES];
    ws_accept_of(http_request_header(&job->req, "Sec-WebSocket-Key"), accept);
    job->res.status = 101;
    job->res.close = false;
    http_response_header(&job->res, p, "Upgrade", "websocket");
    http_response_header(&job->res, p, "Connection", "Upgrade");
    http_response_header(&job->res, p, "Sec-WebSocket-Accept", "%s", accept);
    struct buf head CLEANUP(buf_clear);
    buf_init(&head, 65536);
    response_head(job, &head);
    evbuffer_add(bufferevent_get_output(bev), head.data, head.len);
}

void ws_give_up(struct http_job *job)
{
    struct ws *ws = ws_new(job->loop, job->res.ws, job->res.ws_arg, false);
    job->res.ws = NULL;
    ws->gone = true;
    ws_blame(ws, atomic_load(&job->loop->server->stopping) ? WS_WHY_SERVER_STOPS
                                                           : "the peer was gone without a word");
    ws->ops->closed(ws, ws->arg);
    ws_unref(&ws);
}

void ws_accept(struct http_job *job, struct http_conn *c)
{
    struct loop *l = job->loop;
    struct ws *ws = ws_new(l, job->res.ws, job->res.ws_arg, false);
    ws->conn = c;
    ws->bev = c->bev;
    conn_upgraded(c, ws);
    LIST_INSERT_HEAD(&l->sockets, ws, entry);
    metric_add(METRIC_ws_connections, 1);
    write_handshake(job, c->bev);
    response_done(job, 101, 0);
    buf_clear(&job->res.body);
    loop_pool_back(l, job->req.pool);
    ws_opened(ws);
}

void ws_release_conn(struct ws *ws)
{
    struct http_conn *c = ws->conn;
    ws->conn = NULL;
    ws->bev = NULL;
    conn_linger(c); /* the peer may still have to read our close frame */
    c->ws = NULL;
    c->scan.bad = 0;
    evhttp_connection_free(c->evcon); /* and with it the request that asked for the upgrade */
}
