/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which words are used alike. A classifier that has seen "cheap" in an example knows something of
 * "pricey" then. From word_kin.txt; see tools/word_kin.js for where that comes from. Pure.
 */
#ifndef MIND_WORD_KIN_H
#define MIND_WORD_KIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* So many neighbouring groups are a larger group. */
#define KIN_IN_LARGE 8

/* The group of a word in lower case; -1: the word is not known. */
int word_kin(struct str word);

/* The table, in the order of its words; made during the build. */
struct kin_word {
    char word[17];
    uint16_t kin;
};
extern const struct kin_word kin_words[];
extern const size_t n_kin_words;

#endif
