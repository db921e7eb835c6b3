/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords by libsodium's argon2id (interactive limits), secrets by the kernel's random bytes. */
#include "domain/access.h"

#include <sodium.h>
#include <stdatomic.h>

#include "base/codec.h"
#include "base/id.h"

#define PASSWORD_MIN_BYTES 8

char *access_hash(struct pool *p, struct str secret)
{
    unsigned char digest[SHA256_BYTES];
    sha256(secret, digest);
    return hex_encode(p, digest, sizeof digest);
}

void access_mark(struct str secret, unsigned char out[ACCESS_MARK_BYTES])
{
    _Static_assert(ACCESS_MARK_BYTES == crypto_shorthash_siphashx24_BYTES, "as SipHash has it");
    static _Thread_local unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
    static _Thread_local bool made;
    if (!made) {
        random_bytes(key, sizeof key);
        made = true;
    }
    crypto_shorthash_siphashx24(out, (const unsigned char *)secret.p, secret.n, key);
}

static void new_secret(struct pool *p, const char *prefix, char out[ACCESS_SECRET_BYTES])
{
    unsigned char bytes[32];
    random_bytes(bytes, sizeof bytes);
    snprintf(out, ACCESS_SECRET_BYTES, "%s%s", prefix, base64url_encode(p, bytes, sizeof bytes));
}

static char *lower_email(struct pool *p, const char *email)
{
    char *s = pool_strdup(p, email);
    for (char *at = s; *at; at++) {
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at + ('a' - 'A')) : *at;
    }
    return s;
}

static int hash_password(struct pool *p, const char *password, const char **out, struct err *e)
{
    size_t n = strlen(password);
    if (n < PASSWORD_MIN_BYTES) {
        return err_field(e, ERR_INVALID, "password", "the password needs at least %d characters",
                         PASSWORD_MIN_BYTES);
    }
    char *hash = pool_alloc(p, crypto_pwhash_STRBYTES);
    if (sodium_init() < 0 ||
        crypto_pwhash_str(hash, password, n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
        return err_set(e, ERR_UNAVAILABLE, "there is not enough memory to hash the password");
    }
    *out = hash;
    return 0;
}

static _Atomic unsigned generation;

unsigned access_generation(void)
{
    return atomic_load(&generation);
}

struct adding {
    struct pool *pool;
    const char *email, *name, *role, *hash;
    bool replace;
    struct id id;
};

static int add_user(struct db *db, void *arg, struct err *e)
{
    struct adding *a = arg;
    if (a->replace) {
        int rc = staff_replace(db, a->pool, a->email, a->hash, a->role, e);
        if (rc != ERR_NOT_FOUND) {
            return rc;
        }
    }
    return staff_insert(db, a->id.text, a->email, a->name, a->role, a->hash, wall_now(), e);
}

int access_add_user(struct store *s, struct pool *p, const char *email, const char *name,
                    const char *role, const char *password, bool replace, const char **id_out,
                    struct err *e)
{
    struct adding a = {p, lower_email(p, email), name, role, NULL, replace, id_new()};
    if (!strchr(a.email, '@') || strlen(a.email) > 255) {
        return err_field(e, ERR_INVALID, "email", "the e-mail address needs an @");
    }
    int rc = hash_password(p, password, &a.hash, e);
    if (rc == 0) {
        rc = store_write(s, add_user, &a, e);
    }
    if (rc == ERR_CONFLICT) {
        return err_field(e, ERR_CONFLICT, "email", "there is a staff user with that address");
    }
    if (rc == 0 && id_out) {
        *id_out = pool_strdup(p, a.id.text);
    }
    return rc;
}

/* A hash of nothing anybody knows: checked when the address is unknown, to take the same time. */
static bool password_ok(const char *hash, const char *password)
{
    static const char decoy[crypto_pwhash_STRBYTES] =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
        "Qy5n0h1aK1vEPrJVRMPe5yV5nZQhn0Yk2cO0T2bJq0A";
    bool ok = crypto_pwhash_str_verify(hash ? hash : decoy, password, strlen(password)) == 0;
    return ok && hash;
}

struct beginning {
    const char *hash, *user_id;
    struct wall now, end;
};

static int begin_session(struct db *db, void *arg, struct err *e)
{
    struct beginning *b = arg;
    return sessions_insert(db, b->hash, b->user_id, b->now, b->end, e);
}

int access_check_password(struct store *s, struct pool *p, const char *email, const char *password,
                          struct staff_user *user_out, struct err *e)
{
    struct staff_user user = {0};
    {
        CLEANUP(store_return) struct db *db = NULL;
        int rc = store_borrow(s, &db, e);
        if (rc == 0) {
            rc = staff_by_email(db, p, lower_email(p, email), &user, e);
        }
        if (rc < 0 && rc != ERR_NOT_FOUND) {
            return rc;
        }
    }
    if (sodium_init() < 0 || !password_ok(user.password_hash.p, password)) {
        return err_set(e, ERR_UNAUTHENTICATED, "the e-mail address or the password is wrong");
    }
    *user_out = user;
    return 0;
}

int access_sign_in(struct store *s, struct pool *p, const char *email, const char *password,
                   int64_t hours, struct staff_user *user_out, char secret_out[ACCESS_SECRET_BYTES],
                   struct err *e)
{
    struct staff_user user;
    int rc = access_check_password(s, p, email, password, &user, e);
    if (rc < 0) {
        return rc;
    }
    char secret[ACCESS_SECRET_BYTES];
    new_secret(p, "", secret);
    struct wall now = wall_now();
    struct beginning b = {
        access_hash(p, str_of(secret)), user.id.p, now, {now.us + hours * 3600 * US_PER_SECOND}};
    rc = store_write(s, begin_session, &b, e);
    if (rc == 0) {
        *user_out = user;
        memcpy(secret_out, secret, sizeof secret);
    }
    return rc;
}

struct changing {
    struct pool *pool;
    const struct access_change *change;
    const char *hash, *session_hash;
};

/* Whoever may do everything is never the last one to be taken away. */
static int keep_an_owner(struct db *db, const struct changing *c, const struct rows *before,
                         struct err *e)
{
    const struct access_change *k = c->change;
    bool is_owner = str_eq(row_str(before, 0, 3), STR(ACCESS_OWNER)) && !row_text(before, 0, 5);
    bool stays = !k->disable && (!k->role || strcmp(k->role, ACCESS_OWNER) == 0);
    size_t others = 0;
    if (!is_owner || stays) {
        return 0;
    }
    int rc = staff_others(db, c->pool, ACCESS_OWNER, k->user_id, &others, e);
    if (rc == 0 && others == 0) {
        return err_set(
            e, ERR_CONFLICT,
            "nobody would be left who may do everything: make somebody else owner first");
    }
    return rc;
}

static int change_user(struct db *db, void *arg, struct err *e)
{
    struct changing *c = arg;
    const struct access_change *k = c->change;
    const struct staff_change change = {k->name, k->role, c->hash, k->disable, k->enable};
    struct rows before;
    int rc = staff_one(db, c->pool, k->user_id, &before, e);
    if (rc < 0) {
        return rc;
    }
    rc = keep_an_owner(db, c, &before, e);
    if (rc == 0) {
        rc = staff_update(db, k->user_id, &change, wall_now(), e);
    }
    bool less =
        k->disable || k->password || (k->role && !str_eq(row_str(&before, 0, 3), str_of(k->role)));
    if (rc == 0 && less) {
        rc = staff_end_sessions(db, k->user_id, k->disable ? NULL : c->session_hash, e);
    }
    return rc;
}

int access_change_user(struct store *s, struct pool *p, const struct access_change *change,
                       struct err *e)
{
    struct changing c = {.pool = p, .change = change};
    int rc = change->password ? hash_password(p, change->password, &c.hash, e) : 0;
    if (rc == 0) {
        c.session_hash = change->session ? access_hash(p, str_of(change->session)) : NULL;
        rc = store_write(s, change_user, &c, e);
    }
    atomic_fetch_add(&generation, 1);
    return rc;
}

static int end_session(struct db *db, void *arg, struct err *e)
{
    return sessions_delete(db, arg, e);
}

int access_sign_out(struct store *s, struct pool *p, struct str secret, struct err *e)
{
    int rc = store_write(s, end_session, access_hash(p, secret), e);
    atomic_fetch_add(&generation, 1);
    return rc;
}

struct minting {
    const char *name, *role, *hash;
    struct wall expires_at;
    struct id id;
};

static int add_token(struct db *db, void *arg, struct err *e)
{
    struct minting *m = arg;
    return tokens_insert(db, m->id.text, m->name, m->hash, m->role, wall_now(), m->expires_at, e);
}

int access_add_token(struct store *s, struct pool *p, const char *name, const char *role,
                     struct wall expires_at, char secret_out[ACCESS_SECRET_BYTES],
                     const char **id_out, struct err *e)
{
    char secret[ACCESS_SECRET_BYTES];
    new_secret(p, "ava_", secret);
    struct minting m = {name, role, access_hash(p, str_of(secret)), expires_at, id_new()};
    int rc = store_write(s, add_token, &m, e);
    if (rc == 0) {
        memcpy(secret_out, secret, sizeof secret);
    }
    if (rc == 0 && id_out) {
        *id_out = pool_strdup(p, m.id.text);
    }
    return rc;
}

struct revoking {
    struct pool *pool;
    const char *id;
};

static int revoke_token(struct db *db, void *arg, struct err *e)
{
    const struct revoking *r = arg;
    return tokens_revoke(db, r->pool, r->id, wall_now(), e);
}

int access_revoke_token(struct store *s, struct pool *p, const char *id, struct err *e)
{
    struct revoking r = {p, id};
    int rc = store_write(s, revoke_token, &r, e);
    atomic_fetch_add(&generation, 1);
    return rc;
}

struct feed {
    const char *provider, *hash;
    bool renew;
};

static int add_feed(struct db *db, void *arg, struct err *e)
{
    struct feed *f = arg;
    return feeds_insert(db, f->provider, f->hash, f->renew, wall_now(), e);
}

int access_add_feed(struct store *s, struct pool *p, const char *provider, bool renew,
                    char secret_out[ACCESS_SECRET_BYTES], struct err *e)
{
    char secret[ACCESS_SECRET_BYTES];
    new_secret(p, "cal_", secret);
    struct feed f = {provider, access_hash(p, str_of(secret)), renew};
    int rc = store_write(s, add_feed, &f, e);
    if (rc == 0) {
        memcpy(secret_out, secret, sizeof secret);
    }
    return rc;
}
