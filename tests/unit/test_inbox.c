/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of providers: with their effects or not at all, once however often they come, kept when
 * they cannot be processed, processed again without having anything twice.
 */
#include <pthread.h>

#include "base/fault.h"
#include "base/metrics.h"
#include "channels/inbox.h"
#include "store/reconciliations.h"
#include "store_fixture.h"
#include "tap.h"

#define NUMBER "+15550199999"
#define SID_1 "SM00000000000000000000000000000001"
#define SID_2 "SM00000000000000000000000000000002"
#define COUNT(what) fixture_cell(f.store, "SELECT count(*) FROM " what)
#define TEXT_1 "MessageSid=" SID_1 "&From=%2B15550100001&To=%2B15550199999&Body=Hello+there"

static const struct inbox_config config = {.number = NUMBER,
                                           .rules = {.idle_us = 4 * 3600 * US_PER_SECOND}};

static struct journal_entry entry_of(const char *kind, const char *body)
{
    return (struct journal_entry){
        .provider = "twilio",
        .kind = kind,
        .target = "/api/webhooks/twilio/x",
        .headers = STR("{\"X-Twilio-Signature\":\"abc\"}"),
        .body = str_of(body),
        .proof = "signature",
        .received_at = wall_now(),
    };
}

static int take_at(struct store *s, const char *kind, const char *body, const char *target,
                   struct inbox_result *out)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct journal_entry entry = entry_of(kind, body);
    struct err e = {0};
    if (target) {
        entry.target = target;
    }
    return inbox_take(s, p, &config, &entry, out, &e);
}

static int take(struct store *s, const char *kind, const char *body, struct inbox_result *out)
{
    return take_at(s, kind, body, NULL, out);
}

static int replay(struct store *s, const char *id, struct inbox_result *out)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    return inbox_replay(s, p, &config, id, out, NULL);
}

TEST(a_text_is_stored_with_its_request)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "message", TEXT_1, &out), 0);
    OK(!out.duplicate && !out.late && !out.kept);
    EQ_STR(fixture_cell(f.store, "SELECT content FROM communication_messages"), "Hello there");
    EQ_STR(fixture_cell(f.store, "SELECT body FROM inbound_requests"), TEXT_1);
    EQ_STR(fixture_cell(f.store, "SELECT provider_id FROM inbound_requests"), SID_1);
    EQ_STR(fixture_cell(f.store, "SELECT state FROM inbound_requests"), "done");
    EQ_STR(fixture_cell(f.store, "SELECT message_id FROM inbound_requests"), out.message_id.text);
    EQ_STR(COUNT("jobs WHERE kind = 'turn'"), "1");
}

TEST(the_same_text_counts_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    for (int i = 0; i < 10; i++) {
        EQ_INT(take(f.store, "message", TEXT_1, &out), 0);
        EQ_INT(out.duplicate, i > 0);
    }
    EQ_STR(COUNT("communication_messages"), "1");
    EQ_STR(COUNT("inbound_requests"), "1");
    EQ_STR(COUNT("jobs"), "1");
}

static void *take_one(void *store)
{
    struct inbox_result out;
    EQ_INT(take(store, "message", TEXT_1, &out), 0);
    return NULL;
}

TEST(ten_at_the_same_instant_count_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    fixture_ten_at_once(&f, take_one);
    EQ_STR(COUNT("communication_messages"), "1");
    EQ_STR(COUNT("inbound_requests"), "1");
    EQ_STR(COUNT("customers"), "1");
}

TEST(what_cannot_be_read_is_kept_once_and_can_be_had_later)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    for (int i = 0; i < 2; i++) {
        EQ_INT(take(f.store, "message", "MessageSid=" SID_1 "&Body=x", &out), ERR_INVALID);
        OK(out.kept);
        EQ_INT(take(f.store, "message", "Body=x", &out), ERR_INVALID);
        OK(out.kept);
    }
    EQ_INT(take(f.store, "picture", "x", &out), ERR_UNSUPPORTED);
    OK(out.kept);
    EQ_STR(COUNT("inbound_requests WHERE state = 'failed'"), "3");
    EQ_STR(
        fixture_cell(f.store, "SELECT error FROM inbound_requests WHERE provider_id = '" SID_1 "'"),
        "From is missing");
    EQ_STR(COUNT("inbound_requests WHERE provider_id LIKE 'sha256:%'"), "2");
    EQ_STR(COUNT("communication_messages"), "0");
    /* The provider sends it again, whole this time. */
    EQ_INT(take(f.store, "message", TEXT_1, &out), 0);
    OK(!out.duplicate);
    EQ_STR(
        fixture_cell(f.store, "SELECT state FROM inbound_requests WHERE provider_id = '" SID_1 "'"),
        "done");
    EQ_STR(
        fixture_cell(f.store, "SELECT body FROM inbound_requests WHERE provider_id = '" SID_1 "'"),
        TEXT_1);
    EQ_STR(COUNT("communication_messages"), "1");
    EQ_INT(take(f.store, "message", "MessageSid=" SID_1 "&Body=x", &out), ERR_INVALID);
    EQ_STR(COUNT("inbound_requests WHERE state = 'done'"), "1");
}

TEST(replay_has_what_failed_and_nothing_twice)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "message", TEXT_1, &out), 0);
    char id[64];
    snprintf(id, sizeof id, "%s", fixture_cell(f.store, "SELECT id FROM inbound_requests"));
    EQ_INT(replay(f.store, id, &out), 0);
    OK(out.duplicate);
    EQ_STR(COUNT("communication_messages"), "1");

    /* As if a former version had stumbled over it. */
    EQ_INT(fixture_script(f.store,
                          "DELETE FROM jobs; DELETE FROM sms_details; "
                          "DELETE FROM communication_messages; UPDATE inbound_requests SET "
                          "state = 'failed', error = 'x', message_id = NULL;"),
           0);
    EQ_INT(replay(f.store, id, &out), 0);
    OK(!out.duplicate);
    EQ_STR(COUNT("communication_messages"), "1");
    EQ_STR(COUNT("inbound_requests WHERE state = 'done' AND error IS NULL"), "1");
    EQ_STR(fixture_cell(f.store, "SELECT message_id FROM inbound_requests"), out.message_id.text);
    EQ_INT(replay(f.store, id, &out), 0);
    OK(out.duplicate);

    /* Its message is gone: so it can be had again. */
    EQ_INT(fixture_script(f.store, "DELETE FROM sms_details; DELETE FROM communication_messages;"),
           0);
    EQ_INT(replay(f.store, id, &out), 0);
    OK(!out.duplicate);
    EQ_STR(COUNT("communication_messages"), "1");
    EQ_INT(replay(f.store, "00000000-0000-7000-8000-000000000001", &out), ERR_NOT_FOUND);
}

TEST(a_failed_one_that_was_had_under_its_name_is_settled)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "message", TEXT_1, &out), 0);
    EQ_INT(take(f.store, "message", "Body=x", &out), ERR_INVALID);
    /* A later version reads its name. */
    EQ_INT(fixture_script(f.store, "UPDATE inbound_requests SET body = '" TEXT_1
                                   "' WHERE state = 'failed';"),
           0);
    char id[64];
    snprintf(id, sizeof id, "%s",
             fixture_cell(f.store, "SELECT id FROM inbound_requests WHERE state = 'failed'"));
    EQ_INT(replay(f.store, id, &out), 0);
    OK(out.duplicate);
    EQ_STR(COUNT("inbound_requests WHERE state = 'failed'"), "0");
    EQ_STR(COUNT("communication_messages"), "1");
}

#define OUTBOUND                                                                                   \
    "INSERT INTO conversations (id, channel, status, initiated_at, last_activity_at) VALUES "      \
    "('0190a000-0000-7000-8000-000000000001', 'sms', 'active', {now}, {now}); "                    \
    "INSERT INTO communication_messages (id, conversation_id, direction, content, sent_at) "       \
    "VALUES "                                                                                      \
    "('0190a000-0000-7000-8000-000000000002', '0190a000-0000-7000-8000-000000000001', "            \
    "'outbound', 'x', {now}); INSERT INTO sms_details (message_id, from_number, to_number, "       \
    "provider_message_id, delivery_status, segments) VALUES "                                      \
    "('0190a000-0000-7000-8000-000000000002', '" NUMBER "', '+15550100001', '" SID_2               \
    "', 'queued', 1);"
#define STATUS(word) "MessageSid=" SID_2 "&MessageStatus=" word
#define DELIVERY                                                                                   \
    fixture_cell(f.store,                                                                          \
                 "SELECT delivery_status FROM sms_details WHERE provider_message_id = '" SID_2     \
                 "'")

TEST(reports_are_stored_with_their_effect)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, OUTBOUND), 0);
    EQ_INT(take(f.store, "status", STATUS("delivered"), &out), 0);
    EQ_STR(DELIVERY, "delivered");
    EQ_INT(take(f.store, "status", STATUS("delivered"), &out), 0);
    OK(out.duplicate);
    EQ_INT(take(f.store, "status", STATUS("sent"), &out), 0);
    OK(!out.duplicate);
    EQ_STR(DELIVERY, "delivered");
    EQ_INT(take(f.store, "status", STATUS("a-new-word"), &out), 0);
    EQ_STR(COUNT("inbound_requests WHERE kind = 'status' AND state = 'done'"), "3");
    /* One about a message that is not ours: kept, for it may be ours later. */
    EQ_INT(take(f.store, "status", "MessageSid=" SID_1 "&MessageStatus=sent", &out), ERR_NOT_FOUND);
    OK(out.kept);
    EQ_STR(COUNT("inbound_requests WHERE state = 'failed'"), "1");
    EQ_INT(take(f.store, "status", STATUS(""), &out), ERR_INVALID);
    EQ_STR(COUNT("inbound_requests WHERE state = 'failed'"), "2");
}

/* What came of each, in letters; "": the store was not to be had. */
static const char *take_all(struct store *s, const char *const *bodies, size_t n)
{
    static char codes[INBOX_TOGETHER_MAX + 1];
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct journal_entry entries[INBOX_TOGETHER_MAX];
    struct inbox_outcome out[INBOX_TOGETHER_MAX];
    for (size_t i = 0; i < n; i++) {
        entries[i] = entry_of(strstr(bodies[i], "From=") ? "message" : "status", bodies[i]);
    }
    codes[0] = codes[n] = '\0';
    if (inbox_take_all(s, p, &config, entries, n, out, NULL)) {
        return "";
    }
    for (size_t i = 0; i < n; i++) {
        codes[i] = out[i].code == 0                      ? (out[i].result.duplicate ? '2' : '1')
                   : out[i].result.kept && out[i].why[0] ? 'k'
                                                         : '?';
    }
    return codes;
}

TEST(several_share_a_transaction)
{
    CLEANUP(fixture_clear) struct fixture f;
    const char *const bodies[] = {STATUS("sent"), STATUS("delivered"), STATUS("sent"),
                                  STATUS("a-new-word")};
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, OUTBOUND), 0);
    int64_t before = metric_value(METRIC_store_transactions_total);
    EQ_STR(take_all(f.store, bodies, ARRAY_SIZE(bodies)), "1121");
    EQ_INT(metric_value(METRIC_store_transactions_total) - before, 1);
    EQ_STR(DELIVERY, "delivered");
    EQ_STR(COUNT("inbound_requests WHERE state = 'done'"), "3");
    EQ_STR(take_all(f.store, bodies, ARRAY_SIZE(bodies)), "2222");
}

TEST(one_that_fails_holds_up_none_of_the_others)
{
    CLEANUP(fixture_clear) struct fixture f;
    const char *const bodies[] = {
        STATUS("sent"), "MessageSid=" SID_1 "&MessageStatus=sent", /* of nothing that we have */
        STATUS("") /* without sense */, TEXT_1,                    /* shares with nobody */
        STATUS("delivered")};
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, OUTBOUND), 0);
    EQ_STR(take_all(f.store, bodies, ARRAY_SIZE(bodies)), "1kk11");
    EQ_STR(DELIVERY, "delivered");
    EQ_STR(COUNT("inbound_requests WHERE state = 'done'"), "3");
    EQ_STR(COUNT("inbound_requests WHERE state = 'failed'"), "2");
    EQ_STR(COUNT("communication_messages"), "2");
}

/* All that failed, processed again. */
static const char *replay_all(struct store *s)
{
    static char codes[INBOX_TOGETHER_MAX + 1];
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct inbox_outcome out[INBOX_TOGETHER_MAX];
    const char *ids[INBOX_TOGETHER_MAX];
    struct journal_filter filter = {.state = "failed"};
    struct rows found;
    {
        CLEANUP(store_return) struct db *db = NULL;
        EQ_INT(store_borrow(s, &db, NULL), 0);
        EQ_INT(journal_ids(db, p, &filter, NULL, INBOX_TOGETHER_MAX, &found, NULL), 0);
    }
    ROWS_EACH (i, found) {
        OK(inbox_is_light(row_text(&found, i, 1), row_text(&found, i, 2)));
        ids[i] = row_text(&found, i, 0);
    }
    EQ_INT(inbox_replay_all(s, p, &config, ids, found.n, out, NULL), 0);
    for (size_t i = 0; i < found.n; i++) {
        codes[i] = out[i].code < 0 ? 'k' : out[i].result.duplicate ? '2' : '1';
    }
    codes[found.n] = '\0';
    return codes;
}

TEST(several_are_processed_again_together)
{
    CLEANUP(fixture_clear) struct fixture f;
    const char *const bodies[] = {STATUS("sent"), STATUS(""), STATUS("delivered")};
    fixture_init_tables(&f);
    EQ_STR(take_all(f.store, bodies, ARRAY_SIZE(bodies)), "kkk"); /* its message is not there yet */
    EQ_INT(fixture_script(f.store, OUTBOUND), 0);
    EQ_STR(replay_all(f.store), "1k1");
    EQ_STR(DELIVERY, "delivered");
    EQ_STR(COUNT("inbound_requests WHERE state = 'failed'"), "1");
    OK(!inbox_is_light("twilio", "message"));
    OK(!inbox_is_light("nobody", "status"));
}

TEST(a_report_finds_its_message_by_the_address_too)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, OUTBOUND "UPDATE sms_details SET provider_message_id = '';"), 0);
    EQ_INT(take_at(f.store, "status", STATUS("sent"),
                   "/x?a=b&message=0190A000-0000-7000-8000-000000000002", &out),
           0);
    EQ_STR(DELIVERY, "sent");
    EQ_STR(fixture_cell(f.store, "SELECT message_id FROM inbound_requests"),
           "0190a000-0000-7000-8000-000000000002");
}

TEST(what_comes_late_is_left_to_the_staff)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct inbox_result out;
    struct err e = {0};
    fixture_init_tables(&f);
    struct journal_entry entry = entry_of("message", TEXT_1 "&DateSent=2026-01-02T03%3A04%3A05Z");
    entry.proof = INBOX_PROOF_LIST;
    EQ_INT(inbox_take(f.store, p, &config, &entry, &out, &e), 0);
    OK(out.late);
    EQ_STR(COUNT("jobs WHERE kind = 'turn'"), "0");
    EQ_STR(COUNT("communication_events WHERE event_type = 'escalation_requested'"), "1");
    EQ_STR(COUNT("conversations WHERE last_activity_at > '2026-02-01T00:00:00.000000Z'"), "1");
    EQ_STR(COUNT("communication_messages WHERE sent_at < '2026-02-01T00:00:00.000000Z'"), "1");
    /* What a webhook says of its time counts for nothing. */
    EQ_INT(take(f.store, "message",
                "MessageSid=" SID_2 "&From=%2B15550100001&DateSent=2026-01-02T03%3A04%3A05Z", &out),
           0);
    OK(!out.late);
    EQ_STR(COUNT("jobs WHERE kind = 'turn'"), "1");
}

TEST(bytes_that_cannot_be_stored_are_refused)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "message", "Body=\xff", &out), ERR_MALFORMED);
    EQ_INT(take(f.store, "message", TEXT_1 "&Extra=\xc3%A9", &out), ERR_MALFORMED);
    EQ_STR(COUNT("inbound_requests"), "0");
}

struct ticking {
    struct store *store;
    int64_t now_us;
    bool due;
};

static int tick(struct db *db, void *arg, struct err *e)
{
    struct ticking *t = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    const struct reconciliation_pace pace = {{t->now_us}, 900000000, 60000000, 15000000};
    return reconciliations_tick(db, p, "twilio", "AC1", &pace, &t->due, e);
}

static bool is_due(struct store *s, int64_t at_seconds)
{
    struct ticking t = {s, (1800000000 + at_seconds) * US_PER_SECOND, false};
    EQ_INT(store_write(s, tick, &t, NULL), 0);
    return t.due;
}

TEST(a_comparison_is_due_now_and_then_and_after_a_gap)
{
    static const struct {
        int64_t at;
        bool due;
    } rows[] = {
        {0, false},    {20, false},  {40, false},  {99, false},  {160, true}, /* a gap */
        {175, false},  {176, false}, {230, false}, {280, false}, {330, false},
        {2000, true},  /* another */
        {2010, false}, /* too soon after the last look at the clock to write anything */
    };
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("after %lld s", (long long)rows[i].at);
        EQ_INT(is_due(f.store, rows[i].at), rows[i].due);
    }
    tap_case("every quarter of an hour");
    int due = 0;
    for (int64_t at = 2020; at < 2000 + 4 * 900 + 60; at += 20) {
        due += is_due(f.store, at);
    }
    EQ_INT(due, 4);
}

static void *tick_one(void *arg)
{
    struct ticking *t = arg;
    EQ_INT(store_write(t->store, tick, t, NULL), 0);
    return NULL;
}

TEST(of_several_servers_one_orders_it)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct ticking ticks[6];
    pthread_t threads[6];
    int due = 0;
    fixture_init_tables(&f);
    OK(!is_due(f.store, 0));
    for (size_t i = 0; i < ARRAY_SIZE(ticks); i++) {
        ticks[i] = (struct ticking){f.store, 1800003600 * US_PER_SECOND, false};
        OK(pthread_create(&threads[i], NULL, tick_one, &ticks[i]) == 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(ticks); i++) {
        pthread_join(threads[i], NULL);
        due += ticks[i].due;
    }
    EQ_INT(due, 1);
}

static int prune(struct db *db, void *arg, struct err *e)
{
    return journal_prune(db, *(struct wall *)arg, e);
}

TEST(what_is_old_is_forgotten)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "message", TEXT_1, &out), 0);
    struct wall before = {wall_now().us - US_PER_DAY}, after = {wall_now().us + US_PER_SECOND};
    EQ_INT(store_write(f.store, prune, &before, NULL), 0);
    EQ_STR(COUNT("inbound_requests"), "1");
    EQ_INT(store_write(f.store, prune, &after, NULL), 0);
    EQ_STR(COUNT("inbound_requests"), "0");
    EQ_STR(COUNT("communication_messages"), "1");
}

#ifdef AVA_FAULTS
TEST(a_store_that_fails_leaves_nothing_half)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    int rc = ERR_UNAVAILABLE;
    for (long nth = 1; rc < 0 && nth < 100; nth++) {
        fault_arm(FAULT_STORE, nth, false);
        rc = take(f.store, "message", TEXT_1, &out);
        fault_arm(FAULT_STORE, 0, false);
        tap_case("fault %ld", nth);
        EQ_STR(COUNT("communication_messages"), rc < 0 ? "0" : "1");
        EQ_STR(COUNT("inbound_requests WHERE state = 'done'"), rc < 0 ? "0" : "1");
        EQ_STR(COUNT("jobs"), rc < 0 ? "0" : "1");
        OK(rc == 0 || nth < 50);
    }
    EQ_INT(rc, 0);
}

TEST(a_store_that_fails_is_told_and_what_comes_again_counts_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    const char *const bodies[] = {STATUS("sent"), STATUS("delivered"), STATUS("a-new-word")};
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, OUTBOUND), 0);
    const char *codes = "";
    for (long nth = 1; !codes[0] && nth < 50; nth++) {
        fault_arm(FAULT_STORE, nth, true); /* and all that follow */
        codes = take_all(f.store, bodies, ARRAY_SIZE(bodies));
        fault_arm(FAULT_STORE, 0, false);
        tap_case("fault %ld", nth);
        EQ_STR(COUNT("inbound_requests"), codes[0] ? "3" : "0");
        EQ_STR(DELIVERY, codes[0] ? "delivered" : "queued");
    }
    EQ_STR(codes, "111");
    EQ_STR(take_all(f.store, bodies, ARRAY_SIZE(bodies)), "222");
}
#endif

int main(void)
{
    return tap_run();
}
