/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8259 output. Escapes quote, backslash, the control characters, and nothing else. */
#include "base/json_write.h"

#include <math.h>
#include <stdio.h>

static void before_value(struct json_out *j)
{
    if (j->comma) {
        buf_putc(j->to, ',');
    }
    j->comma = true;
}

static void open_with(struct json_out *j, char c)
{
    before_value(j);
    buf_putc(j->to, c);
    j->comma = false;
}

static void close_with(struct json_out *j, char c)
{
    buf_putc(j->to, c);
    j->comma = true;
}

void json_object(struct json_out *j)
{
    open_with(j, '{');
}

void json_object_end(struct json_out *j)
{
    close_with(j, '}');
}

void json_array(struct json_out *j)
{
    open_with(j, '[');
}

void json_array_end(struct json_out *j)
{
    close_with(j, ']');
}

void json_key(struct json_out *j, const char *key)
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

void json_key_text(struct json_out *j, struct str key)
{
    before_value(j);
    put_quoted(j->to, key);
    buf_putc(j->to, ':');
    j->comma = false;
}

void json_str(struct json_out *j, struct str s)
{
    before_value(j);
    put_quoted(j->to, s.p ? s : STR(""));
}

void json_text(struct json_out *j, const char *s)
{
    if (s) {
        json_str(j, str_of(s));
    } else {
        json_null(j);
    }
}

void json_i64(struct json_out *j, int64_t value)
{
    before_value(j);
    buf_put_i64(j->to, value);
}

void json_double(struct json_out *j, double value)
{
    if (!isfinite(value)) {
        json_null(j);
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

void json_bool(struct json_out *j, bool value)
{
    before_value(j);
    buf_puts(j->to, value ? "true" : "false");
}

void json_null(struct json_out *j)
{
    before_value(j);
    buf_puts(j->to, "null");
}

void json_wall(struct json_out *j, struct wall t)
{
    if (t.us == 0) {
        json_null(j);
        return;
    }
    char text[WALL_TEXT_BYTES];
    wall_format(t, text);
    json_str(j, str_of(text));
}

void json_raw(struct json_out *j, struct str document)
{
    if (document.n == 0) {
        json_null(j);
        return;
    }
    before_value(j);
    buf_put_str(j->to, document);
}

void json_kv_text(struct json_out *j, const char *key, const char *value)
{
    json_key(j, key);
    json_text(j, value);
}

void json_kv_str(struct json_out *j, const char *key, struct str value)
{
    json_key(j, key);
    json_str(j, value);
}

void json_kv_i64(struct json_out *j, const char *key, int64_t value)
{
    json_key(j, key);
    json_i64(j, value);
}

void json_kv_bool(struct json_out *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}

void json_kv_raw(struct json_out *j, const char *key, struct str document)
{
    json_key(j, key);
    json_raw(j, document);
}

void json_kv_null(struct json_out *j, const char *key)
{
    json_key(j, key);
    json_null(j);
}
