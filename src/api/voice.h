/* SPDX-License-Identifier: Apache-2.0 */
/* How many calls from browsers there may be, of an address and in all. */
#ifndef API_VOICE_H
#define API_VOICE_H

#include "base/attr.h"

struct settings;
struct voice_desk;
struct voice_door;

/* desk: whose places they take; NULL: there are no calls. Returned owned. */
NODISCARD struct voice_door *voice_door_new(const struct settings *s, struct voice_desk *desk);
/* After http_server_stop. Accepts NULL. */
void voice_door_free(struct voice_door **d);

#endif
