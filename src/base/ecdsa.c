/* SPDX-License-Identifier: Apache-2.0 */
/* On OpenSSL's EVP interface. No error of OpenSSL is passed on. */
#include "base/ecdsa.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/codec.h"

#define TEXT_MAX_BYTES 4096 /* a key has 91 bytes */

struct ecdsa_key {
    EVP_PKEY *pkey;
};

static struct ecdsa_key *key_of(EVP_PKEY *pkey)
{
    struct ecdsa_key *k = xcalloc(1, sizeof *k);
    k->pkey = pkey;
    return k;
}

static bool is_p256(EVP_PKEY *pkey)
{
    char group[64] = "";
    size_t n = 0;
    return pkey && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static EVP_PKEY *read_pem(struct str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return pkey;
}

static EVP_PKEY *read_der(struct str base64)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str der;
    if (!base64_decode(p, base64, &der)) {
        return NULL;
    }
    const unsigned char *at = (const unsigned char *)der.p;
    return d2i_PUBKEY(NULL, &at, (long)der.n);
}

int ecdsa_key_read(struct str text, struct ecdsa_key **out, struct err *e)
{
    EVP_PKEY *pkey = NULL;
    text = str_trim(text);
    if (text.n > 0 && text.n <= TEXT_MAX_BYTES) {
        pkey = str_starts(text, STR("-----")) ? read_pem(text) : read_der(text);
    }
    if (!is_p256(pkey)) {
        EVP_PKEY_free(pkey);
        return err_set(e, ERR_MALFORMED,
                       "it is not a public key of the curve P-256 in base64, such as SendGrid "
                       "shows (it begins with MFkw)");
    }
    *out = key_of(pkey);
    return 0;
}

struct ecdsa_key *ecdsa_key_new(void)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    if (!pkey) {
        fprintf(stderr, "ava: OpenSSL could not make a key\n");
        abort();
    }
    return key_of(pkey);
}

void ecdsa_key_free(struct ecdsa_key **k)
{
    if (k && *k) {
        EVP_PKEY_free((*k)->pkey);
        free(*k);
        *k = NULL;
    }
}

const char *ecdsa_key_public(const struct ecdsa_key *k, struct pool *p)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(k->pkey, &der);
    if (n <= 0) {
        fprintf(stderr, "ava: OpenSSL could not write a key\n");
        abort();
    }
    const char *text = base64_encode(p, der, (size_t)n);
    OPENSSL_free(der);
    return text;
}

int ecdsa_sign(const struct ecdsa_key *k, struct pool *p, const struct str *pieces, size_t n,
               struct str *out, struct err *e)
{
    size_t room = (size_t)EVP_PKEY_get_size(k->pkey);
    unsigned char *signature = pool_alloc(p, room);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool done = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, k->pkey) == 1;
    for (size_t i = 0; done && i < n; i++) {
        done = EVP_DigestSignUpdate(ctx, pieces[i].p, pieces[i].n) == 1;
    }
    done = done && EVP_DigestSignFinal(ctx, signature, &room) == 1;
    EVP_MD_CTX_free(ctx);
    if (!done) {
        return err_set(e, ERR_CONFIG, "the key cannot sign");
    }
    *out = (struct str){(const char *)signature, room};
    return 0;
}

bool ecdsa_signed(const struct ecdsa_key *k, const struct str *pieces, size_t n,
                  struct str signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, k->pkey) == 1;
    for (size_t i = 0; good && i < n; i++) {
        good = EVP_DigestVerifyUpdate(ctx, pieces[i].p, pieces[i].n) == 1;
    }
    good = good && EVP_DigestVerifyFinal(ctx, (const unsigned char *)signature.p, signature.n) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}
