/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory with one owner and one end: everything allocated from a pool lives until the pool is
 * cleared or freed. A request, a job and a command each have one. A function whose first argument
 * is a pool returns memory that *lives in pool*.
 *
 * Small allocations never fail: out of memory aborts, in pool.c and nowhere else. Where outsiders
 * decide the size, the limit is the buffer's (base/buf.h) or the parser's, before it comes here.
 * A pool belongs to one thread at a time.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"

struct pool;

/* Returns owned. */
NODISCARD struct pool *pool_new(void);

/* Frees all of it and nulls the pointer; accepts NULL. Fits CLEANUP(pool_free). */
void pool_free(struct pool **p);

/* Frees what was allocated, but keeps at most 64 KiB for the next use. */
void pool_clear(struct pool *p);

/* Zeroed, aligned for any type; n = 0 gives a valid pointer. */
void *pool_alloc(struct pool *p, size_t n) __attribute__((malloc, alloc_size(2)));

/* The same, not zeroed: for what is written over at once. */
void *pool_alloc_raw(struct pool *p, size_t n) __attribute__((malloc, alloc_size(2)));

/* An array of n zeroed elements; aborts when n * size overflows. */
void *pool_calloc(struct pool *p, size_t n, size_t size) __attribute__((malloc));

char *pool_strdup(struct pool *p, const char *s); /* NULL gives NULL */
char *pool_strndup(struct pool *p, const char *s, size_t n);
char *pool_printf(struct pool *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *pool_vprintf(struct pool *p, const char *fmt, va_list args) PRINTF_LIKE(2, 0);

/* Runs fn(arg) when the pool is cleared or freed, last registered first. */
void pool_on_free(struct pool *p, void (*fn)(void *arg), void *arg);

/* Bytes taken from the heap for this pool, for metrics and tests. */
size_t pool_bytes(const struct pool *p);

/* The heap with the one out-of-memory abort, for what has no pool. Freed with free(). */
void *xmalloc(size_t n) __attribute__((malloc, alloc_size(1)));
void *xcalloc(size_t n, size_t size) __attribute__((malloc));
void *xrealloc(void *old, size_t n);
char *xstrdup(const char *s);

#endif
