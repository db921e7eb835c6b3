/* SPDX-License-Identifier: Apache-2.0 */
/* Lines are cut out of a buffer that holds at most one line too long; answers leave in blocks. */
#include "cli/jsonl.h"

#include <errno.h>
#include <unistd.h>

#include "base/utf8.h"

#define READ_BYTES (256u << 10)
#define FLUSH_BYTES (256u << 10)
/* An answer may repeat all of a line, each of its bytes escaped. */
#define ANSWER_MAX (6 * JSONL_LINE_MAX + FLUSH_BYTES)

struct run {
    int in_fd, out_fd;
    jsonl_fn *fn;
    void *arg;
    struct pool *pool;
    struct buf in, out;
    bool skipping; /* in the rest of a line that was too long */
    size_t line, failed, first_failed;
};

static int flush(struct run *r, struct err *e)
{
    for (size_t done = 0; done < r->out.len;) {
        ssize_t n = write(r->out_fd, r->out.data + done, r->out.len - done);
        if (n < 0 && errno != EINTR) {
            return err_set(e, ERR_IO, "the answers cannot be written: %s", strerror(errno));
        }
        done += n > 0 ? (size_t)n : 0;
    }
    buf_reset(&r->out);
    return 0;
}

static void write_id(struct run *r, struct jw *j, const json_t *id)
{
    if (json_is_string(id)) {
        jw_kv_text(j, "id", json_string_value(id));
    } else if (id) {
        jw_kv_raw(j, "id", json_dump_to_pool(r->pool, id));
    }
}

static void refuse(struct run *r, const json_t *id, const char *why)
{
    struct jw j = jw_to(&r->out);
    jw_object(&j);
    write_id(r, &j, id);
    jw_kv_text(&j, "error", why);
    jw_object_end(&j);
    buf_putc(&r->out, '\n');
    r->first_failed = r->failed++ ? r->first_failed : r->line;
}

static const char *at_line(struct run *r, const char *why)
{
    return pool_printf(r->pool, "line %zu: %s", r->line, why);
}

/* What is wrong with the line as such; NULL: nothing, *doc is its object. */
static const char *trouble_of(struct run *r, struct str line, json_t **doc)
{
    struct err why = {0};
    if (line.n > JSONL_LINE_MAX) {
        return pool_printf(r->pool, "longer than %u bytes", JSONL_LINE_MAX);
    }
    if (!utf8_valid(line)) {
        return "not valid UTF-8";
    }
    int rc = json_read(r->pool, line, doc, &why);
    if (rc < 0) {
        static const struct str of_requests = STR("the body is ");
        struct str text = str_of(err_text(&why, rc));
        return pool_strdup(r->pool, text.p + (str_starts(text, of_requests) ? of_requests.n : 0));
    }
    return json_is_object(*doc) ? NULL : "not a JSON object";
}

static void do_line(struct run *r, struct str line)
{
    r->line++;
    line = str_trim(line);
    if (line.n == 0) {
        return;
    }
    pool_clear(r->pool);
    json_t *doc = NULL;
    const char *trouble = trouble_of(r, line, &doc);
    if (trouble) {
        refuse(r, NULL, at_line(r, trouble));
        return;
    }
    size_t before = r->out.len;
    struct err why = {0};
    const json_t *id = json_object_get(doc, "id");
    struct jw j = jw_to(&r->out);
    jw_object(&j);
    write_id(r, &j, id);
    int rc = r->fn(r->arg, r->pool, doc, &j, &why);
    jw_object_end(&j);
    buf_putc(&r->out, '\n');
    if (rc == 0 && buf_failed(&r->out)) {
        rc = err_set(&why, ERR_TOO_LARGE, "the answer would be too long");
    }
    if (rc < 0) {
        r->out.len = before;
        r->out.over = false;
        refuse(r, id, at_line(r, err_text(&why, rc)));
    }
}

/* Does the whole lines of what was read; keeps the rest, and no more than tells it too long. */
static int do_lines(struct run *r, struct err *e)
{
    struct str rest = buf_str(&r->in);
    int rc = 0;
    for (ptrdiff_t end; rc == 0 && (end = str_index(rest, '\n', 0)) >= 0;) {
        struct str line = {rest.p, (size_t)end};
        rest = (struct str){rest.p + end + 1, rest.n - (size_t)end - 1};
        if (r->skipping) {
            r->skipping = false;
        } else {
            do_line(r, line);
        }
        rc = r->out.len >= FLUSH_BYTES ? flush(r, e) : 0;
    }
    if (rest.n > JSONL_LINE_MAX && !r->skipping) {
        do_line(r, rest);
        r->skipping = true;
    }
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
            rc = do_lines(r, e);
            rc = rc < 0 ? rc : flush(r, e); /* before it waits */
        }
    }
    if (rc == 0 && r->in.len) {
        do_line(r, buf_str(&r->in)); /* the last one, without a line end */
        rc = flush(r, e);
    }
    if (rc == 0 && r->failed) {
        rc = err_set(e, ERR_MALFORMED, "%zu of %zu lines could not be done; the first is line %zu",
                     r->failed, r->line, r->first_failed);
    }
    return rc;
}

int jsonl_each(int in_fd, int out_fd, jsonl_fn *fn, void *arg, struct err *e)
{
    struct run r = {.in_fd = in_fd, .out_fd = out_fd, .fn = fn, .arg = arg, .pool = pool_new()};
    buf_init(&r.in, JSONL_LINE_MAX + 2 * READ_BYTES);
    buf_init(&r.out, ANSWER_MAX);
    int rc = run(&r, e);
    buf_clear(&r.in);
    buf_clear(&r.out);
    pool_free(&r.pool);
    return rc;
}
