/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stand-ins of models and of speech servers are told to answer next: one object of JSON or
 * an array of them, whose members are known. Any thread.
 */
#ifndef SANDBOX_SCRIPT_H
#define SANDBOX_SCRIPT_H

#include <jansson.h>

#include "base/err.h"
#include "base/str.h"

struct sandbox;

/* Takes one; it copies what it keeps. */
typedef int script_take_fn(struct sandbox *s, const json_t *item, struct err *e);

/* Gives take() each item of the document, until one is refused. */
NODISCARD int script_read(struct sandbox *s, struct str json, script_take_fn *take, struct err *e);

/*
 * Has the item no members but these (NULL-terminated), and are its count and delay_ms, where it has
 * them, at least 1 and at most ten minutes? `what` names an item in the refusal: "an answer".
 */
NODISCARD int script_check(const json_t *item, const char *what, const char *const *known,
                           struct err *e);

/* Is its status, 200 where it has none, one of HTTP's final ones? */
NODISCARD int script_check_status(const json_t *item, struct err *e);

#endif
