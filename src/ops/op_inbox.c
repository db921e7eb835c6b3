/* SPDX-License-Identifier: Apache-2.0 */
/* The inbound journal for those who run the server: what came in, and processing it again. */
#include "ops/inbox.h"

#include "base/settings.h"
#include "ops/app.h"
#include "ops/holding.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"

#define IDS_AT_ONCE 500
#define SHOWN_MAX 100

struct inbox_config inbox_config_of(const struct settings *s)
{
    return (struct inbox_config){
        .number = s->twilio_number,
        .burst_us = s->burst_wait * 1000,
        .rules = place_rules_of(s),
        .opt_out_replies = s->opt_out_replies,
        .business_name = s->business_name,
        .machine_message = s->call_machine_message,
        .mail = {.address = s->mail_address,
                 .aliases = s->mail_aliases,
                 .replies = s->mail_replies,
                 .spam_score = (double)s->mail_spam_score,
                 .file_max = s->media_max,
                 .only_proven = s->mail_require_authentication},
        .spool = s->data_dir,
    };
}

bool reconcile_config_of(const struct settings *s, struct reconcile_config *out)
{
    if (!s->twilio_account_sid[0] || !s->twilio_auth_token[0]) {
        return false;
    }
    *out = (struct reconcile_config){
        .provider = &provider_twilio,
        .account = {.api_url = s->twilio_api_url,
                    .account = s->twilio_account_sid,
                    .secret = s->twilio_auth_token,
                    .timeout_ms = (int)s->provider_timeout,
                    .service = s->twilio_messaging_service[0] ? s->twilio_messaging_service : NULL},
        .inbox = inbox_config_of(s),
        .every_us = s->reconcile_every * 60 * US_PER_SECOND,
    };
    return true;
}

/* The members that list and detail share, in the open object. */
static void render_request(struct jw *j, const struct journal_row *r)
{
    jw_kv_text(j, "id", r->entry.id);
    jw_kv_text(j, "provider", r->entry.provider);
    jw_kv_text(j, "kind", r->entry.kind);
    jw_kv_text(j, "provider_id", r->entry.provider_id);
    render_text(j, "received_at", r->received_at);
    jw_kv_text(j, "proof", r->entry.proof);
    render_text(j, "state", r->state);
    render_text(j, "error", r->error);
    render_text(j, "message_id", r->message_id);
}

int op_list_inbox(struct op_call *c, struct err *e)
{
    const struct list_inbox_in *in = c->in;
    struct journal_filter filter = {in->provider, in->kind, in->state, in->since};
    const char *at = NULL, *id = NULL;
    struct journal_row *rows = NULL;
    size_t n = 0;
    int rc = in->cursor ? cursor_read(c->pool, in->cursor, &at, &id, e) : 0;
    CLEANUP(store_return) struct db *db = NULL;
    if (rc == 0) {
        rc = store_borrow(c->app->store, &db, e);
    }
    if (rc == 0) {
        rc = journal_page(db, c->pool, &filter, id, in->limit + 1, &rows, &n, e);
    }
    if (rc < 0) {
        return rc;
    }
    bool more = n > (size_t)in->limit;
    n = more ? (size_t)in->limit : n;
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "requests");
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        jw_object(&j);
        render_request(&j, &rows[i]);
        jw_object_end(&j);
    }
    jw_array_end(&j);
    jw_kv_text(&j, "next_cursor",
               more ? cursor_make(c->pool, rows[n - 1].received_at, str_of(rows[n - 1].entry.id))
                    : NULL);
    jw_object_end(&j);
    return 0;
}

int op_show_inbox(struct op_call *c, struct err *e)
{
    const struct show_inbox_in *in = c->in;
    struct journal_row row = {0};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = journal_get(db, c->pool, in->request_id, &row, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    render_request(&j, &row);
    jw_kv_text(&j, "target", row.entry.target);
    jw_kv_raw(&j, "headers", row.entry.headers);
    jw_kv_str(&j, "body", row.entry.body);
    jw_object_end(&j);
    return 0;
}

struct replaying {
    struct op_call *call;
    struct inbox_config config;
    struct pool *pool; /* of one request */
    struct jw j;
    int64_t processed, duplicates, failed, shown;
};

static void tell(struct replaying *r, const char *id, int code, const char *why,
                 const struct inbox_result *result, bool show)
{
    bool duplicate = code == 0 && result->duplicate;
    r->failed += code < 0;
    r->duplicates += duplicate;
    r->processed += code == 0 && !duplicate;
    if ((duplicate && !show) || r->shown == SHOWN_MAX) {
        return;
    }
    r->shown++;
    jw_object(&r->j);
    jw_kv_text(&r->j, "id", id);
    jw_kv_text(&r->j, "result", code < 0 ? "failed" : duplicate ? "duplicate" : "processed");
    jw_kv_text(&r->j, "error", why);
    jw_kv_text(&r->j, "message_id", result->message_id.text[0] ? result->message_id.text : NULL);
    jw_object_end(&r->j);
}

/* One again. An error is the store's, which ends it all; a failure of the request is told. */
static int replay_one(struct replaying *r, const char *id, bool show, struct err *e)
{
    struct inbox_result result = {0};
    struct err why = {0};
    pool_clear(r->pool);
    int rc = inbox_replay(r->call->app->store, r->pool, &r->config, id, &result, &why);
    if (rc < 0 && !result.kept) {
        return err_set(e, rc, "%s", err_text(&why, rc));
    }
    tell(r, id, rc, rc < 0 ? err_text(&why, rc) : NULL, &result, show);
    return 0;
}

/* Of one page: the light ones that stand together are had together. */
struct light_ones {
    const char *ids[INBOX_TOGETHER_MAX];
    size_t n;
};

static int replay_light(struct replaying *r, struct light_ones *l, struct err *e)
{
    struct inbox_outcome out[INBOX_TOGETHER_MAX];
    size_t n = l->n;
    pool_clear(r->pool);
    int rc = inbox_replay_all(r->call->app->store, r->pool, &r->config, l->ids, n, out, e);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        tell(r, l->ids[i], out[i].code, out[i].why, &out[i].result, false);
    }
    l->n = 0;
    return rc;
}

static int replay_page(struct replaying *r, const struct rows *ids, const char *end, struct err *e)
{
    struct light_ones l = {.n = 0};
    int rc = 0;
    for (size_t i = 0; i < ids->n && rc == 0; i++) {
        const char *id = row_text(ids, i, 0);
        if (strcmp(id, end) > 0) {
            break;
        }
        bool light = inbox_is_light(row_text(ids, i, 1), row_text(ids, i, 2));
        if (l.n && (!light || l.n == INBOX_TOGETHER_MAX)) {
            rc = replay_light(r, &l, e);
        }
        if (light) {
            l.ids[l.n++] = id;
        } else if (rc == 0) {
            rc = replay_one(r, id, false, e);
        }
    }
    return rc < 0 || l.n == 0 ? rc : replay_light(r, &l, e);
}

/* In the order in which they came, up to those that come meanwhile. */
static int replay_all(struct replaying *r, const struct journal_filter *filter, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct id end = id_new();
    char after[ID_TEXT_BYTES] = "";
    struct rows ids = {.n = IDS_AT_ONCE};
    int rc = 0;
    while (rc == 0 && ids.n == IDS_AT_ONCE && strcmp(after, end.text) <= 0) {
        pool_clear(p);
        {
            CLEANUP(store_return) struct db *db = NULL;
            rc = store_borrow(r->call->app->store, &db, e);
            if (rc == 0) {
                rc = journal_ids(db, p, filter, after[0] ? after : NULL, IDS_AT_ONCE, &ids, e);
            }
        }
        if (rc == 0 && ids.n) {
            rc = replay_page(r, &ids, end.text, e);
            snprintf(after, sizeof after, "%s", row_text(&ids, ids.n - 1, 0));
        }
    }
    return rc;
}

int op_replay_inbox(struct op_call *c, struct err *e)
{
    const struct replay_inbox_in *in = c->in;
    if (!in->request_id && in->since.us == 0) {
        return err_field(e, ERR_INVALID, "request_id",
                         "say which: a request by its id, or all received since a time");
    }
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct replaying r = {
        .call = c, .config = inbox_config_of(c->app->settings), .pool = p, .j = jw_to(c->out)};
    struct journal_filter filter = {in->provider, in->kind, in->state, in->since};
    jw_object(&r.j);
    jw_key(&r.j, "requests");
    jw_array(&r.j);
    int rc = in->request_id ? replay_one(&r, in->request_id, true, e) : replay_all(&r, &filter, e);
    if (rc < 0) {
        buf_reset(c->out);
        return rc;
    }
    jw_array_end(&r.j);
    jw_kv_i64(&r.j, "processed", r.processed);
    jw_kv_i64(&r.j, "duplicates", r.duplicates);
    jw_kv_i64(&r.j, "failed", r.failed);
    jw_object_end(&r.j);
    return 0;
}

int op_reconcile_inbox(struct op_call *c, struct err *e)
{
    const struct reconcile_inbox_in *in = c->in;
    struct reconcile_config config;
    struct reconcile_found found;
    if (!reconcile_config_of(c->app->settings, &config)) {
        return err_set(e, ERR_CONFLICT,
                       "texts are off: set twilio_account_sid and twilio_auth_token");
    }
    struct http_client *http CLEANUP(http_client_free) = http_client_new();
    int rc = reconcile(c->app->store, http, c->pool, &config, in->since, &found, e);
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "since");
    jw_wall(&j, found.since);
    jw_kv_i64(&j, "listed", found.listed);
    jw_kv_i64(&j, "messages", found.messages);
    jw_kv_i64(&j, "late", found.late);
    jw_kv_i64(&j, "reports", found.reports);
    jw_kv_i64(&j, "failed", found.failed);
    jw_object_end(&j);
    return 0;
}
