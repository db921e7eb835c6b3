/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What anybody can send by e-mail: any bytes as a mail, as HTML, as text to be cut, as header and
 * body that somebody else has taken apart. Beside crashes it looks for broken promises.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"
#include "mail/mail.h"
#include "mail/mail_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static void must_be_line(const char *s)
{
    must(s && utf8_valid(str_of(s)));
    for (; *s; s++) {
        must((unsigned char)*s >= ' ');
    }
}

static void must_be_text(struct str s)
{
    must(s.n <= MAIL_TEXT_MAX_BYTES && utf8_valid(s) && !memchr(s.p ? s.p : "", '\r', s.n));
}

static void must_be_addresses(struct mail_addresses list)
{
    must(list.n <= MAIL_ADDRESSES_MAX);
    for (size_t i = 0; i < list.n; i++) {
        must_be_line(list.all[i].name);
        must_be_line(list.all[i].address);
        must(strchr(list.all[i].address, '@') && strlen(list.all[i].address) <= 254);
    }
}

static int add(void *arg, struct str piece, struct err *e)
{
    (void)e;
    *(int64_t *)arg += (int64_t)piece.n;
    return 0;
}

static void must_be_mail(const struct mail *m)
{
    must_be_line(m->from.name);
    must_be_line(m->from.address);
    must_be_line(m->subject);
    must_be_addresses(m->to);
    must_be_addresses(m->cc);
    must_be_addresses(m->reply_to);
    must_be_addresses(m->delivered_to);
    must_be_text(m->text);
    must_be_text(m->html);
    must_be_text(m->reply_text);
    must(m->n_references <= MAIL_REFERENCES_MAX && m->n_attachments <= MAIL_ATTACHMENTS_MAX);
    for (size_t i = 0; i < m->n_references; i++) {
        must_be_line(m->references[i]);
        must(strlen(m->references[i]) <= MAIL_ID_MAX_BYTES);
    }
    for (size_t i = 0; i < m->n_attachments; i++) {
        int64_t n = 0;
        must_be_line(m->attachments[i].content_type);
        must(!m->attachments[i].filename || !strchr(m->attachments[i].filename, '/'));
        must(mail_part_write(&m->attachments[i], add, &n, NULL) == 0);
        must(n == m->attachments[i].size_bytes);
    }
    must((m->automatic != MAIL_BY_PERSON) == (m->auto_reason != NULL));
    must(!m->has_bounce || m->bounce.action);
    for (size_t i = 0; i < m->n_tokens; i++) {
        must(strlen(m->tokens[i]) == MAIL_TOKEN_CHARACTERS);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str bytes = {(const char *)data, size};
    struct mail m;
    if (mail_read(p, bytes, &m, NULL) == 0) {
        must_be_mail(&m);
    }
    struct str text = mail_to_utf8(p, bytes, size % 2 ? "iso-2022-jp" : NULL);
    must(utf8_valid(text));
    must_be_text(mail_text_of_html(p, text));
    size_t half = size / 2;
    struct mail_pieces pieces = {
        .headers = {bytes.p, half},
        .from = STR("a@x.example"),
        .text = mail_to_utf8(p, (struct str){bytes.p + half, size - half}, NULL),
        .html = size % 3 ? (struct str){0} : text,
    };
    if (mail_read_pieces(p, &pieces, &m, NULL) == 0) {
        must_be_mail(&m);
    }
    return 0;
}
