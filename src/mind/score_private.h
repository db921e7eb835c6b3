/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the local scorer, in the order in which it uses them: messages become utterances
 * (score_talk.c), each read as tokens (score_tokens.c), in which phrases are found (score_phrase.c)
 * that carry moods (score_mood.c) and cues (score_cues.c); events tell what happened
 * (score_events.c). score_local.c judges by all of that with judge.c, score_tell.c puts it into
 * words. Included inside mind/ and by its tests only.
 */
#ifndef MIND_SCORE_PRIVATE_H
#define MIND_SCORE_PRIVATE_H

#include <stdint.h>

#include "mind/score.h"

/* ---- tokens ---- */

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_PICTURE };
struct token {
    struct str
        word; /* lower case, without apostrophes, stretched letters squeezed; or the number */
    enum token_kind kind;
    int mood;          /* of a picture (emoji, emoticon): tenths */
    bool capitals;     /* a word in capitals among others that are not */
    bool stretched;    /* soooo */
    unsigned sentence; /* index into sentences */
    unsigned clause;   /* counts commas, "but" and sentence ends */
};
struct sentence {
    unsigned bangs;
    bool asks;
};
struct tokens {
    size_t n;
    struct token *list;
    size_t n_sentences;
    struct sentence *sentences;
    bool shouted;     /* nearly all of it in capitals */
    size_t n_foreign; /* words in another script than the Latin one */
};

/* More of one utterance is not read. */
#define UTTERANCE_MAX_BYTES 8192
void tokens_of_text(struct pool *p, struct str text, struct tokens *out);

/* ---- phrases ---- */

/*
 * Places separated by spaces; in each: alternatives with |, a trailing * for any ending, # for a
 * number, a leading - for a place that may be missing, .. for up to four words of the same
 * sentence, ^ before the first place for the start of a sentence, $ as the last for the end of the
 * utterance. A phrase lies within one sentence.
 */
struct phrase {
    const char *text;
    int value; /* a mood in tenths, or a cue */
};

/* A word by which a phrase begins, and the number of its row; in the order of the bytes. */
struct phrase_head {
    const char *word;
    unsigned row;
};
struct phrase_table {
    const struct phrase *rows;
    const struct phrase_head *heads; /* whole words */
    size_t n_heads;
    const struct phrase_head *starts; /* beginnings of words */
    size_t n_starts;
};
/* Made by the build from feelings.def and cues.def. */
extern const struct phrase_head feelings_heads[], feelings_starts[], cues_heads[], cues_starts[];
extern const size_t n_feelings_heads, n_feelings_starts, n_cues_heads, n_cues_starts;

/* Does the phrase begin at token `at`? Then *end_out is the token after its last. */
bool phrase_at(const struct tokens *t, const char *text, size_t at, size_t *end_out);

/* Calls fn for each phrase at each token. */
typedef void phrase_fn(void *arg, const struct phrase *row, size_t first, size_t end);
void phrases_each(const struct phrase_table *x, const struct tokens *t, phrase_fn *fn, void *arg);

/* Is it said with a "not" before it in its clause? */
bool token_negated(const struct tokens *t, size_t at);

/* ---- moods ---- */

struct mood {
    int good, bad;           /* sums in tenths, both positive */
    int best, worst;         /* the strongest single ones, in tenths; worst is negative */
    const char *worst_words; /* what was said so; "" when nothing was */
};
void mood_of(struct pool *p, const struct tokens *t, struct mood *out);

/* ---- cues ---- */

enum cue {
#define CUE(name, text)
#define CUE_NAME(name, whose, how) CUE_##name,
#include "mind/cues.def"
#undef CUE_NAME
#undef CUE
    N_CUES
};
_Static_assert(N_CUES <= 64, "a set of cues is 64 bits");
typedef uint64_t cue_set;
#define CUE_BIT(name) ((cue_set)1 << CUE_##name)

/* The cues of one side's utterance. */
cue_set cues_of(const struct tokens *t, bool customer);

/* ---- talk ---- */

struct utterance {
    bool customer;
    struct str text;
    struct wall at;
    struct tokens tokens;
    struct mood mood; /* of the customer's only */
    cue_set cues;
};
struct talk {
    size_t n;
    struct utterance *list;
    size_t n_customer, n_assistant;
};
void talk_read(struct pool *p, const struct score_in *in, struct talk *out);

/* ---- what happened ---- */

enum deed { DEED_NONE, DEED_BOOKED, DEED_MOVED, DEED_CANCELLED };
struct happened {
    enum deed deed;        /* the last that was done */
    bool recorded;         /* tools and actions are: what they do not tell was not done */
    unsigned failed_calls; /* of tools that book, move or cancel: those that did not */
    const char *service;   /* a name fit to be shown; NULL: not known */
    const char *start;     /* YYYY-MM-DD...; NULL: not known */
    unsigned escalations;
    const char *escalated_for; /* the last reason, "" when there is none */
    bool complained, opted_out, emergency, medical;
    const char *intent;      /* the weightiest; NULL: none */
    const char *last_intent; /* NULL: none */
    bool asked;              /* an intent was a question about the business */
    enum deed wished;        /* the last intent to book (or find a time), move or cancel */
    unsigned errors;         /* errors and answers that were not delivered */
};
void happened_read(struct pool *p, const struct score_in *in, struct happened *out);

/* ---- the judgement ---- */

struct view {
    struct pool *pool;
    const struct score_in *in;
    struct talk talk;
    struct happened happened;

    /* by the order of what was said (score_course.c) */
    enum deed said_deed;    /* what the assistant said that it did */
    enum deed wish;         /* the last that the customer wanted done */
    bool wish_open;         /* it was not done, and not withdrawn */
    bool checked;           /* asked about an appointment that they have */
    bool complained;        /* of more than of not being understood just now */
    bool made_good;         /* they were told that somebody above will see to it, with an apology */
    bool thanked_after;     /* for what was done */
    bool declined;          /* their last word to what was offered was no */
    bool offered;           /* times were offered to them */
    unsigned repeats;       /* times that they had to say or ask the same again */
    unsigned unheard;       /* times that they said that they were not understood */
    unsigned misses;        /* times that the assistant did not understand */
    int64_t longest_wait_s; /* for an answer, -1 when times are not known */
    bool asks;              /* there is a question mark of theirs */
    unsigned noises;        /* their utterances that are nobody's wish */
    bool unanswered;        /* the customer has the last word, and it wants an answer */
    cue_set asked, told;    /* all cues of the customer, of the assistant */
    cue_set last_asked, last_told;

    /* weighed: the end more than the start; tenths */
    int good, bad;
    int first_tone, last_tone;
    const struct utterance *last; /* of the customer; NULL: none */
    const struct utterance *worst;

    enum deed deed; /* by events, else by words */
    const char *outcome;
    const char *sentiment;
    const struct utterance *settled; /* the assistant's words that settled it; NULL: none */
};
void course_read(struct view *v);
/* By the rules alone: all of the view but what the judge says. */
void score_view(struct pool *p, const struct score_in *in, struct view *v);
/* With another judge than the one that is built in. */
struct judge_model;
void score_judged_by(const struct judge_model *m, struct pool *p, const struct score_in *in,
                     struct score_out *out);

const char *tell_subject(struct view *v);
const char *tell_summary(struct view *v);

#endif
