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

void jw_key(struct jw *j, const char *key)
{
    size_t n = strlen(key);
    char *at = buf_room(j->to, n + 4);
    if (!at) {
        return;
    }
    size_t used = 0;
    if (j->comma) {
        at[used++] = ',';
    }
    at[used++] = '"';
    memcpy(at + used, key, n);
    used += n;
    at[used++] = '"';
    at[used++] = ':';
    buf_used(j->to, used);
    j->comma = false;
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

/* How many bytes at the beginning can be copied as they are. */
static size_t plain_length(struct str s)
{
    size_t i = 0;
    uint64_t w;
    while (i < s.n) {
        if (s.n - i >= sizeof w) {
            memcpy(&w, s.p + i, sizeof w);
            if (!word_needs_escape(w)) {
                i += sizeof w;
                continue;
            }
        }
        size_t end = MIN_OF(i + sizeof w, s.n);
        for (; i < end; i++) {
            if (escapes[(unsigned char)s.p[i]]) {
                return i;
            }
        }
    }
    return i;
}

static void put_escaped(struct buf *b, struct str s)
{
    while (s.n) {
        size_t plain = plain_length(s);
        buf_add(b, s.p, plain);
        s = (struct str){s.p + plain, s.n - plain};
        if (s.n == 0) {
            break;
        }
        unsigned char how = escapes[(unsigned char)s.p[0]];
        if (how == 1) {
            buf_printf(b, "\\u%04x", (unsigned)(unsigned char)s.p[0]);
        } else {
            buf_add(b, (char[2]){'\\', (char)how}, 2);
        }
        s = (struct str){s.p + 1, s.n - 1};
    }
}

/* A quoted text with the comma before it; nearly always nothing in it needs an escape. */
static void put_quoted(struct jw *j, struct str s)
{
    size_t plain = plain_length(s);
    char *at = buf_room(j->to, plain + 3);
    if (!at) {
        return;
    }
    size_t used = put_comma(j, at);
    at[used++] = '"';
    if (plain) {
        memcpy(at + used, s.p, plain);
    }
    used += plain;
    if (plain == s.n) {
        at[used++] = '"';
        buf_used(j->to, used);
        return;
    }
    buf_used(j->to, used);
    put_escaped(j->to, (struct str){s.p + plain, s.n - plain});
    buf_putc(j->to, '"');
}

void jw_key_text(struct jw *j, struct str key)
{
    put_quoted(j, key);
    buf_putc(j->to, ':');
    j->comma = false;
}

void jw_str(struct jw *j, struct str s)
{
    put_quoted(j, s.p ? s : STR(""));
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

void jw_kv_text(struct jw *j, const char *key, const char *value)
{
    jw_key(j, key);
    jw_text(j, value);
}

void jw_kv_str(struct jw *j, const char *key, struct str value)
{
    jw_key(j, key);
    jw_str(j, value);
}

void jw_kv_i64(struct jw *j, const char *key, int64_t value)
{
    jw_key(j, key);
    jw_i64(j, value);
}

void jw_kv_bool(struct jw *j, const char *key, bool value)
{
    jw_key(j, key);
    jw_bool(j, value);
}

void jw_kv_raw(struct jw *j, const char *key, struct str document)
{
    jw_key(j, key);
    jw_raw(j, document);
}

void jw_kv_null(struct jw *j, const char *key)
{
    jw_key(j, key);
    jw_null(j);
}
