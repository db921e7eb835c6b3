/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are made here: none is kept in the tree. What is signed is checked by OpenSSL's command. */
#include "base/rsa.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static void write_file(const char *path, struct str bytes)
{
    FILE *f = fopen(path, "we");
    if (OK(f != NULL)) {
        EQ_INT(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
        fclose(f);
    }
}

TEST(what_is_signed_is_known_as_signed)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct rsa_key *key CLEANUP(rsa_key_free) = rsa_key_new();
    struct rsa_key *other CLEANUP(rsa_key_free) = rsa_key_new();
    struct rsa_key *again CLEANUP(rsa_key_free) = NULL;
    struct str first, second;
    EQ_INT(rsa_sign(key, p, STR("some claims"), &first, NULL), 0);
    EQ_INT(first.n, 256);
    OK(rsa_signed(key, STR("some claims"), first));
    OK(!rsa_signed(key, STR("other claims"), first));
    OK(!rsa_signed(other, STR("some claims"), first));
    OK(!rsa_signed(key, STR("some claims"), (struct str){first.p, 255}));
    if (OK(rsa_key_read(str_of(rsa_key_pem(key, p)), &again, NULL) == 0)) {
        EQ_INT(rsa_sign(again, p, STR("some claims"), &second, NULL), 0);
        OK(str_eq(first, second)); /* RS256 has no chance in it */
    }
}

TEST(openssl_agrees)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct rsa_key *key CLEANUP(rsa_key_free) = rsa_key_new();
    struct str signature;
    char dir[] = "/tmp/ava-rsa-XXXXXX";
    if (system("openssl version >/dev/null 2>&1") != 0) {
        SKIP("there is no openssl command");
    }
    EQ_INT(rsa_sign(key, p, STR("some claims"), &signature, NULL), 0);
    if (!OK(mkdtemp(dir) != NULL)) {
        return;
    }
    write_file(pool_printf(p, "%s/key", dir), str_of(rsa_key_pem(key, p)));
    write_file(pool_printf(p, "%s/data", dir), STR("some claims"));
    write_file(pool_printf(p, "%s/signature", dir), signature);
    EQ_INT(system(pool_printf(p,
                              "cd %s && openssl rsa -in key -pubout -out public 2>/dev/null && "
                              "openssl dgst -sha256 -verify public -signature signature data "
                              ">/dev/null",
                              dir)),
           0);
    EQ_INT(system(pool_printf(p, "rm -r %s", dir)), 0);
}

TEST(what_is_no_key)
{
    static const char *const wrong[] = {"", "no key",
                                        "-----BEGIN PRIVATE "
                                        "KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                                        "-----BEGIN PRIVATE "
                                        "KEY-----\n"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct rsa_key *key = NULL;
        struct err e = {0};
        tap_case("%zu", i);
        EQ_INT(rsa_key_read(str_of(wrong[i]), &key, &e), ERR_MALFORMED);
        OK(key == NULL && e.text[0]);
    }
}

TEST(a_proper_key_of_another_kind)
{
    char text[1024];
    struct rsa_key *key = NULL;
    FILE *f = popen("openssl genpkey -algorithm ed25519 2>/dev/null", "re");
    size_t n = f ? fread(text, 1, sizeof text, f) : 0;
    if (!f || pclose(f) != 0) {
        SKIP("there is no openssl command");
    }
    EQ_INT(rsa_key_read((struct str){text, n}, &key, NULL), ERR_MALFORMED);
}

int main(void)
{
    return tap_run();
}
