/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ear: a linear classifier for intents and acts, trained while the product is built (tools/
 * ear_train.c) from the example turns in mind/examples/. What it hears are features: the words with
 * particulars replaced by their kind, what the rules of understand.c found, and where the
 * conversation stands. It generalises where the phrase table ends; the phrase table explains where
 * it must not err. Pure; any thread.
 */
#ifndef MIND_EAR_H
#define MIND_EAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mind/intent.h"

struct reading;

/* Features are hashed into so many rows; two that share one are told apart by their others. */
#define EAR_ROWS 65536
#define EAR_COLUMNS (N_INTENTS + N_ACTS)
#define EAR_FEATURES_MAX 1500

struct ear_feature {
    uint16_t row;
    float value;
};

struct ear_features {
    size_t n;
    struct ear_feature list[EAR_FEATURES_MAX];
};

/* by_rules: the intent that the phrase table leads to. */
void ear_features(const struct reading *r, enum intent by_rules, struct ear_features *out);

/* Weights in units of 1/scale; NULL: not trained, it then hears nothing. */
struct ear_model {
    const int8_t (*weights)[EAR_COLUMNS];
    float scale;
};

/* What the build has trained. */
extern const struct ear_model ear_built_in;

struct ear_heard {
    float intents[N_INTENTS]; /* probabilities, sum 1 */
    float acts[N_ACTS];       /* probabilities, each for itself */
};

/* false when the model is not trained. */
bool ear_hear(const struct ear_model *m, const struct ear_features *f, struct ear_heard *out);

/* The acts that are likely enough; at least the likeliest one. */
unsigned ear_acts(const struct ear_heard *h);

#endif
