/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines are cut out of a buffer that holds at most one line too long. What one read brought is
 * divided among as many threads as there are cores, each with its run of lines and its own answers,
 * which leave in the lines' order.
 */
#include "cli/jsonl.h"

#include <errno.h>
#include <unistd.h>

#include "base/utf8.h"
#include "io/thread.h"

#define READ_BYTES (256u << 10)
#define SHARES_MAX 16
#define SHARE_LINES 16 /* fewer are not worth a thread */
/* An answer may repeat all of a line, each of its bytes escaped. */
#define ANSWER_MAX (6 * JSONL_LINE_MAX + READ_BYTES)
/* Lines of one read: each has at least its end, and there may be one that was waiting for it. */
#define LINES_MAX (READ_BYTES + 1)

struct line {
    struct str text;
    size_t number;
};

/* What one thread does of them. */
struct share {
    const struct run *run;
    struct thread *thread; /* NULL: the caller's */
    struct line *lines;
    size_t n;
    struct pool *pool;
    struct buf out;
    size_t failed, first_failed;
};

struct run {
    int in_fd, out_fd;
    jsonl_fn *fn;
    void *arg;
    struct buf in;
    struct line *lines;
    size_t n_lines;
    size_t n_shares;
    struct share shares[SHARES_MAX];
    bool skipping; /* in the rest of a line that was too long */
    size_t read, failed, first_failed;
};

static int flush(const struct run *r, struct buf *out, struct err *e)
{
    for (size_t done = 0; done < out->len;) {
        ssize_t n = write(r->out_fd, out->data + done, out->len - done);
        if (n < 0 && errno != EINTR) {
            return err_set(e, ERR_IO, "the answers cannot be written: %s", strerror(errno));
        }
        done += n > 0 ? (size_t)n : 0;
    }
    buf_reset(out);
    return 0;
}

static void write_id(struct share *s, struct jw *j, const json_t *id)
{
    if (json_is_string(id)) {
        jw_kv_text(j, "id", json_string_value(id));
    } else if (id) {
        jw_kv_raw(j, "id", json_dump_to_pool(s->pool, id));
    }
}

static void refuse(struct share *s, const struct line *line, const json_t *id, const char *why)
{
    struct jw j = jw_to(&s->out);
    jw_object(&j);
    write_id(s, &j, id);
    jw_kv_text(&j, "error", pool_printf(s->pool, "line %zu: %s", line->number, why));
    jw_object_end(&j);
    buf_putc(&s->out, '\n');
    s->first_failed = s->failed++ ? s->first_failed : line->number;
}

/* What is wrong with the line as such; NULL: nothing, *doc is its object. */
static const char *trouble_of(struct pool *p, struct str line, json_t **doc)
{
    struct err why = {0};
    if (line.n > JSONL_LINE_MAX) {
        return pool_printf(p, "longer than %u bytes", JSONL_LINE_MAX);
    }
    if (!utf8_valid(line)) {
        return "not valid UTF-8";
    }
    int rc = json_read(p, line, doc, &why);
    if (rc < 0) {
        static const struct str of_requests = STR("the body is ");
        struct str text = str_of(err_text(&why, rc));
        return pool_strdup(p, text.p + (str_starts(text, of_requests) ? of_requests.n : 0));
    }
    return json_is_object(*doc) ? NULL : "not a JSON object";
}

static void do_line(struct share *s, const struct line *line)
{
    struct str text = str_trim(line->text);
    if (text.n == 0) {
        return;
    }
    pool_clear(s->pool);
    json_t *doc = NULL;
    const char *trouble = trouble_of(s->pool, text, &doc);
    if (trouble) {
        refuse(s, line, NULL, trouble);
        return;
    }
    size_t before = s->out.len;
    struct err why = {0};
    const json_t *id = json_object_get(doc, "id");
    struct jw j = jw_to(&s->out);
    jw_object(&j);
    write_id(s, &j, id);
    int rc = s->run->fn(s->run->arg, s->pool, doc, &j, &why);
    jw_object_end(&j);
    buf_putc(&s->out, '\n');
    if (rc == 0 && buf_failed(&s->out)) {
        rc = err_set(&why, ERR_TOO_LARGE, "the answer would be too long");
    }
    if (rc < 0) {
        s->out.len = before;
        s->out.over = false;
        refuse(s, line, id, err_text(&why, rc));
    }
}

static void do_share(void *arg)
{
    struct share *s = arg;
    for (size_t i = 0; i < s->n; i++) {
        do_line(s, &s->lines[i]);
    }
}

/* Does the lines that were cut, and writes their answers. */
static int do_lines(struct run *r, struct err *e)
{
    size_t shares = MAX_OF(r->n_shares, (size_t)1);
    size_t per_share = MAX_OF((r->n_lines + shares - 1) / shares, (size_t)SHARE_LINES);
    size_t used = 0;
    int rc = 0;
    for (size_t at = 0; at < r->n_lines; at += per_share, used++) {
        struct share *s = &r->shares[used];
        s->lines = r->lines + at;
        s->n = MIN_OF(per_share, r->n_lines - at);
        bool last = at + s->n == r->n_lines;
        s->thread = last ? NULL : thread_start("lines", do_share, s);
        if (last) {
            do_share(s);
        }
    }
    for (size_t i = 0; i < used; i++) {
        struct share *s = &r->shares[i];
        thread_join(&s->thread);
        rc = rc < 0 ? rc : flush(r, &s->out, e);
        r->first_failed = r->failed ? r->first_failed : s->first_failed;
        r->failed += s->failed;
        s->failed = s->first_failed = 0;
    }
    r->n_lines = 0;
    return rc;
}

static void add_line(struct run *r, struct str text)
{
    r->lines[r->n_lines++] = (struct line){text, ++r->read};
}

/* Does the whole lines of what was read; keeps the rest, and no more than tells it too long. */
static int take_lines(struct run *r, struct err *e)
{
    struct str rest = buf_str(&r->in);
    for (ptrdiff_t end; (end = str_index(rest, '\n', 0)) >= 0;) {
        struct str line = {rest.p, (size_t)end};
        rest = (struct str){rest.p + end + 1, rest.n - (size_t)end - 1};
        if (r->skipping) {
            r->skipping = false;
        } else {
            add_line(r, line);
        }
    }
    if (rest.n > JSONL_LINE_MAX && !r->skipping) {
        add_line(r, rest);
        r->skipping = true;
    }
    int rc = do_lines(r, e);
    rest.n = r->skipping ? 0 : rest.n;
    memmove(r->in.data, rest.p, rest.n);
    r->in.len = rest.n;
    return rc;
}

static int run(struct run *r, struct err *e)
{
    int rc = 0;
    for (ssize_t n = 1; rc == 0 && n != 0;) {
        char *room = buf_room(&r->in, READ_BYTES);
        n = read(r->in_fd, room, READ_BYTES);
        if (n < 0 && errno != EINTR) {
            return err_set(e, ERR_IO, "the lines cannot be read: %s", strerror(errno));
        }
        if (n > 0) {
            buf_used(&r->in, (size_t)n);
            rc = take_lines(r, e); /* and answers them before it waits */
        }
    }
    if (rc == 0 && r->in.len) {
        add_line(r, buf_str(&r->in)); /* the last one, without a line end */
        rc = do_lines(r, e);
    }
    if (rc == 0 && r->failed) {
        rc = err_set(e, ERR_MALFORMED, "%zu of %zu lines could not be done; the first is line %zu",
                     r->failed, r->read, r->first_failed);
    }
    return rc;
}

int jsonl_each(int in_fd, int out_fd, jsonl_fn *fn, void *arg, struct err *e)
{
    struct run r = {.in_fd = in_fd, .out_fd = out_fd, .fn = fn, .arg = arg};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    r.n_shares = (size_t)MAX_OF(MIN_OF(cores, (long)SHARES_MAX), 1L);
    r.lines = xcalloc(LINES_MAX, sizeof *r.lines);
    buf_init(&r.in, JSONL_LINE_MAX + 2 * READ_BYTES);
    for (size_t i = 0; i < r.n_shares; i++) {
        r.shares[i] = (struct share){.run = &r, .pool = pool_new()};
        buf_init(&r.shares[i].out, ANSWER_MAX);
    }
    int rc = run(&r, e);
    for (size_t i = 0; i < r.n_shares; i++) {
        buf_clear(&r.shares[i].out);
        pool_free(&r.shares[i].pool);
    }
    buf_clear(&r.in);
    free(r.lines);
    return rc;
}
