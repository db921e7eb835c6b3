/* SPDX-License-Identifier: Apache-2.0 */
/* What the outbox writes, in which order it leaves, and what can be taken back. */
#include "domain/outbox.h"

#include "base/id.h"
#include "domain/conversation.h"
#include "io/thread.h"
#include "store/jobs.h"
#include "store_fixture.h"
#include "tap.h"

#define ROUNDS 40

struct work {
    struct pool *pool;
    struct id conversation, message;
    struct outbox_message out;
    struct wall now;
    struct job *jobs;
    size_t n;
    int cancelled;
    enum outbox_whose whose;
};

static int begin(struct db *db, void *arg, struct err *e)
{
    struct work *w = arg;
    return conversation_begin(db, w->pool, 0, "sms", NULL, STR(""), w->now, &w->conversation, e);
}

static int add(struct db *db, void *arg, struct err *e)
{
    struct work *w = arg;
    return outbox_add(db, w->pool, &w->out, &w->message, e);
}

static int claim(struct db *db, void *arg, struct err *e)
{
    struct work *w = arg;
    struct wall lease_end = {w->now.us + US_PER_SECOND};
    return jobs_claim(db, w->pool, "send", "me", w->now, lease_end, 10, &w->jobs, &w->n, e);
}

static int finish(struct db *db, void *arg, struct err *e)
{
    struct work *w = arg;
    return jobs_finish(db, w->pool, &w->jobs[0], e);
}

static int fail_for_now(struct db *db, void *arg, struct err *e)
{
    struct work *w = arg;
    struct wall later = {w->now.us + 60 * US_PER_SECOND};
    return jobs_retry(db, &w->jobs[0], later, "not now", e);
}

static int give_up(struct db *db, void *arg, struct err *e)
{
    struct work *w = arg;
    return jobs_retry(db, &w->jobs[0], (struct wall){0}, "never", e);
}

static int cancel(struct db *db, void *arg, struct err *e)
{
    struct work *w = arg;
    return outbox_cancel(db, w->pool, w->conversation.text, w->whose, "a person took over", w->now,
                         &w->cancelled, e);
}

static void start(struct fixture *f, struct work *w, struct pool *p)
{
    fixture_init_tables(f);
    *w = (struct work){.pool = p, .now = wall_now()};
    EQ_INT(store_write(f->store, begin, w, NULL), 0);
    w->out = (struct outbox_message){.conversation_id = w->conversation.text,
                                     .channel = CHANNEL_SMS,
                                     .from = "+15550199999",
                                     .to = "+15550100001",
                                     .body = STR("See you at 3"),
                                     .now = w->now};
}

static void say(struct fixture *f, struct work *w, const char *body)
{
    w->out.body = str_of(body);
    EQ_INT(store_write(f->store, add, w, NULL), 0);
}

/* The text of the message that was claimed; "" when none, or more than one, was. */
static const char *claimed(struct fixture *f, struct work *w)
{
    EQ_INT(store_write(f->store, claim, w, NULL), 0);
    return w->n == 1 ? fixture_cell(f->store, pool_printf(w->pool,
                                                          "SELECT m.content FROM jobs j JOIN "
                                                          "communication_messages m ON m.id = "
                                                          "j.message_id WHERE j.id = '%s'",
                                                          w->jobs[0].id.p))
                     : "";
}

TEST(a_message_is_written_with_all_that_belongs_to_it)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct work w;
    start(&f, &w, p);
    w.out.voice = OUTBOX_STAFF;
    w.out.purpose = OUTBOX_STAFF_MESSAGE;
    w.out.user_id = "u1";
    w.out.user_name = "Ann \"A\"";
    w.out.metadata = STR("{\"x\":[1]}");
    say(&f, &w, "It's 20 € + more \xe2\x98\x83");
    EQ_STR(fixture_cell(f.store, "SELECT content FROM communication_messages"),
           "It's 20 € + more \xe2\x98\x83");
    EQ_STR(fixture_cell(f.store, "SELECT direction FROM communication_messages"), "outbound");
    EQ_STR(fixture_cell(f.store, "SELECT delivery_status || to_number || from_number || segments "
                                 "FROM sms_details"),
           "queued+15550100001+155501999991");
    const char *metadata = fixture_cell(f.store, "SELECT metadata FROM communication_messages");
    OK_MSG(strstr(metadata, "staff") && strstr(metadata, "Ann \\\"A\\\"") && strstr(metadata, "x"),
           "%s", metadata);
    EQ_STR(claimed(&f, &w), "It's 20 € + more \xe2\x98\x83");
}

TEST(what_cannot_be_sent_is_not_written)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct work w;
    struct err e = {0};
    start(&f, &w, p);
    struct outbox_message right = w.out;
    struct outbox_message wrong[] = {right, right, right, right, right, right};
    wrong[0].body = STR("");
    wrong[1].body = STR("\xff");
    wrong[2].to = "";
    wrong[3].from = NULL;
    wrong[4].channel = CHANNEL_VOICE;
    wrong[5].channel = CHANNEL_EMAIL; /* without a subject */
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        w.out = wrong[i];
        EQ_INT(store_write(f.store, add, &w, &e), ERR_INVALID);
        OK(e.text[0]);
    }
    EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM communication_messages"), "0");
    EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM jobs"), "0");
}

TEST(an_email_has_its_own_senders_and_details)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct work w;
    start(&f, &w, p);
    w.out.channel = CHANNEL_EMAIL;
    w.out.from = "desk@example.com";
    w.out.to = "ann@example.com";
    w.out.email = (struct outbox_email){.subject = "Your visit", .in_reply_to = "<1@example.com>"};
    say(&f, &w, "At 3");
    EQ_STR(fixture_cell(f.store, "SELECT subject || in_reply_to || body_text FROM email_details"),
           "Your visit<1@example.com>At 3");
    EQ_STR(fixture_cell(f.store, "SELECT kind FROM jobs"), "send_email");
    EQ_INT(store_write(f.store, cancel, &w, NULL), 0);
    EQ_STR(fixture_cell(f.store, "SELECT delivery_status FROM email_details"), "failed");
}

TEST(messages_of_a_conversation_leave_in_order)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct work w;
    start(&f, &w, p);
    say(&f, &w, "one");
    say(&f, &w, "two");
    say(&f, &w, "three");
    EQ_STR(claimed(&f, &w), "one");
    EQ_INT(store_write(f.store, fail_for_now, &w, NULL), 0);
    EQ_STR(claimed(&f, &w), ""); /* held back by the one that failed for now */
    w.now.us += 61 * US_PER_SECOND;
    EQ_STR(claimed(&f, &w), "one");
    EQ_INT(w.jobs[0].attempts, 2);
    EQ_INT(store_write(f.store, give_up, &w, NULL), 0);
    EQ_STR(claimed(&f, &w), "two"); /* one that was given up lets the next go */
    EQ_INT(store_write(f.store, finish, &w, NULL), 0);
    EQ_STR(claimed(&f, &w), "three");
}

TEST(what_is_ordered_for_later_keeps_nothing)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct work w;
    start(&f, &w, p);
    w.out.purpose = OUTBOX_REMINDER;
    w.out.not_before.us = w.now.us + US_PER_DAY;
    say(&f, &w, "tomorrow");
    w.out.purpose = OUTBOX_ANSWER;
    w.out.not_before.us = 0;
    say(&f, &w, "today");
    EQ_STR(claimed(&f, &w), "today");
    struct job *today = w.jobs;
    w.now.us += US_PER_DAY;
    EQ_STR(claimed(&f, &w), ""); /* one at a time all the same */
    w.jobs = today;
    EQ_INT(store_write(f.store, finish, &w, NULL), 0);
    EQ_STR(claimed(&f, &w), "tomorrow");
}

TEST(only_what_nobody_has_begun_is_taken_back)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct work w;
    start(&f, &w, p);
    say(&f, &w, "begun");
    say(&f, &w, "not begun");
    w.out.voice = OUTBOX_STAFF;
    say(&f, &w, "a person's");
    EQ_STR(claimed(&f, &w), "begun");
    EQ_INT(store_write(f.store, cancel, &w, NULL), 0);
    EQ_INT(w.cancelled, 1);
    EQ_STR(fixture_cell(f.store,
                        "SELECT m.content FROM sms_details s JOIN communication_messages m "
                        "ON m.id = s.message_id WHERE s.delivery_status = 'failed' AND "
                        "s.error_message = 'a person took over'"),
           "not begun");
    CLEANUP(store_return) struct db *db = NULL;
    struct message m;
    EQ_INT(store_borrow(f.store, &db, NULL), 0);
    const char *id = fixture_cell(f.store, "SELECT id FROM communication_messages WHERE content = "
                                           "'not begun'");
    EQ_INT(messages_get(db, p, id, &m, NULL), 0);
    OK(outbox_was_cancelled(p, m.metadata));
    id = fixture_cell(f.store, "SELECT id FROM communication_messages WHERE content = 'begun'");
    EQ_INT(messages_get(db, p, id, &m, NULL), 0);
    OK(!outbox_was_cancelled(p, m.metadata));
    store_return(&db);

    EQ_INT(store_write(f.store, fail_for_now, &w, NULL), 0); /* perhaps it was sent: it stays */
    EQ_INT(store_write(f.store, cancel, &w, NULL), 0);
    EQ_INT(w.cancelled, 0);
    w.whose = OUTBOX_OF_ANYBODY;
    EQ_INT(store_write(f.store, cancel, &w, NULL), 0);
    EQ_INT(w.cancelled, 1);
    EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM jobs"), "1");
}

struct racer {
    struct store *store;
    struct work work;
    store_write_fn *fn;
    int rc;
};

static void race(void *arg)
{
    struct racer *r = arg;
    r->rc = store_write(r->store, r->fn, &r->work, NULL);
}

/* Taken back or begun with, never both and never neither. */
TEST(taking_back_and_beginning_do_not_both_happen)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct work w;
    start(&f, &w, p);
    int begun = 0;
    for (int i = 0; i < ROUNDS; i++) {
        CLEANUP(pool_free) struct pool *p1 = pool_new();
        CLEANUP(pool_free) struct pool *p2 = pool_new();
        say(&f, &w, "one of them");
        struct racer taker = {f.store, w, cancel, 0}, sender = {f.store, w, claim, 0};
        taker.work.pool = p1;
        sender.work.pool = p2;
        struct thread *a = thread_start("taker", race, &taker);
        struct thread *b = thread_start("sender", race, &sender);
        thread_join(&a);
        thread_join(&b);
        EQ_INT(taker.rc, 0);
        EQ_INT(sender.rc, 0);
        EQ_INT(taker.work.cancelled + (int)sender.work.n, 1);
        if (sender.work.n) {
            begun++;
            w.jobs = sender.work.jobs;
            EQ_INT(store_write(f.store, finish, &w, NULL), 0);
        }
        EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM jobs"), "0");
    }
    tap_case("%d of %d were begun with", begun, ROUNDS);
}

int main(void)
{
    return tap_run();
}
