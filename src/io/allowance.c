/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generic cell rate algorithm: one time a bucket, that at which it will be full again. Keys are
 * told apart by a hash with a secret of this process, so that nobody can make two that share one.
 */
#include "io/allowance.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/codec.h"
#include "base/id.h"
#include "base/pool.h"

#define WAYS 8 /* buckets among which one key's may be */
#define SECRET_BYTES 16

struct bucket {
    uint64_t tag; /* 0: nobody's */
    int64_t full_ns;
};

struct allowance {
    pthread_mutex_t lock;
    int64_t each_ns, span_ns;
    size_t sets;
    char secret[SECRET_BYTES];
    struct bucket *buckets; /* sets * WAYS */
};

struct allowance *allowance_new(int times, int64_t span_us, int keys)
{
    struct allowance *a = xcalloc(1, sizeof *a);
    pthread_mutex_init(&a->lock, NULL);
    a->span_ns = MAX_OF(span_us, 1) * 1000;
    a->each_ns = a->span_ns / MAX_OF(times, 1);
    a->sets = (size_t)MAX_OF(keys, 1) / WAYS * 2 + 1;
    a->buckets = xcalloc(a->sets * WAYS, sizeof *a->buckets);
    random_bytes(a->secret, sizeof a->secret);
    return a;
}

void allowance_free(struct allowance **a)
{
    if (a && *a) {
        pthread_mutex_destroy(&(*a)->lock);
        free((*a)->buckets);
        free(*a);
        *a = NULL;
    }
}

static uint64_t tag_of(const struct allowance *a, struct str key)
{
    unsigned char digest[SHA256_BYTES];
    uint64_t tag;
    hmac_sha256((struct str){a->secret, sizeof a->secret}, key, digest);
    memcpy(&tag, digest, sizeof tag);
    return tag ? tag : 1;
}

static struct bucket *find(struct allowance *a, uint64_t tag)
{
    struct bucket *set = &a->buckets[tag % a->sets * WAYS], *oldest = set;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].tag == tag) {
            return &set[i];
        }
        oldest = set[i].full_ns < oldest->full_ns ? &set[i] : oldest;
    }
    *oldest = (struct bucket){.tag = tag};
    return oldest;
}

bool allowance_take(struct allowance *a, struct str key, struct mono now, int64_t *wait_us_out)
{
    uint64_t tag = tag_of(a, key);
    pthread_mutex_lock(&a->lock);
    struct bucket *b = find(a, tag);
    int64_t full_ns = MAX_OF(b->full_ns, now.ns) + a->each_ns;
    int64_t over_ns = full_ns - now.ns - a->span_ns;
    if (over_ns <= 0) {
        b->full_ns = full_ns;
    }
    pthread_mutex_unlock(&a->lock);
    if (wait_us_out) {
        *wait_us_out = over_ns > 0 ? over_ns / 1000 + 1 : 0;
    }
    return over_ns <= 0;
}

struct str allowance_address(struct str address, char out[ALLOWANCE_ADDRESS_BYTES])
{
    char text[ALLOWANCE_ADDRESS_BYTES];
    unsigned char bytes[16];
    snprintf(text, sizeof text, STR_FMT, (int)MIN_OF(address.n, sizeof text - 1), address.p);
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
        if (memcmp(bytes, mapped, sizeof mapped) != 0) {
            memset(bytes + 8, 0, 8);
        }
        inet_ntop(AF_INET6, bytes, text, sizeof text);
    }
    memcpy(out, text, sizeof text);
    return str_of(out);
}
