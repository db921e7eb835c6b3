/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phone numbers as people and providers write them, brought to E.164, the one form in which they
 * are stored and compared. Says what may be a number, not whether it is in use. Any thread.
 */
#ifndef DOMAIN_PHONE_H
#define DOMAIN_PHONE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

#define PHONE_BYTES 17 /* a plus, at most 15 digits, a NUL */

/*
 * "+1 555 010 0002", "(555) 010-0002", "00 44 20 7946 0958": in E.164 to `out`. `country` is the
 * calling code for numbers in national form ("1"); a leading plus in it does not matter.
 * ERR_INVALID otherwise, with a sentence that does not repeat the number; `out` is then untouched.
 */
NODISCARD int phone_normalize(struct str text, const char *country, char out[PHONE_BYTES],
                              struct err *e);

/* A plus, then 7 to 15 digits of which the first is not 0. */
bool phone_is_e164(struct str s);

/* 3 to 8 digits without a plus, as carriers give them to senders of many texts. */
bool phone_is_short_code(struct str s);

#endif
