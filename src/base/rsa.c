/* SPDX-License-Identifier: Apache-2.0 */
/* On OpenSSL's EVP interface. No error of OpenSSL is passed on: it could quote the key. */
#include "base/rsa.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY_BITS 2048

struct rsa_key {
    EVP_PKEY *pkey;
};

/* Instead of asking on the terminal. */
static int no_passphrase(char *to, int size, int writing, void *arg)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static struct rsa_key *key_of(EVP_PKEY *pkey)
{
    struct rsa_key *k = xcalloc(1, sizeof *k);
    k->pkey = pkey;
    return k;
}

int rsa_key_read(struct str pem, struct rsa_key **out, struct err *e)
{
    BIO *bio = pem.n <= INT32_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
    BIO_free(bio);
    if (!pkey || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA) {
        EVP_PKEY_free(pkey);
        return err_set(e, ERR_MALFORMED, "it is not the PEM text of a private RSA key");
    }
    *out = key_of(pkey);
    return 0;
}

struct rsa_key *rsa_key_new(void)
{
    EVP_PKEY *pkey = EVP_RSA_gen(KEY_BITS);
    if (!pkey) {
        fprintf(stderr, "ava: OpenSSL could not make a key\n");
        abort();
    }
    return key_of(pkey);
}

void rsa_key_free(struct rsa_key **k)
{
    if (k && *k) {
        EVP_PKEY_free((*k)->pkey);
        free(*k);
        *k = NULL;
    }
}

const char *rsa_key_pem(const struct rsa_key *k, struct pool *p)
{
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || !PEM_write_bio_PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL)) {
        fprintf(stderr, "ava: OpenSSL could not write a key\n");
        abort();
    }
    long n = BIO_get_mem_data(bio, &text);
    const char *copy = pool_strndup(p, text, (size_t)n);
    BIO_free(bio);
    return copy;
}

int rsa_sign(const struct rsa_key *k, struct pool *p, struct str data, struct str *out,
             struct err *e)
{
    size_t n = (size_t)EVP_PKEY_get_size(k->pkey);
    unsigned char *signature = pool_alloc(p, n);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool done = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, k->pkey) == 1 &&
                EVP_DigestSign(ctx, signature, &n, (const unsigned char *)data.p, data.n) == 1;
    EVP_MD_CTX_free(ctx);
    if (!done) {
        return err_set(e, ERR_CONFIG, "the key cannot sign");
    }
    *out = (struct str){(const char *)signature, n};
    return 0;
}

bool rsa_signed(const struct rsa_key *k, struct str data, struct str signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, k->pkey) == 1 &&
                EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n,
                                 (const unsigned char *)data.p, data.n) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}
