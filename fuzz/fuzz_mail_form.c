/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a form in parts; its first line is the boundary. */
#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"
#include "mail/mail_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str body = {(const char *)data, size}, rest = body;
    struct str boundary = size ? str_cut(&rest, '\n') : body;
    const char *type = pool_printf(p, "multipart/form-data; boundary=" STR_FMT, STR_ARG(boundary));
    struct mail_form f;
    if (rest.p && mail_form_read(p, str_of(type), rest, &f, NULL) == 0) {
        must(f.n <= MAIL_FORM_PARTS_MAX);
        for (size_t i = 0; i < f.n; i++) {
            const struct mail_form_part *part = &f.parts[i];
            struct str bytes;
            must(utf8_valid(str_of(part->name)) && part->part.content_type);
            must(mail_part_bytes(p, &part->part, size + 1, &bytes, NULL) == 0);
            must((int64_t)bytes.n == part->part.size_bytes);
            must(bytes.n == 0 || memmem(rest.p, rest.n, bytes.p, bytes.n));
        }
    }
    return 0;
}
