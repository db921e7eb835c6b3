/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Text enters
 * the product only through these, so that everything inside may rely on it. Any thread.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Valid, and without NUL bytes (PostgreSQL's text cannot hold them, C strings neither). */
bool utf8_valid(struct str s);

/*
 * Reads one code point and moves *s past it. Returns it, or -1 at the end, or -2 for a byte that
 * starts no valid sequence (one byte is then skipped).
 */
int32_t utf8_next(struct str *s);

/* Writes at most 4 bytes; returns how many. */
size_t utf8_encode(uint32_t code_point, char out[4]);

/* Code points in s; an invalid byte counts as one. */
size_t utf8_length(struct str s);

/* The longest prefix of at most max_bytes that does not cut a sequence. */
struct str utf8_prefix(struct str s, size_t max_bytes);

/* Lives in pool: s with each invalid sequence and each NUL replaced by U+FFFD. */
struct str utf8_repair(struct pool *p, struct str s);

#endif
