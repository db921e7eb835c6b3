/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge: a linear classifier for the mood and the outcome of a conversation, trained while the
 * product is built (tools/judge_train.c) from conversations that readers have judged. What it
 * weighs are the findings of the scorer's rules, which explain, and the words, which generalise.
 * What events tell is not for it to judge. Included inside mind/ and by its trainer only.
 */
#ifndef MIND_JUDGE_H
#define MIND_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view;

enum judged_mood { MOOD_POSITIVE, MOOD_NEUTRAL, MOOD_NEGATIVE, MOOD_MIXED, N_MOODS };
enum judged_outcome {
    OUTCOME_SCHEDULED,
    OUTCOME_RESCHEDULED,
    OUTCOME_CANCELLED,
    OUTCOME_INFO,
    OUTCOME_COMPLAINT,
    OUTCOME_UNRESOLVED,
    N_OUTCOMES
};
const char *mood_name(enum judged_mood mood);
const char *outcome_name(enum judged_outcome outcome);

/* Features are hashed into so many rows; two that share one are told apart by their others. */
#define JUDGE_ROWS 16384
#define JUDGE_COLUMNS (N_MOODS + N_OUTCOMES)
#define JUDGE_FEATURES_MAX 2000

struct judge_feature {
    uint16_t row;
    float value;
};
struct judge_features {
    size_t n;
    size_t n_rules; /* the first: what the rules have found */
    struct judge_feature list[JUDGE_FEATURES_MAX];
};

/* Of a view whose rules have come to their outcome and mood. */
void judge_features(const struct view *v, struct judge_features *out);

/* Weights in units of 1/scale; NULL: not trained, the rules then stand. */
struct judge_model {
    const int8_t (*weights)[JUDGE_COLUMNS];
    float scale;
    float
        sharpness; /* of the probabilities of moods, so that they are as often right as they say */
};

/* What the build has trained. */
extern const struct judge_model judge_built_in;

struct judged {
    float moods[N_MOODS];       /* probabilities, sum 1 */
    float outcomes[N_OUTCOMES]; /* probabilities, sum 1 */
};

/* false when the model is not trained. */
bool judge(const struct judge_model *m, const struct judge_features *f, struct judged *out);

#endif
