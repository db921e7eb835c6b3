/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into the server (LD_PRELOAD) while the benchmark learns what it sends to its database:
 * writes every statement with its values, and where a pipeline ends, to the file AVA_CAPTURE, one
 * JSON object a line. So the engine's own limit is always measured with the very statements of the
 * server. Never loaded while anything is timed.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

/* What libpq says of a prepared statement's name, newest first. */
struct prepared {
    const PGconn *conn;
    char *name;
    char *sql;
    struct prepared *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct prepared *all_prepared;

static void *real(const char *name)
{
    void *fn = dlsym(RTLD_NEXT, name);
    if (!fn) {
        abort();
    }
    return fn;
}

/* One write for one line: the threads' lines do not mix. */
static void put(json_t *event, const void *conn)
{
    static int fd = -1;
    char thread[16] = "";
    pthread_getname_np(pthread_self(), thread, sizeof thread);
    json_object_set_new(event, "thread", json_string(thread));
    json_object_set_new(event, "conn", json_sprintf("%p", conn));
    char *line = json_dumps(event, JSON_COMPACT);
    pthread_mutex_lock(&lock);
    if (fd < 0) {
        const char *path = getenv("AVA_CAPTURE");
        fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    }
    if (fd >= 0 && line) {
        size_t n = strlen(line);
        line[n] = '\n';
        (void)!write(fd, line, n + 1);
    }
    pthread_mutex_unlock(&lock);
    free(line);
    json_decref(event);
}

/* The text with its values put in; the values are found again by comparing it with the text. */
static int on_statement(unsigned what, void *ctx, void *st, void *text)
{
    (void)what;
    if (strncmp(text, "--", 2) != 0) { /* a trigger's own */
        char *expanded = sqlite3_expanded_sql(st);
        put(json_pack("{s:s, s:s}", "sql", sqlite3_sql(st), "expanded", expanded), ctx);
        sqlite3_free(expanded);
    }
    return 0;
}

int sqlite3_open_v2(const char *path, sqlite3 **out, int flags, const char *vfs)
{
    int (*open_v2)(const char *, sqlite3 **, int, const char *) = real("sqlite3_open_v2");
    int rc = open_v2(path, out, flags, vfs);
    if (rc == SQLITE_OK) {
        sqlite3_trace_v2(*out, SQLITE_TRACE_STMT, on_statement, *out);
    }
    return rc;
}

int PQsendPrepare(PGconn *conn, const char *name, const char *sql, int n, const Oid *types)
{
    int (*prepare)(PGconn *, const char *, const char *, int, const Oid *) = real("PQsendPrepare");
    struct prepared *p = malloc(sizeof *p);
    if (p) {
        pthread_mutex_lock(&lock);
        *p = (struct prepared){conn, strdup(name), strdup(sql), all_prepared};
        all_prepared = p;
        pthread_mutex_unlock(&lock);
    }
    return prepare(conn, name, sql, n, types);
}

static const char *text_of(const PGconn *conn, const char *name)
{
    const char *sql = "";
    pthread_mutex_lock(&lock);
    for (const struct prepared *p = all_prepared; p; p = p->next) {
        if (p->conn == conn && strcmp(p->name, name) == 0) {
            sql = p->sql;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return sql;
}

static void put_query(const PGconn *conn, const char *sql, int n, const char *const *values)
{
    json_t *args = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(args, values[i] ? json_string(values[i]) : json_null());
    }
    put(json_pack("{s:s, s:o}", "sql", sql, "args", args), conn);
}

int PQsendQueryPrepared(PGconn *conn, const char *name, int n, const char *const *values,
                        const int *lengths, const int *formats, int format)
{
    int (*query)(PGconn *, const char *, int, const char *const *, const int *, const int *, int) =
        real("PQsendQueryPrepared");
    put_query(conn, text_of(conn, name), n, values);
    return query(conn, name, n, values, lengths, formats, format);
}

int PQsendQueryParams(PGconn *conn, const char *sql, int n, const Oid *types,
                      const char *const *values, const int *lengths, const int *formats, int format)
{
    int (*query)(PGconn *, const char *, int, const Oid *, const char *const *, const int *,
                 const int *, int) = real("PQsendQueryParams");
    put_query(conn, sql, n, values);
    return query(conn, sql, n, types, values, lengths, formats, format);
}

/* What a session begins with. */
PGresult *PQexec(PGconn *conn, const char *sql)
{
    PGresult *(*exec)(PGconn *, const char *) = real("PQexec");
    put(json_pack("{s:s}", "session", sql), conn);
    return exec(conn, sql);
}

int PQpipelineSync(PGconn *conn)
{
    int (*sync)(PGconn *) = real("PQpipelineSync");
    put(json_pack("{s:b}", "sync", 1), conn);
    return sync(conn);
}
