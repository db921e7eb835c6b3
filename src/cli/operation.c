/* SPDX-License-Identifier: Apache-2.0 */
/* Runs an operation against the database of the settings, with all permissions of its operator. */
#include "cli/operation.h"

#include <stdio.h>
#include <unistd.h>

#include "base/json_read.h"
#include "cli/calendar_of_settings.h"
#include "domain/calendar.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "store/schema.h"
#include "store/store.h"

#define ANSWER_MAX (64u << 20)
#define VALUES_MAX 64

/* Words without a name are the path's parameters and then those of the body that must be there. */
static bool takes_word(const struct op_param *p, bool path)
{
    return path ? p->where == OP_PATH : p->where == OP_BODY && p->required;
}

/* The name of the parameter that the nth such word is. */
static const char *word_name(const struct op *op, int nth)
{
    for (int path = 1; path >= 0; path--) {
        for (size_t i = 0; i < op->n_params; i++) {
            if (takes_word(&op->params[i], path) && nth-- == 0) {
                return op->params[i].name;
            }
        }
    }
    return NULL;
}

/* Of an operation that needs nothing by name, a word may be the id that it takes. */
static const char *id_name(const struct op *op)
{
    const char *name = NULL;
    for (size_t i = 0; i < op->n_params; i++) {
        if (op->params[i].required) {
            return NULL;
        }
        if (op->params[i].type == OP_UUID && !name) {
            name = op->params[i].name;
        }
    }
    return name;
}

static int read_flags(struct command_run *run, const struct op *op, struct op_value *values,
                      size_t *n_out, struct err *e)
{
    size_t n = 0;
    int places = 0;
    for (int i = 0; i < run->argc; i++) {
        struct str arg = str_of(run->argv[i]);
        if (n == VALUES_MAX) {
            return err_set(e, ERR_USAGE, "too many arguments");
        }
        if (!str_starts(arg, STR("--"))) {
            const char *name = word_name(op, places++);
            name = name || places > 1 ? name : id_name(op);
            if (!name) {
                return err_set(e, ERR_USAGE, "'%s' is not understood; parameters are --name value",
                               run->argv[i]);
            }
            values[n++] = (struct op_value){name, arg};
            continue;
        }
        arg = (struct str){arg.p + 2, arg.n - 2};
        struct str name = str_cut(&arg, '=');
        if (!arg.p) {
            if (++i == run->argc) {
                return err_set(e, ERR_USAGE, "--%.*s needs a value", STR_ARG(name));
            }
            arg = str_of(run->argv[i]);
        }
        values[n++] = (struct op_value){str_dup(run->pool, name), arg};
    }
    *n_out = n;
    return 0;
}

static int help(const struct op *op)
{
    printf("ava %s\n%s\n", op->cli, op->says);
    for (size_t i = 0; i < op->n_params; i++) {
        const struct op_param *p = &op->params[i];
        printf("  %s%-24s %s%s\n", p->where == OP_PATH ? "" : "--", p->name, p->doc,
               p->required ? " (required)" : "");
    }
    return 0;
}

static int copy_file(int fd, struct err *e)
{
    char piece[65536];
    ssize_t n;
    lseek(fd, 0, SEEK_SET);
    while ((n = read(fd, piece, sizeof piece)) > 0) {
        if (fwrite(piece, 1, (size_t)n, stdout) != (size_t)n) {
            return err_set(e, ERR_IO, "the answer could not be written");
        }
    }
    return n < 0 || fflush(stdout) ? err_set(e, ERR_IO, "the answer could not be written") : 0;
}

/* On a terminal for people, else on one line for programs. */
static int print_answer(struct command_run *run, const struct op *op, const struct buf *out,
                        struct err *e)
{
    json_t *j;
    bool csv = out->len && out->data[0] != '{';
    if (op->media || csv) { /* to the byte: it goes into a file */
        fwrite(out->data, 1, out->len, stdout);
        return 0;
    }
    if (!isatty(STDOUT_FILENO)) {
        puts(out->data ? out->data : "");
        return 0;
    }
    int rc = json_read(run->pool, buf_str(out), &j, e);
    if (rc == 0) {
        json_dumpf(j, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
        putchar('\n');
    }
    return rc;
}

int operation_run(struct command_run *run, const struct op *op, struct err *e)
{
    if (command_switch(run, "help")) {
        return help(op);
    }
    struct op_value values[VALUES_MAX];
    size_t n = 0;
    struct actor actor = {.kind = ACTOR_COMMAND,
                          .id = "command",
                          .name = "command line",
                          .role = "owner",
                          .permissions = PERMISSIONS_ALL};
    struct buf out;
    buf_init(&out, ANSWER_MAX);
    struct store *store = NULL;
    struct app app = {.settings = run->settings};
    struct op_call call = {.app = &app,
                           .pool = run->pool,
                           .actor = &actor,
                           .out = &out,
                           .status = op->status,
                           .op = op};
    int rc = read_flags(run, op, values, &n, e);
    if (rc == 0) {
        rc = op_read(run->pool, op, values, n, NULL, true, &call.in, e);
    }
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    if (rc == 0) {
        rc = schema_check(store, e);
    }
    struct err why = {0};
    if (rc == 0 && calendar_of_settings(run->settings, &app.calendar, &why) < 0) {
        app.calendar_wrong = why.text; /* most operations have nothing to do with it */
    }
    if (rc == 0) {
        app.store = store;
        rc = op_run(&call, e);
    }
    if (rc == 0) {
        rc = call.in_file ? copy_file(call.answer_file, e) : print_answer(run, op, &out, e);
    }
    calendar_free(&app.calendar);
    store_free(&store);
    buf_clear(&out);
    return rc;
}
