/* SPDX-License-Identifier: Apache-2.0 */
/* What answers calls, from the settings. */
#ifndef CLI_VOICE_OF_SETTINGS_H
#define CLI_VOICE_OF_SETTINGS_H

#include "base/err.h"
#include "base/pool.h"

struct calendar;
struct settings;
struct store;
struct model;
struct voice_desk;

/*
 * *out is returned owned; NULL when no engine is there that could take a call. instance: of this
 * server (voice/desk.h). What it is made of lives in pool. ERR_CONFIG for a setting that makes no
 * sense.
 */
NODISCARD int voice_of_settings(const struct settings *s, struct pool *p, struct store *store,
                                struct calendar *calendar, struct model *model,
                                const char *instance, struct voice_desk **out, struct err *e);

#endif
