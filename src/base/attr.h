/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiler attributes and small macros, named once. Everything here is a macro without state;
 * it works the same in gcc 12 and clang 14 with -std=gnu17.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

/* A result that must not be dropped: an error code, or memory the caller owns. */
#define NODISCARD __attribute__((warn_unused_result))

/* printf-style checking; the numbers count from 1. */
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* Runs x_free(&var) when var leaves its scope: our x_free(struct x **) has just that signature. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define UNUSED __attribute__((unused))
#define NORETURN __attribute__((noreturn))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

#endif
