/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words with which people stop and start messages (CTIA's, and Twilio's lists of them): a text
 * that is nothing but one of them. What is said in a sentence is the assistant's to understand
 * (mind/understand.h). Any thread.
 */
#ifndef DOMAIN_CONSENT_WORD_H
#define DOMAIN_CONSENT_WORD_H

#include <stdbool.h>

#include "base/str.h"

enum consent_word {
    CONSENT_WORD_NONE,
    CONSENT_WORD_STOP,
    CONSENT_WORD_START,
    CONSENT_WORD_YES, /* counts as START for somebody who has opted out, and as nothing else */
    CONSENT_WORD_HELP,
};

struct consent_said {
    enum consent_word word;
    const char *as;  /* the word in capitals, "STOP"; NULL without one; static storage */
    bool exact;      /* it is Twilio's word and alone, so that Twilio acts on it and answers it */
    bool ambiguous;  /* CANCEL, which may be meant for an appointment */
    bool in_spanish; /* so is to be answered so */
};

/*
 * In any case, with any punctuation, white space and pictures around it, and said any number of
 * times: "STOP", "stop!", "Stop. Stop.", "Opt-out".
 */
struct consent_said consent_word_in(struct str text);

#endif
