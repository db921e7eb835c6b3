/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A view of bytes that somebody else owns, and the few operations on text that everything needs.
 * A view is valid as long as what it looks at; it need not end in NUL. Any thread.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

struct pool;

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *s)
{
    return (struct str){s, s ? strlen(s) : 0};
}

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);

/* Position of the first c at or after `from`, or -1. */
ptrdiff_t str_index(struct str s, char c, size_t from);

/*
 * Cuts *rest at the first `sep`: returns what is before it and leaves what is after. When there is
 * no more `sep`, returns all of it and leaves *rest with p == NULL, which ends a loop:
 *     for (struct str part; rest.p && (part = str_cut(&rest, ',')).p;)
 */
struct str str_cut(struct str *rest, char sep);

/* Lives in pool, NUL-terminated. */
char *str_dup(struct pool *p, struct str s);

/* The whole view must be the number, in base 10. false (and *out untouched) otherwise. */
NODISCARD bool str_to_i64(struct str s, int64_t *out);
NODISCARD bool str_to_double(struct str s, double *out);

/* true/false/yes/no/on/off/1/0, in any case. */
NODISCARD bool str_to_bool(struct str s, bool *out);

/* Equal in time that depends on the lengths only: for signatures and tokens. */
bool str_eq_secret(struct str a, struct str b);

#endif
