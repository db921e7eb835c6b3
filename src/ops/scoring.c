/* SPDX-License-Identifier: Apache-2.0 */
/* Between the store's rows and the scorer, which is pure. */
#include "ops/scoring.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "domain/conversation.h"
#include "domain/outbox.h"
#include "mind/score_model.h"
#include "store/changes.h"
#include "store/messages.h"

#define DETAILS_MAX 4096

static struct score_in input_of(struct pool *p, const struct conversation *c,
                                const struct rows *messages, const struct rows *events)
{
    struct score_message *m = pool_calloc(p, messages->n, sizeof *m);
    size_t n = 0;
    for (size_t i = 0; i < messages->n; i++) {
        struct message row;
        message_from_row(messages, i, &row);
        bool inbound = str_eq(row.direction, STR("inbound"));
        if (!inbound && outbox_was_cancelled(p, row.metadata)) {
            continue; /* the customer never saw it */
        }
        m[n] = (struct score_message){inbound, row.content, {0}};
        if (!wall_parse(row.sent_at, &m[n].at)) {
            m[n].at = (struct wall){0}; /* not known */
        }
        n++;
    }
    struct score_event *ev = pool_calloc(p, events->n, sizeof *ev);
    for (size_t i = 0; i < events->n; i++) {
        struct event_row row;
        event_from_row(events, i, &row);
        ev[i] = (struct score_event){row.event_type.p, row.details};
    }
    return (struct score_in){str_dup(p, c->channel), n, m, events->n, ev};
}

static struct str details_of(struct pool *p, const struct score_out *s)
{
    struct buf b;
    buf_init(&b, DETAILS_MAX);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "scored_by", s->scored_by);
    jw_key(&j, "confidence");
    jw_double(&j, s->confidence);
    jw_kv_text(&j, "reason", s->reason);
    if (s->model) {
        jw_kv_text(&j, "model", s->model);
        jw_kv_i64(&j, "prompt_tokens", s->prompt_tokens);
        jw_kv_i64(&j, "completion_tokens", s->completion_tokens);
    }
    jw_object_end(&j);
    struct str out = buf_failed(&b) ? STR("{}") : (struct str){str_dup(p, buf_str(&b)), b.len};
    buf_clear(&b);
    return out;
}

static int read_all(struct store *store, struct pool *p, const char *conversation_id,
                    struct rows *conversation, struct rows *messages, struct rows *events,
                    struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct arg id = A_TEXT(conversation_id);
    struct query queries[] = {
        conversations_query(&id, conversation),
        messages_query(&id, messages),
        events_query(&id, events),
    };
    int rc = store_borrow(store, &db, e);
    return rc == 0 ? db_many(db, p, queries, ARRAY_SIZE(queries), e) : rc;
}

int scoring_judge(struct store *store, struct model *m, struct pool *p, const char *conversation_id,
                  struct scoring *out, struct err *e)
{
    struct rows conversation, messages, events;
    int rc = read_all(store, p, conversation_id, &conversation, &messages, &events, e);
    if (rc < 0) {
        return rc;
    }
    if (conversation.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no conversation %s", conversation_id);
    }
    messages_in_order(&messages);
    events_in_order(&events);
    struct conversation before;
    conversation_from_row(&conversation, 0, &before);
    struct score_in in = input_of(p, &before, &messages, &events);
    struct score_out s;
    score_take_best(m, p, &in, &s);
    *out = (struct scoring){
        .score = {.satisfaction_score = s.satisfaction,
                  .sentiment = s.sentiment,
                  .outcome = s.outcome,
                  .subject = before.subject.n ? NULL : s.subject, /* a person's own words stay */
                  .ai_summary = s.summary},
        .details = details_of(p, &s),
    };
    return 0;
}

int scoring_write(struct db *db, struct pool *p, const char *conversation_id,
                  const struct scoring *s, struct err *e)
{
    struct wall now = wall_now();
    int rc = conversations_set_score(db, conversation_id, &s->score, now, e);
    if (rc == 0) {
        rc = conversation_add_event(db, p, conversation_id, NULL, "conversation_scored", s->details,
                                    now, NULL, e);
    }
    if (rc == 0) {
        rc = changes_add(db, "conversation", conversation_id, NULL, 0, now, e);
    }
    return rc;
}

struct finishing {
    struct job_run *run;
    const char *conversation_id;
    struct scoring scoring;
};

static int finish(struct db *db, void *arg, struct err *e)
{
    struct finishing *f = arg;
    int rc = jobs_finish(db, f->run->pool, f->run->job, e);
    return rc < 0 ? rc : scoring_write(db, f->run->pool, f->conversation_id, &f->scoring, e);
}

int scoring_job(struct job_run *run, struct err *e)
{
    json_t *payload;
    struct finishing f = {.run = run};
    int rc = json_read(run->pool, run->job->payload, &payload, e);
    if (rc == 0) {
        f.conversation_id = json_get_text(payload, "conversation_id", "");
        rc = scoring_judge(run->store, run->arg, run->pool, f.conversation_id, &f.scoring, e);
    }
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        run->give_up = true;
    }
    return rc < 0 ? rc : store_write(run->store, finish, &f, e);
}
