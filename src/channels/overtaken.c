/* SPDX-License-Identifier: Apache-2.0 */
/* A cheap look first, which nearly always says no; then again with the conversation locked. */
#include "channels/overtaken.h"

#include "base/json_read.h"
#include "domain/conversation.h"
#include "domain/hold.h"
#include "domain/outbox.h"
#include "domain/waiting.h"

struct overtaking {
    struct job_run *run;
    const char *conversation_id, *message_id;
    int64_t burst_max_us;
    bool withdrawn;
};

/* What the reply says of itself in its metadata. */
struct reply_notes {
    bool stands;
    const json_t *answers; /* ids of texts */
};

static int look(struct overtaking *o, bool *may_out, struct err *e)
{
    struct arg id = A_TEXT(o->conversation_id);
    struct rows rows, waiting;
    struct query queries[] = {holds_query(&id, &rows), messages_waiting_query(&id, &waiting)};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(o->run->store, &db, e);
    if (rc == 0) {
        rc = db_many(db, o->run->pool, queries, ARRAY_SIZE(queries), e);
    }
    if (rc == 0) {
        struct hold_row hold;
        hold_from_row(&rows, &hold);
        *may_out = hold_is_on(&hold, wall_now()) || (waiting.n && o->burst_max_us > 0);
    }
    return rc;
}

static int read_notes(struct pool *p, const struct message *m, struct reply_notes *out,
                      struct err *e)
{
    json_t *document;
    int rc = json_read(p, m->metadata.n ? m->metadata : STR("{}"), &document, e);
    if (rc == 0) {
        out->stands = json_get_bool(document, "stands", false);
        out->answers = json_object_get(document, "answers");
    }
    return rc;
}

/* Was the text the last that a turn has taken, and not long ago? Then the state before that turn is
 * still known. */
static bool is_last_turn(const struct overtaking *o, const struct rows *rows, const char *text,
                         struct message *out)
{
    for (size_t i = rows->n; i > 0; i--) {
        message_from_row(rows, i - 1, out);
        struct wall at;
        if (str_eq(out->direction, STR("inbound")) && out->processed) {
            return str_eq(out->id, str_of(text)) && wall_parse(out->sent_at, &at) &&
                   at.us + o->burst_max_us > wall_now().us;
        }
    }
    return false;
}

static bool is_named(const struct rows *jobs, struct str text)
{
    bool named = false;
    for (size_t i = 0; i < jobs->n && !named; i++) {
        struct str payload = row_str(jobs, i, 1);
        named = memmem(payload.p, payload.n, text.p, text.n);
    }
    return named;
}

/*
 * Has no turn begun of any text that waits after `text`? One that has does not know that the texts
 * of this reply will wait again, and would leave them behind it: those that came together may be
 * taken in another order than their times say.
 */
static bool are_untried(const struct rows *waiting, const struct message *text,
                        const struct rows *jobs)
{
    for (size_t i = 0; i < waiting->n; i++) {
        if (waiting_is_later(waiting, i, text) && !is_named(jobs, row_str(waiting, i, 0))) {
            return false;
        }
    }
    return true;
}

/* Are there later texts, of which no turn has begun? Those are kept from beginning. */
static int find_later(struct db *db, struct overtaking *o, const struct standing *s,
                      const struct reply_notes *notes, bool *found_out, struct err *e)
{
    struct pool *p = o->run->pool;
    struct arg id = A_TEXT(o->conversation_id);
    size_t n = json_array_size(notes->answers);
    const char *last = n ? json_string_value(json_array_get(notes->answers, n - 1)) : NULL;
    struct rows rows, jobs;
    struct message text;
    *found_out = false;
    if (notes->stands || !last || o->burst_max_us <= 0 || s->waiting.n == 0) {
        return 0;
    }
    struct query query = messages_query(&id, &rows);
    int rc = db_many(db, p, &query, 1, e);
    if (rc < 0) {
        return rc;
    }
    messages_in_order(&rows);
    struct str later = {NULL, 0};
    if (is_last_turn(o, &rows, last, &text)) {
        later = waiting_later(&s->waiting, &text);
    }
    if (!later.p) {
        return 0;
    }
    rc = jobs_untried(db, p, conversation_lane(p, "turn", o->conversation_id), &jobs, e);
    *found_out = rc == 0 && are_untried(&s->waiting, &text, &jobs);
    return rc;
}

/* The texts wait again, as if their turn had not been taken. */
static int wait_again(struct db *db, struct overtaking *o, const struct reply_notes *notes,
                      struct wall now, struct err *e)
{
    size_t i;
    json_t *text;
    int rc = 0;
    json_array_foreach (notes->answers, i, text) {
        const char *id = json_string_value(text);
        if (rc == 0 && id) {
            rc = messages_set_waiting(db, id, e);
        }
    }
    return rc < 0 ? rc : conversations_restore_state(db, o->run->pool, o->conversation_id, now, e);
}

static int withdraw(struct db *db, void *arg, struct err *e)
{
    struct overtaking *o = arg;
    struct pool *p = o->run->pool;
    struct wall now = wall_now();
    struct standing s;
    struct message reply;
    struct reply_notes notes = {false, NULL};
    bool later = false;
    o->withdrawn = false;
    int rc = hold_standing(db, p, o->conversation_id, now, &s, e);
    if (rc == 0) {
        rc = messages_get(db, p, o->message_id, &reply, e);
    }
    if (rc == 0) {
        rc = read_notes(p, &reply, &notes, e);
    }
    if (rc == 0 && !s.held) {
        rc = find_later(db, o, &s, &notes, &later, e);
    }
    if (rc < 0 || (!s.held && !later) || (s.held && notes.stands)) {
        return rc;
    }
    rc = jobs_finish(db, p, o->run->job, e);
    if (rc == 0) {
        rc = outbox_take_back(db, p, o->message_id,
                              later ? "the customer had written more"
                                    : "a person has taken the conversation over",
                              now, e);
    }
    if (rc == 0 && later) {
        rc = wait_again(db, o, &notes, now, e);
    } else if (rc == 0) {
        rc = conversations_restore_state(db, p, o->conversation_id, now, e);
    }
    o->withdrawn = rc == 0;
    return rc;
}

int overtaken_withdraw(struct job_run *run, const char *conversation_id, const char *message_id,
                       int64_t burst_max_us, bool *withdrawn_out, struct err *e)
{
    struct overtaking o = {run, conversation_id, message_id, burst_max_us, false};
    bool may = false;
    int rc = look(&o, &may, e);
    if (rc == 0 && may) {
        rc = store_write(run->store, withdraw, &o, e);
    }
    if (rc == 0) {
        *withdrawn_out = o.withdrawn;
    }
    return rc;
}
