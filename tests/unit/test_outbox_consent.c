/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last look before a message leaves: what crosses a STOP, what must wait for the morning, and
 * what a provider's refusal teaches.
 */
#include "channels/outbox_consent.h"

#include <stdatomic.h>

#include "domain/consent.h"
#include "domain/conversation.h"
#include "domain/outbox.h"
#include "io/thread.h"
#include "store/customers.h"
#include "store_fixture.h"
#include "tap.h"

#define CUSTOMER "+12125550100" /* New York */
#define BUSINESS "+15550199999"
#define ROUNDS 40

struct sender {
    struct fixture f;
    struct pool *pool;
    struct id conversation, message;
    struct wall now;
    enum outbox_purpose purpose;
    const struct quiet_hours *quiet;
    struct job *jobs;
    size_t n;
    struct sms_state sms;
    struct outbox_leaving leaving;
    const char *code;
    _Atomic bool stopped; /* the STOP is acknowledged */
};

static const struct outbox_night night = {21 * 60, 8 * 60, "America/Chicago"};

static int begin(struct db *db, void *arg, struct err *e)
{
    struct sender *s = arg;
    int64_t customer;
    int rc = customers_find_or_make(db, s->pool, CUSTOMER, s->now, &customer, e);
    return rc < 0 ? rc
                  : conversation_begin(db, s->pool, customer, "sms", NULL, STR(""), s->now,
                                       &s->conversation, e);
}

static int add(struct db *db, void *arg, struct err *e)
{
    struct sender *s = arg;
    struct outbox_message m = {.conversation_id = s->conversation.text,
                               .channel = CHANNEL_SMS,
                               .from = BUSINESS,
                               .to = CUSTOMER,
                               .body = STR("Your appointment is tomorrow at 3."),
                               .voice = OUTBOX_AUTOMATION,
                               .purpose = s->purpose,
                               .quiet = s->quiet,
                               .now = s->now};
    return outbox_add(db, s->pool, &m, &s->message, e);
}

static int claim(struct db *db, void *arg, struct err *e)
{
    struct sender *s = arg;
    struct wall lease_end = {s->now.us + 60 * US_PER_SECOND};
    return jobs_claim(db, s->pool, "send", "me", s->now, lease_end, 10, &s->jobs, &s->n, e);
}

static int stop(struct db *db, void *arg, struct err *e)
{
    struct sender *s = arg;
    struct consent_change c = {CUSTOMER,  "sms",      "all",   false,
                               "keyword", "customer", STR(""), s->now};
    CLEANUP(pool_free) struct pool *p = pool_new();
    return consent_write(db, p, &c, e);
}

static int stay(struct db *db, void *arg, struct err *e)
{
    struct sender *s = arg;
    return outbox_stay(db, s->pool, &s->jobs[0], &s->sms, "answer", &s->leaving, s->now, e);
}

static int learn(struct db *db, void *arg, struct err *e)
{
    struct sender *s = arg;
    return outbox_learn_opt_out(db, s->pool, &s->sms, s->code, s->now, e);
}

static void open_sender(struct sender *s, const char *now)
{
    *s = (struct sender){.pool = pool_new()};
    OK(wall_parse(str_of(now), &s->now));
    fixture_init_tables(&s->f);
    EQ_INT(store_write(s->f.store, begin, s, NULL), 0);
}

static void close_sender(struct sender *s)
{
    fixture_clear(&s->f);
    pool_free(&s->pool);
}

static void write_one(struct sender *s, enum outbox_purpose purpose)
{
    s->purpose = purpose;
    EQ_INT(store_write(s->f.store, add, s, NULL), 0);
}

static void look(struct sender *s, const char *purpose)
{
    {
        CLEANUP(store_return) struct db *db = NULL;
        EQ_INT(store_borrow(s->f.store, &db, NULL), 0);
        EQ_INT(messages_sms_state(db, s->pool, s->message.text, NULL, &s->sms, NULL), 0);
    }
    EQ_INT(
        outbox_may_leave(s->f.store, s->pool, &s->sms, purpose, &night, s->now, &s->leaving, NULL),
        0);
}

TEST(what_was_begun_before_a_stop_is_taken_back_before_it_leaves)
{
    struct sender s;
    open_sender(&s, "2026-01-10T18:00:00Z");
    write_one(&s, OUTBOX_ANSWER);
    EQ_INT(store_write(s.f.store, claim, &s, NULL), 0);
    EQ_INT(s.n, 1);
    look(&s, "answer");
    EQ_INT(s.leaving.leave, LEAVE_NOW);
    EQ_INT(store_write(s.f.store, stop, &s, NULL), 0);
    EQ_STR(fixture_cell(s.f.store, "SELECT state FROM jobs"), "running");
    look(&s, "confirmation");
    EQ_INT(s.leaving.leave, LEAVE_NOW);
    look(&s, "answer");
    EQ_INT(s.leaving.leave, LEAVE_NEVER);
    EQ_STR(s.leaving.why, "the customer has opted out of texts on 2026-01-10");
    EQ_INT(store_write(s.f.store, stay, &s, NULL), 0);
    EQ_STR(fixture_cell(s.f.store, "SELECT count(*) FROM jobs"), "0");
    EQ_STR(fixture_cell(s.f.store, "SELECT delivery_status || error_message FROM sms_details"),
           "failedthe customer has opted out of texts on 2026-01-10");
    EQ_STR(fixture_cell(s.f.store, "SELECT count(*) FROM communication_events WHERE event_type = "
                                   "'message_withheld'"),
           "1");
    close_sender(&s);
}

TEST(a_reminder_waits_for_the_morning)
{
    struct quiet_hours quiet = {21 * 60, 8 * 60, NULL};
    struct sender s;
    open_sender(&s, "2026-01-10T03:00:00Z"); /* ten in the evening */
    write_one(&s, OUTBOX_REMINDER);
    EQ_INT(store_write(s.f.store, claim, &s, NULL), 0);
    look(&s, "answer");
    EQ_INT(s.leaving.leave, LEAVE_NOW);
    look(&s, "reminder");
    EQ_INT(s.leaving.leave, LEAVE_LATER);
    EQ_INT(store_write(s.f.store, stay, &s, NULL), 0);
    EQ_INT(store_write(s.f.store, claim, &s, NULL), 0);
    EQ_INT(s.n, 0);
    write_one(&s, OUTBOX_ANSWER); /* which it does not hold up */
    EQ_INT(store_write(s.f.store, claim, &s, NULL), 0);
    EQ_INT(s.n, 1);
    OK(wall_parse(STR("2026-01-10T13:00:01Z"), &s.now));
    s.quiet = &quiet;
    EQ_INT(fixture_script(s.f.store, "DELETE FROM jobs WHERE state = 'running'"), 0);
    EQ_INT(store_write(s.f.store, claim, &s, NULL), 0);
    EQ_INT(s.n, 1);
    EQ_INT(s.jobs[0].attempts, 1);
    look(&s, "reminder");
    EQ_INT(s.leaving.leave, LEAVE_NOW);
    close_sender(&s);
}

TEST(the_night_counts_when_it_is_written_too)
{
    struct quiet_hours quiet = {21 * 60, 8 * 60, NULL};
    struct sender s;
    open_sender(&s, "2026-01-10T03:00:00Z");
    s.quiet = &quiet;
    write_one(&s, OUTBOX_REMINDER);
    EQ_INT(store_write(s.f.store, claim, &s, NULL), 0);
    EQ_INT(s.n, 0);
    EQ_INT(fixture_script(s.f.store, "UPDATE customers SET time_zone = 'America/Los_Angeles'"), 0);
    s.now.us -= 3600 * US_PER_SECOND; /* six in the evening there */
    write_one(&s, OUTBOX_REMINDER);
    EQ_INT(store_write(s.f.store, claim, &s, NULL), 0);
    EQ_INT(s.n, 1);
    look(&s, "reminder");
    EQ_INT(s.leaving.leave, LEAVE_NOW);
    close_sender(&s);
}

TEST(a_provider_knows_of_opt_outs_too)
{
    struct sender s;
    open_sender(&s, "2026-01-10T18:00:00Z");
    write_one(&s, OUTBOX_ANSWER);
    look(&s, "answer");
    s.code = "30003";
    EQ_INT(store_write(s.f.store, learn, &s, NULL), 0);
    s.code = "";
    EQ_INT(store_write(s.f.store, learn, &s, NULL), 0);
    EQ_STR(fixture_cell(s.f.store, "SELECT count(*) FROM consents"), "0");
    s.code = "21610";
    EQ_INT(store_write(s.f.store, learn, &s, NULL), 0);
    EQ_INT(store_write(s.f.store, learn, &s, NULL), 0);
    EQ_STR(fixture_cell(s.f.store, "SELECT count(*) FROM consents"), "1");
    EQ_STR(fixture_cell(s.f.store, "SELECT source || state || purpose FROM consents"),
           "provider_errorrevokedall");
    OK(strstr(fixture_cell(s.f.store, "SELECT evidence FROM consents"), "21610") != NULL);
    look(&s, "answer");
    EQ_INT(s.leaving.leave, LEAVE_NEVER);
    close_sender(&s);
}

static void stop_soon(void *arg)
{
    struct sender *s = arg;
    EQ_INT(store_write(s->f.store, stop, s, NULL), 0);
    atomic_store(&s->stopped, true);
}

/* Whatever begins after the STOP was acknowledged does not leave, and is not written. */
TEST(a_stop_holds_from_its_acknowledgement_on)
{
    struct sender s;
    open_sender(&s, "2026-01-10T18:00:00Z");
    for (int round = 0; round < ROUNDS; round++) {
        EQ_INT(fixture_script(s.f.store, "DELETE FROM consents; DELETE FROM jobs"), 0);
        atomic_store(&s.stopped, false);
        struct thread *other = thread_start("stop", stop_soon, &s);
        bool after = false;
        while (!after) { /* until it was acknowledged, however late its thread gets to run */
            after = atomic_load(&s.stopped);
            s.purpose = OUTBOX_ANSWER;
            int rc = store_write(s.f.store, add, &s, NULL);
            OK(rc == ERR_OPTED_OUT || (rc == 0 && !after));
            if (rc == 0) { /* else nothing was written that could leave */
                look(&s, "answer");
            }
        }
        thread_join(&other);
        /* What a transaction wrote that did not see it is still there, and the last look finds it.
         */
        EQ_INT(store_write(s.f.store, claim, &s, NULL), 0);
        for (size_t i = 0; i < s.n; i++) {
            look(&s, "answer");
            EQ_INT(s.leaving.leave, LEAVE_NEVER);
        }
    }
    close_sender(&s);
}

int main(void)
{
    return tap_run();
}
