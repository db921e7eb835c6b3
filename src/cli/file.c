/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer's maximum is the file's. */
#include "cli/file.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

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

const char *cli_file_type(const char *name)
{
    static const char *const types[][2] = {
        {".jpg", "image/jpeg"},      {".jpeg", "image/jpeg"}, {".png", "image/png"},
        {".gif", "image/gif"},       {".webp", "image/webp"}, {".heic", "image/heic"},
        {".mp4", "video/mp4"},       {".3gp", "video/3gpp"},  {".amr", "audio/amr"},
        {".ogg", "audio/ogg"},       {".mp3", "audio/mpeg"},  {".m4a", "audio/mp4"},
        {".pdf", "application/pdf"}, {".vcf", "text/vcard"},  {".txt", "text/plain"},
        {".ics", "text/calendar"},
    };
    size_t n = strlen(name);
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        size_t end = strlen(types[i][0]);
        if (n > end && strcasecmp(name + n - end, types[i][0]) == 0) {
            return types[i][1];
        }
    }
    return "application/octet-stream";
}
