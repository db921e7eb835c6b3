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

/* Mappings begin with a page. */
static int map(struct pool *p, int fd, int64_t from, int64_t size, struct str *out, struct err *e)
{
    if (size == 0) {
        *out = STR("");
        return 0;
    }
    size_t before = (size_t)(from % sysconf(_SC_PAGESIZE));
    struct mapping *m = pool_alloc(p, sizeof *m);
    m->n = before + (size_t)size;
    m->at = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, fd, (off_t)(from - (int64_t)before));
    if (m->at == MAP_FAILED) {
        return failed(e, "read");
    }
    pool_on_free(p, unmap, m);
    *out = (struct str){(const char *)m->at + before, (size_t)size};
    return 0;
}

int spool_map(struct pool *p, int fd, struct str *out, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st)) {
        return failed(e, "looked at");
    }
    return map(p, fd, 0, st.st_size, out, e);
}

void spool_forget(struct str mapped)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)mapped.p / page * page;
    if (mapped.n) {
        madvise((void *)from, (uintptr_t)mapped.p + mapped.n - from, MADV_DONTNEED);
    }
}

static void close_kept(void *arg)
{
    close(*(int *)arg);
}

void spool_keep(struct pool *p, int fd)
{
    int *kept = pool_alloc(p, sizeof *kept);
    *kept = fd;
    pool_on_free(p, close_kept, kept);
}

int spooled_piece(const struct spooled *s, int64_t at, char *room, size_t most, struct str *out,
                  struct err *e)
{
    size_t want = (size_t)MAX_OF(MIN_OF(s->size - at, (int64_t)most), (int64_t)0), n = 0;
    if (s->bytes.p) {
        *out = (struct str){s->bytes.p + at, want};
        return 0;
    }
    while (n < want) {
        ssize_t got = pread(s->fd, room + n, want - n, (off_t)(s->from + at + (int64_t)n));
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return failed(e, "read");
        }
        n += got > 0 ? (size_t)got : 0;
    }
    *out = (struct str){room, n};
    return 0;
}

int spooled_map(struct pool *p, const struct spooled *s, struct str *out, struct err *e)
{
    if (!s->bytes.p) {
        return map(p, s->fd, s->from, s->size, out, e);
    }
    *out = s->bytes;
    return 0;
}
