/* SPDX-License-Identifier: Apache-2.0 */
/* They are kept in the store, since all servers of a database must know each other's tokens. */
#include "domain/installation_secret.h"

#include "base/codec.h"
#include "base/id.h"
#include "store/installation_keys.h"

#define SECRET_BYTES 32

struct loading {
    struct pool *pool;
    const char *name, *fresh, *secret;
};

static int load(struct db *db, void *arg, struct err *e)
{
    struct loading *l = arg;
    return installation_key(db, l->pool, l->name, l->fresh, wall_now(), &l->secret, e);
}

int installation_secret(struct store *s, struct pool *p, const char *name, struct str *out,
                        struct err *e)
{
    unsigned char bytes[SECRET_BYTES];
    random_bytes(bytes, sizeof bytes);
    struct loading l = {p, name, base32_encode(p, bytes, sizeof bytes), NULL};
    int rc = store_write(s, load, &l, e);
    if (rc == 0) {
        *out = str_of(l.secret);
    }
    return rc;
}
