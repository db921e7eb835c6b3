/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON from outside, on jansson: bounded in size and depth, duplicate keys refused, and a
 * sentence that says where it is wrong. The document *lives in pool*.
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include <jansson.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

/* jansson itself stops at a nesting of 2048; ours is lower because handlers recurse. */
#define JSON_MAX_DEPTH 64

/* 0, or ERR_MALFORMED with line and column. NUL characters (\u0000) are refused. */
NODISCARD int json_read(struct pool *p, struct str text, json_t **out, struct err *e);

/* The member's text, or `otherwise` when it is missing or no string. Borrows from the document. */
const char *json_get_text(const json_t *object, const char *key, const char *otherwise);
int64_t json_get_i64(const json_t *object, const char *key, int64_t otherwise);
bool json_get_bool(const json_t *object, const char *key, bool otherwise);

/* Serialised compactly; lives in pool. NULL gives p == NULL. */
struct str json_dump_to_pool(struct pool *p, const json_t *document);

#endif
