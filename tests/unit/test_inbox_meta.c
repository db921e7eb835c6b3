/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Meta's updates become in the store: messages once, whoever hides the number found again,
 * statuses in any order, and nothing half when the store fails.
 */
#include "base/fault.h"
#include "channels/inbox.h"
#include "channels/meta_payload.h"
#include "store_fixture.h"
#include "tap.h"

#define NUMBER "+15550199998"
#define COUNT(what) fixture_cell(f.store, "SELECT count(*) FROM " what)
#define USER "US.13491208655302741918"

static const struct inbox_config config = {.number = "+15550199999",
                                           .rules = {.idle_us = 4 * 3600 * US_PER_SECOND}};

/* Takes every update of a batch with these members; the first failure. */
static int take(struct store *s, const char *members, struct inbox_result *out)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const char *body = pool_printf(
        p,
        "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"field\":"
        "\"messages\",\"value\":{\"metadata\":{\"display_phone_number\":\"15550199998\","
        "\"phone_number_id\":\"106\"},%s}}]}]}",
        members);
    struct meta_update *updates = NULL;
    size_t n = 0;
    struct err e = {0};
    int rc = meta_split(p, str_of(body), "106", &updates, &n, &e);
    OK_MSG(rc == 0 && n > 0, "%s", e.text);
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct journal_entry entry = {
            .provider = "meta",
            .kind = updates[i].is_status ? "status" : "message",
            .provider_id = updates[i].name,
            .target = "/api/webhooks/whatsapp",
            .body = updates[i].part,
            .proof = "signature",
            .received_at = wall_now(),
        };
        rc = inbox_take(s, p, &config, &entry, out, &e);
    }
    return rc;
}

#define FROM(phone, id, text)                                                                      \
    "\"messages\":[{\"from\":\"" phone "\",\"id\":\"" id "\",\"type\":\"text\",\"text\":{"         \
    "\"body\":\"" text "\"}}]"

TEST(a_message_becomes_a_conversation_with_a_turn_to_take)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, FROM("15550100001", "wamid.A", "Hello"), &out), 0);
    EQ_STR(fixture_cell(f.store, "SELECT content FROM communication_messages"), "Hello");
    EQ_STR(fixture_cell(f.store, "SELECT channel FROM conversations"), "whatsapp");
    EQ_STR(fixture_cell(f.store, "SELECT from_number || to_number || provider_message_id || "
                                 "delivery_status FROM sms_details"),
           "+15550100001" NUMBER "wamid.Areceived");
    EQ_STR(fixture_cell(f.store, "SELECT provider || kind || provider_id || state FROM "
                                 "inbound_requests"),
           "metamessagewamid.Adone");
    EQ_STR(COUNT("jobs WHERE kind = 'turn'"), "1");
    EQ_STR(COUNT("communication_messages WHERE metadata IS NOT NULL"), "1");
}

TEST(a_batch_that_comes_again_counts_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    const char *batch =
        "\"messages\":["
        "{\"from\":\"15550100001\",\"id\":\"a\",\"type\":\"text\",\"text\":{\"body\":\"1\"}},"
        "{\"from\":\"15550100001\",\"id\":\"b\",\"type\":\"text\",\"text\":{\"body\":\"2\"}},"
        "{\"from\":\"15550100002\",\"id\":\"c\",\"type\":\"text\",\"text\":{\"body\":\"3\"}},"
        "{\"from\":\"15550100001\",\"id\":\"a\",\"type\":\"text\",\"text\":{\"body\":\"1\"}}]";
    fixture_init_tables(&f);
    for (int i = 0; i < 3; i++) {
        EQ_INT(take(f.store, batch, &out), 0);
        OK(out.duplicate);
        EQ_STR(COUNT("communication_messages"), "3");
        EQ_STR(COUNT("conversations"), "2");
        EQ_STR(COUNT("inbound_requests"), "3");
    }
}

TEST(reactions_and_notices_are_stored_and_not_answered)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store,
                "\"messages\":[{\"from\":\"15550100001\",\"id\":\"a\",\"type\":\"reaction\","
                "\"reaction\":{\"message_id\":\"x\",\"emoji\":\"!\"}}]",
                &out),
           0);
    EQ_STR(COUNT("jobs WHERE kind = 'turn'"), "0");
    EQ_STR(COUNT("communication_messages WHERE processed = {true}"), "1");
    EQ_STR(fixture_cell(f.store, "SELECT content FROM communication_messages"), "Reacted with !");
}

TEST(a_file_is_kept_by_its_id)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store,
                "\"messages\":[{\"from\":\"15550100001\",\"id\":\"a\",\"type\":\"image\","
                "\"image\":{\"id\":\"77\",\"mime_type\":\"image/jpeg\",\"caption\":\"look\"}}]",
                &out),
           0);
    EQ_STR(fixture_cell(f.store, "SELECT content FROM communication_messages"), "look");
    OK(strstr(fixture_cell(f.store, "SELECT {as_text media_urls} FROM sms_details"),
              "whatsapp-media:77"));
}

#define HIDDEN(id, more)                                                                           \
    "\"contacts\":[{\"profile\":{\"name\":\"Ann\",\"username\":\"ann.b\"},\"user_id\":\"" USER     \
    "\"}],\"messages\":[{" more "\"from_user_id\":\"" USER "\",\"id\":\"" id "\",\"type\":"        \
    "\"text\",\"text\":{\"body\":\"hi\"}}]"
#define PHONE fixture_cell(f.store, "SELECT phone FROM customers")

TEST(a_user_who_hides_the_number_is_one_customer)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, HIDDEN("a", ""), &out), 0);
    EQ_INT(take(f.store, HIDDEN("b", ""), &out), 0);
    EQ_STR(COUNT("customers"), "1");
    EQ_STR(COUNT("conversations"), "1");
    OK_MSG(strncmp(PHONE, "wa:", 3) == 0 && strlen(PHONE) <= 20, "%s", PHONE);
    EQ_STR(fixture_cell(f.store, "SELECT name FROM customers"), "Ann");
    EQ_STR(fixture_cell(f.store, "SELECT username FROM whatsapp_contacts"), "ann.b");

    /* The number shows, and hides again. */
    EQ_INT(take(f.store, HIDDEN("c", "\"from\":\"15550100001\","), &out), 0);
    EQ_STR(PHONE, "+15550100001");
    EQ_INT(take(f.store, HIDDEN("d", ""), &out), 0);
    EQ_STR(COUNT("customers"), "1");
    EQ_STR(COUNT("conversations"), "1");
    EQ_STR(COUNT("sms_details WHERE from_number = '+15550100001'"), "2");
}

TEST(a_number_that_is_anothers_already_is_not_taken_away)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, FROM("15550100001", "z", "by number"), &out), 0);
    EQ_INT(take(f.store, HIDDEN("a", ""), &out), 0);
    EQ_STR(COUNT("customers"), "2");
    EQ_INT(take(f.store, HIDDEN("b", "\"from\":\"15550100001\","), &out), 0);
    EQ_STR(COUNT("customers"), "2");
    EQ_STR(COUNT("conversations"), "2");
    EQ_STR(COUNT("customers WHERE phone = '+15550100001'"), "1");
}

TEST(what_comes_days_later_is_left_to_the_staff)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store,
                "\"messages\":[{\"from\":\"15550100001\",\"id\":\"a\",\"timestamp\":\"1767225600\","
                "\"type\":\"text\",\"text\":{\"body\":\"hi\"}}]",
                &out),
           0);
    OK(out.late);
    EQ_STR(COUNT("jobs WHERE kind = 'turn'"), "0");
}

TEST(what_cannot_be_processed_is_kept)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "\"messages\":[{\"id\":\"a\",\"type\":\"text\"}]", &out), ERR_INVALID);
    OK(out.kept);
    EQ_STR(fixture_cell(f.store, "SELECT state || provider_id FROM inbound_requests"), "faileda");
}

#define OUTBOUND                                                                                   \
    "INSERT INTO conversations (id, channel, status, initiated_at, last_activity_at) VALUES "      \
    "('0190a000-0000-7000-8000-000000000001', 'whatsapp', 'active', {now}, {now}); "               \
    "INSERT INTO communication_messages (id, conversation_id, direction, content, sent_at) "       \
    "VALUES "                                                                                      \
    "('0190a000-0000-7000-8000-000000000002', '0190a000-0000-7000-8000-000000000001', "            \
    "'outbound', 'x', {now}); INSERT INTO sms_details (message_id, from_number, to_number, "       \
    "provider_message_id, delivery_status, segments) VALUES "                                      \
    "('0190a000-0000-7000-8000-000000000002', '" NUMBER "', '+15550100001', 'wamid.S', "           \
    "'queued', 1);"
#define STATUS(word)                                                                               \
    "\"statuses\":[{\"id\":\"wamid.S\",\"status\":\"" word "\",\"timestamp\":\"1767225600\"}]"
#define DELIVERY fixture_cell(f.store, "SELECT delivery_status FROM sms_details")
#define READ_AT fixture_cell(f.store, "SELECT read_at FROM sms_details")

TEST(statuses_come_in_any_order)
{
    static const char *const orders[][3] = {
        {STATUS("sent"), STATUS("delivered"), STATUS("read")},
        {STATUS("read"), STATUS("delivered"), STATUS("sent")},
        {STATUS("delivered"), STATUS("read"), STATUS("sent")},
        {STATUS("read"), STATUS("read"), STATUS("read")},
    };
    for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
        CLEANUP(fixture_clear) struct fixture f;
        struct inbox_result out;
        fixture_init_tables(&f);
        EQ_INT(fixture_script(f.store, OUTBOUND), 0);
        tap_case("order %zu", i);
        OK(READ_AT == NULL);
        for (size_t k = 0; k < 3; k++) {
            EQ_INT(take(f.store, orders[i][k], &out), 0);
        }
        EQ_STR(DELIVERY, "delivered");
        OK(READ_AT && strncmp(READ_AT, "2026-01-01", 10) == 0);
        OK(fixture_cell(f.store, "SELECT delivered_at FROM sms_details") != NULL);
    }
}

TEST(a_status_finds_its_message_by_our_id)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, OUTBOUND "UPDATE sms_details SET provider_message_id = '';"), 0);
    EQ_INT(
        take(f.store,
             "\"statuses\":[{\"id\":\"wamid.N\",\"status\":\"sent\",\"biz_opaque_callback_data\":"
             "\"0190a000-0000-7000-8000-000000000002\"}]",
             &out),
        0);
    EQ_STR(DELIVERY, "sent");
    EQ_STR(fixture_cell(f.store, "SELECT provider_message_id FROM sms_details"), "wamid.N");
}

TEST(a_failure_says_why)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, OUTBOUND), 0);
    EQ_INT(take(f.store,
                "\"statuses\":[{\"id\":\"wamid.S\",\"status\":\"failed\",\"errors\":[{\"code\":"
                "131047}]}]",
                &out),
           0);
    EQ_STR(DELIVERY, "failed");
    EQ_STR(fixture_cell(f.store, "SELECT error_code FROM sms_details"), "131047");
    OK(strstr(fixture_cell(f.store, "SELECT error_message FROM sms_details"), "24 hours"));
    EQ_STR(COUNT("communication_events WHERE event_type = 'delivery_failed'"), "1");
    EQ_INT(take(f.store, "\"statuses\":[{\"id\":\"wamid.X\",\"status\":\"sent\"}]", &out),
           ERR_NOT_FOUND);
    OK(out.kept);
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
        rc = take(f.store, HIDDEN("a", ""), &out);
        fault_arm(FAULT_STORE, 0, false);
        tap_case("fault %ld", nth);
        EQ_STR(COUNT("communication_messages"), rc < 0 ? "0" : "1");
        EQ_STR(COUNT("whatsapp_contacts"), rc < 0 ? "0" : "1");
        EQ_STR(COUNT("inbound_requests WHERE state = 'done'"), rc < 0 ? "0" : "1");
        EQ_STR(COUNT("jobs"), rc < 0 ? "0" : "1");
        OK(rc == 0 || nth < 50);
    }
    EQ_INT(rc, 0);
}
#endif

int main(void)
{
    return tap_run();
}
