/* SPDX-License-Identifier: Apache-2.0 */
/* Calls by telephone, from the settings. */
#ifndef CLI_PHONE_OF_SETTINGS_H
#define CLI_PHONE_OF_SETTINGS_H

#include "base/err.h"
#include "base/pool.h"

struct media_streams;
struct settings;
struct store;
struct voice_desk;

/*
 * *out is returned owned; NULL when no Twilio account is set. What it is made of lives in pool.
 * ERR_CONFIG for a setting that makes no sense.
 */
NODISCARD int phone_of_settings(const struct settings *s, struct pool *p, struct store *store,
                                struct voice_desk *desk, const char *public_url,
                                struct media_streams **out, struct err *e);

#endif
