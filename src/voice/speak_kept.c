/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/speak_kept.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/pool.h"

struct one {
    char *text; /* owned; NULL: nothing is kept here */
    size_t n_text;
    int rate;
    int16_t *samples; /* owned */
    size_t n;
    uint64_t used; /* when, counted in uses */
};

struct speak_kept {
    pthread_mutex_t lock;
    struct one all[SPEAK_KEPT_MAX];
    uint64_t uses;
};

struct speak_kept *speak_kept_new(void)
{
    struct speak_kept *k = xcalloc(1, sizeof *k);
    pthread_mutex_init(&k->lock, NULL);
    return k;
}

static void clear(struct one *one)
{
    free(one->text);
    free(one->samples);
    *one = (struct one){.text = NULL};
}

void speak_kept_free(struct speak_kept **k)
{
    if (k && *k) {
        for (size_t i = 0; i < SPEAK_KEPT_MAX; i++) {
            clear(&(*k)->all[i]);
        }
        pthread_mutex_destroy(&(*k)->lock);
        free(*k);
        *k = NULL;
    }
}

/* With the lock held. */
static struct one *find(struct speak_kept *k, struct str sentence, int rate)
{
    for (size_t i = 0; i < SPEAK_KEPT_MAX; i++) {
        struct one *one = &k->all[i];
        if (one->text && one->rate == rate &&
            str_eq((struct str){one->text, one->n_text}, sentence)) {
            one->used = ++k->uses;
            return one;
        }
    }
    return NULL;
}

static void *copy(const void *bytes, size_t n)
{
    void *to = xmalloc(n ? n : 1);
    if (n > 0) {
        memcpy(to, bytes, n);
    }
    return to;
}

int16_t *speak_kept_find(struct speak_kept *k, struct str sentence, int rate, size_t *n)
{
    int16_t *samples = NULL;
    pthread_mutex_lock(&k->lock);
    const struct one *one = find(k, sentence, rate);
    if (one) {
        samples = copy(one->samples, one->n * sizeof *samples);
        *n = one->n;
    }
    pthread_mutex_unlock(&k->lock);
    return samples;
}

void speak_kept_add(struct speak_kept *k, struct str sentence, int rate, const int16_t *samples,
                    size_t n)
{
    if (n == 0 || n > SPEAK_KEPT_SAMPLES) {
        return;
    }
    pthread_mutex_lock(&k->lock);
    struct one *to = find(k, sentence, rate);
    if (!to) {
        to = &k->all[0];
        for (size_t i = 1; i < SPEAK_KEPT_MAX; i++) {
            to = k->all[i].used < to->used ? &k->all[i] : to;
        }
        clear(to);
        *to = (struct one){copy(sentence.p, sentence.n),       sentence.n, rate,
                           copy(samples, n * sizeof *samples), n,          ++k->uses};
    }
    pthread_mutex_unlock(&k->lock);
}
