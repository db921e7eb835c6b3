/* SPDX-License-Identifier: Apache-2.0 */
/* Formats an entry into a stack-sized buffer and writes it at once. */
#include "base/log.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/utf8.h"

#define LINE_MAX_BYTES 4096

static enum log_level least_level = LOG_INFO;
static enum log_format line_format = LOG_AUTO;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_setup(enum log_level least, enum log_format format)
{
    least_level = least;
    line_format = format;
}

bool log_enabled(enum log_level level)
{
    return level >= least_level;
}

static bool as_text(void)
{
    return line_format == LOG_AS_TEXT || (line_format == LOG_AUTO && isatty(STDERR_FILENO));
}

/* One field's text, never more than a few hundred bytes: a log line is not a place for data. */
static struct str short_text(const char *s)
{
    return utf8_prefix(str_of(s), 512);
}

static void format_text(struct buf *b, enum log_level level, const char *when, const char *message,
                        const struct log_field *f)
{
    buf_printf(b, "%.12s %-5s %s", when + 11, level_names[level], message);
    for (; f->key; f++) {
        buf_printf(b, "  %s=", f->key);
        if (f->text) {
            for (struct str s = short_text(f->text); s.n; s.p++, s.n--) {
                buf_putc(b, s.p[0] < ' ' && s.p[0] >= 0 ? ' ' : s.p[0]);
            }
        } else {
            buf_put_i64(b, f->number);
        }
    }
}

static void format_json(struct buf *b, enum log_level level, const char *when, const char *message,
                        const struct log_field *f)
{
    struct jw j = jw_to(b);
    jw_object(&j);
    jw_kv_text(&j, "time", when);
    jw_kv_text(&j, "level", level_names[level]);
    jw_kv_text(&j, "message", message);
    for (; f->key; f++) {
        jw_key(&j, f->key);
        if (!f->text) {
            jw_i64(&j, f->number);
        } else if (utf8_valid(short_text(f->text))) {
            jw_str(&j, short_text(f->text));
        } else {
            jw_text(&j, "(not UTF-8)");
        }
    }
    jw_object_end(&j);
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    char when[WALL_TEXT_BYTES];
    wall_format(wall_now(), when);
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    void (*format)(struct buf *, enum log_level, const char *, const char *,
                   const struct log_field *) = as_text() ? format_text : format_json;
    format(&line, level, when, message, fields);
    buf_putc(&line, '\n');
    if (line.over) { /* too many fields: keep what tells which entry it was */
        static const struct log_field none = {0};
        char short_message[256];
        struct str cut = utf8_prefix(str_of(message), sizeof short_message - 1);
        snprintf(short_message, sizeof short_message, STR_FMT, STR_ARG(cut));
        buf_reset(&line);
        format(&line, level, when, short_message, &none);
        buf_putc(&line, '\n');
    }
    ssize_t ignored UNUSED = write(STDERR_FILENO, line.data, line.len);
    buf_clear(&line);
}
