/* SPDX-License-Identifier: Apache-2.0 */
#include "mind/ear.h"

#include <math.h>

#include "mind/understand_private.h"

/*
 * Half of the examples are about a booking, more than of what people say: as a logarithm of odds,
 * what is taken off so that strangers' other wishes are heard (ear_train --check).
 */
#define BOOK_LESS 0.5f

bool ear_hear(const struct ear_model *m, const struct ear_features *f, struct ear_heard *out)
{
    float score[EAR_COLUMNS] = {0}, most = -1e9f, sum = 0;
    if (!m->weights) {
        return false;
    }
    for (size_t i = 0; i < f->n; i++) {
        const int8_t *w = m->weights[f->list[i].row];
        for (int k = 0; k < EAR_COLUMNS; k++) {
            score[k] += f->list[i].value * (float)w[k];
        }
    }
    score[INTENT_book] -= BOOK_LESS * m->scale;
    for (int k = 0; k < N_INTENTS; k++) {
        score[k] /= m->scale;
        most = MAX_OF(most, score[k]);
    }
    for (int k = 0; k < N_INTENTS; k++) {
        out->intents[k] = expf(score[k] - most);
        sum += out->intents[k];
    }
    for (int k = 0; k < N_INTENTS; k++) {
        out->intents[k] /= sum;
    }
    for (int k = 0; k < N_ACTS; k++) {
        out->acts[k] = 1 / (1 + expf(-score[N_INTENTS + k] / m->scale));
    }
    return true;
}

/* A missed act costs as much as a wrong one: what is nearly as likely as not is said. */
#define ACT_LIKELY 0.42f

unsigned ear_acts(const struct ear_heard *h)
{
    unsigned acts = 0;
    int most = 0;
    for (int i = 0; i < N_ACTS; i++) {
        acts |= h->acts[i] > ACT_LIKELY ? 1U << i : 0;
        most = h->acts[i] > h->acts[most] ? i : most;
    }
    return acts ? acts : 1U << most;
}
