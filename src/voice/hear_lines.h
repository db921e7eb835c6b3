/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What callers may say, made by tools/gen_hear_lines.py from the mind's examples: words in lower
 * case and marks, as in hear_phrases.def.
 */
#ifndef VOICE_HEAR_LINES_H
#define VOICE_HEAR_LINES_H

#include <stddef.h>

extern const char *const hear_lines[];
extern const size_t n_hear_lines;

#endif
