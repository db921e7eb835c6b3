/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every message provider must do, whoever it is: each row of the table runs through all of it
 * against its stand-in. To add a provider: its file in src/channels, a stand-in, a row here.
 */
#include <time.h>

#include "base/pool.h"
#include "channels/inbox.h"
#include "channels/provider.h"
#include "io/http_client.h"
#include "sandbox/sandbox.h"
#include "tap.h"

#define CUSTOMER "+15550100002"
#define TOKEN "contract-token"

struct stand_in {
    struct sandbox *sandbox;
    struct http_client *http;
    struct pool *pool;
    const struct provider_ops *ops;
    struct provider_account account;
    struct provider_send message;
    const char *address; /* of the customer, as the stand-in lists it */
    int segments;        /* that the provider says a short text has; 0: it does not say */
};

struct row {
    const struct provider_ops *ops;
    bool (*begin)(struct stand_in *x);
};

static bool begin_twilio(struct stand_in *x)
{
    struct sandbox_config config = {.listen = "127.0.0.1:0", .token = TOKEN, .callback_ms = 20};
    struct err e = {0};
    if (!OK_MSG(sandbox_new(&config, &x->sandbox, &e) == 0, "%s", e.text)) {
        return false;
    }
    x->account = (struct provider_account){
        .api_url = pool_printf(x->pool, "http://127.0.0.1:%d", sandbox_port(x->sandbox)),
        .account = SANDBOX_ACCOUNT,
        .secret = TOKEN,
        .timeout_ms = 5000,
    };
    x->message = (struct provider_send){.from = SANDBOX_NUMBER, .to = CUSTOMER};
    x->address = CUSTOMER;
    x->segments = 1;
    return true;
}

/* Texts go from a messaging service, which chooses the number. */
static bool begin_twilio_service(struct stand_in *x)
{
    bool began = begin_twilio(x);
    x->account.service = "MG00000000000000000000000000000001";
    x->message.from = "+15550190000"; /* is not asked for */
    return began;
}

/* Whoever is to be written to there has written first. */
static bool begin_meta(struct stand_in *x)
{
    struct sandbox_config config = {.listen = "127.0.0.1:0", .token = TOKEN, .callback_ms = 20};
    struct sandbox_text first = {.from = CUSTOMER, .body = STR("hello"), .meta = true};
    struct sandbox_texted sent;
    struct err e = {0};
    if (!OK_MSG(sandbox_new(&config, &x->sandbox, &e) == 0, "%s", e.text) ||
        !OK_MSG(sandbox_send_text(x->sandbox, &first, &sent, &e) == 0, "%s", e.text)) {
        return false;
    }
    x->account = (struct provider_account){
        .api_url = pool_printf(x->pool, "http://127.0.0.1:%d/v23.0", sandbox_port(x->sandbox)),
        .account = SANDBOX_META_PHONE_ID,
        .secret = TOKEN,
        .timeout_ms = 5000,
    };
    x->message =
        (struct provider_send){.channel = "whatsapp", .from = SANDBOX_META_NUMBER, .to = CUSTOMER};
    x->address = "whatsapp:" CUSTOMER;
    return true;
}

static const struct row rows[] = {{&provider_twilio, begin_twilio},
                                  {&provider_twilio, begin_twilio_service},
                                  {&provider_meta, begin_meta}};
#define META_ROW (&rows[2])

static bool begin(const struct row *row, struct stand_in *x)
{
    *x = (struct stand_in){.pool = pool_new(), .http = http_client_new(), .ops = row->ops};
    tap_case("%s", row->ops->name);
    return row->begin(x);
}

static void end(struct stand_in *x)
{
    sandbox_free(&x->sandbox);
    http_client_free(&x->http);
    pool_free(&x->pool);
}

static struct provider_result send_text(struct stand_in *x, struct str body)
{
    struct provider_result r = {.failure = (enum provider_failure)99};
    x->message.body = body;
    x->ops->send(x->http, x->pool, &x->account, &x->message, &r);
    return r;
}

static void add_fault(struct stand_in *x, struct sandbox_fault fault)
{
    struct err e = {0};
    OK_MSG(sandbox_add_fault(x->sandbox, &fault, &e) == 0, "%s", e.text);
}

/* Runs one part of the contract over all providers. */
static void each(void (*part)(struct stand_in *x))
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct stand_in x;
        if (begin(&rows[i], &x)) {
            part(&x);
        }
        end(&x);
    }
}

/* The same over those that have a list of what was sent. */
static void each_with_list(void (*part)(struct stand_in *x))
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct stand_in x = {0};
        if (!rows[i].ops->find) {
            continue;
        }
        if (begin(&rows[i], &x)) {
            part(&x);
        }
        end(&x);
    }
}

static void says_what_it_did(struct stand_in *x)
{
    struct provider_result r = send_text(x, STR("Your visit is at 3 & it's free + ☃"));
    EQ_INT(r.failure, PROVIDER_OK);
    OK(r.sent.id && strlen(r.sent.id) > 10 && strlen(r.sent.id) <= 255);
    EQ_STR(r.sent.status, "queued");
    EQ_INT(r.sent.segments, x->segments);
    EQ_STR(r.code, "");
    EQ_INT(sandbox_accepted(x->sandbox), 1);
    struct str arrived = sandbox_wait_reply(x->sandbox, x->pool, x->address, 0, 0);
    EQ_VIEW(arrived, "Your visit is at 3 & it's free + ☃");
}

TEST(a_text_arrives_as_it_was_sent)
{
    each(says_what_it_did);
}

static void is_refused_for_good(struct stand_in *x)
{
    x->message.to = "+15005550004";
    struct provider_result r = send_text(x, STR("hello"));
    EQ_INT(r.failure, PROVIDER_REFUSED);
    OK(r.code[0] && r.text[0]);
    EQ_INT(sandbox_accepted(x->sandbox), 0);
}

TEST(a_refusal_is_for_good)
{
    each(is_refused_for_good);
}

static void is_told_to_wait(struct stand_in *x)
{
    add_fault(x, (struct sandbox_fault){.status = 429, .count = 1, .retry_after_s = 7});
    struct provider_result r = send_text(x, STR("hello"));
    EQ_INT(r.failure, PROVIDER_LATER);
    EQ_INT(r.retry_after_ms, 7000);
    OK(r.text[0]);
    EQ_INT(sandbox_accepted(x->sandbox), 0);
    EQ_INT(send_text(x, STR("hello")).failure, PROVIDER_OK);
    EQ_INT(sandbox_accepted(x->sandbox), 1);
}

TEST(too_many_requests_is_later)
{
    each(is_told_to_wait);
}

static void meets_a_closed_door(struct stand_in *x)
{
    int port = sandbox_port(x->sandbox);
    sandbox_free(&x->sandbox);
    x->account.api_url = pool_printf(x->pool, "http://127.0.0.1:%d", port);
    struct provider_result r = send_text(x, STR("hello"));
    EQ_INT(r.failure, PROVIDER_LATER);
    EQ_INT(r.retry_after_ms, -1);
    OK(r.text[0]);
}

TEST(no_connection_is_later)
{
    each(meets_a_closed_door);
}

/* Sent although no answer came: uncertain, and then found, once. */
static void finds_what_was_sent(struct stand_in *x)
{
    add_fault(x, (struct sandbox_fault){
                     .trouble = TROUBLE_HANG, .after = true, .count = 1, .hang_ms = 1500});
    struct wall since = wall_now();
    x->account.timeout_ms = 400;
    EQ_INT(send_text(x, STR("Booked for 3 pm")).failure, PROVIDER_UNCERTAIN);
    EQ_INT(sandbox_accepted(x->sandbox), 1);
    struct provider_sent found[4];
    struct err e = {0};
    x->account.timeout_ms = 5000;
    EQ_INT(x->ops->find(x->http, x->pool, &x->account, &x->message, since, found, 4, &e), 1);
    OK(found[0].id && found[0].id[0]);
    EQ_INT(found[0].segments, 1);
}

TEST(an_uncertain_text_that_was_sent_is_found)
{
    each_with_list(finds_what_was_sent);
}

static void finds_nothing_that_was_not_sent(struct stand_in *x)
{
    add_fault(x, (struct sandbox_fault){.trouble = TROUBLE_HANG, .count = 1, .hang_ms = 1500});
    struct wall since = wall_now();
    x->account.timeout_ms = 400;
    EQ_INT(send_text(x, STR("Booked for 3 pm")).failure, PROVIDER_UNCERTAIN);
    struct provider_sent found[4];
    x->account.timeout_ms = 5000;
    EQ_INT(x->ops->find(x->http, x->pool, &x->account, &x->message, since, found, 4, NULL), 0);
    EQ_INT(sandbox_accepted(x->sandbox), 0);
}

TEST(an_uncertain_text_that_was_not_sent_is_not_found)
{
    each_with_list(finds_nothing_that_was_not_sent);
}

/*
 * Exactly that text, to that number, since then; oldest first, and the newest when there are more:
 * the text that is looked for was sent last, among however many like it.
 */
static void finds_exactly(struct stand_in *x)
{
    const char *ids[3];
    struct wall since = wall_now();
    for (int i = 0; i < 3; i++) {
        ids[i] = send_text(x, STR("Booked for 3 pm")).sent.id;
    }
    send_text(x, STR("Booked for 3 pm."));
    send_text(x, STR("booked for 3 pm"));
    x->message.to = "+15550100003";
    send_text(x, STR("Booked for 3 pm"));
    x->message.to = CUSTOMER;
    x->message.body = STR("Booked for 3 pm");
    struct provider_sent found[8];
    EQ_INT(x->ops->find(x->http, x->pool, &x->account, &x->message, since, found, 8, NULL), 3);
    for (int i = 0; i < 3; i++) {
        EQ_STR(found[i].id, ids[i]);
    }
    EQ_INT(x->ops->find(x->http, x->pool, &x->account, &x->message, since, found, 2, NULL), 2);
    EQ_STR(found[0].id, ids[1]);
    EQ_STR(found[1].id, ids[2]);
    struct wall later = {wall_now().us + 2 * US_PER_SECOND};
    EQ_INT(x->ops->find(x->http, x->pool, &x->account, &x->message, later, found, 8, NULL), 0);
}

TEST(finds_exactly_that_text)
{
    each_with_list(finds_exactly);
}

static void cannot_ask(struct stand_in *x)
{
    add_fault(x, (struct sandbox_fault){.status = 500, .count = 1, .reads_too = true});
    x->message.body = STR("hello");
    struct provider_sent found[1];
    struct err e = {0};
    OK(x->ops->find(x->http, x->pool, &x->account, &x->message, wall_now(), found, 1, &e) < 0);
    OK(e.text[0]);
}

TEST(a_search_that_fails_says_so)
{
    each_with_list(cannot_ask);
}

/* Those without a list say how long a report of what is uncertain may take. */
static void says_how_long_to_wait(struct stand_in *x)
{
    OK(x->ops->find || x->ops->settle_ms > 0);
    add_fault(x, (struct sandbox_fault){
                     .trouble = TROUBLE_HANG, .after = true, .count = 1, .hang_ms = 1500});
    x->account.timeout_ms = 400;
    EQ_INT(send_text(x, STR("Booked for 3 pm")).failure, PROVIDER_UNCERTAIN);
    EQ_INT(sandbox_accepted(x->sandbox), 1);
}

TEST(an_uncertain_text_can_be_looked_up_or_waited_for)
{
    each(says_how_long_to_wait);
}

static void tells_failures_apart(struct stand_in *x)
{
    static const struct {
        int status;
        enum provider_failure failure;
    } cases[] = {{500, PROVIDER_UNCERTAIN}, {503, PROVIDER_LATER}, {400, PROVIDER_REFUSED}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        add_fault(x, (struct sandbox_fault){.status = cases[i].status, .count = 1});
        tap_case("%s, %d", x->ops->name, cases[i].status);
        EQ_INT(send_text(x, STR("hello")).failure, cases[i].failure);
    }
    EQ_INT(sandbox_accepted(x->sandbox), 0);
}

TEST(what_was_not_done_is_told_from_what_may_be)
{
    each(tells_failures_apart);
}

TEST(metas_codes_are_understood)
{
    static const struct {
        int status, code;
        enum provider_failure failure;
        bool setup;
    } cases[] = {
        {400, 131047, PROVIDER_REFUSED, false}, {400, 130429, PROVIDER_LATER, false},
        {400, 131056, PROVIDER_LATER, false},   {400, 80007, PROVIDER_LATER, false},
        {400, 4, PROVIDER_LATER, false},        {401, 190, PROVIDER_LATER, true},
        {400, 131026, PROVIDER_REFUSED, false}, {400, 131000, PROVIDER_UNCERTAIN, false},
        {400, 131031, PROVIDER_LATER, true},    {400, 99998, PROVIDER_REFUSED, false},
    };
    struct stand_in x;
    if (begin(META_ROW, &x)) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            add_fault(&x, (struct sandbox_fault){
                              .status = cases[i].status, .code = cases[i].code, .count = 1});
            struct provider_result r = send_text(&x, STR("hello"));
            tap_case("%d", cases[i].code);
            EQ_INT(r.failure, cases[i].failure);
            EQ_INT(r.setup, cases[i].setup);
            EQ_STR(r.code, pool_printf(x.pool, "%d", cases[i].code));
            OK(r.text[0]);
        }
    }
    end(&x);
}

TEST(meta_takes_free_text_within_a_day_and_templates_always)
{
    struct stand_in x;
    struct str values[] = {STR("Ann"), STR("3 pm & é")};
    struct provider_template template = {"reminder", "en_US", NULL, values, 2};
    if (begin(META_ROW, &x)) {
        x.message.to = "+15550100009"; /* has not written */
        struct provider_result r = send_text(&x, STR("hello"));
        EQ_INT(r.failure, PROVIDER_REFUSED);
        EQ_STR(r.code, "131047");
        OK(strstr(r.text, "24 hours"));
        x.message.template = &template;
        EQ_INT(send_text(&x, STR("See you, Ann, at 3 pm & é")).failure, PROVIDER_OK);
        struct str arrived = sandbox_wait_reply(x.sandbox, x.pool, "whatsapp:+15550100009", 0, 0);
        EQ_VIEW(arrived, "[reminder en_US] Ann, 3 pm & é");
        template.name = "missing";
        r = send_text(&x, STR("x"));
        EQ_INT(r.failure, PROVIDER_REFUSED);
        EQ_STR(r.code, "132001");
    }
    end(&x);
}

TEST(meta_reaches_users_who_hide_their_number_and_shows_what_was_read)
{
    struct stand_in x;
    struct err e = {0};
    if (begin(META_ROW, &x)) {
        struct sandbox_text first = {
            .from = "US.13491208655302741918", .body = STR("hi"), .meta = true};
        struct sandbox_texted sent;
        EQ_INT(sandbox_send_text(x.sandbox, &first, &sent, &e), 0);
        x.message.to = "wa:abcdefgh";
        x.message.user_id = "US.13491208655302741918";
        EQ_INT(send_text(&x, STR("hello")).failure, PROVIDER_OK);
        OK(sandbox_wait_reply(x.sandbox, x.pool, "whatsapp:US.13491208655302741918", 0, 0).n > 0);
        OK_MSG(x.ops->mark_read(x.http, x.pool, &x.account, sent.sid, &e) == 0, "%s", e.text);
        OK(x.ops->mark_read(x.http, x.pool, &x.account, "wamid.nothing", &e) < 0);
    }
    end(&x);
}

#define LISTED_MAX 8

struct seen {
    struct pool *pool;
    size_t n;
    struct provider_listed rows[LISTED_MAX];
    struct str bodies[LISTED_MAX];
    struct stand_in *x;
    int stop_with; /* what the taker of pages answers */
};

static int note_page(void *arg, const struct provider_listed *listed, size_t n, struct err *e)
{
    struct seen *seen = arg;
    for (size_t i = 0; i < n && seen->n < LISTED_MAX; i++) {
        seen->rows[seen->n] = listed[i];
        seen->rows[seen->n].id = pool_strdup(seen->pool, listed[i].id);
        seen->rows[seen->n].to = pool_strdup(seen->pool, listed[i].to);
        EQ_INT(seen->x->ops->request(seen->x->http, seen->pool, &seen->x->account, &listed[i],
                                     &seen->bodies[seen->n], e),
               0);
        seen->n++;
    }
    return seen->stop_with ? err_set(e, ERR_UNAVAILABLE, "no more of it") : 0;
}

/* Newest first, both directions, and as the requests that would have told of them. */
static void lists_what_it_has(struct stand_in *x)
{
    struct seen seen = {.pool = x->pool, .x = x};
    struct sandbox_text text = {.from = CUSTOMER, .body = STR("Grüße & ☃")};
    struct sandbox_texted texted;
    struct err e = {0};
    OK(x->ops->list && x->ops->request);
    struct wall since = {wall_now().us - 60 * US_PER_SECOND};
    EQ_INT(x->ops->list(x->http, x->pool, &x->account, since, note_page, &seen, &e), 0);
    EQ_INT(seen.n, 0);
    EQ_INT(sandbox_send_text(x->sandbox, &text, &texted, &e), 0);
    EQ_INT(texted.status, 0); /* nobody took it */
    struct provider_result sent = send_text(x, STR("hello"));
    EQ_INT(sent.failure, PROVIDER_OK);
    for (int i = 0; i < 1000 && seen.n != 2; i++) { /* one that waits to be sent may be left out */
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
        seen.n = 0;
        EQ_INT(x->ops->list(x->http, x->pool, &x->account, since, note_page, &seen, &e), 0);
    }
    if (!EQ_INT(seen.n, 2)) {
        return;
    }
    OK(!seen.rows[0].inbound && seen.rows[1].inbound);
    EQ_STR(seen.rows[0].id, sent.sent.id);
    EQ_STR(seen.rows[1].id, texted.sid);
    EQ_STR(seen.rows[1].to, SANDBOX_NUMBER);
    EQ_STR(seen.rows[1].status, "received");
    OK(seen.rows[1].at.us > since.us && seen.rows[1].at.us <= wall_now().us);
    struct inbox_config config = {.number = SANDBOX_NUMBER};
    struct inbox_work work = {.pool = x->pool,
                              .config = &config,
                              .entry = {.provider = x->ops->name,
                                        .target = "",
                                        .body = seen.bodies[1],
                                        .proof = INBOX_PROOF_LIST}};
    EQ_INT(inbox_twilio_message.read(&work, &e), 0);
    EQ_STR(work.entry.provider_id, texted.sid);
    work.entry.body = seen.bodies[0];
    EQ_INT(inbox_twilio_status.read(&work, &e), 0);
    OK(str_starts(str_of(work.entry.provider_id), str_of(sent.sent.id)));
    /* What is too old is left out; an error of who takes the pages ends it. */
    seen.n = 0;
    struct wall later = {wall_now().us + 60 * US_PER_SECOND};
    EQ_INT(x->ops->list(x->http, x->pool, &x->account, later, note_page, &seen, &e), 0);
    EQ_INT(seen.n, 0);
    seen.stop_with = ERR_UNAVAILABLE;
    EQ_INT(x->ops->list(x->http, x->pool, &x->account, since, note_page, &seen, &e),
           ERR_UNAVAILABLE);
    add_fault(x, (struct sandbox_fault){.status = 500, .count = 1, .places = SANDBOX_ON_READS});
    EQ_INT(x->ops->list(x->http, x->pool, &x->account, since, note_page, &seen, &e), ERR_PROVIDER);
    OK(e.text[0]);
}

TEST(the_list_tells_what_there_is)
{
    each_with_list(lists_what_it_has);
}

#define MANY 450 /* more than two pages */

static int count_page(void *arg, const struct provider_listed *listed UNUSED, size_t n,
                      struct err *e UNUSED)
{
    *(size_t *)arg += n;
    return 0;
}

static void lists_many_pages(struct stand_in *x)
{
    size_t n = 0;
    struct err e = {0};
    for (int i = 0; i < MANY; i++) {
        struct sandbox_text text = {.from = CUSTOMER, .body = STR("hello")};
        struct sandbox_texted texted;
        add_fault(x, (struct sandbox_fault){
                         .trouble = TROUBLE_LOST, .count = 1, .places = SANDBOX_ON_INBOUND});
        EQ_INT(sandbox_send_text(x->sandbox, &text, &texted, &e), 0);
    }
    struct wall since = {wall_now().us - 600 * US_PER_SECOND};
    EQ_INT(x->ops->list(x->http, x->pool, &x->account, since, count_page, &n, &e), 0);
    EQ_INT(n, MANY);
}

TEST(a_long_list_comes_in_pages)
{
    each_with_list(lists_many_pages);
}

int main(void)
{
    return tap_run();
}
