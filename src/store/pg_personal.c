/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which result columns are personal: PostgreSQL tells for each the table and the column it comes
 * from, by number; the numbers of the tables are asked from its catalogue when one is met for the
 * first time and kept for the store's life. Without a codec none of this happens.
 */
#include "store/pg_private.h"

static const struct sql columns_of = {
    "SELECT c.oid, c.relname, a.attnum, a.attname FROM pg_class c JOIN pg_attribute a ON "
    "a.attrelid = c.oid WHERE c.oid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped"};

/* The personal column's index; -1: it is none; -2: the table was never met. Under the lock. */
static int origin_find(const struct pg_store *s, Oid table, int column)
{
    int found = -2;
    for (size_t i = 0; i < s->n_origins; i++) {
        const struct pg_origin *o = &s->origins[i];
        if (o->table == table && o->column == column && column) {
            return o->personal;
        }
        found = o->table == table ? -1 : found;
    }
    return found;
}

static void origin_add(struct pg_store *s, struct pg_origin o)
{
    if (s->n_origins == s->origins_room) {
        s->origins_room = s->origins_room ? s->origins_room * 2 : 64;
        s->origins = xrealloc(s->origins, s->origins_room * sizeof *s->origins);
    }
    s->origins[s->n_origins++] = o;
}

static int origin_of(struct pg_store *s, const PGresult *r, int column)
{
    Oid table = PQftable(r, column);
    if (table == InvalidOid) {
        return -1; /* computed */
    }
    pthread_mutex_lock(&s->lock);
    int found = origin_find(s, table, PQftablecol(r, column));
    pthread_mutex_unlock(&s->lock);
    return found;
}

/* Lists the tables of the wanted results that were never met, as an array literal. */
static void list_unknown(const struct pg_conn *c, struct buf *oids)
{
    buf_putc(oids, '{');
    for (size_t i = 0; i < c->n_sent; i++) {
        const PGresult *r = c->sent[i].rows ? c->sent[i].result : NULL;
        Oid last = InvalidOid;
        for (int k = 0; r && k < PQnfields(r); k++) {
            if (PQftable(r, k) != last && origin_of(c->store, r, k) == -2) {
                last = PQftable(r, k);
                buf_printf(oids, "%s%u", oids->len > 1 ? "," : "", last);
            }
        }
    }
    buf_putc(oids, '}');
}

static int64_t number(const PGresult *r, int row, int column)
{
    int64_t n = 0;
    (void)!str_to_i64(str_of(PQgetvalue(r, row, column)), &n);
    return n;
}

static void learn(struct pg_store *s, const PGresult *r)
{
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < PQntuples(r); i++) {
        Oid table = (Oid)number(r, i, 0);
        int column = (int)number(r, i, 2);
        int personal = personal_find(PQgetvalue(r, i, 1), PQgetvalue(r, i, 3));
        int known = origin_find(s, table, column);
        if (known == -2) {
            origin_add(s, (struct pg_origin){.table = table});
        }
        if (known < 0 && personal >= 0) {
            origin_add(s, (struct pg_origin){table, column, personal});
        }
    }
    pthread_mutex_unlock(&s->lock);
}

/* Asks for the tables never met, on the same connection, whose results are put aside meanwhile. */
static int ask(struct pg_conn *c, struct str oids, struct err *e)
{
    struct pg_sent *kept = c->sent;
    size_t n_kept = c->n_sent, kept_room = c->sent_room;
    c->sent = NULL;
    c->n_sent = c->sent_room = 0;
    struct query q = {&columns_of, ARGS(A_STR(oids)), NULL};
    int rc = pg_send(c, &q, e);
    int collected = pg_collect(c, rc ? NULL : e);
    rc = rc ? rc : collected;
    if (rc == 0) {
        learn(c->store, c->sent[c->n_sent - 1].result);
    }
    pg_conn_reset(c);
    free(c->sent);
    c->sent = kept;
    c->n_sent = n_kept;
    c->sent_room = kept_room;
    return rc;
}

static int meet_tables(struct pg_conn *c, struct err *e)
{
    struct buf oids;
    buf_init(&oids, (size_t)1024 * 1024);
    list_unknown(c, &oids);
    int rc = oids.len > 2 ? ask(c, buf_str(&oids), e) : 0;
    buf_clear(&oids);
    return rc;
}

int pg_results_to_rows(struct pg_conn *c, struct pool *p, struct err *e)
{
    bool coded = personal_codec_get() != NULL;
    int rc = coded ? meet_tables(c, e) : 0;
    for (size_t i = 0; rc == 0 && i < c->n_sent; i++) {
        const PGresult *r = c->sent[i].result;
        if (!c->sent[i].rows) {
            continue;
        }
        int *personal = coded ? pool_calloc(p, (size_t)PQnfields(r), sizeof *personal) : NULL;
        for (int k = 0; personal && k < PQnfields(r); k++) {
            personal[k] = origin_of(c->store, r, k);
        }
        pg_rows(r, p, personal, c->sent[i].rows);
    }
    return rc;
}
