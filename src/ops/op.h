/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operation exists once: ops.def names it, tools/gen_ops.py makes the table, a function
 * op_NAME does it, and HTTP and the command line are two ways of calling it. Parameters are
 * checked here, before the function runs, so that every operation refuses bad input alike.
 *
 * A function receives its parameters as struct NAME_in (ops_gen.h), writes its answer as JSON to
 * call->out, and returns 0 or an error. It runs on a worker or in a command; it may block.
 */
#ifndef OPS_OP_H
#define OPS_OP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct app;
struct calendar;
struct db;

enum actor_kind { ACTOR_NOBODY, ACTOR_USER, ACTOR_TOKEN, ACTOR_COMMAND };

/* Who is asking. */
struct actor {
    enum actor_kind kind;
    char id[64]; /* of the user or token; "command" */
    const char *name;
    const char *email;
    const char *role;
    uint32_t permissions; /* bits of enum permission */
};

struct op_call {
    struct app *app;
    struct pool *pool;
    const struct actor *actor;
    const void *in;    /* struct NAME_in of the operation */
    struct buf *out;   /* the answer, JSON unless op->media says else */
    int status;        /* the operation's own, unless the function sets another */
    const char *media; /* of an answer with op->media, a closer type than that; NULL: that */
    const char *file;  /* the answer is a file of this name, to be kept and not shown */
    bool in_file;      /* the answer is not in `out` but in this file, which is the pool's */
    int answer_file;
    const char *cookie;  /* Set-Cookie of the answer; NULL: none */
    const char *session; /* the session token the request came with; NULL: none */
    const char *remote;  /* the network address of whoever asks, for limits; NULL: a command */
    const char *origin;  /* the site whose page asks; NULL: no browser said so */
    /* Of a request with an Idempotency-Key: what op_write records beside the effects. */
    const struct op *op;
    const char *idempotency_key; /* NULL: none */
    const char *body_sha256;
};

typedef int op_fn(struct op_call *call, struct err *e);

enum op_type {
    OP_TEXT,   /* const char *name             NULL when absent */
    OP_INT,    /* int64_t name; bool name_set  the default when absent */
    OP_NUMBER, /* double name; bool name_set */
    OP_BOOL,   /* bool name; bool name_set */
    OP_UUID,   /* const char *name             canonical; NULL when absent */
    OP_TIME,   /* struct wall name             us == 0 when absent */
    OP_OBJECT, /* json_t *name                 borrowed from the request; NULL when absent */
    OP_ARRAY,  /* json_t *name */
    OP_ENUM,   /* const char *name             one of the values; NULL when absent */
};

enum op_where { OP_PATH, OP_QUERY, OP_BODY };

struct op_param {
    const char *name;
    enum op_type type;
    enum op_where where;
    bool required;
    const char *otherwise;     /* the default as text; NULL: none */
    int64_t min, max;          /* of the value, or of a text's bytes */
    const char *const *values; /* OP_ENUM: NULL-terminated */
    size_t offset;             /* in NAME_in */
    size_t set_offset;         /* of name_set; 0 when the type has none */
    const char *doc;
};

struct op {
    const char *name;
    int method;       /* enum http_method's value (io/http.h) */
    const char *path; /* NULL: no HTTP */
    const char *cli;  /* NULL: no command */
    int permission;   /* enum permission; PERMISSION_NONE: open */
    const char *says;
    int status;
    bool idempotent;
    bool quick;             /* a few looks into indexes: may be answered on an event loop */
    const char *quick_with; /* only with these query parameters, a space around each; NULL: all */
    const char *media;      /* the media type of the answer; NULL: JSON */
    size_t in_size;
    size_t n_params;
    const struct op_param *params;
    op_fn *fn;
};

extern const struct op ops[];
extern const size_t n_ops;

/* The OpenAPI 3.1 document that gen_ops.py made. */
extern const struct str openapi_document;

/*
 * store_write for an operation: the effects of fn and the request's Idempotency-Key become durable
 * together, so that a repeated request can never have them twice. ERR_CONFLICT when the key has
 * been used meanwhile.
 */
NODISCARD int op_write(struct op_call *call, int (*fn)(struct db *db, void *arg, struct err *e),
                       void *arg, struct err *e);
/* The same, with the answer {"ok": true}. */
NODISCARD int op_write_ok(struct op_call *call, int (*fn)(struct db *db, void *arg, struct err *e),
                          void *arg, struct err *e);

/* The calendar outside, for an operation that needs it; NULL: none is set up. ERR_CONFIG: it is,
 * but cannot be used. */
NODISCARD int op_calendar(const struct op_call *call, const struct calendar **out, struct err *e);

/* Calls the operation; with an Idempotency-Key that was used before, gives the answer of then. */
NODISCARD int op_run(struct op_call *call, struct err *e);

/* One value found in a path, query string or command line. */
struct op_value {
    const char *name;
    struct str text;
};

/*
 * Makes the parameter struct from named texts (path, query, flags) and, for OP_BODY, from the
 * members of a JSON object (may be NULL). A command passes body parameters as texts too: pass
 * texts_are_body. Unknown names, missing, malformed and out-of-range values: ERR_INVALID with the
 * field named; a path or query value of the wrong form is ERR_MALFORMED. *in_out lives in pool.
 */
NODISCARD int op_read(struct pool *p, const struct op *op, const struct op_value *texts,
                      size_t n_texts, const json_t *body, bool texts_are_body, const void **in_out,
                      struct err *e);

/* The operation of that path and method. Writes the path's parameters to values (at most max)
 * and their number to *n_out. When only the method is wrong: NULL, and *methods_out has the right
 * ones (bits); 0 there: no such path. */
const struct op *op_of_path(struct str path, int method, struct op_value *values, size_t max,
                            size_t *n_out, int *methods_out);

/* The operation whose command begins the words; *used_out says how many words it took. */
const struct op *op_of_words(int argc, char **argv, int *used_out);

#endif
