/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SendGrid's Inbound Parse: a form with the mail, either whole (field "email") or taken apart. The
 * texts of the form are in the charsets that its field "charsets" names, each in its own. Whom the
 * mail was delivered to is in "envelope"; what the mail says itself may be anybody.
 */
#include "base/json_read.h"
#include "channels/mail_file.h"
#include "channels/mail_take.h"
#include "mail/mail_form.h"

#define FIELD_MAX_BYTES (256u << 10) /* of the small fields */
#define FILES_MAX 200
#define ENVELOPE_MAX 50

struct reading {
    struct inbox_work *work;
    struct mail_form form;
    const json_t *charsets; /* NULL: none */
    struct mail_taken *taken;
};

static json_t *json_field(struct reading *r, const char *name)
{
    json_t *document;
    struct str text = mail_form_bytes(r->work->pool, &r->form, name, FIELD_MAX_BYTES);
    return text.p && json_read(r->work->pool, text, &document, NULL) == 0 ? document : NULL;
}

/* A field in UTF-8; p == NULL when it is not there. */
static struct str text_field(struct reading *r, const char *name, size_t most)
{
    struct str bytes = mail_form_bytes(r->work->pool, &r->form, name, most);
    const char *charset = json_get_text(r->charsets, name, NULL);
    return bytes.p ? mail_to_utf8(r->work->pool, bytes, charset) : bytes;
}

static const char *word_field(struct reading *r, const char *name)
{
    struct str text = text_field(r, name, FIELD_MAX_BYTES);
    return text.p ? str_dup(r->work->pool, str_trim(text)) : NULL;
}

/* The sender and the recipients of SMTP. */
static void take_envelope(struct reading *r)
{
    struct pool *p = r->work->pool;
    const json_t *envelope = json_field(r, "envelope"), *one;
    const json_t *to = json_object_get(envelope, "to");
    size_t n = MIN_OF(json_array_size(to), (size_t)ENVELOPE_MAX), i;
    const char **all = pool_calloc(p, n, sizeof *all);
    json_array_foreach (to, i, one) {
        const char *address = json_string_value(one);
        if (address && r->taken->n_envelope < n) {
            all[r->taken->n_envelope++] = pool_strdup(p, address);
        }
    }
    r->taken->envelope = all;
    const char *from = json_get_text(envelope, "from", NULL);
    if (from) {
        r->taken->mail.return_path = pool_strdup(p, from);
    }
}

static bool has_word(const char *text, const char *word)
{
    return text && strcasestr(text, word) != NULL;
}

/*
 * "{@example.com : pass}", for as many signatures as there are. One that holds counts when it is of
 * the sender's domain, or of one above or below it.
 */
static enum mail_verdict dkim_of(struct pool *p, const char *text, struct str domain)
{
    struct str rest = str_of(text ? text : "");
    enum mail_verdict verdict = MAIL_UNCHECKED;
    while (rest.p && domain.n) {
        struct str one = str_cut(&rest, ',');
        ptrdiff_t at = str_index(one, '@', 0), colon = str_index(one, ':', 0);
        if (at < 0 || colon < at) {
            continue;
        }
        struct str signer = str_trim((struct str){one.p + at + 1, (size_t)(colon - at - 1)});
        const char *result = str_dup(p, (struct str){one.p + colon, one.n - (size_t)colon});
        if (!mail_domains_align(signer, domain)) {
            continue;
        }
        if (has_word(result, "pass")) {
            return MAIL_PASS;
        }
        verdict = has_word(result, "fail") ? MAIL_FAIL : verdict;
    }
    return verdict;
}

/* SPF is of the envelope's sender: it says something of From's only when both are of one domain. */
static enum mail_verdict spf_of(const char *text, bool aligned)
{
    static const struct {
        const char *word;
        enum mail_verdict verdict;
    } rows[] = {{"softfail", MAIL_SOFTFAIL}, {"fail", MAIL_FAIL}, {"permerror", MAIL_FAIL}};
    if (!text || !text[0]) {
        return MAIL_UNCHECKED;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strncasecmp(text, rows[i].word, strlen(rows[i].word)) == 0) {
            return rows[i].verdict;
        }
    }
    return strncasecmp(text, "pass", 4) == 0 && aligned ? MAIL_PASS : MAIL_NEUTRAL;
}

/* What SendGrid says of the sender; what the mail brought along on that is worth nothing. */
static void take_trust(struct reading *r)
{
    struct mail *m = &r->taken->mail;
    double score;
    struct str domain = mail_domain_of(m->from.address);
    bool aligned = m->return_path && mail_domains_align(mail_domain_of(m->return_path), domain);
    m->trust = (struct mail_trust){
        .spf = spf_of(word_field(r, "SPF"), aligned),
        .dkim = dkim_of(r->work->pool, word_field(r, "dkim"), domain),
    };
    const char *text = word_field(r, "spam_score");
    if (text && str_to_double(str_of(text), &score)) {
        m->trust.has_spam_score = true;
        m->trust.spam_score = score;
    }
}

/* The files attachment1, attachment2 ... with what attachment-info says of them. */
static size_t take_parts(struct reading *r, struct mail_part *parts)
{
    struct pool *p = r->work->pool;
    const json_t *infos = json_field(r, "attachment-info"), *ids = json_field(r, "content-ids");
    size_t n = 0;
    for (size_t i = 0; i < r->form.n && n < FILES_MAX; i++) {
        const struct mail_form_part *field = &r->form.parts[i];
        const char *digits = field->name + strlen("attachment");
        if (!str_starts(str_of(field->name), STR("attachment")) || digits[0] < '0' ||
            digits[0] > '9') {
            continue;
        }
        const json_t *info = json_object_get(infos, field->name);
        const char *filename = json_get_text(info, "filename", NULL);
        const char *id = json_get_text(info, "content-id", NULL);
        struct mail_part *part = &parts[n++];
        *part = field->part;
        part->filename = filename ? mail_plain_filename(p, filename) : part->filename;
        part->content_id = id ? pool_strdup(p, id) : part->content_id;
        part->is_inline = id && json_object_get(ids, id);
    }
    return n;
}

static int read_pieces(struct reading *r, struct err *e)
{
    struct pool *p = r->work->pool;
    struct mail_part *parts = pool_calloc(p, FILES_MAX, sizeof *parts);
    struct mail_pieces pieces = {
        .headers = text_field(r, "headers", FIELD_MAX_BYTES * 4),
        .from = text_field(r, "from", FIELD_MAX_BYTES),
        .to = text_field(r, "to", FIELD_MAX_BYTES),
        .cc = text_field(r, "cc", FIELD_MAX_BYTES),
        .subject = text_field(r, "subject", FIELD_MAX_BYTES),
        .text = text_field(r, "text", MAIL_MAX_BYTES),
        .html = text_field(r, "html", MAIL_MAX_BYTES),
        .attachments = parts,
    };
    pieces.n_attachments = take_parts(r, parts);
    if (!pieces.headers.p && !pieces.from.p) {
        return err_field(e, ERR_MALFORMED, "headers",
                         "the form has no mail in it: neither the field email nor headers and from "
                         "are there");
    }
    return mail_read_pieces(p, &pieces, &r->taken->mail, e);
}

static int read_whole(struct reading *r, const struct mail_form_part *field, struct err *e)
{
    struct inbox_work *w = r->work;
    struct mail_file_room room = mail_file_room_in(w->pool, w->config->spool);
    struct spooled mail;
    int rc = mail_file_spool(&room, &field->part, &mail, NULL, e);
    if (rc < 0) {
        return rc;
    }
    return mail.bytes.p ? mail_read(w->pool, mail.bytes, &r->taken->mail, e)
                        : mail_read_fd(w->pool, mail.fd, &r->taken->mail, e);
}

static int read_form(struct inbox_work *w, struct mail_form *out, struct err *e)
{
    json_t *headers;
    int rc = json_read(w->pool, w->entry.headers, &headers, e);
    if (rc < 0) {
        return rc;
    }
    struct str type = str_of(json_get_text(headers, "Content-Type", ""));
    struct str body = w->entry.raw.p ? w->entry.raw : w->entry.body;
    const struct spooled *file = w->entry.raw_file;
    return file ? mail_form_read_fd(w->pool, type, file->fd, out, e)
                : mail_form_read(w->pool, type, body, out, e);
}

static int read_message(struct inbox_work *w, struct err *e)
{
    struct reading r = {.work = w, .taken = pool_calloc(w->pool, 1, sizeof *r.taken)};
    w->read = r.taken;
    if (mail_is_partial(w)) {
        return 0;
    }
    int rc = read_form(w, &r.form, e);
    if (rc < 0) {
        return rc;
    }
    r.charsets = json_field(&r, "charsets");
    const struct mail_form_part *whole = mail_form_get(&r.form, "email");
    rc = whole ? read_whole(&r, whole, e) : read_pieces(&r, e);
    if (rc < 0) {
        return rc;
    }
    w->entry.provider_id = mail_name(w->pool, &r.taken->mail);
    take_envelope(&r);
    take_trust(&r);
    return mail_judge_files(w, r.taken, e);
}

const struct inbox_kind inbox_sendgrid_message = {"sendgrid", "message", false, read_message,
                                                  mail_apply};
