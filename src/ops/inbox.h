/* SPDX-License-Identifier: Apache-2.0 */
/* What inbound requests need of the settings. */
#ifndef OPS_INBOX_H
#define OPS_INBOX_H

#include <stdbool.h>

#include "channels/reconcile.h"

struct settings;

/* Borrows from the settings. */
struct inbox_config inbox_config_of(const struct settings *s);

/* false when texts are off. Borrows from the settings. */
bool reconcile_config_of(const struct settings *s, struct reconcile_config *out);

#endif
