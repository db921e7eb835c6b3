/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of a run, read once before threads start and constant afterwards. settings.def is
 * the master: a row there is a member here. Weight rises: default, configuration file,
 * environment, flag; for each setting it is known where its value came from, so that every
 * complaint can say so. What follows from several settings is the caller's business, but for the
 * two addresses below.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

enum setting_id {
#define TEXT(name, otherwise, alias, secret, doc) SETTING_##name,
#define NUMBER(name, otherwise, min, max, unit, alias, doc) SETTING_##name,
#define SWITCH(name, otherwise, alias, doc) SETTING_##name,
#include "base/settings.def"
#undef TEXT
#undef NUMBER
#undef SWITCH
    SETTING_COUNT
};

enum setting_type { SETTING_IS_TEXT, SETTING_IS_NUMBER, SETTING_IS_SWITCH };

struct setting_row {
    const char *name;
    enum setting_type type;
    const char *otherwise; /* the default, as it would be written */
    int64_t min, max;      /* numbers */
    const char *unit;      /* numbers; "" when they count things */
    const char *alias;     /* an older environment name, or "" */
    bool secret;           /* its value is never shown */
    const char *doc;
    size_t offset; /* in struct settings */
};

extern const struct setting_row settings_rows[SETTING_COUNT];

enum setting_source { SETTING_DEFAULT, SETTING_FILE, SETTING_ENVIRONMENT, SETTING_FLAG };

struct setting_origin {
    enum setting_source source;
    const char *where; /* the file's path, the environment's name or the flag; NULL: the default */
    int line;          /* in the file */
};

struct settings {
#define TEXT(name, otherwise, alias, secret, doc) const char *name; /* never NULL */
#define NUMBER(name, otherwise, min, max, unit, alias, doc) int64_t name;
#define SWITCH(name, otherwise, alias, doc) bool name;
#include "base/settings.def"
#undef TEXT
#undef NUMBER
#undef SWITCH
    struct setting_origin origins[SETTING_COUNT];
    /* AVA_... names of the environment that no setting has, for a warning; NULL-terminated, never
     * NULL. */
    const char *const *strangers;
};

/* Every setting at its default. Allocates nothing. */
void settings_init(struct settings *s);

/*
 * Sets everything from the file (--config, else AVA_CONFIG), the environment and the flags in
 * argv[1...], after settings_init. Takes --name value, --name=value, for a switch --name,
 * --name=value and --no-name; takes those out of argv and leaves the rest, and everything from
 * "--" on, to the command. An empty environment variable counts as not set. Texts live in pool.
 *
 * ERR_USAGE for a flag; ERR_CONFIG for the environment or the file, ERR_IO when the file cannot
 * be read; *s is then half set and must not be used. Reads the environment: before threads start.
 */
NODISCARD int settings_load(struct settings *s, struct pool *p, int *argc, char **argv,
                            struct err *e);

/*
 * An ERR_CONFIG (ERR_USAGE for a flag) for a value that its user found wrong; `why` continues the
 * name, as in "must be debug, info, warn or error". The sentence says where the value came from
 * and does not repeat it.
 */
int settings_refuse(const struct settings *s, enum setting_id id, struct err *e, const char *why);

/* The value as one would write it; of a secret, only whether it is set. Lives in pool. */
const char *settings_shown(const struct settings *s, enum setting_id id, struct pool *p);

/* Where the value came from, as in "ava.conf, line 3" or "the default". Lives in pool. */
const char *settings_origin(const struct settings *s, enum setting_id id, struct pool *p);

/* The address that others know the server by, without a slash at its end. Lives in pool. */
const char *settings_public_url(const struct settings *s, struct pool *p);

/* Where the data is: database_url, or ava.db in the data directory. Lives in pool. */
const char *settings_database_url(const struct settings *s, struct pool *p);

#endif
