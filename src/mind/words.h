/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as words: lower case, without accents, apostrophes gone (don't is dont), each knowing its
 * sentence. What is neither letter nor digit separates words; HH:MM stays one word, "5pm" becomes
 * "5 pm". Everything that understands or scores reads these, never the raw text.
 */
#ifndef MIND_WORDS_H
#define MIND_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/str.h"

/* Only so much of a text is read: beyond it a mail is quotes and footers. */
#define WORDS_MAX_BYTES 8192

struct word {
    struct str text;
    struct str before; /* what stands between it and the word before, such as " " or "/" */
    unsigned sentence; /* counts . ? ! ; and line ends */
};

struct words {
    size_t n;
    struct word *list;
    uint32_t initials; /* by what letters words begin (words_initial); of a part: those of the whole
                          will do */
    struct str tail;   /* what stands after the last word */
    bool pictures;     /* there are symbols such as emoji */
    bool shouted;      /* written in capitals */
    bool asks;         /* there is a question mark */
};

/* text is valid UTF-8. *out lives in pool. */
void words_read(struct pool *p, struct str text, struct words *out);

bool word_is(const struct word *w, const char *exactly);

/* A bit for each letter, one for all other characters. */
uint32_t words_initial(char c);

/*
 * Could a name stand in the text, judged by initials alone, which no comparison here forgives? Most
 * names cannot be in most texts, and that is seen without reading them into words.
 */
bool words_may_have(const struct words *w, const char *name);

/* One letter changed, missing, added, or two neighbours swapped; or nothing. */
bool words_one_edit(struct str a, struct str b);

/*
 * The same word, a plural of it, or it within one edit (a letter changed, missing, added, or two
 * swapped) when it is long enough for that to mean something, the first letter stands, and it is
 * no word of the phrase table itself.
 */
bool word_like(const struct word *w, struct str pattern);

/*
 * Finds a phrase at or after `from`: its words in order in one sentence, at most two others
 * between. Alternatives stand with |, a trailing * matches any ending, a leading = wants the exact
 * spelling. Returns whether it is there, and its first and last word.
 */
bool words_find(const struct words *w, const char *phrase, size_t from, size_t *first_out,
                size_t *last_out);

/* Is the word before it (or the one before that) a "not"? */
bool words_negated(const struct words *w, size_t at);

#endif
