/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading happens before the transaction, so that it holds up nobody else's. What fails is rolled
 * back whole and then noted in a transaction of its own; between the two a kill loses the note, but
 * then the sender got no answer either.
 */
#include "channels/inbox.h"

#include "base/codec.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/utf8.h"

static const struct inbox_kind *const kinds[] = {
    &inbox_twilio_call,         &inbox_twilio_call_status, &inbox_twilio_recording,
    &inbox_twilio_call_dialled, &inbox_twilio_call_taken,  &inbox_twilio_message,
    &inbox_twilio_status,       &inbox_meta_message,       &inbox_meta_status,
    &inbox_web_message,         &inbox_mail_message,       &inbox_sendgrid_message,
    &inbox_sendgrid_event,
};

#define ENCODING "Body-Encoding"
#define KEPT "Body-Kept"

static const struct inbox_kind *kind_named(const char *provider, const char *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(kinds[i]->provider, provider) == 0 && strcmp(kinds[i]->kind, kind) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}

bool inbox_is_light(const char *provider, const char *kind)
{
    const struct inbox_kind *k = kind_named(provider, kind);
    return k && k->light;
}

struct taking {
    const struct inbox_kind *kind;
    struct inbox_work work;
    struct str headers; /* as they came */
    struct err why;     /* of the failure that is noted */
    int code;           /* and what it was; 0: none until now */
};

/* The headers with one more in front. */
static struct str with_header(struct pool *p, struct str headers, const char *name,
                              const char *value)
{
    bool none = headers.n <= 2; /* {} */
    char *text = pool_printf(p, "{\"%s\":\"%s\"%s" STR_FMT, name, value, none ? "" : ",",
                             (int)(none ? 1 : headers.n - 1), none ? "}" : headers.p + 1);
    return str_of(text);
}

/* What the journal keeps of raw bytes, at most so many of them. */
static void keep_raw(struct inbox_work *w, struct str headers, size_t most)
{
    struct journal_entry *entry = &w->entry;
    struct str kept = entry->raw;
    entry->headers = headers;
    if (kept.n > most) {
        kept = utf8_prefix((struct str){kept.p, kept.n}, most);
        entry->headers = with_header(w->pool, entry->headers, KEPT, "beginning");
    }
    if (utf8_valid(kept)) {
        entry->body = kept;
        return;
    }
    entry->body = str_of(base64_encode(w->pool, kept.p, kept.n));
    entry->headers = with_header(w->pool, entry->headers, ENCODING, "base64");
}

/* Raw bytes out of the journal. */
static void take_raw(struct inbox_work *w)
{
    json_t *headers;
    struct journal_entry *entry = &w->entry;
    if (json_read(w->pool, entry->headers, &headers, NULL)) {
        return;
    }
    w->partial = json_object_get(headers, KEPT) != NULL;
    if (strcmp(json_get_text(headers, ENCODING, ""), "base64") == 0 &&
        !base64_decode(w->pool, entry->body, &entry->raw)) {
        entry->raw = (struct str){NULL, 0};
    }
}

static int apply(struct db *db, void *arg, struct err *e)
{
    struct taking *t = arg;
    struct inbox_work *w = &t->work;
    w->duplicate = w->late = false;
    w->message = NULL;
    int rc = t->kind->apply(db, w, e);
    if (rc == 0 && w->duplicate && w->entry.stored) {
        rc = journal_settle(db, w->entry.id, e);
    }
    return rc;
}

static int note(struct db *db, void *arg, struct err *e)
{
    struct taking *t = arg;
    return journal_fail(db, &t->work.entry, err_text(&t->why, t->code), e);
}

/* The store is at fault, not the request. */
static bool is_stores(int code)
{
    return code == ERR_UNAVAILABLE || code == ERR_FULL || code == ERR_TIMEOUT || code == ERR_IO;
}

/* What could not be named is named by its content, so that it is kept once. */
static const char *name_by_content(struct pool *p, struct str body)
{
    unsigned char digest[SHA256_BYTES];
    sha256(body, digest);
    return pool_printf(p, "sha256:%s", hex_encode(p, digest, sizeof digest));
}

/* Keeps as failed what could not be processed; true when the journal has it. */
static bool keep(struct store *s, struct taking *t)
{
    struct err e = {0};
    struct journal_entry *entry = &t->work.entry;
    size_t n = entry->provider_id ? strlen(entry->provider_id) : 0;
    if (n == 0 || n > JOURNAL_PROVIDER_ID_MAX) {
        entry->provider_id = name_by_content(t->work.pool, entry->raw.p ? entry->raw : entry->body);
    }
    if (is_stores(t->code)) {
        return false;
    }
    if (entry->raw.p && !entry->stored) {
        bool nonsense = t->code == ERR_MALFORMED; /* no later attempt makes anything of it */
        keep_raw(&t->work, t->headers, nonsense ? INBOX_RAW_KEPT_BYTES : SIZE_MAX);
    }
    if (store_write(s, note, t, &e) < 0) {
        return false;
    }
    metric_add(METRIC_webhooks_failed_total, 1);
    log_warn("a provider's request could not be processed and is kept",
             LOG_TEXT("provider", entry->provider), LOG_TEXT("kind", entry->kind),
             LOG_TEXT("why", err_text(&t->why, t->code)));
    return true;
}

/* Its kind, and what read() makes of it; t->code says it, too. */
static int make_sense(struct taking *t)
{
    struct inbox_work *w = &t->work;
    t->kind = kind_named(w->entry.provider, w->entry.kind);
    t->code = t->kind
                  ? t->kind->read(w, &t->why)
                  : err_set(&t->why, ERR_UNSUPPORTED, "requests of kind %s from %s are not known",
                            w->entry.kind, w->entry.provider);
    if (t->code == 0 && w->entry.raw.p && !w->entry.stored) {
        keep_raw(w, t->headers, INBOX_RAW_KEPT_BYTES);
    }
    return t->code;
}

/* What came of it, by t->code; a failure is kept. */
static int conclude(struct store *s, struct taking *t, struct inbox_result *out, struct err *e)
{
    struct inbox_work *w = &t->work;
    *out = (struct inbox_result){.duplicate = w->duplicate, .late = w->late};
    if (t->code < 0) {
        out->kept = keep(s, t);
        if (e) {
            *e = t->why;
        }
        return t->code;
    }
    if (w->message) {
        snprintf(out->message_id.text, sizeof out->message_id.text, "%s", w->message);
    }
    return 0;
}

static int process(struct store *s, struct taking *t, struct inbox_result *out, struct err *e)
{
    if (make_sense(t) == 0) {
        t->code = store_write(s, apply, t, &t->why);
    }
    return conclude(s, t, out, e);
}

struct together {
    struct taking *all;
    size_t n;
};

static bool shares(const struct taking *t)
{
    return t->code == 0 && t->kind->light;
}

static int apply_shared(struct db *db, void *arg, struct err *e)
{
    struct together *g = arg;
    int rc = 0;
    for (size_t i = 0; i < g->n && rc == 0; i++) {
        rc = shares(&g->all[i]) ? apply(db, &g->all[i], e) : 0;
    }
    return rc;
}

/* Those that share a transaction, and each that does not, or could not. */
static int process_all(struct store *s, struct pool *p, struct together *g,
                       struct inbox_outcome *out, struct err *e)
{
    for (size_t i = 0; i < g->n; i++) {
        int failed UNUSED = make_sense(&g->all[i]);
    }
    bool had = g->n > 1 && store_write(s, apply_shared, g, NULL) == 0;
    for (size_t i = 0; i < g->n; i++) {
        struct taking *t = &g->all[i];
        if (t->code == 0 && !(had && shares(t))) {
            t->code = store_write(s, apply, t, &t->why);
        }
        out[i] = (struct inbox_outcome){0};
        out[i].code = conclude(s, t, &out[i].result, NULL);
        if (out[i].code < 0) {
            out[i].why = pool_strdup(p, err_text(&t->why, t->code));
        }
        if (out[i].code < 0 && !out[i].result.kept) {
            return err_set(e, out[i].code, "%s", out[i].why);
        }
    }
    return 0;
}

/* May it be stored at all? Gives it its id. */
static int begin(struct pool *p, const struct inbox_config *config,
                 const struct journal_entry *entry, struct taking *out, struct err *e)
{
    if (!(entry->raw.p || utf8_valid(entry->body)) || !utf8_valid(str_of(entry->target))) {
        return err_set(e, ERR_MALFORMED, "the request is not valid UTF-8");
    }
    if (strlen(entry->target) > JOURNAL_TARGET_MAX) {
        return err_set(e, ERR_TOO_LARGE, "the path and query are longer than %d bytes",
                       JOURNAL_TARGET_MAX);
    }
    *out = (struct taking){.work = {p, config, *entry, .now = wall_now()}};
    if (!entry->id) {
        out->work.entry.id = pool_strdup(p, id_new().text);
    }
    if (entry->headers.n == 0) {
        out->work.entry.headers = STR("{}");
    }
    out->headers = out->work.entry.headers;
    return 0;
}

int inbox_take(struct store *s, struct pool *p, const struct inbox_config *config,
               const struct journal_entry *entry, struct inbox_result *out, struct err *e)
{
    struct taking t = {.code = 0};
    int rc = begin(p, config, entry, &t, e);
    return rc ? rc : process(s, &t, out, e);
}

int inbox_take_all(struct store *s, struct pool *p, const struct inbox_config *config,
                   const struct journal_entry *entries, size_t n, struct inbox_outcome *out,
                   struct err *e)
{
    struct together g = {pool_calloc(p, n, sizeof *g.all), n};
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = begin(p, config, &entries[i], &g.all[i], e);
    }
    return rc < 0 ? rc : process_all(s, p, &g, out, e);
}

static int read_stored(struct store *s, struct pool *p, const struct inbox_config *config,
                       const char *id, struct taking *out, struct err *e)
{
    struct journal_row row;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s, &db, e);
    if (rc == 0) {
        rc = journal_get(db, p, id, &row, e);
    }
    if (rc == 0) {
        *out = (struct taking){.work = {p, config, row.entry, .now = wall_now()}};
        take_raw(&out->work);
    }
    return rc;
}

int inbox_replay(struct store *s, struct pool *p, const struct inbox_config *config, const char *id,
                 struct inbox_result *out, struct err *e)
{
    struct taking t = {.code = 0};
    int rc = read_stored(s, p, config, id, &t, e);
    return rc ? rc : process(s, &t, out, e);
}

int inbox_replay_all(struct store *s, struct pool *p, const struct inbox_config *config,
                     const char *const *ids, size_t n, struct inbox_outcome *out, struct err *e)
{
    struct together g = {pool_calloc(p, n, sizeof *g.all), n};
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = read_stored(s, p, config, ids[i], &g.all[i], e);
    }
    return rc < 0 ? rc : process_all(s, p, &g, out, e);
}
