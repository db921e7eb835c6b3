/* SPDX-License-Identifier: Apache-2.0 */
/* ava sandbox mail: an e-mail to the business through a running sandbox, and its answer. */
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/file.h"
#include "io/http_client.h"
#include "sandbox/sandbox_client.h"

#define REPLY_WAIT_MS 20000
#define TEXT_MAX_BYTES ((size_t)1 << 20)
#define FILE_MAX_BYTES ((size_t)25 << 20)
#define LETTER_MAX_BYTES ((size_t)40 << 20)

static const char usage[] =
    "ava sandbox mail FROM [--subject S] [--to ADDRESS] [--in-reply-to last] [--attach FILE] "
    "[--by parsed|raw|imap], with the text on standard input, such as: "
    "echo \"What are your hours?\" | ava sandbox mail ann@example.com --subject Hours";

static int read_text(struct buf *to, struct err *e)
{
    char piece[4096];
    size_t n;
    if (isatty(STDIN_FILENO)) {
        fputs("Write the e-mail; Ctrl-D ends it.\n", stderr);
    }
    while ((n = fread(piece, 1, sizeof piece, stdin)) > 0) {
        buf_add(to, piece, n);
    }
    if (buf_failed(to)) {
        return err_set(e, ERR_TOO_LARGE, "the text has at most 1 MiB");
    }
    return utf8_valid(buf_str(to)) ? 0 : err_set(e, ERR_INVALID, "the text is not UTF-8");
}

static int write_file(struct pool *p, struct jw *j, const char *path, struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, FILE_MAX_BYTES);
    int rc = cli_read_file(path, &b, e);
    if (rc) {
        return rc;
    }
    const char *slash = strrchr(path, '/');
    jw_key(j, "files");
    jw_array(j);
    jw_object(j);
    jw_kv_text(j, "name", slash ? slash + 1 : path);
    jw_kv_text(j, "type", cli_file_type(path));
    jw_kv_text(j, "data", base64_encode(p, b.len ? b.data : "", b.len));
    jw_object_end(j);
    jw_array_end(j);
    return 0;
}

/* The body of POST /sandbox/mail, of the flags and standard input. */
static int write_letter(struct command_run *run, struct buf *letter, struct err *e)
{
    static const char *const flags[][2] = {
        {"subject", "subject"}, {"to", "to"}, {"in-reply-to", "in_reply_to"}, {"by", "by"}};
    struct buf text CLEANUP(buf_clear);
    buf_init(&text, TEXT_MAX_BYTES);
    struct jw j = jw_to(letter);
    int rc = 0;
    jw_object(&j);
    for (size_t i = 0; i < ARRAY_SIZE(flags) && rc == 0; i++) {
        const char *value = command_flag(run, flags[i][0], &rc, e);
        if (value) {
            jw_kv_text(&j, flags[i][1], value);
        }
    }
    const char *file = rc ? NULL : command_flag(run, "attach", &rc, e);
    rc = rc || !file ? rc : write_file(run->pool, &j, file, e);
    if (rc == 0 && run->argc != 1) {
        rc = err_set(e, ERR_USAGE, "%s", usage);
    }
    rc = rc ? rc : read_text(&text, e);
    if (rc == 0) {
        jw_kv_text(&j, "from", run->argv[0]);
        jw_kv_str(&j, "text", buf_str(&text));
        jw_object_end(&j);
    }
    return rc ? rc : buf_failed(letter) ? err_set(e, ERR_TOO_LARGE, "the file is too large") : 0;
}

static void print_reply(const struct sandbox_correspondence *x)
{
    printf("From: %s <%s>\nTo: %s\nSubject: %s\n", x->from_name, x->from, x->to, x->subject);
    if (x->n_files) {
        printf("Files: %d\n", x->n_files);
    }
    printf("\n" STR_FMT "%s", STR_ARG(x->text),
           x->text.n && x->text.p[x->text.n - 1] == '\n' ? "" : "\n");
}

int command_sandbox_mail(struct command_run *run, struct err *e)
{
    struct buf letter CLEANUP(buf_clear);
    buf_init(&letter, LETTER_MAX_BYTES);
    int rc = write_letter(run, &letter, e);
    if (rc) {
        return rc;
    }
    struct sandbox_correspondence x = {0};
    struct http_client *http = http_client_new();
    const char *url =
        pool_printf(run->pool, "http://127.0.0.1:%lld", (long long)run->settings->sandbox_port);
    rc = sandbox_client_mail(http, run->pool, url, buf_str(&letter), REPLY_WAIT_MS, &x, e);
    http_client_free(&http);
    if (rc) {
        return rc;
    }
    if (x.product_error || (x.product_status && x.product_status / 100 != 2)) {
        return err_set(e, ERR_PROVIDER, "Ava did not take the e-mail: %s",
                       x.product_error
                           ? x.product_error
                           : pool_printf(run->pool, "HTTP status %d", x.product_status));
    }
    if (!x.replied) {
        return err_set(e, ERR_TIMEOUT, "Ava was given the e-mail and did not reply within %d s",
                       REPLY_WAIT_MS / 1000);
    }
    print_reply(&x);
    return 0;
}
