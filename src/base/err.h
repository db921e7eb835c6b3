/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: a function returns 0 or a negative ERR_... code; the sentence that tells a person what
 * to do goes into an optional `struct err` passed last. err.def is the master of codes, HTTP
 * statuses and exit statuses. Library code returns errors and never logs them; ops, api, cli and
 * the job runners log, once.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

enum err_code {
#define ERR(name, number, http, exit, slug, title) ERR_##name = -(number),
#include "base/err.def"
#undef ERR
};

/* The detail of a failure. Caller's storage; zero-initialised means "nothing said yet". */
struct err {
    int code;       /* negative ERR_..., 0 when unset */
    char field[64]; /* the parameter at fault, "" when none is */
    char text[384]; /* one sentence for a person: what is wrong and what to do; no personal data */
};

/*
 * Records code and sentence in `e` (which may be NULL) and returns `code`, so that a failure is
 * one line: return err_set(e, ERR_INVALID, "page must be at least 1"). Any thread.
 */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same with the name of the parameter that is at fault. */
int err_field(struct err *e, int code, const char *field, const char *fmt, ...) PRINTF_LIKE(4, 5);

#ifdef __clang_analyzer__
/* The analyzer sees one file at a time and has to be told that the code is what is returned. */
static inline int err_code_is(int code, int returned)
{
    (void)returned;
    return code;
}
#define err_set(e, code, ...) err_code_is(code, (err_set)(e, code, __VA_ARGS__))
#define err_field(e, code, ...) err_code_is(code, (err_field)(e, code, __VA_ARGS__))
#endif

/* Facts of err.def for a code; an unknown code counts as ERR_INTERNAL. */
int err_http_status(int code);
int err_exit_status(int code);
const char *err_slug(int code);
const char *err_title(int code);

/* The sentence in `e`, or the code's title when nothing was recorded. Never NULL. */
const char *err_text(const struct err *e, int code);

#endif
