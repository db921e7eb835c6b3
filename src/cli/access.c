/* SPDX-License-Identifier: Apache-2.0 */
/* ava user add, ava token add. */
#include "domain/access.h"

#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "cli/command.h"
#include "ops/roles.h"
#include "store/schema.h"

#define PASSWORD_MAX 1024

static int check_role(const char *name, struct err *e)
{
    if (role_of(str_of(name))) {
        return 0;
    }
    return err_set(e, ERR_USAGE, "--role must be one of owner, agent, reader");
}

/* From the environment, else a line of standard input, unseen when that is a terminal. */
static int read_password(struct pool *p, const char **out, struct err *e)
{
    const char *given = getenv("AVA_PASSWORD");
    if (given && given[0]) {
        *out = given;
        return 0;
    }
    char line[PASSWORD_MAX];
    struct termios before, quiet;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        fputs("Password: ", stderr);
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
    }
    char *got = fgets(line, sizeof line, stdin);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
        fputc('\n', stderr);
    }
    if (!got) {
        return err_set(e, ERR_USAGE, "no password: set AVA_PASSWORD or write it to standard input");
    }
    line[strcspn(line, "\r\n")] = '\0';
    *out = pool_strdup(p, line);
    return 0;
}

static int open_ready(struct command_run *run, struct store **out, struct err *e)
{
    int rc = command_store(run, out, e);
    return rc < 0 ? rc : schema_check(*out, e);
}

int command_user_add(struct command_run *run, struct err *e)
{
    int rc = 0;
    struct store *store = NULL;
    const char *email = command_flag(run, "email", &rc, e);
    const char *name = command_flag(run, "name", &rc, e);
    const char *role = command_flag(run, "role", &rc, e);
    const char *password = NULL;
    bool replace = command_switch(run, "replace");
    role = role ? role : "owner";
    if (rc == 0 && !email) {
        rc = err_set(e, ERR_USAGE, "ava user add needs --email, the address to sign in with");
    }
    if (rc == 0) {
        rc = command_no_more(run, e);
    }
    if (rc == 0) {
        rc = check_role(role, e);
    }
    if (rc == 0) {
        rc = read_password(run->pool, &password, e);
    }
    if (rc == 0) {
        rc = open_ready(run, &store, e);
    }
    if (rc == 0) {
        rc = access_add_user(store, run->pool, email, name ? name : email, role, password, replace,
                             NULL, e);
    }
    if (rc == 0) {
        printf("%s may sign in as %s\n", email, role);
    }
    store_free(&store);
    return rc;
}

int command_token_add(struct command_run *run, struct err *e)
{
    int rc = 0;
    struct store *store = NULL;
    char secret[ACCESS_SECRET_BYTES];
    const char *name = command_flag(run, "name", &rc, e);
    const char *role = command_flag(run, "role", &rc, e);
    role = role ? role : "owner";
    if (rc == 0 && !name) {
        rc = err_set(e, ERR_USAGE, "ava token add needs --name, what the token is for");
    }
    if (rc == 0) {
        rc = command_no_more(run, e);
    }
    if (rc == 0) {
        rc = check_role(role, e);
    }
    if (rc == 0) {
        rc = open_ready(run, &store, e);
    }
    if (rc == 0) {
        rc = access_add_token(store, run->pool, name, role, (struct wall){0}, secret, NULL, e);
    }
    if (rc == 0) {
        printf("Token for %s (%s), not shown again: %s\n", name, role, secret);
    }
    store_free(&store);
    return rc;
}
