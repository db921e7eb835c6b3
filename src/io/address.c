/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables of networks, from IANA's special-purpose address registries. */
#include "io/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

struct network4 {
    uint8_t address[4];
    int bits;
};

struct network6 {
    uint8_t address[16];
    int bits;
};

static const struct network4 special4[] = {
    {{0}, 8},             /* this network */
    {{10}, 8},            /* private */
    {{100, 64}, 10},      /* shared by a carrier's customers */
    {{127}, 8},           /* this machine */
    {{169, 254}, 16},     /* link; metadata of clouds */
    {{172, 16}, 12},      /* private */
    {{192, 0, 0}, 24},    /* protocol assignments */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 88, 99}, 24},  /* 6to4 relays */
    {{192, 168}, 16},     /* private */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},  /* documentation */
    {{224}, 4},
    {{240}, 4}, /* multicast, reserved, broadcast */
};

static const struct network6 special6[] = {
    {{0x20, 0x01, 0x00}, 23},       /* protocol assignments, Teredo among them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff}, 20},             /* documentation */
};

static const struct network6 global_unicast = {{0x20}, 3};
static const struct network6 mapped4 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
static const struct network6 nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};
static const struct network6 six_to_four = {{0x20, 0x02}, 16};

static bool within(const uint8_t *address, const uint8_t *network, int bits)
{
    int whole = bits / 8, left = bits % 8;
    if (memcmp(address, network, (size_t)whole) != 0) {
        return false;
    }
    uint8_t mask = (uint8_t)(0xff << (8 - left));
    return left == 0 || (address[whole] & mask) == (network[whole] & mask);
}

static bool public4(const uint8_t *address)
{
    for (size_t i = 0; i < ARRAY_SIZE(special4); i++) {
        if (within(address, special4[i].address, special4[i].bits)) {
            return false;
        }
    }
    return true;
}

static bool public6(const uint8_t *address)
{
    if (within(address, mapped4.address, mapped4.bits) ||
        within(address, nat64.address, nat64.bits)) {
        return public4(address + 12);
    }
    if (within(address, six_to_four.address, six_to_four.bits)) {
        return public4(address + 2);
    }
    for (size_t i = 0; i < ARRAY_SIZE(special6); i++) {
        if (within(address, special6[i].address, special6[i].bits)) {
            return false;
        }
    }
    return within(address, global_unicast.address, global_unicast.bits);
}

bool address_is_public(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        return public4((const uint8_t *)&in.sin_addr);
    }
    if (a->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, a, sizeof in);
        return public6((const uint8_t *)&in.sin6_addr);
    }
    return false;
}
