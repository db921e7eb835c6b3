/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of intents.def as types. INTENT_none stands for "nothing under way" and has no name.
 */
#ifndef MIND_INTENT_H
#define MIND_INTENT_H

#include "base/str.h"

enum intent {
#define INTENT(name, says) INTENT_##name,
#define ACT(name, says)
#include "mind/intents.def"
#undef INTENT
#undef ACT
    N_INTENTS,
    INTENT_none = N_INTENTS
};

enum act_bit {
#define INTENT(name, says)
#define ACT(name, says) ACT_BIT_##name,
#include "mind/intents.def"
#undef INTENT
#undef ACT
    N_ACTS
};

/* A set of acts is an unsigned. */
#define ACTS(name) (1U << ACT_BIT_##name)

const char *intent_name(enum intent i);      /* "" for INTENT_none; static storage */
enum intent intent_of_name(struct str name); /* INTENT_none when it is not one */
const char *act_name(enum act_bit a);

#endif
