/* SPDX-License-Identifier: Apache-2.0 */
/* The judged conversations by which tools/judge_train.c trains the judge, and their features. */
#ifndef TOOLS_JUDGE_EXAMPLES_H
#define TOOLS_JUDGE_EXAMPLES_H

#include "mind/judge.h"
#include "mind/score_private.h"

/* Where a conversation is from. */
enum group {
    GROUP_DIALOGUES, /* dialogues.tsv */
    GROUP_RECORDED,  /* the same, with the events that the product would have recorded */
    GROUP_VOICES,    /* mood_talks.tsv */
    GROUP_ROWS,      /* the unit test's */
    GROUP_GOLDEN,    /* the tuned golden conversations */
    GROUP_GOLDEN_WORDS,
    N_GROUPS
};

#define TURNS_MAX 64
/* The golden conversations of a group of authors are left out together, of the others a fifth. */
#define PARTS 5
#define AUTHOR_GROUPS 6
#define FOLDS (PARTS + AUTHOR_GROUPS)

struct example {
    enum group group;
    char author; /* of a golden conversation: the letter its name begins with; 'a': the first */
    const char *id;
    unsigned fold; /* the same for all that is made of one conversation */
    struct score_message messages[TURNS_MAX];
    struct score_event events[TURNS_MAX + 4];
    const char *intents[TURNS_MAX]; /* of the customer's turns, where they are known */
    size_t n_intents;
    struct score_in in;
    bool judged;              /* there is something to judge by */
    unsigned moods, outcomes; /* bits: more than one where reasonable people differ */
    int least, most;          /* satisfaction */
    size_t n, n_rules;
    struct judge_feature *features; /* the first n_rules are what the rules found */
};

struct examples {
    struct pool *pool;
    size_t n, cap;
    struct example *list;
};

/* From .tsv and .json files and the unit test's rows. What cannot be read ends the program. */
void examples_read(struct examples *t, int n, char **paths);

/* One bit for each of the names, which | parts. */
unsigned bits_of(const char *file, size_t line, struct str names, bool moods);

#endif
