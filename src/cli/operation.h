/* SPDX-License-Identifier: Apache-2.0 */
/* An operation of ops.def as a command: flags in, JSON out. */
#ifndef CLI_OPERATION_H
#define CLI_OPERATION_H

#include "cli/command.h"

struct op;

/* What is left of the command line are the parameters: --name value, and the path's by place. */
NODISCARD int operation_run(struct command_run *run, const struct op *op, struct err *e);

#endif
