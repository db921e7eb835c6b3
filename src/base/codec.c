/* SPDX-License-Identifier: Apache-2.0 */
/* Text codecs by hand (they are tables), digests by OpenSSL. */
#include "base/codec.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "base/pool.h"
#include "base/utf8.h"

static const char hex_digits[] = "0123456789abcdef";

char *hex_encode(struct pool *p, const void *bytes, size_t n)
{
    const unsigned char *in = bytes;
    char *out = pool_alloc(p, n * 2 + 1);
    for (size_t i = 0; i < n; i++) {
        out[i * 2] = hex_digits[in[i] >> 4];
        out[i * 2 + 1] = hex_digits[in[i] & 15];
    }
    return out;
}

static char *encode64(struct pool *p, const void *bytes, size_t n, const char *last2, bool pad)
{
    char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    alphabet[62] = last2[0];
    alphabet[63] = last2[1];
    const unsigned char *in = bytes;
    char *out = pool_alloc(p, (n + 2) / 3 * 4 + 1);
    char *at = out;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        unsigned v = (unsigned)in[i] << 16;
        v |= left > 1 ? (unsigned)in[i + 1] << 8 : 0;
        v |= left > 2 ? in[i + 2] : 0;
        *at++ = alphabet[v >> 18];
        *at++ = alphabet[v >> 12 & 63];
        if (left > 1) {
            *at++ = alphabet[v >> 6 & 63];
        }
        if (left > 2) {
            *at++ = alphabet[v & 63];
        }
    }
    while (pad && (at - out) % 4) {
        *at++ = '=';
    }
    *at = '\0';
    return out;
}

char *base32_encode(struct pool *p, const void *bytes, size_t n)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    const unsigned char *in = bytes;
    char *out = pool_alloc(p, (n * 8 + 4) / 5 + 1), *at = out;
    unsigned held = 0, bits = 0;
    for (size_t i = 0; i < n; i++) {
        held = (held << 8 | in[i]) & 0xFFF;
        for (bits += 8; bits >= 5; bits -= 5) {
            *at++ = alphabet[held >> (bits - 5) & 31];
        }
    }
    if (bits) {
        *at++ = alphabet[held << (5 - bits) & 31];
    }
    *at = '\0';
    return out;
}

char *base64_encode(struct pool *p, const void *bytes, size_t n)
{
    return encode64(p, bytes, n, "+/", true);
}

char *base64url_encode(struct pool *p, const void *bytes, size_t n)
{
    return encode64(p, bytes, n, "-_", false);
}

static int value64(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(struct pool *p, struct str text, struct str *out)
{
    bool padded = text.n % 4 == 0; /* only then may there be padding: one or two = */
    for (int i = 0; padded && i < 2 && text.n && text.p[text.n - 1] == '='; i++) {
        text.n--;
    }
    if (text.n % 4 == 1) {
        return false;
    }
    unsigned char *bytes = pool_alloc(p, text.n / 4 * 3 + 4);
    size_t n = 0;
    unsigned acc = 0;
    for (size_t i = 0; i < text.n; i++) {
        int v = value64(text.p[i]);
        if (v < 0) {
            return false;
        }
        acc = acc << 6 | (unsigned)v;
        if (i % 4) {
            bytes[n++] = (unsigned char)(acc >> (6 - 2 * (i % 4)));
        }
    }
    *out = (struct str){(char *)bytes, n};
    return true;
}

static bool plain_in_form(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '*' ||
           c == '-' || c == '.' || c == '_';
}

void form_encode(struct buf *to, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (plain_in_form(s.p[i])) {
            buf_putc(to, s.p[i]);
        } else if (c == ' ') {
            buf_putc(to, '+');
        } else {
            buf_printf(to, "%%%02X", c);
        }
    }
}

void form_add(struct buf *to, const char *name, struct str value)
{
    if (to->len) {
        buf_putc(to, '&');
    }
    form_encode(to, str_of(name));
    buf_putc(to, '=');
    form_encode(to, value);
}

static int value16(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct str percent_decode(struct pool *p, struct str s, bool plus_is_space)
{
    char *out = pool_alloc(p, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%' && s.n - i > 2 && value16(s.p[i + 1]) >= 0 &&
                   value16(s.p[i + 2]) >= 0) {
            c = (char)(value16(s.p[i + 1]) << 4 | value16(s.p[i + 2]));
            i += 2;
        }
        out[n++] = c;
    }
    return (struct str){out, n};
}

int form_parse(struct pool *p, struct str body, struct form *out, struct err *e)
{
    size_t most = 1;
    for (size_t i = 0; i < body.n; i++) {
        most += body.p[i] == '&';
    }
    if (most > FORM_MAX_PAIRS) {
        return err_set(e, ERR_TOO_LARGE, "the form has more than %d fields", FORM_MAX_PAIRS);
    }
    struct form f = {0, pool_calloc(p, most, sizeof *f.pairs)};
    while (body.p) {
        struct str rest = str_cut(&body, '&');
        if (rest.n == 0) {
            continue;
        }
        struct str name = percent_decode(p, str_cut(&rest, '='), true);
        struct str value = rest.p ? percent_decode(p, rest, true) : STR("");
        if (!utf8_valid(name) || !utf8_valid(value)) {
            return err_set(e, ERR_MALFORMED, "the form is not valid UTF-8, or holds a NUL");
        }
        f.pairs[f.n++] = (struct form_pair){name, value};
    }
    *out = f;
    return 0;
}

struct str form_get(const struct form *f, const char *name)
{
    struct str wanted = str_of(name);
    for (size_t i = 0; i < f->n; i++) {
        if (str_eq(f->pairs[i].name, wanted)) {
            return f->pairs[i].value;
        }
    }
    return (struct str){NULL, 0};
}

void sha256(struct str data, unsigned char out[SHA256_BYTES])
{
    if (!EVP_Digest(data.p, data.n, out, NULL, EVP_sha256(), NULL)) {
        abort(); /* only without memory or with a broken OpenSSL */
    }
}

/* OpenSSL's by another name; it never stands for anything else. */
struct sha256_sum *sha256_new(void)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
        abort();
    }
    return (struct sha256_sum *)ctx;
}

void sha256_add(struct sha256_sum *sum, struct str piece)
{
    if (EVP_DigestUpdate((EVP_MD_CTX *)sum, piece.p, piece.n) != 1) {
        abort();
    }
}

void sha256_end(struct sha256_sum **sum, unsigned char *out)
{
    unsigned char unwanted[SHA256_BYTES] = {0};
    EVP_MD_CTX *ctx = (EVP_MD_CTX *)*sum;
    if (ctx && EVP_DigestFinal_ex(ctx, out ? out : unwanted, NULL) != 1) {
        abort();
    }
    EVP_MD_CTX_free(ctx);
    *sum = NULL;
}

static void hmac(const EVP_MD *md, struct str key, struct str data, unsigned char *out)
{
    const char *k = key.p ? key.p : ""; /* to OpenSSL, a NULL key is "the one of last time" */
    if (!HMAC(md, k, (int)key.n, (const unsigned char *)data.p, data.n, out, NULL)) {
        abort();
    }
}

void hmac_sha1(struct str key, struct str data, unsigned char out[SHA1_BYTES])
{
    hmac(EVP_sha1(), key, data, out);
}

void hmac_sha256(struct str key, struct str data, unsigned char out[SHA256_BYTES])
{
    hmac(EVP_sha256(), key, data, out);
}
