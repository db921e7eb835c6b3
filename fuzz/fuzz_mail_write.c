/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mails of any texts, written and read again: whatever stands in a name, a subject or a file's
 * name, no header may come of it, and what was written must be what is read.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"
#include "mail/mail.h"
#include "mail/mail_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

/* The next line as text that could have come from the store. */
static const char *next_text(struct pool *p, struct str *rest)
{
    struct str line = rest->p ? str_cut(rest, '\0') : (struct str){"", 0};
    return str_dup(p, utf8_repair(p, line));
}

static void must_be_same(struct pool *p, const struct mail_draft *d, struct str bytes)
{
    struct mail m;
    must(mail_read(p, bytes, &m, NULL) == 0);
    must(m.to.n == 1 && strcmp(m.to.all[0].address, d->to) == 0 && m.cc.n == 0);
    must(strcmp(m.from.address, d->from.address) == 0);
    must(strcmp(m.message_id, d->message_id) == 0 && !m.in_reply_to && !m.damaged);
    must(m.n_attachments == d->n_files && m.automatic == MAIL_AUTO_SUBMITTED);
    struct str file;
    must(mail_part_bytes(p, &m.attachments[0], 1 << 20, &file, NULL) == 0);
    must(str_eq(file, d->files[0].content.bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str rest = {(const char *)data, size}, bytes;
    struct spooled mail;
    struct mail_file file = {.content_type = "image/png", .content = spooled_of(rest)};
    struct mail_draft d = {
        .from = {next_text(p, &rest), "desk@in.example.org"},
        .to = "ann@example.com",
        .subject = next_text(p, &rest),
        .message_id = "<1@in.example.org>",
        .date = {1764288000 * US_PER_SECOND},
        .auto_submitted = "auto-replied",
        .files = &file,
        .n_files = 1,
    };
    file.filename = next_text(p, &rest);
    d.text = str_of(next_text(p, &rest));
    d.reply_to = size % 2 ? next_text(p, &rest) : NULL;
    if (mail_write(p, &d, NULL, &mail, NULL) == 0 && spooled_map(p, &mail, &bytes, NULL) == 0) {
        must_be_same(p, &d, bytes);
    }
    struct mail_draft wild = d;
    wild.to = next_text(p, &rest);
    wild.message_id = next_text(p, &rest);
    must(mail_write(p, &wild, NULL, &mail, NULL) < 0 || mail_address_valid(str_of(wild.to)));
    return 0;
}
