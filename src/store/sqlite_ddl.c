/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Understands just enough of SQLite's stored CREATE TABLE texts: which CHECKs a table has (no
 * PRAGMA tells) and how to take a column's NOT NULL away (no statement does). Reads tokens, never
 * guesses from substrings; what it does not understand it leaves alone.
 */
#include <ctype.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/schema_private.h"

#define DDL_MAX_BYTES (1u << 20)

struct tokens {
    struct str rest;
    struct str token; /* the current one; n == 0 at the end */
};

static bool is_word(char c)
{
    return c == '_' || (unsigned char)c >= 0x80 || isalnum((unsigned char)c);
}

static size_t quoted_length(struct str s)
{
    char close = s.p[0] == '[' ? ']' : s.p[0];
    size_t i = 1;
    for (; i < s.n; i++) {
        if (s.p[i] == close && (i + 1 == s.n || s.p[i + 1] != close || close == ']')) {
            return i + 1;
        }
        i += s.p[i] == close; /* a doubled quote stands for itself */
    }
    return s.n;
}

/* White space and comments before the next token. */
static size_t gap_length(struct str s)
{
    size_t i = 0;
    while (i < s.n) {
        struct str at = {s.p + i, s.n - i};
        if (isspace((unsigned char)at.p[0])) {
            i++;
        } else if (str_starts(at, STR("--"))) {
            ptrdiff_t end = str_index(at, '\n', 0);
            i += end < 0 ? at.n : (size_t)end;
        } else if (str_starts(at, STR("/*"))) {
            const char *end = memmem(at.p + 2, at.n - 2, "*/", 2);
            i += end ? (size_t)(end - at.p) + 2 : at.n;
        } else {
            break;
        }
    }
    return i;
}

static bool next(struct tokens *t)
{
    size_t gap = gap_length(t->rest);
    struct str s = {t->rest.p + gap, t->rest.n - gap};
    size_t n = s.n ? 1 : 0;
    if (s.n && strchr("'\"`[", s.p[0])) {
        n = quoted_length(s);
    } else if (s.n && is_word(s.p[0])) {
        while (n < s.n && is_word(s.p[n])) {
            n++;
        }
    }
    t->token = (struct str){s.p, n};
    t->rest = (struct str){s.p + n, s.n - n};
    return n > 0;
}

static bool token_is(const struct tokens *t, const char *word)
{
    return str_eq_nocase(t->token, str_of(word));
}

/* The same name, quoted or not. */
static bool token_names(const struct tokens *t, const char *name)
{
    struct str s = t->token;
    if (s.n >= 2 && strchr("\"`[", s.p[0])) {
        s = (struct str){s.p + 1, s.n - 2};
    }
    return str_eq_nocase(s, str_of(name));
}

static int depth_change(const struct tokens *t)
{
    return token_is(t, "(") ? 1 : token_is(t, ")") ? -1 : 0;
}

const char *ddl_normalise(struct pool *p, struct str text)
{
    CLEANUP(buf_clear) struct buf out;
    buf_init(&out, DDL_MAX_BYTES);
    struct tokens t = {.rest = text};
    while (next(&t)) {
        if (out.len) {
            buf_putc(&out, ' ');
        }
        bool literal = t.token.p[0] == '\'' || t.token.p[0] == '"';
        for (size_t i = 0; i < t.token.n; i++) {
            char c = t.token.p[i];
            buf_putc(&out, literal ? c : (char)tolower((unsigned char)c));
        }
    }
    return str_dup(p, buf_str(&out));
}

size_t ddl_checks(struct pool *p, struct str create_table, const char ***out)
{
    size_t n = 0, room = 0;
    const char **checks = NULL;
    struct tokens t = {.rest = create_table};
    while (next(&t)) {
        if (!token_is(&t, "CHECK")) {
            continue;
        }
        const char *from = t.rest.p;
        int depth = 0;
        while (next(&t) && (depth += depth_change(&t)) > 0) {
        }
        if (n == room) {
            room = room ? room * 2 : 8;
            const char **more = pool_calloc(p, room, sizeof *more);
            if (n) {
                memcpy(more, checks, n * sizeof *more);
            }
            checks = more;
        }
        checks[n++] = ddl_normalise(p, (struct str){from, (size_t)(t.rest.p - from)});
    }
    *out = checks;
    return n;
}

/*
 * In a column's definition, where t stands at its name: the extent of "NOT NULL" with what belongs
 * to it (CONSTRAINT name before, ON CONFLICT what after). False when there is none.
 */
static bool find_not_null(struct tokens *t, struct str *out)
{
    int depth = 0;
    const char *constraint = NULL; /* where "CONSTRAINT name" began, if that was just before */
    int since = 0;
    while (next(t) && (depth > 0 || (!token_is(t, ",") && !token_is(t, ")")))) {
        depth += depth_change(t);
        since++;
        if (depth == 0 && token_is(t, "CONSTRAINT")) {
            constraint = t->token.p;
            since = 0;
        }
        const char *from = constraint && since == 2 ? constraint : t->token.p;
        struct tokens ahead = *t;
        if (depth || !token_is(t, "NOT") || !next(&ahead) || !token_is(&ahead, "NULL")) {
            continue;
        }
        const char *end = ahead.rest.p;
        if (next(&ahead) && token_is(&ahead, "ON") && next(&ahead) &&
            token_is(&ahead, "CONFLICT") && next(&ahead)) {
            end = ahead.rest.p;
        }
        *out = (struct str){from, (size_t)(end - from)};
        return true;
    }
    return false;
}

const char *ddl_without_not_null(struct pool *p, struct str create_table, const char *column)
{
    struct tokens t = {.rest = create_table};
    while (next(&t) && !token_is(&t, "(")) {
    }
    /* At the beginning of each definition between the outer parentheses. */
    int depth = 0;
    bool begins = true;
    while (next(&t) && depth >= 0) {
        struct str gone;
        if (begins && depth == 0 && token_names(&t, column)) {
            if (!find_not_null(&t, &gone)) {
                return NULL;
            }
            const char *after = gone.p + gone.n;
            size_t left = create_table.n - (size_t)(after - create_table.p);
            return pool_printf(p, STR_FMT STR_FMT, (int)(gone.p - create_table.p), create_table.p,
                               (int)left, after);
        }
        depth += depth_change(&t);
        begins = depth == 0 && token_is(&t, ",");
    }
    return NULL;
}

/* The writable_schema way of SQLite's own documentation ("Making Other Kinds Of Table Schema
 * Changes"): only the text changes, no row is moved, and everything that refers to the table stays.
 * When the new text did not parse, the reset fails and with it the transaction. */
int sqlite_drop_not_null(struct db *db, const char *table, const char *column, struct err *e)
{
    static const struct sql find = {"SELECT sql FROM sqlite_master WHERE type = 'table'"
                                    " AND lower(name) = $1"};
    static const struct sql required = {
        "SELECT \"notnull\" FROM pragma_table_info($1) WHERE lower(name) = $2"};
    static const struct sql replace = {
        "UPDATE sqlite_master SET sql = $2 WHERE type = 'table' AND lower(name) = $1"};
    static const struct sql version = {"SELECT schema_version FROM pragma_schema_version"};
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows rows;
    int rc = db_rows(db, p, &required, ARGS(A_TEXT(table), A_TEXT(column)), &rows, e);
    if (rc || rows.n == 0 || !row_bool(&rows, 0, 0)) {
        return rc;
    }
    rc = db_rows(db, p, &find, ARGS(A_TEXT(table)), &rows, e);
    const char *text =
        rc == 0 && rows.n ? ddl_without_not_null(p, row_str(&rows, 0, 0), column) : NULL;
    if (rc == 0 && !text) {
        return err_set(e, ERR_UNSUPPORTED, "Column %s.%s is NOT NULL and cannot be changed", table,
                       column);
    }
    if (rc == 0) {
        rc = db_rows(db, p, &version, NO_ARGS, &rows, e);
    }
    if (rc == 0) {
        rc = db_script(db, "PRAGMA writable_schema = ON", e);
    }
    if (rc == 0) {
        rc = db_exec(db, &replace, ARGS(A_TEXT(table), A_TEXT(text)), e);
    }
    if (rc == 0) {
        const char *bump =
            pool_printf(p, "PRAGMA schema_version = %lld", (long long)row_i64(&rows, 0, 0) + 1);
        rc = db_script(db, bump, e);
    }
    /* Reads the texts anew, and ends what ON began whatever happened between. */
    int reset = db_script(db, "PRAGMA writable_schema = RESET", rc ? NULL : e);
    rc = rc ? rc : reset;
    if (rc == 0) {
        rc = db_rows(db, p, &required, ARGS(A_TEXT(table), A_TEXT(column)), &rows, e);
    }
    if (rc == 0 && (rows.n == 0 || row_bool(&rows, 0, 0))) {
        rc = err_set(e, ERR_INTERNAL, "Column %s.%s is still NOT NULL", table, column);
    }
    return rc;
}
