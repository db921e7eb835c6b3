/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token is the id's 16 bytes and the first 8 of the MAC over a label and them. The label keeps
 * a MAC that was made with the same secret for another purpose from being a token.
 */
#include "mail/mail_token.h"

#include <ctype.h>

#include "base/attr.h"
#include "base/codec.h"
#include "mail/mail.h"

#define ID_BYTES 16
#define MAC_BYTES 8
#define LOCAL_PART_MAX 64 /* RFC 5321 4.5.3.1.1 */
#define MESSAGE_CHARACTERS 32

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void id_bytes(const struct id *id, unsigned char out[ID_BYTES])
{
    size_t n = 0;
    for (const char *c = id->text; *c && n < 2 * ID_BYTES; c++) {
        int v = nibble(*c);
        if (v >= 0) {
            out[n / 2] = (unsigned char)(n % 2 ? out[n / 2] << 4 | v : v);
            n++;
        }
    }
}

/* 32 hexadecimal characters as an id. */
static bool id_of_hex(struct str hex, struct id *out)
{
    char text[ID_TEXT_BYTES];
    size_t n = 0;
    if (hex.n != MESSAGE_CHARACTERS) {
        return false;
    }
    for (size_t i = 0; i < hex.n; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) {
            text[n++] = '-';
        }
        text[n++] = hex.p[i];
    }
    return id_parse((struct str){text, n}, out);
}

static void mac_of(struct str secret, const unsigned char id[ID_BYTES],
                   unsigned char out[SHA256_BYTES])
{
    static const char label[] = "mail thread\n";
    char data[sizeof label - 1 + ID_BYTES];
    memcpy(data, label, sizeof label - 1);
    memcpy(data + sizeof label - 1, id, ID_BYTES);
    hmac_sha256(secret, (struct str){data, sizeof data}, out);
}

const char *mail_token_make(struct pool *p, struct str secret, const char *conversation)
{
    struct id id;
    unsigned char bytes[ID_BYTES + MAC_BYTES], mac[SHA256_BYTES];
    if (!id_parse(str_of(conversation), &id)) {
        return NULL;
    }
    id_bytes(&id, bytes);
    mac_of(secret, bytes, mac);
    memcpy(bytes + ID_BYTES, mac, MAC_BYTES);
    return base32_encode(p, bytes, sizeof bytes);
}

/* -1 when the letter is none of base32's. */
static int base32_value(char c)
{
    char low = (char)tolower((unsigned char)c);
    return low >= 'a' && low <= 'z' ? low - 'a' : low >= '2' && low <= '7' ? low - '2' + 26 : -1;
}

static bool token_bytes(struct str token, unsigned char out[ID_BYTES + MAC_BYTES])
{
    unsigned bits = 0, have = 0;
    size_t n = 0;
    if (token.n != MAIL_TOKEN_CHARACTERS) {
        return false;
    }
    for (size_t i = 0; i < token.n; i++) {
        int v = base32_value(token.p[i]);
        if (v < 0) {
            return false;
        }
        bits = bits << 5 | (unsigned)v;
        have += 5;
        if (have >= 8) {
            have -= 8;
            out[n++] = (unsigned char)(bits >> have);
            bits &= (1U << have) - 1;
        }
    }
    return n == ID_BYTES + MAC_BYTES && bits == 0;
}

bool mail_token_check(struct str secret, struct str token, struct id *conversation_out)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[ID_BYTES + MAC_BYTES], mac[SHA256_BYTES];
    char hex[2 * ID_BYTES];
    if (!secret.n || !token_bytes(token, bytes)) {
        return false;
    }
    mac_of(secret, bytes, mac);
    if (!str_eq_secret((struct str){(char *)mac, MAC_BYTES},
                       (struct str){(char *)bytes + ID_BYTES, MAC_BYTES})) {
        return false;
    }
    for (size_t i = 0; i < ID_BYTES; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    return id_of_hex((struct str){hex, sizeof hex}, conversation_out);
}

const char *mail_token_address(struct pool *p, const char *address, const char *token)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    if (!at || at == address || (size_t)(at - address) + 1 + strlen(token) > LOCAL_PART_MAX) {
        return NULL;
    }
    return pool_printf(p, "%.*s+%s%s", (int)(at - address), address, token, at);
}

const char *mail_token_message_id(struct pool *p, const char *token, const char *message,
                                  const char *host)
{
    struct id id;
    char hex[MESSAGE_CHARACTERS + 1] = "";
    size_t n = 0;
    if (!id_parse(str_of(message), &id)) {
        return NULL;
    }
    for (const char *c = id.text; *c && n < MESSAGE_CHARACTERS; c++) {
        if (*c != '-') {
            hex[n++] = *c;
        }
    }
    return pool_printf(p, "<%s.%s@%s>", token, hex, host);
}

/* Where a word of 39 base32 characters stands between `before` and `after`; n == 0: nowhere. */
static struct str token_in(struct str text, char before, char after)
{
    for (size_t i = 0; i + 1 + MAIL_TOKEN_CHARACTERS < text.n; i++) {
        if (text.p[i] != before || text.p[i + 1 + MAIL_TOKEN_CHARACTERS] != after) {
            continue;
        }
        struct str word = {text.p + i + 1, MAIL_TOKEN_CHARACTERS};
        unsigned char bytes[ID_BYTES + MAC_BYTES];
        if (token_bytes(word, bytes)) {
            return word;
        }
    }
    return (struct str){"", 0};
}

const char *mail_token_find(struct pool *p, struct str text)
{
    static const char around[][2] = {{'+', '@'}, {'<', '.'}, {'-', '@'}};
    for (size_t k = 0; k < ARRAY_SIZE(around); k++) {
        struct str found = token_in(text, around[k][0], around[k][1]);
        if (found.n) {
            char *token = str_dup(p, found);
            for (char *c = token; *c; c++) {
                *c = (char)tolower((unsigned char)*c);
            }
            return token;
        }
    }
    return NULL;
}

bool mail_token_message(struct str message_id, struct id *message_out)
{
    struct str token = token_in(message_id, '<', '.');
    if (!token.n) {
        return false;
    }
    size_t at = (size_t)(token.p - message_id.p) + token.n + 1;
    struct str hex = {message_id.p + at, MESSAGE_CHARACTERS};
    return at + hex.n < message_id.n && message_id.p[at + hex.n] == '@' &&
           id_of_hex(hex, message_out);
}
