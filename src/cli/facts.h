/* SPDX-License-Identifier: Apache-2.0 */
/* The business that a command talks about, also where there is no installation yet. */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/command.h"
#include "domain/facts.h"

/* A seed file as JSON; lives in pool. */
NODISCARD int cli_read_seed(struct pool *p, const char *path, json_t **out, struct err *e);

struct store;

/* Is there a database? Opening a SQLite file that is not there would make one. */
bool cli_installed(struct command_run *run);

/* What a database says; `zone` replaces the time zone; NULL: as it is. Lives in pool. */
NODISCARD int cli_facts_of(struct store *store, struct pool *p, const char *zone, struct facts *out,
                           struct err *e);

/* What the installation's database says; lives in the run's pool. */
NODISCARD int cli_stored_facts(struct command_run *run, struct facts *out, struct err *e);

/*
 * The facts of a seed file when `seed` is given; else those of the installation's database, when
 * there is one that has services; else the demo's. `zone` replaces the time zone; NULL: as it is.
 * *out lives in the run's pool.
 */
NODISCARD int cli_facts(struct command_run *run, const char *seed, const char *zone,
                        struct facts *out, struct err *e);

#endif
