/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which network addresses belong to the public internet. What an outsider names to be fetched must
 * lie there: never this machine, its network or a cloud's metadata service.
 */
#ifndef IO_ADDRESS_H
#define IO_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/*
 * IANA's special-purpose registries (RFC 6890) and multicast are not public; of IPv6 only global
 * unicast (2000::/3) is, and an address that carries an IPv4 one is what that is. Other families
 * are not. Any thread.
 */
bool address_is_public(const struct sockaddr *a);

#endif
