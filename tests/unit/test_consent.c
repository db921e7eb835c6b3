/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be written to after what: the ledger, the words that come in, and what is taken back. */
#include "domain/consent.h"

#include <stdio.h>

#include "base/fault.h"
#include "domain/consent_hear.h"
#include "domain/conversation.h"
#include "domain/outbox.h"
#include "store/customers.h"
#include "store_fixture.h"
#include "tap.h"

#define CUSTOMER "+15550100001"
#define BUSINESS "+15550199999"

struct desk {
    struct fixture f;
    struct pool *pool;
    int64_t customer;
    struct id conversation, inbound;
    struct wall now;
    /* of one call */
    const char *channel, *text, *type;
    bool ours, handled;
    struct wall at;
    enum outbox_purpose purpose;
    struct consent_change change;
    struct err err;
    const char *url;
};

static int begin(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    int rc = customers_find_or_make(db, d->pool, CUSTOMER, d->now, &d->customer, e);
    return rc < 0 ? rc
                  : conversation_begin(db, d->pool, d->customer, d->channel, NULL, STR(""), d->now,
                                       &d->conversation, e);
}

static void open_desk(struct desk *d, const char *channel)
{
    *d = (struct desk){.pool = pool_new(), .channel = channel, .now = {1772636400 * US_PER_SECOND}};
    d->at = d->now;
    fixture_init_tables(&d->f);
    EQ_INT(store_write(d->f.store, begin, d, NULL), 0);
}

static void close_desk(struct desk *d)
{
    fixture_clear(&d->f);
    pool_free(&d->pool);
}

static int hear(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    d->inbound = id_new();
    struct message_new m = {.id = d->inbound.text,
                            .conversation_id = d->conversation.text,
                            .direction = "inbound",
                            .content = str_of(d->text),
                            .at = d->at};
    struct consent_heard h = {.channel = d->channel,
                              .conversation_id = d->conversation.text,
                              .message_id = d->inbound.text,
                              .provider_id = "SM1",
                              .from = CUSTOMER,
                              .to = BUSINESS,
                              .body = m.content,
                              .opt_out_type = d->type,
                              .replies_are_ours = d->ours,
                              .business_name = "Lotus Spa",
                              .at = d->at,
                              .now = d->now};
    int rc = conversation_add_message(db, d->pool, &m, e);
    return rc < 0 ? rc : consent_hear(db, d->pool, &h, &d->handled, e);
}

/* Was the text such a word, that needs no answer? */
static bool hears(struct desk *d, const char *text)
{
    d->text = text;
    d->err = (struct err){0};
    if (!EQ_INT(store_write(d->f.store, hear, d, &d->err), 0)) {
        printf("# %s\n", d->err.text);
    }
    return d->handled;
}

static int write_change(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    return consent_write(db, d->pool, &d->change, e);
}

static void change(struct desk *d, const char *purpose, bool granted)
{
    d->change = (struct consent_change){.address = CUSTOMER,
                                        .channel = d->channel,
                                        .purpose = purpose,
                                        .granted = granted,
                                        .source = "staff",
                                        .actor = "user:1",
                                        .at = d->now};
    EQ_INT(store_write(d->f.store, write_change, d, NULL), 0);
}

static bool may(struct desk *d, const char *purpose)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct consent_verdict v;
    EQ_INT(store_borrow(d->f.store, &db, NULL), 0);
    EQ_INT(consent_check(db, d->pool, CUSTOMER, d->channel, purpose, &v, NULL), 0);
    return v.allowed;
}

static int add(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    struct outbox_message m = {.conversation_id = d->conversation.text,
                               .from = BUSINESS,
                               .to = CUSTOMER,
                               .body = STR("See you at 3"),
                               .voice = OUTBOX_STAFF,
                               .purpose = d->purpose,
                               .now = d->now};
    OK(channel_of(str_of(d->channel), &m.channel));
    m.is_template = m.channel == CHANNEL_WHATSAPP; /* the customer may not have written for a day */
    return outbox_add(db, d->pool, &m, NULL, e);
}

static int sends(struct desk *d, enum outbox_purpose purpose)
{
    d->purpose = purpose;
    d->err = (struct err){0};
    return store_write(d->f.store, add, d, &d->err);
}

static const char *count(struct desk *d, const char *what)
{
    return fixture_cell(d->f.store, pool_printf(d->pool, "SELECT count(*) FROM %s", what));
}

TEST(after_stop_nobody_writes_until_start)
{
    struct desk d;
    open_desk(&d, "sms");
    EQ_INT(sends(&d, OUTBOX_ANSWER), 0);
    EQ_INT(sends(&d, OUTBOX_STAFF_MESSAGE), 0);
    EQ_INT(sends(&d, OUTBOX_REMINDER), 0);
    EQ_STR(count(&d, "jobs WHERE kind = 'send'"), "3");
    OK(hears(&d, "STOP"));
    EQ_STR(count(&d, "jobs WHERE kind = 'send'"), "0");
    EQ_STR(count(&d, "sms_details WHERE delivery_status = 'failed'"), "3");
    static const char *const purposes[] = {CONSENT_ANSWER, CONSENT_STAFF, CONSENT_REMINDER,
                                           CONSENT_MARKETING};
    for (size_t i = 0; i < ARRAY_SIZE(purposes); i++) {
        OK(!may(&d, purposes[i]));
    }
    EQ_INT(sends(&d, OUTBOX_STAFF_MESSAGE), ERR_OPTED_OUT);
    EQ_STR(d.err.text, "the customer has opted out of texts on 2026-03-04");
    EQ_STR(count(&d, "communication_messages WHERE direction = 'outbound'"), "3");
    OK(!hears(&d, "what are your hours?"));
    OK(!may(&d, CONSENT_ANSWER));
    OK(hears(&d, "START"));
    OK(may(&d, CONSENT_ANSWER) && may(&d, CONSENT_STAFF) && may(&d, CONSENT_REMINDER));
    OK(!may(&d, CONSENT_MARKETING));
    EQ_INT(sends(&d, OUTBOX_ANSWER), 0);
    close_desk(&d);
}

TEST(the_evidence_is_kept)
{
    struct desk d;
    open_desk(&d, "sms");
    OK(hears(&d, "Stop."));
    EQ_STR(fixture_cell(d.f.store, "SELECT state || source || actor || purpose || channel || "
                                   "address FROM consents"),
           "revokedkeywordcustomerallsms" CUSTOMER);
    const char *evidence = fixture_cell(d.f.store, "SELECT evidence FROM consents");
    OK_MSG(strstr(evidence, "Stop.") && strstr(evidence, "SM1") && strstr(evidence, d.inbound.text),
           "%s", evidence);
    EQ_STR(count(&d, "communication_events WHERE event_type = 'opt_out'"), "1");
    EQ_STR(fixture_cell(d.f.store, "SELECT status FROM conversations"), "completed");
    close_desk(&d);
}

/* Twilio's word, alone, is confirmed by Twilio; what only we understand, or a channel that has no
 * such handling, by us; once. */
TEST(one_confirmation_by_whom_it_is_due)
{
    static const struct {
        const char *channel, *text, *type;
        bool ours;
        const char *confirmations;
    } rows[] = {
        {"sms", "STOP", NULL, false, "0"},       {"sms", "STOP", NULL, true, "1"},
        {"sms", "STOP", "STOP", false, "0"},     {"sms", "stop!", NULL, false, "1"},
        {"sms", "stop!", "STOP", false, "0"},    {"sms", "ALTO", NULL, false, "1"},
        {"whatsapp", "STOP", NULL, false, "1"},  {"sms", "go away", "STOP", false, "0"},
        {"whatsapp", "START", NULL, false, "1"}, {"sms", "START", NULL, false, "0"},
        {"sms", "HELP", "HELP", false, "0"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct desk d;
        open_desk(&d, rows[i].channel);
        d.type = rows[i].type;
        d.ours = rows[i].ours;
        tap_case("%s %s", rows[i].channel, rows[i].text);
        OK(hears(&d, rows[i].text));
        EQ_STR(count(&d, "jobs WHERE kind = 'send'"), rows[i].confirmations);
        if (rows[i].confirmations[0] == '1') {
            const char *said = fixture_cell(d.f.store, "SELECT content FROM communication_messages "
                                                       "WHERE direction = 'outbound'");
            OK_MSG(strstr(said, "Lotus Spa: ") == said, "%s", said);
        }
        OK(hears(&d, rows[i].text));
        bool stop = strcmp(rows[i].text, "START") != 0;
        if (stop) { /* the second time nothing changes, and nothing is said */
            OK(strcmp(count(&d, "jobs WHERE kind = 'send'"), "2") != 0);
            OK(strcmp(count(&d, "communication_messages WHERE direction = 'outbound'"), "2") != 0);
        }
        close_desk(&d);
    }
    tap_case("%s", "");
}

TEST(yes_and_help_are_for_the_assistant_unless)
{
    struct desk d;
    open_desk(&d, "sms");
    OK(!hears(&d, "yes"));
    OK(!hears(&d, "HELP"));
    EQ_STR(count(&d, "consents"), "0");
    OK(hears(&d, "STOP"));
    OK(hears(&d, "Yes"));
    OK(may(&d, CONSENT_ANSWER));
    EQ_STR(count(&d, "consents"), "2");
    EQ_STR(count(&d, "communication_events WHERE event_type = 'opt_in'"), "1");
    OK(!hears(&d, "yes"));
    close_desk(&d);
}

TEST(cancel_stops_and_tells_the_staff)
{
    struct desk d;
    open_desk(&d, "sms");
    OK(hears(&d, "CANCEL"));
    OK(!may(&d, CONSENT_ANSWER));
    const char *details = fixture_cell(d.f.store, "SELECT details FROM communication_events WHERE "
                                                  "event_type = 'escalation_requested'");
    OK(details && strstr(details, "cancel_or_opt_out"));
    EQ_STR(fixture_cell(d.f.store, "SELECT status FROM conversations"), "active");
    close_desk(&d);
}

TEST(a_late_word_does_not_undo_a_newer_one)
{
    struct desk d;
    open_desk(&d, "sms");
    OK(hears(&d, "STOP"));
    d.at.us -= 3600 * US_PER_SECOND;
    OK(hears(&d, "START"));
    OK(!may(&d, CONSENT_ANSWER));
    d.at.us = d.now.us += US_PER_SECOND;
    OK(hears(&d, "START"));
    OK(may(&d, CONSENT_ANSWER));
    d.at.us -= 10 * US_PER_SECOND;
    OK(hears(&d, "STOP"));
    OK(may(&d, CONSENT_ANSWER));
    close_desk(&d);
}

TEST(marketing_needs_a_grant_and_loses_it_with_all)
{
    struct desk d;
    open_desk(&d, "sms");
    EQ_INT(sends(&d, OUTBOX_MARKETING), ERR_OPTED_OUT);
    EQ_STR(d.err.text, "the customer has not agreed to texts that advertise");
    change(&d, "marketing", true);
    EQ_INT(sends(&d, OUTBOX_MARKETING), 0);
    change(&d, "marketing", false);
    EQ_INT(sends(&d, OUTBOX_MARKETING), ERR_OPTED_OUT);
    EQ_STR(d.err.text, "the customer has opted out of such texts on 2026-03-04");
    OK(may(&d, CONSENT_ANSWER));
    change(&d, "marketing", true);
    OK(may(&d, CONSENT_MARKETING));
    OK(hears(&d, "STOP") && hears(&d, "START"));
    OK(!may(&d, CONSENT_MARKETING));
    change(&d, "marketing", true);
    OK(may(&d, CONSENT_MARKETING));
    OK(hears(&d, "START"));
    OK(may(&d, CONSENT_MARKETING));
    close_desk(&d);
}

TEST(a_channel_and_a_purpose_are_their_own)
{
    struct desk d;
    open_desk(&d, "sms");
    OK(hears(&d, "STOP"));
    d.channel = "whatsapp";
    OK(may(&d, CONSENT_ANSWER));
    d.channel = "sms";
    OK(hears(&d, "START"));
    change(&d, "reminder", false);
    OK(!may(&d, CONSENT_REMINDER));
    OK(may(&d, CONSENT_ANSWER) && may(&d, CONSENT_STAFF));
    close_desk(&d);
}

static int link_of(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    return consent_unsubscribe_url(db, d->pool, "https://desk.example.com", "ann@example.com",
                                   "marketing", d->now, &d->url, e);
}

TEST(a_link_stands_for_an_address)
{
    struct desk d;
    open_desk(&d, "sms");
    EQ_INT(store_write(d.f.store, link_of, &d, NULL), 0);
    const char *first = d.url;
    EQ_INT(store_write(d.f.store, link_of, &d, NULL), 0);
    EQ_STR(d.url, first);
    const char *key = strrchr(first, '/') + 1;
    OK(strstr(first, "https://desk.example.com/u/") == first && strlen(key) == 26);
    {
        CLEANUP(store_return) struct db *db = NULL;
        struct unsubscribe_link link = {0};
        EQ_INT(store_borrow(d.f.store, &db, NULL), 0);
        EQ_INT(consent_of_link(db, d.pool, str_of(key), &link, NULL), 0);
        EQ_STR(link.address, "ann@example.com");
        EQ_STR(link.purpose, "marketing");
        static const char *const wrong[] = {"", "x", "aaaaaaaaaaaaaaaaaaaaaaaaaa",
                                            "AAAAAAAAAAAAAAAAAAAAAAAAAA", "' OR 1=1 --"};
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
            EQ_INT(consent_of_link(db, d.pool, str_of(wrong[i]), &link, NULL), ERR_NOT_FOUND);
        }
    }
    close_desk(&d);
}

/* A STOP that meets a fault at any statement has done all of it or nothing, and can come again. */
TEST(a_fault_leaves_nothing_half)
{
#ifdef AVA_FAULTS
    struct desk d;
    open_desk(&d, "whatsapp");
    EQ_INT(sends(&d, OUTBOX_REMINDER), 0);
    int faults = 0, rc = -1;
    d.text = "STOP";
    for (int n = 1; n < 60 && rc != 0; n++) {
        fault_arm(FAULT_STORE, n, false);
        rc = store_write(d.f.store, hear, &d, NULL);
        fault_arm(FAULT_STORE, 0, false);
        if (rc != 0) {
            faults++;
            EQ_STR(count(&d, "consents"), "0");
            EQ_STR(count(&d, "communication_messages"), "1");
            EQ_STR(count(&d, "communication_events WHERE event_type = 'opt_out'"), "0");
            EQ_STR(count(&d, "jobs WHERE kind = 'send'"), "1");
        }
    }
    OK(faults > 5);
    EQ_INT(rc, 0);
    EQ_STR(count(&d, "consents"), "1");
    EQ_STR(fixture_cell(d.f.store, "SELECT content FROM communication_messages JOIN sms_details ON "
                                   "message_id = id WHERE delivery_status = 'queued'"),
           "Lotus Spa: you will get no more messages from us. Reply START to get them again.");
    EQ_STR(count(&d, "sms_details WHERE delivery_status = 'failed'"), "1");
    close_desk(&d);
#else
    SKIP("needs -Dfaults=true");
#endif
}

TEST(addresses_in_one_form)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {" Ann@Example.COM ", "ann@example.com"},
        {"(555) 010-0001", "+15550100001"},
        {"+44 20 7946 0958", "+442079460958"},
        {"12345", "12345"},
        {"ann@", NULL},
        {"@example.com", NULL},
        {"a b@example.com", NULL},
        {"a@b@example.com", NULL},
        {"ann@example", NULL},
        {"", NULL},
        {"hello", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char out[CONSENT_ADDRESS_BYTES] = "";
        struct err e = {0};
        tap_case("%s", rows[i].text);
        int rc = consent_address(str_of(rows[i].text), "1", out, &e);
        EQ_INT(rc, rows[i].want ? 0 : ERR_INVALID);
        if (rows[i].want) {
            EQ_STR(out, rows[i].want);
        } else {
            EQ_STR(e.field, "address");
        }
    }
    tap_case("%s", "");
}

int main(void)
{
    return tap_run();
}
