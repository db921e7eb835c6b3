/* SPDX-License-Identifier: Apache-2.0 */
/* Statements on messages whose answer decides whether a customer is texted twice. */
#include "store/messages.h"
#include "store_fixture.h"
#include "tap.h"

#define MINE "01900000-0000-7000-8000-000000000001"
#define OTHER "01900000-0000-7000-8000-000000000002"

static bool taken(struct fixture *f, const char *provider_id, const char *message_id)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    bool out = false;
    EQ_INT(store_borrow(f->store, &db, NULL), 0);
    EQ_INT(messages_sms_taken(db, p, provider_id, message_id, &out, NULL), 0);
    return out;
}

TEST(a_report_that_names_this_message_does_not_make_it_anothers)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store,
                          "INSERT INTO conversations (id, channel, status, initiated_at, "
                          "last_activity_at) VALUES ('" MINE "', 'sms', 'active', {now}, {now});"
                          "INSERT INTO communication_messages (id, conversation_id, direction, "
                          "content, sent_at) VALUES ('" MINE "', '" MINE "', 'outbound', 'x', "
                          "{now}), ('" OTHER "', '" MINE "', 'outbound', 'x', {now});"
                          "INSERT INTO sms_details (message_id, from_number, to_number, "
                          "provider_message_id) VALUES ('" MINE "', '1', '2', 'SM1'), ('" OTHER
                          "', '1', '2', '')"),
           0);
    OK(!taken(&f, "SM1", MINE));
    OK(taken(&f, "SM1", OTHER));
    OK(!taken(&f, "SM2", OTHER));
}

int main(void)
{
    return tap_run();
}
