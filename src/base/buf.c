/* SPDX-License-Identifier: Apache-2.0 */
/* Growth by doubling up to the maximum; one spare byte always holds the NUL. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max = MIN_OF(max_bytes, SIZE_MAX / 4)}; /* so that sums do not wrap */
}

void buf_clear(struct buf *b)
{
    free(b->data);
    buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->over = false;
    if (b->data) {
        b->data[0] = '\0';
    }
}

char *buf_grow(struct buf *b, size_t n)
{
    if (b->over || n > b->max - b->len) {
        b->over = true;
        return NULL;
    }
    size_t need = b->len + n + 1;
    size_t cap = MAX_OF(MAX_OF(b->cap * 2, need), (size_t)256);
    b->cap = MIN_OF(cap, b->max + 1);
    b->data = xrealloc(b->data, b->cap);
    return b->data + b->len;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    char *room = buf_room(b, n);
    if (room) {
        if (n) {
            memcpy(room, bytes, n);
        }
        buf_used(b, n);
    }
}

void buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_put_str(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.n);
}

void buf_putc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_put_i64(struct buf *b, int64_t value)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        digits[--at] = '-';
    }
    buf_add(b, digits + at, sizeof digits - at);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *room = n >= 0 ? buf_room(b, (size_t)n) : NULL;
    if (room) {
        vsnprintf(room, (size_t)n + 1, fmt, args);
        buf_used(b, (size_t)n);
    }
    va_end(args);
}

char *buf_take(struct buf *b, size_t *len_out)
{
    char *data = b->data ? b->data : xstrdup("");
    if (len_out) {
        *len_out = b->len;
    }
    buf_init(b, b->max);
    return data;
}
