/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The personal list as a table, and the one codec that is in force. The codec itself lives with
 * whoever sets it; what to pass through it is the drivers' business.
 */
#include <string.h>

#include "store/store_private.h"

const struct personal_info personal_infos[] = {
#define PERSONAL(table, column, form, looked_up) {#table, #column, PERSONAL_##form, looked_up},
#include "store/personal.def"
#undef PERSONAL
};
const size_t n_personal_infos = ARRAY_SIZE(personal_infos);

/* Set once, before threads begin. */
static const struct personal_codec *in_force;

void personal_codec_set(const struct personal_codec *codec)
{
    in_force = codec;
}

const struct personal_codec *personal_codec_get(void)
{
    return in_force;
}

int personal_find(const char *table, const char *column)
{
    for (size_t i = 0; i < n_personal_infos; i++) {
        if (strcmp(personal_infos[i].column, column) == 0 &&
            strcmp(personal_infos[i].table, table) == 0) {
            return (int)i;
        }
    }
    return -1;
}
