/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3629 decoding, once; everything else here is built on utf8_next. */
#include "base/utf8.h"

#include "base/buf.h"
#include "base/pool.h"

static int32_t skip_byte(struct str *s)
{
    s->p++;
    s->n--;
    return -2;
}

int32_t utf8_next(struct str *s)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (s->n == 0) {
        return -1;
    }
    unsigned char first = (unsigned char)s->p[0];
    if (first < 0x80) {
        s->p++;
        s->n--;
        return first;
    }
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || s->n < length) {
        return skip_byte(s);
    }
    uint32_t code = first & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        unsigned char c = (unsigned char)s->p[i];
        if ((c & 0xC0) != 0x80) {
            return skip_byte(s);
        }
        code = code << 6 | (c & 0x3Fu);
    }
    if (code < smallest[length] || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) {
        return skip_byte(s);
    }
    s->p += length;
    s->n -= length;
    return (int32_t)code;
}

bool utf8_valid(struct str s)
{
    while (s.n) {
        /* Most text is ASCII: eight bytes at a time while no byte is NUL or has its high bit. */
        uint64_t word;
        if (s.n >= sizeof word) {
            memcpy(&word, s.p, sizeof word);
            uint64_t has_zero = (word - 0x0101010101010101u) & ~word;
            if (((word | has_zero) & 0x8080808080808080u) == 0) {
                s.p += sizeof word;
                s.n -= sizeof word;
                continue;
            }
        }
        if (utf8_next(&s) <= 0) {
            return false;
        }
    }
    return true;
}

size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--, c >>= 6) {
        out[i] = (char)(0x80 | (c & 0x3F));
    }
    out[0] = (char)(lead[length] | c);
    return length;
}

size_t utf8_length(struct str s)
{
    size_t n = 0;
    while (utf8_next(&s) != -1) {
        n++;
    }
    return n;
}

struct str utf8_prefix(struct str s, size_t max_bytes)
{
    if (s.n > max_bytes) {
        s.n = max_bytes;
        size_t back = 0;
        while (back < 3 && back < s.n && ((unsigned char)s.p[s.n - back] & 0xC0) == 0x80) {
            back++;
        }
        s.n -= back;
    }
    return s;
}

struct str utf8_repair(struct pool *p, struct str s)
{
    if (utf8_valid(s)) {
        return s;
    }
    struct buf b;
    buf_init(&b, s.n * 3 + 3);
    while (s.n) {
        const char *start = s.p;
        int32_t c = utf8_next(&s);
        if (c > 0) {
            buf_add(&b, start, (size_t)(s.p - start));
        } else {
            buf_puts(&b, "\xEF\xBF\xBD");
        }
    }
    struct str out = {str_dup(p, buf_str(&b)), b.len};
    buf_clear(&b);
    return out;
}
