/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements by the address of their struct sql: expanded once a store, and once a connection what
 * it has prepared. The connection's table answers without a lock; the store's is asked only when a
 * connection meets a statement for the first time (or is full).
 */
#include "store/pg_private.h"

static size_t slot_of(const struct sql *sql, size_t slots)
{
    uint64_t h = (uintptr_t)sql;
    h = (h >> 3) * 0x9e3779b97f4a7c15u;
    return (size_t)(h >> 32) & (slots - 1);
}

static bool is_it(const struct pg_statement *st, const struct sql *sql)
{
    return st->sql == sql && st->source == sql->text;
}

/* The slot where it is, or the free one where it belongs. */
static struct pg_statement **find_slot(struct pg_statement **table, size_t slots,
                                       const struct sql *sql)
{
    size_t i = slot_of(sql, slots);
    while (table[i] && !is_it(table[i], sql)) {
        i = (i + 1) & (slots - 1);
    }
    return &table[i];
}

static void grow(struct pg_store *s)
{
    size_t slots = s->statement_slots ? s->statement_slots * 2 : 256;
    struct pg_statement **table = xcalloc(slots, sizeof(struct pg_statement *));
    for (size_t i = 0; i < s->statement_slots; i++) {
        if (s->statements[i]) {
            *find_slot(table, slots, s->statements[i]->sql) = s->statements[i];
        }
    }
    free(s->statements);
    s->statements = table;
    s->statement_slots = slots;
}

static int expand(struct pg_store *s, const struct sql *sql, const struct pg_statement **out,
                  struct err *e)
{
    if (s->n_statements * 2 >= s->statement_slots) {
        grow(s);
    }
    struct pg_statement **slot = find_slot(s->statements, s->statement_slots, sql);
    if (!*slot) {
        struct pg_statement *st = pool_alloc(s->memory, sizeof *st);
        st->sql = sql;
        st->source = sql->text;
        int rc = dialect_expand(s->memory, STORE_POSTGRES, sql->text, &st->text, e);
        if (rc) {
            return rc;
        }
        *slot = st;
        s->n_statements++;
    }
    *out = *slot;
    return 0;
}

static int of_store(struct pg_store *s, const struct sql *sql, const struct pg_statement **out,
                    struct err *e)
{
    pthread_mutex_lock(&s->lock);
    int rc = expand(s, sql, out, e);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

int pg_statement_find(struct pg_conn *c, const struct sql *sql,
                      const struct pg_statement **statement_out, struct pg_prepared **prepared_out,
                      struct err *e)
{
    size_t i = slot_of(sql, PG_PREPARED_SLOTS);
    while (c->prepared[i].statement && !is_it(c->prepared[i].statement, sql)) {
        i = (i + 1) & (PG_PREPARED_SLOTS - 1);
    }
    struct pg_prepared *slot = &c->prepared[i];
    if (slot->statement) {
        *statement_out = slot->statement;
        *prepared_out = slot;
        return 0;
    }
    const struct pg_statement *st;
    int rc = of_store(c->store, sql, &st, e);
    if (rc) {
        return rc;
    }
    *statement_out = st;
    *prepared_out = NULL;
    if (c->n_prepared < PG_PREPARED_MAX) {
        *slot = (struct pg_prepared){.statement = st, .name = ++c->n_prepared};
        *prepared_out = slot;
    }
    return 0;
}

void pg_statements_clear(struct pg_store *s)
{
    free(s->statements);
    s->statements = NULL;
    s->statement_slots = s->n_statements = 0;
}
