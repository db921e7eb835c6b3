/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Lines through pipes: order, ids, refused lines and their numbers, limits, line by line. */
#include "tap.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/jsonl.h"

/* Answers {"id", "n"} with the text's length; refuses "no", after having begun to write. */
static int measure(void *arg, struct pool *p UNUSED, const json_t *line, struct jw *out,
                   struct err *e)
{
    atomic_fetch_add((_Atomic int *)arg, 1); /* several threads may be at it */
    const char *text = json_get_text(line, "text", "");
    jw_kv_i64(out, "n", (int64_t)strlen(text));
    return strcmp(text, "no") == 0 ? err_set(e, ERR_INVALID, "no means no") : 0;
}

struct side {
    int in, out;
    int rc;
    _Atomic int lines;
    struct err e;
    pthread_t thread;
    int to, from; /* the test's ends */
};

static void *serve(void *arg)
{
    struct side *s = arg;
    s->rc = jsonl_each(s->in, s->out, measure, &s->lines, &s->e);
    close(s->out);
    return NULL;
}

static void start(struct side *s)
{
    int in[2], out[2];
    if (pipe(in) < 0 || pipe(out) < 0) {
        abort();
    }
    *s = (struct side){.in = in[0], .to = in[1], .out = out[1], .from = out[0]};
    pthread_create(&s->thread, NULL, serve, s);
}

static void end(struct side *s)
{
    pthread_join(s->thread, NULL);
    close(s->in);
    close(s->from);
}

struct input {
    int fd;
    struct str text;
};

static void *feed(void *arg)
{
    struct input *i = arg;
    for (size_t done = 0; done < i->text.n;) {
        ssize_t n = write(i->fd, i->text.p + done, i->text.n - done);
        done += n > 0 ? (size_t)n : 0;
    }
    close(i->fd);
    return NULL;
}

/* All of it in, all of it out; rc and the error stand in *s. */
static const char *answers(struct pool *p, struct side *s, struct str text)
{
    start(s);
    struct input input = {s->to, text};
    pthread_t feeder;
    pthread_create(&feeder, NULL, feed, &input);
    CLEANUP(buf_clear) struct buf got;
    buf_init(&got, 64u << 20);
    char part[4096];
    for (ssize_t n; (n = read(s->from, part, sizeof part)) > 0;) {
        buf_add(&got, part, (size_t)n);
    }
    pthread_join(feeder, NULL);
    end(s);
    return str_dup(p, buf_str(&got));
}

TEST(a_line_out_for_a_line_in)
{
    static const struct {
        const char *in, *out;
        bool fails;
    } rows[] = {
        {"", "", false},
        {"\n \r\n\t\n", "", false},
        {"{\"id\":\"a\",\"text\":\"four\"}\n{\"id\":7}\n{}\n",
         "{\"id\":\"a\",\"n\":4}\n{\"id\":7,\"n\":0}\n{\"n\":0}\n", false},
        {"{\"text\":\"no end\"}", "{\"n\":6}\n", false},
        {"{\"id\":null}\r\n", "{\"id\":null,\"n\":0}\n", false},
        {"{\"id\":[\"x\",{\"y\":1}]}", "{\"id\":[\"x\",{\"y\":1}],\"n\":0}\n", false},
        {"\n{\"id\":\"q\\\"\",\"text\":\"no\"}\n{\"text\":\"yes\"}\n",
         "{\"id\":\"q\\\"\",\"error\":\"line 2: no means no\"}\n{\"n\":3}\n", true},
        {"[1]\n", "{\"error\":\"line 1: not a JSON object\"}\n", true},
        {"{}\n{\"text\":\"\xC3\x28\"}\n{}",
         "{\"n\":0}\n{\"error\":\"line 2: not valid UTF-8\"}\n{\"n\":0}\n", true},
    };
    CLEANUP(pool_free) struct pool *p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct side s;
        tap_case("%s", rows[i].in);
        EQ_STR(answers(p, &s, str_of(rows[i].in)), rows[i].out);
        EQ_INT(s.rc, rows[i].fails ? ERR_MALFORMED : 0);
    }
}

TEST(broken_json_is_named_by_its_line)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct side s;
    const char *got = answers(p, &s, STR("{}\n\n{\"a\":\n{\"a\":1,\"a\":2}\n"));
    OK_MSG(strstr(got, "\n{\"error\":\"line 3: ") != NULL, "%s", got);
    OK_MSG(strstr(got, "\n{\"error\":\"line 4: ") != NULL, "%s", got);
    EQ_STR(s.e.text, "2 of 4 lines could not be done; the first is line 3");
}

TEST(a_line_too_long_is_refused_and_the_next_done)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    static const size_t sizes[] = {JSONL_LINE_MAX - 13, JSONL_LINE_MAX, 3 * JSONL_LINE_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        CLEANUP(buf_clear) struct buf text;
        buf_init(&text, 4 * JSONL_LINE_MAX);
        buf_puts(&text, "{\"text\":\"");
        memset(buf_room(&text, sizes[i]), 'x', sizes[i]);
        buf_used(&text, sizes[i]);
        buf_puts(&text, "\"}\n{\"id\":2}\n");
        struct side s;
        const char *got = answers(p, &s, buf_str(&text));
        EQ_STR(got, i == 0 ? "{\"n\":4194291}\n{\"id\":2,\"n\":0}\n"
                           : "{\"error\":\"line 1: longer than 4194304 bytes\"}\n"
                             "{\"id\":2,\"n\":0}\n");
        EQ_INT(s.lines, i == 0 ? 2 : 1);
    }
}

TEST(each_line_is_answered_before_more_is_read)
{
    struct side s;
    start(&s);
    char part[64];
    for (int i = 0; i < 3; i++) {
        OK(write(s.to, "{\"text\":\"x\"}\n", 13) == 13);
        ssize_t n = read(s.from, part, sizeof part);
        EQ_VIEW(((struct str){part, n > 0 ? (size_t)n : 0}), "{\"n\":1}\n");
    }
    close(s.to);
    end(&s);
    EQ_INT(s.rc, 0);
}

/* More than one thread takes part, and the answers come in the lines' order. */
TEST(many_lines_keep_their_order)
{
    enum { LINES = 20000, EACH_FAILS = 1000 };
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(buf_clear) struct buf text, wanted;
    buf_init(&text, 4u << 20);
    buf_init(&wanted, 4u << 20);
    for (int i = 1; i <= LINES; i++) {
        bool fails = i % EACH_FAILS == 0;
        buf_printf(&text, "{\"id\":%d,\"text\":\"%s\"}\n", i, fails ? "no" : "yes");
        buf_printf(&wanted,
                   fails ? "{\"id\":%d,\"error\":\"line %d: no means no\"}\n"
                         : "{\"id\":%d,\"n\":3}\n",
                   i, i);
    }
    struct side s;
    EQ_VIEW(buf_str(&wanted), answers(p, &s, buf_str(&text)));
    EQ_INT(s.lines, LINES);
    EQ_STR(s.e.text, "20 of 20000 lines could not be done; the first is line 1000");
}

TEST(nobody_reads_the_answers)
{
    int in[2], out[2];
    _Atomic int lines = 0;
    if (pipe(in) < 0 || pipe(out) < 0) {
        abort();
    }
    close(out[0]);
    OK(write(in[1], "{}\n", 3) == 3);
    close(in[1]);
    EQ_INT(jsonl_each(in[0], out[1], measure, &lines, NULL), ERR_IO);
    close(in[0]);
    close(out[1]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    return tap_run();
}
