/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool is a chain of blocks with a bump pointer; a large request gets a block of its own behind
 * the current one. A cleared pool keeps a few usual blocks, because who needed them will need them
 * again. The one place of the product that aborts on out of memory.
 */
#include "base/pool.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 8192u
#define ALIGNMENT 16u
#define BLOCKS_KEPT 7

struct block {
    struct block *next;
    size_t size; /* of data */
    size_t used;
    _Alignas(ALIGNMENT) unsigned char data[];
};

struct cleanup {
    struct cleanup *next;
    void (*fn)(void *arg);
    void *arg;
};

struct pool {
    struct block *head;  /* the block being filled */
    struct block *first; /* kept by pool_clear */
    struct block *spare; /* kept as well, of the usual size; the next to be filled */
    int n_spare;
    struct cleanup *cleanups;
    size_t bytes;
};

static NORETURN void out_of_memory(size_t n)
{
    fprintf(stderr, "ava: out of memory (%zu bytes wanted)\n", n);
    abort();
}

void *xmalloc(size_t n)
{
    void *m = malloc(n ? n : 1);
    if (!m) {
        out_of_memory(n);
    }
    return m;
}

void *xcalloc(size_t n, size_t size)
{
    void *m = calloc(n ? n : 1, size ? size : 1);
    if (!m) {
        out_of_memory(n * size);
    }
    return m;
}

void *xrealloc(void *old, size_t n)
{
    void *m = realloc(old, n ? n : 1);
    if (!m) {
        out_of_memory(n);
    }
    return m;
}

char *xstrdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(xmalloc(n), s, n);
}

static struct block *block_new(struct pool *p, size_t size)
{
    struct block *b = p->spare;
    if (b && size == BLOCK_BYTES) {
        p->spare = b->next;
        p->n_spare--;
    } else {
        b = xmalloc(sizeof *b + size);
        b->size = size;
        p->bytes += sizeof *b + size;
    }
    b->next = NULL;
    b->used = 0;
    return b;
}

static void block_free(struct pool *p, struct block *b)
{
    p->bytes -= sizeof *b + b->size;
    free(b);
}

struct pool *pool_new(void)
{
    struct pool *p = xcalloc(1, sizeof *p);
    p->bytes = sizeof *p;
    p->first = p->head = block_new(p, BLOCK_BYTES);
    return p;
}

static void run_cleanups(struct pool *p)
{
    /* A cleanup may still allocate from the pool, so the blocks go afterwards. */
    while (p->cleanups) {
        struct cleanup *c = p->cleanups;
        p->cleanups = c->next;
        c->fn(c->arg);
    }
}

void pool_clear(struct pool *p)
{
    run_cleanups(p);
    for (struct block *b = p->head, *next; b; b = next) {
        next = b->next;
        if (b == p->first) {
            continue;
        }
        if (b->size == BLOCK_BYTES && p->n_spare < BLOCKS_KEPT) {
            b->next = p->spare;
            p->spare = b;
            p->n_spare++;
        } else {
            block_free(p, b);
        }
    }
    p->first->next = NULL;
    p->first->used = 0;
    p->head = p->first;
}

void pool_free(struct pool **p)
{
    if (!p || !*p) {
        return;
    }
    pool_clear(*p);
    for (struct block *b = (*p)->spare, *next; b; b = next) {
        next = b->next;
        block_free(*p, b);
    }
    free((*p)->first);
    free(*p);
    *p = NULL;
}

void *pool_alloc_raw(struct pool *p, size_t n)
{
    if (n > SIZE_MAX / 2) {
        out_of_memory(n);
    }
    n = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct block *b = p->head;
    if (n > b->size - b->used) {
        struct block *fresh = block_new(p, MAX_OF(n, (size_t)BLOCK_BYTES));
        if (n >= BLOCK_BYTES / 2) { /* full at once: keep filling the current one */
            fresh->next = b->next;
            b->next = fresh;
        } else {
            fresh->next = b;
            p->head = fresh;
        }
        b = fresh;
    }
    void *m = b->data + b->used;
    b->used += n;
    return m;
}

void *pool_alloc(struct pool *p, size_t n)
{
    return memset(pool_alloc_raw(p, n), 0, n);
}

void *pool_calloc(struct pool *p, size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total)) {
        out_of_memory(SIZE_MAX);
    }
    return pool_alloc(p, total);
}

char *pool_strndup(struct pool *p, const char *s, size_t n)
{
    char *m = pool_alloc_raw(p, n + 1);
    if (n) {
        memcpy(m, s, n);
    }
    m[n] = '\0';
    return m;
}

char *pool_strdup(struct pool *p, const char *s)
{
    return s ? pool_strndup(p, s, strlen(s)) : NULL;
}

char *pool_vprintf(struct pool *p, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0) {
        return pool_strdup(p, "");
    }
    char *m = pool_alloc_raw(p, (size_t)n + 1);
    vsnprintf(m, (size_t)n + 1, fmt, args);
    return m;
}

char *pool_printf(struct pool *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *m = pool_vprintf(p, fmt, args);
    va_end(args);
    return m;
}

void pool_on_free(struct pool *p, void (*fn)(void *arg), void *arg)
{
    struct cleanup *c = pool_alloc(p, sizeof *c);
    *c = (struct cleanup){p->cleanups, fn, arg};
    p->cleanups = c;
}

size_t pool_bytes(const struct pool *p)
{
    return p->bytes;
}
