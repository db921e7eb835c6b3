/* SPDX-License-Identifier: Apache-2.0 */
/* Two lists of names. */
#include "mind/intent.h"

static const char *const intent_names[] = {
#define INTENT(name, says) #name,
#define ACT(name, says)
#include "mind/intents.def"
#undef INTENT
#undef ACT
};

static const char *const act_names[] = {
#define INTENT(name, says)
#define ACT(name, says) #name,
#include "mind/intents.def"
#undef INTENT
#undef ACT
};

const char *intent_name(enum intent i)
{
    return i < N_INTENTS ? intent_names[i] : "";
}

enum intent intent_of_name(struct str name)
{
    for (int i = 0; i < N_INTENTS; i++) {
        if (str_eq(name, str_of(intent_names[i]))) {
            return (enum intent)i;
        }
    }
    return INTENT_none;
}

const char *act_name(enum act_bit a)
{
    return act_names[a];
}
