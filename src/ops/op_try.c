/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A question to the assistant out of the blue, as staff try out what she knows: one turn with no
 * customer, no conversation and no store behind its tools, so that nothing can be sent, kept or
 * booked. Who answers and in what manner is as in earnest (channels/answer.c).
 */
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/settings.h"
#include "domain/business.h"
#include "domain/sms_text.h"
#include "mind/articles.h"
#include "mind/tools.h"
#include "mind/turn_choice.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"

#define MATCHES_MAX 3

static int load_facts(struct op_call *c, struct facts *f, struct err *e)
{
    const struct settings *s = c->app->settings;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = business_load(db, c->pool, f, e);
    }
    if (rc == 0 && s->time_zone[0]) {
        rc = business_set_zone(c->pool, f, s->time_zone, e);
    }
    if (rc == 0 && s->business_name[0]) {
        f->business_name = s->business_name;
    }
    return rc;
}

/* Why a person should look; NULL: none should, or it is not said. */
static const char *reason_of(struct pool *p, const struct turn_out *out)
{
    for (const struct turn_event *ev = out->events; ev; ev = ev->next) {
        json_t *details;
        if (strcmp(ev->type, "escalation_requested") == 0 &&
            json_read(p, ev->details, &details, NULL) == 0) {
            return json_get_text(details, "reason", NULL);
        }
    }
    return NULL;
}

static void render_articles(struct op_call *c, struct jw *j, const struct facts *f,
                            struct str question)
{
    struct article_match matches[MATCHES_MAX];
    size_t n = articles_search(c->pool, f, question, matches, MATCHES_MAX);
    jw_key(j, "articles");
    jw_array(j);
    for (size_t i = 0; i < n; i++) {
        jw_object(j);
        jw_kv_text(j, "key", matches[i].article->key);
        jw_kv_text(j, "question", matches[i].article->question);
        jw_key(j, "score");
        jw_double(j, matches[i].score);
        jw_object_end(j);
    }
    jw_array_end(j);
}

/* As it would arrive: a text within its segments. */
static const char *fitted(struct op_call *c, enum channel channel, const char *reply)
{
    bool text = channel == CHANNEL_SMS || channel == CHANNEL_WHATSAPP;
    int most = (int)c->app->settings->sms_max_segments;
    return text && reply
               ? str_dup(c->pool, sms_fit(c->pool, sms_plain(c->pool, str_of(reply)), most))
               : reply;
}

int op_try_answer(struct op_call *c, struct err *e)
{
    const struct try_answer_in *in = c->in;
    struct facts facts;
    struct turn_out out = {0};
    int rc = load_facts(c, &facts, e);
    struct wall now = wall_now();
    struct tools_config without_store = {.facts = &facts, .now = now};
    struct turn_in turn = {.text = str_of(in->question),
                           .channel = CHANNEL_WEB,
                           .facts = &facts,
                           .tools = tools_new(c->pool, &without_store),
                           .now = now};
    if (rc == 0 && in->channel && !channel_of(str_of(in->channel), &turn.channel)) {
        rc = err_field(e, ERR_INVALID, "channel", "channel is not known");
    }
    if (rc == 0) {
        rc = turn_take_best(c->app->model, c->pool, &turn, &out, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_text(&j, "reply", fitted(c, turn.channel, out.reply));
    jw_kv_text(&j, "intent", out.intent);
    jw_key(&j, "confidence");
    jw_double(&j, out.confidence);
    jw_kv_bool(&j, "wants_person", out.wants_person);
    jw_kv_text(&j, "reason", reason_of(c->pool, &out));
    jw_kv_text(&j, "engine", out.engine);
    render_articles(c, &j, &facts, turn.text);
    jw_object_end(&j);
    return 0;
}
