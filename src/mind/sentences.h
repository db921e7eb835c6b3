/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the local engine says when it is not reading out facts: passing on, refusing, small talk.
 * The master of its wording. Each kind has several wordings, so that a repeated question does not
 * get the same sentence twice. Plain ASCII, no markdown. It never claims what it cannot know: that
 * something is booked, free, or safe. Any thread.
 */
#ifndef MIND_SENTENCES_H
#define MIND_SENTENCES_H

#include "base/pool.h"
#include "domain/attachment.h"
#include "domain/channel.h"
#include "domain/facts.h"
#include "mind/topics.h"

struct speaker {
    struct pool *pool;
    const struct facts *facts;
    enum channel channel;
    const char *name; /* the customer's first name; NULL: not known. In a letter it is said once, at
                         its beginning */
};

/* A mark of a wording, without its braces, and what it stands for; NULL: not known. */
struct sentence_mark {
    const char *mark, *value;
};

/*
 * A wording with its marks filled in: those given and those of sentences.c. A sentence of it whose
 * mark is not known is left out.
 */
const char *sentence_fill(const struct speaker *s, const char *wording,
                          const struct sentence_mark *more, size_t n_more);

/* For the topics that are passed on or need no facts; `before`: how often it was said already. */
const char *sentence_of(const struct speaker *s, enum topic t, int before);

/* It does not know; a colleague will answer. */
const char *sentence_unknown(const struct speaker *s, int before);

/* Added after an answer of which a part is missing. */
const char *sentence_asked_team(const struct speaker *s);

/* The answer to HELP. */
const char *sentence_help(const struct speaker *s);

/* A message without any words. */
const char *sentence_wordless(const struct speaker *s);

/* Thanks for files, which it cannot look at, and says who will. */
const char *sentence_files(const struct speaker *s, size_t n, enum attachment_kind kind);

/* Begins an answer that was given before: "", "Once more: ", ... */
const char *sentence_again(int before);

#endif
