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

/* E.164, or NULL. */
const char *contacts_phone(struct pool *p, struct str text, const struct tokens *t,
                           const char *country);

/* The sign that a spoken word of an address stands for ("dot"); NULL: none. */
const char *contacts_sign(const char *word);

/* In lower case, or NULL. */
const char *contacts_email(struct pool *p, struct str text, const struct tokens *t);

#endif
