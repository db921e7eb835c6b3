/* SPDX-License-Identifier: Apache-2.0 */
/* A mapped file of the disk, unlike memory, can be given back by the system at any time. */
#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct mapping {
    void *at;
    size_t n;
};

static void unmap(void *arg)
{
    struct mapping *m = arg;
    munmap(m->at, m->n);
}

static int failed(struct err *e, const char *what)
{
    int code = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
    return err_set(e, code, "a temporary file could not be %s: %s", what, strerror(errno));
}

int spool_new(const char *folder, int *fd_out, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const char *temporary = getenv("TMPDIR");
    const char *where = folder && folder[0]         ? folder
                        : temporary && temporary[0] ? temporary
                                                    : "/tmp";
    int fd = open(where, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* a file system without such files */
        char *name = pool_printf(p, "%s/ava-XXXXXX", where);
        fd = mkostemp(name, O_CLOEXEC);
        if (fd >= 0) {
            unlink(name);
        }
    }
    if (fd < 0) {
        return failed(e, "made");
    }
    *fd_out = fd;
    return 0;
}

int spool_write(int fd, struct str bytes, struct err *e)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR) {
            return failed(e, "written");
        }
        size_t done = n > 0 ? (size_t)n : 0;
        bytes = (struct str){bytes.p + done, bytes.n - done};
    }
    return 0;
}

int spool_map(struct pool *p, int fd, struct str *out, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st)) {
        return failed(e, "looked at");
    }
    if (st.st_size == 0) {
        *out = STR("");
        return 0;
    }
    struct mapping *m = pool_alloc(p, sizeof *m);
    m->n = (size_t)st.st_size;
    m->at = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (m->at == MAP_FAILED) {
        return failed(e, "read");
    }
    pool_on_free(p, unmap, m);
    *out = (struct str){m->at, m->n};
    return 0;
}
