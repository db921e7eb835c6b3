/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A turn being understood, between understand.c (topics and intent), understand_when.c (days and
 * times) and understand_acts.c (choices and acts) only.
 */
#ifndef MIND_UNDERSTAND_PRIVATE_H
#define MIND_UNDERSTAND_PRIVATE_H

#include "mind/understand.h"
#include "mind/when.h"

struct reading {
    struct pool *pool;
    const struct understand_in *in;
    const struct talk *talk;
    struct understood *u;
    struct when when;
    size_t provider_at; /* the first word that names the provider */
    int said_minutes;   /* the time in the text, before a choice put its own */
};

static inline bool reading_has(const struct reading *r, enum topic t)
{
    return r->u->topics.has[t];
}

/* Is the phrase (words.h) somewhere in the text? */
bool reading_says(const struct reading *r, const char *phrase);

/* Days and times into the particulars. */
void understand_when(struct reading *r);

/* Is the word one of these? */
bool understand_among(const struct word *w, const char *const *list, size_t n);

/* Does the word begin as a weekday does? */
bool understand_names_weekday(const struct word *w);

/* Is it the day or the hour of something else than a visit: "my wedding is on Saturday"? */
bool understand_of_other(const struct reading *r, const struct when_mention *m);

/* "a Thursday", "Thursday evenings": any such day will do. */
bool understand_any_such(const struct reading *r, const struct when_mention *m);

/*
 * The day and the time of a visit that is only spoken of. `only_tells`: nothing is wished for, so
 * all that is said is told. After the intent is known, before what was found is forgotten.
 */
void understand_told(struct reading *r, bool only_tells);

/* Is the word a part of a time of day? */
bool understand_in_time(const struct reading *r, size_t at);

/* A part of a day that is only told ("my eye twitched this morning"), and the day it brought. */
void understand_forget_part(struct reading *r);

/* Takes them out again, where they are only told of. */
void understand_forget_when(struct understood *u);

/* Which of the offered times is meant. After understand_when. */
void understand_choice(struct reading *r);

/* What the turn does, by the rules. After the intent is known. */
void understand_acts(struct reading *r);

/* Everything but the last judgement: what is in the turn, and the intent that the rules lead to. */
enum intent understand_read(struct pool *p, const struct understand_in *in, struct understood *u,
                            struct reading *r);

/* Does it begin with a yes or a no, or consist of one? */
bool says_yes(const struct reading *r);
bool says_no(const struct reading *r);

/* "No, Thursday", "actually ...", "make it ...". */
bool says_instead(const struct reading *r);

/* Has it any particulars? */
bool has_particulars(const struct understood *u);

#endif
