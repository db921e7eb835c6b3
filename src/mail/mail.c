/* SPDX-License-Identifier: Apache-2.0 */
/* A mail put together from its headers, its parts and what they tell. */
#include "mail/mail.h"

#include <ctype.h>

#include "base/utf8.h"
#include "mail/mail_private.h"
#include "mail/mail_token.h"

#define TOKENS_MAX 20
#define GROUPS_MAX 4 /* address groups within groups */
#define OUR_IDS_MAX 4

/* ---- addresses ---- */

struct address_list {
    struct mail_address *all;
    size_t n, seen; /* seen: also those that found no room */
};

/* local@domain, the domain in lower case; "" for what is none. */
static const char *bare_address(struct pool *p, const char *text)
{
    const char *clean = mail_line_text(p, text ? text : "", 320);
    const char *at = strrchr(clean, '@');
    if (!at || at == clean || !at[1] || strlen(clean) > 254 || strchr(clean, ' ')) {
        return "";
    }
    char *out = pool_strdup(p, clean);
    for (char *c = out + (at - clean); *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return out;
}

static void add_address(struct pool *p, struct address_list *list, const char *name,
                        const char *address)
{
    const char *bare = bare_address(p, address);
    list->seen += bare[0] != '\0';
    if (bare[0] && list->n < MAIL_ADDRESSES_MAX) {
        list->all[list->n++] =
            (struct mail_address){mail_line_text(p, name ? name : "", 255), bare};
    }
}

static void add_list(struct pool *p, struct address_list *list, InternetAddressList *from,
                     int depth)
{
    int n = internet_address_list_length(from);
    for (int i = 0; i < n; i++) {
        InternetAddress *a = internet_address_list_get_address(from, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(a)) {
            add_address(p, list, internet_address_get_name(a),
                        internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a)));
        } else if (depth < GROUPS_MAX) {
            add_list(p, list, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(a)),
                     depth + 1);
        }
    }
}

/* Something like an address in a header that GMime can make nothing of. */
static void add_any_address(struct pool *p, struct address_list *list, const char *raw)
{
    struct str s = str_of(raw);
    ptrdiff_t at = str_index(s, '@', 0);
    if (at <= 0) {
        return;
    }
    static const char ends[] = " \t<>,;:\"()[]";
    size_t from = (size_t)at, to = (size_t)at + 1;
    while (from > 0 && !strchr(ends, s.p[from - 1])) {
        from--;
    }
    while (to < s.n && !strchr(ends, s.p[to])) {
        to++;
    }
    add_address(p, list, "", str_dup(p, (struct str){s.p + from, to - from}));
}

static void parse_addresses(struct pool *p, struct address_list *list, const char *raw)
{
    size_t before = list->n;
    InternetAddressList *parsed = internet_address_list_parse(mail_options(), raw);
    if (parsed) {
        add_list(p, list, parsed, 0);
        g_object_unref(parsed);
    }
    if (list->n == before) {
        add_any_address(p, list, raw);
    }
}

/* Of all headers of that name, or of the first only. *seen counts also those left out. */
static struct mail_addresses addresses_of(struct pool *p, GMimeObject *head, const char *name,
                                          bool first_only, size_t *seen)
{
    struct address_list list = {.all = pool_calloc(p, MAIL_ADDRESSES_MAX, sizeof *list.all)};
    GMimeHeaderList *headers = g_mime_object_get_header_list(head);
    int n = g_mime_header_list_get_count(headers);
    for (int i = 0; i < n; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
        const char *raw = g_mime_header_get_raw_value(header);
        if (raw && g_ascii_strcasecmp(g_mime_header_get_name(header), name) == 0) {
            parse_addresses(p, &list, raw);
            if (first_only) {
                break;
            }
        }
    }
    *seen += list.seen;
    return (struct mail_addresses){list.all, list.n};
}

static struct mail_address first_address(struct pool *p, GMimeObject *head, const char *name)
{
    size_t seen = 0;
    struct mail_addresses found = addresses_of(p, head, name, true, &seen);
    return found.n ? found.all[0] : (struct mail_address){"", ""};
}

static struct mail_addresses delivered_to(struct pool *p, GMimeObject *head)
{
    static const char *const names[] = {"Delivered-To",  "X-Original-To",  "Envelope-To",
                                        "X-Envelope-To", "X-Delivered-To", "X-Forwarded-To"};
    struct mail_address *all = pool_calloc(p, MAIL_ADDRESSES_MAX, sizeof *all);
    size_t n = 0, seen = 0;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct mail_addresses some = addresses_of(p, head, names[i], false, &seen);
        for (size_t k = 0; k < some.n && n < MAIL_ADDRESSES_MAX; k++) {
            all[n++] = some.all[k];
        }
    }
    return (struct mail_addresses){all, n};
}

/* ---- headers ---- */

static const char *decoded(struct pool *p, GMimeObject *head, const char *name, size_t max)
{
    GMimeHeader *header = g_mime_header_list_get_header(g_mime_object_get_header_list(head), name);
    const char *raw = header ? g_mime_header_get_raw_value(header) : NULL;
    if (!raw) {
        return NULL;
    }
    char *unfolded = g_mime_utils_header_unfold(raw);
    char *text = g_mime_utils_header_decode_text(mail_options(), unfolded);
    const char *out = mail_line_text(p, text ? text : "", max);
    g_free(text);
    g_free(unfolded);
    return out;
}

static struct wall date_of(struct pool *p, GMimeObject *head)
{
    const char *raw = mail_header(p, head, "Date");
    GDateTime *date = raw && raw[0] ? g_mime_utils_header_decode_date(raw) : NULL;
    struct wall out = {0};
    if (date) {
        gint64 seconds = g_date_time_to_unix(date);
        if (seconds > 0 && seconds < 253402300800LL) { /* to the year 9999 */
            out.us = seconds * US_PER_SECOND;
        }
        g_date_time_unref(date);
    }
    return out;
}

static const char *one_id(struct pool *p, GMimeObject *head, const char *name)
{
    size_t n;
    const char **ids = mail_ids(p, mail_header(p, head, name), 1, &n);
    return n ? ids[0] : NULL;
}

/* The last of References is what is answered, when In-Reply-To does not say so. */
static void read_ids(struct pool *p, GMimeObject *head, struct mail *m)
{
    m->message_id = one_id(p, head, "Message-ID");
    const char *answers = mail_header(p, head, "In-Reply-To");
    size_t n;
    const char **ids = mail_ids(p, answers, OUR_IDS_MAX, &n);
    m->in_reply_to = n ? ids[0] : NULL;
    m->references =
        mail_ids(p, mail_header(p, head, "References"), MAIL_REFERENCES_MAX, &m->n_references);
}

static const char *return_path(struct pool *p, GMimeObject *head)
{
    const char *raw = mail_header(p, head, "Return-Path");
    if (!raw) {
        return NULL;
    }
    struct str s = str_trim(str_of(raw));
    if (s.n && s.p[0] == '<') {
        ptrdiff_t close = str_index(s, '>', 0);
        s = (struct str){s.p + 1, close > 0 ? (size_t)close - 1 : s.n - 1};
    }
    return bare_address(p, str_dup(p, s));
}

static void read_headers(struct pool *p, GMimeObject *head, struct mail *m)
{
    size_t ignored = 0;
    m->from = first_address(p, head, "From");
    m->sender = first_address(p, head, "Sender");
    if (!m->from.address[0]) {
        m->from = m->sender.address[0] ? m->sender : m->from;
    }
    m->to = addresses_of(p, head, "To", true, &m->n_recipients);
    m->cc = addresses_of(p, head, "Cc", true, &m->n_recipients);
    m->reply_to = addresses_of(p, head, "Reply-To", true, &ignored);
    m->delivered_to = delivered_to(p, head);
    m->truncated = m->truncated || m->n_recipients > m->to.n + m->cc.n;
    m->return_path = return_path(p, head);
    const char *subject = decoded(p, head, "Subject", MAIL_SUBJECT_MAX_BYTES);
    m->subject = subject ? subject : "";
    m->date = date_of(p, head);
    read_ids(p, head, m);
}

/* ---- tokens ---- */

static void add_token(struct pool *p, const char **tokens, size_t *n, const char *text)
{
    const char *token = text ? mail_token_find(p, str_of(text)) : NULL;
    for (size_t i = 0; token && i < *n; i++) {
        token = strcmp(tokens[i], token) == 0 ? NULL : token;
    }
    if (token && *n < TOKENS_MAX) {
        tokens[(*n)++] = token;
    }
}

static void add_tokens(struct pool *p, const char **tokens, size_t *n, struct mail_addresses list)
{
    for (size_t i = 0; i < list.n; i++) {
        add_token(p, tokens, n, list.all[i].address);
    }
}

void mail_tokens_find(struct pool *p, struct mail *m)
{
    const char **tokens = pool_calloc(p, TOKENS_MAX, sizeof *tokens);
    size_t n = 0;
    add_tokens(p, tokens, &n, m->delivered_to);
    add_tokens(p, tokens, &n, m->to);
    add_tokens(p, tokens, &n, m->cc);
    add_token(p, tokens, &n, m->in_reply_to);
    for (size_t i = m->n_references; i > 0; i--) {
        add_token(p, tokens, &n, m->references[i - 1]);
    }
    m->tokens = tokens;
    m->n_tokens = n;
}

/* ---- bodies ---- */

static bool is_forward_subject(const char *subject)
{
    static const char *const starts[] = {
#define FORWARD_SUBJECT(text) text,
#include "mail/mail_reply.def"
    };
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        if (mail_starts_nocase(str_of(subject), starts[i])) {
            return true;
        }
    }
    return false;
}

static struct str in_pool(struct pool *p, struct buf *b)
{
    struct str out = {str_dup(p, buf_str(b)), b->len};
    buf_clear(b);
    return out;
}

static struct str trimmed_body(struct str s)
{
    while (s.n && isspace((unsigned char)s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

static struct mail_reply cut_html(struct pool *p, struct mail *m, bool forward)
{
    struct mail_lines lines;
    mail_lines_of_html(p, m->html, &lines);
    m->truncated = m->truncated || lines.cut;
    return mail_reply_cut(p, &lines, forward);
}

/*
 * The new words are those of the plain text, which is as it was written; of the HTML when that is
 * all there is, or when only its markup shows where the quotation begins.
 */
static void cut_reply(struct pool *p, struct mail *m, bool has_plain)
{
    bool forward = is_forward_subject(m->subject);
    if (m->html.p && (!has_plain || !str_trim(m->text).n)) {
        struct mail_reply reply = cut_html(p, m, forward);
        m->reply_text = reply.words;
        m->is_forward = reply.forward;
        return;
    }
    struct mail_lines lines;
    mail_lines_of_text(p, m->text, &lines);
    m->truncated = m->truncated || lines.cut;
    struct mail_reply reply = mail_reply_cut(p, &lines, forward);
    if (m->html.p && m->in_reply_to && !reply.quoted && !reply.forward) {
        struct mail_reply better = cut_html(p, m, forward);
        reply = better.quoted && better.words.n ? better : reply;
    }
    m->reply_text = reply.words;
    m->is_forward = reply.forward;
}

/* mbox files put > before a line that begins with From. */
static struct str without_mbox_quotes(struct pool *p, struct str text)
{
    char *out = str_dup(p, text);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool begins = i == 0 || text.p[i - 1] == '\n';
        if (!begins || !str_starts((struct str){text.p + i, text.n - i}, STR(">From "))) {
            out[n++] = text.p[i];
        }
    }
    out[n] = '\0';
    return (struct str){out, n};
}

static void take_bodies(struct pool *p, bool mbox, struct mail_found *found, struct mail *m)
{
    m->text = trimmed_body(in_pool(p, &found->text));
    m->text = mbox ? without_mbox_quotes(p, m->text) : m->text;
    struct str html = in_pool(p, &found->html);
    m->html = found->has_html ? html : (struct str){0};
    m->text_of_html = found->has_html && !found->has_plain;
    m->truncated = m->truncated || found->truncated;
    m->attachments = found->attachments;
    m->n_attachments = found->n_attachments;
    cut_reply(p, m, found->has_plain);
}

static void find_calendar(struct pool *p, const struct mail_found *found, struct mail *m)
{
    bool more = false;
    if (found->calendar) {
        struct str bytes = mail_leaf_bytes(p, found->calendar, 256u << 10, &more);
        const char *charset = g_mime_object_get_content_type_parameter(found->calendar, "charset");
        mail_calendar_read(p, mail_to_utf8(p, bytes, charset), m);
    }
}

/* ---- reading ---- */

/* *body_at: where the headers have ended. */
static int read_message(struct pool *p, const struct mail_bytes *bytes, GMimeMessage **out,
                        int64_t *body_at, struct err *e)
{
    GMimeParser *parser = g_mime_parser_new_with_stream(mail_bytes_stream(p, bytes));
    g_mime_parser_set_persist_stream(parser, TRUE); /* parts are windows on it, not copies */
    GMimeMessage *message = g_mime_parser_construct_message(parser, mail_options());
    *body_at = bytes->p ? bytes->start : 0;
    *body_at += MAX_OF(g_mime_parser_get_headers_end(parser), (gint64)0);
    g_object_unref(parser);
    if (message) {
        mail_keep(p, message);
    }
    if (!message ||
        g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(message))) == 0) {
        return err_set(e, ERR_MALFORMED,
                       "this is no e-mail: it does not begin with headers such as \"From: ...\"");
    }
    *out = message;
    return 0;
}

static bool is_empty_multipart(GMimeMessage *message)
{
    GMimeObject *root = g_mime_message_get_mime_part(message);
    return root && GMIME_IS_MULTIPART(root) &&
           g_mime_multipart_get_count(GMIME_MULTIPART(root)) == 0;
}

/* A multipart without a boundary, or without parts: what stands there is taken for the text. */
static void take_raw_body(struct pool *p, const struct mail_bytes *bytes, struct mail_found *found)
{
    struct str raw = mail_bytes_read(p, bytes, MAIL_TEXT_MAX_BYTES / 4);
    buf_put_str(&found->text, mail_clean_body(p, mail_to_utf8(p, raw, NULL)));
    found->has_plain = true;
}

static void finish(struct pool *p, GMimeObject *head, bool mbox, struct mail_found *found,
                   struct mail *m)
{
    take_bodies(p, mbox, found, m);
    find_calendar(p, found, m);
    mail_bounce_find(p, head, found, m);
    mail_trust_find(p, head, m);
    mail_auto_find(p, head, found->report, m);
    mail_tokens_find(p, m);
}

static int read_bytes(struct pool *p, struct mail_bytes *bytes, struct mail *out, struct err *e)
{
    GMimeMessage *message = NULL;
    struct mail_found found;
    int64_t body_at = 0;
    mail_libraries();
    int rc = mail_bytes_bound(bytes, true, e);
    rc = rc == 0 ? read_message(p, bytes, &message, &body_at, e) : rc;
    if (rc < 0 || !message) {
        return rc;
    }
    GMimeObject *head = GMIME_OBJECT(message);
    *out = (struct mail){.truncated = bytes->cut, .damaged = bytes->cut};
    read_headers(p, head, out);
    mail_body_read(p, message, &found);
    if (is_empty_multipart(message) && !found.has_plain && !found.has_html) {
        out->damaged = true;
        bytes->start = body_at;
        take_raw_body(p, bytes, &found);
    }
    finish(p, head, bytes->mbox, &found, out);
    return 0;
}

int mail_read(struct pool *p, struct str bytes, struct mail *out, struct err *e)
{
    struct mail_bytes b = {.p = bytes.p ? bytes.p : "", .end = (int64_t)bytes.n};
    return read_bytes(p, &b, out, e);
}

int mail_read_fd(struct pool *p, int fd, struct mail *out, struct err *e)
{
    struct mail_bytes b;
    int rc = mail_bytes_of_fd(fd, &b, e);
    return rc < 0 ? rc : read_bytes(p, &b, out, e);
}

/* ---- from pieces ---- */

/* Header lines without those that would make GMime look for a body, and then what is missing. */
static struct str headers_of_pieces(struct pool *p, const struct mail_pieces *pieces)
{
    const struct {
        const char *name;
        struct str value;
    } more[] = {{"From", pieces->from},
                {"To", pieces->to},
                {"Cc", pieces->cc},
                {"Subject", pieces->subject}};
    struct buf to;
    buf_init(&to, MAIL_MAX_BYTES);
    struct str block = str_trim(pieces->headers);
    buf_put_str(&to, block);
    buf_puts(&to, block.n ? "\n" : "");
    for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
        const char *line = more[i].value.p ? str_dup(p, more[i].value) : "";
        struct str lines = block;
        bool there = false;
        for (struct str l; lines.p && (l = str_cut(&lines, '\n')).p;) {
            there = there || (mail_starts_nocase(l, more[i].name) && l.n > strlen(more[i].name) &&
                              l.p[strlen(more[i].name)] == ':');
        }
        const char *clean = mail_line_text(p, line, 64 << 10);
        if (!there && clean[0]) {
            buf_printf(&to, "%s: %s\n", more[i].name, clean);
        }
    }
    buf_puts(&to, "\n");
    struct str out = {str_dup(p, buf_str(&to)), to.len};
    buf_clear(&to);
    return out;
}

static struct str some(struct str text)
{
    return utf8_prefix(text, MAIL_TEXT_MAX_BYTES);
}

/* The attachments that say something of the whole mail. */
static void look_into_files(struct pool *p, const struct mail_pieces *pieces,
                            struct mail_found *found)
{
    for (size_t i = 0; i < pieces->n_attachments; i++) {
        const struct mail_part *part = &pieces->attachments[i];
        const char *type = part->content_type;
        GMimeObject **place = NULL;
        if (strcmp(type, "text/calendar") == 0 || strcmp(type, "application/ics") == 0) {
            place = &found->calendar;
        } else if (strcmp(type, "message/delivery-status") == 0) {
            place = &found->status;
        } else if (strcmp(type, "message/rfc822") == 0 ||
                   strcmp(type, "text/rfc822-headers") == 0) {
            place = &found->original;
        }
        if (place && !*place) {
            *place = mail_part_object(p, part);
        }
    }
}

int mail_read_pieces(struct pool *p, const struct mail_pieces *pieces, struct mail *out,
                     struct err *e)
{
    struct mail_found found = {0};
    GMimeMessage *message = NULL;
    struct str block = headers_of_pieces(p, pieces);
    struct mail_bytes bytes = {.p = block.p, .end = (int64_t)block.n};
    mail_libraries();
    int rc = mail_bytes_bound(&bytes, true, e);
    int64_t body_at = 0;
    rc = rc == 0 ? read_message(p, &bytes, &message, &body_at, e) : rc;
    if (rc < 0 || !message) {
        return rc;
    }
    *out = (struct mail){.truncated = bytes.cut, .damaged = bytes.cut};
    read_headers(p, GMIME_OBJECT(message), out);
    GMimeObject *root = g_mime_message_get_mime_part(message);
    found.report = root && g_mime_content_type_is_type(g_mime_object_get_content_type(root),
                                                       "multipart", "report");
    buf_init(&found.text, MAIL_TEXT_MAX_BYTES + 1);
    buf_init(&found.html, MAIL_TEXT_MAX_BYTES + 1);
    found.has_plain = pieces->text.p != NULL;
    found.has_html = pieces->html.p != NULL;
    found.truncated = pieces->text.n > MAIL_TEXT_MAX_BYTES || pieces->html.n > MAIL_TEXT_MAX_BYTES;
    struct str text = pieces->text.p ? mail_clean_body(p, some(pieces->text))
                                     : some(mail_text_of_html(p, some(pieces->html)));
    buf_put_str(&found.text, some(text));
    buf_put_str(&found.html, some(mail_clean_body(p, some(pieces->html))));
    found.attachments = (struct mail_part *)(uintptr_t)pieces->attachments;
    found.n_attachments = MIN_OF(pieces->n_attachments, (size_t)MAIL_ATTACHMENTS_MAX);
    look_into_files(p, pieces, &found);
    finish(p, GMIME_OBJECT(message), false, &found, out);
    return 0;
}
