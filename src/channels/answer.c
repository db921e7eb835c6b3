/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and thinking happen outside of the write transaction; the lane keeps the turns of one
 * conversation apart, so nothing that was read can have been changed by another turn. What others
 * change meanwhile (a person takes the conversation over, another text arrives) is looked at with
 * the conversation locked, in the transaction that would write the reply.
 */
#include "channels/answer.h"

#include "base/fault.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/metrics.h"
#include "channels/mail_signed.h"
#include "domain/attachment.h"
#include "domain/business.h"
#include "domain/channel.h"
#include "domain/consent.h"
#include "domain/consent_hear.h"
#include "domain/conversation.h"
#include "domain/hold.h"
#include "domain/mail_thread.h"
#include "domain/outbox.h"
#include "domain/sms_text.h"
#include "domain/waiting.h"
#include "mind/invite.h"
#include "mind/tools.h"
#include "mind/turn_choice.h"
#include "store/changes.h"
#include "store/customers.h"

/* What becomes of a turn. */
enum verdict {
    VERDICT_ANSWER,
    VERDICT_LISTEN, /* a person has the conversation: noted, not answered */
    VERDICT_LEAVE,  /* to the next text's turn */
    VERDICT_DONE,   /* answered in a former life */
};

struct answering {
    struct job_run *run;
    const struct answer_config *config;
    struct conversation conversation;
    struct message message;     /* the inbound one, the last of texts */
    struct mail_state mail;     /* the same, when it is an e-mail */
    struct waiting_texts texts; /* what is answered */
    struct hold_row hold;
    bool later;                /* another text waits, as it was read */
    bool again;                /* it was listened to before, while a person had the conversation */
    struct str state;          /* as it was read */
    struct tools_config tools; /* borrowed by in.tools */
    struct turn_in in;
    struct turn_out turn;
    struct str reply;         /* fitted to the channel; n == 0: none */
    const char *calendar_url; /* the link that the reply has; NULL: none */
    bool opted_out;           /* by this turn: the reply confirms it */
    const char *refusal;      /* why the customer may not be answered; NULL: they may */
    struct wall now;
    enum verdict verdict; /* of the transaction */
};

#define HISTORY_MAX 60 /* turns of the past that an engine may see */

static struct turn_said said_in(struct answering *a, const struct message *m)
{
    struct pool *p = a->run->pool;
    bool inbound = str_eq(m->direction, STR("inbound"));
    struct turn_said said = {
        .inbound = inbound,
        .colleague = !inbound && outbox_is_of_staff(p, m->metadata),
        .content = inbound ? m->content : invite_without(p, m->content),
    };
    if (!wall_parse(m->sent_at, &said.at)) {
        said.at = a->now;
    }
    return said;
}

/* Is it one of the texts that are answered now? */
static bool is_answered_now(const struct answering *a, size_t row)
{
    for (size_t i = 0; i < a->texts.n; i++) {
        if (a->texts.rows[i] == row) {
            return true;
        }
    }
    return false;
}

/* What was said before the message of row `end`, oldest first. */
static void take_history(struct answering *a, const struct rows *rows, size_t end)
{
    size_t from = end > HISTORY_MAX ? end - HISTORY_MAX : 0;
    struct turn_said *said = pool_calloc(a->run->pool, end - from + 1, sizeof *said);
    size_t n = 0;
    for (size_t i = from; i < end; i++) {
        struct message m;
        message_from_row(rows, i, &m);
        bool unseen =
            str_eq(m.direction, STR("outbound")) && outbox_was_cancelled(a->run->pool, m.metadata);
        if (!unseen && !is_answered_now(a, i)) {
            said[n++] = said_in(a, &m);
        }
    }
    a->in.history = said;
    a->in.n_history = n;
}

/* The texts that are answered, and what was said before them. */
static int take_messages(struct answering *a, struct db *db, struct rows *rows, const char *id,
                         struct err *e)
{
    struct pool *p = a->run->pool;
    messages_in_order(rows);
    /* What a person has left is answered together in any case: it has one job. */
    waiting_with(p, rows, id, a->again || a->config->burst_max_us > 0, &a->texts);
    size_t end = rows->n;
    if (a->texts.n) {
        a->message = a->texts.list[a->texts.n - 1];
        end = a->texts.rows[a->texts.n - 1];
    } else { /* behind more messages than are read at once, or not there */
        int rc = messages_get(db, p, id, &a->message, e);
        if (rc < 0) {
            return rc;
        }
        size_t *row = pool_alloc(p, sizeof *row);
        *row = end;
        a->texts = (struct waiting_texts){1, &a->message, row, a->now, a->now};
    }
    take_history(a, rows, end);
    return 0;
}

/* The files that came with the texts that are answered. */
static void take_files(struct answering *a, const struct rows *files)
{
    ROWS_EACH (i, *files) {
        struct attachment file;
        attachment_from_row(files, i, &file);
        for (size_t k = 0; k < a->texts.n; k++) {
            if (!str_eq(file.message_id, a->texts.list[k].id)) {
                continue;
            }
            if (a->in.n_files++ == 0) {
                a->in.file_kind = attachment_kind_of(file.declared_type);
            }
        }
    }
}

static int read_all(struct answering *a, struct facts *facts, struct err *e)
{
    struct pool *p = a->run->pool;
    json_t *payload;
    int rc = json_read(p, a->run->job->payload, &payload, e);
    if (rc < 0) {
        return rc;
    }
    struct arg id = A_TEXT(json_get_text(payload, "conversation_id", ""));
    struct rows conversation, states, messages, hold, waiting, files;
    struct query queries[] = {
        conversations_query(&id, &conversation), conversations_state_query(&id, &states),
        messages_query(&id, &messages),          holds_query(&id, &hold),
        messages_waiting_query(&id, &waiting),   attachments_query(&id, &files),
    };
    a->again = json_get_bool(payload, "again", false);
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
        hold_from_row(&hold, &a->hold);
        a->state = states.n ? row_str(&states, 0, 0) : STR("");
        rc = take_messages(a, db, &messages, json_get_text(payload, "message_id", ""), e);
    }
    if (rc == 0) {
        take_files(a, &files);
        a->later = waiting_later(&waiting, &a->message).p != NULL;
    }
    if (rc == 0 && a->message.has_email) {
        rc = mails_get(db, p, a->message.id.p, &a->mail, e);
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

/* Whom a reply goes to; NULL: nowhere, as there is no address. */
static const char *customer_address(const struct answering *a)
{
    return a->message.has_sms     ? a->message.sms.from_number.p
           : a->message.has_email ? a->mail.from_address.p
                                  : NULL;
}

/* Into so many texts. A link that would be cut is left out. */
static void fit_reply(struct answering *a)
{
    struct pool *p = a->run->pool;
    const char *url = a->turn.calendar_url;
    if (a->in.channel == CHANNEL_EMAIL || a->in.channel == CHANNEL_WEB) { /* there is room */
        a->reply = str_of(a->turn.reply);
        a->calendar_url = url;
        return;
    }
    int most = a->config->sms_max_segments;
    a->reply = sms_fit(p, sms_plain(p, str_of(a->turn.reply)), most);
    if (url && memmem(a->reply.p, a->reply.n, url, strlen(url))) {
        a->calendar_url = url;
    } else if (url) {
        a->reply = sms_fit(p, sms_plain(p, str_of(a->turn.bare_reply)), most);
    }
}

/* What the turn is given. */
static int prepare(struct answering *a, struct facts *facts, struct err *e)
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
        .again = a->again || a->run->job->attempts > 1,
    };
    a->in.text = waiting_text(p, &a->texts);
    a->in.customer_name = real_name(&a->conversation);
    a->in.customer_phone = a->conversation.customer_phone.p;
    a->in.customer_email = a->conversation.customer_email.p;
    a->in.state = a->state;
    a->in.note = a->hold.note.p;
    a->in.facts = facts;
    a->in.tools = tools_new(p, &a->tools);
    a->in.public_url = a->config->public_url;
    a->in.now = a->now;
    if (!channel_of(a->conversation.channel, &a->in.channel)) {
        return err_set(e, ERR_INTERNAL, "the conversation's channel is not known");
    }
    a->in.state = turn_rejoined(p, &a->in);
    return 0;
}

static bool is_emergency(const struct answering *a)
{
    return a->turn.intent && strcmp(a->turn.intent, "emergency") == 0;
}

/* A person has the conversation: what was said is understood, nothing is looked up or done, and
 * staff are told only what they must not miss. */
static int listen(struct answering *a, struct err *e)
{
    a->in.tools = NULL;
    int rc = turn_engine_local.take(a->run->pool, &a->in, &a->turn, e);
    a->in.tools = tools_new(a->run->pool, &a->tools); /* whose calls are none */
    a->turn.reply = NULL;
    a->turn.ends = false;
    a->turn.state = (struct str){NULL, 0};
    struct turn_event **at = &a->turn.events;
    while (rc == 0 && *at) {
        bool drop = strcmp((*at)->type, "escalation_requested") == 0 && !is_emergency(a);
        if (drop) {
            *at = (*at)->next;
        } else {
            at = &(*at)->next;
        }
    }
    return rc;
}

static int think(struct answering *a, struct facts *facts, struct err *e)
{
    int rc = prepare(a, facts, e);
    if (rc < 0) {
        return rc;
    }
    if (hold_is_on(&a->hold, a->now)) {
        return listen(a, e);
    }
    rc = turn_take_best(a->config->model, a->run->pool, &a->in, &a->turn, e);
    if (rc == 0) {
        metric_add(METRIC_turns_total, 1);
        if (a->turn.reply && a->turn.reply[0]) {
            fit_reply(a);
        }
    }
    return rc;
}

/* Has the turn changed anything that stands without its reply? */
static bool has_acted(const struct answering *a)
{
    const struct tool_call *c = a->in.tools ? tools_calls(a->in.tools) : NULL;
    while (c && !c->wrote) {
        c = c->next;
    }
    return c != NULL;
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

/* "Please stop texting me": nobody writes there any more, but to confirm it. */
static int revoke(struct db *db, struct answering *a, struct err *e)
{
    struct consent_heard heard = {
        .channel = channel_name(a->in.channel),
        .conversation_id = a->conversation.id.p,
        .message_id = a->message.id.p,
        .provider_id = a->message.has_sms ? a->message.sms.provider_message_id.p
                                          : a->mail.provider_message_id.p,
        .from = consent_key(a->run->pool, customer_address(a)),
        .body = a->message.content,
        .now = a->now,
    };
    a->opted_out = true;
    return heard.from ? consent_hear_sentence(db, a->run->pool, &heard, e) : 0;
}

static int write_events(struct db *db, struct answering *a, struct err *e)
{
    int rc = write_calls(db, a, e);
    if (rc == 0) {
        rc = write_unchecked(db, a, e);
    }
    for (const struct turn_event *ev = a->turn.events; ev && rc == 0; ev = ev->next) {
        if (a->again && strcmp(ev->type, "intent_detected") == 0) {
            continue; /* it was noted when it was listened to */
        }
        rc = conversation_add_event(db, a->run->pool, a->conversation.id.p, a->message.id.p,
                                    ev->type, ev->details, a->now, NULL, e);
        if (rc == 0 && strcmp(ev->type, "opt_out") == 0) {
            rc = revoke(db, a, e);
        }
    }
    if (rc == 0 && a->turn.state.n && a->verdict == VERDICT_ANSWER) {
        rc = conversations_put_state(db, a->conversation.id.p, a->turn.state, a->state, a->now, e);
    }
    return rc;
}

/* Who answered which texts, what a language model needed for it, and the link that the reply has.
 * stands: the reply may not be withdrawn any more. */
static struct str metadata_of(const struct answering *a)
{
    const struct turn_usage *u = &a->turn.usage;
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 16384);
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
    jw_key(&j, "answers");
    jw_array(&j);
    for (size_t i = 0; i < a->texts.n; i++) {
        jw_str(&j, a->texts.list[i].id);
    }
    jw_array_end(&j);
    if (has_acted(a) || is_emergency(a) || a->turn.ends) {
        jw_kv_bool(&j, "stands", true);
    }
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(a->run->pool, buf_str(&b)), b.len};
}

/* The customer wrote, but may not be answered there: a person has to find another way. */
static int withhold(struct db *db, struct answering *a, const char *why, struct err *e)
{
    struct pool *p = a->run->pool;
    const char *conversation = a->conversation.id.p, *message = a->message.id.p;
    int rc = consent_note_withheld(db, p, conversation, message, CONSENT_ANSWER, why, a->now, e);
    return rc < 0 ? rc
                  : conversation_add_event(db, p, conversation, message, "escalation_requested",
                                           STR("{\"reason\":\"opted_out\"}"), a->now, NULL, e);
}

/* The reply goes back to whom the message came from, from the address that it came to. */
static int write_reply(struct db *db, struct answering *a, struct err *e)
{
    struct outbox_message reply = {
        .conversation_id = a->conversation.id.p,
        .channel = a->in.channel,
        .from = a->message.has_email ? a->mail.to_address.p : a->message.sms.to_number.p,
        .to = customer_address(a),
        .body = a->reply,
        .voice = OUTBOX_ASSISTANT,
        .purpose = a->opted_out ? OUTBOX_CONFIRMATION : OUTBOX_ANSWER,
        .now = a->now,
        .metadata = metadata_of(a),
    };
    struct err why = {0};
    int rc = 0;
    if (a->message.has_email) {
        rc = mail_thread_next(a->run->pool, &a->mail, &reply.email, &why);
    }
    if (rc == 0) {
        rc = outbox_add(db, a->run->pool, &reply, NULL, &why);
    }
    if (rc == ERR_OPTED_OUT) {
        return withhold(db, a, why.text, e);
    }
    return rc < 0 ? err_set(e, rc, "%s", err_text(&why, rc)) : 0;
}

/* May the answer be left to the turn of a text that came later? */
static int may_leave(struct db *db, struct answering *a, const struct standing *s, bool *out,
                     struct err *e)
{
    struct pool *p = a->run->pool;
    struct str later = waiting_later(&s->waiting, &a->message);
    int64_t patience_us = a->texts.first_at.us + a->config->burst_max_us - wall_now().us;
    *out = false;
    if (!later.p || patience_us <= 0 || has_acted(a) || is_emergency(a)) {
        return 0;
    }
    struct rows jobs; /* a text that a program has added has none, and would never be answered */
    int rc = jobs_untried(db, p, a->run->job->lane.p, &jobs, e);
    for (size_t i = 0; rc == 0 && i < jobs.n; i++) {
        struct str payload = row_str(&jobs, i, 1);
        *out = *out || memmem(payload.p, payload.n, later.p, later.n);
    }
    return rc;
}

/* With the conversation locked. */
static int judge(struct db *db, struct answering *a, struct err *e)
{
    struct standing s;
    int rc = hold_standing(db, a->run->pool, a->conversation.id.p, wall_now(), &s, e);
    if (rc < 0) {
        return rc;
    }
    a->verdict = VERDICT_ANSWER;
    if (!waiting_has(&s.waiting, a->message.id)) {
        a->verdict = VERDICT_DONE;
        return 0;
    }
    for (size_t i = 0; i < a->texts.n; i++) {
        if (!waiting_has(&s.waiting, a->texts.list[i].id)) {
            return err_set(e, ERR_CONFLICT, "some of the texts were answered meanwhile");
        }
    }
    if (s.held) {
        a->verdict = VERDICT_LISTEN;
        return 0;
    }
    bool leave;
    rc = may_leave(db, a, &s, &leave, e);
    if (rc == 0 && leave) {
        a->verdict = VERDICT_LEAVE;
    }
    return rc;
}

/* Whoever writes e-mails without a name beside the address goes by the one that they sign with. */
static int name_customer(struct db *db, const struct answering *a, struct err *e)
{
    struct pool *p = a->run->pool;
    int64_t id = a->conversation.customer_id;
    bool wanted = a->message.has_email && id && !a->in.customer_name && !has_acted(a);
    const char *name = wanted ? mail_signed_name(p, a->in.text, a->mail.text) : NULL;
    if (!name) {
        return 0;
    }
    int rc = customers_set_name(db, id, name, a->now, e);
    return rc < 0 ? rc : changes_add(db, "customer", NULL, NULL, id, a->now, e);
}

static int write_turn(struct db *db, struct answering *a, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; i < a->texts.n && rc == 0; i++) {
        rc = messages_set_processed(db, a->texts.list[i].id.p, NULL, e);
    }
    if (rc == 0 && a->refusal) {
        return withhold(db, a, a->refusal, e);
    }
    if (rc == 0) {
        rc = write_events(db, a, e);
    }
    if (rc == 0 && a->turn.subject && a->conversation.subject.n == 0) {
        struct conversation_score known = {.subject = a->turn.subject};
        rc = conversations_set_score(db, a->conversation.id.p, &known, a->now, e);
    }
    rc = rc < 0 ? rc : name_customer(db, a, e);
    if (rc < 0 || a->verdict != VERDICT_ANSWER) {
        return rc;
    }
    if (a->reply.n && (customer_address(a) || a->in.channel == CHANNEL_WEB)) {
        rc = write_reply(db, a, e);
    }
    if (rc == 0 && a->turn.ends && str_eq(a->conversation.status, STR("active"))) {
        rc = conversation_complete(db, a->run->pool, a->conversation.id.p, "completed", "assistant",
                                   a->now, e);
    }
    return rc;
}

/* a->refusal: why the customer may not be answered; NULL: they may. */
static int ask_consent(struct answering *a, struct err *e)
{
    struct pool *p = a->run->pool;
    const char *channel = a->conversation.channel.p;
    struct consent_verdict v;
    CLEANUP(store_return) struct db *db = NULL;
    if (!customer_address(a)) {
        return 0;
    }
    int rc = store_borrow(a->run->store, &db, e);
    if (rc == 0) {
        rc = consent_check(db, p, customer_address(a), channel, CONSENT_ANSWER, &v, e);
    }
    if (rc == 0 && !v.allowed) {
        a->refusal = consent_refusal(p, &v, channel);
    }
    return rc;
}

static int write_all(struct db *db, void *arg, struct err *e)
{
    struct answering *a = arg;
    int rc = jobs_finish(db, a->run->pool, a->run->job, e);
    if (rc == 0) {
        rc = judge(db, a, e);
    }
    bool listened = hold_is_on(&a->hold, a->now);
    if (rc == 0 && a->verdict == VERDICT_ANSWER && listened) {
        rc = err_set(e, ERR_CONFLICT, "the conversation was handed back meanwhile");
    }
    bool writes = rc == 0 && (a->verdict == VERDICT_ANSWER || a->verdict == VERDICT_LISTEN);
    return writes ? write_turn(db, a, e) : rc;
}

/* Before it is thought about: is it left to a later text's turn? Then the job is done. */
static int leave_to_later(struct db *db, void *arg, struct err *e)
{
    struct answering *a = arg;
    int rc = judge(db, a, e);
    bool over = rc == 0 && (a->verdict == VERDICT_LEAVE || a->verdict == VERDICT_DONE);
    return over ? jobs_finish(db, a->run->pool, a->run->job, e) : rc;
}

int answer_job(struct job_run *run, struct err *e)
{
    struct answering a = {.run = run, .config = run->arg, .now = wall_now()};
    struct facts facts = {0};
    fault_point("turn_begun");
    int rc = read_all(&a, &facts, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        run->give_up = true; /* erased meanwhile, or not a job of ours: no other try helps */
        return rc;
    }
    /* A turn that was begun before may have acted: it must be taken to its end to know that. */
    if (rc == 0 && (a.message.processed || (a.later && run->job->attempts == 1))) {
        rc = store_write(run->store, leave_to_later, &a, e);
        if (rc < 0 || a.verdict == VERDICT_LEAVE || a.verdict == VERDICT_DONE) {
            return rc;
        }
    }
    if (rc == 0) {
        rc = ask_consent(&a, e);
    }
    /* Nothing is done for somebody who cannot be told of it. */
    if (rc == 0 && !a.refusal) {
        rc = think(&a, &facts, e);
    }
    fault_point("turn_taken");
    if (rc == 0) {
        rc = store_write(run->store, write_all, &a, e);
    }
    if (rc == ERR_CONFLICT) { /* not what was read any more: read again, at once */
        run->retry_after_ms = 0;
    }
    return rc;
}
