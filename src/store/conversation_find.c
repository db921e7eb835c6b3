/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A statement for each way in: the index that leaves the fewest rows. The other filters are
 * compared on what it finds ("is it NULL, or equal"), which no index is ever taken for, so that the
 * way in alone decides the plan. The rows that the list shows are then read by id.
 */
#include "store/conversation_find.h"

#include "base/fold.h"

/* Parameters of all: $1 to $18 as in the table; $19 limit; then of pages $20 offset, $21 and $22
 * the cursor, and $6 who asks. A filter that is NULL lets everything pass. */
/* clang-format off */
#define ANY(n, type) "(CAST($" n " AS " type ") IS NULL OR "
#define FILTERS                                                            \
    ANY("1",  "integer")     "c.customer_id = $1) AND "                    \
    ANY("2",  "varchar(20)") "c.channel = $2) AND "                        \
    ANY("3",  "varchar(50)") "c.status = $3) AND "                         \
    ANY("4",  "{uuid}")      "c.assigned_to = $4) AND "                    \
    "(CAST($5 AS {bool}) = {false} OR c.assigned_to IS NULL) AND "         \
    ANY("7",  "{bool}")      "$7 = EXISTS (SELECT 1 FROM conversation_unreads f WHERE " \
                             "f.user_id = $6 AND f.conversation_id = c.id)) AND " \
    ANY("8",  "varchar(50)") "c.outcome = $8) AND "                        \
    ANY("9",  "varchar(50)") "c.sentiment = $9) AND "                      \
    ANY("10", "{bool}")      "c.needs_person = $10) AND "                  \
    ANY("11", "{uuid}")      "EXISTS (SELECT 1 FROM conversation_tags t WHERE " \
                             "t.tag_id = $11 AND t.conversation_id = c.id)) AND " \
    ANY("12", "{bool}")      "$12 = (c.snoozed_until IS NOT NULL)) AND "   \
    ANY("13", "{time}")      "c.initiated_at >= $13) AND "                 \
    ANY("14", "{time}")      "c.initiated_at < $14) AND "                  \
    ANY("15", "varchar(10)") "c.answered_by = $15) AND "                   \
    ANY("16", "{bool}")      "c.escalated = $16) AND "                     \
    "c.progress >= {as_int $17} AND "                                      \
    ANY("18", "{bool}")      "$18 = (c.prompt_tokens > 0))"
/* clang-format on */

#define FOUND                                                                                      \
    "SELECT c.id, c.last_activity_at, u.name, u.phone, u.email, c.subject, c.initiated_at FROM "
#define IN_ORDER                                                                                   \
    " AND (c.last_activity_at, c.id) < ($21, $22) ORDER BY c.last_activity_at DESC, c.id DESC "    \
    "LIMIT $19 OFFSET $20"
#define PAGE(from, way)                                                                            \
    {                                                                                              \
        FOUND from " LEFT JOIN customers u ON u.id = c.customer_id WHERE " way FILTERS IN_ORDER    \
    }
#define COUNT(from, way)                                                                           \
    {                                                                                              \
        "SELECT count(*) FROM (SELECT 1 FROM " from " WHERE " way FILTERS " LIMIT $19) x"          \
    }

enum way {
    WAY_CUSTOMER,
    WAY_UNREAD,
    WAY_TAG,
    WAY_ASSIGNED,
    WAY_NEEDS_PERSON,
    WAY_BEGUN,
    WAY_OUTCOME,
    WAY_SENTIMENT,
    WAY_STATUS,
    WAY_CHANNEL,
    WAY_ACTIVITY,
    N_WAYS,
};

/* CROSS JOIN: SQLite then begins with the first table, whatever it thinks. */
#define OF_UNREAD "conversation_unreads w CROSS JOIN conversations c"
#define OF_TAG "conversation_tags w CROSS JOIN conversations c"
#define WAYS(X)                                                                                    \
    {                                                                                              \
        [WAY_CUSTOMER] = X("conversations c", "c.customer_id = $1 AND "),                          \
        [WAY_UNREAD] = X(OF_UNREAD, "w.user_id = $6 AND w.conversation_id = c.id AND "),           \
        [WAY_TAG] = X(OF_TAG, "w.tag_id = $11 AND w.conversation_id = c.id AND "),                 \
        [WAY_ASSIGNED] = X("conversations c", "c.assigned_to = $4 AND "),                          \
        [WAY_NEEDS_PERSON] = X("conversations c", "c.needs_person = {true} AND "),                 \
        [WAY_BEGUN] = X("conversations c", "c.initiated_at >= $13 AND c.initiated_at < $14 AND "), \
        [WAY_OUTCOME] = X("conversations c", "c.outcome = $8 AND "),                               \
        [WAY_SENTIMENT] = X("conversations c", "c.sentiment = $9 AND "),                           \
        [WAY_STATUS] = X("conversations c", "c.status = $3 AND "),                                 \
        [WAY_CHANNEL] = X("conversations c", "c.channel = $2 AND "),                               \
        [WAY_ACTIVITY] = X("conversations c", ""),                                                 \
    }

static const struct sql pages[N_WAYS] = WAYS(PAGE);
static const struct sql counts[N_WAYS] = WAYS(COUNT);

#define N_FILTERS 18

static enum way way_of(const struct conversation_wanted *w)
{
    const bool leads[N_WAYS] = {
        [WAY_CUSTOMER] = w->is.customer_id != 0,
        [WAY_UNREAD] = w->unread == CHOICE_YES,
        [WAY_TAG] = w->tag != NULL,
        [WAY_ASSIGNED] = w->assigned_to != NULL,
        [WAY_NEEDS_PERSON] = w->needs_person == CHOICE_YES,
        [WAY_BEGUN] = w->from.us != 0,
        [WAY_OUTCOME] = w->outcome != NULL,
        [WAY_SENTIMENT] = w->sentiment != NULL,
        [WAY_STATUS] = w->is.status != NULL,
        [WAY_CHANNEL] = w->is.channel != NULL,
        [WAY_ACTIVITY] = true,
    };
    enum way way = 0;
    while (!leads[way]) {
        way++;
    }
    return way;
}

/* These find rows in no order, so that all are sorted; of very many, the newest are sooner found by
 * walking through all conversations from the newest on. */
static bool sorts(enum way way)
{
    return way == WAY_UNREAD || way == WAY_TAG || way == WAY_BEGUN;
}

/* Later than anything, so that one statement reads both from the beginning and from a cursor, and
 * both what began in a span and what began since a time. */
#define END_OF_TIME "9999-01-01T00:00:00.000000Z"
#define LAST_UUID "ffffffff-ffff-ffff-ffff-ffffffffffff"

static struct arg choice(enum choice c)
{
    return c == CHOICE_ANY ? A_NULL : A_BOOL(c == CHOICE_YES);
}

static void filter_args(const struct conversation_wanted *w, struct arg out[N_FILTERS])
{
    const struct arg args[N_FILTERS] = {
        A_ID(w->is.customer_id), A_TEXT(w->is.channel),
        A_TEXT(w->is.status),    A_TEXT(w->assigned_to),
        A_BOOL(w->unassigned),   A_TEXT(w->is.user_id),
        choice(w->unread),       A_TEXT(w->outcome),
        A_TEXT(w->sentiment),    choice(w->needs_person),
        A_TEXT(w->tag),          choice(w->snoozed),
        A_WALL(w->from),         w->from.us && !w->to.us ? A_TEXT(END_OF_TIME) : A_WALL(w->to),
        A_TEXT(w->answered_by),  choice(w->escalated),
        A_I64(w->progress),      choice(w->model),
    };
    memcpy(out, args, sizeof args);
}

/* ---- words ---- */

struct looking {
    struct pool *pool;
    const struct conversation_wanted *wanted;
    const struct fold_words *words; /* NULL: none are looked for */
    bool looks;                     /* at each row, beside what the statement compares */
    int64_t from, to;               /* of the matches, those that are the page's */
    int64_t seen, matched;
    struct str *ids; /* of the page */
    size_t n;
    struct str last_at, last_id;        /* the page's last row */
    struct str seen_at, seen_id;        /* the last that was looked at */
    char seen_at_room[WALL_TEXT_BYTES]; /* where those two live */
    char seen_id_room[ID_TEXT_BYTES];
};

static bool is_meant(const struct looking *l, const struct rows *row)
{
    const struct conversation_wanted *w = l->wanted;
    if (w->began && !w->began(w->began_arg, row_wall(row, 0, 6))) {
        return false;
    }
    if (!l->words) {
        return true;
    }
    struct str texts[] = {row_str(row, 0, 2), row_str(row, 0, 3), row_str(row, 0, 4),
                          row_str(row, 0, 5)};
    return fold_words_in(l->words, texts, ARRAY_SIZE(texts));
}

static struct str keep(char *room, size_t bytes, struct str s)
{
    snprintf(room, bytes, STR_FMT, STR_ARG(s));
    return str_of(room);
}

static void look(void *arg, const struct rows *row)
{
    struct looking *l = arg;
    struct str id = row_str(row, 0, 0), at = row_str(row, 0, 1);
    l->seen++;
    l->seen_at = keep(l->seen_at_room, sizeof l->seen_at_room, at);
    l->seen_id = keep(l->seen_id_room, sizeof l->seen_id_room, id);
    if (!is_meant(l, row) || l->matched++ < l->from || l->matched > l->to) {
        return;
    }
    l->last_at = (struct str){str_dup(l->pool, at), at.n};
    l->last_id = (struct str){str_dup(l->pool, id), id.n};
    l->ids[l->n++] = l->last_id;
}

/* ---- the page ---- */

static int read_rows(struct db *db, struct pool *p, const struct looking *l, const char *user_id,
                     struct conversation_found *out, struct err *e)
{
    struct query *queries = pool_calloc(p, l->n + 1, sizeof *queries);
    struct rows *rows = pool_calloc(p, l->n + 1, sizeof *rows);
    struct arg(*args)[2] = pool_calloc(p, l->n + 1, sizeof *args);
    for (size_t i = 0; i < l->n; i++) {
        args[i][0] = A_STR(l->ids[i]);
        args[i][1] = A_TEXT(user_id);
        queries[i] = (struct query){&conversations_list_row, args[i], 2, .rows = &rows[i]};
    }
    int rc = l->n ? db_many(db, p, queries, l->n, e) : 0;
    out->rows = pool_calloc(p, l->n + 1, sizeof *out->rows);
    for (size_t i = 0; rc == 0 && i < l->n; i++) {
        if (rows[i].n) { /* else it was deleted just now */
            conversation_from_row(&rows[i], 0, &out->rows[out->n++]);
        }
    }
    return rc;
}

static int count(struct db *db, struct pool *p, enum way way, const struct arg *filters,
                 struct conversation_found *out, struct err *e)
{
    struct arg args[N_FILTERS + 1];
    memcpy(args, filters, N_FILTERS * sizeof *args);
    args[N_FILTERS] = A_I64(FIND_COUNTED + 1);
    struct rows rows;
    int rc = db_rows(db, p, &counts[way], args, ARRAY_SIZE(args), &rows, e);
    if (rc == 0) {
        out->total = row_i64(&rows, 0, 0);
        out->more_than_total = out->total > FIND_COUNTED;
    }
    return rc;
}

static int run(struct db *db, struct pool *p, enum way way, const struct arg *filters,
               const struct page_at *at, struct looking *l, struct err *e)
{
    struct arg args[N_FILTERS + 4];
    int64_t skip = at->cursor_at ? 0 : (at->page - 1) * at->page_size;
    memcpy(args, filters, N_FILTERS * sizeof *args);
    args[N_FILTERS] = A_I64(l->looks ? FIND_LOOKED_AT : at->page_size + 1);
    args[N_FILTERS + 1] = A_I64(l->looks ? 0 : skip);
    args[N_FILTERS + 2] = A_TEXT(at->cursor_at ? at->cursor_at : END_OF_TIME);
    args[N_FILTERS + 3] = A_TEXT(at->cursor_at ? at->cursor_id : LAST_UUID);
    l->from = l->looks ? skip : 0;
    l->to = l->from + at->page_size;
    struct query q = {&pages[way], args, ARRAY_SIZE(args), .each = look, .arg = l};
    return db_many(db, p, &q, 1, e);
}

int conversations_find(struct db *db, struct pool *p, const struct conversation_wanted *w,
                       const struct page_at *at, struct conversation_found *out, struct err *e)
{
    struct arg filters[N_FILTERS];
    struct looking l = {.pool = p, .ids = pool_calloc(p, (size_t)at->page_size, sizeof *l.ids)};
    enum way way = way_of(w);
    int rc = 0;
    filter_args(w, filters);
    *out = (struct conversation_found){0};
    l.wanted = w;
    l.words = w->words ? fold_words_of(p, str_of(w->words)) : NULL;
    l.looks = l.words || w->began;
    if (!l.looks || sorts(way)) {
        rc = count(db, p, way, filters, out, e);
    }
    if (sorts(way) && out->more_than_total) {
        way = WAY_ACTIVITY;
    }
    if (rc == 0) {
        rc = run(db, p, way, filters, at, &l, e);
    }
    if (rc < 0) {
        return rc;
    }
    out->more = l.matched > l.to;
    out->last_at = l.last_at;
    out->last_id = l.last_id;
    if (l.looks) {
        bool stopped = l.seen == FIND_LOOKED_AT;
        out->total = l.matched;
        out->more_than_total = stopped;
        if (!out->more && stopped) { /* the next page goes on where this one stopped looking */
            out->more = true;
            out->last_at = (struct str){str_dup(p, l.seen_at), l.seen_at.n};
            out->last_id = (struct str){str_dup(p, l.seen_id), l.seen_id.n};
        }
    }
    return read_rows(db, p, &l, w->is.user_id, out, e);
}
