/* SPDX-License-Identifier: Apache-2.0 */
#include "mind/word_kin.h"

#include <string.h>

static int order_of(struct str a, const char *b)
{
    size_t n = strlen(b);
    int order = memcmp(a.p, b, MIN_OF(a.n, n));
    return order ? order : a.n < n ? -1 : a.n > n;
}

int word_kin(struct str word)
{
    size_t from = 0, to = n_kin_words;
    while (from < to) {
        size_t at = from + (to - from) / 2;
        int order = order_of(word, kin_words[at].word);
        if (order == 0) {
            return kin_words[at].kin;
        }
        *(order < 0 ? &to : &from) = order < 0 ? at : at + 1;
    }
    return -1;
}
