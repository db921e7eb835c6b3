/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: their arguments, and opening the database. */
#include "cli/command.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "store/store.h"

static void take_out(struct command_run *run, int at, int n)
{
    for (int i = at; i + n < run->argc; i++) {
        run->argv[i] = run->argv[i + n];
    }
    run->argc -= n;
}

const char *command_flag(struct command_run *run, const char *name, int *rc, struct err *e)
{
    size_t n = strlen(name);
    for (int i = 0; i < run->argc; i++) {
        const char *arg = run->argv[i];
        if (strncmp(arg, "--", 2) != 0 || strncmp(arg + 2, name, n) != 0) {
            continue;
        }
        if (arg[2 + n] == '=') {
            take_out(run, i, 1);
            return arg + 3 + n;
        }
        if (arg[2 + n] == '\0') {
            if (i + 1 == run->argc) {
                *rc = err_set(e, ERR_USAGE, "--%s needs a value", name);
                return NULL;
            }
            const char *value = run->argv[i + 1];
            take_out(run, i, 2);
            return value;
        }
    }
    return NULL;
}

bool command_switch(struct command_run *run, const char *name)
{
    for (int i = 0; i < run->argc; i++) {
        bool word = strncmp(run->argv[i], "--", 2) == 0 && strcmp(run->argv[i] + 2, name) == 0;
        if (word || (name[0] == '-' && strcmp(run->argv[i], name) == 0)) {
            take_out(run, i, 1);
            return true;
        }
    }
    return false;
}

int command_no_more(const struct command_run *run, struct err *e)
{
    if (run->argc == 0) {
        return 0;
    }
    return err_set(e, ERR_USAGE, "'%s' is not understood here; see ava help", run->argv[0]);
}

/* SQLite's readers compute and divide the page cache among them: more than a few are in each
 * other's way. PostgreSQL's connections mostly wait. */
#define SQLITE_READERS 6

static int connections_of(const struct settings *s, const char *url)
{
    bool chosen = s->origins[SETTING_database_connections].source != SETTING_DEFAULT;
    bool sqlite = str_starts(str_of(url), STR("sqlite"));
    return sqlite && !chosen ? SQLITE_READERS : (int)s->database_connections;
}

int command_store(struct command_run *run, struct store **out, struct err *e)
{
    const struct settings *s = run->settings;
    if (mkdir(s->data_dir, 0700) < 0 && errno != EEXIST) {
        return err_set(e, ERR_IO, "the data directory %s cannot be made: %s", s->data_dir,
                       strerror(errno));
    }
    const char *url = settings_database_url(s, run->pool);
    struct store_config config = {
        .url = url,
        .connections = connections_of(s, url),
        .cache_kib = (int)s->database_cache,
        .busy_ms = (int)s->database_wait,
        .group_max = (int)s->database_group,
        .synchronous_full = s->database_full_sync,
        .prepared_statements = s->database_prepared,
        .listen = s->database_listen,
    };
    return store_open(&config, out, e);
}

bool command_colour(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no && no[0]);
}
