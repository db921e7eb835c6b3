/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what a database has, one statement an engine, as facts that can be compared: table, kind,
 * key, value. Names of indexes and constraints are left out on purpose; what they do counts.
 */
#include "store/schema_private.h"

/* Rows of table, kind (enum fact_kind), key, value. */
static const struct sql facts_sqlite = {
    "WITH t AS (SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite?_%'"
    " ESCAPE '?'),"
    " c AS (SELECT t.name AS t, c.* FROM t, pragma_table_info(t.name) c),"
    " i AS (SELECT t.name AS t, i.\"unique\" AS u, (SELECT group_concat(k, ', ') FROM"
    "   (SELECT coalesce(x.name, '(expression)') || CASE x.\"desc\" WHEN 1 THEN ' DESC' ELSE '' END"
    "     AS k FROM pragma_index_xinfo(i.name) x WHERE x.key = 1 ORDER BY x.seqno)) AS columns"
    "   FROM t, pragma_index_list(t.name) i WHERE i.origin <> 'pk' AND i.partial = 0)"
    " SELECT name, 0, name, '' FROM t"
    " UNION ALL SELECT t, 1, name, upper(type) FROM c"
    " UNION ALL SELECT t, 2, name, CASE WHEN \"notnull\" = 1 OR (pk = 1 AND upper(type) = "
    "'INTEGER')"
    "   THEN 'NOT NULL' ELSE 'NULL' END FROM c"
    " UNION ALL SELECT t, 3, name, dflt_value FROM c WHERE dflt_value IS NOT NULL"
    " UNION ALL SELECT t, 4, group_concat(name, ', '), '' FROM"
    "   (SELECT t, name FROM c WHERE pk > 0 ORDER BY t, pk) GROUP BY t"
    " UNION ALL SELECT t, 5, columns, '' FROM i WHERE u = 1"
    " UNION ALL SELECT t, 6, group_concat(\"from\", ', ') || ' to ' || \"table\" || ' (' ||"
    "   group_concat(coalesce(\"to\", 'its key'), ', ') || ') on delete ' || lower(on_delete), ''"
    "   FROM (SELECT t.name AS t, f.* FROM t, pragma_foreign_key_list(t.name) f"
    "     ORDER BY t.name, f.id, f.seq) GROUP BY t, id"
    " UNION ALL SELECT t, 8, columns, '' FROM i WHERE u = 0"};

/* The texts that only C can read: of tables for their checks, of triggers. */
static const struct sql texts_sqlite = {
    "SELECT type, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'trigger')"
    " AND sql IS NOT NULL AND name NOT LIKE 'sqlite?_%' ESCAPE '?'"};

static const struct sql facts_postgres = {
    "WITH t AS (SELECT c.oid, c.relname::text AS t FROM pg_catalog.pg_class c"
    "   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "   WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')),"
    " a AS (SELECT t.oid, t.t, a.attname::text AS name, a.attnum, a.attnotnull, a.attidentity,"
    "   format_type(a.atttypid, a.atttypmod) AS type, pg_get_expr(d.adbin, d.adrelid) AS ex"
    "   FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid"
    "   LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum"
    "   WHERE a.attnum > 0 AND NOT a.attisdropped),"
    " i AS (SELECT t.t, x.indisunique AS u, (SELECT string_agg("
    "     pg_get_indexdef(x.indexrelid, k, true)"
    "     || CASE WHEN x.indoption[k - 1] & 1 = 1 THEN ' DESC' ELSE '' END, ', ' ORDER BY k)"
    "     FROM generate_series(1, x.indnkeyatts) k) AS columns"
    "   FROM t JOIN pg_catalog.pg_index x ON x.indrelid = t.oid"
    "   WHERE NOT x.indisprimary AND x.indpred IS NULL AND x.indisvalid),"
    " o AS (SELECT t.t, o.contype, o.oid, o.conkey, o.conrelid FROM t"
    "   JOIN pg_catalog.pg_constraint o ON o.conrelid = t.oid)"
    " SELECT t, 0, t, '' FROM t"
    " UNION ALL SELECT t, 1, name, type FROM a"
    " UNION ALL SELECT t, 2, name, CASE WHEN attnotnull THEN 'NOT NULL' ELSE 'NULL' END FROM a"
    " UNION ALL SELECT t, 3, name, coalesce(ex, 'identity') FROM a"
    "   WHERE ex IS NOT NULL OR attidentity <> ''"
    " UNION ALL SELECT t, 4, pg_get_constraintdef(oid), '' FROM o WHERE contype = 'p'"
    " UNION ALL SELECT t, 5, columns, '' FROM i WHERE u"
    " UNION ALL SELECT t, 6, pg_get_constraintdef(oid), '' FROM o WHERE contype = 'f'"
    /* Without casts and brackets, which PostgreSQL places differently after a dump is restored. */
    " UNION ALL SELECT t, 7, regexp_replace(pg_get_constraintdef(oid),"
    " '::(character varying|text|bpchar|integer)(\\[\\])?|[()]', '', 'g'), ''"
    " FROM o WHERE contype = 'c'"
    " UNION ALL SELECT t, 8, columns, '' FROM i WHERE NOT u"
    " UNION ALL SELECT t.t, 9, p.proname || ', type ' || g.tgtype, p.prosrc FROM t"
    "   JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal"
    "   JOIN pg_catalog.pg_proc p ON p.oid = g.tgfoid"};

static void add(struct catalogue *c, enum fact_kind kind, const char *table, const char *key,
                const char *value)
{
    c->facts[c->n++] = (struct fact){kind, table, key ? key : "", value ? value : ""};
}

/* What a trigger does, without its name: everything behind "CREATE TRIGGER name". */
static const char *trigger_key(struct pool *p, struct str sql)
{
    struct str rest = str_of(ddl_normalise(p, sql));
    for (int i = 0; i < 3 && rest.p; i++) {
        (void)str_cut(&rest, ' ');
    }
    return rest.p ? rest.p : "";
}

static int add_sqlite_texts(struct db *db, struct pool *p, struct catalogue *c, struct err *e)
{
    struct rows texts;
    int rc = db_rows(db, p, &texts_sqlite, NO_ARGS, &texts, e);
    if (rc) {
        return rc;
    }
    size_t room = c->n + texts.n;
    const char ***checks = pool_calloc(p, texts.n, sizeof *checks);
    size_t *n_checks = pool_calloc(p, texts.n, sizeof *n_checks);
    ROWS_EACH (i, texts) {
        if (str_eq(row_str(&texts, i, 0), STR("table"))) {
            n_checks[i] = ddl_checks(p, row_str(&texts, i, 2), &checks[i]);
            room += n_checks[i];
        }
    }
    struct fact *facts = pool_calloc(p, room, sizeof *facts);
    if (c->n) {
        memcpy(facts, c->facts, c->n * sizeof *facts);
    }
    c->facts = facts;
    ROWS_EACH (i, texts) {
        const char *table = row_text(&texts, i, 1);
        for (size_t k = 0; k < n_checks[i]; k++) {
            add(c, FACT_CHECK, table, checks[i][k], "");
        }
        if (str_eq(row_str(&texts, i, 0), STR("trigger"))) {
            add(c, FACT_TRIGGER, table, trigger_key(p, row_str(&texts, i, 2)), "");
        }
    }
    return 0;
}

int catalogue_read(struct db *db, struct pool *p, struct catalogue *out, struct err *e)
{
    bool sqlite = db_engine(db) == STORE_SQLITE;
    struct rows rows;
    int rc = db_rows(db, p, sqlite ? &facts_sqlite : &facts_postgres, NO_ARGS, &rows, e);
    if (rc) {
        return rc;
    }
    struct catalogue c = {.facts = pool_calloc(p, rows.n, sizeof(struct fact))};
    ROWS_EACH (i, rows) {
        add(&c, (enum fact_kind)row_i64(&rows, i, 1), row_text(&rows, i, 0), row_text(&rows, i, 2),
            row_text(&rows, i, 3));
    }
    rc = sqlite ? add_sqlite_texts(db, p, &c, e) : 0;
    if (rc == 0) {
        *out = c;
    }
    return rc;
}
