/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People write what they want in two or three texts. What a text looks like says how long to wait
 * for the next one, whether it is answered by itself, and whether it wants an answer at all. Looks
 * at words only, so it may run before anything is understood. Pure.
 */
#ifndef DOMAIN_BURST_H
#define DOMAIN_BURST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * How long to wait after this text for another, given the usual wait; in its unit. Half as long
 * again after what looks unfinished (a bare "hi", a line that ends in a comma or in "and"), not at
 * all after a keyword.
 */
int64_t burst_wait(struct str text, int64_t usual);

/* STOP, HELP and their like: answered by themselves, whatever is written around them. */
bool burst_stands_alone(struct str text);

/* "Thanks!", "ok, see you then", a thumb: said to something that is over, it wants no answer. */
bool burst_is_closing(struct str text);

#endif
