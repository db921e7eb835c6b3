/* SPDX-License-Identifier: Apache-2.0 */
/* The used ones stand in a ring in the order of their use: those that have run out leave it first.
 */
#include "voice/call_ticket.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/codec.h"

#define PUNCHED 16384 /* within the time of a ticket */

static char *mac_of(struct pool *p, struct str key, const struct call_ticket *t, int64_t until_us)
{
    unsigned char mac[SHA256_BYTES];
    const char *text =
        pool_printf(p, "call ticket\n%lld\n" STR_FMT "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT,
                    (long long)until_us, STR_ARG(t->call_sid), STR_ARG(t->from), STR_ARG(t->to),
                    STR_ARG(t->direction));
    hmac_sha256(key, str_of(text), mac);
    return base64url_encode(p, mac, sizeof mac);
}

char *call_ticket_sign(struct pool *p, struct str key, const struct call_ticket *t,
                       struct wall until)
{
    return pool_printf(p, "%lld.%s", (long long)until.us, mac_of(p, key, t, until.us));
}

bool call_ticket_ok(struct pool *p, struct str key, const struct call_ticket *t, struct str token,
                    struct wall now)
{
    int64_t until_us;
    if (!token.p) {
        return false;
    }
    struct str mac = token, until = str_cut(&mac, '.');
    return key.n && mac.p && str_to_i64(until, &until_us) &&
           str_eq_secret(mac, str_of(mac_of(p, key, t, until_us))) && until_us >= now.us;
}

struct ticket_punch {
    pthread_mutex_t lock;
    size_t first, n;
    struct {
        uint64_t digest;
        int64_t at_s;
    } used[PUNCHED];
};

struct ticket_punch *ticket_punch_new(void)
{
    struct ticket_punch *t = xcalloc(1, sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void ticket_punch_free(struct ticket_punch **t)
{
    if (t && *t) {
        pthread_mutex_destroy(&(*t)->lock);
        free(*t);
        *t = NULL;
    }
}

bool ticket_punch_once(struct ticket_punch *t, struct str token, struct wall now)
{
    unsigned char hash[SHA256_BYTES];
    uint64_t digest;
    sha256(token, hash);
    memcpy(&digest, hash, sizeof digest);
    int64_t now_s = now.us / US_PER_SECOND;
    pthread_mutex_lock(&t->lock);
    while (t->n && t->used[t->first].at_s + CALL_TICKET_SECONDS < now_s) {
        t->first = (t->first + 1) % PUNCHED;
        t->n--;
    }
    bool fresh = t->n < PUNCHED;
    for (size_t i = 0; i < t->n && fresh; i++) {
        fresh = t->used[(t->first + i) % PUNCHED].digest != digest;
    }
    if (fresh) {
        size_t at = (t->first + t->n++) % PUNCHED;
        t->used[at].digest = digest;
        t->used[at].at_s = now_s;
    }
    pthread_mutex_unlock(&t->lock);
    return fresh;
}
