/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the language and their numbers, shared by who makes sentences and who spells. */
#ifndef VOICE_HEAR_WORDS_PRIVATE_H
#define VOICE_HEAR_WORDS_PRIVATE_H

#include "base/pool.h"
#include "base/str.h"
#include "voice/hear_ngram.h"
#include "voice/hear_words.h"

struct lexis {
    struct pool *pool;
    size_t n, room;     /* n: the next word's number; words from NGRAM_FIRST */
    const char **words; /* by number */
    bool *letters;      /* by number: it is said letter by letter */
    size_t slots;       /* of the hash table, a power of two */
    uint32_t *table;    /* numbers; 0: empty */
};

void lexis_init(struct lexis *l, struct pool *p);
/* The word's number; it is added when it is new. 0 when there is no more room. */
uint32_t lexis_add(struct lexis *l, struct str word);
/* 0: it is not there. */
uint32_t lexis_find(const struct lexis *l, struct str word);

/* How all words sound, into the file. */
NODISCARD int lexis_write(const struct lexis *l, const char *dictionary, const char *path,
                          struct err *e);

/*
 * Text of the facts as it is spoken, in lower case, without signs, numbers as words: "Dr. Osei" is
 * "doctor osei". Words in capitals ("IPL") are added to `l`, when there is one, as letters.
 */
const char *hear_spoken(struct pool *p, struct lexis *l, const char *text);

/* phones in CMU's alphabet by flite's rules; "" when it has none. In pool. */
const char *hear_letter_to_sound(struct pool *p, const char *word);

#endif
