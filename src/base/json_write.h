/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streaming JSON writer onto a bounded buffer: commas and escapes are its business, nesting is the
 * caller's. It is the hot path of every response. Keys are our own literals and are not escaped;
 * values are escaped, and must be valid UTF-8 (which everything stored is).
 * Overflow is the buffer's: check buf_failed() once at the end.
 *
 * The prefix is jw_ because jansson has json_object() and its like, and a program's own function of
 * the same name would take the place of the library's inside the library.
 */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"

struct jw {
    struct buf *to;
    bool comma; /* the next key or element needs one */
};

static inline struct jw jw_to(struct buf *to)
{
    return (struct jw){to, false};
}

void jw_object(struct jw *j); /* opens; as a value, element or the whole document */
void jw_object_end(struct jw *j);
void jw_array(struct jw *j);
void jw_array_end(struct jw *j);

/* The name of the member that the next value belongs to. */
void jw_key_str(struct jw *j, struct str key);
static inline void jw_key(struct jw *j, const char *literal_key)
{
    jw_key_str(j, str_of(literal_key)); /* inline, so that nobody counts the letters at run time */
}
/* The same for a key that came from outside. */
void jw_key_text(struct jw *j, struct str key);

void jw_str(struct jw *j, struct str s);
void jw_text(struct jw *j, const char *s); /* NULL writes null */
void jw_i64(struct jw *j, int64_t value);
void jw_double(struct jw *j, double value); /* NaN and infinities write null */
void jw_bool(struct jw *j, bool value);
void jw_null(struct jw *j);
void jw_wall(struct jw *j, struct wall t); /* us == 0 writes null */

/* Bytes that are a JSON document already, as stored in a JSON column; empty writes null. */
void jw_raw(struct jw *j, struct str document);

/* A member in one call: its value as it is written, or a text to be quoted. */
void jw_member(struct jw *j, struct str key, struct str plain);
void jw_member_quoted(struct jw *j, struct str key, struct str text);

static inline void jw_kv_str(struct jw *j, const char *key, struct str value)
{
    jw_member_quoted(j, str_of(key), value);
}
static inline void jw_kv_null(struct jw *j, const char *key)
{
    jw_member(j, str_of(key), STR("null"));
}
static inline void jw_kv_text(struct jw *j, const char *key, const char *value)
{
    if (value) {
        jw_kv_str(j, key, str_of(value));
    } else {
        jw_kv_null(j, key);
    }
}
static inline void jw_kv_i64(struct jw *j, const char *key, int64_t value)
{
    jw_key(j, key);
    jw_i64(j, value);
}
static inline void jw_kv_bool(struct jw *j, const char *key, bool value)
{
    jw_member(j, str_of(key), value ? STR("true") : STR("false"));
}
static inline void jw_kv_raw(struct jw *j, const char *key, struct str document)
{
    jw_member(j, str_of(key), document.n ? document : STR("null"));
}

#endif
