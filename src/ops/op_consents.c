/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on consents: the ledger, what holds now, and what staff write into it. */
#include "base/json_read.h"
#include "base/settings.h"
#include "domain/consent.h"
#include "ops/app.h"
#include "ops/holding.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/changes.h"
#include "store/customers.h"

/* Whose: by address, or all addresses of a customer. */
struct whose {
    const char *address, *other;
    int64_t customer_id; /* 0: given by address */
};

static const char *text_of(struct str s)
{
    return s.n ? s.p : NULL; /* what is read ends in NUL */
}

static int find_whose(struct op_call *c, struct db *db, const char *address, int64_t customer_id,
                      struct whose *out, struct err *e)
{
    char normal[CONSENT_ADDRESS_BYTES];
    *out = (struct whose){NULL, NULL, customer_id};
    if (address && customer_id) {
        return err_field(e, ERR_INVALID, "address", "give an address or a customer_id, not both");
    }
    if (address) {
        int rc = consent_address(str_of(address), c->app->settings->country, normal, e);
        out->address = rc == 0 ? pool_strdup(c->pool, normal) : NULL;
        return rc;
    }
    struct customer customer;
    if (!customer_id) {
        return 0;
    }
    int rc = customers_get(db, c->pool, customer_id, &customer, e);
    if (rc == 0) {
        out->address = text_of(customer.phone);
        out->other = consent_key(c->pool, text_of(customer.email));
    }
    return rc;
}

static void render_row(struct jw *j, const struct rows *r, size_t i)
{
    static const char *const names[] = {"id",     "address",  "channel", "purpose", "state",
                                        "source", "evidence", "actor",   "at"};
    jw_object(j);
    for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
        if (strcmp(names[k], "evidence") == 0) {
            jw_kv_raw(j, names[k], row_str(r, i, k + 1));
        } else {
            jw_kv_str(j, names[k], row_str(r, i, k + 1));
        }
    }
    jw_object_end(j);
}

int op_list_consents(struct op_call *c, struct err *e)
{
    const struct list_consents_in *in = c->in;
    struct consents_filter filter = {.channel = in->channel, .limit = in->page_size + 1};
    const char *at, *seq;
    int rc = in->cursor ? cursor_read(c->pool, in->cursor, &at, &seq, e) : 0;
    if (rc == 0 && in->cursor && !str_to_i64(str_of(seq), &filter.before_seq)) {
        rc = err_field(e, ERR_MALFORMED, "cursor", "the cursor is not one of this list");
    }
    CLEANUP(store_return) struct db *db = NULL;
    struct whose who = {0};
    struct rows rows = {0};
    if (rc == 0) {
        rc = store_borrow(c->app->store, &db, e);
    }
    if (rc == 0) {
        rc = find_whose(c, db, in->address, in->customer_id, &who, e);
    }
    bool nowhere = rc == 0 && in->customer_id && !who.address && !who.other;
    if (rc == 0 && !nowhere) {
        filter.address = who.address;
        filter.other = who.other;
        rc = consents_list(db, c->pool, &filter, &rows, e);
    }
    if (rc < 0) {
        return rc;
    }
    size_t n = MIN_OF(rows.n, (size_t)in->page_size);
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "consents");
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        render_row(&j, &rows, i);
    }
    jw_array_end(&j);
    jw_kv_text(&j, "next_cursor",
               rows.n > n ? cursor_make(c->pool, row_str(&rows, n - 1, 9), row_str(&rows, n - 1, 0))
                          : NULL);
    jw_object_end(&j);
    return 0;
}

void render_consents_now(struct jw *j, const struct rows *r)
{
    static const char *const names[] = {"channel", "purpose", "state", "source", "at", "address"};
    jw_key(j, "consent");
    jw_array(j);
    for (size_t i = 0; i < r->n; i++) {
        jw_object(j);
        for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
            jw_kv_str(j, names[k], row_str(r, i, k));
        }
        jw_object_end(j);
    }
    jw_array_end(j);
}

static int answer_now(struct op_call *c, const char *address, int64_t customer_id, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct whose who = {0};
    struct rows rows;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = find_whose(c, db, address, customer_id, &who, e);
    }
    if (rc == 0) {
        rc = consents_current(db, c->pool, who.address, who.other, &rows, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        jw_object(&j);
        render_consents_now(&j, &rows);
        jw_object_end(&j);
    }
    return rc;
}

static int need_somebody(const char *address, int64_t customer_id, struct err *e)
{
    return address || customer_id
               ? 0
               : err_field(e, ERR_INVALID, "address", "give an address or a customer_id");
}

int op_show_consent(struct op_call *c, struct err *e)
{
    const struct show_consent_in *in = c->in;
    int rc = need_somebody(in->address, in->customer_id, e);
    return rc < 0 ? rc : answer_now(c, in->address, in->customer_id, e);
}

/* What granting and revoking have in common. */
struct writing {
    struct op_call *call;
    bool granted;
    const char *address, *channel, *purpose, *source, *reason;
    int64_t customer_id;
    const json_t *evidence;
};

static struct str evidence_of(const struct writing *w)
{
    struct pool *p = w->call->pool;
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 64 << 10);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "reason", w->reason);
    jw_kv_text(&j, "by", w->call->actor->name);
    if (w->evidence) {
        jw_kv_raw(&j, "shown_by", json_dump_to_pool(p, w->evidence));
    }
    jw_object_end(&j);
    return buf_failed(&b) ? (struct str){NULL, 0} : (struct str){str_dup(p, buf_str(&b)), b.len};
}

static int write_it(struct db *db, void *arg, struct err *e)
{
    const struct writing *w = arg;
    struct op_call *c = w->call;
    struct holder actor = holder_of(c->actor);
    struct whose who = {0};
    int rc = find_whose(c, db, w->address, w->customer_id, &who, e);
    if (rc < 0) {
        return rc;
    }
    bool mail = strcmp(w->channel, "email") == 0;
    const char *address = mail && w->customer_id ? who.other : who.address;
    if (!address || mail != (strchr(address, '@') != NULL)) {
        return err_field(e, ERR_INVALID, w->customer_id ? "customer_id" : "address",
                         mail ? "there is no e-mail address for it" : "there is no number for it");
    }
    struct consent_change change = {
        .address = address,
        .channel = w->channel,
        .purpose = w->purpose,
        .granted = w->granted,
        .source = w->source                       ? w->source
                  : c->actor->kind == ACTOR_TOKEN ? "api"
                                                  : "staff",
        .actor = c->actor->kind == ACTOR_COMMAND
                     ? "command"
                     : pool_printf(c->pool, "%s:%s", actor.kind, actor.id),
        .evidence = evidence_of(w),
        .at = wall_now(),
    };
    if (!change.evidence.p) {
        return err_field(e, ERR_TOO_LARGE, "evidence", "the evidence is longer than 64 KiB");
    }
    rc = consent_write(db, c->pool, &change, e);
    return rc < 0 || !who.customer_id
               ? rc
               : changes_add(db, "customer", NULL, NULL, who.customer_id, change.at, e);
}

static int run(struct writing *w, struct err *e)
{
    int rc = need_somebody(w->address, w->customer_id, e);
    if (rc == 0) {
        rc = op_write(w->call, write_it, w, e);
    }
    return rc < 0 ? rc : answer_now(w->call, w->address, w->customer_id, e);
}

int op_grant_consent(struct op_call *c, struct err *e)
{
    const struct grant_consent_in *in = c->in;
    struct writing w = {c,          true,       in->address,     in->channel, in->purpose,
                        in->source, in->reason, in->customer_id, in->evidence};
    return run(&w, e);
}

int op_revoke_consent(struct op_call *c, struct err *e)
{
    const struct revoke_consent_in *in = c->in;
    struct writing w = {c,          false,      in->address,     in->channel, in->purpose,
                        in->source, in->reason, in->customer_id, in->evidence};
    return run(&w, e);
}
