/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many segments a text takes as SMS (3GPP TS 23.038: GSM-7 with its extension table, else
 * UCS-2; 160/153 septets or 70/67 code units), and how to keep one within a number of them.
 */
#ifndef DOMAIN_SMS_TEXT_H
#define DOMAIN_SMS_TEXT_H

#include <stdbool.h>

#include "base/pool.h"
#include "base/str.h"

struct sms_size {
    bool gsm7; /* else UCS-2 */
    int units; /* septets or code units, escapes and surrogates counted */
    int segments;
};

struct sms_size sms_measure(struct str text);

/* Typographic quotes, dashes, ellipsis and the like replaced by GSM-7 look-alikes. In pool. */
struct str sms_plain(struct pool *p, struct str text);

/* The text cut at a word so that it takes at most max_segments, with "..." when it was cut. */
struct str sms_fit(struct pool *p, struct str text, int max_segments);

#endif
