/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and thinking happen outside of the write transaction; the lane keeps the turns of one
 * conversation apart, so nothing that was read can have been changed by another turn.
 */
#include "channels/answer.h"

#include "base/fault.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/metrics.h"
#include "domain/business.h"
#include "domain/channel.h"
#include "domain/conversation.h"
#include "domain/outbox.h"
#include "domain/sms_text.h"
#include "mind/invite.h"
#include "mind/tools.h"
#include "mind/turn_choice.h"
#include "store/changes.h"

struct answering {
    struct job_run *run;
    const struct answer_config *config;
    struct conversation conversation;
    struct message message;    /* the inbound one */
    struct tools_config tools; /* borrowed by in.tools */
    struct turn_in in;
    struct turn_out turn;
    struct str reply;         /* fitted to the channel; n == 0: none */
    const char *calendar_url; /* the link that the reply has; NULL: none */
    struct wall now;
};

#define HISTORY_MAX 60 /* turns of the past that an engine may see */

/* The message that is answered, and what was said before it, oldest first. */
static int take_messages(struct answering *a, struct db *db, struct rows *rows, const char *id,
                         struct err *e)
{
    struct pool *p = a->run->pool;
    messages_in_order(rows);
    size_t end = 0;
    for (; end < rows->n; end++) {
        message_from_row(rows, end, &a->message);
        if (str_eq(a->message.id, str_of(id))) {
            break;
        }
    }
    if (end == rows->n) { /* behind more messages than are read at once, or not there */
        int rc = messages_get(db, p, id, &a->message, e);
        if (rc < 0) {
            return rc;
        }
    }
    size_t from = end > HISTORY_MAX ? end - HISTORY_MAX : 0;
    struct turn_said *said = pool_calloc(p, end - from + 1, sizeof *said);
    size_t n = 0;
    for (size_t i = from; i < end; i++) {
        struct message m;
        message_from_row(rows, i, &m);
        bool inbound = str_eq(m.direction, STR("inbound"));
        if (!inbound && outbox_was_cancelled(p, m.metadata)) {
            continue; /* the customer never saw it */
        }
        said[n] = (struct turn_said){.inbound = inbound,
                                     .content = inbound ? m.content : invite_without(p, m.content)};
        if (!wall_parse(m.sent_at, &said[n].at)) {
            said[n].at = a->now;
        }
        n++;
    }
    a->in.history = said;
    a->in.n_history = n;
    return 0;
}

static int read_all(struct answering *a, struct str *state, struct facts *facts, struct err *e)
{
    struct pool *p = a->run->pool;
    json_t *payload;
    int rc = json_read(p, a->run->job->payload, &payload, e);
    if (rc < 0) {
        return rc;
    }
    struct arg id = A_TEXT(json_get_text(payload, "conversation_id", ""));
    struct rows conversation, states, messages;
    struct query queries[] = {
        conversations_query(&id, &conversation),
        conversations_state_query(&id, &states),
        messages_query(&id, &messages),
    };
    CLEANUP(store_return) struct db *db = NULL;
    rc = store_borrow(a->run->store, &db, e);
    if (rc == 0) {
        rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    }
    if (rc == 0 && conversation.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no conversation " STR_FMT, STR_ARG(id.text));
    }
    if (rc == 0) {
        conversation_from_row(&conversation, 0, &a->conversation);
        *state = states.n ? row_str(&states, 0, 0) : STR("");
        rc = take_messages(a, db, &messages, json_get_text(payload, "message_id", ""), e);
    }
    return rc == 0 ? business_load(db, p, facts, e) : rc;
}

/* A customer who only wrote so far has the number for a name. */
static const char *real_name(const struct conversation *c)
{
    bool none = c->customer_name.n == 0 || str_eq(c->customer_name, c->customer_phone) ||
                str_eq(c->customer_name, c->customer_email);
    return none ? NULL : c->customer_name.p;
}

/* Into so many texts. A link that would be cut is left out. */
static void fit_reply(struct answering *a)
{
    struct pool *p = a->run->pool;
    const char *url = a->turn.calendar_url;
    int most = a->config->sms_max_segments;
    a->reply = sms_fit(p, sms_plain(p, str_of(a->turn.reply)), most);
    if (url && memmem(a->reply.p, a->reply.n, url, strlen(url))) {
        a->calendar_url = url;
    } else if (url) {
        a->reply = sms_fit(p, sms_plain(p, str_of(a->turn.bare_reply)), most);
    }
}

static int think(struct answering *a, struct str state, struct facts *facts, struct err *e)
{
    struct pool *p = a->run->pool;
    if (a->config->business_name[0]) {
        facts->business_name = a->config->business_name;
    }
    if (a->config->time_zone[0]) {
        int rc = business_set_zone(p, facts, a->config->time_zone, e);
        if (rc < 0) {
            return rc;
        }
    }
    a->tools = (struct tools_config){
        .store = a->run->store,
        .facts = facts,
        .now = a->now,
        .customer_id = a->conversation.customer_id,
        .conversation_id = a->conversation.id.p,
        .message_id = a->message.id.p,
        .turn_key = a->message.id.p,
        .calendar = a->config->calendar,
        .again = a->run->job->attempts > 1,
    };
    a->in.text = a->message.content;
    a->in.customer_name = real_name(&a->conversation);
    a->in.customer_phone = a->conversation.customer_phone.p;
    a->in.customer_email = a->conversation.customer_email.p;
    a->in.state = state;
    a->in.facts = facts;
    a->in.tools = tools_new(p, &a->tools);
    a->in.public_url = a->config->public_url;
    a->in.now = a->now;
    if (!channel_of(a->conversation.channel, &a->in.channel)) {
        return err_set(e, ERR_INTERNAL, "the conversation's channel is not known");
    }
    int rc = turn_take_best(a->config->model, p, &a->in, &a->turn, e);
    if (rc == 0) {
        metric_add(METRIC_turns_total, 1);
        if (a->turn.reply && a->turn.reply[0]) {
            fit_reply(a);
        }
    }
    return rc;
}

/* What the engine looked up and did, for staff and for the scorer. */
static int write_calls(struct db *db, struct answering *a, struct err *e)
{
    struct pool *p = a->run->pool;
    int rc = 0;
    for (const struct tool_call *c = tools_calls(a->in.tools); c && rc == 0; c = c->next) {
        CLEANUP(buf_clear) struct buf b;
        buf_init(&b, 65536);
        struct jw j = jw_to(&b);
        jw_object(&j);
        jw_kv_text(&j, "name", c->name);
        jw_kv_bool(&j, "success", !c->failed);
        jw_kv_raw(&j, "args", json_dump_to_pool(p, c->args));
        jw_kv_raw(&j, "result", json_dump_to_pool(p, c->result));
        jw_object_end(&j);
        rc = conversation_add_event(db, p, a->conversation.id.p, a->message.id.p, "function_called",
                                    buf_str(&b), a->now, NULL, e);
    }
    return rc;
}

/* Once for a turn, however often the calendar could not be asked. */
static int write_unchecked(struct db *db, struct answering *a, struct err *e)
{
    const struct tool_call *c = tools_calls(a->in.tools);
    while (c && !c->unchecked) {
        c = c->next;
    }
    if (!c) {
        return 0;
    }
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 4096);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "what", "calendar");
    jw_kv_text(&j, "text", c->unchecked);
    jw_object_end(&j);
    return conversation_add_event(db, a->run->pool, a->conversation.id.p, a->message.id.p, "error",
                                  buf_str(&b), a->now, NULL, e);
}

static int write_events(struct db *db, struct answering *a, struct err *e)
{
    int rc = write_calls(db, a, e);
    if (rc == 0) {
        rc = write_unchecked(db, a, e);
    }
    for (const struct turn_event *ev = a->turn.events; ev && rc == 0; ev = ev->next) {
        rc = conversation_add_event(db, a->run->pool, a->conversation.id.p, a->message.id.p,
                                    ev->type, ev->details, a->now, NULL, e);
    }
    if (rc == 0 && a->turn.state.n) {
        rc = conversations_put_state(db, a->conversation.id.p, a->turn.state, a->now, e);
    }
    return rc;
}

/* Who answered, what a language model needed for it, and the link that the reply has. */
static struct str metadata_of(const struct answering *a)
{
    const struct turn_usage *u = &a->turn.usage;
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1000);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "answered_by", a->turn.engine);
    if (u->model) {
        jw_kv_text(&j, "model", u->model);
        jw_kv_i64(&j, "prompt_tokens", u->prompt_tokens);
        jw_kv_i64(&j, "completion_tokens", u->completion_tokens);
        jw_kv_i64(&j, "latency_ms", u->latency_ms);
    }
    if (a->calendar_url) {
        jw_kv_text(&j, "calendar_url", a->calendar_url);
    }
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(a->run->pool, buf_str(&b)), b.len};
}

/* The reply goes back to whom the text came from, from the number that it came to. */
static int write_reply(struct db *db, struct answering *a, struct err *e)
{
    struct outbox_message reply = {
        .conversation_id = a->conversation.id.p,
        .channel = a->in.channel,
        .from = a->message.sms.to_number.p,
        .to = a->message.sms.from_number.p,
        .body = a->reply,
        .voice = OUTBOX_ASSISTANT,
        .purpose = OUTBOX_ANSWER,
        .now = a->now,
        .metadata = metadata_of(a),
    };
    return outbox_add(db, a->run->pool, &reply, NULL, e);
}

static int write_all(struct db *db, void *arg, struct err *e)
{
    struct answering *a = arg;
    int rc = jobs_finish(db, a->run->pool, a->run->job, e);
    if (rc == 0 && a->message.processed) {
        return 0; /* answered in a former life */
    }
    if (rc == 0) {
        rc = messages_set_processed(db, a->message.id.p, NULL, e);
    }
    if (rc == 0) {
        rc = write_events(db, a, e);
    }
    if (rc == 0 && a->turn.subject && a->conversation.subject.n == 0) {
        struct conversation_score known = {.subject = a->turn.subject};
        rc = conversations_set_score(db, a->conversation.id.p, &known, a->now, e);
    }
    if (rc == 0 && a->reply.n && a->message.has_sms) {
        rc = write_reply(db, a, e);
    }
    if (rc == 0 && a->turn.ends && str_eq(a->conversation.status, STR("active"))) {
        rc = conversation_complete(db, a->run->pool, a->conversation.id.p, "completed", "assistant",
                                   a->now, e);
    }
    return rc;
}

int answer_job(struct job_run *run, struct err *e)
{
    struct answering a = {.run = run, .config = run->arg, .now = wall_now()};
    struct facts facts = {0};
    struct str state = {0};
    fault_point("turn_begun");
    int rc = read_all(&a, &state, &facts, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        run->give_up = true; /* erased meanwhile, or not a job of ours: no other try helps */
        return rc;
    }
    if (rc == 0) {
        rc = think(&a, state, &facts, e);
    }
    fault_point("turn_taken");
    return rc < 0 ? rc : store_write(run->store, write_all, &a, e);
}
