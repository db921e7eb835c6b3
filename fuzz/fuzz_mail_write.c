/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail whose every text is a piece of the input, cut at zero bytes: whatever it is, what comes
 * out has one sender and one recipient, and none of it became a header.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/utf8.h"
#include "mail/mail_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

/* The next piece as a text; the business has checked that what it sends is UTF-8. */
static const char *piece(struct pool *p, struct str *rest)
{
    struct str one = rest->p ? str_cut(rest, '\0') : STR("");
    return str_dup(p, utf8_repair(p, one));
}

static void check(struct pool *p, struct str bytes)
{
    struct mail m;
    for (size_t i = 0; i < bytes.n; i++) {
        must((unsigned char)bytes.p[i] < 128);
        must(bytes.p[i] != '\n' || (i && bytes.p[i - 1] == '\r'));
    }
    must(mail_read(p, bytes, &m, NULL) == 0);
    must(m.to.n == 1 && m.cc.n == 0 && strcmp(m.to.all[0].address, "ann@example.com") == 0);
    must(strcmp(m.from.address, "desk@in.example.org") == 0);
    must(m.message_id && strcmp(m.message_id, "<a.b@in.example.org>") == 0);
    must(m.n_attachments == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str rest = {pool_strndup(p, (const char *)data, size), size}, out;
    const char *references[2] = {piece(p, &rest), piece(p, &rest)};
    struct mail_file file = {piece(p, &rest), "application/pdf", STR("%PDF")};
    struct mail_draft d = {
        .from = {piece(p, &rest), "desk@in.example.org"},
        .to = "ann@example.com",
        .subject = piece(p, &rest),
        .message_id = "<a.b@in.example.org>",
        .in_reply_to = piece(p, &rest),
        .references = references,
        .n_references = 2,
        .unsubscribe_url = piece(p, &rest),
        .text = str_of(piece(p, &rest)),
        .date = {1795000000 * US_PER_SECOND},
        .files = &file,
        .n_files = 1,
    };
    must(mail_write(p, &d, &out, NULL) == 0);
    check(p, out);
    d.to = piece(p, &rest);
    (void)!mail_write(p, &d, &out, NULL);
    (void)mail_reply_subject(p, str_of(d.subject));
    return 0;
}
