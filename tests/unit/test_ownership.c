/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers: of two people one gets a conversation, of a take-over and a reply of the assistant
 * one is first, and texts in a row are answered once, whatever happens in which order.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fault.h"
#include "channels/answer.h"
#include "channels/inbox.h"
#include "channels/outbox.h"
#include "domain/hold.h"
#include "domain/outbox.h"
#include "io/thread.h"
#include "store/conversations.h"
#include "store_fixture.h"
#include "tap.h"

#define ROUNDS 100
#define LEASE_US (30 * 60 * US_PER_SECOND)
#define COUNT(what) fixture_cell(d.f.store, "SELECT count(*) FROM " what)
#define REPLIES                                                                                    \
    "communication_messages m JOIN sms_details s ON s.message_id = m.id WHERE "                    \
    "m.direction = 'outbound' AND s.delivery_status "

static const struct inbox_config inbox = {
    .number = "+15550199999",
    .burst_us = 900000,
    .rules = {4 * 3600 * US_PER_SECOND, 2 * 3600 * US_PER_SECOND},
};
static struct answer_config answer = {
    .business_name = "", .time_zone = "UTC", .sms_max_segments = 2, .burst_max_us = 60000000};

/* Each thread has a name of its own as the owner of jobs. */
struct desk {
    struct fixture f;
    struct pool *pool;
    int texts;
    const char *conversation;
};

static void desk_init(struct desk *d)
{
    *d = (struct desk){.pool = pool_new()};
    fixture_init_tables(&d->f);
}

static void desk_clear(struct desk *d)
{
    pool_free(&d->pool);
    fixture_clear(&d->f);
}

static void says(struct desk *d, const char *form_text)
{
    struct inbox_result out;
    const char *body =
        pool_printf(d->pool, "MessageSid=SM%032d&From=%%2B15550100001&To=%%2B15550199999&Body=%s",
                    ++d->texts, form_text);
    struct journal_entry entry = {
        .provider = "twilio",
        .kind = "message",
        .target = "/x",
        .headers = STR("{}"),
        .body = str_of(body),
        .proof = "signature",
        .received_at = wall_now(),
    };
    EQ_INT(inbox_take(d->f.store, d->pool, &inbox, &entry, &out, NULL), 0);
    d->conversation = pool_strdup(
        d->pool, fixture_cell(d->f.store, "SELECT id FROM conversations ORDER BY id DESC"));
}

/* ---- jobs, one at a time, without waiting for their time ---- */

struct claiming {
    struct pool *pool;
    const char *kind;
    struct job *jobs;
    size_t n;
};

static int claim(struct db *db, void *arg, struct err *e)
{
    struct claiming *c = arg;
    struct wall soon = {wall_now().us + 3600 * US_PER_SECOND};
    return jobs_claim(db, c->pool, c->kind, "me", soon, (struct wall){soon.us * 2}, 1, &c->jobs,
                      &c->n, e);
}

static _Atomic int sent;
static void send_it(struct http_client *http, struct pool *p, const struct provider_account *a,
                    const struct provider_send *m, struct provider_result *out)
{
    (void)http;
    (void)a;
    (void)m;
    sent++;
    *out = (struct provider_result){.failure = PROVIDER_OK,
                                    .sent = {pool_printf(p, "SMsent%d", sent), "sent", 1}};
}

static const struct provider_ops fake = {.name = "fake", .send = send_it};

/* Runs the next job of a kind; false: there was none. */
static bool work(struct store *s, struct pool *p, const char *kind)
{
    struct outbox_config outbox = {.provider = &fake, .burst_max_us = answer.burst_max_us};
    struct claiming c = {.pool = p, .kind = kind};
    bool turn = strcmp(kind, "turn") == 0;
    EQ_INT(store_write(s, claim, &c, NULL), 0);
    if (c.n == 0) {
        return false;
    }
    struct err e = {0};
    struct job_run run = {.store = s,
                          .pool = p,
                          .job = &c.jobs[0],
                          .arg = turn ? (void *)&answer : (void *)&outbox,
                          .retry_after_ms = -1};
    int rc = turn ? answer_job(&run, &e) : outbox_job(&run, &e);
    EQ_INT(rc, 0);
    if (rc < 0) {
        tap_case("%s: %s", kind, e.text);
    }
    return true;
}

/* ---- people ---- */

struct person {
    struct store *store;
    struct pool *pool;
    const char *conversation, *name;
    bool force, begun;
    int rc;
    struct err e;
};

static int take(struct db *db, void *arg, struct err *e)
{
    struct person *who = arg;
    struct holder holder = {"user", who->name, who->name};
    struct standing s;
    struct wall now = wall_now();
    int rc = hold_standing(db, who->pool, who->conversation, now, &s, e);
    return rc < 0 ? rc
                  : hold_take(db, who->pool, who->conversation, &s, &holder, LEASE_US, who->force,
                              now, &who->begun, e);
}

static int give_back(struct db *db, void *arg, struct err *e)
{
    struct person *who = arg;
    struct holder holder = {"user", who->name, who->name};
    struct standing s;
    struct wall now = wall_now();
    int rc = hold_standing(db, who->pool, who->conversation, now, &s, e);
    return rc < 0 ? rc
                  : hold_give_back(db, who->pool, who->conversation, &s, &holder, false, "a note",
                                   now, e);
}

static void takes(void *arg)
{
    struct person *who = arg;
    who->rc = store_write(who->store, take, who, &who->e);
}

static struct person person_of(struct desk *d, const char *name)
{
    return (struct person){
        .store = d->f.store, .pool = pool_new(), .conversation = d->conversation, .name = name};
}

TEST(of_two_people_one_gets_it)
{
    struct desk d;
    desk_init(&d);
    says(&d, "Hello+there");
    for (int i = 0; i < ROUNDS / 2; i++) {
        struct person ann = person_of(&d, "Ann"), bob = person_of(&d, "Bob");
        struct thread *a = thread_start("ann", takes, &ann);
        struct thread *b = thread_start("bob", takes, &bob);
        thread_join(&a);
        thread_join(&b);
        EQ_INT((ann.rc == 0) + (bob.rc == 0), 1);
        struct person *winner = ann.rc == 0 ? &ann : &bob, *loser = ann.rc == 0 ? &bob : &ann;
        EQ_INT(loser->rc, ERR_CONFLICT);
        EQ_STR(loser->e.text,
               pool_printf(d.pool, "%s has taken this conversation over", winner->name));
        EQ_STR(fixture_cell(d.f.store, "SELECT holder_name FROM conversation_holds"), winner->name);
        EQ_INT(store_write(d.f.store, give_back, winner, NULL), 0);
        pool_free(&ann.pool);
        pool_free(&bob.pool);
    }
    EQ_STR(COUNT("communication_events WHERE event_type = 'taken_over'"),
           pool_printf(d.pool, "%d", ROUNDS / 2));
    desk_clear(&d);
}

struct worker {
    struct store *store;
    struct pool *pool;
};

static void answers(void *arg)
{
    struct worker *w = arg;
    while (work(w->store, w->pool, "turn")) {
    }
    while (work(w->store, w->pool, "send")) {
    }
}

/* However they meet: the text is seen to, and what is sent was sent before the take-over. */
TEST(a_take_over_and_a_reply_do_not_both_happen)
{
    struct desk d;
    desk_init(&d);
    int first = 0;
    for (int i = 0; i < ROUNDS; i++) {
        says(&d, "Do+you+have+parking%3F");
        struct person ann = person_of(&d, "Ann");
        struct worker w = {d.f.store, pool_new()};
        int before = sent;
        struct thread *b = thread_start("worker", answers, &w);
        if (i % 3) { /* at different moments of the turn */
            usleep((useconds_t)(i % 13) * 1000);
        }
        struct thread *a = thread_start("ann", takes, &ann);
        thread_join(&a);
        int sent_then = sent;
        thread_join(&b);
        EQ_INT(ann.rc, 0);
        EQ_INT(ann.begun, true);
        OK_MSG(sent - sent_then <= 1, "%d sent after the take-over", sent - sent_then);
        EQ_STR(COUNT("communication_messages WHERE direction = 'inbound' AND processed = {false}"),
               "0");
        EQ_STR(COUNT("jobs"), "0");
        EQ_STR(COUNT(REPLIES "= 'queued'"), "0");
        first += sent > before;
        EQ_INT(store_write(d.f.store, give_back, &ann, NULL), 0);
        while (work(d.f.store, d.pool, "turn")) {
        }
        while (work(d.f.store, d.pool, "send")) {
        }
        EQ_INT(sent, before + 1); /* answered once in the end, whoever was first */
        pool_free(&ann.pool);
        pool_free(&w.pool);
    }
    printf("# the assistant was first in %d of %d\n", first, ROUNDS);
    desk_clear(&d);
}

TEST(what_was_not_sent_is_withdrawn_when_a_person_comes)
{
    struct desk d;
    desk_init(&d);
    says(&d, "Hello");
    OK(work(d.f.store, d.pool, "turn"));
    EQ_STR(COUNT(REPLIES "= 'queued'"), "1");
    OK(strstr(fixture_cell(d.f.store, "SELECT state FROM conversation_states"), "greeted"));
    struct person ann = person_of(&d, "Ann");
    takes(&ann);
    EQ_INT(ann.rc, 0);
    OK(!work(d.f.store, d.pool, "send"));
    EQ_STR(COUNT(REPLIES "= 'failed'"), "1");
    OK(!strstr(fixture_cell(d.f.store, "SELECT state FROM conversation_states"), "greeted"));
    int before = sent;
    EQ_INT(store_write(d.f.store, give_back, &ann, NULL), 0);
    OK(work(d.f.store, d.pool, "turn"));
    OK(work(d.f.store, d.pool, "send"));
    EQ_INT(sent, before + 1);
    EQ_STR(fixture_cell(d.f.store, "SELECT note FROM conversation_holds"), "a note");
    pool_free(&ann.pool);
    desk_clear(&d);
}

TEST(a_reply_that_is_overtaken_is_given_with_the_next)
{
    struct desk d;
    desk_init(&d);
    says(&d, "Do+you+have+parking%3F");
    OK(work(d.f.store, d.pool, "turn"));
    says(&d, "and+what+are+your+hours%3F");
    int before = sent;
    OK(work(d.f.store, d.pool, "send"));
    EQ_INT(sent, before);
    EQ_STR(COUNT(REPLIES "= 'failed'"), "1");
    OK(work(d.f.store, d.pool, "turn"));
    OK(work(d.f.store, d.pool, "send"));
    EQ_INT(sent, before + 1);
    EQ_STR(COUNT("communication_messages WHERE direction = 'inbound' AND processed = {false}"),
           "0");
    const char *metadata = fixture_cell(d.f.store, "SELECT m.metadata FROM " REPLIES "= 'sent'");
    CLEANUP(pool_free) struct pool *p = pool_new();
    const char *ids[2] = {
        pool_strdup(p, metadata),
        pool_strdup(p, fixture_cell(d.f.store, "SELECT id FROM communication_messages WHERE "
                                               "direction = 'inbound' ORDER BY id")),
    };
    OK_MSG(strstr(ids[0], ids[1]), "it answers the first too: %s", ids[0]);
    desk_clear(&d);
}

/* Those that come at one time may be taken in another order than their times say. */
TEST(a_reply_is_not_taken_back_from_under_a_turn)
{
    struct desk d;
    desk_init(&d);
    says(&d, "Do+you+have+parking%3F");
    OK(work(d.f.store, d.pool, "turn"));
    says(&d, "and+one+more");
    says(&d, "and+what+are+your+hours%3F");
    EQ_INT(fixture_script(d.f.store,
                          "UPDATE communication_messages SET sent_at = "
                          "'2099-01-01T00:00:00.000000Z' WHERE content = 'and one more'"),
           0);
    struct claiming begun = {.pool = d.pool, .kind = "turn"};
    EQ_INT(store_write(d.f.store, claim, &begun, NULL), 0);
    int before = sent;
    OK(work(d.f.store, d.pool, "send"));
    EQ_INT(sent, before + 1);
    desk_clear(&d);
}

TEST(a_text_that_comes_while_it_is_thought_about_is_answered_with_it)
{
    struct desk d;
    desk_init(&d);
    says(&d, "Hi");
    says(&d, "do+you+have+parking%3F");
    OK(work(d.f.store, d.pool, "turn")); /* the first is left to the second */
    EQ_STR(COUNT("communication_messages WHERE processed = {false}"), "2");
    OK(work(d.f.store, d.pool, "turn"));
    EQ_STR(COUNT("communication_messages WHERE processed = {false}"), "0");
    EQ_STR(COUNT("communication_messages WHERE direction = 'outbound'"), "1");
    says(&d, "Also,"); /* an old one is not kept waiting for ever */
    says(&d, "one+more");
    answer.burst_max_us = 1;
    OK(work(d.f.store, d.pool, "turn"));
    answer.burst_max_us = 60000000;
    EQ_STR(COUNT("communication_messages WHERE direction = 'outbound'"), "2");
    desk_clear(&d);
}

TEST(without_a_wait_each_is_answered_by_itself)
{
    struct desk d;
    desk_init(&d);
    int64_t usual = answer.burst_max_us;
    answer.burst_max_us = 0;
    says(&d, "Hi");
    says(&d, "do+you+have+parking%3F");
    EQ_INT(fixture_script(d.f.store, /* as when the second was taken first */
                          "UPDATE jobs SET run_at = '2098-01-01T00:00:00.000000Z' WHERE id = "
                          "(SELECT id FROM jobs ORDER BY id LIMIT 1)"),
           0);
    OK(work(d.f.store, d.pool, "turn"));
    EQ_STR(COUNT("communication_messages WHERE direction = 'inbound' AND processed = {false}"),
           "1");
    EQ_INT(fixture_script(d.f.store, "UPDATE jobs SET run_at = '2020-01-01T00:00:00.000000Z'"), 0);
    OK(work(d.f.store, d.pool, "turn"));
    EQ_STR(COUNT("communication_messages WHERE direction = 'outbound'"), "2");

    struct person ann = person_of(&d, "Ann"); /* what a person has left is answered, all of it */
    while (work(d.f.store, d.pool, "send")) {
    }
    takes(&ann);
    says(&d, "are+you+there%3F");
    says(&d, "and+what+are+your+hours%3F");
    while (work(d.f.store, d.pool, "turn")) {
    }
    EQ_INT(store_write(d.f.store, give_back, &ann, NULL), 0);
    while (work(d.f.store, d.pool, "turn")) {
    }
    EQ_STR(COUNT("communication_messages WHERE direction = 'inbound' AND processed = {false}"),
           "0");
    EQ_STR(COUNT("communication_messages WHERE direction = 'outbound'"), "3");
    answer.burst_max_us = usual;
    pool_free(&ann.pool);
    desk_clear(&d);
}

TEST(a_keyword_is_answered_by_itself)
{
    struct desk d;
    desk_init(&d);
    says(&d, "do+you+have+parking%3F");
    says(&d, "STOP");
    while (work(d.f.store, d.pool, "turn")) {
    }
    EQ_STR(COUNT("communication_events WHERE event_type = 'opt_out'"), "1");
    EQ_STR(COUNT("communication_messages WHERE processed = {false}"), "0");
    desk_clear(&d);
}

/* A program has added one that no job will ever answer. */
TEST(nothing_waits_for_a_text_without_a_job)
{
    struct desk d;
    desk_init(&d);
    says(&d, "do+you+have+parking%3F");
    const char *id = "01890000-0000-7000-8000-000000000001";
    EQ_INT(fixture_script(
               d.f.store,
               pool_printf(d.pool,
                           "INSERT INTO communication_messages (id, conversation_id, direction, "
                           "content, sent_at, processed) VALUES ('%s', '%s', 'inbound', 'x', "
                           "'2099-01-01T00:00:00.000000Z', {false})",
                           id, d.conversation)),
           0);
    OK(work(d.f.store, d.pool, "turn"));
    EQ_STR(COUNT("communication_messages WHERE direction = 'outbound'"), "1");
    desk_clear(&d);
}

TEST(nothing_ends_what_a_person_has)
{
    struct desk d;
    desk_init(&d);
    says(&d, "Hello");
    const char *first = d.conversation;
    struct person ann = person_of(&d, "Ann");
    takes(&ann);
    const char *long_ago = "UPDATE conversations SET last_activity_at = "
                           "'2020-01-01T00:00:00.000000Z'";
    EQ_INT(fixture_script(d.f.store, long_ago), 0);
    says(&d, "Are+you+still+there%3F");
    EQ_STR(d.conversation, first);
    EQ_INT(store_write(d.f.store, give_back, &ann, NULL), 0);
    EQ_INT(fixture_script(d.f.store, long_ago), 0);
    says(&d, "Hello+again");
    OK_MSG(strcmp(d.conversation, first) != 0, "without a person a long silence ends it");
    pool_free(&ann.pool);
    desk_clear(&d);
}

static int lapse(struct db *db, void *arg, struct err *e)
{
    struct person *who = arg;
    return hold_lapse(db, who->pool, who->conversation, 1800 * US_PER_SECOND, wall_now(), e);
}

TEST(a_lease_ends_once_and_not_before_its_time)
{
    struct desk d;
    desk_init(&d);
    says(&d, "do+you+have+parking%3F");
    struct person ann = person_of(&d, "Ann");
    takes(&ann);
    while (work(d.f.store, d.pool, "turn")) {
    }
    EQ_INT(store_write(d.f.store, lapse, &ann, NULL), 0);
    EQ_STR(COUNT("communication_events WHERE event_type = 'handed_back'"), "0");
    EQ_INT(fixture_script(d.f.store, "UPDATE conversation_holds SET ends_at = "
                                     "'2020-01-01T00:00:00.000000Z'"),
           0);
    for (int i = 0; i < 2; i++) {
        EQ_INT(store_write(d.f.store, lapse, &ann, NULL), 0);
        EQ_STR(COUNT("communication_events WHERE event_type = 'handed_back'"), "1");
        EQ_STR(COUNT("jobs WHERE kind = 'turn'"), "1");
    }
    pool_free(&ann.pool);
    desk_clear(&d);
}

#ifdef AVA_FAULTS
/* Whichever call of the store fails, nobody has half a conversation. */
TEST(a_take_over_that_fails_changes_nothing)
{
    struct desk d;
    desk_init(&d);
    says(&d, "Hello");
    OK(work(d.f.store, d.pool, "turn"));
    struct person ann = person_of(&d, "Ann");
    int failed = 0;
    for (long nth = 1;; nth++) {
        fault_arm(FAULT_STORE, nth, false);
        takes(&ann);
        bool all = fault_calls(FAULT_STORE) < nth;
        fault_arm(FAULT_STORE, 0, false);
        bool there = strcmp(COUNT("conversation_holds"), "1") == 0;
        EQ_INT(there, ann.rc == 0);
        EQ_STR(COUNT("communication_events WHERE event_type = 'taken_over'"), there ? "1" : "0");
        EQ_STR(COUNT(REPLIES "= 'queued'"), there ? "0" : "1");
        failed += ann.rc < 0;
        if (there || all) {
            break;
        }
    }
    OK_MSG(failed > 2, "%d calls failed", failed);
    pool_free(&ann.pool);
    desk_clear(&d);
}
#endif

int main(void)
{
    return tap_run();
}
