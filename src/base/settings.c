/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings from four places, lightest first, so that a heavier one simply overwrites. Every value
 * passes through assign(), which checks it against its row and remembers where it came from.
 * A value of a text is never put into a sentence: it may be a password.
 */
#include "base/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/nearest.h"
#include "base/str.h"
#include "base/utf8.h"

#define FILE_MAX_BYTES (1024 * 1024)

/* clang-format off */
const struct setting_row settings_rows[SETTING_COUNT] = {
#define TEXT(name, otherwise, alias, secret, doc)                                                  \
    {#name, SETTING_IS_TEXT, otherwise, 0, 0, "", alias, secret, doc,                              \
     offsetof(struct settings, name)},
#define NUMBER(name, otherwise, min, max, unit, alias, doc)                                        \
    {#name, SETTING_IS_NUMBER, #otherwise, min, max, unit, alias, false, doc,                      \
     offsetof(struct settings, name)},
#define SWITCH(name, otherwise, alias, doc)                                                        \
    {#name, SETTING_IS_SWITCH, #otherwise, 0, 0, "", alias, false, doc,                            \
     offsetof(struct settings, name)},
#include "base/settings.def"
#undef TEXT
#undef NUMBER
#undef SWITCH
};
/* clang-format on */

void settings_init(struct settings *s)
{
    static const char *const none[] = {NULL};
    *s = (struct settings){
#define TEXT(name, otherwise, alias, secret, doc) .name = (otherwise),
#define NUMBER(name, otherwise, min, max, unit, alias, doc) .name = (otherwise),
#define SWITCH(name, otherwise, alias, doc) .name = (otherwise),
#include "base/settings.def"
#undef TEXT
#undef NUMBER
#undef SWITCH
        .strangers = none,
    };
}

/* "in ava.conf, line 3: ", "in the environment: ", or nothing for a flag, which is named in the
 * sentence itself. */
static const char *place_of(struct setting_origin from, char out[static 300])
{
    out[0] = '\0';
    if (from.source == SETTING_FILE) {
        snprintf(out, 300, "in %.250s, line %d: ", from.where, from.line);
    } else if (from.source == SETTING_ENVIRONMENT) {
        snprintf(out, 300, "in the environment: ");
    }
    return out;
}

/* The setting's name as it was written there. */
static const char *name_there(const struct setting_row *row, struct setting_origin from)
{
    return from.source == SETTING_ENVIRONMENT || from.source == SETTING_FLAG ? from.where
                                                                             : row->name;
}

static int refuse(const struct setting_row *row, struct setting_origin from, struct err *e,
                  const char *why)
{
    char place[300];
    return err_field(e, from.source == SETTING_FLAG ? ERR_USAGE : ERR_CONFIG, row->name, "%s%s %s",
                     place_of(from, place), name_there(row, from), why);
}

int settings_refuse(const struct settings *s, enum setting_id id, struct err *e, const char *why)
{
    return refuse(&settings_rows[id], s->origins[id], e, why);
}

static int assign_number(int64_t *to, const struct setting_row *row, struct setting_origin from,
                         struct str value, struct pool *p, struct err *e)
{
    int64_t number;
    if (!str_to_i64(value, &number) || number < row->min || number > row->max) {
        struct str shown = utf8_prefix(value, 40);
        return refuse(row, from, e,
                      pool_printf(p, "must be a number from %lld to %lld%s%s, not '" STR_FMT "'",
                                  (long long)row->min, (long long)row->max, row->unit[0] ? " " : "",
                                  row->unit, STR_ARG(shown)));
    }
    *to = number;
    return 0;
}

static int assign(struct settings *s, const struct setting_row *row, struct setting_origin from,
                  struct str value, struct pool *p, struct err *e)
{
    void *to = (char *)s + row->offset;
    int rc = 0;
    if (!utf8_valid(value)) {
        return refuse(row, from, e, "must be UTF-8 text");
    }
    if (row->type == SETTING_IS_TEXT) {
        *(const char **)to = str_dup(p, value);
    } else if (row->type == SETTING_IS_NUMBER) {
        rc = assign_number(to, row, from, value, p, e);
    } else if (!str_to_bool(value, to)) {
        struct str shown = utf8_prefix(value, 40);
        rc = refuse(row, from, e,
                    pool_printf(p, "must be true or false, not '" STR_FMT "'", STR_ARG(shown)));
    }
    if (!rc) {
        s->origins[row - settings_rows] = from;
    }
    return rc;
}

/* In files and flags - and _ are the same. */
static bool same_name(struct str written, const char *name)
{
    if (written.n != strlen(name)) {
        return false;
    }
    for (size_t i = 0; i < written.n; i++) {
        if ((written.p[i] == '-' ? '_' : written.p[i]) != name[i]) {
            return false;
        }
    }
    return true;
}

static const struct setting_row *row_of(struct str written)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (same_name(written, settings_rows[i].name)) {
            return &settings_rows[i];
        }
    }
    return NULL;
}

/* ---- flags ---- */

struct flag {
    const struct setting_row *row; /* NULL: not one of ours */
    struct str value;              /* p == NULL: it stands in the next word, or is a bare switch */
};

static struct flag flag_of(const char *word)
{
    struct flag f = {NULL, {NULL, 0}};
    struct str rest = str_of(word);
    if (!str_starts(rest, STR("--")) || rest.n == 2) {
        return f;
    }
    rest = (struct str){rest.p + 2, rest.n - 2};
    struct str name = str_cut(&rest, '=');
    f.value = rest;
    f.row = row_of(name);
    if (!f.row && str_starts(name, STR("no-")) && !f.value.p) {
        f.row = row_of((struct str){name.p + 3, name.n - 3});
        if (f.row && f.row->type != SETTING_IS_SWITCH) {
            f.row = NULL;
        }
        f.value = STR("false");
    }
    return f;
}

/* Takes the flags out of argv; writes for each setting its last value and how it was written. */
static int take_flags(int *argc, char **argv, struct flag found[static SETTING_COUNT],
                      const char *written[static SETTING_COUNT], struct pool *p, struct err *e)
{
    int kept = *argc > 0;
    for (int i = 1; i < *argc; i++) {
        bool end = strcmp(argv[i], "--") == 0;
        struct flag f = flag_of(argv[i]);
        if (end) {
            for (; i < *argc; i++) {
                argv[kept++] = argv[i];
            }
            break;
        }
        if (!f.row) {
            argv[kept++] = argv[i];
            continue;
        }
        struct str word = str_of(argv[i]);
        const char *name = str_dup(p, str_cut(&word, '='));
        if (!f.value.p && f.row->type == SETTING_IS_SWITCH) {
            f.value = STR("true");
        } else if (!f.value.p && i + 1 == *argc) {
            return err_field(e, ERR_USAGE, f.row->name, "%s needs a value", name);
        } else if (!f.value.p) {
            f.value = str_of(argv[++i]);
        }
        found[f.row - settings_rows] = f;
        written[f.row - settings_rows] = name;
    }
    *argc = kept;
    argv[kept] = NULL;
    return 0;
}

/* ---- the file ---- */

static int read_file(const char *path, struct buf *to, struct err *e)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        return err_field(e, ERR_IO, "config", "cannot open the configuration file %.200s: %s", path,
                         strerror(errno));
    }
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) {
        buf_add(to, chunk, n);
    }
    int failed = ferror(f) ? errno : 0;
    fclose(f);
    if (failed) {
        return err_field(e, ERR_IO, "config", "cannot read the configuration file %.200s: %s", path,
                         strerror(failed));
    }
    if (buf_failed(to)) {
        return err_field(e, ERR_CONFIG, "config",
                         "the configuration file %.200s is larger than %d "
                         "bytes",
                         path, FILE_MAX_BYTES);
    }
    return 0;
}

/* Cuts a comment off: # at the beginning or after white space. */
static struct str without_comment(struct str line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == '#' && (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t')) {
            return (struct str){line.p, i};
        }
    }
    return line;
}

/* The value of a line: in double quotes just as it stands there, else trimmed, without comment.
 * false: the quotes do not close, or something follows them. */
static bool value_of(struct str text, struct str *out)
{
    text = str_trim(text);
    if (text.n == 0 || text.p[0] != '"') {
        *out = str_trim(without_comment(text));
        return true;
    }
    ptrdiff_t end = str_index(text, '"', 1);
    if (end < 0) {
        return false;
    }
    struct str after = {text.p + end + 1, text.n - (size_t)end - 1};
    *out = (struct str){text.p + 1, (size_t)end - 1};
    return str_trim(without_comment(after)).n == 0;
}

static int unknown_key(struct str key, struct setting_origin from, struct err *e)
{
    char place[300];
    struct nearest n = nearest_to(key);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        nearest_offer(&n, settings_rows[i].name);
    }
    struct str shown = utf8_prefix(key, 40);
    return err_set(e, ERR_CONFIG, "%sthere is no setting '" STR_FMT "'%s%s%s",
                   place_of(from, place), STR_ARG(shown), n.best ? "; is '" : "",
                   n.best ? n.best : "", n.best ? "' meant?" : "");
}

static int load_line(struct settings *s, struct str line, struct setting_origin from,
                     struct pool *p, struct err *e)
{
    char place[300];
    if (str_trim(without_comment(str_trim(line))).n == 0) {
        return 0;
    }
    struct str rest = line, value;
    struct str key = str_trim(str_cut(&rest, '='));
    if (!rest.p) {
        return err_set(e, ERR_CONFIG, "%swrite name = value", place_of(from, place));
    }
    const struct setting_row *row = row_of(key);
    if (!row) {
        return utf8_valid(key)
                   ? unknown_key(key, from, e)
                   : err_set(e, ERR_CONFIG, "%sthis is not UTF-8 text", place_of(from, place));
    }
    const struct setting_origin *before = &s->origins[row - settings_rows];
    if (before->source == SETTING_FILE) {
        return refuse(row, from, e, pool_printf(p, "stands in line %d already", before->line));
    }
    if (row == &settings_rows[SETTING_config]) {
        return refuse(row, from, e, "cannot be set in the file itself");
    }
    if (!value_of(rest, &value)) {
        return refuse(row, from, e, "has a value whose quotes are not closed at its end");
    }
    return assign(s, row, from, value, p, e);
}

static int load_file(struct settings *s, const char *path, struct pool *p, struct err *e)
{
    struct buf text CLEANUP(buf_clear);
    buf_init(&text, FILE_MAX_BYTES);
    int rc = read_file(path, &text, e);
    struct str rest = buf_str(&text);
    if (str_starts(rest, STR("\xef\xbb\xbf"))) { /* the byte order mark that some editors write */
        rest = (struct str){rest.p + 3, rest.n - 3};
    }
    struct setting_origin from = {SETTING_FILE, pool_strdup(p, path), 0};
    while (!rc && rest.p) {
        struct str line = str_cut(&rest, '\n');
        from.line++;
        rc = load_line(s, line, from, p, e);
    }
    return rc;
}

/* ---- the environment ---- */

/* AVA_ and the name in capitals. */
static char *environment_name(const struct setting_row *row, struct pool *p)
{
    char *name = pool_printf(p, "AVA_%s", row->name);
    for (char *c = name; *c; c++) {
        if (*c >= 'a' && *c <= 'z') {
            *c = (char)(*c - ('a' - 'A'));
        }
    }
    return name;
}

/* The variable that speaks for this setting; NULL when none does. */
static const char *from_environment(const struct setting_row *row, struct pool *p,
                                    const char **name_out)
{
    const char *name = environment_name(row, p);
    const char *value = getenv(name);
    if ((!value || !*value) && row->alias[0]) {
        name = row->alias;
        value = getenv(name);
    }
    *name_out = name;
    return value && *value ? value : NULL;
}

static int load_environment(struct settings *s, struct pool *p, struct err *e)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = &settings_rows[i];
        const char *name;
        const char *value = from_environment(row, p, &name);
        struct setting_origin from = {SETTING_ENVIRONMENT, name, 0};
        int rc = value ? assign(s, row, from, str_of(value), p, e) : 0;
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static void find_strangers(struct settings *s, struct pool *p)
{
    size_t n = 0;
    for (char **v = environ; v && *v; v++) {
        n += str_starts(str_of(*v), STR("AVA_"));
    }
    const char **list = pool_calloc(p, n + 1, sizeof *list);
    n = 0;
    for (char **v = environ; v && *v; v++) {
        struct str rest = str_of(*v);
        struct str name = str_cut(&rest, '=');
        bool known = !str_starts(name, STR("AVA_"));
        for (size_t i = 0; i < SETTING_COUNT && !known; i++) {
            known = str_eq(name, str_of(environment_name(&settings_rows[i], p)));
        }
        if (!known) {
            list[n++] = str_dup(p, name);
        }
    }
    s->strangers = list;
}

/* ---- all of it ---- */

int settings_load(struct settings *s, struct pool *p, int *argc, char **argv, struct err *e)
{
    struct flag found[SETTING_COUNT] = {0};
    const char *written[SETTING_COUNT] = {0};
    const struct setting_row *config = &settings_rows[SETTING_config];
    int rc = take_flags(argc, argv, found, written, p, e);
    if (rc) {
        return rc;
    }
    const char *name;
    const char *path = found[SETTING_config].row ? str_dup(p, found[SETTING_config].value)
                                                 : from_environment(config, p, &name);
    if (path && *path && (rc = load_file(s, path, p, e))) {
        return rc;
    }
    if ((rc = load_environment(s, p, e))) {
        return rc;
    }
    for (size_t i = 0; i < SETTING_COUNT && !rc; i++) {
        struct setting_origin from = {SETTING_FLAG, written[i], 0};
        rc = found[i].row ? assign(s, found[i].row, from, found[i].value, p, e) : 0;
    }
    find_strangers(s, p);
    return rc;
}

const char *settings_shown(const struct settings *s, enum setting_id id, struct pool *p)
{
    const struct setting_row *row = &settings_rows[id];
    const void *at = (const char *)s + row->offset;
    switch (row->type) {
    case SETTING_IS_NUMBER:
        return pool_printf(p, "%lld", (long long)*(const int64_t *)at);
    case SETTING_IS_SWITCH:
        return *(const bool *)at ? "true" : "false";
    default: {
        const char *text = *(const char *const *)at;
        return row->secret ? *text ? "(set)" : "" : text;
    }
    }
}

const char *settings_origin(const struct settings *s, enum setting_id id, struct pool *p)
{
    struct setting_origin from = s->origins[id];
    switch (from.source) {
    case SETTING_FILE:
        return pool_printf(p, "%s, line %d", from.where, from.line);
    case SETTING_ENVIRONMENT:
    case SETTING_FLAG:
        return from.where;
    default:
        return "the default";
    }
}

const char *settings_public_url(const struct settings *s, struct pool *p)
{
    if (!s->public_url[0]) {
        return pool_printf(p, "%s://%s", s->tls_certificate[0] ? "https" : "http", s->listen);
    }
    struct str url = str_of(s->public_url);
    while (url.n && url.p[url.n - 1] == '/') {
        url.n--;
    }
    return str_dup(p, url);
}

const char *settings_database_url(const struct settings *s, struct pool *p)
{
    return s->database_url[0] ? s->database_url : pool_printf(p, "sqlite:%s/ava.db", s->data_dir);
}
