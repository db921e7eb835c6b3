/* SPDX-License-Identifier: Apache-2.0 */
/* The calendar outside that the settings ask for. */
#ifndef CLI_CALENDAR_OF_SETTINGS_H
#define CLI_CALENDAR_OF_SETTINGS_H

#include "base/err.h"
#include "base/settings.h"

struct calendar;

/* *out returned owned (calendar_free); NULL when none is asked for. ERR_CONFIG for settings that
 * cannot be, such as a key file that is none. */
NODISCARD int calendar_of_settings(const struct settings *s, struct calendar **out, struct err *e);

#endif
