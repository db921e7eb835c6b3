/* SPDX-License-Identifier: Apache-2.0 */
/* The language model that the settings ask for. */
#ifndef CLI_MODEL_OF_SETTINGS_H
#define CLI_MODEL_OF_SETTINGS_H

#include "base/err.h"
#include "base/settings.h"

struct model;

/*
 * *out returned owned (model_free); NULL when none is asked for: there is no key, and the server is
 * still OpenAI's, which wants one. ERR_CONFIG for settings that cannot be.
 */
NODISCARD int model_of_settings(const struct settings *s, struct model **out, struct err *e);

#endif
