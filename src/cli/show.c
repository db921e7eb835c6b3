/* SPDX-License-Identifier: Apache-2.0 */
/* ava settings, ava openapi. */
#include <stdio.h>

#include "cli/command.h"
#include "ops/op.h"

int command_settings(struct command_run *run, struct err *e)
{
    int rc = command_no_more(run, e);
    for (int i = 0; rc == 0 && i < SETTING_COUNT; i++) {
        printf("%-24s %-32s (%s)\n", settings_rows[i].name,
               settings_shown(run->settings, (enum setting_id)i, run->pool),
               settings_origin(run->settings, (enum setting_id)i, run->pool));
    }
    return rc;
}

int command_openapi(struct command_run *run, struct err *e)
{
    int rc = command_no_more(run, e);
    if (rc == 0) {
        fwrite(openapi_document.p, 1, openapi_document.n, stdout);
        putchar('\n');
    }
    return rc;
}
