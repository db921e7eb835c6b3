/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that are no operations. Each is one function in a file of its own; the table is in
 * main.c. A command gets what is left of the command line after its own words and the settings'
 * flags, prints its result on standard output, and returns 0 or an error that main prints.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/err.h"
#include "base/pool.h"
#include "base/settings.h"

struct store;

struct command_run {
    struct pool *pool;
    const struct settings *settings;
    int argc; /* after the command's words */
    char **argv;
};

struct command {
    const char *words;
    const char *arguments; /* as help shows them */
    const char *says;
    int (*fn)(struct command_run *run, struct err *e);
};

int command_serve(struct command_run *run, struct err *e);
int command_demo(struct command_run *run, struct err *e);
int command_sandbox(struct command_run *run, struct err *e);
int command_sandbox_text(struct command_run *run, struct err *e);
int command_sandbox_call(struct command_run *run, struct err *e);
int command_sandbox_mail(struct command_run *run, struct err *e);
int command_sandbox_messages(struct command_run *run, struct err *e);
int command_sandbox_fault(struct command_run *run, struct err *e);
int command_schema_create(struct command_run *run, struct err *e);
int command_schema_plan(struct command_run *run, struct err *e);
int command_schema_verify(struct command_run *run, struct err *e);
int command_user_add(struct command_run *run, struct err *e);
int command_token_add(struct command_run *run, struct err *e);
int command_business_seed(struct command_run *run, struct err *e);
int command_calendar_link(struct command_run *run, struct err *e);
int command_score(struct command_run *run, struct err *e);
int command_chat(struct command_run *run, struct err *e);
int command_parse_email(struct command_run *run, struct err *e);
int command_understand(struct command_run *run, struct err *e);
int command_business_export(struct command_run *run, struct err *e);
int command_mail_deliver(struct command_run *run, struct err *e);
int command_settings(struct command_run *run, struct err *e);
int command_openapi(struct command_run *run, struct err *e);
int command_bench_load(struct command_run *run, struct err *e);

/*
 * Takes "--name value" or "--name=value" out of the arguments. NULL when it is not there;
 * ERR_USAGE (in *rc) when it has no value.
 */
const char *command_flag(struct command_run *run, const char *name, int *rc, struct err *e);

/* Takes "--name" out of the arguments; a name that begins with - is taken as it is ("-v"). */
bool command_switch(struct command_run *run, const char *name);

/* ERR_USAGE when arguments are left. */
NODISCARD int command_no_more(const struct command_run *run, struct err *e);

/* Opens the database of the settings, making the data directory. */
NODISCARD int command_store(struct command_run *run, struct store **out, struct err *e);

/* May colours be used on standard output? */
bool command_colour(void);

#endif
