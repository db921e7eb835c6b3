/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person may ask for: everything that is kept of them, and that it is taken away. An export
 * is written line by line into a file without a name, so that it is never held as a whole.
 */
#include <unistd.h>

#include "base/codec.h"
#include "base/settings.h"
#include "domain/consent.h"
#include "domain/customer_erase.h"
#include "io/spool.h"
#include "ops/app.h"
#include "ops/customer_answer.h"
#include "ops/holding.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/attachments.h"
#include "store/consents.h"
#include "store/customer_merges.h"
#include "store/customer_notes.h"

#define LINE_MAX_BYTES (256u << 20) /* one conversation with its messages */
#define PAGE 100
#define END_OF_TIME "9999-01-01T00:00:00.000000Z"
#define LAST_UUID "ffffffff-ffff-ffff-ffff-ffffffffffff"
#define LAST_NUMBER 2147483647

struct exporting {
    struct op_call *call;
    struct db *db;
    struct pool *pool; /* of a line */
    struct buf line;
    int64_t customer;
    int fd;
};

static struct jw begin(struct exporting *x, const char *kind)
{
    pool_clear(x->pool);
    buf_reset(&x->line);
    struct jw j = jw_to(&x->line);
    jw_object(&j);
    jw_kv_text(&j, "kind", kind);
    return j;
}

static int end(struct exporting *x, struct jw *j, struct err *e)
{
    jw_object_end(j);
    buf_putc(&x->line, '\n');
    if (buf_failed(&x->line)) {
        return err_set(e, ERR_TOO_LARGE, "a conversation is larger than can be written out");
    }
    return spool_write(x->fd, buf_str(&x->line), e);
}

static int put_customer(struct exporting *x, struct err *e)
{
    struct jw j = begin(x, "customer");
    jw_key(&j, "exported_at");
    jw_wall(&j, wall_now());
    jw_key(&j, "customer");
    int rc = customer_value(x->call, x->db, &j, x->customer, e);
    return rc < 0 ? rc : end(x, &j, e);
}

static int put_consents(struct exporting *x, struct err *e)
{
    static const char *const names[] = {"id",     "address",  "channel", "purpose", "state",
                                        "source", "evidence", "actor",   "at"};
    struct rows addresses, ledger;
    int rc = customer_addresses(x->db, x->call->pool, x->customer, &addresses, e);
    for (size_t i = 0; rc == 0 && i < addresses.n; i++) {
        const struct consents_filter f = {
            .address = row_text(&addresses, i, 2),
            .other = consent_key(x->call->pool, row_text(&addresses, i, 3)),
            .limit = 10000,
        };
        if (!f.address && !f.other) {
            continue;
        }
        rc = consents_list(x->db, x->call->pool, &f, &ledger, e);
        for (size_t k = 0; rc == 0 && k < ledger.n; k++) {
            struct jw j = begin(x, "consent");
            for (size_t c = 0; c < ARRAY_SIZE(names); c++) {
                if (strcmp(names[c], "evidence") == 0) {
                    jw_kv_raw(&j, names[c], row_str(&ledger, k, c + 1));
                } else {
                    jw_kv_str(&j, names[c], row_str(&ledger, k, c + 1));
                }
            }
            rc = end(x, &j, e);
        }
    }
    return rc;
}

static int put_appointments(struct exporting *x, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str at = STR(END_OF_TIME);
    int64_t id = LAST_NUMBER;
    for (;;) {
        struct rows r;
        int rc = db_rows(x->db, p, &appointments_before,
                         ARGS(A_I64(x->customer), A_STR(at), A_I64(id), A_I64(PAGE)), &r, e);
        for (size_t i = 0; rc == 0 && i < r.n; i++) {
            struct appointment a;
            appointment_from_row(&r, i, &a);
            struct jw j = begin(x, "appointment");
            jw_key(&j, "appointment");
            render_appointment(&j, &a);
            rc = end(x, &j, e);
            at = a.appointment_datetime;
            id = a.id;
        }
        if (rc < 0 || r.n < PAGE) {
            return rc;
        }
    }
}

static int put_notes(struct exporting *x, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str at = STR(END_OF_TIME), id = STR(LAST_UUID);
    for (;;) {
        struct rows r;
        int rc = db_rows(x->db, p, &customer_own_notes_before,
                         ARGS(A_I64(x->customer), A_STR(at), A_STR(id), A_I64(PAGE)), &r, e);
        for (size_t i = 0; rc == 0 && i < r.n; i++) {
            struct customer_note n;
            customer_note_from_row(&r, i, &n);
            struct jw j = begin(x, "note");
            jw_kv_str(&j, "id", n.id);
            jw_kv_str(&j, "author", n.author_name);
            jw_kv_str(&j, "content", n.content);
            jw_kv_str(&j, "created_at", n.created_at);
            rc = end(x, &j, e);
            at = n.created_at;
            id = n.id;
        }
        if (rc < 0 || r.n < PAGE) {
            return rc;
        }
    }
}

struct piece {
    struct exporting *x;
    const char *attachment_id;
    int64_t position;
    struct pool *pool;
};

static int put_piece(void *arg, struct str bytes, struct err *e)
{
    struct piece *piece = arg;
    pool_clear(piece->pool);
    buf_reset(&piece->x->line);
    struct jw j = jw_to(&piece->x->line);
    jw_object(&j);
    jw_kv_text(&j, "kind", "attachment_content");
    jw_kv_text(&j, "attachment_id", piece->attachment_id);
    jw_kv_i64(&j, "position", piece->position++);
    jw_kv_text(&j, "base64", base64_encode(piece->pool, bytes.p, bytes.n));
    return end(piece->x, &j, e);
}

/* A file in as many lines as it has pieces. */
static int put_files(struct exporting *x, struct pool *p, const char *conversation, struct err *e)
{
    struct pool *scratch CLEANUP(pool_free) = pool_new();
    struct arg id = A_TEXT(conversation);
    struct rows files;
    struct query q = attachments_query(&id, &files);
    int rc = db_many(x->db, p, &q, 1, e);
    for (size_t i = 0; rc == 0 && i < files.n; i++) {
        struct attachment a;
        attachment_from_row(&files, i, &a);
        struct piece piece = {x, a.id.p, 0, scratch};
        if (str_eq(a.state, STR("stored"))) {
            rc = attachments_read(x->db, &a, put_piece, &piece, e);
        }
    }
    return rc;
}

/* As show_conversation answers. */
static int put_conversation(struct exporting *x, struct pool *p, const char *id, struct err *e)
{
    struct jw j = begin(x, "conversation");
    struct buf detail CLEANUP(buf_clear);
    buf_init(&detail, LINE_MAX_BYTES);
    struct show_conversation_in in = {.conversation_id = id};
    struct op_call call = *x->call;
    call.pool = p;
    call.in = &in;
    call.out = &detail;
    int rc = op_show_conversation(&call, e);
    if (rc == 0 && buf_failed(&detail)) {
        rc = err_set(e, ERR_TOO_LARGE, "a conversation is larger than can be written out");
    }
    if (rc == 0) {
        jw_kv_raw(&j, "detail", buf_str(&detail));
        rc = end(x, &j, e);
    }
    return rc < 0 ? rc : put_files(x, p, id, e);
}

static int put_conversations(struct exporting *x, struct err *e)
{
    struct pool *page CLEANUP(pool_free) = pool_new();
    struct pool *one CLEANUP(pool_free) = pool_new();
    struct str at = STR(END_OF_TIME), id = STR(LAST_UUID);
    for (;;) {
        struct rows r;
        int rc =
            db_rows(x->db, page, &conversations_before,
                    ARGS(A_I64(x->customer), A_STR(at), A_STR(id), A_I64(PAGE), A_NULL), &r, e);
        for (size_t i = 0; rc == 0 && i < r.n; i++) {
            struct conversation c;
            conversation_from_row(&r, i, &c);
            pool_clear(one);
            rc = put_conversation(x, one, c.id.p, e);
            at = c.last_activity_at;
            id = c.id;
        }
        if (rc < 0 || r.n < PAGE) {
            return rc;
        }
    }
}

int op_export_customer(struct op_call *c, struct err *e)
{
    const struct export_customer_in *in = c->in;
    CLEANUP(store_return) struct db *db = NULL;
    struct pool *scratch CLEANUP(pool_free) = pool_new();
    struct exporting x = {.call = c, .pool = scratch, .fd = -1};
    buf_init(&x.line, LINE_MAX_BYTES);
    int rc = store_borrow(c->app->store, &db, e);
    x.db = db;
    rc = rc < 0 ? rc : customers_kept(db, c->pool, in->customer_id, &x.customer, e);
    rc = rc < 0 ? rc : spool_new(c->app->settings->data_dir, &x.fd, e);
    if (x.fd >= 0) {
        spool_keep(c->pool, x.fd);
    }
    rc = rc < 0 ? rc : put_customer(&x, e);
    rc = rc < 0 ? rc : put_consents(&x, e);
    rc = rc < 0 ? rc : put_notes(&x, e);
    rc = rc < 0 ? rc : put_appointments(&x, e);
    rc = rc < 0 ? rc : put_conversations(&x, e);
    buf_clear(&x.line);
    if (rc == 0) {
        c->in_file = true;
        c->answer_file = x.fd;
        c->file = pool_printf(c->pool, "customer-%lld.jsonl", (long long)x.customer);
    }
    return rc;
}

/* ---- erasing ---- */

struct erasing {
    struct op_call *call;
    int64_t erased;
};

static int erase(struct db *db, void *arg, struct err *e)
{
    struct erasing *x = arg;
    const struct erase_customer_in *in = x->call->in;
    return customer_erase(db, x->call->pool, in->customer_id, holder_of(x->call->actor).name,
                          wall_now(), &x->erased, e);
}

int op_erase_customer(struct op_call *c, struct err *e)
{
    const struct erase_customer_in *in = c->in;
    struct erasing x = {.call = c};
    if (!in->confirm) {
        return err_field(e, ERR_INVALID, "confirm", "it cannot be undone: confirm must be true");
    }
    int rc = op_write(c, erase, &x, e);
    CLEANUP(store_return) struct db *db = NULL;
    rc = rc < 0 ? rc : store_borrow(c->app->store, &db, e);
    return rc < 0 ? rc : customer_answer(c, db, x.erased, e);
}
