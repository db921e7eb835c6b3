/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the web chat's messages become in the store: once each, a conversation for each visitor,
 * nothing half when the store fails; and what strangers send is told apart.
 */
#include "channels/web_chat.h"

#include <pthread.h>

#include "base/fault.h"
#include "channels/inbox.h"
#include "domain/chat_move.h"
#include "store/web_visitors.h"
#include "store_fixture.h"
#include "tap.h"

#define COUNT(what) fixture_cell(f.store, "SELECT count(*) FROM " what)
#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define ID(last) "0190a000-0000-4000-8000-00000000000" last

static const struct inbox_config config = {
    .rules = {.idle_us = 4 * 3600 * US_PER_SECOND, .reopen_us = 3600 * US_PER_SECOND}};

static int say_at(struct store *s, const char *key, const char *id, const char *text,
                  struct wall at, struct inbox_result *out)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct web_chat_message m = {.key_hash = web_chat_key_hash(p, str_of(key)),
                                 .client_id = id,
                                 .origin = "https://www.example.com",
                                 .page = STR("https://www.example.com/prices"),
                                 .text = str_of(text)};
    struct journal_entry entry = {
        .provider = "web",
        .kind = "message",
        .target = "/api/chat/messages",
        .body = web_chat_message_write(p, &m),
        .proof = "key",
        .received_at = at,
    };
    return inbox_take(s, p, &config, &entry, out, NULL);
}

static int say(struct store *s, const char *key, const char *id, const char *text)
{
    struct inbox_result out;
    return say_at(s, key, id, text, wall_now(), &out);
}

TEST(a_message_becomes_a_conversation_with_a_turn_to_take)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(say(f.store, KEY_A, ID("1"), " Hello "), 0);
    EQ_STR(fixture_cell(f.store, "SELECT content FROM communication_messages"), "Hello");
    EQ_STR(fixture_cell(f.store, "SELECT channel || status FROM conversations"), "webactive");
    OK(fixture_cell(f.store, "SELECT customer_id FROM conversations") == NULL);
    EQ_STR(COUNT("jobs WHERE kind = 'turn'"), "1");
    EQ_STR(COUNT("web_conversations"), "1");
    EQ_STR(fixture_cell(f.store, "SELECT origin FROM web_visitors"), "https://www.example.com");
    OK(strstr(fixture_cell(f.store, "SELECT {as_text metadata} FROM communication_messages"),
              "/prices"));
}

TEST(visitors_are_kept_apart)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(say(f.store, KEY_A, ID("1"), "one"), 0);
    EQ_INT(say(f.store, KEY_A, ID("2"), "two"), 0);
    EQ_INT(say(f.store, KEY_B, ID("1"), "the same name, another's"), 0);
    EQ_STR(COUNT("communication_messages"), "3");
    EQ_STR(COUNT("conversations"), "2");
    EQ_STR(COUNT("web_visitors"), "2");
    struct pool *p CLEANUP(pool_free) = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    struct web_standing s;
    struct web_message *list;
    size_t n;
    EQ_INT(store_borrow(f.store, &db, NULL), 0);
    EQ_INT(web_visitors_read(db, p, web_chat_key_hash(p, STR(KEY_B)), (struct wall){0}, wall_now(),
                             10, &s, &list, &n, NULL),
           0);
    EQ_INT((int)n, 1);
    OK(s.waits && !s.held && !s.moved);
    EQ_INT(web_visitors_read(db, p, web_chat_key_hash(p, STR(KEY_A)), (struct wall){0}, wall_now(),
                             10, &s, &list, &n, NULL),
           0);
    EQ_INT((int)n, 2);
    EQ_STR(list[0].content.p, "one");
    EQ_INT(
        web_visitors_read(db, p, "nobody", (struct wall){0}, wall_now(), 10, &s, &list, &n, NULL),
        0);
    OK(n == 0 && !s.conversation_id.p);
}

static void *say_one(void *store)
{
    EQ_INT(say(store, KEY_A, ID("1"), "Hello"), 0);
    return NULL;
}

static void *say_another(void *store)
{
    EQ_INT(say(store, KEY_A, ID("2"), "And another"), 0);
    return NULL;
}

TEST(ten_at_the_same_instant_count_once_and_make_one_conversation)
{
    CLEANUP(fixture_clear) struct fixture f;
    pthread_t threads[10];
    fixture_init_tables(&f);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        OK(pthread_create(&threads[i], NULL, i % 2 ? say_one : say_another, f.store) == 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_join(threads[i], NULL);
    }
    EQ_STR(COUNT("communication_messages"), "2");
    EQ_STR(COUNT("inbound_requests"), "2");
    EQ_STR(COUNT("web_visitors"), "1");
    EQ_STR(COUNT("conversations"), "1");
}

TEST(after_a_long_silence_a_new_conversation_begins)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    struct wall before = {wall_now().us - 5 * 3600 * US_PER_SECOND};
    EQ_INT(say_at(f.store, KEY_A, ID("1"), "one", before, &out), 0);
    EQ_INT(say(f.store, KEY_A, ID("2"), "two"), 0);
    EQ_STR(COUNT("conversations"), "2");
    EQ_STR(COUNT("conversations WHERE status = 'completed'"), "1");
    EQ_STR(COUNT("web_conversations"), "2");
}

static int move_fn(struct db *db, void *arg, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    bool mail = arg != NULL;
    struct chat_move m = {
        .key_hash = web_chat_key_hash(p, STR(KEY_A)),
        .channel = mail ? CHANNEL_EMAIL : CHANNEL_SMS,
        .to = mail ? "ann@example.com" : "+12025550123",
        .from = mail ? "desk@example.com" : "+15550199999",
        .subject = mail ? "Our chat" : NULL,
        .note = STR("Let us go on here."),
        .rules = config.rules,
        .now = wall_now(),
    };
    return chat_move(db, p, &m, e);
}

TEST(a_move_keeps_visitor_and_customer_apart)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(store_write(f.store, move_fn, NULL, NULL), ERR_NOT_FOUND);
    EQ_STR(COUNT("customers"), "0");
    EQ_INT(say(f.store, KEY_A, ID("1"), "secret matter"), 0);
    EQ_INT(store_write(f.store, move_fn, NULL, NULL), 0);
    EQ_STR(COUNT("conversations WHERE channel = 'web' AND customer_id IS NULL AND status = "
                 "'completed'"),
           "1");
    EQ_STR(COUNT("communication_messages m JOIN sms_details s ON s.message_id = m.id WHERE "
                 "m.content = 'Let us go on here.' AND s.to_number = '+12025550123'"),
           "1");
    EQ_STR(COUNT("jobs WHERE kind = 'send'"), "1");
    EQ_STR(COUNT("communication_events WHERE event_type = 'chat_moved'"), "2");
    EQ_STR(COUNT("communication_events n JOIN conversations c ON c.id = n.conversation_id WHERE "
                 "c.channel = 'sms' AND n.event_type = 'escalation_requested'"),
           "1");
    EQ_INT(store_write(f.store, move_fn, NULL, NULL), ERR_NOT_FOUND);
    EQ_INT(say(f.store, KEY_A, ID("2"), "back again"), 0);
    EQ_STR(COUNT("conversations WHERE channel = 'web'"), "2");
}

TEST(a_move_to_e_mail_begins_a_thread)
{
    CLEANUP(fixture_clear) struct fixture f;
    char mail = 1;
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, "INSERT INTO customers (name, email, is_new_client) VALUES "
                                   "('Ann', 'ann@example.com', {false});"),
           0);
    EQ_INT(say(f.store, KEY_A, ID("1"), "secret matter"), 0);
    EQ_INT(store_write(f.store, move_fn, &mail, NULL), 0);
    EQ_STR(COUNT("customers"), "1");
    EQ_STR(COUNT("conversations WHERE channel = 'web' AND customer_id IS NULL"), "1");
    EQ_STR(COUNT("conversations c JOIN customers u ON u.id = c.customer_id WHERE c.channel = "
                 "'email' AND u.name = 'Ann'"),
           "1");
    EQ_STR(fixture_cell(f.store, "SELECT from_address || ' ' || to_address || ' ' || subject FROM "
                                 "email_details"),
           "desk@example.com ann@example.com Our chat");
    EQ_STR(COUNT("jobs WHERE kind = 'send_email'"), "1");
}

TEST(which_sites_are_in_the_list)
{
    static const struct {
        const char *list, *origin;
        bool in;
    } rows[] = {
        {"https://a.example", "https://a.example", true},
        {"https://a.example", "https://A.EXAMPLE", true},
        {" https://b.example, https://a.example ", "https://a.example", true},
        {"https://a.example", "http://a.example", false},
        {"https://a.example", "https://a.example.evil", false},
        {"https://a.example", "https://a.example:8443", false},
        {"https://a.example", "https://x.a.example", false},
        {"https://a.example", "null", false},
        {"https://a.example", "", false},
        {"", "https://a.example", false},
        {"*", "https://a.example", true},
        {"*", "null", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s in \"%s\"", rows[i].origin, rows[i].list);
        OK(web_chat_origin_in(str_of(rows[i].list), str_of(rows[i].origin)) == rows[i].in);
    }
}

TEST(a_list_names_sites_only)
{
    static const char *const good[] = {"", "*", "https://a.example", "http://[::1]:8000 *",
                                       "https://a.example,https://b.example:1"};
    static const char *const bad[] = {
        "a.example",       "https://",      "https://a.example/",    "https://a.example/x",
        "ftp://a.example", "https://a b.c", "https://user@a.example"};
    struct str wrong;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        OK_MSG(web_chat_origins_ok(str_of(good[i]), &wrong), "%s", good[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        OK_MSG(!web_chat_origins_ok(str_of(bad[i]), &wrong) && wrong.n > 0, "%s", bad[i]);
    }
}

#ifdef AVA_FAULTS
TEST(a_store_that_fails_leaves_nothing_half)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    int rc = ERR_UNAVAILABLE;
    for (long nth = 1; rc < 0 && nth < 100; nth++) {
        fault_arm(FAULT_STORE, nth, false);
        rc = say(f.store, KEY_A, ID("1"), "Hello");
        fault_arm(FAULT_STORE, 0, false);
        tap_case("fault %ld", nth);
        EQ_STR(COUNT("communication_messages"), rc < 0 ? "0" : "1");
        EQ_STR(COUNT("web_visitors"), rc < 0 ? "0" : "1");
        EQ_STR(COUNT("web_conversations"), rc < 0 ? "0" : "1");
        EQ_STR(COUNT("inbound_requests WHERE state = 'done'"), rc < 0 ? "0" : "1");
        EQ_STR(COUNT("jobs"), rc < 0 ? "0" : "1");
        OK(rc == 0 || nth < 50);
    }
    EQ_INT(rc, 0);
    for (long nth = 1, moved = -1; moved < 0 && nth < 100; nth++) {
        fault_arm(FAULT_STORE, nth, false);
        moved = store_write(f.store, move_fn, NULL, NULL);
        fault_arm(FAULT_STORE, 0, false);
        tap_case("fault %ld of the move", nth);
        EQ_STR(COUNT("communication_events WHERE event_type = 'chat_moved'"),
               moved < 0 ? "0" : "2");
        EQ_STR(COUNT("jobs WHERE kind = 'send'"), moved < 0 ? "0" : "1");
        OK(moved == 0 || nth < 60);
    }
}
#endif

int main(void)
{
    return tap_run();
}
