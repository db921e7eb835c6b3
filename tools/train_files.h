/* SPDX-License-Identifier: Apache-2.0 */
/* What the trainers (ear_train, judge_train) share: a file read whole, and the end of it all. */
#ifndef TOOLS_TRAIN_FILES_H
#define TOOLS_TRAIN_FILES_H

#include "base/pool.h"
#include "base/str.h"

/* Says where and what is wrong, and ends the program. */
_Noreturn void fail(const char *file, size_t line, const char *what);

/* The file's bytes, followed by a NUL; they live in pool. Fails when it cannot be read. */
struct str read_whole(struct pool *p, const char *path);

/* The paths, with the .json files of each folder among them, by name, in its place. In pool. */
struct paths {
    int n;
    char **list;
};
struct paths paths_of(struct pool *p, int n, char **args);

#endif
