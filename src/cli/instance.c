/* SPDX-License-Identifier: Apache-2.0 */
/* Small files of the data directory. */
#include "cli/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/pool.h"

static int open_in(const char *dir, const char *file, struct err *e)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, file);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return err_set(e, ERR_IO, "%s cannot be opened: %s", path, strerror(errno));
    }
    return fd;
}

int instance_lock(const char *data_dir, struct id *name_out, int *fd_out, struct err *e)
{
    int fd = open_in(data_dir, "instance", e);
    if (fd < 0) {
        return fd;
    }
    struct id name = id_new();
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd);
        fd = -1;
    } else {
        char text[ID_TEXT_BYTES - 1];
        ssize_t n = pread(fd, text, sizeof text, 0);
        if (n != (ssize_t)sizeof text || !id_parse((struct str){text, sizeof text}, &name)) {
            name = id_new();
            if (pwrite(fd, name.text, sizeof text, 0) != (ssize_t)sizeof text || fsync(fd) < 0) {
                close(fd);
                return err_set(e, ERR_IO, "the file %s/instance cannot be written: %s", data_dir,
                               strerror(errno));
            }
        }
    }
    *name_out = name;
    *fd_out = fd;
    return 0;
}

int instance_secret(const char *data_dir, const char *file, size_t bytes, char *out, struct err *e)
{
    int fd = open_in(data_dir, file, e);
    if (fd < 0) {
        return fd;
    }
    int rc = 0;
    (void)flock(fd, LOCK_EX);
    if (pread(fd, out, bytes * 2, 0) != (ssize_t)bytes * 2) {
        unsigned char raw[64];
        struct pool *p = pool_new();
        bytes = MIN_OF(bytes, sizeof raw);
        random_bytes(raw, bytes);
        memcpy(out, hex_encode(p, raw, bytes), bytes * 2);
        pool_free(&p);
        if (pwrite(fd, out, bytes * 2, 0) != (ssize_t)bytes * 2) {
            rc = err_set(e, ERR_IO, "%s/%s cannot be written: %s", data_dir, file, strerror(errno));
        }
    }
    out[bytes * 2] = '\0';
    close(fd);
    return rc;
}
