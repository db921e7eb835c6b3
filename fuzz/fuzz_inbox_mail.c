/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read of an e-mail, and of a post of SendGrid's with one, up to the transaction. The input
 * is the body; a post's boundary is its first line without the two hyphens. What is read must be
 * fit to be stored.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json_write.h"
#include "base/utf8.h"
#include "channels/mail_take.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static void must_be_text(const char *text)
{
    must(!text || utf8_valid(str_of(text)));
}

static void must_be_fit(const struct inbox_work *w)
{
    const struct mail_taken *t = w->read;
    must(w->entry.provider_id && strlen(w->entry.provider_id) <= JOURNAL_PROVIDER_ID_MAX);
    must(t->n_files <= INBOUND_MAIL_FILES_MAX);
    for (size_t i = 0; i < t->n_files; i++) {
        must((t->files[i].content_type == NULL) == (t->files[i].refused != NULL));
        must_be_text(t->files[i].filename);
        must_be_text(t->files[i].declared_type);
    }
    for (size_t i = 0; i < t->n_envelope; i++) {
        must_be_text(t->envelope[i]);
    }
    must_be_text(t->mail.from.address);
    must_be_text(t->mail.return_path);
    must(utf8_valid(t->mail.reply_text));
}

static struct str headers_of(struct pool *p, struct str body)
{
    struct str first = str_trim(str_cut(&body, '\n'));
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 4096);
    struct jw j = jw_to(&b);
    if (first.n < 3 || first.n > 70 || !utf8_valid(first)) {
        return STR("{}");
    }
    jw_object(&j);
    jw_kv_text(
        &j, "Content-Type",
        pool_printf(p, "multipart/form-data; boundary=" STR_FMT, (int)first.n - 2, first.p + 2));
    jw_object_end(&j);
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct inbox_kind *const kinds[] = {&inbox_mail_message, &inbox_sendgrid_message};
    static const struct inbox_config config = {
        .mail = {.address = "desk@in.example.org", .replies = 10, .file_max = 1 << 20}};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct str body = {pool_strndup(p, (const char *)data, size), size};
        struct inbox_work work = {.pool = p,
                                  .config = &config,
                                  .entry = {.provider = kinds[i]->provider,
                                            .kind = kinds[i]->kind,
                                            .target = "",
                                            .headers = headers_of(p, body),
                                            .body = STR(""),
                                            .raw = {data ? body.p : "", size},
                                            .proof = "signature"}};
        struct err e = {0};
        int rc = kinds[i]->read(&work, &e);
        must(rc <= 0 && (rc == 0 || e.text[0]));
        if (rc == 0) {
            must_be_fit(&work);
        }
    }
    return 0;
}
