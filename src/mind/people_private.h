/* SPDX-License-Identifier: Apache-2.0 */
/* A text cut into its words as they are written, for people.c and contacts.c only. */
#ifndef MIND_PEOPLE_PRIVATE_H
#define MIND_PEOPLE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"
#include "base/str.h"

#define TOKENS_MAX 400

struct token {
    struct str raw;
    const char *low;  /* ASCII letters in lower case, apostrophes gone */
    bool capital;     /* begins with a capital letter (or one of another script) */
    bool digit;       /* consists of digits */
    bool breaks;      /* a sentence, a line or a comma ended before it */
    bool begins_line; /* it is the first of its line */
};

struct tokens {
    size_t n;
    struct token list[TOKENS_MAX];
};

/* Only so many words are looked at. */
void people_tokens(struct pool *p, struct str text, struct tokens *out);

#define NAME_WORDS_MAX 3

/* How a name may be written. */
enum name_style {
    NAME_ANY,
    NAME_WRITTEN_LARGE,
    NAME_KNOWN, /* written large, or beginning with a name of the list */
};

/* The name that begins at a word, at most NAME_WORDS_MAX words that are written alike; or NULL. */
const char *people_name_at(struct pool *p, const struct tokens *t, size_t at,
                           enum name_style style);

/* The name a letter is signed with, or NULL. */
const char *people_signed_name(struct pool *p, const struct tokens *t);

/* Is the word in a list of words that stand in spaces? */
bool people_listed(const char *list, const char *word);

/* Is the word a given name (first_names.def)? */
bool people_first_name(const char *word);

/* "G." of "G. Hale", and "Ms." before a name, which is not a part of it. */
bool people_is_initial(const struct token *t);
bool people_is_title(const struct token *t);

/* A word in capitals that is no known name: "it's TMJ". */
bool people_shouts(const struct token *t);

/* E.164, or NULL. */
const char *contacts_phone(struct pool *p, struct str text, const struct tokens *t,
                           const char *country);

/* The sign that a spoken word of an address stands for ("dot"); NULL: none. */
const char *contacts_sign(const char *word);

/* In lower case, or NULL. */
const char *contacts_email(struct pool *p, struct str text, const struct tokens *t);

#endif
