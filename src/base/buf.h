/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a hard maximum, on the heap. Everything that an outsider can make
 * grow is built in one of these. Going over the maximum is remembered: later additions do
 * nothing, and buf_failed() says so once at the end, which keeps callers straight-line.
 * A buffer belongs to one thread at a time.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
    char *data; /* NUL-terminated once anything was added; NULL before */
    size_t len;
    size_t cap;
    size_t max;
    bool over; /* an addition did not fit */
};

/* Caller's storage; allocates nothing yet. */
void buf_init(struct buf *b, size_t max_bytes);

/* Frees the bytes and leaves it as after buf_init. Fits CLEANUP(buf_clear). */
void buf_clear(struct buf *b);

/* Empties it and forgives an overflow, keeping the memory. */
void buf_reset(struct buf *b);

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_put_str(struct buf *b, struct str s);
void buf_putc(struct buf *b, char c);
void buf_put_i64(struct buf *b, int64_t value);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Room for n more bytes at data + len, or NULL when it would not fit; then buf_used(b, n). */
char *buf_grow(struct buf *b, size_t n); /* the rare half of buf_room */
static inline char *buf_room(struct buf *b, size_t n)
{
    return n < b->cap - b->len && !b->over ? b->data + b->len : buf_grow(b, n);
}
static inline void buf_used(struct buf *b, size_t n)
{
    b->len += n;
    b->data[b->len] = '\0';
}

static inline bool buf_failed(const struct buf *b)
{
    return b->over;
}

static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->data ? b->data : "", b->len};
}

/* Hands the bytes to the caller (free()); the buffer is as after buf_init. Never NULL. */
NODISCARD char *buf_take(struct buf *b, size_t *len_out);

#endif
