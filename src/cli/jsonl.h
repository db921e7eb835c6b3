/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Lines: an object a line in, an object a line out, in the same order, as a stream: what came
 * in is answered before more is waited for, so that a program may talk line by line through pipes.
 * A line that cannot be done gets {"id"?,"error":"..."} and the next one is taken.
 */
#ifndef CLI_JSONL_H
#define CLI_JSONL_H

#include "base/json_read.h"
#include "base/json_write.h"

#define JSONL_LINE_MAX (4u << 20)

/*
 * Does one line, an object: writes the members of the answer's object (its "id" stands there
 * already when the line has one). pool lives for this line. What it wrote is dropped when it
 * returns an error, and the error's sentence is answered instead. Called on several threads at
 * once when many lines come together.
 */
typedef int jsonl_fn(void *arg, struct pool *pool, const json_t *line, struct jw *out,
                     struct err *e);

/*
 * Reads in_fd to its end and writes to out_fd. Blank lines are skipped. Refused are lines that are
 * longer than JSONL_LINE_MAX, no valid UTF-8, or no JSON object; the sentence tells the line's
 * number. 0 when all lines were done, else ERR_MALFORMED with how many were not; ERR_IO ends it.
 */
NODISCARD int jsonl_each(int in_fd, int out_fd, jsonl_fn *fn, void *arg, struct err *e);

#endif
