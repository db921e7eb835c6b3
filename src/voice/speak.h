/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Speech synthesis: text to samples. Two backends behind one interface: flite, which is in the
 * program and needs nothing, and an HTTP server that speaks as OpenAI's does
 * (POST /v1/audio/speech), such as a neural voice of one's own.
 */
#ifndef VOICE_SPEAK_H
#define VOICE_SPEAK_H

#include "base/err.h"
#include "base/str.h"
#include "voice/resample.h"

struct speak; /* shared by all threads */

struct speak_config {  /* copied */
    const char *voice; /* flite: "slt" (a woman), "kal16" (a man, twenty times faster to make);
                          a server's: as it names it */
    const char *url;   /* of a server, with /v1; NULL or "": flite */
    const char *key;   /* its key; NULL or "": none */
    const char *model; /* "tts-1", ... */
    int timeout_ms;    /* for a sentence */
};

/* ERR_CONFIG when there is no such voice. *out owned. */
NODISCARD int speak_new(const struct speak_config *c, struct speak **out, struct err *e);
void speak_free(struct speak **s);
const char *speak_name(const struct speak *s); /* "flite", "server" */

/*
 * Says one sentence (speak_sentence): samples at `rate` go to `out` while they are made, or at once
 * when it was said lately; synthesis ends soon after `out` returned false. Blocks; any thread. 0
 * also when `out` wanted no more. What a server cannot give, flite says. Else ERR_PROVIDER,
 * ERR_TIMEOUT: in the middle of a sentence.
 */
NODISCARD int speak_say(struct speak *s, struct str sentence, int rate, samples_fn *out, void *arg,
                        struct err *e);

/* Cuts the first sentence off *rest, without white space at its ends; p == NULL at the end. A
 * sentence of absurd length is cut at a word. */
struct str speak_sentence(struct str *rest);

/*
 * What a synthesiser without knowledge of the world would say badly, spelt: "+15550100002" digit by
 * digit, "9-5" as "9 to 5", "hrs", "Blvd.", addresses of sites and mailboxes; in ASCII. Lives in
 * pool.
 */
const char *speak_spelt(struct pool *p, struct str text);

#endif
