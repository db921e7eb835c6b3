/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meta's webhooks: the signature (vector computed with two tools), batches cut into updates, each
 * type of message in words, statuses, and what is wrong or unknown in them.
 */
#include "base/buf.h"
#include "base/json_read.h"
#include "base/pool.h"
#include "channels/meta_codes.h"
#include "channels/meta_payload.h"
#include "channels/meta_signature.h"
#include "tap.h"

#define SECRET STR("testappsecret")
#define EMPTY "{\"object\":\"whatsapp_business_account\",\"entry\":[]}"
#define SIGNED "sha256=ae9f8435eb526185100faadf37aa3022fce9a01689082c87618a688db675c96f"

TEST(signs_as_meta_does)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    EQ_STR(meta_sign(p, SECRET, STR(EMPTY)), SIGNED);
    OK(meta_signature_ok(p, SECRET, STR(SIGNED), STR(EMPTY)));
    static const char *const wrong[] = {
        "",
        "sha256=",
        "ae9f8435eb526185100faadf37aa3022fce9a01689082c87618a688db675c96f",
        "sha1=ae9f8435eb526185100faadf37aa3022fce9a01689082c87618a688db675c96f",
        "sha256=be9f8435eb526185100faadf37aa3022fce9a01689082c87618a688db675c96f",
        "sha256=ae9f8435eb526185100faadf37aa3022fce9a01689082c87618a688db675c96f0",
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        tap_case("%s", wrong[i]);
        OK(!meta_signature_ok(p, SECRET, str_of(wrong[i]), STR(EMPTY)));
    }
    tap_case("another body");
    OK(!meta_signature_ok(p, SECRET, STR(SIGNED), STR(EMPTY " ")));
    tap_case("no secret");
    OK(!meta_signature_ok(p, STR(""), str_of(meta_sign(p, STR(""), STR(EMPTY))), STR(EMPTY)));
}

#define METADATA                                                                                   \
    "\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"15550001111\","   \
    "\"phone_number_id\":\"106\"}"
#define CONTACTS "\"contacts\":[{\"profile\":{\"name\":\"Ann\"},\"wa_id\":\"15551230001\"}]"

/* A batch whose one change has these members beside the metadata. */
static struct str batch(struct pool *p, const char *members)
{
    return str_of(pool_printf(p,
                              "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\","
                              "\"changes\":[{\"field\":\"messages\",\"value\":{" METADATA
                              ",%s}}]}]}",
                              members));
}

/* The only update of such a batch; NULL (with a failed check) otherwise. */
static const struct meta_update *only(struct pool *p, const char *members)
{
    struct meta_update *updates = NULL;
    size_t n = 0;
    struct err e = {0};
    OK_MSG(meta_split(p, batch(p, members), "106", &updates, &n, &e) == 0, "%s", e.text);
    return EQ_INT(n, 1) ? updates : NULL;
}

static int message_of(struct pool *p, const char *type_and_more, struct meta_message *out,
                      struct err *e)
{
    const char *members =
        pool_printf(p,
                    CONTACTS ",\"messages\":[{\"from\":\"15551230001\",\"id\":\"wamid.A\","
                             "\"timestamp\":\"1700000000\",%s}]",
                    type_and_more);
    const struct meta_update *u = only(p, members);
    return u ? meta_message_read(p, u->part, out, e) : ERR_INTERNAL;
}

static const struct {
    const char *type, *rest, *says, *media;
    bool quiet;
} kinds[] = {
    {"text", "\"text\":{\"body\":\"hi \\ud83d\\ude00\"}", "hi \xf0\x9f\x98\x80", NULL, false},
    {"text", "\"text\":{}", "", NULL, false},
    {"image", "\"image\":{\"id\":\"77\",\"mime_type\":\"image/jpeg\",\"caption\":\"my arm\"}",
     "my arm", "77", false},
    {"video", "\"video\":{\"id\":\"78\"}", "", "78", false},
    {"audio", "\"audio\":{\"id\":\"79\",\"voice\":true}", "", "79", false},
    {"document", "\"document\":{\"id\":\"80\",\"filename\":\"a.pdf\"}", "", "80", false},
    {"sticker", "\"sticker\":{\"id\":\"81\"}", "", "81", true},
    {"location",
     "\"location\":{\"latitude\":40.5,\"longitude\":-73,\"name\":\"Home\",\"address\":\"1 A St\"}",
     "Location: Home, 1 A St, 40.500000, -73.000000", NULL, false},
    {"contacts",
     "\"contacts\":[{\"name\":{\"formatted_name\":\"Bob\"},\"phones\":[{\"phone\":\"+1 555\"}]},"
     "{\"name\":{\"formatted_name\":\"Cy\"}}]",
     "Contact: Bob, +1 555; Cy", NULL, false},
    {"interactive",
     "\"interactive\":{\"type\":\"button_reply\",\"button_reply\":{\"id\":\"b1\",\"title\":\"Yes\"}"
     "}",
     "Yes", NULL, false},
    {"interactive",
     "\"interactive\":{\"type\":\"list_reply\",\"list_reply\":{\"id\":\"r\",\"title\":\"3 pm\"}}",
     "3 pm", NULL, false},
    {"button", "\"button\":{\"payload\":\"P\",\"text\":\"Confirm\"}", "Confirm", NULL, false},
    {"reaction", "\"reaction\":{\"message_id\":\"wamid.B\",\"emoji\":\"\xf0\x9f\x91\x8d\"}",
     "Reacted with \xf0\x9f\x91\x8d", NULL, true},
    {"reaction", "\"reaction\":{\"message_id\":\"wamid.B\"}", "Took a reaction back", NULL, true},
    {"order",
     "\"order\":{\"product_items\":[{\"product_retailer_id\":\"X1\",\"quantity\":2}],"
     "\"text\":\"please\"}",
     "Order: 2 x X1; please", NULL, false},
    {"system", "\"system\":{\"type\":\"user_changed_number\",\"body\":\"Ann has a new number\"}",
     "Ann has a new number", NULL, true},
    {"unsupported", "\"errors\":[{\"code\":131051,\"title\":\"Message type unknown\"}]",
     "(A message of a kind that WhatsApp does not pass on to businesses)", NULL, false},
    {"hologram", "\"hologram\":{\"body\":\"of next year\"}",
     "(A message of a kind that WhatsApp does not pass on to businesses)", NULL, false},
    {"text", "\"text\":7", "", NULL, false},
    {"contacts", "\"contacts\":{\"a\":[]}", "", NULL, false},
};

TEST(every_type_of_message_is_put_in_words)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct meta_message m = {0};
        struct err e = {0};
        tap_case("%s %s", kinds[i].type, kinds[i].rest);
        const char *members = pool_printf(p, "\"type\":\"%s\",%s", kinds[i].type, kinds[i].rest);
        if (!OK_MSG(message_of(p, members, &m, &e) == 0, "%s", e.text)) {
            continue;
        }
        EQ_STR(m.type, kinds[i].type);
        EQ_VIEW(m.content, kinds[i].says);
        EQ_STR(m.media_id, kinds[i].media);
        EQ_INT(m.quiet, kinds[i].quiet);
        EQ_STR(m.phone, "+15551230001");
        EQ_STR(m.to, "+15550001111");
        EQ_STR(m.name, "Ann");
        EQ_INT(m.at.us, INT64_C(1700000000) * US_PER_SECOND);
        json_t *metadata = NULL;
        OK(json_read(p, m.metadata, &metadata, NULL) == 0 &&
           json_is_object(json_object_get(metadata, "whatsapp")));
    }
}

TEST(what_a_message_answers_and_where_it_came_from_is_kept)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct meta_message m = {0};
    EQ_INT(message_of(p,
                      "\"type\":\"button\",\"button\":{\"text\":\"Yes\",\"payload\":\"go\"},"
                      "\"context\":{\"from\":\"1555\",\"id\":\"wamid.B\"},"
                      "\"referral\":{\"source_url\":\"https://fb.example/ad\"}",
                      &m, NULL),
           0);
    EQ_STR(m.reply_to, "wamid.B");
    OK_MSG(memmem(m.metadata.p, m.metadata.n, "wamid.B", 7) &&
               memmem(m.metadata.p, m.metadata.n, "\"payload\":\"go\"", 14) &&
               memmem(m.metadata.p, m.metadata.n, "fb.example", 10),
           "%s", m.metadata.p);
}

TEST(a_customer_may_hide_the_number)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const struct meta_update *u =
        only(p, "\"contacts\":[{\"profile\":{\"name\":\"Ann\",\"username\":\"ann.b\"},"
                "\"user_id\":\"US.13491208655302741918\"}],\"messages\":[{\"from_user_id\":"
                "\"US.13491208655302741918\",\"id\":\"wamid.A\",\"timestamp\":\"1700000000\","
                "\"type\":\"text\",\"text\":{\"body\":\"hi\"}}]");
    struct meta_message m = {0};
    if (u && EQ_INT(meta_message_read(p, u->part, &m, NULL), 0)) {
        EQ_STR(m.phone, NULL);
        EQ_STR(m.user_id, "US.13491208655302741918");
        EQ_STR(m.username, "ann.b");
    }
}

TEST(a_contact_goes_to_its_own_message)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct meta_update *u = NULL;
    size_t n = 0;
    const char *members =
        "\"contacts\":[{\"profile\":{\"name\":\"Ann\"},\"wa_id\":\"15551230001\"},"
        "{\"profile\":{\"name\":\"Bob\"},\"wa_id\":\"15551230002\"}],\"messages\":["
        "{\"from\":\"15551230002\",\"id\":\"b\",\"type\":\"text\",\"text\":{\"body\":\"1\"}},"
        "{\"from\":\"15551230001\",\"id\":\"a\",\"type\":\"text\",\"text\":{\"body\":\"2\"}}]";
    EQ_INT(meta_split(p, batch(p, members), NULL, &u, &n, NULL), 0);
    if (EQ_INT(n, 2)) {
        struct meta_message m = {0};
        EQ_INT(meta_message_read(p, u[0].part, &m, NULL), 0);
        EQ_STR(m.name, "Bob");
        EQ_INT(meta_message_read(p, u[1].part, &m, NULL), 0);
        EQ_STR(m.name, "Ann");
        EQ_INT(m.at.us, 0);
    }
}

TEST(what_is_not_ours_is_left_out)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct meta_update *u = NULL;
    size_t n = 9;
    EQ_INT(meta_split(p, STR(EMPTY), "106", &u, &n, NULL), 0);
    EQ_INT(n, 0);
    struct str other =
        batch(p, "\"messages\":[{\"from\":\"15551230002\",\"id\":\"b\",\"type\":\"text\"}]");
    EQ_INT(meta_split(p, other, "107", &u, &n, NULL), 0);
    EQ_INT(n, 0);
    EQ_INT(meta_split(p, other, "106", &u, &n, NULL), 0);
    EQ_INT(n, 1);
    struct str field = STR("{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{"
                           "\"field\":\"account_update\",\"value\":{\"messages\":[{}]}}]}]}");
    EQ_INT(meta_split(p, field, "106", &u, &n, NULL), 0);
    EQ_INT(n, 0);
}

TEST(what_is_no_batch_is_refused)
{
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "7",
        "{}",
        "{\"object\":\"page\",\"entry\":[]}",
        "{\"object\":7}",
        "{\"object\":\"whatsapp_business_account\",\"a\":1,\"a\":2}"};
    for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct meta_update *u = NULL;
        size_t n = 9;
        struct err e = {0};
        tap_case("%s", bodies[i]);
        EQ_INT(meta_split(p, str_of(bodies[i]), "106", &u, &n, &e), ERR_MALFORMED);
        OK(e.text[0] && n == 9);
    }
}

TEST(messages_without_what_is_needed_say_so)
{
    static const struct {
        const char *message, *field;
    } rows[] = {
        {"\"from\":\"15551230001\"", "id"},
        {"\"id\":\"\",\"from\":\"15551230001\"", "id"},
        {"\"id\":7,\"from\":\"15551230001\"", "id"},
        {"\"id\":\"a\"", "from"},
        {"\"id\":\"a\",\"from\":\"call me\"", "from"},
        {"\"id\":\"a\",\"from\":\"0\"", "from"},
        {"\"id\":\"a\",\"from_user_id\":\"nothing\"", "from"},
        {"\"id\":\"a\",\"from_user_id\":\"US.a b\"", "from"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct meta_message m = {.id = "untouched"};
        struct err e = {0};
        tap_case("%s", rows[i].message);
        const struct meta_update *u =
            only(p, pool_printf(p, "\"messages\":[{%s}]", rows[i].message));
        EQ_INT(u ? meta_message_read(p, u->part, &m, &e) : 0, ERR_INVALID);
        EQ_STR(e.field, rows[i].field);
        EQ_STR(m.id, "untouched");
    }
}

TEST(every_update_has_a_name_that_fits)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char id[300];
    memset(id, 'w', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    for (size_t n = 0; n < sizeof id; n += 23) {
        id[n] = '\0';
        const struct meta_update *u =
            only(p, pool_printf(p, "\"statuses\":[{\"id\":\"%s\",\"status\":\"delivered\"}]", id));
        id[n] = 'w';
        OK(u && u->is_status && u->name[0] && strlen(u->name) <= 100);
    }
    EQ_STR(only(p, "\"statuses\":[{\"id\":\"wamid.A\",\"status\":\"read\"}]")->name,
           "wamid.A:read");
    EQ_STR(only(p, "\"messages\":[{\"id\":\"wamid.A\"}]")->name, "wamid.A");
}

TEST(statuses_are_read)
{
    static const struct {
        const char *theirs, *ours;
        bool read;
    } rows[] = {{"sent", "sent", false},     {"delivered", "delivered", false},
                {"read", "delivered", true}, {"played", "delivered", true},
                {"failed", "failed", false}, {"teleported", NULL, false}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct meta_status s = {0};
        tap_case("%s", rows[i].theirs);
        const struct meta_update *u = only(
            p, pool_printf(p,
                           "\"statuses\":[{\"id\":\"wamid.A\",\"status\":\"%s\",\"timestamp\":"
                           "\"1700000000\",\"recipient_id\":\"15551230001\","
                           "\"biz_opaque_callback_data\":\"m1\",\"pricing\":{\"billable\":true}}]",
                           rows[i].theirs));
        if (u && EQ_INT(meta_status_read(p, u->part, &s, NULL), 0)) {
            EQ_STR(s.status, rows[i].ours);
            EQ_INT(s.read, rows[i].read);
            EQ_STR(s.message_id, "m1");
            EQ_STR(s.error_code, "");
            EQ_STR(s.error_words, NULL);
        }
    }
}

TEST(a_failed_status_says_why)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct meta_status s = {0};
    const struct meta_update *u = only(
        p, "\"statuses\":[{\"id\":\"wamid.A\",\"status\":\"failed\",\"errors\":[{\"code\":131047,"
           "\"title\":\"Re-engagement message\"}]}]");
    EQ_INT(meta_status_read(p, u->part, &s, NULL), 0);
    EQ_STR(s.error_code, "131047");
    OK(strstr(s.error_words, "24 hours"));
    struct err e = {0};
    u = only(p, "\"statuses\":[{\"id\":\"wamid.A\"}]");
    EQ_INT(meta_status_read(p, u->part, &s, &e), ERR_INVALID);
    EQ_STR(e.field, "status");
}

TEST(a_big_batch_is_cut_whole_and_a_huge_one_refused)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (int count = 1000; count <= META_UPDATES_MAX + 1; count += META_UPDATES_MAX - 999) {
        struct buf b CLEANUP(buf_clear);
        buf_init(&b, 4u << 20);
        buf_puts(&b, "\"messages\":[");
        for (int i = 0; i < count; i++) {
            buf_printf(&b, "%s{\"id\":\"w%d\",\"from\":\"15551230001\"}", i ? "," : "", i);
        }
        buf_puts(&b, "]");
        struct meta_update *u = NULL;
        size_t n = 0;
        int rc = meta_split(p, batch(p, buf_str(&b).p), "", &u, &n, NULL);
        EQ_INT(rc, count <= META_UPDATES_MAX ? 0 : ERR_TOO_LARGE);
        if (rc == 0 && EQ_INT(n, count)) {
            EQ_STR(u[0].name, "w0");
            EQ_STR(u[count - 1].name, pool_printf(p, "w%d", count - 1));
        }
    }
}

TEST(codes_are_found_and_in_order)
{
    static const int all[] = {
#define META_CODE(code, retry, words) code,
#include "channels/meta_codes.def"
#undef META_CODE
    };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        tap_case("%d", all[i]);
        OK(i == 0 || all[i] > all[i - 1]);
        const struct meta_code *c = meta_code_find(all[i]);
        OK(c && c->code == all[i] && strlen(c->words) < 200);
    }
    OK(!meta_code_find(-1) && !meta_code_find(7) && meta_error_words(7)[0]);
}

int main(void)
{
    return tap_run();
}
