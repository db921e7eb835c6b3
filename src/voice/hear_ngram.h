/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trigram language model counted from sentences, written in ARPA's form: absolute discounting
 * with backing off. Words are numbers that the caller names. Pure but for the file; one thread.
 */
#ifndef VOICE_HEAR_NGRAM_H
#define VOICE_HEAR_NGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attr.h"

#define NGRAM_BEGIN 0 /* <s> */
#define NGRAM_END 1   /* </s> */
#define NGRAM_FIRST 2 /* the caller's first word */
#define NGRAM_WORDS_MAX (1 << 16)

struct ngram;

NODISCARD struct ngram *ngram_new(void);
void ngram_free(struct ngram **n);

/* A sentence that is said `times` times, without <s> and </s>. */
void ngram_add(struct ngram *n, const uint32_t *words, size_t count, uint32_t times);

/* words: their names by number, of which the first NGRAM_FIRST are not looked at. */
void ngram_write(const struct ngram *n, const char *const *words, size_t n_words, FILE *to);

#endif
