/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What PostgreSQL's SQLSTATEs mean to us: our code, a sentence, and whether a retry may help. The
 * server's own sentences quote values, which may be personal; ours name constraints, tables and
 * columns only.
 */
#include "store/pg_private.h"

struct meaning {
    const char *state; /* the whole SQLSTATE, or its class (the first two characters) */
    int code;
    enum pg_trouble trouble;
    const char *text;
};

/* The first row that fits counts. */
static const struct meaning meanings[] = {
    {"23505", ERR_CONFLICT, PG_FAILED, "There is already a row with this value"},
    {"23P01", ERR_CONFLICT, PG_FAILED, "It overlaps a row that is there already"},
    {"23502", ERR_INVALID, PG_FAILED, "A required value is missing"},
    {"23503", ERR_INVALID, PG_FAILED, "It refers to a row that is not there, or is referred to"},
    {"23", ERR_INVALID, PG_FAILED, "A value is not allowed by a rule of the table"},
    {"22", ERR_INVALID, PG_FAILED, "A value has the wrong form or size for its column"},
    {"54", ERR_INVALID, PG_FAILED, "A value or statement is too large for the database"},
    {"40001", ERR_UNAVAILABLE, PG_AGAIN, "The database is too busy with the same rows; try again"},
    {"40P01", ERR_UNAVAILABLE, PG_AGAIN, "The database is too busy with the same rows; try again"},
    {"55P03", ERR_UNAVAILABLE, PG_FAILED, "A row stayed locked for too long; try again"},
    {"57014", ERR_UNAVAILABLE, PG_FAILED, "A statement took too long and was stopped; try again"},
    {"53100", ERR_FULL, PG_FAILED, "The database's disk is full"},
    {"53", ERR_UNAVAILABLE, PG_FAILED, "The database is out of resources; try again later"},
    {"57P", ERR_UNAVAILABLE, PG_LOST, "The database is restarting or ended the connection"},
    {"08", ERR_UNAVAILABLE, PG_LOST, "The connection to the database broke"},
    {"25P03", ERR_UNAVAILABLE, PG_LOST, "The transaction was idle for too long and was ended"},
    /* After a failover the old address may be a standby: another connection may find the new one.
     */
    {"25006", ERR_UNAVAILABLE, PG_LOST, "The database accepts no writes just now"},
    {"26000", ERR_INTERNAL, PG_LOST,
     "The database does not know a statement that was prepared: behind a pooler that pools "
     "transactions, set database_prepared to off"},
    {"42P05", ERR_INTERNAL, PG_LOST,
     "The database knows a statement that was not prepared: behind a pooler that pools "
     "transactions, set database_prepared to off"},
};

static const struct meaning *meaning_of(const char *state)
{
    for (size_t i = 0; i < ARRAY_SIZE(meanings); i++) {
        if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0) {
            return &meanings[i];
        }
    }
    return NULL;
}

static const char *detail(const PGresult *r, int field)
{
    const char *text = PQresultErrorField(r, field);
    return text ? text : "";
}

/* A plan made before a migration changed the table; a fresh connection makes a new one. */
static bool is_stale_plan(const PGresult *r, const char *state)
{
    return strcmp(state, "0A000") == 0 &&
           strcmp(detail(r, PG_DIAG_SOURCE_FUNCTION), "RevalidateCachedQuery") == 0;
}

int pg_error_of_result(const PGresult *r, enum pg_trouble *trouble_out, struct err *e)
{
    const char *state = detail(r, PG_DIAG_SQLSTATE);
    const struct meaning *m = meaning_of(state);
    if (m) {
        const char *table = detail(r, PG_DIAG_TABLE_NAME);
        const char *part = detail(r, PG_DIAG_CONSTRAINT_NAME);
        part = *part ? part : detail(r, PG_DIAG_COLUMN_NAME);
        *trouble_out = m->trouble;
        if (*table || *part) {
            return err_set(e, m->code, "%s (%s%s%s)", m->text, table, *table && *part ? ": " : "",
                           part);
        }
        return err_set(e, m->code, "%s (SQLSTATE %s)", m->text, state);
    }
    if (is_stale_plan(r, state)) {
        *trouble_out = PG_LOST;
        return err_set(e, ERR_UNAVAILABLE, "The tables have just changed; try again");
    }
    *trouble_out = PG_FAILED;
    if (strncmp(state, "42", 2) == 0) { /* our own statement: names, no values */
        return err_set(e, ERR_INTERNAL, "The database refused a statement: %s (SQLSTATE %s)",
                       detail(r, PG_DIAG_MESSAGE_PRIMARY), state);
    }
    return err_set(e, ERR_INTERNAL, "The database could not run a statement (SQLSTATE %s)",
                   *state ? state : "missing");
}

int pg_error_of_connection(const PGconn *pq, const char *what, struct err *e)
{
    struct str text = str_of(pq ? PQerrorMessage(pq) : "out of memory");
    struct str line = str_trim(str_cut(&text, '\n'));
    return err_set(e, ERR_UNAVAILABLE, "%s: " STR_FMT, what, STR_ARG(line));
}
