/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speech recognition: samples to text. Two backends behind one interface: pocketsphinx, which needs
 * nothing from outside and knows only what callers of this business are likely to say, and an HTTP
 * server that hears as OpenAI's does (POST /v1/audio/transcriptions), such as a whisper of one's
 * own. It does not find where speech begins and ends: that is voice/ears.h.
 */
#ifndef VOICE_HEAR_H
#define VOICE_HEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"
#include "domain/facts.h"

#define HEAR_RATE 16000 /* of the samples that are heard */

struct hear; /* shared by all threads */

struct hear_config {            /* copied */
    const char *url;            /* of a server, with /v1; NULL or "": pocketsphinx */
    const char *key;            /* its key; NULL or "": none */
    const char *model;          /* "whisper-1", ... */
    int timeout_ms;             /* for a turn */
    const char *acoustic_model; /* pocketsphinx's folder; NULL: the Debian package's */
    int decoders; /* so many turns are heard at the same time; each needs some 15 MB. 0: 64 */
};

/* ERR_UNAVAILABLE when there is no acoustic model, ERR_CONFIG for a bad address. *out owned. */
NODISCARD int hear_new(const struct hear_config *c, struct hear **out, struct err *e);
void hear_free(struct hear **h);
const char *hear_name(const struct hear *h); /* "pocketsphinx", "server" */

/*
 * What the business is called, offers and employs: the words that will be heard. Does nothing when
 * they are the same as before; else some 100 ms. Blocks; any thread. Before the first, nothing is
 * heard by pocketsphinx.
 */
NODISCARD int hear_learn(struct hear *h, const struct facts *f, struct err *e);

/* What is likely to be said now. */
enum hear_what {
    HEAR_OPEN,   /* anything */
    HEAR_ANSWER, /* an answer: yes, no, one of what was offered; but anything may be said */
    HEAR_DIGITS, /* a telephone number */
};

/* How the caller's sound came: it is heard otherwise. */
enum hear_line { HEAR_TELEPHONE, HEAR_WIDE };

/* The hearing of one call: what it learns of the caller's line serves the next turn. One thread at
 * a time. */
struct hearing;
NODISCARD struct hearing *hearing_new(struct hear *h, enum hear_line line);
void hearing_free(struct hearing **g);

struct heard {
    struct str text;   /* valid UTF-8, lower case or as the server writes; n == 0: nothing */
    double confidence; /* 0 to 1 */
    bool poorly;       /* by pocketsphinx: closed questions only, and no names */
};

/*
 * One turn: begin, its samples as they come, end. Blocks while it decodes; any thread. `end` and
 * `drop` end it; dropped, nothing is made of it.
 */
NODISCARD int hearing_begin(struct hearing *g, enum hear_what what, struct err *e);
void hearing_samples(struct hearing *g, const int16_t *samples, size_t n);
NODISCARD int hearing_end(struct hearing *g, struct pool *p, struct heard *out, struct err *e);
void hearing_drop(struct hearing *g);

#endif
