/* SPDX-License-Identifier: Apache-2.0 */
/* base: the error table, the log (read back through a pipe put over standard error), the metrics.
 */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "tap.h"

/* --- err --- */

TEST(err_table_is_sound)
{
    static const struct {
        int code, http, exit;
        const char *slug, *title;
    } rows[] = {
#define ERR(name, number, http, exit, slug, title) {ERR_##name, http, exit, slug, title},
#include "base/err.def"
#undef ERR
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i].slug);
        OK(rows[i].code < 0);
        OK(rows[i].http >= 400 && rows[i].http <= 599);
        OK(rows[i].exit >= 64 && rows[i].exit <= 78);
        EQ_INT(strspn(rows[i].slug, "abcdefghijklmnopqrstuvwxyz-"), strlen(rows[i].slug));
        EQ_INT(err_http_status(rows[i].code), rows[i].http);
        EQ_INT(err_exit_status(rows[i].code), rows[i].exit);
        EQ_STR(err_slug(rows[i].code), rows[i].slug);
        EQ_STR(err_title(rows[i].code), rows[i].title);
        for (size_t k = 0; k < i; k++) {
            OK_MSG(rows[k].code != rows[i].code, "the number of %s", rows[k].slug);
            OK_MSG(strcmp(rows[k].slug, rows[i].slug) != 0, "twice");
        }
    }
    EQ_STR(err_slug(-9999), "internal");
    EQ_INT(err_http_status(0), 500);
}

TEST(err_carries_a_sentence)
{
    struct err e = {0};
    EQ_STR(err_text(&e, ERR_NOT_FOUND), err_title(ERR_NOT_FOUND));
    EQ_STR(err_text(NULL, ERR_NOT_FOUND), err_title(ERR_NOT_FOUND));
    EQ_INT(err_field(&e, ERR_INVALID, "page", "page must be at least %d", 1), ERR_INVALID);
    EQ_INT(e.code, ERR_INVALID);
    EQ_STR(e.field, "page");
    EQ_STR(err_text(&e, e.code), "page must be at least 1");
    EQ_INT(err_set(&e, ERR_CONFLICT, "taken"), ERR_CONFLICT);
    EQ_STR(e.field, "");
    EQ_INT(err_set(NULL, ERR_IO, "nobody listens"), ERR_IO);
}

TEST(err_cuts_long_sentences_between_characters)
{
    struct err e = {0};
    char text[1000];
    for (size_t before = 0; before < 4; before++) {
        memset(text, 'a', before);
        for (size_t i = before; i + 3 < sizeof text; i += 3) {
            memcpy(text + i, "\xE2\x82\xAC", 4);
        }
        err_field(&e, ERR_INVALID, text, "%s", text);
        tap_case("%zu letters before", before);
        OK(utf8_valid(str_of(e.text)));
        OK(strlen(e.text) > sizeof e.text - 5);
        OK(utf8_valid(str_of(e.field)));
        OK(strlen(e.field) > sizeof e.field - 5);
    }
}

/* --- log --- */

static int saved_stderr, reading_end;

static void capture(enum log_level least, enum log_format format)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        perror("pipe2");
        abort();
    }
    fcntl(ends[1], F_SETFL, 0); /* writers wait, the reader does not */
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    reading_end = ends[0];
    log_setup(least, format);
}

/* What was logged since capture(); lives in pool. */
static struct str captured(struct pool *p)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    char *text = pool_alloc(p, 65537);
    size_t n = 0;
    for (ssize_t got; n < 65536 && (got = read(reading_end, text + n, 65536 - n)) > 0;) {
        n += (size_t)got;
    }
    close(reading_end);
    return (struct str){text, n};
}

TEST(log_writes_json_lines)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    capture(LOG_INFO, LOG_AS_JSON);
    log_debug("not shown", LOG_I64("n", 1));
    log_info("request done", LOG_TEXT("path", "/a \"b\"\n"), LOG_I64("status", -200),
             LOG_TEXT("none", NULL));
    log_warn("plain");
    log_error("odd", LOG_TEXT("bytes", "\xFF"));
    struct str all = captured(p);
    static const char *const levels[] = {"info", "warn", "error"};
    static const char *const messages[] = {"request done", "plain", "odd"};
    size_t lines = 0;
    for (struct str line; all.n && (line = str_cut(&all, '\n')).p && lines < 3; lines++) {
        json_t *j;
        struct err e = {0};
        OK_MSG(json_read(p, line, &j, &e) == 0, "%s: " STR_FMT, e.text, STR_ARG(line));
        if (e.code) {
            continue;
        }
        EQ_STR(json_get_text(j, "level", NULL), levels[lines]);
        EQ_STR(json_get_text(j, "message", NULL), messages[lines]);
        EQ_INT(strlen(json_get_text(j, "time", "")), 27);
        if (lines == 0) {
            EQ_STR(json_get_text(j, "path", NULL), "/a \"b\"\n");
            EQ_INT(json_get_i64(j, "status", 0), -200);
            EQ_STR(json_get_text(j, "none", NULL), "");
        }
    }
    EQ_INT(lines, 3);
}

TEST(log_writes_text_lines)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    capture(LOG_DEBUG, LOG_AS_TEXT);
    log_debug("shown", LOG_TEXT("a", "x\ny\x1B[31m"), LOG_I64("n", 5));
    struct str line = captured(p);
    OK(str_ends(line, STR("debug shown  a=x y [31m  n=5\n")));
    EQ_INT(str_index(line, 'd', 0), 13);
    log_setup(LOG_INFO, LOG_AUTO);
    OK(!log_enabled(LOG_DEBUG));
    OK(log_enabled(LOG_INFO));
}

/* Whatever it is given, a line is one line, complete, and not longer than a pipe takes at once. */
TEST(log_lines_stay_whole)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char *nasty = pool_alloc(p, 6001);
    for (size_t format = 0; format < 2; format++) {
        for (size_t n = 0; n <= 6000; n += n < 4100 && n > 3900 ? 1 : 53) {
            char *message = pool_strndup(p, pool_printf(p, "%6000d", 1), n);
            memset(nasty, n % 2 ? 1 : 0xC3, n);
            nasty[n] = '\0';
            capture(LOG_INFO, format ? LOG_AS_JSON : LOG_AS_TEXT);
            log_info(message, LOG_TEXT("a", nasty));
            log_info("m", LOG_TEXT("a", nasty), LOG_TEXT("b", nasty), LOG_TEXT("c", nasty),
                     LOG_I64("d", n));
            struct str all = captured(p);
            int newlines = 0;
            for (size_t i = 0; i < all.n; i++) {
                newlines += all.p[i] == '\n';
            }
            tap_case("format %zu, %zu bytes", format, n);
            EQ_INT(newlines, 2);
            OK(all.n <= 2 * 4096 && str_ends(all, STR("\n")));
            for (struct str line; format && all.n && (line = str_cut(&all, '\n')).p;) {
                json_t *j;
                OK(json_read(p, line, &j, NULL) == 0);
            }
            if (n % 16 == 0) {
                pool_clear(p);
                nasty = pool_alloc(p, 6001);
            }
        }
    }
    log_setup(LOG_INFO, LOG_AUTO);
}

/* --- metrics --- */

TEST(metrics_names_follow_prometheus)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_info *m = &metric_infos[i];
        struct str name = str_of(m->name);
        tap_case("%s", m->name);
        EQ_INT(strspn(m->name, "abcdefghijklmnopqrstuvwxyz_"), name.n);
        EQ_INT(str_ends(name, STR("_total")), m->kind == METRIC_KIND_COUNTER);
        EQ_INT(str_ends(name, STR("_seconds")), m->kind == METRIC_KIND_SECONDS);
        OK(m->doc[0] && !strpbrk(m->doc, "\\\n"));
        for (int k = 0; k < i; k++) {
            OK(strcmp(metric_infos[k].name, m->name) != 0);
        }
    }
}

static void *count(void *arg)
{
    for (int i = 0; i < 10000; i++) {
        metric_add(METRIC_http_requests_total, 1);
    }
    return arg;
}

TEST(metrics_count_from_any_thread)
{
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        EQ_INT(pthread_create(&threads[i], NULL, count, NULL), 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_join(threads[i], NULL);
    }
    EQ_INT(metric_value(METRIC_http_requests_total), 40000);
}

TEST(metrics_write_the_text_format)
{
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, 1 << 20);
    metric_set(METRIC_ws_connections, 3);
    metric_add(METRIC_ws_connections, -1);
    metric_observe_us(METRIC_http_request_seconds, 250);
    metric_observe_us(METRIC_http_request_seconds, 251);
    metric_observe_us(METRIC_http_request_seconds, 123456789012345);
    metrics_write(&b);
    OK(!buf_failed(&b));
    static const char *const wanted[] = {
        "# HELP ava_ws_connections Open WebSockets\n# TYPE ava_ws_connections "
        "gauge\nava_ws_connections 2\n",
        "# TYPE ava_http_request_seconds "
        "histogram\nava_http_request_seconds_bucket{le=\"0.00025\"} 1\n"
        "ava_http_request_seconds_bucket{le=\"0.0005\"} 2\n",
        "ava_http_request_seconds_bucket{le=\"5\"} 2\nava_http_request_seconds_bucket{le=\"+Inf\"} "
        "3\n"
        "ava_http_request_seconds_sum 123456789.012846\nava_http_request_seconds_count 3\n",
        "\nprocess_resident_memory_bytes ",
        "\nprocess_start_time_seconds 1",
    };
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        OK_MSG(strstr(b.data, wanted[i]) != NULL, "%s", wanted[i]);
    }
    EQ_INT(metric_value(METRIC_http_request_seconds), 3);
}

int main(void)
{
    return tap_run();
}
