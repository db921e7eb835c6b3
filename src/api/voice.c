/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WS /ws/voice/{session_id}: who may call from a browser. In this order: whoever has a link
 * (?token=), a program with its Authorization header, a member of the staff by their cookie from
 * our own page, a page of a site in voice_open_origins. Asked for without an upgrade, the same path
 * says why it refuses, which a browser's WebSocket does not tell; a link is not used up by that.
 */
#include "api/voice.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "api/api_private.h"
#include "base/codec.h"
#include "base/settings.h"
#include "channels/web_chat.h"
#include "domain/voice_link.h"
#include "io/allowance.h"
#include "ops/ops_gen.h"
#include "voice/browser.h"

#define MINUTE_US (60 * US_PER_SECOND)
#define SLOW_MOST_MS 10000
#define ADDRESSES 4096 /* that are kept apart */

struct voice_door {
    struct allowance *addresses;
    int max;
    _Atomic int n;
    struct voice_desk *desk; /* of those that are in */
};

struct voice_door *voice_door_new(const struct settings *s, struct voice_desk *desk)
{
    struct voice_door *d = xcalloc(1, sizeof *d);
    d->addresses = allowance_new((int)s->voice_address_rate, MINUTE_US, ADDRESSES);
    d->max = (int)s->voice_web_calls;
    d->desk = desk;
    return d;
}

void voice_door_free(struct voice_door **d)
{
    if (d && *d) {
        allowance_free(&(*d)->addresses);
        free(*d);
        *d = NULL;
    }
}

/* ---- who calls ---- */

struct coming {
    const struct api *api;
    struct http_request *req;
    const char *session;
    struct str token; /* of a link; p == NULL: none */
    int64_t customer_id;
    bool test;
    const char *holder; /* who may go on with the call when it broke off; NULL: whoever knows it */
};

static int read_request(struct coming *c, struct err *e)
{
    const struct str path = c->req->path;
    struct str session = {path.p + strlen(VOICE_SOCKETS), path.n - strlen(VOICE_SOCKETS)};
    struct form query = {0};
    if (!browser_session_ok(session)) {
        return err_field(e, ERR_MALFORMED, "session_id",
                         "a session's id has 1 to %d letters, digits and -._~",
                         BROWSER_SESSION_MAX);
    }
    int rc = form_parse(c->req->pool, c->req->query, &query, e);
    if (rc == 0) {
        c->session = str_dup(c->req->pool, session);
        c->token = form_get(&query, "token");
    }
    return rc;
}

static int limit_address(const struct coming *c, struct err *e)
{
    char part[ALLOWANCE_ADDRESS_BYTES];
    int64_t wait_us;
    const char *remote = chat_remote(c->api, c->req);
    if (!c->req->upgrade ||
        allowance_take(c->api->voice_door->addresses, allowance_address(str_of(remote), part),
                       mono_now(), &wait_us)) {
        return 0;
    }
    return err_set(e, ERR_TOO_MANY, "so many calls came from this address; try again in %lld s",
                   (long long)(wait_us / US_PER_SECOND + 1));
}

static int by_link(struct coming *c, struct err *e)
{
    struct voice_link link = {0};
    struct pool *p = c->req->pool;
    struct store *s = c->api->app->store;
    int rc = limit_address(c, e); /* first, so that no link is used up for nothing */
    if (rc == 0) {
        rc = c->req->upgrade ? voice_link_use(s, p, c->session, c->token, wall_now(), &link, e)
                             : voice_link_check(s, p, c->session, c->token, wall_now(), &link, e);
    }
    c->customer_id = rc < 0 ? 0 : link.customer_id;
    c->holder = "link";
    return rc;
}

static bool from_open_site(const struct coming *c)
{
    return web_chat_origin_in(str_of(c->api->app->settings->voice_open_origins),
                              http_request_header(c->req, "Origin"));
}

static int by_account(struct coming *c, struct err *e)
{
    struct actor actor;
    const char *session = NULL;
    int rc = auth_actor(c->api, c->req, &actor, &session, e);
    if (rc == 0 && actor.kind == ACTOR_NOBODY) {
        rc = err_set(e, ERR_UNAUTHENTICATED,
                     "a call needs a link that was made for it; the staff sign in");
    }
    if (rc == 0) {
        rc = auth_same_site(c->api, c->req, session, e);
    }
    if (rc == 0) {
        rc = auth_allow(&actor, PERMISSION_CONVERSATIONS_WRITE, e);
    }
    if (rc == 0) {
        c->test = actor.kind == ACTOR_USER;
        c->holder = pool_printf(c->req->pool, "by %.50s", actor.id);
    }
    return rc;
}

static int identify(struct coming *c, struct err *e)
{
    if (c->token.p) {
        return by_link(c, e);
    }
    int rc = by_account(c, e);
    if ((rc == ERR_UNAUTHENTICATED || rc == ERR_FORBIDDEN) && from_open_site(c)) {
        return limit_address(c, e); /* open to anybody there, whatever old cookie they have */
    }
    return rc;
}

/* ---- how many ---- */

/* Takes a place, which `left` gives back. */
static int enter(struct voice_door *d, struct voice_desk *desk, struct err *e)
{
    bool room = atomic_fetch_add(&d->n, 1) < d->max;
    if (!room || !voice_desk_enter(desk)) {
        atomic_fetch_sub(&d->n, 1);
        return err_set(e, ERR_UNAVAILABLE, "all lines are busy; try again in a moment");
    }
    return 0;
}

static void left(void *door)
{
    struct voice_door *d = door;
    voice_desk_left(d->desk);
    atomic_fetch_sub(&d->n, 1);
}

/* A client that takes nothing for so long is lost. */
static int slow_ms(const struct settings *s)
{
    return (int)MIN_OF(s->socket_silence / 2, SLOW_MOST_MS);
}

void voice_accept(const struct api *api, struct http_request *req, struct http_response *res)
{
    struct coming c = {.api = api, .req = req};
    struct voice_door *door = api->voice_door;
    struct err e = {0};
    http_response_header(res, req->pool, "Cache-Control", "no-store");
    int rc = read_request(&c, &e);
    if (rc == 0 && (!api->voice || door->max == 0)) {
        rc = err_set(&e, ERR_NOT_FOUND, "calls from browsers are off (voice_web_calls)");
    }
    bool entered = rc == 0 && req->upgrade && (rc = enter(door, api->voice, &e)) == 0;
    if (rc == 0) {
        rc = identify(&c, &e);
    }
    if (rc < 0) {
        if (entered) {
            left(door);
        }
        problem_write(req, res, rc, &e);
        return;
    }
    const struct browser_caller caller = {.desk = api->voice,
                                          .session_id = c.session,
                                          .customer_id = c.customer_id,
                                          .test = c.test,
                                          .holder = c.holder,
                                          .slow_ms = slow_ms(api->app->settings),
                                          .gone = left,
                                          .arg = door};
    res->ws = &browser_ws_ops; /* without an upgrade: the server says what is missing */
    res->ws_arg = req->upgrade ? browser_new(&caller) : NULL;
}
