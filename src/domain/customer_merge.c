/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both records are locked before anything is looked at, so that a text of the other one's, or a
 * second merge, waits until this one is done and then finds what it came to.
 */
#include "domain/customer_merge.h"

#include "base/id.h"
#include "base/json_read.h"
#include "domain/consent.h"
#include "store/changes.h"
#include "store/consents.h"

/* ---- what they become ---- */

static enum tristate warned(enum tristate a, enum tristate b)
{
    return a == TRI_YES || b == TRI_YES ? TRI_YES
           : a == TRI_NO || b == TRI_NO ? TRI_NO
                                        : TRI_UNKNOWN;
}

/* Who has been here once is no new client. */
static enum tristate is_new(enum tristate a, enum tristate b)
{
    return a == TRI_NO || b == TRI_NO     ? TRI_NO
           : a == TRI_YES || b == TRI_YES ? TRI_YES
                                          : TRI_UNKNOWN;
}

static const char *text_of(struct str s)
{
    return s.n ? s.p : NULL; /* what is read ends in NUL */
}

static const char *first_of(struct str a, struct str b)
{
    return a.n ? a.p : text_of(b);
}

/* Who only wrote so far has the number or the address for a name. */
static bool is_named(const struct customer *c)
{
    return c->name.n && !str_eq(c->name, c->phone) && !str_eq(c->name, c->email);
}

static const char *both_notes(struct pool *p, const struct customer *a, const struct customer *b)
{
    if (!a->notes.n || !b->notes.n || str_eq(a->notes, b->notes)) {
        return first_of(a->notes, b->notes);
    }
    return pool_printf(p, STR_FMT "\n\n" STR_FMT, STR_ARG(a->notes), STR_ARG(b->notes));
}

static void combine(struct pool *p, struct wall now, struct merge_plan *m)
{
    const struct customer *a = &m->kept, *b = &m->other;
    bool other_name = !is_named(a) && is_named(b);
    m->takes_phone = !a->phone.n && b->phone.n;
    m->takes_email = !a->email.n && b->email.n;
    m->result = (struct customer_new){
        .name = other_name ? b->name.p : a->name.p,
        .phone = first_of(a->phone, b->phone),
        .email = first_of(a->email, b->email),
        .notes = both_notes(p, a, b),
        .time_zone = first_of(a->time_zone, b->time_zone),
        .is_new_client = is_new(a->is_new_client, b->is_new_client),
        .has_allergies = warned(a->has_allergies, b->has_allergies),
        .is_pregnant = warned(a->is_pregnant, b->is_pregnant),
        .at = now,
    };
    bool earlier =
        b->created_at.n && (!a->created_at.n || strcmp(b->created_at.p, a->created_at.p) < 0);
    m->created_at = text_of(earlier ? b->created_at : a->created_at);
}

/* ---- consents ---- */

#define ADDRESSES_MAX 32

struct stated {
    const char *address;
    struct rows now; /* consents_current */
};

struct stating {
    struct stated of[ADDRESSES_MAX];
    size_t n;
};

static int state_one(struct db *db, struct pool *p, const char *address, struct stating *s,
                     struct err *e)
{
    if (!address || s->n == ADDRESSES_MAX) {
        return 0;
    }
    struct stated *one = &s->of[s->n++];
    one->address = address;
    return consents_current(db, p, address, NULL, &one->now, e);
}

static int state_all(struct db *db, struct pool *p, const struct rows *records, struct stating *s,
                     struct err *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < records->n; i++) {
        rc = state_one(db, p, text_of(row_str(records, i, 2)), s, e);
        rc = rc < 0 ? rc : state_one(db, p, consent_key(p, text_of(row_str(records, i, 3))), s, e);
    }
    return rc;
}

/* NULL: nothing was ever said. */
static const char *state_of(const struct stated *s, struct str channel, struct str purpose)
{
    ROWS_EACH (i, s->now) {
        if (str_eq(row_str(&s->now, i, 0), channel) && str_eq(row_str(&s->now, i, 1), purpose)) {
            return row_text(&s->now, i, 2);
        }
    }
    return NULL;
}

static bool is_mail(const char *address)
{
    return strchr(address, '@') != NULL;
}

static bool is_planned(const struct merge_plan *m, const char *address, struct str channel,
                       struct str purpose)
{
    for (size_t i = 0; i < m->n_consents; i++) {
        const struct merge_consent *c = &m->consents[i];
        if (strcmp(c->address, address) == 0 && str_eq(str_of(c->channel), channel) &&
            str_eq(str_of(c->purpose), purpose)) {
            return true;
        }
    }
    return false;
}

static void plan_one(struct merge_plan *m, const char *address, struct str channel,
                     struct str purpose, bool granted)
{
    if (m->n_consents < ARRAY_SIZE(m->consents)) {
        m->consents[m->n_consents++] =
            (struct merge_consent){address, channel.p, purpose.p, granted ? "granted" : "none"};
    }
}

/* Advertising needs a consent that is newer than the last refusal of all. */
static int is_sold_to(struct db *db, struct pool *p, const char *address, struct str channel,
                      bool *out, struct err *e)
{
    struct consents_now state;
    int rc = consents_state(db, p, address, channel.p, CONSENT_MARKETING, &state, e);
    if (rc == 0) {
        *out = state.one_granted;
    }
    return rc;
}

/* A refusal holds on every other number, or address, of the same channel. One of all messages ends
 * a consent to advertising too, which is noted so that it can be given back. */
static int spread_refusal(struct db *db, struct pool *p, struct merge_plan *m,
                          const struct stating *s, size_t from, size_t row, struct err *e)
{
    struct str channel = row_str(&s->of[from].now, row, 0);
    struct str purpose = row_str(&s->of[from].now, row, 1), selling = STR(CONSENT_MARKETING);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->n; i++) {
        const struct stated *to = &s->of[i];
        const char *was = state_of(to, channel, purpose);
        bool sold = false;
        if (i == from || is_mail(to->address) != is_mail(s->of[from].address) ||
            is_planned(m, to->address, channel, purpose) || (was && strcmp(was, "revoked") == 0)) {
            continue;
        }
        rc = is_sold_to(db, p, to->address, channel, &sold, e);
        if (rc == 0 && !str_eq(purpose, selling)) {
            plan_one(m, to->address, channel, purpose, was != NULL);
        }
        bool ends = str_eq(purpose, selling) || str_eq(purpose, STR("all"));
        if (rc == 0 && sold && ends && !is_planned(m, to->address, channel, selling)) {
            plan_one(m, to->address, channel, selling, true);
        }
    }
    return rc;
}

static int plan_consents(struct db *db, struct pool *p, struct merge_plan *m, struct err *e)
{
    struct stating *s = pool_calloc(p, 1, sizeof *s);
    int rc = customer_addresses(db, p, m->kept.id, &m->addresses_kept, e);
    rc = rc < 0 ? rc : customer_addresses(db, p, m->other.id, &m->addresses_other, e);
    rc = rc < 0 ? rc : state_all(db, p, &m->addresses_kept, s, e);
    rc = rc < 0 ? rc : state_all(db, p, &m->addresses_other, s, e);
    for (size_t i = 0; rc == 0 && i < s->n; i++) {
        for (size_t k = 0; rc == 0 && k < s->of[i].now.n; k++) {
            if (str_eq(row_str(&s->of[i].now, k, 2), STR("revoked"))) {
                rc = spread_refusal(db, p, m, s, i, k, e);
            }
        }
    }
    return rc;
}

int customer_merge_plan(struct db *db, struct pool *p, int64_t kept_id, int64_t other_id,
                        struct wall now, struct merge_plan *out, struct err *e)
{
    struct merging kept, other;
    if (kept_id == other_id) {
        return err_field(e, ERR_INVALID, "other_id", "these are one customer already");
    }
    int rc = customer_merges_lock(db, p, kept_id, other_id, &kept, &other, e);
    if (rc < 0) {
        return rc;
    }
    if (kept.merged_into || other.merged_into) {
        return err_set(e, ERR_CONFLICT, "customer %lld was merged into %lld already",
                       (long long)(kept.merged_into ? kept_id : other_id),
                       (long long)(kept.merged_into ? kept.merged_into : other.merged_into));
    }
    *out = (struct merge_plan){.kept = kept.row, .other = other.row};
    combine(p, now, out);
    rc = customer_counts_get(db, p, kept_id, &out->kept_has, e);
    rc = rc < 0 ? rc : customer_counts_get(db, p, other_id, &out->other_has, e);
    return rc < 0 ? rc : plan_consents(db, p, out, e);
}

/* ---- doing it ---- */

static json_t *tri_json(enum tristate t)
{
    return t == TRI_UNKNOWN ? json_null() : json_boolean(t == TRI_YES);
}

static json_t *customer_json(const struct customer_new *c, const char *created_at)
{
    return json_pack("{s:s?, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:s?}", "name", c->name,
                     "phone", c->phone, "email", c->email, "notes", c->notes, "time_zone",
                     c->time_zone, "is_new_client", tri_json(c->is_new_client), "has_allergies",
                     tri_json(c->has_allergies), "is_pregnant", tri_json(c->is_pregnant),
                     "created_at", created_at);
}

static struct customer_new as_new(const struct customer *c)
{
    return (struct customer_new){
        .name = c->name.p,
        .phone = text_of(c->phone),
        .email = text_of(c->email),
        .notes = text_of(c->notes),
        .time_zone = text_of(c->time_zone),
        .is_new_client = c->is_new_client,
        .has_allergies = c->has_allergies,
        .is_pregnant = c->is_pregnant,
    };
}

static struct str snapshot_of(struct pool *p, const struct merge_plan *m)
{
    struct customer_new kept = as_new(&m->kept), other = as_new(&m->other);
    json_t *all =
        json_pack("{s:o, s:o, s:o}", "kept", customer_json(&kept, text_of(m->kept.created_at)),
                  "other", customer_json(&other, text_of(m->other.created_at)), "result",
                  customer_json(&m->result, m->created_at));
    struct str text = json_dump_to_pool(p, all);
    json_decref(all);
    return text;
}

static int tell(struct db *db, int64_t kept, int64_t other, const struct rows *open,
                struct wall now, struct err *e)
{
    int rc = changes_add(db, "customer", NULL, NULL, kept, now, e);
    rc = rc < 0 ? rc : changes_add(db, "customer", NULL, NULL, other, now, e);
    rc = rc < 0 ? rc : changes_add(db, "appointment", NULL, NULL, kept, now, e);
    for (size_t i = 0; rc == 0 && open && i < open->n; i++) {
        rc = changes_add(db, "conversation", row_text(open, i, 0), NULL, kept, now, e);
    }
    return rc;
}

static int write_consent(struct db *db, struct pool *p, const struct merge_consent *c, bool granted,
                         const char *id, const char *source, const char *merge_id,
                         const struct merge_actor *who, struct wall now, struct err *e)
{
    const struct consent_change change = {
        .address = c->address,
        .channel = c->channel,
        .purpose = c->purpose,
        .granted = granted,
        .source = source,
        .actor = who->actor,
        .evidence =
            str_of(pool_printf(p, "{\"merge_id\":\"%s\",\"was\":\"%s\"}", merge_id, c->was)),
        .at = now,
        .id = id,
    };
    return consent_write(db, p, &change, e);
}

int customer_merge(struct db *db, struct pool *p, int64_t kept_id, int64_t other_id,
                   const struct merge_actor *who, struct wall now, const char **id_out,
                   struct err *e)
{
    struct merge_plan *m = pool_calloc(p, 1, sizeof *m);
    struct rows open = {0};
    int rc = customer_merge_plan(db, p, kept_id, other_id, now, m, e);
    if (rc < 0) {
        return rc;
    }
    struct id id = id_new();
    const struct customer_merge row = {
        .id = pool_strdup(p, id.text),
        .kept_id = kept_id,
        .merged_id = other_id,
        .actor = who->actor,
        .actor_name = who->name,
        .snapshot = snapshot_of(p, m),
        .at = now,
    };
    rc = customer_merges_insert(db, &row, e);
    rc = rc < 0 ? rc : customer_merges_move(db, p, &row, &open, e);
    rc = rc < 0 ? rc : customer_merges_give(db, other_id, m->takes_phone, m->takes_email, e);
    rc = rc < 0 ? rc : customer_merges_write(db, kept_id, &m->result, m->created_at, e);
    for (size_t i = 0; rc == 0 && i < m->n_consents; i++) {
        struct id consent = id_new();
        rc = write_consent(db, p, &m->consents[i], false, consent.text, "merge", row.id, who, now,
                           e);
        rc = rc < 0 ? rc
                    : customer_merges_add_consent(db, row.id, consent.text, m->consents[i].was, e);
    }
    rc = rc < 0 ? rc : tell(db, kept_id, other_id, &open, now, e);
    if (rc == 0) {
        *id_out = row.id;
    }
    return rc;
}

/* ---- taking it back ---- */

static enum tristate tri_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_boolean(v) ? (json_is_true(v) ? TRI_YES : TRI_NO) : TRI_UNKNOWN;
}

static struct customer_new customer_of(const json_t *o)
{
    return (struct customer_new){
        .name = json_get_text(o, "name", ""),
        .phone = json_get_text(o, "phone", NULL),
        .email = json_get_text(o, "email", NULL),
        .notes = json_get_text(o, "notes", NULL),
        .time_zone = json_get_text(o, "time_zone", NULL),
        .is_new_client = tri_of(o, "is_new_client"),
        .has_allergies = tri_of(o, "has_allergies"),
        .is_pregnant = tri_of(o, "is_pregnant"),
    };
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* What is as the merge left it is as it was before; what was changed since stays. */
static const char *back(const char *now, const char *left, const char *was)
{
    return same(now, left) ? was : now;
}

static enum tristate back_tri(enum tristate now, enum tristate left, enum tristate was)
{
    return now == left ? was : now;
}

static struct customer_new put_back(const struct customer *current, const json_t *snapshot,
                                    struct wall at)
{
    struct customer_new now = as_new(current);
    struct customer_new left = customer_of(json_object_get(snapshot, "result"));
    struct customer_new was = customer_of(json_object_get(snapshot, "kept"));
    return (struct customer_new){
        .name = back(now.name, left.name, was.name),
        .phone = back(now.phone, left.phone, was.phone),
        .email = back(now.email, left.email, was.email),
        .notes = back(now.notes, left.notes, was.notes),
        .time_zone = back(now.time_zone, left.time_zone, was.time_zone),
        .is_new_client = back_tri(now.is_new_client, left.is_new_client, was.is_new_client),
        .has_allergies = back_tri(now.has_allergies, left.has_allergies, was.has_allergies),
        .is_pregnant = back_tri(now.is_pregnant, left.is_pregnant, was.is_pregnant),
        .at = at,
    };
}

/* Is the row that the merge wrote still what decides? */
static int is_newest(struct db *db, struct pool *p, const struct rows *r, size_t i, bool *out,
                     struct err *e)
{
    struct rows now;
    int rc = consents_current(db, p, row_text(r, i, 2), NULL, &now, e);
    *out = false;
    for (size_t k = 0; rc == 0 && k < now.n; k++) {
        *out |= str_eq(row_str(&now, k, 6), row_str(r, i, 0));
    }
    return rc;
}

/* Where nothing had been said it was as good as a consent. */
static int give_consents_back(struct db *db, struct pool *p, const char *merge_id,
                              const struct merge_actor *who, struct wall now, struct err *e)
{
    struct rows r;
    int rc = customer_merges_consents(db, p, merge_id, &r, e);
    for (size_t i = 0; rc == 0 && i < r.n; i++) {
        bool newest = false;
        rc = is_newest(db, p, &r, i, &newest, e);
        const struct merge_consent c = {row_text(&r, i, 2), row_text(&r, i, 3), row_text(&r, i, 4),
                                        row_text(&r, i, 1)};
        if (rc == 0 && newest) {
            rc = write_consent(db, p, &c, true, NULL, "unmerge", merge_id, who, now, e);
        }
    }
    return rc;
}

static int check_undo(const struct customer_merge_row *m, const struct merging *kept,
                      const struct merging *merged, struct err *e)
{
    if (m->undone_at.n) {
        return err_set(e, ERR_CONFLICT, "this merge is undone already");
    }
    if (kept->merged_into || merged->merged_into != m->kept_id) {
        return err_set(e, ERR_CONFLICT,
                       "the customer was merged into another since; undo that first");
    }
    return 0;
}

int customer_merge_undo(struct db *db, struct pool *p, const char *merge_id,
                        const struct merge_actor *who, struct wall now, int64_t *kept_out,
                        int64_t *merged_out, struct err *e)
{
    struct customer_merge_row m;
    struct merging kept, merged;
    json_t *snapshot = NULL;
    int rc = customer_merges_get(db, p, merge_id, &m, e);
    rc = rc < 0 ? rc : customer_merges_lock(db, p, m.kept_id, m.merged_id, &kept, &merged, e);
    rc = rc < 0 ? rc : check_undo(&m, &kept, &merged, e);
    rc = rc < 0 ? rc : json_read(p, m.snapshot, &snapshot, e);
    if (rc < 0) {
        return rc;
    }
    struct customer_new one = put_back(&kept.row, snapshot, now);
    struct customer_new other = customer_of(json_object_get(snapshot, "other"));
    other.at = now;
    const json_t *was = json_object_get(snapshot, "kept");
    rc = customer_merges_write(db, m.kept_id, &one, json_get_text(was, "created_at", NULL), e);
    rc = rc < 0 ? rc : customer_merges_write(db, m.merged_id, &other, NULL, e);
    rc = rc < 0 ? rc : customer_merges_move_back(db, &m, who->name, now, e);
    rc = rc < 0 ? rc : give_consents_back(db, p, merge_id, who, now, e);
    rc = rc < 0 ? rc : tell(db, m.kept_id, m.merged_id, NULL, now, e);
    if (rc == 0) {
        *kept_out = m.kept_id;
        *merged_out = m.merged_id;
    }
    return rc;
}
