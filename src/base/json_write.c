/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8259 output. Escapes quote, backslash, the control characters, and nothing else. */
#include "base/json_write.h"

#include <math.h>
#include <stdio.h>

static void before_value(struct jw *j)
{
    if (j->comma) {
        buf_putc(j->to, ',');
    }
    j->comma = true;
}

static void open_with(struct jw *j, char c)
{
    before_value(j);
    buf_putc(j->to, c);
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

static void put_quoted(struct buf *b, struct str s)
{
    buf_putc(b, '"');
    size_t start = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char how = escapes[(unsigned char)s.p[i]];
        if (how == 0) {
            continue;
        }
        buf_add(b, s.p + start, i - start);
        start = i + 1;
        if (how == 1) {
            buf_printf(b, "\\u%04x", (unsigned)(unsigned char)s.p[i]);
        } else {
            buf_add(b, (char[2]){'\\', (char)how}, 2);
        }
    }
    buf_add(b, s.p + start, s.n - start);
    buf_putc(b, '"');
}

void jw_key_text(struct jw *j, struct str key)
{
    before_value(j);
    put_quoted(j->to, key);
    buf_putc(j->to, ':');
    j->comma = false;
}

void jw_str(struct jw *j, struct str s)
{
    before_value(j);
    put_quoted(j->to, s.p ? s : STR(""));
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
    before_value(j);
    buf_put_i64(j->to, value);
}

void jw_double(struct jw *j, double value)
{
    if (!isfinite(value)) {
        jw_null(j);
        return;
    }
    before_value(j);
    /* The shortest of the two precisions that reads back as the same number. */
    char text[40];
    snprintf(text, sizeof text, "%.15g", value);
    double back;
    if (!str_to_double(str_of(text), &back) || back < value || back > value) {
        snprintf(text, sizeof text, "%.17g", value);
    }
    buf_puts(j->to, text);
}

void jw_bool(struct jw *j, bool value)
{
    before_value(j);
    buf_puts(j->to, value ? "true" : "false");
}

void jw_null(struct jw *j)
{
    before_value(j);
    buf_puts(j->to, "null");
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
    before_value(j);
    buf_put_str(j->to, document);
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
