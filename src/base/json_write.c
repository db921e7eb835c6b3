/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8259 output. Escapes quote, backslash, the control characters, and nothing else. */
#include "base/json_write.h"

#include <math.h>
#include <stdio.h>

/* Writes the comma that is due, into room that the caller has; returns how many bytes that took. */
static inline size_t put_comma(struct jw *j, char *at)
{
    size_t n = j->comma;
    at[0] = ',';
    j->comma = true;
    return n;
}

static void put_plain(struct jw *j, const char *text, size_t n)
{
    char *at = buf_room(j->to, n + 1);
    if (at) {
        size_t used = put_comma(j, at);
        memcpy(at + used, text, n);
        buf_used(j->to, used + n);
    }
}

static void open_with(struct jw *j, char c)
{
    put_plain(j, &c, 1);
    j->comma = false;
}

static void close_with(struct jw *j, char c)
{
    buf_putc(j->to, c);
    j->comma = true;
}

void jw_object(struct jw *j)
{
    open_with(j, '{');
}

void jw_object_end(struct jw *j)
{
    close_with(j, '}');
}

void jw_array(struct jw *j)
{
    open_with(j, '[');
}

void jw_array_end(struct jw *j)
{
    close_with(j, ']');
}

/* The same with a key behind the comma, in room for n + 4 bytes. */
static inline size_t put_key(struct jw *j, char *at, struct str key)
{
    size_t used = put_comma(j, at);
    at[used++] = '"';
    memcpy(at + used, key.p, key.n);
    used += key.n;
    at[used++] = '"';
    at[used++] = ':';
    return used;
}

void jw_key_str(struct jw *j, struct str key)
{
    char *at = buf_room(j->to, key.n + 4);
    if (at) {
        buf_used(j->to, put_key(j, at, key));
        j->comma = false;
    }
}

void jw_member(struct jw *j, struct str key, struct str plain)
{
    char *at = buf_room(j->to, key.n + 4 + plain.n);
    if (at) {
        size_t used = put_key(j, at, key);
        memcpy(at + used, plain.p, plain.n);
        buf_used(j->to, used + plain.n);
    }
}

/* What a byte becomes: 0 itself, 1 \u00XX, else the letter after the backslash. */
static const unsigned char escapes[256] = {
    [0 ... 7] = 1, ['\b'] = 'b', ['\t'] = 't',    ['\n'] = 'n', [11] = 1,
    ['\f'] = 'f',  ['\r'] = 'r', [14 ... 31] = 1, ['"'] = '"',  ['\\'] = '\\',
};

/* Does any of eight bytes need an escape: below 0x20, a quote or a backslash? (The usual word-wide
 * tests, "Bit Twiddling Hacks"; a byte above 0x7F may be taken for one that does, no other.) */
static inline bool word_needs_escape(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t quote = w ^ (ones * '"'), backslash = w ^ (ones * '\\');
    uint64_t hit = (w - ones * 0x20) | (quote - ones) | (backslash - ones);
    return hit & ~w & highs;
}

/* Copies the bytes at the beginning that need no escape; returns how many. */
static size_t copy_bytes(char *to, struct str s)
{
    size_t i = 0;
    while (i < s.n && !escapes[(unsigned char)s.p[i]]) {
        to[i] = s.p[i];
        i++;
    }
    return i;
}

typedef unsigned char block __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

/* Copies sixteen bytes when nothing in them needs an escape. */
static inline bool copy_block(char *to, const char *from)
{
    block b;
    memcpy(&b, from, sizeof b);
    block hits = (block)(b < 0x20) | (block)(b == '"') | (block)(b == '\\');
    halves two = (halves)hits;
    if (two[0] | two[1]) {
        return false;
    }
    memcpy(to, &b, sizeof b);
    return true;
}

/* Copies a word when nothing in it needs an escape. */
static inline bool copy_word(char *to, const char *from)
{
    uint64_t w;
    memcpy(&w, from, sizeof w);
    if (word_needs_escape(w)) {
        return false;
    }
    memcpy(to, &w, sizeof w);
    return true;
}

/* As copy_bytes, many at a time; the last of them lie over some of those before. */
static inline size_t copy_plain(char *to, struct str s)
{
    const size_t word = sizeof(uint64_t), many = sizeof(block);
    size_t i = 0;
    if (s.n >= many) {
        while (i + many <= s.n && copy_block(to + i, s.p + i)) {
            i += many;
        }
        if (i + many > s.n && copy_block(to + s.n - many, s.p + s.n - many)) {
            return s.n;
        }
    } else if (s.n >= word && copy_word(to, s.p) && copy_word(to + s.n - word, s.p + s.n - word)) {
        return s.n;
    }
    return i + copy_bytes(to + i, (struct str){s.p + i, s.n - i});
}

/* A text from its first byte that needs an escape on, and the quote at its end. */
static void put_escaped(struct buf *b, struct str s)
{
    while (s.n) {
        unsigned char how = escapes[(unsigned char)s.p[0]];
        if (how == 1) {
            buf_printf(b, "\\u%04x", (unsigned)(unsigned char)s.p[0]);
        } else if (how) {
            buf_add(b, (char[2]){'\\', (char)how}, 2);
        }
        s = how ? (struct str){s.p + 1, s.n - 1} : s;
        char *at = buf_room(b, s.n);
        size_t plain = at ? copy_plain(at, s) : s.n;
        if (at) {
            buf_used(b, plain);
        }
        s = (struct str){s.p + plain, s.n - plain};
    }
    buf_putc(b, '"');
}

/* A quoted text behind what is in `used` bytes of the room, which has three more than the text is
 * long; nearly always nothing in it needs an escape. */
static inline void put_quoted(struct jw *j, char *at, size_t used, struct str s)
{
    at[used++] = '"';
    size_t plain = copy_plain(at + used, s);
    used += plain;
    if (plain == s.n) {
        at[used++] = '"';
        buf_used(j->to, used);
    } else {
        buf_used(j->to, used);
        put_escaped(j->to, (struct str){s.p + plain, s.n - plain});
    }
}

void jw_member_quoted(struct jw *j, struct str key, struct str text)
{
    char *at = buf_room(j->to, key.n + 4 + text.n + 2);
    if (at) {
        put_quoted(j, at, put_key(j, at, key), text);
    }
}

void jw_str(struct jw *j, struct str s)
{
    char *at = buf_room(j->to, s.n + 3);
    if (at) {
        put_quoted(j, at, put_comma(j, at), s);
    }
}

void jw_key_text(struct jw *j, struct str key)
{
    jw_str(j, key);
    buf_putc(j->to, ':');
    j->comma = false;
}

void jw_text(struct jw *j, const char *s)
{
    if (s) {
        jw_str(j, str_of(s));
    } else {
        jw_null(j);
    }
}

void jw_i64(struct jw *j, int64_t value)
{
    put_plain(j, "", 0);
    buf_put_i64(j->to, value);
}

void jw_double(struct jw *j, double value)
{
    if (!isfinite(value)) {
        jw_null(j);
        return;
    }
    /* The shortest of the two precisions that reads back as the same number. */
    char text[40];
    snprintf(text, sizeof text, "%.15g", value);
    double back;
    if (!str_to_double(str_of(text), &back) || back < value || back > value) {
        snprintf(text, sizeof text, "%.17g", value);
    }
    put_plain(j, text, strlen(text));
}

void jw_bool(struct jw *j, bool value)
{
    put_plain(j, value ? "true" : "false", value ? 4 : 5);
}

void jw_null(struct jw *j)
{
    put_plain(j, "null", 4);
}

void jw_wall(struct jw *j, struct wall t)
{
    if (t.us == 0) {
        jw_null(j);
        return;
    }
    char text[WALL_TEXT_BYTES];
    wall_format(t, text);
    jw_str(j, str_of(text));
}

void jw_raw(struct jw *j, struct str document)
{
    if (document.n == 0) {
        jw_null(j);
        return;
    }
    put_plain(j, document.p, document.n);
}
