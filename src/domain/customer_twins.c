/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Personal columns may be sealed in the database, so likeness is looked for here: each customer
 * gives up to four hashes, and who has one in common lies side by side once they are sorted.
 */
#include "domain/customer_twins.h"

#include <stdlib.h>

#include "base/fold.h"
#include "domain/phone.h"

#define REASONS 4
#define SEVEN 7

const char *const twin_reasons[REASONS + 1] = {"email", "phone", "name_and_phone", "name_and_email",
                                               NULL};

struct mark {
    uint64_t hash;
    int64_t id;
    enum twin_reason reason;
};

struct looking {
    const char *country;
    bool of_one;
    uint64_t wanted[REASONS]; /* of_one: theirs; 0: they have none */
    struct mark *marks;
    size_t n, room;
};

struct person {
    struct str name, phone, email;
};

static uint64_t of_number(const struct person *c, const char *country)
{
    char number[PHONE_BYTES];
    bool is_one = c->phone.n && phone_normalize(c->phone, country, number, NULL) == 0;
    return is_one ? fold_hash(str_of(number), TWIN_PHONE + 1) : 0;
}

static uint64_t of_name_and_number(const struct person *c)
{
    char last[SEVEN];
    size_t n = 0;
    for (size_t i = c->phone.n; i > 0 && n < SEVEN; i--) {
        char digit = c->phone.p[i - 1];
        if (digit >= '0' && digit <= '9') {
            last[n++] = digit;
        }
    }
    return n < SEVEN
               ? 0
               : fold_hash(c->name, fold_hash((struct str){last, n}, TWIN_NAME_AND_PHONE + 1));
}

static uint64_t of_name_and_address(const struct person *c)
{
    ptrdiff_t at = str_index(c->email, '@', 0);
    return at <= 0 ? 0
                   : fold_hash(c->name, fold_hash((struct str){c->email.p, (size_t)at},
                                                  TWIN_NAME_AND_EMAIL + 1));
}

static void hashes_of(const struct person *c, const char *country, uint64_t out[REASONS])
{
    bool named = c->name.n && !str_eq(c->name, c->phone) && !str_eq(c->name, c->email);
    out[TWIN_EMAIL] = c->email.n ? fold_hash(c->email, TWIN_EMAIL + 1) : 0;
    out[TWIN_PHONE] = of_number(c, country);
    out[TWIN_NAME_AND_PHONE] = named ? of_name_and_number(c) : 0;
    out[TWIN_NAME_AND_EMAIL] = named ? of_name_and_address(c) : 0;
}

static void look(void *arg, const struct rows *r)
{
    struct looking *l = arg;
    uint64_t hashes[REASONS];
    const struct person c = {row_str(r, 0, 1), row_str(r, 0, 2), row_str(r, 0, 3)};
    hashes_of(&c, l->country, hashes);
    for (size_t i = 0; i < REASONS; i++) {
        bool wanted = hashes[i] && (!l->of_one || hashes[i] == l->wanted[i]);
        if (wanted && l->n < l->room) {
            l->marks[l->n++] = (struct mark){hashes[i], row_i64(r, 0, 0), (enum twin_reason)i};
        }
    }
}

/* Like ones together; the surest reason, and the newest, first. */
static int by_likeness(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    if (x->reason != y->reason) {
        return x->reason < y->reason ? -1 : 1;
    }
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return x->id > y->id ? -1 : x->id < y->id;
}

static int by_age(const void *a, const void *b)
{
    const struct customer_twins *x = a, *y = b;
    return x->one > y->one ? -1 : x->one < y->one;
}

static bool are_distinct(const struct rows *distinct, int64_t id, int64_t one, int64_t other)
{
    ROWS_EACH (i, *distinct) {
        int64_t low = row_i64(distinct, i, 0);
        if (id ? low == (one == id ? other : one)
               : low == MIN_OF(one, other) &&
                     row_i64(distinct, i, 1) == (one < other ? other : one)) {
            return true;
        }
    }
    return false;
}

struct gathering {
    struct customer_twins *twins;
    size_t n, limit;
    const struct rows *distinct;
    int64_t id;
};

static void gather(struct gathering *g, const struct mark *a, const struct mark *b)
{
    bool concerns = g->id == 0 || a->id == g->id || b->id == g->id;
    if (!concerns || a->id == b->id || g->n == g->limit ||
        are_distinct(g->distinct, g->id, a->id, b->id)) {
        return;
    }
    for (size_t i = 0; i < g->n; i++) {
        if (g->twins[i].one == a->id && g->twins[i].other == b->id) {
            return; /* for a surer reason */
        }
    }
    g->twins[g->n++] = (struct customer_twins){a->id, b->id, a->reason};
}

static int marks_of_one(struct db *db, struct pool *p, int64_t *id, struct looking *l,
                        struct err *e)
{
    struct customer c;
    int rc = customers_get(db, p, *id, &c, e);
    if (rc == 0) {
        const struct person one = {c.name, c.phone, c.email};
        hashes_of(&one, l->country, l->wanted);
        l->of_one = true;
        *id = c.id;
    }
    return rc;
}

int customer_twins_find(struct db *db, struct pool *p, int64_t id, const char *country,
                        size_t limit, struct customer_twins **out, size_t *n_out, struct err *e)
{
    struct looking l = {.country = country,
                        .room = id ? 4096 : REASONS * (size_t)CUSTOMER_TWINS_LOOKED_AT};
    struct rows distinct;
    int rc = id ? marks_of_one(db, p, &id, &l, e) : 0;
    rc = rc < 0 ? rc : customer_distinct_of(db, p, id, &distinct, e);
    if (rc < 0) {
        return rc;
    }
    l.marks = calloc(l.room, sizeof *l.marks);
    if (!l.marks) {
        return err_set(e, ERR_FULL, "there is not enough memory to compare customers");
    }
    rc = customers_each(db, p, CUSTOMER_TWINS_LOOKED_AT, look, &l, e);
    struct gathering g = {pool_calloc(p, limit, sizeof(struct customer_twins)), 0, limit, &distinct,
                          id};
    if (rc == 0) {
        qsort(l.marks, l.n, sizeof *l.marks, by_likeness);
    }
    for (size_t i = 0; rc == 0 && i < l.n; i++) {
        for (size_t k = i + 1; k < l.n && l.marks[k].hash == l.marks[i].hash &&
                               l.marks[k].reason == l.marks[i].reason && (id || k == i + 1);
             k++) {
            gather(&g, &l.marks[i], &l.marks[k]);
        }
    }
    free(l.marks);
    if (rc == 0) {
        qsort(g.twins, g.n, sizeof *g.twins, by_age);
        *out = g.twins;
        *n_out = g.n;
    }
    return rc;
}
