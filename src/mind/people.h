/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who somebody says they are: a name, a telephone number, an e-mail address in a text, also as they
 * are spoken ("five five five, oh one oh ...", "maya at example dot com"). Pure; any thread.
 */
#ifndef MIND_PEOPLE_H
#define MIND_PEOPLE_H

#include <stdbool.h>

#include "base/pool.h"
#include "base/str.h"

struct people {
    const char *name;  /* as a name is written; NULL: none was found */
    const char *phone; /* E.164 */
    const char *email; /* lower case */
};

/*
 * text is valid UTF-8. `asked`: the name was just asked for, so a short answer is one. `country` is
 * the calling code for numbers in national form. *out lives in pool.
 */
void people_find(struct pool *p, struct str text, bool asked, const char *country,
                 struct people *out);

#endif
