/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer's maximum is the file's. */
#include "cli/file.h"

#include <errno.h>
#include <stdio.h>

int cli_read_file(const char *path, struct buf *to, struct err *e)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        return err_set(e, ERR_IO, "%s cannot be read: %s", path, strerror(errno));
    }
    char part[8192];
    size_t n;
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        buf_add(to, part, n);
    }
    bool bad = ferror(f);
    fclose(f);
    if (bad || buf_failed(to)) {
        return err_set(e, bad ? ERR_IO : ERR_TOO_LARGE, "%s %s", path,
                       bad ? "cannot be read" : "is too large");
    }
    return 0;
}
