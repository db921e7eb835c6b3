/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recogniser's language for one business: which words there are, how they sound, and what
 * follows what; made from hear_phrases.def, hear_lines.h and the business's facts.
 */
#ifndef VOICE_HEAR_WORDS_H
#define VOICE_HEAR_WORDS_H

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"
#include "domain/facts.h"

/* What of the facts the language depends on, as one text: equal texts, equal languages. In pool. */
struct str hear_words_key(struct pool *p, const struct facts *f);

/* The services, the staff and the business by name, separated by commas: what a recogniser that
 * knows all words is told to expect. In pool. */
const char *hear_words_prompt(struct pool *p, const struct facts *f);

/*
 * Writes words.dict (how the words sound), open.lm and answer.lm (ARPA) into the folder.
 * `dictionary`: CMU's, of the acoustic model's language. ERR_IO.
 */
NODISCARD int hear_words_write(const struct facts *f, const char *dictionary, const char *folder,
                               struct err *e);

#endif
