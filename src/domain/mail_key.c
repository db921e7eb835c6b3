/* SPDX-License-Identifier: Apache-2.0 */
/* It is kept in the store, since all servers of a database must know each other's tokens. */
#include "domain/mail_key.h"

#include "base/codec.h"
#include "base/id.h"
#include "store/installation_keys.h"

#define KEY_BYTES 32

struct loading {
    struct pool *pool;
    const char *fresh, *secret;
};

static int load(struct db *db, void *arg, struct err *e)
{
    struct loading *l = arg;
    return installation_key(db, l->pool, MAIL_KEY_NAME, l->fresh, wall_now(), &l->secret, e);
}

int mail_key_load(struct store *s, struct pool *p, struct str *out, struct err *e)
{
    unsigned char bytes[KEY_BYTES];
    random_bytes(bytes, sizeof bytes);
    struct loading l = {p, base32_encode(p, bytes, sizeof bytes), NULL};
    int rc = store_write(s, load, &l, e);
    if (rc == 0) {
        *out = str_of(l.secret);
    }
    return rc;
}
