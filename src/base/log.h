/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structured log: one line an entry, readable text on a terminal, one JSON object a line
 * otherwise, on standard error. An entry is a message that never changes (so that it can be
 * counted and searched) and fields. Personal data does not go into a log: log ids.
 *
 *     log_info("request done", LOG_TEXT("path", path), LOG_I64("status", 200));
 *
 * Any thread; a line is written in one write(2), so lines of several threads do not mix.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_AUTO, LOG_AS_TEXT, LOG_AS_JSON };

struct log_field {
    const char *key;  /* NULL ends the list */
    const char *text; /* or, when NULL, the number */
    int64_t number;
};

static inline const char *log_text_or_empty(const char *s)
{
    return s ? s : "";
}

#define LOG_TEXT(k, v) ((struct log_field){.key = (k), .text = log_text_or_empty(v)})
#define LOG_I64(k, v) ((struct log_field){.key = (k), .number = (int64_t)(v)})

/* Until this is called: info and above, format by the terminal. Before threads start. */
void log_setup(enum log_level least, enum log_format format);

bool log_enabled(enum log_level level);

void log_write(enum log_level level, const char *message, const struct log_field *fields);

/* The first is never read: it lets the comma after it go when there are no fields. */
#define LOG_FIELDS_(...) ((const struct log_field[]){{0}, ##__VA_ARGS__, {0}} + 1)
#define LOG_AT_(level, message, ...)                                                               \
    do {                                                                                           \
        if (log_enabled(level)) {                                                                  \
            log_write(level, message, LOG_FIELDS_(__VA_ARGS__));                                   \
        }                                                                                          \
    } while (0)

#define log_debug(message, ...) LOG_AT_(LOG_DEBUG, message, __VA_ARGS__)
#define log_info(message, ...) LOG_AT_(LOG_INFO, message, __VA_ARGS__)
#define log_warn(message, ...) LOG_AT_(LOG_WARN, message, __VA_ARGS__)
#define log_error(message, ...) LOG_AT_(LOG_ERROR, message, __VA_ARGS__)

#endif
