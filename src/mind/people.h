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
    bool loose;        /* the name stands in the text without anything that says whose it is */
};

/*
 * text is valid UTF-8. `asked`: the name was just asked for, so a short answer is one. `country` is
 * the calling code for numbers in national form. `staff` are the names of the business's own people
 * and the assistant's, n_staff of them, whom somebody else's name does not begin with unless it was
 * said to be one. *out lives in pool.
 */
void people_find(struct pool *p, struct str text, bool asked, const char *country,
                 const char *const *staff, size_t n_staff, struct people *out);

#endif
