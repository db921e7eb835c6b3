/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the channels, once. */
#include "domain/channel.h"

#include <assert.h>

static const char *const names[N_CHANNELS] = {
    [CHANNEL_VOICE] = "voice",       [CHANNEL_SMS] = "sms", [CHANNEL_EMAIL] = "email",
    [CHANNEL_WHATSAPP] = "whatsapp", [CHANNEL_WEB] = "web",
};

const char *channel_name(enum channel c)
{
    assert((unsigned)c < N_CHANNELS);
    return names[c];
}

bool channel_of(struct str name, enum channel *out)
{
    for (unsigned i = 0; i < N_CHANNELS; i++) {
        if (str_eq(name, str_of(names[i]))) {
            *out = (enum channel)i;
            return true;
        }
    }
    return false;
}
