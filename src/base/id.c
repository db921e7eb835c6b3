/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UUIDv7 with a 12-bit counter in rand_a (RFC 9562 section 6.2, method 1): one atomic word holds
 * milliseconds and counter, so ids of one process are strictly increasing without a lock.
 */
#include "base/id.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t n)
{
    char *at = out;
    while (n) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno != EINTR) {
            abort();
        }
        at += MAX_OF(got, 0);
        n -= (size_t)MAX_OF(got, 0);
    }
}

/* 48 bits of milliseconds, 12 of counter, 62 random. */
static struct id compose(uint64_t stamp, const unsigned char random[8])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[16];
    uint64_t ms = stamp >> 12;
    for (int i = 0; i < 6; i++) {
        bytes[i] = (unsigned char)(ms >> (40 - 8 * i));
    }
    bytes[6] = (unsigned char)(0x70 | (stamp >> 8 & 0x0F));
    bytes[7] = (unsigned char)stamp;
    memcpy(bytes + 8, random, 8);
    bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);

    struct id id = {0};
    char *at = id.text;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *at++ = '-';
        }
        *at++ = hex[bytes[i] >> 4];
        *at++ = hex[bytes[i] & 15];
    }
    *at = '\0';
    return id;
}

struct id id_new(void)
{
    static _Atomic uint64_t last;
    uint64_t now = (uint64_t)(wall_now().us / 1000) << 12;
    uint64_t before = atomic_load_explicit(&last, memory_order_relaxed);
    uint64_t mine;
    do {
        mine = now > before ? now : before + 1;
    } while (!atomic_compare_exchange_weak(&last, &before, mine));

    unsigned char random[8];
    random_bytes(random, sizeof random);
    return compose(mine, random);
}

struct id id_at(struct wall at, const unsigned char random[10])
{
    uint64_t counter = (uint64_t)(random[8] & 0x0F) << 8 | random[9];
    return compose((uint64_t)(at.us / 1000) << 12 | counter, random);
}

bool id_parse(struct str s, struct id *out)
{
    struct id id;
    if (s.n != ID_TEXT_BYTES - 1) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c >= 'A' && c <= 'F') {
            c = (char)(c + ('a' - 'A'));
        }
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !hex) {
            return false;
        }
        id.text[i] = c;
    }
    id.text[s.n] = '\0';
    *out = id;
    return true;
}
