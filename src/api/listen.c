/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WS /ws/calls/{conversation_id}/listen: a member of the staff hears a call that goes on
 * (voice/listener.h). The call hands the sound over and does not look back: what the client has not
 * taken waits in the socket's queue, and a client for whom so much waits is dropped there. Asked
 * for without an upgrade, the same path says why it refuses.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api_private.h"
#include "base/id.h"
#include "base/settings.h"
#include "io/ws.h"
#include "voice/listener.h"

/* Of what a browser's call says at most a minute, of what is said on the telephone five. */
#define UNHEARD_MAX_BYTES (4u << 20)

enum close_code { CLOSE_OVER = 1000, CLOSE_AGAIN = 1013 };

/* Freed by the listener, which may outlive the connection by a moment. */
struct listen_socket {
    struct ws *ws; /* NULL until it is open */
    struct listener *listener;
};

static void socket_send(void *to, struct str json)
{
    struct listen_socket *s = to;
    ws_send_text(s->ws, json);
}

static void socket_end(void *to, enum listener_ending why)
{
    struct listen_socket *s = to;
    if (why == LISTENER_CROWDED) {
        ws_close(s->ws, CLOSE_AGAIN, "so many listen to this call already");
    } else {
        ws_close(s->ws, CLOSE_OVER, "the call is over");
    }
}

static void socket_free(void *to)
{
    struct listen_socket *s = to;
    ws_unref(&s->ws);
    free(s);
}

static const struct listener_ops socket_ops = {socket_send, socket_end, socket_free};

static void socket_open(struct ws *ws, void *arg)
{
    struct listen_socket *s = arg;
    s->ws = ws_ref(ws);
    listener_begin(s->listener);
}

static void socket_message(struct ws *ws UNUSED, void *arg UNUSED, bool is_text UNUSED,
                           struct str data UNUSED)
{
    /* nothing is expected from a client */
}

static void socket_closed(struct ws *ws, void *arg)
{
    struct listen_socket *s = arg;
    struct listener *l = s->listener;
    const char *fault = ws_fault(ws);
    listener_gone(&l, fault && strcmp(fault, WS_FAULT_SLOW) == 0);
}

static const struct ws_ops listen_ws_ops = {
    .open = socket_open,
    .message = socket_message,
    .closed = socket_closed,
    .message_max_bytes = 4096,
    .queue_max_bytes = UNHEARD_MAX_BYTES,
};

/* The conversation in /ws/calls/{id}/listen. */
static int read_path(const struct http_request *req, struct id *out, struct err *e)
{
    struct str rest = {req->path.p + strlen(CALL_SOCKETS), req->path.n - strlen(CALL_SOCKETS)};
    struct str id = str_cut(&rest, '/');
    if (!rest.p || !str_eq(rest, STR("listen"))) {
        return err_set(e, ERR_NOT_FOUND, "there is nothing at this path");
    }
    if (!id_parse(id, out)) {
        return err_field(e, ERR_MALFORMED, "conversation_id",
                         "conversation_id must be the id of the call's conversation");
    }
    return 0;
}

void listen_accept(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    struct id conversation;
    struct actor actor = {.name = NULL};
    const char *session;
    int rc = read_path(req, &conversation, &e);
    if (rc == 0 && !api->app->settings->voice_listening) {
        rc = err_set(&e, ERR_FORBIDDEN, "nobody may listen in here (voice_listening)");
    }
    if (rc == 0 && !listener_possible(conversation.text)) {
        rc = err_set(&e, ERR_NOT_FOUND,
                     "no call of this conversation goes on at this server; it may be over, or at "
                     "another server");
    }
    if (rc == 0) { /* again, for the name that is noted */
        rc = auth_actor(api, req, &actor, &session, &e);
    }
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->ws = &listen_ws_ops; /* without an upgrade: the server says what is missing */
    if (req->upgrade) {
        struct listen_socket *s = xcalloc(1, sizeof *s);
        s->listener = listener_new(conversation.text, actor.name, &socket_ops, s);
        res->ws_arg = s;
    }
}
