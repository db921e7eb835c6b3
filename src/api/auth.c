/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is asking. What the store said of a token or session is remembered for a few seconds by each
 * worker thread for itself, so that a busy client does not cost a query a request. What this
 * process takes away is forgotten at once; a token revoked or a session ended by another process
 * may live on for CACHE_US.
 */
#include "api/api_private.h"
#include "base/settings.h"
#include "domain/access.h"
#include "ops/ops_gen.h"
#include "ops/roles.h"

#define CACHE_US (3 * US_PER_SECOND)
#define CACHE_SIZE 16
#define NAME_BYTES 128

struct remembered {
    unsigned char mark[ACCESS_MARK_BYTES];
    struct actor actor;
    char name[NAME_BYTES], email[NAME_BYTES * 2];
    int64_t until_us;
    unsigned generation; /* access_generation() of then */
};

static _Thread_local struct remembered cache[CACHE_SIZE];

static struct remembered *place_of(const unsigned char *mark)
{
    return &cache[mark[0] % CACHE_SIZE];
}

static void remember(const unsigned char *mark, const struct actor *actor, unsigned generation)
{
    struct remembered *r = place_of(mark);
    *r = (struct remembered){
        .actor = *actor, .until_us = wall_now().us + CACHE_US, .generation = generation};
    memcpy(r->mark, mark, sizeof r->mark);
    snprintf(r->name, sizeof r->name, "%s", actor->name);
    snprintf(r->email, sizeof r->email, "%s", actor->email ? actor->email : "");
}

static bool recall(const unsigned char *mark, struct actor *out)
{
    struct remembered *r = place_of(mark); /* a free one has until_us == 0 */
    if (r->until_us < wall_now().us || memcmp(r->mark, mark, sizeof r->mark) != 0 ||
        r->generation != access_generation()) {
        return false;
    }
    *out = r->actor;
    out->name = r->name;
    out->email = r->email[0] ? r->email : NULL;
    return true;
}

static void set_role(struct actor *a, struct str name)
{
    const struct role *role = role_of(name);
    a->role = role ? role->name : "none";
    a->permissions = role ? role->permissions : 0;
}

static int look_up(struct store *s, struct pool *p, const char *hash, bool is_token,
                   struct actor *out, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s, &db, e);
    if (rc < 0) {
        return rc;
    }
    struct actor a = {.kind = is_token ? ACTOR_TOKEN : ACTOR_USER};
    if (is_token) {
        struct api_token token;
        rc = tokens_get(db, p, hash, wall_now(), &token, e);
        if (rc == 0) {
            snprintf(a.id, sizeof a.id, "token:" STR_FMT, STR_ARG(token.id));
            a.name = token.name.p;
            set_role(&a, token.role);
        }
    } else {
        struct staff_user user;
        rc = sessions_user(db, p, hash, wall_now(), &user, e);
        if (rc == 0) {
            snprintf(a.id, sizeof a.id, "user:" STR_FMT, STR_ARG(user.id));
            a.name = user.name.p;
            a.email = user.email.p;
            set_role(&a, user.role);
        }
    }
    if (rc == 0) {
        *out = a;
    }
    return rc;
}

/* The text of the token or session that the request came with; empty: none. */
static struct str secret_of(const struct http_request *req, bool *is_token_out)
{
    struct str header = http_request_header(req, "Authorization");
    *is_token_out = header.n > 7 && str_eq_nocase((struct str){header.p, 7}, STR("Bearer "));
    return *is_token_out ? str_trim((struct str){header.p + 7, header.n - 7})
                         : http_request_cookie(req, "ava_session");
}

void auth_proof_of(const struct http_request *req, struct auth_proof *out)
{
    struct str secret = secret_of(req, &out->is_token);
    snprintf(out->hash, sizeof out->hash, "%s", access_hash(req->pool, secret));
}

bool auth_is_gone(struct store *s, struct pool *p, const struct auth_proof *proof, int permission)
{
    struct actor actor;
    struct err e = {0};
    int rc = look_up(s, p, proof->hash, proof->is_token, &actor, &e);
    return rc == ERR_NOT_FOUND || (rc == 0 && !permission_held(actor.permissions, permission));
}

int auth_actor(const struct api *api, const struct http_request *req, struct actor *out,
               const char **session_out, struct err *e)
{
    bool is_token = false;
    struct str secret = secret_of(req, &is_token);
    *session_out = NULL;
    *out = (struct actor){.kind = ACTOR_NOBODY, .name = "", .role = "none"};
    if (!is_token && secret.n == 0) {
        return 0;
    }
    if (!is_token) {
        *session_out = str_dup(req->pool, secret);
    }
    unsigned char mark[ACCESS_MARK_BYTES];
    access_mark(secret, mark);
    if (recall(mark, out)) {
        return 0;
    }
    const char *hash = access_hash(req->pool, secret);
    unsigned generation = access_generation(); /* before the look: what ends meanwhile counts */
    int rc = look_up(api->app->store, req->pool, hash, is_token, out, e);
    if (rc == ERR_NOT_FOUND) {
        return err_set(e, ERR_UNAUTHENTICATED,
                       is_token ? "the token is not known or has been revoked"
                                : "the session has ended; sign in again");
    }
    if (rc == 0) {
        remember(mark, out, generation);
    }
    return rc;
}

int auth_allow(const struct actor *actor, int permission, struct err *e)
{
    if (permission == PERMISSION_NONE) {
        return 0;
    }
    if (actor->kind == ACTOR_NOBODY) {
        return err_set(e, ERR_UNAUTHENTICATED,
                       "sign in, or send a token: Authorization: Bearer ava_...");
    }
    if (!permission_held(actor->permissions, permission)) {
        return err_set(e, ERR_FORBIDDEN, "the role %s does not include %s", actor->role,
                       permission_names[permission]);
    }
    return 0;
}

/* The origin of the page is the address that we are known by, or the one that was asked. */
static bool own_origin(const struct api *api, const struct http_request *req, struct str origin)
{
    struct str host = http_request_header(req, "Host");
    if (str_eq(origin, str_of(api->public_url))) {
        return true;
    }
    ptrdiff_t at = str_index(origin, '/', 0);
    return at >= 0 && origin.n > (size_t)at + 2 &&
           str_eq((struct str){origin.p + at + 2, origin.n - (size_t)at - 2}, host);
}

int auth_same_site(const struct api *api, const struct http_request *req, const char *session,
                   struct err *e)
{
    struct str origin = http_request_header(req, "Origin");
    if (!session) {
        return 0; /* a token is not sent by a browser on its own */
    }
    if (origin.p && !own_origin(api, req, origin)) {
        return err_set(e, ERR_FORBIDDEN, "the request comes from another site's page");
    }
    bool changes = !(req->method & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS));
    if (changes && !http_request_header(req, "X-Ava-Request").p) {
        return err_set(e, ERR_FORBIDDEN,
                       "a request with a session cookie needs the header X-Ava-Request: 1");
    }
    return 0;
}
