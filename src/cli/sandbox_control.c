/* SPDX-License-Identifier: Apache-2.0 */
/* ava sandbox messages, ava sandbox fault: a running sandbox from the command line. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "cli/command.h"
#include "io/http_client.h"
#include "sandbox/sandbox_client.h"

static int ask(struct command_run *run, const char *method, const char *path, struct str body,
               json_t **out, struct err *e)
{
    struct http_client *http = http_client_new();
    const char *url = pool_printf(run->pool, "http://127.0.0.1:%lld%s",
                                  (long long)run->settings->sandbox_port, path);
    int rc = sandbox_client_ask(http, run->pool, method, url, body, out, e);
    http_client_free(&http);
    return rc;
}

/* On one line: what is no letter of a line is a space. */
static void print_body(const char *body)
{
    for (; *body; body++) {
        putchar((unsigned char)*body < 0x20 ? ' ' : *body);
    }
    putchar('\n');
}

static void print_message(const json_t *m)
{
    bool inbound = strcmp(json_get_text(m, "direction", ""), "inbound") == 0;
    const char *who = json_get_text(m, inbound ? "from" : "to", "");
    printf("%.19s  %s %-24s %-12s ", json_get_text(m, "created", ""), inbound ? "from" : "to  ",
           who, json_get_text(m, "status", ""));
    size_t files = json_array_size(json_object_get(m, "media"));
    if (files) {
        printf("[%zu file%s] ", files, files == 1 ? "" : "s");
    }
    print_body(json_get_text(m, "body", ""));
}

int command_sandbox_messages(struct command_run *run, struct err *e)
{
    int rc = 0;
    const char *with = command_flag(run, "with", &rc, e);
    rc = rc ? rc : command_no_more(run, e);
    if (rc < 0) {
        return rc;
    }
    struct buf path CLEANUP(buf_clear);
    buf_init(&path, 4096);
    if (with) {
        form_add(&path, "with", str_of(with));
    }
    json_t *document = NULL, *m;
    size_t i;
    rc = ask(run, "GET",
             pool_printf(run->pool, "/sandbox/messages?limit=1000%s%s", with ? "&" : "",
                         with ? buf_str(&path).p : ""),
             (struct str){NULL, 0}, &document, e);
    if (rc == 0) {
        json_array_foreach (json_object_get(document, "messages"), i, m) {
            print_message(m);
        }
    }
    return rc;
}

static void print_faults(const json_t *document)
{
    const json_t *faults = json_object_get(document, "faults");
    json_t *met = json_object_get(document, "met");
    size_t i;
    json_t *f;
    const char *kind;
    printf("%s\n", json_array_size(faults) ? "Faults:" : "No faults.");
    json_array_foreach (faults, i, f) {
        printf("  %s", json_get_text(f, "kind", ""));
        if (json_object_get(f, "status")) {
            printf(" %lld", (long long)json_get_i64(f, "status", 0));
        }
        size_t k;
        json_t *place;
        json_array_foreach (json_object_get(f, "on"), k, place) {
            printf("%s%s", k ? ", " : " on ", json_string_value(place));
        }
        printf(", met %lld times\n", (long long)json_get_i64(f, "met", 0));
    }
    const char *before = "Met in all: ";
    json_object_foreach (met, kind, f) {
        printf("%s%s %lld", before, kind, (long long)json_integer_value(f));
        before = ", ";
    }
    printf("%s", json_object_size(met) ? "\n" : "");
    int64_t forged = json_get_i64(document, "forged_taken", 0);
    if (forged) {
        printf("The product has taken %lld forged requests!\n", (long long)forged);
    }
}

static bool is_number(const char *text)
{
    int64_t n;
    return str_to_i64(str_of(text), &n);
}

/* The flags that are numbers, under their names in JSON. */
static int add_numbers(struct command_run *run, struct jw *j, struct err *e)
{
    static const char *const flags[][2] = {
        {"count", "count"}, {"latency-ms", "latency_ms"},   {"hang-ms", "hang_ms"},
        {"code", "code"},   {"retry-after", "retry_after"}, {"probability", "probability"},
    };
    int rc = 0;
    for (size_t i = 0; i < ARRAY_SIZE(flags) && rc == 0; i++) {
        const char *value = command_flag(run, flags[i][0], &rc, e);
        char *end = NULL;
        double number = value ? strtod(value, &end) : 0;
        if (value && (*end || !value[0])) {
            return err_set(e, ERR_USAGE, "--%s is a number", flags[i][0]);
        }
        if (value && is_number(value)) {
            jw_kv_i64(j, flags[i][1], (int64_t)number);
        } else if (value) {
            jw_key(j, flags[i][1]);
            jw_double(j, number);
        }
    }
    return rc;
}

static int write_fault(struct command_run *run, struct buf *body, struct err *e)
{
    struct jw j = jw_to(body);
    jw_object(&j);
    int rc = add_numbers(run, &j, e);
    const char *on = rc ? NULL : command_flag(run, "on", &rc, e);
    const char *share = rc ? NULL : command_flag(run, "share", &rc, e);
    if (rc < 0) {
        return rc;
    }
    if (run->argc != 1) {
        return err_set(e, ERR_USAGE,
                       "one fault at a time; ava sandbox fault lists those there are");
    }
    if (on) {
        jw_kv_text(&j, "on", on);
    }
    if (strcmp(run->argv[0], "mixture") == 0) {
        jw_key(&j, "mixture");
        jw_double(&j, share ? strtod(share, NULL) : 0.2);
    } else if (is_number(run->argv[0])) {
        jw_kv_i64(&j, "status", strtoll(run->argv[0], NULL, 10));
    } else {
        jw_kv_text(&j, "status", run->argv[0]);
    }
    jw_object_end(&j);
    return 0;
}

int command_sandbox_fault(struct command_run *run, struct err *e)
{
    json_t *document = NULL;
    struct str none = {NULL, 0};
    int rc = 0;
    if (run->argc == 1 && strcmp(run->argv[0], "end") == 0) {
        rc = ask(run, "DELETE", "/sandbox/faults", none, &document, e);
    } else if (run->argc) {
        struct buf body CLEANUP(buf_clear);
        buf_init(&body, 4096);
        rc = write_fault(run, &body, e);
        rc = rc ? rc : ask(run, "POST", "/sandbox/faults", buf_str(&body), &document, e);
    }
    rc = rc ? rc : ask(run, "GET", "/sandbox/faults", none, &document, e);
    if (rc == 0) {
        print_faults(document);
    }
    return rc;
}
