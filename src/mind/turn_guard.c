/* SPDX-License-Identifier: Apache-2.0 */
/* The local engine knows the guards; here it is asked without tools, so that it only talks. */
#include "mind/turn.h"

bool turn_guard(struct pool *p, const struct turn_in *in, struct turn_out *out)
{
    struct turn_in bare = *in;
    struct turn_out local;
    bare.tools = NULL;
    if (turn_engine_local.take(p, &bare, &local, NULL) < 0) {
        *out = (struct turn_out){.intent = "other"};
        return false;
    }
    static const char *const intents[] = {"emergency", "opt_out", "medical"};
    bool guarded = strcmp(local.intent, "other") == 0 && local.confidence >= 0.9;
    for (size_t i = 0; i < ARRAY_SIZE(intents); i++) {
        guarded = guarded || strcmp(local.intent, intents[i]) == 0;
    }
    *out = guarded ? local : (struct turn_out){.intent = local.intent};
    return guarded;
}
