/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways in which a customer reaches the business, and their names as stored and sent
 * (conversations.channel). Any thread.
 */
#ifndef DOMAIN_CHANNEL_H
#define DOMAIN_CHANNEL_H

#include <stdbool.h>

#include "base/str.h"

enum channel { CHANNEL_VOICE, CHANNEL_SMS, CHANNEL_EMAIL, CHANNEL_WHATSAPP, CHANNEL_WEB };
#define N_CHANNELS 5

/* "voice", "sms", ...; static storage. */
const char *channel_name(enum channel c);

/* false (and *out untouched) when the name is none of them. */
NODISCARD bool channel_of(struct str name, enum channel *out);

#endif
