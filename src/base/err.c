/* SPDX-License-Identifier: Apache-2.0 */
/* The error table made into look-ups. Holds no state. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

#undef err_set /* what they are for the analyzer */
#undef err_field

struct err_row {
    int code;
    int http;
    int exit;
    const char *slug;
    const char *title;
};

static const struct err_row rows[] = {
#define ERR(name, number, http, exit, slug, title) {ERR_##name, http, exit, slug, title},
#include "base/err.def"
#undef ERR
};

static const struct err_row *row_of(int code)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].code == code) {
            return &rows[i];
        }
    }
    return &rows[0];
}

/* Ends the text where it stops being UTF-8, which is where snprintf cut a character in two. */
static void cut(char *text)
{
    struct str rest = str_of(text);
    size_t good;
    do {
        good = (size_t)(rest.p - text);
    } while (utf8_next(&rest) > 0);
    text[good] = '\0';
}

static PRINTF_LIKE(4, 0) void record(struct err *e, int code, const char *field, const char *fmt,
                                     va_list args)
{
    if (!e) {
        return;
    }
    e->code = code;
    snprintf(e->field, sizeof e->field, "%s", field);
    cut(e->field);
    vsnprintf(e->text, sizeof e->text, fmt, args);
    cut(e->text);
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    record(e, code, "", fmt, args);
    va_end(args);
    return code;
}

int err_field(struct err *e, int code, const char *field, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    record(e, code, field, fmt, args);
    va_end(args);
    return code;
}

int err_http_status(int code)
{
    return row_of(code)->http;
}

int err_exit_status(int code)
{
    return row_of(code)->exit;
}

const char *err_slug(int code)
{
    return row_of(code)->slug;
}

const char *err_title(int code)
{
    return row_of(code)->title;
}

const char *err_text(const struct err *e, int code)
{
    return e && e->text[0] ? e->text : err_title(code);
}
