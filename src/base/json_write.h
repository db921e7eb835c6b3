/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streaming JSON writer onto a bounded buffer: commas and escapes are its business, nesting is the
 * caller's. It is the hot path of every response. Keys are our own literals and are not escaped;
 * values are escaped, and must be valid UTF-8 (which everything stored is).
 * Overflow is the buffer's: check buf_failed() once at the end.
 */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"

struct json_out {
    struct buf *to;
    bool comma; /* the next key or element needs one */
};

static inline struct json_out json_out_to(struct buf *to)
{
    return (struct json_out){to, false};
}

void json_object(struct json_out *j); /* opens; as a value, element or the whole document */
void json_object_end(struct json_out *j);
void json_array(struct json_out *j);
void json_array_end(struct json_out *j);

/* The name of the member that the next value belongs to. */
void json_key(struct json_out *j, const char *literal_key);
/* The same for a key that came from outside. */
void json_key_text(struct json_out *j, struct str key);

void json_str(struct json_out *j, struct str s);
void json_text(struct json_out *j, const char *s); /* NULL writes null */
void json_i64(struct json_out *j, int64_t value);
void json_double(struct json_out *j, double value); /* NaN and infinities write null */
void json_bool(struct json_out *j, bool value);
void json_null(struct json_out *j);
void json_wall(struct json_out *j, struct wall t); /* us == 0 writes null */

/* Bytes that are a JSON document already, as stored in a JSON column; empty writes null. */
void json_raw(struct json_out *j, struct str document);

/* A member in one call. */
void json_kv_text(struct json_out *j, const char *key, const char *value);
void json_kv_str(struct json_out *j, const char *key, struct str value);
void json_kv_i64(struct json_out *j, const char *key, int64_t value);
void json_kv_bool(struct json_out *j, const char *key, bool value);
void json_kv_raw(struct json_out *j, const char *key, struct str document);
void json_kv_null(struct json_out *j, const char *key);

#endif
