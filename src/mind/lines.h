/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of lines.def with their marks filled in. Which wording is chosen depends only on how
 * often the line was said before. Pure; any thread.
 */
#ifndef MIND_LINES_H
#define MIND_LINES_H

#include "mind/sentences.h"

enum line {
#define KIND(name) LINE_##name,
#define LINE(kind, medium, wording)
#include "mind/lines.def"
#undef KIND
#undef LINE
    N_LINES
};

/* What the marks stand for; NULL is "". */
struct line_words {
    const char *service, *when, *old, *offers, *with, *list, *link;
};

const char *line_say(const struct speaker *s, enum line l, int before,
                     const struct line_words *words);

/* Its name in the stored state. */
const char *line_name(enum line l);

#endif
