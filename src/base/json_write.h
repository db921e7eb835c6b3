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
void jw_key(struct jw *j, const char *literal_key);
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

/* A member in one call. */
void jw_kv_text(struct jw *j, const char *key, const char *value);
void jw_kv_str(struct jw *j, const char *key, struct str value);
void jw_kv_i64(struct jw *j, const char *key, int64_t value);
void jw_kv_bool(struct jw *j, const char *key, bool value);
void jw_kv_raw(struct jw *j, const char *key, struct str document);
void jw_kv_null(struct jw *j, const char *key);

#endif
