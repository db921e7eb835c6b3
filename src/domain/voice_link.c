/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token is a version, the customer, the end of its time in seconds, and half of the MAC over a
 * label, these and the session. That a link was used stands with the idempotency keys, under the
 * session that only this link can open: the same promise (once, whichever server), kept and
 * forgotten in the same way.
 */
#include "domain/voice_link.h"

#include "base/codec.h"
#include "base/id.h"
#include "store/idempotency.h"
#include "store/installation_keys.h"
#include "store/voice_calls.h"

#define KEY_BYTES 32
#define VERSION 1
#define SAID_BYTES 17 /* version, customer, time */
#define MAC_BYTES 16
#define USED_BY "voice link"

static void put_number(unsigned char *to, int64_t value)
{
    for (int i = 0; i < 8; i++) {
        to[i] = (unsigned char)((uint64_t)value >> (56 - 8 * i));
    }
}

static int64_t number_at(const unsigned char *from)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | from[i];
    }
    return (int64_t)value;
}

static void mac_of(struct pool *p, struct str key, const unsigned char said[SAID_BYTES],
                   const char *session, unsigned char out[SHA256_BYTES])
{
    const char *text =
        pool_printf(p, "voice link\n%s\n%s", hex_encode(p, said, SAID_BYTES), session);
    hmac_sha256(key, str_of(text), out);
}

const char *voice_link_token(struct pool *p, struct str key, const char *session,
                             const struct voice_link *l)
{
    unsigned char bytes[SAID_BYTES + MAC_BYTES], mac[SHA256_BYTES];
    bytes[0] = VERSION;
    put_number(bytes + 1, l->customer_id);
    put_number(bytes + 9, l->until.us / US_PER_SECOND);
    mac_of(p, key, bytes, session, mac);
    memcpy(bytes + SAID_BYTES, mac, MAC_BYTES);
    return base64url_encode(p, bytes, sizeof bytes);
}

bool voice_link_read(struct pool *p, struct str key, const char *session, struct str token,
                     struct voice_link *out)
{
    struct str bytes;
    unsigned char mac[SHA256_BYTES];
    if (!key.n || token.n > 100 || !base64_decode(p, token, &bytes) ||
        bytes.n != SAID_BYTES + MAC_BYTES || bytes.p[0] != VERSION) {
        return false;
    }
    const unsigned char *said = (const unsigned char *)bytes.p;
    mac_of(p, key, said, session, mac);
    if (!str_eq_secret((struct str){(char *)mac, MAC_BYTES},
                       (struct str){bytes.p + SAID_BYTES, MAC_BYTES})) {
        return false;
    }
    out->customer_id = number_at(said + 1);
    out->until.us = number_at(said + 9) * US_PER_SECOND;
    return true;
}

int voice_link_make(struct db *db, struct pool *p, const char *session, const struct voice_link *l,
                    const char **token_out, struct err *e)
{
    unsigned char fresh[KEY_BYTES];
    const char *key;
    random_bytes(fresh, sizeof fresh);
    int rc = installation_key(db, p, VOICE_LINK_KEY_NAME, base32_encode(p, fresh, sizeof fresh),
                              wall_now(), &key, e);
    if (rc == 0) {
        *token_out = voice_link_token(p, str_of(key), session, l);
    }
    return rc;
}

static int refuse_used(struct err *e)
{
    return err_set(e, ERR_CONFLICT,
                   "this link has been used for a call already; ask for a new one");
}

static int check(struct db *db, struct pool *p, const char *session, struct str token,
                 struct wall now, struct voice_link *out, struct err *e)
{
    struct arg name = A_TEXT(VOICE_LINK_KEY_NAME);
    struct rows r;
    struct query key = installation_key_query(&name, &r);
    struct idempotent_answer used = {.found = false};
    int rc = db_many(db, p, &key, 1, e);
    *out = (struct voice_link){.again = false};
    if (rc < 0) {
        return rc;
    }
    if (!r.n || !voice_link_read(p, row_str(&r, 0, 0), session, token, out)) {
        return err_set(e, ERR_UNAUTHENTICATED,
                       "this link does not open this call; ask for a new one");
    }
    if (out->until.us < now.us) {
        return err_set(e, ERR_UNAUTHENTICATED, "this link has expired; ask for a new one");
    }
    rc = idempotency_get(db, p, USED_BY, session, &used, e);
    if (rc == 0 && used.found) {
        rc = voice_calls_may_resume(db, p, session, now, &out->again, e);
    }
    return rc < 0 ? rc : used.found && !out->again ? refuse_used(e) : 0;
}

int voice_link_check(struct store *s, struct pool *p, const char *session, struct str token,
                     struct wall now, struct voice_link *out, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s, &db, e);
    return rc < 0 ? rc : check(db, p, session, token, now, out, e);
}

struct using
{
    const char *session;
    struct wall now;
};

static int use(struct db *db, void *arg, struct err *e)
{
    const struct using *u = arg;
    return idempotency_put(db, USED_BY, u->session, "voice", "", 101, STR(""), u->now, e);
}

int voice_link_use(struct store *s, struct pool *p, const char *session, struct str token,
                   struct wall now, struct voice_link *out, struct err *e)
{
    struct using u = {session, now};
    int rc = voice_link_check(s, p, session, token, now, out, e); /* a forged one writes nothing */
    if (rc == 0 && !out->again) {
        rc = store_write(s, use, &u, e);
    }
    return rc == ERR_CONFLICT ? refuse_used(e) : rc;
}
