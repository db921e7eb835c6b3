/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A check and a revocation that cross are settled by the second check, just before the send: what
 * was written by a transaction that did not see the revocation is taken back there.
 */
#include "domain/consent.h"

#include "base/codec.h"
#include "base/id.h"
#include "domain/channel.h"
#include "domain/outbox.h"
#include "domain/phone.h"

#define HIDDEN_NUMBER "wa:" /* begins the address of a WhatsApp user whose number is not known */
#define LINK_KEY_CHARS 26   /* 128 bits in base32 */

static const char *const purposes[] = {"all", CONSENT_REMINDER, CONSENT_MARKETING};

bool consent_purpose_ok(struct str purpose)
{
    for (size_t i = 0; i < ARRAY_SIZE(purposes); i++) {
        if (str_eq(purpose, str_of(purposes[i]))) {
            return true;
        }
    }
    return false;
}

/* One @ with something on both sides, a dot behind it, and no white space: the rest is the mail
 * server's to judge. */
static bool is_mail(struct str s)
{
    ptrdiff_t at = str_index(s, '@', 0);
    if (at <= 0 || str_index(s, '@', (size_t)at + 1) >= 0) {
        return false;
    }
    ptrdiff_t dot = str_index(s, '.', (size_t)at + 1);
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F) {
            return false;
        }
    }
    return dot > at + 1 && (size_t)dot + 1 < s.n;
}

int consent_address(struct str text, const char *country, char out[CONSENT_ADDRESS_BYTES],
                    struct err *e)
{
    text = str_trim(text);
    if (text.n == 0 || text.n >= CONSENT_ADDRESS_BYTES) {
        return err_field(e, ERR_INVALID, "address", "give a phone number or an e-mail address");
    }
    if (str_index(text, '@', 0) >= 0) {
        if (!is_mail(text)) {
            return err_field(e, ERR_INVALID, "address",
                             "an e-mail address has the form name@example.com");
        }
        for (size_t i = 0; i < text.n; i++) {
            char c = text.p[i];
            out[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        }
        out[text.n] = '\0';
        return 0;
    }
    if (phone_is_short_code(text) || str_starts(text, STR(HIDDEN_NUMBER))) {
        memcpy(out, text.p, text.n);
        out[text.n] = '\0';
        return 0;
    }
    char number[PHONE_BYTES];
    struct err why = {0};
    int rc = phone_normalize(text, country, number, &why);
    if (rc < 0) {
        return err_field(e, rc, "address", "%s", why.text);
    }
    memcpy(out, number, sizeof number);
    return 0;
}

const char *consent_key(struct pool *p, const char *address)
{
    if (!address || !strchr(address, '@')) {
        return address;
    }
    char *out = pool_strdup(p, address);
    for (char *c = out; *c; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
    }
    return out;
}

const char *consent_hash(struct pool *p, const char *key, const char *address)
{
    unsigned char hash[SHA256_BYTES];
    hmac_sha256(str_of(key), str_of(address), hash);
    return pool_printf(p, "hash:%s", hex_encode(p, hash, sizeof hash));
}

int consent_check(struct db *db, struct pool *p, const char *address, const char *channel,
                  const char *purpose, struct consent_verdict *out, struct err *e)
{
    struct consents_now now;
    const char *known_as = consent_key(p, address);
    int rc = consents_state(db, p, known_as, channel, purpose, &now, e);
    bool nothing = rc == 0 && !now.all_source && !now.one_source;
    if (nothing && now.erased_key && known_as) { /* nothing was said since it was erased */
        known_as = consent_hash(p, now.erased_key, known_as);
        rc = consents_state(db, p, known_as, channel, purpose, &now, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct consent_verdict v = {.allowed = true};
    if (now.all_revoked) {
        v = (struct consent_verdict){false, true, now.all_at, now.all_source};
    } else if (now.one_revoked) {
        v = (struct consent_verdict){false, false, now.one_at, now.one_source};
    } else if (strcmp(purpose, CONSENT_MARKETING) == 0) {
        v.allowed = now.one_granted;
    }
    *out = v;
    return 0;
}

static const char *messages_of(const char *channel)
{
    static const char *const words[N_CHANNELS] = {
        [CHANNEL_VOICE] = "calls",   [CHANNEL_SMS] = "texts",
        [CHANNEL_EMAIL] = "e-mails", [CHANNEL_WHATSAPP] = "WhatsApp messages",
        [CHANNEL_WEB] = "messages",
    };
    enum channel c;
    return channel_of(str_of(channel), &c) ? words[c] : "messages";
}

const char *consent_refusal(struct pool *p, const struct consent_verdict *v, const char *channel)
{
    const char *what = messages_of(channel);
    char at[WALL_TEXT_BYTES];
    wall_format(v->since, at);
    if (v->since.us == 0) {
        return pool_printf(p, "the customer has not agreed to %s that advertise", what);
    }
    return pool_printf(p, "the customer has opted out of %s%s on %.10s",
                       v->opted_out ? "" : "such ", what, at);
}

/* One sender may have begun with one of them: the check before the send is for that. */
static int take_back_all(struct db *db, struct pool *p, const struct consent_change *c,
                         struct err *e)
{
    struct rows waiting;
    struct consent_verdict v = {false, true, c->at, c->source};
    int rc = consents_waiting(db, p, c->address, c->channel, &waiting, e);
    for (size_t i = 0; rc == 0 && i < waiting.n; i++) {
        rc = outbox_cancel(db, p, row_text(&waiting, i, 0), OUTBOX_OF_ANYBODY,
                           consent_refusal(p, &v, c->channel), c->at, NULL, e);
    }
    return rc;
}

int consent_write(struct db *db, struct pool *p, const struct consent_change *c, struct err *e)
{
    struct id id = id_new();
    struct consent_row row = {
        .id = c->id ? c->id : id.text,
        .address = c->address,
        .channel = c->channel,
        .purpose = c->purpose,
        .state = c->granted ? "granted" : "revoked",
        .source = c->source,
        .actor = c->actor,
        .evidence = c->evidence,
        .at = c->at,
    };
    int rc = consents_insert(db, &row, e);
    if (rc == 0 && !c->granted && strcmp(c->purpose, "all") == 0) {
        rc = take_back_all(db, p, c, e);
    }
    return rc;
}

int consent_unsubscribe_url(struct db *db, struct pool *p, const char *public_url,
                            const char *address, const char *purpose, struct wall now,
                            const char **url_out, struct err *e)
{
    unsigned char bytes[16];
    const char *key;
    random_bytes(bytes, sizeof bytes);
    int rc = unsubscribe_key(db, p, address, "email", purpose,
                             base32_encode(p, bytes, sizeof bytes), now, &key, e);
    if (rc == 0) {
        *url_out = pool_printf(p, "%s/u/%s", public_url, key);
    }
    return rc;
}

/* What is not one need not be looked for, and may hold any byte. */
static bool is_key(struct str key)
{
    for (size_t i = 0; i < key.n; i++) {
        if ((key.p[i] < 'a' || key.p[i] > 'z') && (key.p[i] < '2' || key.p[i] > '7')) {
            return false;
        }
    }
    return key.n == LINK_KEY_CHARS;
}

int consent_of_link(struct db *db, struct pool *p, struct str key, struct unsubscribe_link *out,
                    struct err *e)
{
    if (!is_key(key)) {
        return err_set(e, ERR_NOT_FOUND,
                       "the link is not one of ours; take it from the message again");
    }
    return unsubscribe_find(db, p, str_dup(p, key), out, e);
}
