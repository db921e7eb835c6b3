/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large bodies on their way: of one with a Content-Length the bytes that have come are moved to a
 * file again and again, and the buffer that evhttp waits for gets the file's mapping in their
 * place, so that its length is what it was. What evhttp has not consumed a head of is never
 * touched: only a buffer that is exactly the beginning of the body. Without a file the body stays
 * in memory. (One in chunks does too: evhttp takes each as it comes.) The loop's thread writes the
 * file, which is as good as memory until the system chooses to write it out.
 */
#include <unistd.h>

#include "io/http_private.h"
#include "io/spool.h"

#define SPILL_FROM_BYTES (1u << 20)    /* bodies of fewer stay in memory */
#define SPILL_PIECE_BYTES (256u << 10) /* so many come together before they are moved */

void spill_end(struct http_conn *c)
{
    if (c->spill_fd >= 0) {
        close(c->spill_fd);
    }
    c->spill_fd = -1;
    c->spilled = 0;
    c->spill_failed = false;
}

/* What is behind the part that is in the file already. */
static int write_rest(struct http_conn *c, struct evbuffer *in, size_t end)
{
    char piece[16384];
    struct evbuffer_ptr at;
    while (c->spilled < end) {
        size_t want = MIN_OF(end - c->spilled, sizeof piece);
        evbuffer_ptr_set(in, &at, c->spilled, EVBUFFER_PTR_SET);
        ev_ssize_t n = evbuffer_copyout_from(in, &at, piece, want);
        int rc = n > 0 ? spool_write(c->spill_fd, (struct str){piece, (size_t)n}, NULL) : ERR_IO;
        if (rc < 0) {
            return rc;
        }
        c->spilled += (size_t)n;
    }
    return 0;
}

/* The file in the place of all that is in the buffer. */
static int exchange(struct http_conn *c, struct evbuffer *in)
{
    struct evbuffer_file_segment *file =
        evbuffer_file_segment_new(c->spill_fd, 0, (ev_off_t)c->spilled, EVBUF_FS_DISABLE_SENDFILE);
    if (!file) {
        return ERR_IO;
    }
    evbuffer_drain(in, c->spilled);
    evbuffer_unfreeze(in, 0); /* whoever reads into it freezes it again */
    int rc = evbuffer_add_file_segment(in, file, 0, (ev_off_t)c->spilled);
    evbuffer_file_segment_free(file);
    if (rc) {
        c->scan.bad = ERR_UNAVAILABLE;
        c->scan.why = "the request's body could not be stored; try again";
    }
    return rc;
}

void spill_input(struct http_conn *c, struct evbuffer *in)
{
    size_t so_far = http_scan_body_so_far(&c->scan, SPILL_FROM_BYTES);
    if (c->spill_failed || so_far < c->spilled + SPILL_PIECE_BYTES ||
        evbuffer_get_length(in) != so_far) {
        return;
    }
    c->spilling = true;
    int rc = c->spill_fd < 0 ? spool_new(c->loop->server->config.spool, &c->spill_fd, NULL) : 0;
    rc = rc ? rc : write_rest(c, in, so_far);
    rc = rc ? rc : exchange(c, in);
    c->spill_failed = rc != 0;
    c->spilling = false;
}

bool spill_take(struct http_conn *c, struct evbuffer *in, struct http_request *r)
{
    size_t n = evbuffer_get_length(in);
    struct str all = {NULL, 0};
    bool good = c->spill_fd >= 0 && !c->spill_failed && write_rest(c, in, n) == 0 &&
                spool_map(r->pool, c->spill_fd, &all, NULL) == 0 && all.n == n;
    if (good) {
        struct spooled *file = pool_alloc(r->pool, sizeof *file);
        *file = (struct spooled){.fd = c->spill_fd, .size = (int64_t)n};
        spool_keep(r->pool, c->spill_fd);
        c->spill_fd = -1;
        evbuffer_drain(in, n);
        r->body = all;
        r->body_file = file;
    }
    spill_end(c);
    return good;
}
