/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large bodies on their way: of one with a Content-Length the bytes that have come are moved to a
 * file again and again, and the buffer that evhttp waits for gets the file's mapping in their
 * place, so that its length is what it was. What evhttp has not consumed a head of is never
 * touched: only a buffer that is exactly the beginning of the body. Without a file the body stays
 * in memory. The loop's thread writes the file, which is as good as memory until the system chooses
 * to write it out.
 *
 * evhttp takes each chunk of a body in chunks as it comes. So of one for the large path the chunks
 * never come to it: their data go to a file, and it reads a body of no chunks but the last.
 */
#include <unistd.h>

#include "io/http_private.h"
#include "io/spool.h"

#define SPILL_FROM_BYTES (1u << 20)    /* bodies of fewer stay in memory */
#define SPILL_PIECE_BYTES (256u << 10) /* so many come together before they are moved */

static void spill_end(struct http_conn *c)
{
    if (c->spill_fd >= 0) {
        close(c->spill_fd);
    }
    c->spill_fd = -1;
    c->spilled = 0;
    c->spill_failed = false;
}

static void chunks_end(struct http_conn *c)
{
    if (c->chunks_fd >= 0) {
        close(c->chunks_fd);
    }
    c->chunks_fd = -1;
    c->chunks_come = false;
}

void spill_gone(struct http_conn *c)
{
    spill_end(c);
    chunks_end(c);
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

/* ---- chunks ---- */

/* A body in chunks begins; the file of one before it may not have been taken yet. */
static void chunks_begin(struct http_conn *c)
{
    if (c->scan.large && c->chunks_fd < 0 &&
        spool_new(c->loop->server->config.spool, &c->chunks_fd, NULL) == 0) {
        c->chunks_come = true;
        c->chunks_of = c->scan.complete;
    }
}

static void keep(struct spill_cut *cut, const char *p, size_t n)
{
    if (!cut->any) {
        cut->before += n;
        return;
    }
    cut->behind = cut->behind ? cut->behind : evbuffer_new();
    evbuffer_add(cut->behind, p, n);
}

static void write_chunks(struct http_conn *c, struct str bytes)
{
    if (!c->scan.bad && spool_write(c->chunks_fd, bytes, NULL) < 0) {
        c->scan.bad = ERR_UNAVAILABLE;
        c->scan.why = "the request's body could not be stored; try again";
    }
}

static void flush(struct http_conn *c, struct spill_cut *cut)
{
    if (cut->n) {
        write_chunks(c, (struct str){cut->data, cut->n});
    }
    cut->n = 0;
}

/* However small the chunks are, the file is not written to for each. */
static void take_data(struct http_conn *c, struct spill_cut *cut, struct str run)
{
    if (run.n > sizeof cut->data - cut->n) {
        flush(c, cut);
    }
    if (run.n > sizeof cut->data) {
        write_chunks(c, run);
        return;
    }
    memcpy(cut->data + cut->n, run.p, run.n);
    cut->n += run.n;
}

static void take_run(struct http_conn *c, struct spill_cut *cut, enum http_scan_kind kind,
                     struct str run)
{
    if (!c->chunks_come) {
        keep(cut, run.p, run.n);
        return;
    }
    cut->any = true;
    if (kind == HTTP_SCAN_CHUNK) {
        take_data(c, cut, run);
    } else if (kind == HTTP_SCAN_LAST) {
        flush(c, cut);
        keep(cut, "0\r\n", 3);
        c->chunks_come = false;
    }
}

void spill_scan(struct http_conn *c, struct spill_cut *cut, const char *p, size_t n)
{
    while (n && !c->scan.bad) {
        enum http_scan_kind kind;
        size_t some = http_scan_some(&c->scan, p, n, &kind);
        take_run(c, cut, kind, (struct str){p, some});
        if (kind == HTTP_SCAN_PLAIN && http_scan_in_chunks(&c->scan)) {
            chunks_begin(c);
        }
        p += some;
        n -= some;
    }
}

void spill_cut_out(struct http_conn *c, struct spill_cut *cut, struct evbuffer *in, size_t added)
{
    if (!cut->any) {
        return;
    }
    flush(c, cut);
    struct evbuffer *front = evbuffer_new();
    c->spilling = true;
    evbuffer_remove_buffer(in, front, evbuffer_get_length(in) - added + cut->before);
    evbuffer_drain(in, evbuffer_get_length(in));
    evbuffer_unfreeze(in, 0); /* whoever reads into it freezes it again */
    evbuffer_add_buffer(in, front);
    if (cut->behind) {
        evbuffer_add_buffer(in, cut->behind);
        evbuffer_free(cut->behind);
    }
    evbuffer_free(front);
    c->spilling = false;
}

/* ---- the body of a request ---- */

/* The file is the request's from now on. */
static bool hand_file(struct http_request *r, int fd)
{
    struct spooled *file = pool_alloc(r->pool, sizeof *file);
    if (spool_map(r->pool, fd, &r->body, NULL) < 0) {
        return false;
    }
    *file = (struct spooled){.fd = fd, .size = (int64_t)r->body.n};
    spool_keep(r->pool, fd);
    r->body_file = file;
    return true;
}

static int take_chunks(struct http_conn *c, struct http_request *r)
{
    int rc = hand_file(r, c->chunks_fd) ? 1 : ERR_UNAVAILABLE;
    if (rc > 0) {
        c->chunks_fd = -1;
    }
    chunks_end(c);
    return rc;
}

int spill_take(struct http_conn *c, struct evbuffer *in, struct http_request *r)
{
    if (c->chunks_fd >= 0 && !c->chunks_come && c->chunks_of == c->served) {
        return take_chunks(c, r);
    }
    size_t n = evbuffer_get_length(in);
    bool good = c->spill_fd >= 0 && !c->spill_failed && write_rest(c, in, n) == 0 &&
                c->spilled == n && hand_file(r, c->spill_fd);
    if (good) {
        c->spill_fd = -1;
        evbuffer_drain(in, n);
    }
    spill_end(c);
    return good;
}
