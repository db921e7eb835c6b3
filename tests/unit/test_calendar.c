/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of events, a service account's statement, Google's answers, and busy times in a diary. */
#include "domain/calendar.h"

#include "base/codec.h"
#include "base/json_read.h"
#include "base/rsa.h"
#include "booking_fixture.h"
#include "domain/calendar_google.h"
#include "domain/google_account.h"
#include "store_fixture.h"
#include "tap.h"

TEST(an_event_has_an_id_of_its_own)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct wall made = {1770000000000000};
    const char *id = calendar_event_id(p, 7, made, 0);
    EQ_INT(strlen(id), 32);
    EQ_INT(strspn(id, "0123456789abcdefghijklmnopqrstuv"), 32);
    EQ_STR(calendar_event_id(p, 7, made, 0), id);
    OK(strcmp(calendar_event_id(p, 8, made, 0), id) != 0);
    OK(strcmp(calendar_event_id(p, 7, made, 1), id) != 0);
    OK(strcmp(calendar_event_id(p, 7, (struct wall){made.us + 1}, 0), id) != 0);
}

TEST(the_id_is_the_digest_in_base32hex)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    /* python3 -c 'import base64, hashlib; print(base64.b32hexencode(hashlib.sha256(
     *     b"event 7 2026-02-02T02:40:00.000000Z 0").digest()[:20]).decode().lower())' */
    EQ_STR(calendar_event_id(p, 7, (struct wall){1770000000000000}, 0),
           "rfo9gr4moedacgbft6msspkcdhebmgv4");
}

static const char *key_file(struct pool *p, const char *pem)
{
    json_t *file = json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "service_account",
                             "private_key_id", "k1", "private_key", pem, "client_email",
                             "desk@example.com", "token_uri", "https://example.com/token");
    const char *text = json_dump_to_pool(p, file).p;
    json_decref(file);
    return text;
}

TEST(a_service_account_signs_its_statement)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct rsa_key *key CLEANUP(rsa_key_free) = rsa_key_new();
    struct google_account *a CLEANUP(google_account_free) = NULL;
    struct err e = {0};
    struct str text, part, signature = {0}, jwt = {0};
    if (!OK_MSG(google_account_read(str_of(key_file(p, rsa_key_pem(key, p))), &a, &e) == 0, "%s",
                e.text)) {
        return;
    }
    EQ_STR(google_account_email(a), "desk@example.com");
    EQ_STR(google_account_token_url(a), "https://example.com/token");
    EQ_INT(google_account_assertion(a, p, "a b", (struct wall){1770000000999999}, &jwt, &e), 0);
    struct str rest = jwt;
    struct str header = str_cut(&rest, '.'), claims = str_cut(&rest, '.');
    part = header;
    OK(base64_decode(p, part, &text));
    EQ_VIEW(text, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}");
    part = claims;
    OK(base64_decode(p, part, &text));
    EQ_VIEW(text, "{\"iss\":\"desk@example.com\",\"scope\":\"a b\",\"aud\":"
                  "\"https://example.com/token\",\"iat\":1770000000,\"exp\":1770003600}");
    OK(str_index(jwt, '=', 0) < 0 && str_index(jwt, '+', 0) < 0 && str_index(jwt, '/', 0) < 0);
    OK(rest.p && base64_decode(p, rest, &signature));
    OK(rsa_signed(key, (struct str){jwt.p, header.n + 1 + claims.n}, signature));
}

TEST(what_is_no_key_file)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    static const char *const wrong[] = {
        "", "[]", "{}", "{\"type\":\"authorized_user\",\"client_email\":\"a\"}",
        ("{\"type\":\"service_account\",\"client_email\":\"a\",\"private_key\":\"b\","
         "\"token_uri\":\"file:///etc/passwd\"}")};
    struct google_account *a = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        tap_case("%s", wrong[i]);
        EQ_INT(google_account_read(str_of(wrong[i]), &a, NULL), ERR_MALFORMED);
    }
    struct err e = {0};
    EQ_INT(google_account_read(str_of(key_file(p, "secret text")), &a, &e), ERR_MALFORMED);
    OK_MSG(!strstr(e.text, "secret"), "%s", e.text);
    OK(a == NULL);
}

TEST(googles_answers)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    static const struct {
        const char *answer;
        int rc;
        size_t n;
    } rows[] = {
        {"{\"calendars\":{\"c\":{\"busy\":[]}}}", 0, 0},
        {"{\"calendars\":{\"c\":{\"busy\":[{\"start\":\"2026-03-03T09:00:00Z\",\"end\":"
         "\"2026-03-03T10:00:00Z\"},{\"start\":\"2026-03-03T12:00:00-05:00\",\"end\":"
         "\"2026-03-03T13:00:00-05:00\"}]}}}",
         0, 2},
        /* Outside of the range, upside down, empty. */
        {"{\"calendars\":{\"c\":{\"busy\":[{\"start\":\"2026-03-01T09:00:00Z\",\"end\":"
         "\"2026-03-02T00:00:00Z\"},{\"start\":\"2026-03-03T12:00:00Z\",\"end\":"
         "\"2026-03-03T11:00:00Z\"},{\"start\":\"2026-03-03T12:00:00Z\",\"end\":"
         "\"2026-03-03T12:00:00Z\"}]}}}",
         0, 0},
        {"{\"calendars\":{\"c\":{\"errors\":[{\"reason\":\"notFound\"}],\"busy\":[]}}}",
         ERR_PROVIDER, 0},
        {"{\"calendars\":{\"d\":{\"busy\":[]}}}", ERR_PROVIDER, 0},
        {"{\"calendars\":{\"c\":{\"busy\":{}}}}", ERR_PROVIDER, 0},
        {"{\"calendars\":{\"c\":{\"busy\":[{\"start\":\"soon\",\"end\":\"later\"}]}}}",
         ERR_PROVIDER, 0},
        {"{\"calendars\":{\"c\":{\"busy\":[7]}}}", ERR_PROVIDER, 0},
        {"<html>", ERR_PROVIDER, 0},
        {"", ERR_PROVIDER, 0},
    };
    struct google_span range, *spans;
    OK(wall_parse(STR("2026-03-02T00:00:00Z"), &range.from));
    OK(wall_parse(STR("2026-03-05T00:00:00Z"), &range.to));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        size_t n = 0;
        struct err e = {0};
        tap_case("%s", rows[i].answer);
        EQ_INT(google_read_busy(p, str_of(rows[i].answer), "c", range, &spans, &n, &e), rows[i].rc);
        EQ_INT(n, rows[i].n);
        OK(rows[i].rc == 0 || e.text[0]);
    }
}

/* The first start of a cut with Ann on that day, after a booking there that is to be moved. */
static const char *first_free(struct fixture *fx, struct pool *p, const struct facts *f,
                              int64_t except, const struct booking_busy *busy, size_t n_busy)
{
    struct db *db CLEANUP(store_return) = NULL;
    struct booking_query q = {
        .service = "cut",
        .provider = "ann",
        .from = local(f, "2026-03-03T00:00"),
        .to = local(f, "2026-03-04T00:00"),
        .time_to = 1440,
        .limit = 1,
        .except_appointment = except,
        .n_busy = n_busy,
        .busy = busy,
    };
    struct booking_slot *slots = NULL;
    size_t n = 0;
    enum booking_status why;
    if (store_borrow(fx->store, &db, NULL) != 0 ||
        booking_find(db, p, f, &q, local(f, "2026-03-02T09:00"), &slots, &n, &why, NULL) != 0) {
        return "an error";
    }
    return n ? text_of(f, slots[0].start) : "none";
}

TEST(busy_times_are_taken_but_for_what_is_moved)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct fixture fx CLEANUP(fixture_clear);
    fixture_init_tables(&fx);
    struct facts f = salon(p);
    struct booking made;
    struct booking_request r = {.customer_id = add_customer(fx.store, "Maya", "+15550100001"),
                                .service = "cut",
                                .provider = "ann",
                                .start = local(&f, "2026-03-03T09:00"),
                                .booked_by = "ai"};
    EQ_INT(run_booking(fx.store, p, &f, booking_make, &r, local(&f, "2026-03-02T09:00"), &made), 0);
    EQ_INT(made.status, BOOKING_DONE);
    struct booking_busy busy = {"ann", local(&f, "2026-03-03T09:00"), local(&f, "2026-03-03T11:00"),
                                .ours_too = true};
    EQ_STR(first_free(&fx, p, &f, 0, NULL, 0), "2026-03-03T09:30");
    EQ_STR(first_free(&fx, p, &f, 0, &busy, 1), "2026-03-03T11:00");
    /* 09:00 to 09:30 is the appointment itself; from 09:30 on it is somebody else. */
    EQ_STR(first_free(&fx, p, &f, made.id, &busy, 1), "2026-03-03T09:00");
    busy.ours_too = false;
    EQ_STR(first_free(&fx, p, &f, made.id, &busy, 1), "2026-03-03T11:00");
    busy = (struct booking_busy){"ann", local(&f, "2026-03-03T08:00"),
                                 local(&f, "2026-03-03T09:30"), .ours_too = true};
    EQ_STR(first_free(&fx, p, &f, made.id, &busy, 1), "2026-03-03T09:00");
    busy.provider = "bob";
    EQ_STR(first_free(&fx, p, &f, 0, &busy, 1), "2026-03-03T09:30");
    busy.provider = NULL;
    busy.to = local(&f, "2026-03-03T17:00");
    EQ_STR(first_free(&fx, p, &f, 0, &busy, 1), "none");
}

int main(void)
{
    return tap_run();
}
