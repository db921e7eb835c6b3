/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue of expectations and the driver that answers from it. Every mismatch aborts, with what
 * was expected and what came on standard error. It does not look inside statements: whether they
 * are right is for the tests on real engines.
 */
#include "store/scripted.h"

#include <pthread.h>
#include <stdio.h>

#include "store/store_private.h"

enum expected { EXPECT_STATEMENT, EXPECT_COMMIT };

struct expectation {
    struct expectation *next;
    enum expected kind;
    const char *part; /* of the statement's text */
    struct rows rows;
    bool check_arguments;
    size_t n_arguments;
    const char **arguments;
    int code;   /* 0: succeeds */
    bool again; /* COMMIT: run the function once more */
    const char *text;
};

struct script {
    pthread_mutex_t lock;    /* of the queue and the counts */
    pthread_mutex_t writing; /* one transaction at a time */
    struct pool *memory;
    struct expectation *first;
    struct expectation **last; /* where the next one goes */
    struct expectation *newest;
    size_t left;
    size_t commits;
    size_t rollbacks;
    int away;
};

static struct script *script_of(const struct store *s)
{
    if (s->ops != &driver_scripted) {
        fprintf(stderr, "scripted: the store's url is not \"scripted:\"\n");
        abort();
    }
    return s->driver;
}

static struct script *locked(const struct store *s)
{
    struct script *script = script_of(s);
    pthread_mutex_lock(&script->lock);
    return script;
}

static struct expectation *add(struct script *script, enum expected kind, const char *part)
{
    struct expectation *x = pool_alloc(script->memory, sizeof *x);
    x->kind = kind;
    x->part = pool_strdup(script->memory, part);
    *script->last = x;
    script->last = &x->next;
    script->newest = x;
    script->left++;
    return x;
}

void scripted_rows(struct store *s, const char *part, size_t columns, const char *const *cells,
                   size_t n_cells)
{
    if (columns == 0 || n_cells % columns) {
        fprintf(stderr, "scripted: %zu cells do not fill rows of %zu columns (\"%s\")\n", n_cells,
                columns, part);
        abort();
    }
    struct script *script = locked(s);
    struct expectation *x = add(script, EXPECT_STATEMENT, part);
    x->rows = (struct rows){.n = n_cells / columns, .columns = columns};
    x->rows.cells = pool_calloc(script->memory, n_cells, sizeof *x->rows.cells);
    for (size_t i = 0; i < n_cells; i++) {
        x->rows.cells[i] = str_of(pool_strdup(script->memory, cells[i]));
    }
    pthread_mutex_unlock(&script->lock);
}

void scripted_done(struct store *s, const char *part)
{
    struct script *script = locked(s);
    add(script, EXPECT_STATEMENT, part);
    pthread_mutex_unlock(&script->lock);
}

void scripted_failure(struct store *s, const char *part, int code, const char *text)
{
    struct script *script = locked(s);
    struct expectation *x = add(script, EXPECT_STATEMENT, part);
    x->code = code;
    x->text = pool_strdup(script->memory, text);
    pthread_mutex_unlock(&script->lock);
}

void scripted_arguments(struct store *s, const char *const *arguments, size_t n)
{
    struct script *script = locked(s);
    struct expectation *x = script->newest;
    if (!x || x->kind != EXPECT_STATEMENT) {
        fprintf(stderr, "scripted: arguments without a statement\n");
        abort();
    }
    x->check_arguments = true;
    x->n_arguments = n;
    x->arguments = pool_calloc(script->memory, n, sizeof *x->arguments);
    for (size_t i = 0; i < n; i++) {
        x->arguments[i] = pool_strdup(script->memory, arguments[i]);
    }
    pthread_mutex_unlock(&script->lock);
}

void scripted_commit(struct store *s, int code)
{
    struct script *script = locked(s);
    struct expectation *x = add(script, EXPECT_COMMIT, "COMMIT");
    x->code = code;
    x->text = "COMMIT failed, as the script says";
    pthread_mutex_unlock(&script->lock);
}

void scripted_commit_again(struct store *s)
{
    struct script *script = locked(s);
    add(script, EXPECT_COMMIT, "COMMIT")->again = true;
    pthread_mutex_unlock(&script->lock);
}

void scripted_away(struct store *s, int code)
{
    struct script *script = locked(s);
    script->away = code;
    pthread_mutex_unlock(&script->lock);
}

size_t scripted_left(const struct store *s)
{
    struct script *script = locked(s);
    size_t n = script->left;
    pthread_mutex_unlock(&script->lock);
    return n;
}

size_t scripted_commits(const struct store *s)
{
    struct script *script = locked(s);
    size_t n = script->commits;
    pthread_mutex_unlock(&script->lock);
    return n;
}

size_t scripted_rollbacks(const struct store *s)
{
    struct script *script = locked(s);
    size_t n = script->rollbacks;
    pthread_mutex_unlock(&script->lock);
    return n;
}

static NORETURN void mismatch(const struct expectation *x, const char *came)
{
    fprintf(stderr, "scripted: expected: %s\nscripted: came:     %s\n", x ? x->part : "nothing",
            came);
    abort();
}

static void check_arguments(const struct expectation *x, const struct query *q)
{
    if (x->n_arguments != q->n_args) {
        fprintf(stderr, "scripted: expected %zu arguments, came %zu\n", x->n_arguments, q->n_args);
        mismatch(x, q->sql->text);
    }
    for (size_t i = 0; i < q->n_args; i++) {
        char room[32];
        struct str came = arg_as_text(&q->args[i], room);
        struct str wanted = str_of(x->arguments[i]);
        if (!came.p != !wanted.p || !str_eq(came, wanted)) {
            fprintf(stderr, "scripted: $%zu: expected " STR_FMT ", came " STR_FMT "\n", i + 1,
                    STR_ARG(wanted.p ? wanted : STR("NULL")), STR_ARG(came.p ? came : STR("NULL")));
            mismatch(x, q->sql->text);
        }
    }
}

/* Takes the next expectation, which must be a statement that this text is. Under the lock. */
static struct expectation *next(struct script *script, const char *text)
{
    struct expectation *x = script->first;
    if (!x || x->kind != EXPECT_STATEMENT || !strstr(text, x->part)) {
        mismatch(x, text);
    }
    return x;
}

static void pass(struct script *script)
{
    script->first = script->first->next;
    script->left--;
    if (!script->first) {
        script->last = &script->first;
    }
}

static void copy_rows(struct pool *p, const struct rows *from, struct rows *to)
{
    *to = *from;
    size_t n = from->n * from->columns;
    to->cells = pool_calloc(p, n, sizeof *to->cells);
    for (size_t i = 0; i < n; i++) {
        if (from->cells[i].p) {
            to->cells[i] = (struct str){str_dup(p, from->cells[i]), from->cells[i].n};
        }
    }
}

static int answer(struct script *script, struct pool *p, const struct query *q, struct err *e)
{
    struct expectation *x = next(script, q->sql->text);
    if (x->check_arguments) {
        check_arguments(x, q);
    }
    if (x->code == 0 && q->rows) {
        copy_rows(p, &x->rows, q->rows);
    }
    pass(script);
    return x->code ? err_set(e, x->code, "%s", x->text) : 0;
}

static int scripted_run(struct db *db, struct pool *p, const struct query *queries, size_t n,
                        struct err *e)
{
    struct script *script = locked(db->store);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = answer(script, p, &queries[i], e);
    }
    pthread_mutex_unlock(&script->lock);
    return rc;
}

static int scripted_exec(struct db *db, const struct query *query, struct err *e)
{
    struct query unseen = {query->sql, query->args, query->n_args, NULL};
    return scripted_run(db, NULL, &unseen, 1, e);
}

static int scripted_script(struct db *db, const char *text, struct err *e)
{
    struct sql sql = {text};
    struct query query = {&sql, NO_ARGS, NULL};
    return scripted_run(db, NULL, &query, 1, e);
}

static int refuse_when_away(struct store *s, struct err *e)
{
    struct script *script = locked(s);
    int code = script->away;
    pthread_mutex_unlock(&script->lock);
    return code ? err_set(e, code, "The store is away, as the script says") : 0;
}

/* What becomes of COMMIT. */
static int end(struct script *script, bool *again_out, struct err *e)
{
    int rc = 0;
    pthread_mutex_lock(&script->lock);
    struct expectation *x = script->first;
    if (x && x->kind == EXPECT_COMMIT) {
        *again_out = x->again;
        rc = x->code ? err_set(e, x->code, "%s", x->text) : 0;
        pass(script);
    }
    if (rc || *again_out) {
        script->rollbacks++;
    } else {
        script->commits++;
    }
    pthread_mutex_unlock(&script->lock);
    return rc;
}

static int run_once(struct store *s, store_write_fn *fn, void *arg, bool *again_out, struct err *e)
{
    struct script *script = script_of(s);
    struct db db = {.ops = s->ops, .store = s, .writing = true};
    *again_out = false;
    int rc = fn(&db, arg, e);
    if (rc < 0) {
        pthread_mutex_lock(&script->lock);
        script->rollbacks++;
        pthread_mutex_unlock(&script->lock);
        return rc;
    }
    rc = end(script, again_out, e);
    if (rc == 0 && !*again_out) {
        wakes_fire(s, db.wakes);
    }
    return rc;
}

static int scripted_write(struct store *s, store_write_fn *fn, void *arg, struct err *e)
{
    struct script *script = script_of(s);
    int rc = refuse_when_away(s, e);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&script->writing);
    bool again;
    do {
        rc = run_once(s, fn, arg, &again, e);
    } while (again);
    pthread_mutex_unlock(&script->writing);
    return rc;
}

static int scripted_borrow(struct store *s, struct db **out, struct err *e)
{
    int rc = refuse_when_away(s, e);
    if (rc == 0) {
        struct db *db = xcalloc(1, sizeof *db);
        *db = (struct db){.ops = s->ops, .store = s};
        *out = db;
    }
    return rc;
}

static void scripted_give_back(struct db *db)
{
    free(db);
}

static int scripted_open(const struct store_config *config, struct store *base, struct err *e)
{
    (void)config;
    (void)e;
    struct script *script = xcalloc(1, sizeof *script);
    pthread_mutex_init(&script->lock, NULL);
    pthread_mutex_init(&script->writing, NULL);
    script->memory = pool_new();
    script->last = &script->first;
    base->driver = script;
    return 0;
}

static void scripted_close(struct store *s)
{
    struct script *script = script_of(s);
    if (script->first) {
        fprintf(stderr, "scripted: %zu expectations were left\n", script->left);
        mismatch(script->first, "nothing");
    }
    pthread_mutex_destroy(&script->lock);
    pthread_mutex_destroy(&script->writing);
    pool_free(&script->memory);
    free(script);
    s->driver = NULL;
}

const struct driver_ops driver_scripted = {
    .name = "scripted",
    .engine = STORE_SCRIPTED,
    .open = scripted_open,
    .close = scripted_close,
    .ping = refuse_when_away,
    .borrow = scripted_borrow,
    .give_back = scripted_give_back,
    .run = scripted_run,
    .exec = scripted_exec,
    .write = scripted_write,
    .script = scripted_script,
    .exclusive = scripted_write,
};
