/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scripted driver, for tests: no database at all. A test opens a store with the url
 * "scripted:", queues what it expects to be asked and what shall be answered, and runs the code
 * under test. The driver answers in order. What was not expected, and what was expected and not
 * asked for when the store is freed, ends the program with both sides printed: a test cannot pass
 * by overlooking it.
 *
 *     scripted_rows(store, "FROM customers WHERE phone", 2, (const char *[]){"7", "Ann"}, 2);
 *     scripted_arguments(store, (const char *[]){"+15550100"}, 1);
 *     scripted_failure(store, "INSERT INTO events", ERR_FULL, "the disk is full");
 *
 * A statement is known by a part of its text as it stands in the source, tokens in braces and all.
 * Transactions run on the caller's thread, one at a time; BEGIN and ROLLBACK need no expectation,
 * COMMIT may have one.
 *
 * Everything is copied. Any thread, though a script of several threads has no certain order.
 */
#ifndef STORE_SCRIPTED_H
#define STORE_SCRIPTED_H

#include "store/store.h"

/* Answers the statement with n_cells / columns rows, cells row by row; a NULL cell is NULL. */
void scripted_rows(struct store *s, const char *part, size_t columns, const char *const *cells,
                   size_t n_cells);

/* Answers with no rows: for what writes. */
void scripted_done(struct store *s, const char *part);

/* The statement fails with that ERR_ code and sentence. */
void scripted_failure(struct store *s, const char *part, int code, const char *text);

/* The arguments that the expectation queued last must come with, in canonical form. */
void scripted_arguments(struct store *s, const char *const *arguments, size_t n);

/* The next thing asked for must be COMMIT. It succeeds (0), or fails with that ERR_ code. */
void scripted_commit(struct store *s, int code);

/* COMMIT must come and is refused as after a deadlock: the function is run once more. */
void scripted_commit_again(struct store *s);

/* The store is there and answers (0, the default), or ping, borrow and write fail with the code. */
void scripted_away(struct store *s, int code);

/* Expectations that nobody has asked for yet; transactions committed and rolled back so far. */
size_t scripted_left(const struct store *s);
size_t scripted_commits(const struct store *s);
size_t scripted_rollbacks(const struct store *s);

#endif
