/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SendGrid's signature: the vector of its own libraries' tests (sendgrid-python and
 * sendgrid-nodejs, eventwebhook), what must not pass for one, and ours against ourselves.
 */
#include "channels/sendgrid_signature.h"
#include "tap.h"

static const char key_of_theirs[] =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/"
    "7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
static const char another_key[] = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd"
                                  "4SXZkLW6jDutdhXSJCWHw8REntlo7aN"
                                  "Dthvj+y7GjUuFDb/R1NGe1OPzpA==";
static const char signature[] =
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+"
    "luQAbPIqHh89M15TluLtEZtM=";
static const char timestamp[] = "1600112502";
static const char body[] =
    "[{\"email\":\"hello@world.com\",\"event\":\"dropped\",\"reason\":\"Bounced "
    "Address\",\"sg_event_id\":\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\","
    "\"sg_message_id\":\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9."
    "0\",\"smtp-id\":\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>\",\"timestamp\":"
    "1600112492}]\r\n";
static const struct wall then = {1600112510 * US_PER_SECOND};

static bool holds(const char *key, const char *sig, const char *stamp, struct str of,
                  struct wall now)
{
    struct ecdsa_key *k = NULL;
    struct err e = {0};
    if (!OK_MSG(ecdsa_key_read(str_of(key), &k, &e) == 0, "%s", e.text)) {
        return false;
    }
    bool good = sendgrid_signature_ok(k, str_of(sig), str_of(stamp), of, now);
    ecdsa_key_free(&k);
    return good;
}

TEST(what_sendgrid_signed_holds)
{
    OK(holds(key_of_theirs, signature, timestamp, str_of(body), then));
}

TEST(what_was_changed_does_not)
{
    struct str cut = {body, sizeof body - 3}; /* without its line end */
    OK(!holds(key_of_theirs, signature, timestamp, cut, then));
    OK(!holds(key_of_theirs, signature, "1600112503", str_of(body), then));
    OK(!holds(another_key, signature, timestamp, str_of(body), then));
    OK(!holds(key_of_theirs, "", timestamp, str_of(body), then));
    OK(!holds(key_of_theirs, signature, "", str_of(body), then));
    OK(!holds(key_of_theirs, "not base64!", timestamp, str_of(body), then));
    OK(!holds(key_of_theirs, "AAAA", timestamp, str_of(body), then));
    OK(!holds(key_of_theirs, signature, "99999999999999999999", str_of(body), then));
    OK(!holds(key_of_theirs, signature, "-1", str_of(body), then));
}

TEST(an_old_one_is_a_replay)
{
    struct wall later = {then.us + 26 * 3600 * US_PER_SECOND};
    struct wall within = {then.us + 24 * 3600 * US_PER_SECOND};
    OK(!holds(key_of_theirs, signature, timestamp, str_of(body), later));
    OK(holds(key_of_theirs, signature, timestamp, str_of(body), within));
}

TEST(what_is_no_key_is_refused)
{
    static const char *const rows[] = {"", "MFkw", "hello", "-----BEGIN PUBLIC KEY-----\n",
                                       /* of the curve P-384 */
                                       "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE"};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct ecdsa_key *k = NULL;
        tap_case("%s", rows[i]);
        EQ_INT(ecdsa_key_read(str_of(rows[i]), &k, NULL), ERR_MALFORMED);
        OK(!k);
    }
}

TEST(ours_holds_too)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct ecdsa_key *k = ecdsa_key_new(), *public = NULL;
    struct wall now = wall_now();
    const char *stamp = pool_printf(p, "%lld", (long long)(now.us / US_PER_SECOND)), *sig = NULL;
    EQ_INT(sendgrid_sign(k, p, str_of(stamp), str_of(body), &sig, NULL), 0);
    OK(holds(ecdsa_key_public(k, p), sig, stamp, str_of(body), now));
    EQ_INT(ecdsa_key_read(str_of(ecdsa_key_public(k, p)), &public, NULL), 0);
    EQ_INT(sendgrid_sign(public, p, str_of(stamp), str_of(body), &sig, NULL), ERR_CONFIG);
    ecdsa_key_free(&public);
    ecdsa_key_free(&k);
    ecdsa_key_free(&k);
}

int main(void)
{
    return tap_run();
}
