/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Levenshtein's distance over two rows on the stack. Names longer than NAME_MAX_BYTES are never
 * near anything, which bounds the work an outsider can ask for.
 */
#include "base/nearest.h"

#define NAME_MAX_BYTES 64

static char plain(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c + ('a' - 'A'));
    }
    return c == '-' ? '_' : c;
}

static size_t distance(struct str a, struct str b)
{
    size_t row[NAME_MAX_BYTES + 1];
    for (size_t j = 0; j <= b.n; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t change = diagonal + (plain(a.p[i - 1]) != plain(b.p[j - 1]));
            size_t add = MIN_OF(row[j], row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = MIN_OF(change, add);
        }
    }
    return row[b.n];
}

struct nearest nearest_to(struct str word)
{
    /* A third of the word may be wrong, at least one letter. */
    return (struct nearest){word, NULL, MAX_OF(word.n / 3, 1) + 1};
}

void nearest_offer(struct nearest *n, const char *name)
{
    struct str s = str_of(name);
    if (s.n > NAME_MAX_BYTES || n->word.n > NAME_MAX_BYTES) {
        return;
    }
    size_t d = distance(n->word, s);
    if (d < n->distance) {
        n->best = name;
        n->distance = d;
    }
}
